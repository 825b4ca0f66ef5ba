//! Answers of KRA's GavaConnect checkers: another product than eTIMS, with other envelopes and other habits.
//!
//! Errors come in four shapes, and the capitals of field names differ from one call to the next.
//! Source: reference `compliance-data/gavaconnect.json`.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::answer_object::AnswerObject;
use crate::pin::Pin;

/// What a checker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict<T> {
    /// Whether KRA knows the thing and finds it good.
    pub valid: bool,
    /// KRA's code, such as 23000.
    pub code: Option<String>,
    /// KRA's words.
    pub message: Option<String>,
    /// What KRA tells about it; `None` when it is not valid.
    pub details: Option<T>,
}

/// An answer that is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoVerdict {
    /// KRA could not check just now; asking again later may help.
    #[error("KRA cannot check this just now ({0})")]
    Transient(String),
    /// Token or application are refused, or not subscribed to this checker.
    #[error("KRA refuses the credentials for this checker ({0}): check that the application is subscribed to it")]
    Credentials(String),
    /// KRA found the request wrong.
    #[error("KRA refuses the request ({0})")]
    Refused(String),
    /// Not an answer of a checker.
    #[error("the answer is not one of KRA's checkers (HTTP {0})")]
    Unreadable(u16),
}

/// A taxpayer as the PIN checker tells. Names may be masked.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PinDetails {
    /// The PIN.
    pub pin: Option<Pin>,
    /// Registered name.
    pub name: Option<String>,
    /// Individual, company …
    pub taxpayer_type: Option<String>,
    /// `Active`, or another state in words.
    pub status: Option<String>,
}

impl PinDetails {
    /// Whether the PIN is active; `None` when KRA does not say.
    pub fn is_active(&self) -> Option<bool> {
        self.status.as_deref().map(|status| status.eq_ignore_ascii_case("active"))
    }
}

/// A tax compliance certificate as the checker tells: its owner alone.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TccDetails {
    /// PIN of the owner.
    pub pin: Option<Pin>,
}

/// An invoice as the invoice checker tells.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckedInvoice {
    /// Number of the control unit's invoice: `KRACU…/41`, or 19 digits of a TIMS device.
    pub cu_invoice_number: Option<String>,
    /// The trader's own number.
    pub trader_invoice_number: Option<String>,
    /// Serial number of the control unit.
    pub device_serial: Option<String>,
    /// Supplier's PIN.
    pub supplier_pin: Option<Pin>,
    /// Supplier's name.
    pub supplier_name: Option<String>,
    /// Buyer's PIN.
    pub buyer_pin: Option<Pin>,
    /// Buyer's name.
    pub buyer_name: Option<String>,
    /// Date of the invoice as KRA writes it.
    pub invoice_date: Option<String>,
    /// Date of sale as KRA writes it.
    pub sales_date: Option<String>,
    /// When it reached KRA, as KRA writes it.
    pub transmission_date: Option<String>,
    /// Number of lines.
    pub line_count: Option<u64>,
    /// Total, KES.
    pub total: Option<Decimal>,
    /// Taxable amount, KES, net of tax.
    pub taxable: Option<Decimal>,
    /// Tax, KES.
    pub tax: Option<Decimal>,
    /// Discount, KES.
    pub discount: Option<Decimal>,
    /// Number of the buyer's exemption certificate.
    pub exemption: Option<String>,
}

