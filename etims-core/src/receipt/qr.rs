//! The address in a receipt's QR code: built for our own receipts, read strictly from other people's.
//!
//! Source: reference `compliance.md` §1.8, confirmed by live checks. A receipt is proved by KRA's page, so the one
//! attack that matters is a code that leads to another page: nothing here is lenient.

use crate::party::Seller;
use crate::pin::{BranchId, Pin};
use crate::wire::{Environment, SignedReceipt};

/// Characters of a receipt signature (eTIMS `rcptSign`).
pub const SIGNATURE_LENGTH: usize = 16;
/// PIN, branch and signature in one string.
const DATA_LENGTH: usize = Pin::LENGTH + BranchId::LENGTH + SIGNATURE_LENGTH;
/// Path of KRA's verification page.
const PATH: &str = "/common/link/etims/receipt/indexEtimsReceiptData";
/// The page of receipts from TIMS hardware, before eTIMS.
const TIMS: &str = "https://itax.kra.go.ke/KRA-Portal/invoiceChk.htm?actionCode=loadPage&invoiceNo=";
/// Digits of a TIMS invoice number.
const TIMS_DIGITS: usize = 19;

/// The host of KRA's verification page.
pub fn host(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "etims-sbx.kra.go.ke",
        Environment::Production => "etims.kra.go.ke",
    }
}

/// What a receipt's QR code says: whose receipt, from which branch, with which signature.
///
/// ```
/// use etims_core::receipt::qr::QrPayload;
/// use etims_core::wire::Environment;
///
/// let pin = "P600004555A".parse()?;
/// let payload = QrPayload::new(Environment::Sandbox, pin, "00".parse()?, "FIYMCYL335SBB4U3")?;
/// let url = payload.url();
/// assert!(url.ends_with("?Data=P600004555A00FIYMCYL335SBB4U3"));
/// assert_eq!(QrPayload::parse(&url)?, payload);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPayload {
    environment: Environment,
    pin: Pin,
    branch: BranchId,
    signature: String,
}

/// Why no QR code can be made of a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// Not sixteen characters.
    #[error("a receipt signature has {SIGNATURE_LENGTH} characters, this has {found}: use KRA's rcptSign as answered")]
    SignatureLength {
        /// How many there are.
        found: usize,
    },
    /// Something else than capital letters and digits.
    #[error("a receipt signature holds capital letters and digits only, without dashes; found {found:?}")]
    SignatureCharacter {
        /// The first one that does not belong.
        found: char,
    },
}

/// Why an address found on a receipt is not KRA's verification address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrRefusal {
    /// Not an address at all, for instance the `date#time#…` text of older programs.
    #[error("this is not a web address; KRA's codes start with https://")]
    NotAnAddress,
    /// Plain http or something stranger.
    #[error("the address starts with {found}://; KRA's start with https://")]
    Scheme {
        /// What stands before `://`.
        found: String,
    },
    /// Another host, often one that only looks like KRA's.
    #[error("the host {found:?} is not KRA's: only etims.kra.go.ke and etims-sbx.kra.go.ke are. Do not open it")]
    Host {
        /// Everything between `https://` and the path.
        found: String,
        /// Whether it is made to look like KRA's.
        look_alike: bool,
    },
    /// A receipt of a TIMS control unit, from before eTIMS.
    #[error("a TIMS receipt, not an eTIMS one: check invoice {invoice_number} on itax.kra.go.ke")]
    Tims {
        /// Nineteen digits.
        invoice_number: String,
    },
    /// KRA's host, but not the page that verifies receipts.
    #[error("{found:?} is not KRA's page; the path is {PATH}{}", hint(.found))]
    Path {
        /// The path found.
        found: String,
    },
    /// The page without exactly one `Data`.
    #[error("the address must end in ?Data= and {DATA_LENGTH} characters, found {found:?}")]
    Query {
        /// What stands after the path.
        found: String,
    },
    /// `Data` of another length.
    #[error("Data has {found} characters instead of {DATA_LENGTH} (PIN 11, branch 2, signature 16){}", length_hint(*.found))]
    Length {
        /// How many there are.
        found: usize,
    },
    /// A signature with dashes.
    #[error("the signature is written with dashes; in the code it has none")]
    Dashed,
    /// The first eleven characters are no PIN.
    #[error("the first 11 characters of Data are not a PIN")]
    Pin,
    /// The next two are no branch.
    #[error("characters 12 and 13 of Data are not a branch number")]
    Branch,
    /// A signature character that KRA never uses.
    #[error("character {position} of Data is {found:?}; signatures hold A-Z and 2-7 only")]
    Signature {
        /// Counted from 1.
        position: usize,
        /// What stands there.
        found: char,
    },
}

fn hint(path: &str) -> &'static str {
    match path {
        "/common/link/etims/receipt/indexEtimsReceptData" => " (a known typing error: Recept for Receipt)",
        "/common/link/etims/receipt/indexEtimsReceipt" => " (some programs use the older indexEtimsReceipt?qrCode=)",
        _ => "",
    }
}

fn length_hint(found: usize) -> &'static str {
    match found {
        27 => ": the branch is missing",
        39 => ": the internal data stands in place of the signature",
        _ => "",
    }
}

