use etims_core::party::Buyer;

/// Something about a buyer that is worth a question before the invoice is made out: KRA refuses expense claims whose
/// PIN is wrong, and an invoice cannot be changed afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuyerFinding {
    /// KRA does not know the PIN.
    Unknown,
    /// KRA knows the PIN, and it is not active.
    Inactive,
    /// KRA has another name for the PIN.
    OtherName,
    /// The PIN begins with neither A nor P: probably a typing error.
    UnusualPrefix,
    /// The check letter differs from the unofficial rule: a typing error, or a PIN of KRA's sandbox.
    CheckLetter,
}

impl BuyerFinding {
    /// Stable name for programs.
    pub fn name(self) -> &'static str {
        match self {
            BuyerFinding::Unknown => "unknown",
            BuyerFinding::Inactive => "inactive",
            BuyerFinding::OtherName => "other_name",
            BuyerFinding::UnusualPrefix => "unusual_prefix",
            BuyerFinding::CheckLetter => "check_letter",
        }
    }

    /// One sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            BuyerFinding::Unknown => "KRA does not know this PIN",
            BuyerFinding::Inactive => "this PIN is not active at KRA",
            BuyerFinding::OtherName => "KRA has another name for this PIN",
            BuyerFinding::UnusualPrefix => "PINs begin with A (individuals) or P (all others)",
            BuyerFinding::CheckLetter => "the last letter does not fit the number: a typing error, or a sandbox PIN",
        }
    }
}

/// Compares a buyer with what KRA knows about the PIN: name, if told, and whether it is active; `None` when KRA does
/// not know it. Use it with the answer of a checker or of [`crate::connection::Connection::customer`].
pub fn buyer_findings(buyer: &Buyer, registered: Option<(Option<&str>, bool)>) -> Vec<BuyerFinding> {
    let mut findings = Vec::new();
    let Some(pin) = buyer.pin else { return findings };
    match registered {
        None => {
            findings.push(BuyerFinding::Unknown);
            if pin.unusual_prefix().is_some() {
                findings.push(BuyerFinding::UnusualPrefix);
            } else if pin.check_letter_differs() {
                findings.push(BuyerFinding::CheckLetter);
            }
        }
        Some((name, active)) => {
            if !active {
                findings.push(BuyerFinding::Inactive);
            }
            if let (Some(given), Some(registered)) = (buyer.name.as_deref(), name)
                && names_differ(given, registered)
            {
                findings.push(BuyerFinding::OtherName);
            }
        }
    }
    findings
}

/// Whether no word of one name is in the other. Order, case, punctuation and legal forms differ all the time, and KRA
/// masks letters with stars, so that one word in common is enough.
fn names_differ(given: &str, registered: &str) -> bool {
    const FORMS: [&str; 9] = ["LTD", "LIMITED", "PLC", "LLP", "CO", "COMPANY", "AND", "THE", "KENYA"];
    let words = |name: &str| -> Vec<String> {
        name.to_uppercase()
            .split(|character: char| !character.is_alphanumeric() && character != '*')
            .filter(|word| !word.is_empty() && !FORMS.contains(word))
            .map(str::to_owned)
            .collect()
    };
    let (given, registered) = (words(given), words(registered));
    !given.is_empty()
        && !registered.is_empty()
        && !given.iter().any(|one| registered.iter().any(|other| same_word(one, other)))
}

/// Whether two words agree, a star standing for any one letter.
fn same_word(given: &str, masked: &str) -> bool {
    given.chars().count() == masked.chars().count()
        && given.chars().zip(masked.chars()).all(|(one, other)| other == '*' || one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use etims_core::pin::Pin;

    fn buyer(pin: &str, name: &str) -> Buyer {
        Buyer { pin: Some(Pin::parse(pin).expect("a PIN")), name: Some(name.to_owned()), ..Buyer::default() }
    }

    #[test]
    fn names_agree_when_a_word_agrees_whatever_its_case_order_or_mask() {
        for (given, registered) in [
            ("Buyer Ltd", "BUYER LIMITED"),
            ("Asha Wanjiru", "WANJIRU ASHA NJERI"),
            ("Asha Wanjiru", "A**A W*****U"),
            ("Mwangi & Sons", "SONS OF MWANGI"),
            ("", "BUYER LIMITED"),
            ("Ltd", "BUYER LIMITED"),
        ] {
            assert!(!names_differ(given, registered), "{given} / {registered}");
        }
        assert!(names_differ("Buyer Ltd", "SELLER LIMITED"));
        assert!(names_differ("Asha", "B**A"));
    }

    #[test]
    fn findings_say_what_is_known() {
        let good = buyer("P000070007R", "Buyer Ltd");
        assert_eq!(buyer_findings(&good, Some((Some("BUYER LIMITED"), true))), []);
        assert_eq!(buyer_findings(&good, Some((None, false))), [BuyerFinding::Inactive]);
        assert_eq!(buyer_findings(&good, Some((Some("OTHER"), true))), [BuyerFinding::OtherName]);
        assert_eq!(buyer_findings(&good, None), [BuyerFinding::Unknown]);
        let typo = buyer("P000070007S", "Buyer Ltd");
        assert_eq!(buyer_findings(&typo, None), [BuyerFinding::Unknown, BuyerFinding::CheckLetter]);
        let prefix = buyer("X000070007R", "Buyer Ltd");
        assert_eq!(buyer_findings(&prefix, None), [BuyerFinding::Unknown, BuyerFinding::UnusualPrefix]);
        assert_eq!(buyer_findings(&Buyer::default(), None), []);
    }
}