macro_rules! private_debug {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name {
            /// Without names and numbers of persons.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+ };
}
private_debug!(PinDetails, TccDetails, CheckedInvoice);

impl Verdict<PinDetails> {
    /// Reads an answer of the PIN checker, by PIN or by identity document.
    ///
    /// # Errors
    /// [`NoVerdict`].
    pub fn pin(http_status: u16, body: &[u8]) -> Result<Verdict<PinDetails>, NoVerdict> {
        Verdict::read(http_status, body, |answer| {
            let data = answer.object("PINDATA").unwrap_or_else(|| answer.clone());
            let pin = data.text_of(&["KRAPIN", "TaxpayerPIN"]).and_then(|pin| Pin::parse(&pin).ok());
            let name = data.text_of(&["Name", "TaxpayerName"]);
            (pin.is_some() || name.is_some()).then(|| PinDetails {
                pin,
                name,
                taxpayer_type: data.text("TypeOfTaxpayer"),
                status: data.text("StatusOfPIN"),
            })
        })
    }
}

impl Verdict<TccDetails> {
    /// Reads an answer of the checker of tax compliance certificates.
    ///
    /// # Errors
    /// [`NoVerdict`].
    pub fn tcc(http_status: u16, body: &[u8]) -> Result<Verdict<TccDetails>, NoVerdict> {
        Verdict::read(http_status, body, |answer| {
            let data = answer.object("TCCData")?;
            Some(TccDetails { pin: data.text_of(&["KRAPIN", "kraPIN"]).and_then(|pin| Pin::parse(&pin).ok()) })
        })
    }
}

impl Verdict<CheckedInvoice> {
    /// Reads an answer of the invoice checker.
    ///
    /// # Errors
    /// [`NoVerdict`].
    pub fn invoice(http_status: u16, body: &[u8]) -> Result<Verdict<CheckedInvoice>, NoVerdict> {
        Verdict::read(http_status, body, |answer| {
            let data = answer.object("invoiceDetails")?;
            let pin = |key| data.text(key).and_then(|pin| Pin::parse(&pin).ok());
            Some(CheckedInvoice {
                cu_invoice_number: data.text("controlUnitInvoiceNumber"),
                trader_invoice_number: data.text("traderSystemInvoiceNumber"),
                device_serial: data.text("deviceSerialNumber"),
                supplier_pin: pin("supplierPIN"),
                supplier_name: data.text("supplierName"),
                buyer_pin: pin("customerPin"),
                buyer_name: data.text("customerName"),
                invoice_date: data.text("invoiceDate"),
                sales_date: data.text("salesDate"),
                transmission_date: data.text("transmissionDate"),
                line_count: data.number("totalItemCount"),
                total: data.decimal("totalInvoiceAmount"),
                taxable: data.decimal("totalTaxableAmount"),
                tax: data.decimal("totalTaxAmount"),
                discount: data.decimal("totalDiscountAmount"),
                exemption: data.text("exemptionCertificateNo"),
            })
        })
    }
}

/// What a code of the checkers means.
#[derive(Clone, Copy)]
enum Meaning {
    Valid,
    Invalid,
    Transient,
    Wrong,
}

const CODES: [(&str, Meaning); 8] = [
    ("23000", Meaning::Valid),
    ("40000", Meaning::Valid),
    ("19005", Meaning::Invalid),
    ("30002", Meaning::Invalid),
    ("40001", Meaning::Invalid),
    ("40005", Meaning::Transient),
    ("50000", Meaning::Transient),
    ("400", Meaning::Wrong),
];

impl<T> Verdict<T> {
    fn read(
        http_status: u16,
        body: &[u8],
        details: impl FnOnce(&AnswerObject<'_>) -> Option<T>,
    ) -> Result<Verdict<T>, NoVerdict> {
        let text = String::from_utf8_lossy(body);
        let answer = AnswerObject::parse(text.trim_start_matches('\u{feff}').trim());
        let Some(answer) = answer else {
            return Err(match http_status {
                401 | 403 => NoVerdict::Credentials(format!("HTTP {http_status}")),
                429 | 500.. => NoVerdict::Transient(format!("HTTP {http_status}")),
                _ => NoVerdict::Unreadable(http_status),
            });
        };
        if let Some(fault) = answer.object("fault") {
            let words = fault.text("faultstring").unwrap_or_else(|| format!("HTTP {http_status}"));
            let key = fault.object("detail").and_then(|detail| detail.text("errorcode")).unwrap_or_default();
            let of_credentials = http_status == 401 || http_status == 403 || key.contains("access_token");
            return Err(if of_credentials { NoVerdict::Credentials(words) } else { NoVerdict::Transient(words) });
        }
        // Blanks around codes have been seen; `AnswerObject` trims them.
        let code = answer.text_of(&["ResponseCode", "responseCode", "ErrorCode", "errorCode"]);
        let message = answer.text_of(&[
            "Message",
            "ResponseMsg",
            "responseDesc",
            "ErrorMessage",
            "errorMessage",
            "responseMessage",
        ]);
        let words = || match (&code, &message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => format!("HTTP {http_status}"),
        };
        let known = CODES.iter().find(|(known, _)| Some(*known) == code.as_deref()).map(|(_, meaning)| *meaning);
        let status = answer.text_of(&["Status", "status"]).map(|status| status.to_ascii_uppercase());
        let details = details(&answer);
        let valid = match (known, status.as_deref()) {
            (Some(Meaning::Transient), _) => return Err(NoVerdict::Transient(words())),
            (Some(Meaning::Wrong), _) => return Err(NoVerdict::Refused(words())),
            (Some(Meaning::Valid), _) => true,
            (Some(Meaning::Invalid), _) | (None, Some("NOK")) => false,
            (None, Some("OK")) => true,
            (None, _) if details.is_some() && (200..300).contains(&http_status) => true,
            (None, _) => {
                return Err(match http_status {
                    401 | 403 => NoVerdict::Credentials(words()),
                    429 | 500.. => NoVerdict::Transient(words()),
                    _ if code.is_some() || message.is_some() => NoVerdict::Refused(words()),
                    _ => NoVerdict::Unreadable(http_status),
                });
            }
        };
        if valid && details.is_none() {
            // "Yes" without saying to what is not good enough to rely on.
            return Err(NoVerdict::Unreadable(http_status));
        }
        Ok(Verdict { valid, code, message, details: details.filter(|_| valid) })
    }
}

/// Whether this can be a control unit's invoice number: `KRACU0100058659/5134`, or 19 digits of a TIMS device.
pub fn is_cu_invoice_number(text: &str) -> bool {
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    match text.split_once('/') {
        Some((unit, number)) => match unit.as_bytes() {
            [b'K', b'R', b'A', a, b, rest @ ..] => {
                a.is_ascii_uppercase()
                    && b.is_ascii_uppercase()
                    && rest.len() == 10
                    && digits(rest)
                    && digits(number.as_bytes())
            }
            _ => false,
        },
        None => text.len() == 19 && digits(text.as_bytes()),
    }
}

/// Body of the PIN check.
pub fn pin_check_body(pin: Pin) -> Vec<u8> {
    format!(r#"{{"KRAPIN":"{}"}}"#, pin.as_str()).into_bytes()
}

/// Body of the PIN check by identity document: `KE`, `NKE`, `NKENR` or `COMP`, and the document's number.
pub fn pin_by_id_body(taxpayer_type: &str, id: &str) -> Vec<u8> {
    body([("TaxpayerType", taxpayer_type), ("TaxpayerID", id)])
}

/// Body of the check of a tax compliance certificate.
pub fn tcc_check_body(pin: Pin, number: &str) -> Vec<u8> {
    body([("kraPIN", pin.as_str()), ("tccNumber", number)])
}

/// Body of the invoice check.
pub fn invoice_check_body(number: &str, date: NaiveDate) -> Vec<u8> {
    body([("invoiceNumber", number), ("invoiceDate", &date.format("%Y-%m-%d").to_string())])
}

fn body(fields: [(&str, &str); 2]) -> Vec<u8> {
    let mut body = super::body::Body::new(96);
    for (key, value) in fields {
        body.text(key, value);
    }
    body.finish()
}
