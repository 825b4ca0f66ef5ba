//! What can go wrong in front of a caller.

use etims_core::rules::Invalid;
use etims_core::wire::{Delivery, DeviceFault, Reply};

use crate::credentials::VaultError;
use crate::store::StoreError;
use crate::transport::CallError;

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
    /// The device has no communication key yet.
    #[error("the device {0} is not initialised here: initialise it once, or adopt it with its key")]
    NotInitialised(String),
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

/// The kind of an error: what a caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Change the document.
    Validation,
    /// See to the device or its credentials.
    Device,
    /// See to the network, or wait.
    Transport,
    /// See to the disk or the store.
    Store,
    /// Change the program.
    Misuse,
}

impl Error {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Invalid(_) => ErrorKind::Validation,
            Error::Store(StoreError::Device(_)) => ErrorKind::Device,
            Error::Store(StoreError::ReferenceTaken { .. } | StoreError::Unknown(_) | StoreError::Misfit(_)) => {
                ErrorKind::Misuse
            }
            Error::Store(_) => ErrorKind::Store,
            Error::Call(_) => ErrorKind::Transport,
            Error::Vault(_) | Error::NotInitialised(_) | Error::Initialise { .. } => ErrorKind::Device,
            Error::Misuse(_) => ErrorKind::Misuse,
        }
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
