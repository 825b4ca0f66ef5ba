use super::closed::closed_codes;

closed_codes! {
    /// How a buyer pays (eTIMS `pmtTyCd`). Documents write the word (`mobile_money`), since the numbers are disputed.
    ///
    /// The codes here are those of the specification and of KRA's live list of 2024. At least one certified program of
    /// 2026 numbers them 06 card, 07 mobile money, 08 other and calls that KRA's list: what is sent should therefore come
    /// from the device's own code list, see [`PaymentCodes::from_list`].
    PaymentMethod, class Some("07"), title "payment method", source "KRA OSCU specification v2.0 §4.11; live code list of 2024",
    /// Notes and coins.
    Cash = "01", "cash", "CASH";
    /// To be paid later.
    Credit = "02", "credit", "CREDIT";
    /// Part in cash, the rest later.
    CashCredit = "03", "cash_credit", "CASH/CREDIT";
    /// Cheque.
    BankCheque = "04", "bank_cheque", "BANK CHECK";
    /// Debit or credit card.
    Card = "05", "card", "DEBIT&CREDIT CARD";
    /// M-PESA and the like.
    MobileMoney = "06", "mobile_money", "MOBILE MONEY";
    /// Anything else.
    Other = "07", "other", "OTHER";
}

/// What a name in KRA's list means: the first row all of whose words occur in it. Longer descriptions come first:
/// "DEBIT&CREDIT CARD" is a card, "CASH/CREDIT" is neither of its halves.
const MEANINGS: [(&[&str], PaymentMethod); 10] = [
    (&["CARD"], PaymentMethod::Card),
    (&["MOBILE"], PaymentMethod::MobileMoney),
    (&["M-PESA"], PaymentMethod::MobileMoney),
    (&["MPESA"], PaymentMethod::MobileMoney),
    (&["CHEQUE"], PaymentMethod::BankCheque),
    (&["CHECK"], PaymentMethod::BankCheque),
    (&["CASH", "CREDIT"], PaymentMethod::CashCredit),
    (&["CASH"], PaymentMethod::Cash),
    (&["CREDIT"], PaymentMethod::Credit),
    (&["OTHER"], PaymentMethod::Other),
];

fn meaning(name: &str) -> Option<PaymentMethod> {
    let name = name.to_ascii_uppercase();
    let row = MEANINGS.iter().find(|(words, _)| words.iter().all(|word| name.contains(word)));
    row.map(|(_, method)| *method)
}

/// Which number KRA gives to each payment method on one device: methods are matched by meaning, not by number.
///
/// ```
/// use etims_core::codes::{PaymentCodes, PaymentMethod};
///
/// let codes = PaymentCodes::from_list([("05", "DEBIT & CREDIT CARD"), ("06", "CARD"), ("07", "MOBILE MONEY"), ("08", "OTHER")]);
/// assert_eq!(codes.code(PaymentMethod::MobileMoney), "07");
/// assert_eq!(codes.code(PaymentMethod::Card), "05");
/// assert_eq!(codes.method("06"), Some(PaymentMethod::Card));
/// assert_eq!(PaymentCodes::default().code(PaymentMethod::MobileMoney), "06");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentCodes {
    /// Code and meaning, in the order of the list.
    rows: Vec<(String, PaymentMethod)>,
}

impl PaymentCodes {
    /// Reads KRA's own list (eTIMS `selectCodeList`, class 07): pairs of code (`cd`) and name (`cdNm`).
    ///
    /// Rows whose name means nothing to us are left out. An empty list gives the numbers of the specification.
    pub fn from_list<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> PaymentCodes {
        let rows: Vec<_> =
            rows.into_iter().filter_map(|(code, name)| Some((code.trim().to_owned(), meaning(name)?))).collect();
        if rows.is_empty() { PaymentCodes::default() } else { PaymentCodes { rows } }
    }

    /// The code to send for a method. A method the list lacks is sent under the list's code for "other"; a list without
    /// that falls back to the specification.
    pub fn code(&self, method: PaymentMethod) -> &str {
        let listed = |wanted| self.rows.iter().find(|(_, method)| *method == wanted).map(|(code, _)| code.as_str());
        listed(method).or_else(|| listed(PaymentMethod::Other)).unwrap_or_else(|| method.code())
    }

    /// The method a code stands for on this device.
    pub fn method(&self, code: &str) -> Option<PaymentMethod> {
        self.rows.iter().find(|(known, _)| known == code.trim()).map(|(_, method)| *method)
    }
}

impl Default for PaymentCodes {
    /// The numbers of the specification.
    fn default() -> PaymentCodes {
        PaymentCodes { rows: PaymentMethod::ALL.iter().map(|method| (method.code().to_owned(), *method)).collect() }
    }
}
