use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use super::{Code, CodeRow, CodeTable, Coded};

/// What a result code says about the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultClass {
    /// Done.
    Accepted,
    /// Nothing found: an empty list, or, of an invoice, not recorded.
    Empty,
    /// Understood and turned down; nothing was recorded by this request.
    Refused,
    /// It exists already: an earlier attempt most likely went through.
    Duplicate,
    /// A plain client error on a first attempt, a duplicate on a repeated one.
    Ambiguous,
    /// The device is not known, not initialised or not allowed to do this.
    Device,
    /// Asked too often.
    Throttled,
    /// KRA or the way to it failed; a write may have been recorded all the same.
    ServerFault,
    /// Nobody has explained this code.
    Unexplained,
}

/// What to do about the request after a result code. Our advice, from the experience of several integrations;
/// the specification gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Nothing to repeat: the answer is complete.
    NotNeeded,
    /// Not as it is: mend what the answer names first.
    AfterMending,
    /// A look-up may be repeated. A write only after asking KRA whether it was recorded, and then byte for byte.
    AfterLookUp,
    /// Never: look up the record that exists.
    LookUpOnly,
    /// Yes, after a long pause.
    AfterPause,
    /// Yes, once the sale it belongs to has been sent.
    AfterSale,
}

struct Row {
    code: &'static str,
    meaning: &'static str,
    class: ResultClass,
    retry: Retry,
    next: &'static str,
    in_specification: bool,
}

