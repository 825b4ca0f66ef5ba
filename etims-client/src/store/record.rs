use std::fmt;
use std::sync::Arc;

use etims_core::journal::Hash;
use etims_core::submission::{Action, Event, Lane, Limits, Moment, State};
use etims_core::wire::{Dialect, Operation, SignedReceipt};
use serde::{Deserialize, Serialize};

/// A submission's number in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubmissionId(pub i64);

/// Something to be sent, ready to be stored.
#[derive(Clone)]
pub struct NewSubmission {
    /// `environment/pin/branch`.
    pub device: String,
    /// The dialect it will be sent in.
    pub dialect: Dialect,
    /// What kind of write.
    pub operation: Operation,
    /// Key of its lane.
    pub lane: String,
    /// The caller's reference, unique per device and operation.
    pub reference: String,
    /// Digest of what the caller gave.
    pub digest: Hash,
    /// The checked document, JSON.
    pub document: Vec<u8>,
    /// The document's own date, milliseconds since 1970.
    pub issued_at: i64,
    /// What has to be recorded before it may be sent.
    pub waits: Vec<Wait>,
    /// What others may have to wait for: item codes.
    pub touches: Vec<String>,
    /// Training and proforma are kept, never sent.
    pub paper_only: bool,
    /// For a credit note: the sale it credits.
    pub credits: Option<Credits>,
}

/// The sale a credit note credits, and how many notes for it the caller has taken into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credits {
    /// The sale.
    pub original: SubmissionId,
    /// Credit notes for it that were not refused or taken back.
    pub seen: u32,
}

impl fmt::Debug for NewSubmission {
    /// Without the document, which holds personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSubmission")
            .field("operation", &self.operation)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// Something a submission waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A certain submission.
    For(SubmissionId),
    /// Everything of one kind that touches a subject and is not recorded yet.
    Touching {
        /// The kind.
        operation: Operation,
        /// The subject, an item code.
        subject: String,
    },
}

/// Number and bytes for a submission that is being stored.
#[derive(Clone)]
pub struct FirstBinding {
    /// The number they carry, in lanes that count.
    pub number: Option<u64>,
    /// The exact bytes.
    pub body: Arc<[u8]>,
    /// The version of the stored document they were made of ([`Head::version`]); `None` for one that is being stored.
    pub version: Option<i64>,
    /// The document they were made of, where it has changed since it was stored: a credit note that waited for the
    /// numbers of its original.
    pub document: Option<Vec<u8>>,
}

/// Number and bytes for a stored submission.
#[derive(Clone)]
pub struct Binding {
    /// The submission.
    pub id: SubmissionId,
    /// Number and bytes.
    pub first: FirstBinding,
}

/// What goes into the commit of a T3 besides what came of the holder.
#[derive(Clone, Default)]
pub struct Follow {
    /// Bound when the lane is free then.
    pub next: Option<Binding>,
    /// Reserved behind whoever is in flight then: bound to the number that comes after.
    pub reserve: Option<Binding>,
    /// Where the bytes are that the lane had reserved.
    pub reserved: Whereabouts,
}

impl Follow {
    /// Only the next.
    pub fn next(binding: Binding) -> Follow {
        Follow { next: Some(binding), ..Follow::default() }
    }
}

/// Where the bytes are that a lane has reserved behind its holder. They may leave as soon as KRA has accepted the holder's,
/// while that is still being stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whereabouts {
    /// Nobody knows: whoever reserved them may have sent them, if the holder was accepted.
    #[default]
    Unknown,
    /// They have not left.
    Here,
    /// They have left, or are leaving.
    Out,
}

/// A submission that is bound, durably, to the number after that of the lane's holder.
#[derive(Clone)]
pub struct Reserved {
    /// The submission.
    pub id: SubmissionId,
    /// What kind of write.
    pub operation: Operation,
    /// The caller's reference.
    pub reference: String,
    /// The number its bytes carry.
    pub number: u64,
    /// The exact bytes.
    pub body: Arc<[u8]>,
    /// The document's own date, milliseconds since 1970.
    pub issued_at: i64,
}

