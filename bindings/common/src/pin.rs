use etims_core::pin::Pin;

/// What can be said of a PIN without asking KRA.
#[derive(Clone, PartialEq, Eq)]
pub struct PinCheck {
    /// The PIN in capitals and without blanks; `None` when the text is no PIN.
    pub pin: Option<Pin>,
    /// Why the text is no PIN; `None` when it is one.
    pub error: Option<String>,
    /// What is odd about it. The rules behind are unofficial: a reason to look, never to refuse.
    pub warnings: Vec<String>,
}

/// Looks at the form of a PIN: a letter, nine digits, a letter.
pub fn check_pin(text: &str) -> PinCheck {
    let pin = match Pin::parse(text) {
        Ok(pin) => pin,
        Err(error) => return PinCheck { pin: None, error: Some(error.to_string()), warnings: Vec::new() },
    };
    let mut warnings = Vec::new();
    if let Some(prefix) = pin.unusual_prefix() {
        warnings.push(format!("begins with {prefix}: PINs begin with A (individual) or P"));
    }
    if pin.check_letter_differs() {
        warnings.push("the last letter does not follow from the others: probably a typing error".to_owned());
    }
    PinCheck { pin: Some(pin), error: None, warnings }
}
