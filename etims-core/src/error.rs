//! The one table of error codes: generates `docs/errors.md` and every language's error classes.

use std::fmt;

use serde::Serialize;

/// What went wrong, roughly: every language has one class for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The document breaks rules; nothing was stored or sent.
    Validation,
    /// KRA said no.
    Refused,
    /// The device: initialisation, its key, KRA's view of it.
    Device,
    /// Numbers: somebody else writes on the device, or the books differ.
    Numbering,
    /// The way to KRA: network, time, tokens, limits.
    Transport,
    /// The store on disk.
    Store,
    /// Settings and secrets.
    Config,
    /// A call that cannot be right as it was made.
    Misuse,
    /// A fault of the SDK's own.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [ErrorKind; 9] = [
        ErrorKind::Validation,
        ErrorKind::Refused,
        ErrorKind::Device,
        ErrorKind::Numbering,
        ErrorKind::Transport,
        ErrorKind::Store,
        ErrorKind::Config,
        ErrorKind::Misuse,
        ErrorKind::Internal,
    ];

    /// The word used in documents and bindings.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Validation => "validation",
            ErrorKind::Refused => "refused",
            ErrorKind::Device => "device",
            ErrorKind::Numbering => "numbering",
            ErrorKind::Transport => "transport",
            ErrorKind::Store => "store",
            ErrorKind::Config => "config",
            ErrorKind::Misuse => "misuse",
            ErrorKind::Internal => "internal",
        }
    }
}

/// One way to fail, with what to do next.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode {
    /// Stable code such as `REFUSED`.
    pub code: &'static str,
    /// Which class of error it is.
    pub kind: ErrorKind,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// What happened, in one sentence.
    pub sentence: &'static str,
    /// What to do.
    pub next_step: &'static str,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// Declares the codes as constants and as one list.
macro_rules! error_codes {
    ($($code:ident: $kind:ident, $retryable:literal, $sentence:literal, $next_step:literal;)*) => {
        $(
            #[doc = $sentence]
            pub static $code: ErrorCode = ErrorCode {
                code: stringify!($code),
                kind: ErrorKind::$kind,
                retryable: $retryable,
                sentence: $sentence,
                next_step: $next_step,
            };
        )*

        /// Every code, in the order of the documentation.
        pub static ALL: &[&ErrorCode] = &[$(&$code),*];
    };
}