impl QrPayload {
    /// Takes the three parts. PIN and branch have their width by type; the signature is checked.
    ///
    /// # Errors
    /// [`QrError`] unless the signature has exactly sixteen capital letters and digits.
    pub fn new(environment: Environment, pin: Pin, branch: BranchId, signature: &str) -> Result<QrPayload, QrError> {
        // Whatever alphabet KRA signs with, a signed receipt has to be printed: base32 is checked in `parse` only.
        let stranger = |c: &char| !c.is_ascii_uppercase() && !c.is_ascii_digit();
        if let Some(found) = signature.chars().find(stranger) {
            return Err(QrError::SignatureCharacter { found });
        }
        if signature.len() != SIGNATURE_LENGTH {
            return Err(QrError::SignatureLength { found: signature.len() });
        }
        Ok(QrPayload { environment, pin, branch, signature: signature.to_owned() })
    }

    /// The code of a signed receipt of this seller.
    ///
    /// # Errors
    /// [`QrError`] when KRA's answer holds no usable signature.
    pub fn of(seller: &Seller, signed: &SignedReceipt) -> Result<QrPayload, QrError> {
        QrPayload::new(seller.environment, seller.pin, seller.branch, &signed.signature)
    }

    /// The address in the code.
    pub fn url(&self) -> String {
        let host = host(self.environment);
        format!("https://{host}{PATH}?Data={}{}{}", self.pin, self.branch, self.signature)
    }

    /// Reads an address found on a receipt. Scheme, host, path and query must be KRA's to the letter.
    ///
    /// # Errors
    /// [`QrRefusal`] says what is wrong, and names look-alike hosts, known typing errors and TIMS links.
    pub fn parse(url: &str) -> Result<QrPayload, QrRefusal> {
        if let Some(number) = url.strip_prefix(TIMS).filter(|number| is_tims_number(number)) {
            return Err(QrRefusal::Tims { invoice_number: number.to_owned() });
        }
        let (scheme, rest) = url.split_once("://").ok_or(QrRefusal::NotAnAddress)?;
        if scheme != "https" {
            return Err(QrRefusal::Scheme { found: scheme.to_owned() });
        }
        let path_start = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (found, rest) = rest.split_at(path_start);
        let environment = [Environment::Sandbox, Environment::Production]
            .into_iter()
            .find(|environment| host(*environment) == found)
            .ok_or_else(|| QrRefusal::Host { found: found.to_owned(), look_alike: looks_like_kra(found) })?;
        let query_start = rest.find(['?', '#']).unwrap_or(rest.len());
        let (path, query) = rest.split_at(query_start);
        if path != PATH {
            return Err(QrRefusal::Path { found: path.to_owned() });
        }
        let data = query.strip_prefix("?Data=").filter(|data| !data.contains(['&', '=', '#', '?']));
        let data = data.ok_or_else(|| QrRefusal::Query { found: query.to_owned() })?;
        QrPayload::from_data(environment, data)
    }

    fn from_data(environment: Environment, data: &str) -> Result<QrPayload, QrRefusal> {
        if data.contains('-') {
            return Err(QrRefusal::Dashed);
        }
        let characters: Vec<char> = data.chars().collect();
        if characters.len() != DATA_LENGTH {
            return Err(QrRefusal::Length { found: characters.len() });
        }
        let part = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
        let branch_end = Pin::LENGTH + BranchId::LENGTH;
        let pin = part(0, Pin::LENGTH);
        // `Pin::parse` is forgiving about blanks and small letters; an address is not.
        let pin = Pin::parse(&pin).ok().filter(|parsed| parsed.as_str() == pin).ok_or(QrRefusal::Pin)?;
        let branch = BranchId::parse(&part(Pin::LENGTH, branch_end)).map_err(|_| QrRefusal::Branch)?;
        let base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
        if let Some(index) = characters[branch_end..].iter().position(|c| !base32(*c)) {
            let position = branch_end + index;
            return Err(QrRefusal::Signature { position: position + 1, found: characters[position] });
        }
        Ok(QrPayload { environment, pin, branch, signature: part(branch_end, DATA_LENGTH) })
    }

    /// Which of KRA's systems it points to.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// Seller's PIN.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    /// Seller's branch.
    pub fn branch(&self) -> BranchId {
        self.branch
    }

    /// Signature without dashes (eTIMS `rcptSign`).
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

fn is_tims_number(text: &str) -> bool {
    text.len() == TIMS_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a host is dressed up as KRA's: the name in another spelling, as a part of a longer one, before an `@`, with a
/// port, or a letter or two away.
fn looks_like_kra(found: &str) -> bool {
    let folded = found.to_lowercase();
    let squeezed: String = folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let named_kra = folded.split(|c: char| !c.is_alphanumeric()).any(|label| label == "kra");
    let near = [Environment::Sandbox, Environment::Production]
        .into_iter()
        .any(|environment| distance(&folded, host(environment)) <= 3);
    near || named_kra || squeezed.contains("etims") || squeezed.contains("kragoke")
}

/// Levenshtein distance over characters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}
