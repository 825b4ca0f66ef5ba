use serde::{Deserialize, Serialize};

use crate::wire::Refusal;

/// Milliseconds on a clock that does not go back while a process lives. Only differences mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub u64);

/// Where a submission stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Durable and unnumbered; KRA surely has not got it.
    Queued(Retries),
    /// Its bytes are bound to a number and may be on their way.
    InFlight(Claim),
    /// KRA may or may not have it. The lane waits.
    Uncertain(Claim),
    /// KRA has it, and its receipt is here.
    Signed {
        /// Its number.
        number: u64,
        /// How we know.
        adoption: Adoption,
    },
    /// KRA has it, and there is no receipt: the good end of what KRA does not sign; a sale whose receipt is lost.
    Recorded {
        /// Its number, when the lane counts.
        number: Option<u64>,
        /// How we know.
        adoption: Adoption,
    },
    /// KRA surely has not got it and does not want it as it is.
    Rejected(Rejection),
    /// Holds its lane until a person decides.
    Stopped {
        /// What was bound.
        claim: Claim,
        /// Why nobody but a person can go on.
        cause: StopCause,
    },
    /// Taken back by the caller before KRA had it.
    Cancelled,
    /// Training or proforma: kept for paper and journal, never sent.
    PaperOnly,
}

/// What a queued submission has been through; kept so that healing and propagation retries end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retries {
    /// The lane's counter has been corrected once for it.
    pub healed: bool,
    /// How often KRA said that the item is not in stock.
    pub stock: u8,
}

/// A number bound to the exact bytes that carry it, and what is known about their fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// The number; `None` in lanes without a counter.
    pub number: Option<u64>,
    /// How often the bytes were handed to the wire.
    pub sends: u32,
    /// What it went through while queued.
    pub retries: Retries,
    /// A send ended without an answer that settles it: from now on a refusal is not definite.
    pub doubtful: bool,
    /// KRA has hinted that the number is in use.
    pub taken: bool,
    /// KRA refused our *first* attempt because of the number: look who has it.
    pub check: Option<Check>,
    /// The refusal a resend met.
    pub refused: Option<Refused>,
    /// The first "not recorded" since the last doubtful send.
    pub not_recorded_since: Option<Moment>,
    /// How many "not recorded" came since then.
    pub not_recorded: u32,
    /// How often KRA showed the record without a receipt.
    pub unsigned: u8,
    /// A server fault that keeps coming back.
    pub fault: Option<RepeatedFault>,
}

/// Why a first attempt's number is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// KRA expected a higher number: every number from ours up to that one is looked at for our own document, which an
    /// older copy of this store may have sent.
    Expected {
        /// The number KRA expected.
        expected: u64,
        /// The number that is looked at now.
        looking_at: u64,
    },
    /// KRA called it a duplicate.
    Duplicate,
    /// KRA has shown a record with this reference before anything was sent.
    Seen {
        /// Its number.
        number: u64,
    },
}

/// The same server fault, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedFault {
    /// What the fault looks like.
    pub signature: String,
    /// How often it came and was followed by "not recorded".
    pub confirmed: u8,
    /// It came and no "not recorded" has followed yet.
    pub pending: bool,
}

/// A refusal as KRA gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// KRA's result code.
    pub code: Option<String>,
    /// KRA's words.
    pub text: Option<String>,
    /// What they mean to the caller.
    pub refusal: Refusal,
}

/// Why a submission is rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// KRA refused it.
    Refused(Refused),
    /// KRA's server fails on it every time and does not record it.
    ServerFault {
        /// The fault.
        signature: String,
    },
    /// No bytes could be made of it; nothing was sent.
    Unsendable {
        /// Why.
        message: String,
    },
}

/// How we know that KRA has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adoption {
    /// KRA's answer to the save said so.
    Answered,
    /// KRA was asked afterwards, and what it told identifies the document.
    Strong,
    /// KRA was asked afterwards; nothing it told differs, but it told too little to identify the document.
    Weak,
    /// KRA's next number, or its "duplicate", says so.
    Inferred,
    /// A person says so.
    Settled,
}

/// Why a lane waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// KRA holds another document under our number.
    Conflict,
    /// KRA calls a first attempt a duplicate: somebody else writes on this device.
    ForeignWriter,
    /// KRA expects a number that this store has seen it accept already.
    CounterWentBack,
    /// KRA's counter was corrected once and is still not the one it names.
    CounterUnstable,
    /// A refusal after a doubtful send that cannot be looked up.
    Unresolved,
    /// KRA says that the number is in use, but does not show the record.
    NotShown,
}

impl StopCause {
    /// What happened and what a person can do.
    pub fn advice(self) -> &'static str {
        match self {
            StopCause::Conflict => {
                "KRA holds another document under this number. Find out who else issues on this PIN and branch; then send this one under a new number"
            }
            StopCause::ForeignWriter => {
                "somebody else issues on this PIN and branch, or this store is an old copy. Stop the other writer; then try again"
            }
            StopCause::CounterWentBack => {
                "KRA expects a number it has accepted before. Check that environment, PIN and branch are right; ask KRA before going on"
            }
            StopCause::CounterUnstable => {
                "the counter was corrected once and KRA names yet another number: somebody else is issuing at the same time"
            }
            StopCause::Unresolved => {
                "KRA refused the repetition of a request whose first answer was lost, and there is no way to ask whether the first was recorded. Look it up in the portal; then settle it as recorded or send it anew"
            }
            StopCause::NotShown => {
                "KRA says that the number is in use but does not show the record. Look it up in the portal; then settle it"
            }
        }
    }
}

impl Claim {
    /// The number to ask KRA about.
    pub fn asked_number(&self) -> Option<u64> {
        match self.check {
            Some(Check::Expected { looking_at, .. }) => Some(looking_at),
            Some(Check::Seen { number }) => Some(number),
            _ => self.number,
        }
    }
}

impl State {
    /// A submission that has just been stored.
    pub fn new() -> State {
        State::Queued(Retries::default())
    }

    /// Stable name, also used in the store.
    pub fn name(&self) -> &'static str {
        match self {
            State::Queued(_) => "queued",
            State::InFlight(_) => "in_flight",
            State::Uncertain(_) => "uncertain",
            State::Signed { .. } => "signed",
            State::Recorded { .. } => "recorded",
            State::Rejected(_) => "rejected",
            State::Stopped { .. } => "stopped",
            State::Cancelled => "cancelled",
            State::PaperOnly => "paper_only",
        }
    }

    /// Whether it holds its lane, so that nothing may follow it.
    pub fn holds_lane(&self) -> bool {
        self.claim().is_some()
    }

    /// The number and bytes it is bound to, while its fate is open.
    pub fn claim(&self) -> Option<&Claim> {
        match self {
            State::InFlight(claim) | State::Uncertain(claim) | State::Stopped { claim, .. } => Some(claim),
            _ => None,
        }
    }

    /// The number KRA has it under, or may have it under.
    pub fn number(&self) -> Option<u64> {
        match self {
            State::Signed { number, .. } => Some(*number),
            State::Recorded { number, .. } => *number,
            _ => self.claim()?.number,
        }
    }

    /// Whether nothing will happen to it by itself any more.
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            State::Signed { .. }
                | State::Recorded { .. }
                | State::Rejected(_)
                | State::Stopped { .. }
                | State::Cancelled
                | State::PaperOnly
        )
    }

    /// Whether KRA has it, so that what depends on it may go.
    pub fn is_recorded(&self) -> bool {
        matches!(self, State::Signed { .. } | State::Recorded { .. })
    }
}

impl Default for State {
    fn default() -> State {
        State::new()
    }
}