/// The right to write on behalf of a lane's holder.
#[derive(Clone, PartialEq, Eq)]
pub struct Hold {
    /// Key of the lane.
    pub lane: String,
    /// The holder.
    pub id: SubmissionId,
    /// The lane's generation when it was taken: an older one may not write any more.
    pub generation: u64,
    /// Until when the holder may send, on the clock that counts sleep.
    pub deadline: Moment,
}

impl fmt::Debug for Hold {
    /// Without the lane's key, which holds the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold")
            .field("id", &self.id)
            .field("generation", &self.generation)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// A submission that is in flight, durably.
#[derive(Clone)]
pub struct Bound {
    /// The right to go on.
    pub hold: Hold,
    /// What kind of write.
    pub operation: Operation,
    /// The caller's reference.
    pub reference: String,
    /// What is stored about it.
    pub state: State,
    /// The exact bytes.
    pub body: Arc<[u8]>,
    /// The document's own date, milliseconds since 1970.
    pub issued_at: i64,
    /// The last number the lane had used when it was taken.
    pub accepted: u64,
    /// What is reserved behind it.
    pub reserved: Option<Reserved>,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("hold", &self.hold).field("reference", &self.reference).finish_non_exhaustive()
    }
}

/// What became of a submission that was handed in.
#[derive(Debug)]
pub struct Submitted {
    /// Its number in the store.
    pub id: SubmissionId,
    /// Where it stands.
    pub state: State,
    /// Whether it was not there before.
    pub is_new: bool,
    /// In flight already: whoever asked goes on with it.
    pub bound: Option<Bound>,
}

/// The next submission of a lane.
pub struct Head {
    /// The submission.
    pub id: SubmissionId,
    /// What kind of write.
    pub operation: Operation,
    /// The caller's reference.
    pub reference: String,
    /// The checked document, JSON.
    pub document: Vec<u8>,
    /// Tells this version of the document from an amended one.
    pub version: i64,
}

/// A lane as it is stored.
#[derive(Clone, Debug, Default)]
pub struct LaneView {
    /// The counter.
    pub lane: Lane,
    /// Who holds it.
    pub holder: Option<SubmissionId>,
    /// The device whose submission holds it.
    pub holder_device: Option<String>,
    /// Whether the holder's owner is this very store handle.
    pub is_ours: bool,
    /// Whether the holder waits for a person.
    pub stopped: bool,
    /// Whether all lanes stand still because the store looks older than it was.
    pub halted: Option<String>,
}

/// What happened to a submission, with its proof.
#[derive(Clone, Serialize, Deserialize)]
pub struct Evidence {
    /// What happened.
    pub event: Event,
    /// When, on the clock that counts sleep.
    pub at: Moment,
    /// The limits that apply.
    pub limits: Limits,
    /// HTTP status of the answer.
    pub http_status: Option<u16>,
    /// The answer as it came.
    pub answer: Option<Vec<u8>>,
    /// The receipt in it.
    pub receipt: Option<SignedReceipt>,
    /// A record of KRA's that is not the one in question: its number and the trader's own number of it.
    pub seen: Option<(u64, String)>,
    /// One line for people.
    pub note: Option<String>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence").field("event", &self.event.name()).field("note", &self.note).finish_non_exhaustive()
    }
}

/// What T3 left behind.
#[derive(Debug)]
pub struct Settled {
    /// The submission as it stands now.
    pub row: SubmissionRow,
    /// What the holder does next.
    pub actions: Vec<Action>,
    /// The right to go on, when the lane is still held.
    pub hold: Option<Hold>,
    /// The lane afterwards.
    pub lane: Lane,
    /// Whether something that waited for this one may go now.
    pub set_free: bool,
    /// The next submission, in flight already.
    pub next: Option<Bound>,
}

/// A lane taken from a dead holder.
#[derive(Debug)]
pub struct Takeover {
    /// The submission that held it, uncertain now or stopped as before.
    pub bound: Bound,
    /// What to do with it.
    pub actions: Vec<Action>,
}

/// What is decided about a submission from outside the exchange with KRA.
#[derive(Clone)]
pub enum Act {
    /// Take it back.
    Cancel,
    /// Look again, or send again.
    Retry,
    /// KRA has not got it: send it under a new number.
    Release,
    /// KRA has it.
    Settle,
    /// Another document under the reference.
    Amend {
        /// Digest of what the caller gave.
        digest: Hash,
        /// The checked document.
        document: Vec<u8>,
        /// The document's own date.
        issued_at: i64,
    },
    /// No bytes can be made of it.
    Unsendable {
        /// Why.
        message: String,
    },
}

