use serde::{Deserialize, Serialize};

use super::state::{Moment, Refused};

/// Something that happened to a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The lane is free and this is the next one: bind and send.
    Send,
    /// The same, but KRA has shown a record with this reference under a number that the store knew nothing of: bind, and
    /// look at that one before anything is sent.
    Seen {
        /// The number.
        number: u64,
    },
    /// KRA accepted it. `receipt`: with a readable signed receipt.
    Accepted {
        /// Whether the receipt came along, whole.
        receipt: bool,
    },
    /// KRA looked at it and refused.
    Refused(Refused),
    /// KRA says it has it already. `client_error`: in the ambiguous form of a VSCU (899).
    Duplicate {
        /// 899, which a VSCU says for other faults too.
        client_error: bool,
    },
    /// Not processed, and not because of the document: device or credentials refused, too many requests.
    TurnedAway,
    /// KRA's server failed on it. `signature`: what the fault looks like, `None` when it is the network's or a proxy's.
    Fault {
        /// The fault's looks, to tell it from others.
        signature: Option<String>,
    },
    /// No answer, or none that can be read.
    Lost,
    /// No byte of it left.
    NotSent,
    /// A waiting write without a query is sent again.
    Resend,
    /// KRA shows a record under the number.
    Found {
        /// What comparing it with the bytes that were sent says.
        comparison: Comparison,
        /// Whether it carries a readable signed receipt.
        receipt: bool,
    },
    /// KRA says that nothing is recorded under the number.
    NotRecorded,
    /// KRA could not be asked.
    QueryFailed,
    /// The process that held it is gone.
    Restarted,
    /// The caller takes it back.
    Cancel,
    /// The caller gave another document for it, or the same again.
    Amend,
    /// A person wants it looked at again.
    Retry,
    /// A person says that KRA has not got it: send it under a new number.
    Release,
    /// A person says that KRA has it.
    Settle,
    /// No bytes can be made of it.
    Unsendable {
        /// Why.
        message: String,
    },
}

/// What comparing KRA's record with the bytes that were sent says. An absent field is not an equal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// What identifies the document is there and equal; nothing differs.
    Strong,
    /// Nothing differs, but what is there does not identify the document.
    Weak,
    /// Something differs.
    Conflict,
}

impl Event {
    /// Stable name, also used in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Send => "send",
            Event::Seen { .. } => "seen",
            Event::Accepted { .. } => "accepted",
            Event::Refused(_) => "refused",
            Event::Duplicate { .. } => "duplicate",
            Event::TurnedAway => "turned_away",
            Event::Fault { .. } => "fault",
            Event::Lost => "lost",
            Event::NotSent => "not_sent",
            Event::Resend => "resend",
            Event::Found { .. } => "found",
            Event::NotRecorded => "not_recorded",
            Event::QueryFailed => "query_failed",
            Event::Restarted => "restarted",
            Event::Cancel => "cancel",
            Event::Amend => "amend",
            Event::Retry => "retry",
            Event::Release => "release",
            Event::Settle => "settle",
            Event::Unsendable { .. } => "unsendable",
        }
    }
}

/// What the holder of the lane does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Put the stored bytes on the wire, once.
    Transmit,
    /// Ask KRA for the record under the number; after a pause when it was just asked.
    Query,
    /// Send again after a pause ([`Event::Resend`]).
    Resend,
    /// Leave the lane alone for a while.
    Pause(Pause),
    /// The lane is free for the next.
    FreeLane,
    /// The lane's counter was moved to what KRA says it is.
    CounterCorrected {
        /// The last number used, as we believed.
        from: u64,
        /// The last number used, as KRA says.
        to: u64,
    },
    /// Tell a person.
    Alert,
}

/// Why a lane is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pause {
    /// KRA cannot be reached.
    Unreachable,
    /// Device, credentials or rate: KRA turns us away.
    TurnedAway,
    /// KRA may not have seen the stock report yet.
    Propagation,
}

/// A lane's counter, as far as this store knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The last number KRA has used; the next one to bind is one more.
    pub accepted: u64,
    /// The highest number under which KRA has recorded something for this store. Never bound again.
    pub recorded: u64,
    /// Whether a submission holds the lane.
    pub held: bool,
    /// The server fault that made the last one be rejected: when it hits the next one too, it may not be the document's,
    /// and more patience is called for.
    pub poison: Option<String>,
}

/// How long after recording an invoice KRA may still say that it does not know it, in milliseconds. Lags are reported
/// for items and movements (reference `etims-protocol.md` §8, §9), not measured for invoices.
const LONGEST_LAG: u64 = 15_000;

/// What the machine needs to know from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How far apart two "not recorded" must be to prove it, in milliseconds: no less than the time in which a lost
    /// request may still arrive, and then for KRA to show what it has recorded.
    pub proof_gap: u64,
    /// How often "not in your stock" is taken for a report that has not arrived yet.
    pub stock_retries: u8,
    /// How often the same server fault, each followed by "not recorded", rejects a document.
    pub poison: u8,
    /// How many answers without a receipt, or "not recorded" for a number in use, are waited for; and how many faults
    /// of the kind that made the document before it be rejected.
    pub patience: u8,
}

impl Limits {
    /// The usual limits for a request timeout in milliseconds.
    pub fn for_timeout(request_timeout: u64) -> Limits {
        Limits { proof_gap: request_timeout + LONGEST_LAG, stock_retries: 4, poison: 3, patience: 20 }
    }
}

/// A moment and the limits that apply.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Now.
    pub now: Moment,
    /// The limits.
    pub limits: Limits,
}
