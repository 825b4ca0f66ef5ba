//! Faults: what goes wrong, on which call, how often.

mod armed;
mod description;

use serde::Serialize;

pub use armed::FaultId;
pub(crate) use armed::Faults;
pub use description::FaultError;

use crate::operation::Operation;

/// What goes wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// KRA records and signs; the connection ends without an answer.
    LoseAnswer,
    /// The connection ends before KRA sees the request.
    LoseRequest,
    /// KRA records at once and answers late.
    DelayAnswer {
        /// How late.
        milliseconds: u64,
    },
    /// The request reaches KRA late, even when the client has hung up.
    DelayRequest {
        /// How late.
        milliseconds: u64,
    },
    /// KRA records; the connection is reset in the middle of the answer.
    ResetMidBody,
    /// KRA records; the answer's JSON breaks off, in proper HTTP.
    TruncateJson,
    /// An HTML page in HTTP 200 instead of the answer.
    HtmlPage {
        /// Whether KRA has recorded.
        recorded: bool,
    },
    /// The token is refused as expired (gateway only).
    ExpireToken,
    /// HTTP 429; KRA sees nothing.
    TooManyRequests,
    /// HTTP 500, 502, 503 or 504 instead of the answer.
    ServerError {
        /// The status.
        status: u16,
        /// Whether KRA has recorded.
        recorded: bool,
    },
    /// Invoice detail does not know an invoice for its first look-ups, or for a time after signing.
    LagDetail {
        /// Look-ups of one invoice that answer 001.
        look_ups: u32,
        /// Time after signing during which it answers 001.
        milliseconds: i64,
    },
    /// The stock is looked at before the number, so that a repeated sale is refused for its stock.
    StockBeforeSequence,
    /// Somebody else's sale takes the number first.
    ForeignWriter,
    /// The answer carries another `curRcptNo` than was recorded.
    WrongReceiptNumber,
    /// Times in answers are off.
    ClockSkew {
        /// By how much; negative is early.
        seconds: i64,
    },
    /// The sales counter moves on without an invoice.
    CounterDrift {
        /// How many numbers it leaves out.
        by: u64,
    },
    /// The answer arrives in small pieces.
    SlowDrip {
        /// Pause between pieces.
        milliseconds: u64,
    },
    /// "Query did not return a unique result: N results were returned".
    ManyResults {
        /// The N.
        count: u32,
    },
    /// KRA records and says so, without a signature.
    NoSignature,
    /// The sale is refused as a duplicate although it is new.
    Duplicate {
        /// `994`, `921`, `899`, or `unique` for the unique-constraint text.
        code: DuplicateCode,
    },
}

/// How a duplicate is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum DuplicateCode {
    /// 994, overlapped data.
    #[serde(rename = "994")]
    Overlapped,
    /// 921, already declared.
    #[serde(rename = "921")]
    Declared,
    /// 899, client error.
    #[serde(rename = "899")]
    Client,
    /// The database's "violates unique constraint".
    #[serde(rename = "unique")]
    Unique,
}

impl DuplicateCode {
    pub(crate) fn result_code(self) -> &'static str {
        match self {
            DuplicateCode::Overlapped => "994",
            DuplicateCode::Declared => "921",
            DuplicateCode::Client => "899",
            DuplicateCode::Unique => "unique",
        }
    }
}

/// How often a fault strikes among the calls it is for.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// On the next call only.
    Once,
    /// On every n-th call; 1 is always.
    EveryNth(u64),
    /// With this probability on each call, in an order that follows from the seed.
    Probability(f64, u64),
}

/// A fault to be armed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often.
    pub when: When,
    /// On which operation; `None` is every business call.
    pub operation: Option<Operation>,
}

impl Fault {
    /// The fault as it is mostly wanted: once, or for as long as it is armed where once makes no sense; on the
    /// operation that it is about.
    #[must_use]
    pub fn new(kind: FaultKind) -> Fault {
        use FaultKind::*;
        let (when, operation) = match kind {
            LagDetail { .. } => (When::EveryNth(1), Some(Operation::InvoiceDetail)),
            ClockSkew { .. } => (When::EveryNth(1), None),
            LoseAnswer
            | LoseRequest
            | NoSignature
            | ForeignWriter
            | StockBeforeSequence
            | WrongReceiptNumber
            | CounterDrift { .. }
            | Duplicate { .. } => (When::Once, Some(Operation::SaveSale)),
            _ => (When::Once, None),
        };
        Fault { kind, when, operation }
    }

    /// On every n-th call.
    #[must_use]
    pub fn every(mut self, n: u64) -> Fault {
        self.when = When::EveryNth(n);
        self
    }

    /// With a probability, in an order that follows from the seed.
    #[must_use]
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Fault {
        self.when = When::Probability(probability, seed);
        self
    }

    /// On this operation only.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Fault {
        self.operation = Some(operation);
        self
    }

    /// On every business call.
    #[must_use]
    pub fn anywhere(mut self) -> Fault {
        self.operation = None;
        self
    }
}