impl Act {
    pub(crate) fn event(&self) -> Event {
        match self {
            Act::Cancel => Event::Cancel,
            Act::Retry => Event::Retry,
            Act::Release => Event::Release,
            Act::Settle => Event::Settle,
            Act::Amend { .. } => Event::Amend,
            Act::Unsendable { message } => Event::Unsendable { message: message.clone() },
        }
    }
}

/// A submission as it is stored; its document is looked up apart ([`Store::document`](super::Store::document)).
#[derive(Clone)]
pub struct SubmissionRow {
    /// Its number in the store.
    pub id: SubmissionId,
    /// `environment/pin/branch`.
    pub device: String,
    /// The dialect.
    pub dialect: Dialect,
    /// What kind of write.
    pub operation: Operation,
    /// Key of its lane.
    pub lane: String,
    /// The caller's reference.
    pub reference: String,
    /// Digest of what the caller gave.
    pub digest: Hash,
    /// Where it stands.
    pub state: State,
    /// The signed receipt.
    pub receipt: Option<SignedReceipt>,
    /// The last thing worth knowing, for people.
    pub note: Option<String>,
    /// How many others must be recorded first.
    pub waits_for: u32,
    /// The document's own date, milliseconds since 1970.
    pub issued_at: i64,
    /// When it was stored.
    pub created_at: i64,
    /// When it came to rest.
    pub settled_at: Option<i64>,
}

impl fmt::Debug for SubmissionRow {
    /// Without the keys of device and lane, which hold the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmissionRow")
            .field("id", &self.id)
            .field("operation", &self.operation)
            .field("reference", &self.reference)
            .field("state", &self.state)
            .field("note", &self.note)
            .finish_non_exhaustive()
    }
}

/// Which submissions to list.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Only this device.
    pub device: Option<String>,
    /// Only those that somebody may still have to do something about: waiting, on their way, in doubt, stopped, refused.
    pub open: bool,
    /// Only these states, by name; empty means all.
    pub states: Vec<&'static str>,
    /// Only after this one.
    pub after: Option<SubmissionId>,
    /// At most so many; 0 means 100.
    pub most: u32,
}

/// How far a device's initialisation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceStatus {
    /// The request was about to be sent, and nothing is known since.
    Initialising,
    /// KRA has answered; the answer is kept, but not yet understood.
    Answered,
    /// It has its key.
    Ready,
    /// KRA refused.
    Failed,
}

impl DeviceStatus {
    pub(crate) const ALL: [DeviceStatus; 4] =
        [DeviceStatus::Initialising, DeviceStatus::Answered, DeviceStatus::Ready, DeviceStatus::Failed];

    /// Stable name, also used in the store.
    pub fn name(self) -> &'static str {
        match self {
            DeviceStatus::Initialising => "initialising",
            DeviceStatus::Answered => "answered",
            DeviceStatus::Ready => "ready",
            DeviceStatus::Failed => "failed",
        }
    }
}

/// A device as it is stored. Its secrets are sealed.
#[derive(Clone)]
pub struct DeviceRow {
    /// `environment/pin/branch`.
    pub device: String,
    /// The dialect it was initialised in.
    pub dialect: Dialect,
    /// Serial number as KRA approved it.
    pub serial: String,
    /// How far it has come.
    pub status: DeviceStatus,
    /// What is printed and shown of it, JSON.
    pub identity: Option<String>,
    /// KRA's raw answer, sealed.
    pub sealed_answer: Option<Vec<u8>>,
    /// The communication key, sealed.
    pub sealed_key: Option<Vec<u8>>,
}

impl fmt::Debug for DeviceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceRow").field("serial", &self.serial).field("status", &self.status).finish_non_exhaustive()
    }
}

/// A journal entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Its place, counted from 1.
    pub place: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// The submission it happened to.
    pub submission: Option<SubmissionId>,
    /// Details, JSON.
    pub detail: String,
    /// Hash of the bytes kept beside it.
    pub blob: Option<Hash>,
    /// Its own hash, which covers the one before.
    pub hash: Hash,
}