error_codes! {
    INVALID_DOCUMENT: Validation, false, "The document breaks rules; nothing was stored or sent.",
        "Look at the violations: each has a code, the path in your document and a fix.";
    UNREADABLE_DOCUMENT: Validation, false, "The text is not JSON.",
        "Correct it at the line and column named.";
    REFUSED: Refused, false, "KRA refused the document; its number went to the next one.",
        "Correct the field named and amend the document under its reference.";
    SERVER_FAULT: Refused, true, "KRA's server failed on this document three times and recorded nothing.",
        "Retry later; if it fails again, give KRA the reference id.";
    NOT_INITIALISED: Device, false, "The device has no communication key.",
        "Initialise it once (etims init), or adopt it if another system did (etims adopt).";
    ALREADY_INSTALLED: Device, false, "KRA says the device is installed (902): its key was given once and is not given again.",
        "Adopt it with the key and counters of the system that initialised it, or ask KRA for a new device.";
    INVALID_DEVICE: Device, false, "KRA does not know the device (901, 903, 905).",
        "Check PIN, branch, serial, environment and dialect; OSCU and VSCU serials are not interchangeable.";
    DEVICE_CORRUPTED: Device, false, "KRA holds several records of the device (N results): it was initialised more than once.",
        "Stop initialising; register a new serial or ask KRA support.";
    INITIALISE_INTERRUPTED: Device, false, "An initialisation was begun and its answer is not known.",
        "It is never repeated by itself: take a new serial, or adopt the device if you have its key.";
    KEY_UNREADABLE: Device, false, "The stored communication key cannot be opened.",
        "Restore the vault's key file from its backup.";
    OFFLINE_TOO_LONG: Device, true, "The VSCU has been out of contact with KRA for too long to take new invoices.",
        "Restore the connection; the limit is a setting.";
    CONFLICT: Numbering, false, "KRA recorded something else under our number.",
        "Stop other systems on this PIN and branch; compare both books, then settle or release the document.";
    FOREIGN_WRITER: Numbering, false, "Somebody else writes on this device.",
        "Stop the other system: one writer for each PIN and branch.";
    COUNTER_UNSTABLE: Numbering, false, "KRA's counter does not agree with ours and correcting it once did not help.",
        "Look for a second writer or a restored backup, then retry the document.";
    RECEIPT_UNKNOWN: Numbering, false, "KRA has the document, its signature cannot be had.",
        "Look it up in KRA's portal; do not send it again under another number.";
    NOT_REACHABLE: Transport, true, "KRA was not reached; nothing was sent.",
        "Nothing to do: queued documents go out when the network returns.";
    ANSWER_LOST: Transport, true, "The request may have reached KRA and its answer did not come back.",
        "Nothing to do for documents: the outbox asks KRA before it sends again.";
    NOT_AUTHORISED: Transport, false, "KRA's gateway does not accept the credentials.",
        "Check consumer key, secret and app id of this environment (etims doctor).";
    THROTTLED: Transport, true, "KRA or the local limiter asks for a pause.",
        "Wait; look-ups of lists once a day are enough.";
    UNREADABLE_ANSWER: Transport, true, "The answer is not one of KRA's.",
        "Look for a proxy or a maintenance page between you and KRA.";
    BAD_ARGUMENT: Misuse, false, "An argument cannot be used.",
        "Look at the message: it names the argument and what it takes.";
    UNSUPPORTED: Misuse, false, "The dialect has no such call.",
        "Use another dialect, or do without.";
    STORE_CORRUPT: Store, false, "The store is damaged; it was set aside and no number is given out.",
        "Restore a backup or adopt the device with KRA's counters; keep the damaged file.";
    STORE_BUSY: Store, true, "Another process holds the store.",
        "Wait, or stop the other process.";
    STORE_FULL: Store, true, "The store cannot be written; KRA's answer is kept in the spill file and the lane stands.",
        "Free disk space and start again.";
    STORE_RESTORED: Store, false, "The store is an older copy of itself: what is submitted is kept, and nothing is sent.",
        "Submit what was sold since the copy again under its old references, then resume (etims drain --resume).";
    STORE_FAILED: Store, true, "The store could not be read or written.",
        "Look at the message: permissions, disk, path.";
    INVALID_CONFIG: Config, false, "Settings are missing or wrong; all of them are listed.",
        "Correct each one named.";
    WRONG_ENVIRONMENT: Config, false, "Credentials or device of one environment were pointed at the other.",
        "Use the credentials of the environment; sandbox keys never reach production hosts.";
    REFERENCE_TAKEN: Misuse, false, "Another document was handed in under this reference.",
        "Give every document a reference of its own; a refused one is amended.";
    UNKNOWN_REFERENCE: Misuse, false, "No document was handed in under this reference.",
        "Check the reference and the device.";
    NOT_POSSIBLE_NOW: Misuse, false, "The document's state does not allow it: only refused ones are amended, only unsent ones cancelled.",
        "Look at its status.";
    NOT_SIGNED_YET: Misuse, true, "The document has no signature yet; it stays in the store and goes out.",
        "Wait for it, or print a slip that is not a receipt.";
    CLOSED: Misuse, false, "The device was closed.",
        "Open it again.";
    FORKED: Misuse, false, "The process was forked while the device was open.",
        "Open the device after the fork.";
    INTERNAL: Internal, false, "A fault of the SDK's own.",
        "Please report it with the message; no document is lost by it.";
}
