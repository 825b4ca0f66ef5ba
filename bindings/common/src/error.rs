use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use etims_core::document::Unreadable;
use etims_core::error::{self, ErrorCode};
use etims_core::rules::{Invalid, Violation};
use etims_core::wire::Delivery;

/// An error as every language shows it: a code of the one table, and what is known of this case.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Error {
    /// Code, kind, whether to try again, what to do.
    pub code: &'static ErrorCode,
    /// What happened in this case.
    pub message: String,
    /// Whether KRA may have acted on what was asked.
    pub delivery: Delivery,
    /// Everything that is wrong with the document; empty for other errors.
    pub violations: Vec<Violation>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error {
    /// An error before anything was sent.
    pub fn new(code: &'static ErrorCode, message: impl fmt::Display) -> Error {
        Error { code, message: message.to_string(), delivery: Delivery::NotSent, violations: Vec::new() }
    }

    /// An argument nobody can use.
    pub fn argument(name: &str, problem: impl fmt::Display) -> Error {
        Error::new(&error::BAD_ARGUMENT, format_args!("{name}: {problem}"))
    }

    /// A panic, which no language may see as one.
    pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
        let words =
            panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Error::new(&error::INTERNAL, format_args!("a fault of the SDK's own: {}", words.unwrap_or("without words")))
    }

    /// Does work that should not panic; a panic becomes an error of the code `INTERNAL`.
    pub fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        // What the work held is dropped with it: nobody sees it half done.
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Error::panicked(&*panic)))
    }

    /// Name of [`Error::delivery`].
    pub fn delivery_name(&self) -> &'static str {
        match self.delivery {
            Delivery::NotSent => "not_sent",
            Delivery::MaybeDelivered => "maybe_delivered",
            Delivery::Answered => "answered",
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Error {
        Error { violations: invalid.violations.clone(), ..Error::new(&error::INVALID_DOCUMENT, invalid) }
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Error {
        Error::new(&error::UNREADABLE_DOCUMENT, unreadable)
    }
}

impl From<etims_client::error::Error> for Error {
    fn from(error: etims_client::error::Error) -> Error {
        use etims_client::error::Error as Client;
        let (code, delivery) = (error.code(), error.delivery());
        match error {
            Client::Invalid(invalid) => invalid.into(),
            error => Error { delivery, ..Error::new(code, error) },
        }
    }
}
