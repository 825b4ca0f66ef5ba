//! What is stored: looked at, waited for, decided about.

use std::collections::BTreeMap;
use std::time::Duration;

use etims_core::document::Invoice;
use etims_core::submission::State;
use etims_core::wire::Operation;
use tokio::time::Instant;

use super::Device;
use super::submission::{IssuedReceipt, Signed, Submission, Ticket};
use crate::error::Error;
use crate::store::{Act, JournalRow, ListFilter, StoreError, SubmissionId, SubmissionRow};

impl Device {
    /// Waits until an invoice or credit note has come to rest, at most for `patience`.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a reference that was never submitted.
    pub async fn wait(&self, reference: &str, patience: Duration) -> Result<Submission, Error> {
        let deadline = Instant::now() + patience;
        let row = self.row(Operation::SaveSale, reference).await?;
        self.wait_until(row.id, deadline).await
    }

    /// Waits for any submission by its ticket.
    ///
    /// # Errors
    /// The store failed.
    pub async fn wait_for(&self, ticket: &Ticket, patience: Duration) -> Result<Submission, Error> {
        self.wait_by_id(ticket.id(), patience).await
    }

    /// Waits like [`Device::wait_for`] by the number in the store.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for another number; the store failed.
    pub async fn wait_by_id(&self, id: SubmissionId, patience: Duration) -> Result<Submission, Error> {
        self.wait_until(id, Instant::now() + patience).await
    }

    /// Where an invoice or credit note stands.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a reference that was never submitted.
    pub async fn status(&self, reference: &str) -> Result<Submission, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    /// Everything a receipt is printed from; `None` while the document is not signed.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a reference that was never submitted.
    pub async fn receipt(&self, reference: &str) -> Result<Option<IssuedReceipt>, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        let Some(signed) = Signed::of(&row, self.identity().as_ref()) else { return Ok(None) };
        Ok(Some(IssuedReceipt::new(signed, self.stored_invoice(row.id).await?)))
    }

    /// Submissions in the order they came in.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self, filter: ListFilter) -> Result<Vec<Submission>, Error> {
        let filter = ListFilter { device: Some(self.inner.scope.clone()), ..filter };
        let rows = self.inner.store.list(filter).await?;
        Ok(rows.into_iter().map(|row| Submission::new(row, self.inner.late_after)).collect())
    }

    /// How many submissions are in each state, by its name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn counts(&self) -> Result<BTreeMap<String, u64>, Error> {
        Ok(self.inner.store.counts(&self.inner.scope).await?)
    }

    /// Journal entries after a place, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn journal(&self, after: u64, most: u32) -> Result<Vec<JournalRow>, Error> {
        Ok(self.inner.store.journal(&self.inner.scope, after, most).await?)
    }

    /// Takes an invoice or credit note back. Only while KRA has not got it.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] once it may have been sent; [`StoreError::Needed`] while another waits for it.
    pub async fn cancel(&self, reference: &str) -> Result<Submission, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        self.act(row.id, Act::Cancel).await
    }

    /// Sends a refused one again as it is, looks again at one that waits for a person, or asks KRA once more for the
    /// receipt of one that is recorded without.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] when it is neither.
    pub async fn retry(&self, reference: &str) -> Result<Submission, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        if matches!(row.state, State::Recorded { .. }) {
            let row = self.inner.outbox.revisit(row.id).await?;
            return Ok(Submission::new(row, self.inner.late_after));
        }
        self.act(row.id, Act::Retry).await
    }

    /// Any submission by reference and kind.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub async fn find(&self, operation: Operation, reference: &str) -> Result<Submission, Error> {
        let row = self.row(operation, reference).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    /// Decides about any submission.
    ///
    /// # Errors
    /// [`StoreError::Misfit`] when its state does not allow that.
    pub async fn act(&self, id: SubmissionId, act: Act) -> Result<Submission, Error> {
        let row = self.inner.outbox.act(id, act).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }

    /// Takes up everything that waits, without waiting out a pause.
    ///
    /// # Errors
    /// The store failed.
    pub async fn hurry(&self) -> Result<(), Error> {
        Ok(self.inner.outbox.hurry().await?)
    }

    /// Lets lanes go on that stand still because the store looked older than it had been: a person has made sure of
    /// that.
    ///
    /// # Errors
    /// The store failed.
    pub async fn resume(&self) -> Result<(), Error> {
        self.inner.store.resume().await?;
        self.hurry().await
    }

    pub(super) async fn row(&self, operation: Operation, reference: &str) -> Result<SubmissionRow, Error> {
        let found = self.inner.store.find(&self.inner.scope, operation, reference).await?;
        Ok(found.ok_or_else(|| StoreError::Unknown(reference.to_owned()))?)
    }

    pub(super) async fn stored_invoice(&self, id: SubmissionId) -> Result<Invoice, Error> {
        let document = self.inner.store.document(id).await?;
        serde_json::from_slice(&document)
            .map_err(|error| Error::Misuse(format!("the stored document cannot be read: {error}")))
    }

    pub(super) async fn wait_until(&self, id: SubmissionId, deadline: Instant) -> Result<Submission, Error> {
        let row = self.inner.outbox.wait(id, deadline).await?;
        Ok(Submission::new(row, self.inner.late_after))
    }
}