/// A result code of KRA or of the local service (eTIMS `resultCd`), with what it means and what to do.
///
/// ```
/// use etims_core::codes::{Code, ResultClass, ResultCode};
///
/// let code = ResultCode::from_code("994").expect("a code of the specification");
/// assert_eq!(code.class(), ResultClass::Duplicate);
/// assert_eq!(Code::<ResultCode>::new("777").class(), ResultClass::Unexplained);
/// ```
#[derive(Clone, Copy)]
pub struct ResultCode(&'static Row);

const fn row(
    code: &'static str,
    meaning: &'static str,
    class: ResultClass,
    retry: Retry,
    next: &'static str,
    in_specification: bool,
) -> Row {
    Row { code, meaning, class, retry, next, in_specification }
}

const SETTINGS: &str =
    "The layer between you and KRA could not build the request: check address, headers and settings.";
const FAULT: &str =
    "The fault is on KRA's side. Ask KRA whether the document was recorded before sending it again, unchanged.";
const DEVICE: &str = "Check PIN, branch and device serial, and that this device was initialised by this system.";
const CALLER: &str = "Mend what the text names and send it again.";

use ResultClass as C;
use Retry as R;

/// Source: KRA OSCU specification v2.0 §4.18; the others were seen on live systems or reported by one integration.
#[rustfmt::skip]
static RESULTS: [Row; 34] = [
    row("000", "Request succeeded", C::Accepted, R::NotNeeded, "Nothing to do.", true),
    row("001", "No search result (empty list)", C::Empty, R::NotNeeded, "Nothing to do. Of an invoice it means that KRA has not recorded it.", true),
    row("881", "Rwanda only; meaning not confirmed", C::Unexplained, R::AfterMending, "Not known in Kenya: keep the raw answer and ask KRA.", false),
    row("882", "Rwanda only; meaning not confirmed", C::Unexplained, R::AfterMending, "Not known in Kenya: keep the raw answer and ask KRA.", false),
    row("883", "Rwanda only; meaning not confirmed", C::Unexplained, R::AfterMending, "Not known in Kenya: keep the raw answer and ask KRA.", false),
    row("884", "Rwanda only; meaning not confirmed", C::Unexplained, R::AfterMending, "Not known in Kenya: keep the raw answer and ask KRA.", false),
    row("891", "Error while the request URL is created", C::Refused, R::AfterMending, SETTINGS, true),
    row("892", "Error while the request header is created", C::Refused, R::AfterMending, SETTINGS, true),
    row("893", "Error while the request body is created", C::Refused, R::AfterMending, "The local service could not build the request from this document: mend the document.", true),
    row("894", "Server communication error (VSCU/JAR could not reach KRA)", C::ServerFault, R::AfterLookUp, "The local service could not reach KRA: check its network. The document may have been recorded.", true),
    row("895", "Request method not allowed", C::Refused, R::AfterMending, "The path or the method is not the one of this operation: check the address.", true),
    row("896", "Request status error", C::ServerFault, R::AfterLookUp, FAULT, true),
    row("899", "Client error; on live VSDC 2.0.6 it is what a replayed invoice number returns", C::Ambiguous, R::LookUpOnly, "On a repeated attempt the first one was most likely recorded: look it up. On a first attempt mend what the text names.", true),
    row("900", "No header information (tin/bhfId/cmcKey headers missing)", C::Device, R::AfterMending, "The headers with PIN, branch and communication key are missing: check the dialect and the device settings.", true),
    row("901", "Not a valid device", C::Device, R::AfterMending, DEVICE, true),
    row("902", "Device already installed (data null, key is not returned again)", C::Device, R::AfterMending, "The device was initialised before and the key is given out once: restore it from the backup, or ask KRA to reset the device. Do not initialise again.", true),
    row("903", "Only OSCU (VSCU) devices can be verified", C::Device, R::AfterMending, "The serial is registered for the other kind of control unit: check which one KRA approved.", true),
    row("905", "Live wording of the same condition as 903 (one source)", C::Device, R::AfterMending, "The serial is registered for the other kind of control unit: check which one KRA approved.", false),
    row("910", "Request parameter error", C::Refused, R::AfterMending, CALLER, true),
    row("911", "Request body missing", C::Refused, R::AfterMending, "The request arrived without a body: look for a proxy that drops it.", true),
    row("912", "Request method error", C::Refused, R::AfterMending, "The path or the method is wrong; a trailing slash is enough: check the address.", true),
    row("913", "Seen on VSCU item registration for an unknown packaging code (not in spec)", C::Refused, R::AfterMending, "Use a packaging or quantity unit of KRA's list.", false),
    row("921", "Sales / sales-invoice data already declared cannot be received", C::Duplicate, R::LookUpOnly, "KRA has this sale already: look it up, do not send it again.", true),
    row("922", "Sales invoice data can be received only after the sales data", C::Refused, R::AfterSale, "Send the sale first.", true),
    row("990", "Maximum number of views exceeded (rate / volume)", C::Throttled, R::AfterPause, "Wait, and ask less often: code and class lists change rarely, once a day is enough.", true),
    row("991", "Error during registration", C::ServerFault, R::AfterLookUp, FAULT, true),
    row("992", "Error during modification", C::ServerFault, R::AfterLookUp, FAULT, true),
    row("993", "Error during deletion", C::ServerFault, R::AfterLookUp, FAULT, true),
    row("994", "Overlapped (duplicate) data", C::Duplicate, R::LookUpOnly, "The first attempt most likely got through: look it up, do not send it under another number.", true),
    row("995", "No downloaded file", C::Empty, R::NotNeeded, "There is nothing to download.", true),
    row("999", "Unknown error, ask administrator", C::ServerFault, R::AfterLookUp, FAULT, true),
    row("E04", "Device or branch not found", C::Device, R::AfterMending, DEVICE, false),
    row("E11", "Memory of the VSCU is full", C::Device, R::AfterMending, "The local service must reach KRA to upload what it holds: restore its connection first.", false),
    row("E31", "Date of the last request is malformed", C::Refused, R::AfterMending, "The date of the look-up has fourteen digits, yyyyMMddHHmmss.", false),
];

impl ResultCode {
    /// The table with the source of its rows.
    pub fn table() -> &'static CodeTable {
        static TABLE: LazyLock<CodeTable> = LazyLock::new(|| {
            let rows = RESULTS.iter().map(|row| CodeRow::new(row.code, row.meaning)).collect();
            CodeTable::new(None, "result code", "KRA OSCU specification v2.0 §4.18; live systems", Cow::Owned(rows))
        });
        &TABLE
    }

    /// Every known code.
    pub fn all() -> impl Iterator<Item = ResultCode> {
        RESULTS.iter().map(ResultCode)
    }

    /// Finds a code. Some local services are said to answer `00`, `0` or `0000` for success: read, never written.
    pub fn from_code(code: &str) -> Option<ResultCode> {
        let code = if matches!(code, "0" | "00" | "0000") { "000" } else { code };
        RESULTS.iter().find(|row| row.code.eq_ignore_ascii_case(code)).map(ResultCode)
    }

    /// What KRA writes.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// What it means.
    pub fn name(self) -> &'static str {
        self.0.meaning
    }

    /// What it says about the request.
    pub fn class(self) -> ResultClass {
        self.0.class
    }

    /// Whether and when to send again.
    pub fn retry(self) -> Retry {
        self.0.retry
    }

    /// What to do next, as a sentence for a person.
    pub fn next_step(self) -> &'static str {
        self.0.next
    }

    /// Whether the specification prints the code; the others were seen on live systems.
    pub fn in_specification(self) -> bool {
        self.0.in_specification
    }
}

impl Code<ResultCode> {
    /// What the code says about the request; a code nobody knows is [`ResultClass::Unexplained`].
    pub fn class(&self) -> ResultClass {
        self.known().map_or(ResultClass::Unexplained, ResultCode::class)
    }
}

impl PartialEq for ResultCode {
    fn eq(&self, other: &ResultCode) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for ResultCode {}

impl fmt::Debug for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResultCode({})", self.0.code)
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.code)
    }
}

impl super::code::sealed::Sealed for ResultCode {}

impl Coded for ResultCode {
    fn table() -> &'static CodeTable {
        ResultCode::table()
    }
    fn from_code(code: &str) -> Option<ResultCode> {
        ResultCode::from_code(code)
    }
    fn code(self) -> &'static str {
        self.0.code
    }
    fn name(self) -> &'static str {
        self.0.meaning
    }
}
