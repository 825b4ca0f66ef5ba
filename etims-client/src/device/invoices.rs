//! Invoices and credit notes: checked, stored, issued.

use std::time::Duration;

use etims_core::document::{Invoice, InvoiceDraft, Kind, Mode, Original};
use etims_core::rules::Violation;
use etims_core::submission::State;
use etims_core::wire::Operation;
use tokio::time::Instant;

use super::submission::{Signed, Submission, Ticket};
use super::{Device, touching};
use crate::error::Error;
use crate::store::{Act, Credits, NewSubmission, StoreError, Wait};

/// Of many, so many are checked before they are stored: the first of them are on their way while the rest is checked.
const STORED_TOGETHER: usize = 64;

impl Device {
    /// Checks and stores an invoice or credit note. It is durable when this returns, and is sent as soon as its turn
    /// comes. The same draft again gives the same ticket.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation at once; [`StoreError::ReferenceTaken`] for another document under the
    /// reference.
    pub async fn submit(&self, draft: &InvoiceDraft) -> Result<Ticket, Error> {
        if draft.kind == Kind::CreditNote
            && let Some(row) = self.inner.store.find(&self.inner.scope, Operation::SaveSale, &draft.reference).await?
            && row.digest == draft.digest()
        {
            // What is left to credit may have changed since; the note that was taken then still stands.
            return Ok(Ticket::of(&row));
        }
        // A credit note that another one for the same sale has overtaken is checked anew against what is left.
        loop {
            let (new, invoice) = self.prepare(draft).await?;
            let warnings = invoice.warnings().to_vec();
            match self.inner.outbox.submit(new, self.inner.bodies.of(invoice)).await {
                Ok(submitted) => return Ok(Ticket::new(draft.reference.clone(), submitted, warnings)),
                Err(StoreError::CreditedMeanwhile) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// [`Device::submit`] for many, in order and sharing commits.
    ///
    /// # Errors
    /// One outcome for each draft, in order.
    pub async fn submit_many(&self, drafts: &[InvoiceDraft]) -> Vec<Result<Ticket, Error>> {
        let mut tickets = Vec::with_capacity(drafts.len());
        let mut good = Vec::new();
        let mut prepared = Vec::new();
        for (index, draft) in drafts.iter().enumerate() {
            if draft.kind == Kind::CreditNote {
                // It may credit a sale before it in the list: that one has to be stored first.
                self.submit_prepared(&mut tickets, &mut good, &mut prepared, drafts).await;
                tickets.push((index, self.submit(draft).await));
                continue;
            }
            match self.prepare(draft).await {
                Ok((new, invoice)) => {
                    good.push((index, invoice.warnings().to_vec()));
                    prepared.push(new);
                    if prepared.len() == STORED_TOGETHER {
                        self.submit_prepared(&mut tickets, &mut good, &mut prepared, drafts).await;
                    }
                }
                Err(error) => tickets.push((index, Err(error))),
            }
        }
        self.submit_prepared(&mut tickets, &mut good, &mut prepared, drafts).await;
        tickets.sort_by_key(|(index, _)| *index);
        tickets.into_iter().map(|(_, ticket)| ticket).collect()
    }

    async fn submit_prepared(
        &self,
        tickets: &mut Vec<(usize, Result<Ticket, Error>)>,
        good: &mut Vec<(usize, Vec<Violation>)>,
        prepared: &mut Vec<NewSubmission>,
        drafts: &[InvoiceDraft],
    ) {
        let outcomes = self.inner.outbox.submit_many(std::mem::take(prepared)).await;
        for ((index, warnings), outcome) in std::mem::take(good).into_iter().zip(outcomes) {
            let ticket = outcome.map(|submitted| Ticket::new(drafts[index].reference.clone(), submitted, warnings));
            tickets.push((index, ticket.map_err(Error::from)));
        }
    }

    async fn prepare(&self, draft: &InvoiceDraft) -> Result<(NewSubmission, Invoice), Error> {
        self.ready()?;
        let Checked { invoice, waits, credits } = self.check(draft).await?;
        let document = stored_form(&invoice);
        let new = NewSubmission {
            issued_at: invoice.issued_at().timestamp_millis(),
            waits,
            credits,
            paper_only: invoice.mode() != Mode::Normal,
            ..self.new_submission(Operation::SaveSale, invoice.reference(), draft.digest(), document)?
        };
        Ok((new, invoice))
    }

    /// [`Device::submit`], then waits until KRA has decided, at most for `patience`. The document goes on by itself
    /// when that runs out: ask again with [`Device::wait`] or [`Device::status`].
    ///
    /// # Errors
    /// As [`Device::submit`]. A refusal by KRA is not an error here: see [`Submission::state`].
    pub async fn issue(&self, draft: &InvoiceDraft, patience: Duration) -> Result<Submission, Error> {
        let deadline = Instant::now() + patience;
        let ticket = self.submit(draft).await?;
        self.wait_until(ticket.id(), deadline).await
    }

    /// [`Device::submit`] for all, then waits for all of them together.
    ///
    /// # Errors
    /// One outcome for each draft, in order.
    pub async fn issue_many(&self, drafts: &[InvoiceDraft], patience: Duration) -> Vec<Result<Submission, Error>> {
        let deadline = Instant::now() + patience;
        let tickets = self.submit_many(drafts).await;
        let mut submissions = Vec::with_capacity(drafts.len());
        // The last one first: when that has come to rest, so have most of the others.
        for ticket in tickets.into_iter().rev() {
            submissions.push(match ticket {
                Ok(ticket) => self.wait_until(ticket.id(), deadline).await,
                Err(error) => Err(error),
            });
        }
        submissions.reverse();
        submissions
    }

    /// Gives a refused invoice or credit note another document under the same reference, and sends it again.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`StoreError::Misfit`] when it is not refused or waiting.
    pub async fn amend(&self, reference: &str, draft: &InvoiceDraft) -> Result<Submission, Error> {
        if draft.reference != reference {
            return Err(Error::Misuse(format!("the draft's reference is {}, not {reference}", draft.reference)));
        }
        let row = self.row(Operation::SaveSale, reference).await?;
        let Checked { invoice, .. } = self.check(draft).await?;
        let document = stored_form(&invoice);
        let issued_at = invoice.issued_at().timestamp_millis();
        self.act(row.id, Act::Amend { digest: draft.digest(), document, issued_at }).await
    }

    async fn check(&self, draft: &InvoiceDraft) -> Result<Checked, Error> {
        let named = draft.credit.as_ref().and_then(|credit| credit.original.reference.as_deref());
        if draft.kind == Kind::CreditNote
            && let Some(reference) = named
        {
            return self.check_credit(draft, reference).await;
        }
        let invoice = Invoice::check(draft, &self.settings())?;
        let goods = invoice.lines().iter().filter(|line| line.item_type.has_stock());
        let mut waits: Vec<Wait> =
            invoice.lines().iter().map(|line| touching(Operation::SaveItem, &line.item_code)).collect();
        for line in goods {
            waits.push(touching(Operation::SaveStockMovement, &line.item_code));
            waits.push(touching(Operation::SaveStockMaster, &line.item_code));
        }
        Ok(Checked { invoice, waits, credits: None })
    }

    /// A credit note for a sale of this store, checked against what is left of it. The sale may still be on its way:
    /// the note waits for it then, and gets its numbers when it is sent.
    async fn check_credit(&self, draft: &InvoiceDraft, reference: &str) -> Result<Checked, Error> {
        let row = self.row(Operation::SaveSale, reference).await?;
        if matches!(row.state, State::Rejected(_) | State::Cancelled | State::PaperOnly | State::Recorded { .. }) {
            let message =
                format!("the original {reference} is {}: only a signed sale can be credited", row.state.name());
            return Err(Error::Misuse(message));
        }
        let signed = Signed::of(&row, self.identity().as_ref());
        let notes = self.inner.store.credits_of(row.id).await?;
        let mut credited = Vec::with_capacity(notes.len());
        for earlier in notes.iter().filter(|note| note.reference != draft.reference) {
            credited.push(self.stored_invoice(earlier.id).await?);
        }
        let invoice = self.stored_invoice(row.id).await?;
        let original = Original {
            invoice: &invoice,
            invoice_number: signed.as_ref().map_or(0, |signed| signed.invoice_number),
            cu_invoice_number: signed.as_ref().map(Signed::cu_invoice_number).unwrap_or_default(),
            credited: &credited,
        };
        let note = Invoice::check_credit(draft, &self.settings(), &original)?;
        let seen = u32::try_from(notes.len()).unwrap_or(u32::MAX);
        let credits = Some(Credits { original: row.id, seen });
        Ok(Checked { invoice: note, waits: vec![Wait::For(row.id)], credits })
    }
}

/// The JSON that [`Device::stored_invoice`] reads.
fn stored_form(invoice: &Invoice) -> Vec<u8> {
    let mut document = Vec::with_capacity(1024 * (1 + invoice.lines().len()));
    serde_json::to_writer(&mut document, invoice).expect("an invoice holds nothing that JSON cannot express");
    document
}

/// An invoice that may be stored.
struct Checked {
    invoice: Invoice,
    /// What it has to wait for.
    waits: Vec<Wait>,
    credits: Option<Credits>,
}
