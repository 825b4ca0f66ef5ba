//! What is durable: submissions, lanes, devices and the journal. [`Store`] is what the outbox needs of it;
//! [`SqliteStore`] keeps it in one file of one machine.

mod error;
mod record;
pub mod sqlite;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use etims_core::wire::Operation;

pub use error::StoreError;
pub use record::{
    Act, Binding, Bound, Credits, DeviceRow, DeviceStatus, Evidence, FirstBinding, Follow, Head, Hold, JournalRow,
    LaneView, ListFilter, NewSubmission, Reserved, Settled, SubmissionId, SubmissionRow, Submitted, Takeover, Wait,
    Whereabouts,
};
pub use sqlite::SqliteStore;

/// A store's answer.
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The future of [`Store::farewell`]. It does not keep the store open.
pub type Farewell = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A durable store. Every method that changes something has committed when it returns, and has changed nothing when it
/// fails. A future that is dropped half-way does not undo what it asked for.
pub trait Store: Debug + Send + Sync {
    /// T1: keeps a submission, once per reference. With `first`, also binds and marks it in flight (T2) in the same
    /// commit, provided that the lane is free, nothing is waiting before it and the number is still the next.
    fn submit(&self, new: NewSubmission, first: Option<FirstBinding>) -> Stored<'_, Submitted>;

    /// The lane's counter and holder.
    fn lane(&self, lane: &str) -> Stored<'_, LaneView>;

    /// The next submission of a device in a lane that may be sent, those `taken` already left out.
    fn head(&self, device: &str, lane: &str, taken: &[SubmissionId]) -> Stored<'_, Option<Head>>;

    /// T2: takes the lane and binds the submission to number and bytes. `None` when the lane is not free, the
    /// submission is no longer waiting or the number is no longer the next.
    fn bind(&self, lane: &str, binding: Binding) -> Stored<'_, Option<Bound>>;

    /// T3: what came of it, and what follows in the same commit. What was reserved behind a submission that is recorded
    /// now takes the lane: in flight when it has left, uncertain when nobody knows. Else the reservation lapses.
    fn settle(&self, hold: Hold, evidence: Evidence, follow: Follow) -> Stored<'_, Settled>;

    /// Takes over a lane held by a submission of a device, whose owner is known dead or whose lease has run out: what was
    /// in flight is uncertain from then on. `None` when no submission of the device holds it, or its owner is alive.
    fn take_over(&self, device: &str, lane: &str) -> Stored<'_, Option<Takeover>>;

    /// Puts what KRA answered aside when [`Store::settle`] cannot be written: into space reserved for it, fsynced.
    fn spill(&self, hold: Hold, evidence: Evidence) -> Stored<'_, ()>;

    /// The submission under a reference.
    fn find(&self, device: &str, operation: Operation, reference: &str) -> Stored<'_, Option<SubmissionRow>>;

    /// A submission by its number in the store.
    fn submission(&self, id: SubmissionId) -> Stored<'_, Option<SubmissionRow>>;

    /// The checked document of a submission, JSON.
    fn document(&self, id: SubmissionId) -> Stored<'_, Vec<u8>>;

    /// Submissions in the order they came in.
    fn list(&self, filter: ListFilter) -> Stored<'_, Vec<SubmissionRow>>;

    /// The credit notes for a sale; refused ones and those taken back are left out.
    fn credits_of(&self, original: SubmissionId) -> Stored<'_, Vec<SubmissionRow>>;

    /// What a person decided about a submission.
    fn act(&self, id: SubmissionId, act: Act) -> Stored<'_, SubmissionRow>;

    /// A recorded sale without a receipt, with the bytes that were sent: to ask KRA for it once more.
    fn recorded(&self, id: SubmissionId) -> Stored<'_, Bound>;

    /// What came of asking once more. Nobody holds a lane for it.
    fn revisit(&self, id: SubmissionId, evidence: Evidence) -> Stored<'_, SubmissionRow>;

    /// Lanes in which a device has something to do. Branches of one PIN share some lanes and keep their own submissions.
    fn open_lanes(&self, device: &str) -> Stored<'_, Vec<String>>;

    /// The device of a scope.
    fn device(&self, device: &str) -> Stored<'_, Option<DeviceRow>>;

    /// Every device that was initialised here, or began to be.
    fn devices(&self) -> Stored<'_, Vec<DeviceRow>>;

    /// How many submissions of a device are in each state.
    fn counts(&self, device: &str) -> Stored<'_, BTreeMap<String, u64>>;

    /// Journals that an initialisation is about to be sent. Fails when there was one already, answered or not.
    fn begin_initialise(&self, device: DeviceRow) -> Stored<'_, ()>;

    /// Keeps KRA's raw answer, sealed, before anybody reads it.
    fn keep_initialise_answer(&self, device: &str, sealed: Vec<u8>) -> Stored<'_, ()>;

    /// Ends an initialisation: ready with its identity, or failed.
    fn finish_initialise(&self, device: DeviceRow) -> Stored<'_, ()>;

    /// Makes a device ready that has numbers behind it, because another system initialised it or because KRA tells them:
    /// the last one KRA has used in each lane. A counter never goes back. Fails when the device works here already.
    fn adopt_device(&self, device: DeviceRow, counters: Vec<(String, u64)>) -> Stored<'_, ()>;

    /// Puts a device's secrets, sealed with another key, in the place of the old ones.
    fn reseal_device(
        &self,
        device: &str,
        sealed_answer: Option<Vec<u8>>,
        sealed_key: Option<Vec<u8>>,
    ) -> Stored<'_, ()>;

    /// Journal entries of a device after a place, oldest first.
    fn journal(&self, device: &str, after: u64, most: u32) -> Stored<'_, Vec<JournalRow>>;

    /// Waits until the store is closed: everybody has let it go, and so has it let go its files.
    fn farewell(&self) -> Farewell;

    /// Lets lanes go on that were stopped because the store looked older than it had been.
    fn resume(&self) -> Stored<'_, ()>;
}
