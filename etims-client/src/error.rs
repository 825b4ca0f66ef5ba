//! What can go wrong in front of a caller.

use etims_core::error::{self as code, ErrorCode, ErrorKind};
use etims_core::rules::Invalid;
use etims_core::wire::{Delivery, DeviceFault, Reply};

use crate::credentials::{KeyRingError, SourceError, VaultError};
use crate::line::LineError;
use crate::store::StoreError;
use crate::transport::{CallError, Cause};

/// Why a device did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The document breaks rules; nothing was stored and nothing was sent.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// KRA could not be asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The keys that seal secrets at rest cannot be had.
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    /// A secret cannot be had from its source.
    #[error(transparent)]
    Secret(#[from] SourceError),
    /// The line to KRA cannot be set up.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The device has no communication key yet.
    #[error("the device {0} is not initialised here: initialise it once, or adopt it with its key")]
    NotInitialised(String),
    /// The VSCU has not answered a look-up for so long that it will soon stop signing.
    #[error("the VSCU has not answered for {hours} hours: bring it back in contact with KRA, then try again")]
    OfflineTooLong {
        /// Whole hours since its last answer.
        hours: u64,
    },
    /// KRA refused the initialisation, or its answer cannot be understood.
    #[error("initialisation: {message}")]
    Initialise {
        /// What happened and what to do.
        message: String,
        /// What KRA said is wrong with the device.
        fault: Option<DeviceFault>,
    },
    /// What was asked makes no sense.
    #[error("{0}")]
    Misuse(String),
}

impl Error {
    /// Its row in the table of error codes: stable code, kind, what to do.
    pub fn code(&self) -> &'static ErrorCode {
        match self {
            Error::Invalid(_) => &code::INVALID_DOCUMENT,
            Error::Store(error) => store_code(error),
            Error::Call(error) => call_code(error),
            Error::Vault(_) => &code::KEY_UNREADABLE,
            Error::Line(LineError::OtherEnvironment { .. }) => &code::WRONG_ENVIRONMENT,
            Error::Keys(_) | Error::Secret(_) | Error::Line(_) => &code::INVALID_CONFIG,
            Error::NotInitialised(_) => &code::NOT_INITIALISED,
            Error::OfflineTooLong { .. } => &code::OFFLINE_TOO_LONG,
            Error::Initialise { fault, .. } => match fault {
                Some(DeviceFault::AlreadyInstalled) => &code::ALREADY_INSTALLED,
                Some(DeviceFault::DuplicateRows) => &code::DEVICE_CORRUPTED,
                Some(DeviceFault::Unknown | DeviceFault::WrongKind) => &code::INVALID_DEVICE,
                Some(DeviceFault::Credentials | DeviceFault::Application | DeviceFault::Headers) => {
                    &code::NOT_AUTHORISED
                }
                Some(DeviceFault::NotRouted) => &code::UNSUPPORTED,
                None => &code::INITIALISE_INTERRUPTED,
            },
            Error::Misuse(_) => &code::NOT_POSSIBLE_NOW,
        }
    }

    /// Which class of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.code().kind
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        self.code().retryable
    }

    /// Whether KRA may have acted on what was asked.
    pub fn delivery(&self) -> Delivery {
        match self {
            Error::Call(call) => call.delivery,
            Error::Initialise { .. } => Delivery::Answered,
            _ => Delivery::NotSent,
        }
    }

    pub(crate) fn initialise(reply: &Reply, fault: Option<DeviceFault>) -> Error {
        let advice = fault.map_or(String::new(), |fault| format!("; {}", fault.advice()));
        Error::Initialise { message: format!("KRA said {}{advice}", reply.summary()), fault }
    }
}

fn store_code(error: &StoreError) -> &'static ErrorCode {
    match error {
        StoreError::ReferenceTaken { .. } => &code::REFERENCE_TAKEN,
        StoreError::Unknown(_) => &code::UNKNOWN_REFERENCE,
        StoreError::Misfit(_) | StoreError::Needed { .. } | StoreError::CreditedMeanwhile => &code::NOT_POSSIBLE_NOW,
        StoreError::Superseded => &code::STORE_BUSY,
        StoreError::Device(_) => &code::INITIALISE_INTERRUPTED,
        StoreError::Full(_) => &code::STORE_FULL,
        StoreError::Corrupt { .. } => &code::STORE_CORRUPT,
        StoreError::Restored(_) => &code::STORE_RESTORED,
        StoreError::TooNew { .. } | StoreError::Failed(_) => &code::STORE_FAILED,
    }
}

fn call_code(error: &CallError) -> &'static ErrorCode {
    match error.cause {
        Cause::Unsupported => &code::UNSUPPORTED,
        Cause::Limited => &code::THROTTLED,
        Cause::Token => &code::NOT_AUTHORISED,
        Cause::TooLarge | Cause::Unreadable | Cause::Redirected => &code::UNREADABLE_ANSWER,
        _ if error.delivery == Delivery::NotSent => &code::NOT_REACHABLE,
        _ => &code::ANSWER_LOST,
    }
}
