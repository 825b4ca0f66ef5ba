use std::time::Duration;

use etims_core::document::Invoice;
use etims_core::error::{self as code, ErrorCode};
use etims_core::rules::Violation;
use etims_core::submission::{Adoption, Rejection, State, StopCause};
use etims_core::wire::{Operation, SignedReceipt};

use super::DeviceIdentity;
use crate::store::{SubmissionId, SubmissionRow, Submitted};

/// The promise that a document is kept and will be sent: given out once it is on the disk.
#[derive(Clone, Debug)]
pub struct Ticket {
    id: SubmissionId,
    reference: String,
    state: &'static str,
    is_new: bool,
    warnings: Vec<Violation>,
}

impl Ticket {
    pub(super) fn new(reference: String, submitted: Submitted, warnings: Vec<Violation>) -> Ticket {
        Ticket { id: submitted.id, reference, state: submitted.state.name(), is_new: submitted.is_new, warnings }
    }

    pub(super) fn of(row: &SubmissionRow) -> Ticket {
        let (id, reference, state) = (row.id, row.reference.clone(), row.state.name());
        Ticket { id, reference, state, is_new: false, warnings: Vec::new() }
    }

    /// Its number in the store.
    pub fn id(&self) -> SubmissionId {
        self.id
    }

    /// The caller's reference.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Name of the state it was in when the ticket was given out.
    pub fn state(&self) -> &'static str {
        self.state
    }

    /// Whether it was not there before: the same draft again gives the same ticket.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// What is worth a look.
    pub fn warnings(&self) -> &[Violation] {
        &self.warnings
    }
}

/// Where a submission stands.
#[derive(Clone, Debug)]
pub struct Submission {
    row: SubmissionRow,
    late_after: Duration,
}

impl Submission {
    pub(super) fn new(row: SubmissionRow, late_after: Duration) -> Submission {
        Submission { row, late_after }
    }

    /// Its number in the store.
    pub fn id(&self) -> SubmissionId {
        self.row.id
    }

    /// The caller's reference.
    pub fn reference(&self) -> &str {
        &self.row.reference
    }

    /// What kind of write it is.
    pub fn operation(&self) -> Operation {
        self.row.operation
    }

    /// Where it stands.
    pub fn state(&self) -> &State {
        &self.row.state
    }

    /// KRA's number of it, bound or taken.
    pub fn number(&self) -> Option<u64> {
        self.row.state.number()
    }

    /// The signed receipt as KRA gave it.
    pub fn signed_receipt(&self) -> Option<&SignedReceipt> {
        self.row.receipt.as_ref()
    }

    /// Whether KRA has signed it.
    pub fn is_signed(&self) -> bool {
        matches!(self.row.state, State::Signed { .. })
    }

    /// Whether KRA has it, with or without a receipt.
    pub fn is_recorded(&self) -> bool {
        self.row.state.is_recorded()
    }

    /// How we know that KRA has it.
    pub fn adoption(&self) -> Option<Adoption> {
        match &self.row.state {
            State::Signed { adoption, .. } | State::Recorded { adoption, .. } => Some(*adoption),
            _ => None,
        }
    }

    /// Why it is not signed and will not be without help; `None` while it is on its way or done.
    pub fn problem(&self) -> Option<&'static ErrorCode> {
        match &self.row.state {
            State::Rejected(Rejection::ServerFault { .. }) => Some(&code::SERVER_FAULT),
            State::Rejected(_) => Some(&code::REFUSED),
            State::Recorded { .. } if self.row.operation == Operation::SaveSale => Some(&code::RECEIPT_UNKNOWN),
            State::Stopped { cause, .. } => Some(match cause {
                StopCause::Conflict => &code::CONFLICT,
                StopCause::ForeignWriter => &code::FOREIGN_WRITER,
                StopCause::CounterWentBack | StopCause::CounterUnstable => &code::COUNTER_UNSTABLE,
                StopCause::Unresolved | StopCause::NotShown => &code::RECEIPT_UNKNOWN,
            }),
            _ => None,
        }
    }

    /// Whether KRA signed it long after it was issued: the receipt shows two different times then.
    pub fn is_late(&self) -> bool {
        let Some(receipt) = &self.row.receipt else { return false };
        let after = receipt.signed_at.timestamp_millis().saturating_sub(self.row.issued_at);
        u64::try_from(after).is_ok_and(|after| u128::from(after) > self.late_after.as_millis())
    }

    /// The last thing worth knowing about it, for people: KRA's words, a network error.
    pub fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// How many others must be recorded before it may be sent.
    pub fn waits_for(&self) -> u32 {
        self.row.waits_for
    }

    /// Everything that is stored of it.
    pub fn row(&self) -> &SubmissionRow {
        &self.row
    }
}

/// Everything a receipt is printed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedReceipt {
    /// The document with its frozen amounts.
    pub invoice: Invoice,
    /// KRA's number of it (eTIMS `invcNo`).
    pub invoice_number: u64,
    /// The receipt, with the control unit's numbers filled in where KRA's answer leaves them out.
    pub receipt: SignedReceipt,
}

impl IssuedReceipt {
    pub(super) fn new(signed: Signed, invoice: Invoice) -> IssuedReceipt {
        IssuedReceipt { invoice, invoice_number: signed.invoice_number, receipt: signed.receipt }
    }

    /// The CU invoice number printed on it: `{SCU id}/{receipt number}`.
    pub fn cu_invoice_number(&self) -> String {
        cu_invoice_number(&self.receipt)
    }
}

/// What KRA calls a signed document.
pub(super) struct Signed {
    pub(super) invoice_number: u64,
    receipt: SignedReceipt,
}

impl Signed {
    /// `None` while it is not signed.
    pub(super) fn of(row: &SubmissionRow, identity: Option<&DeviceIdentity>) -> Option<Signed> {
        let (State::Signed { number, .. }, Some(receipt)) = (&row.state, &row.receipt) else { return None };
        let mut receipt = receipt.clone();
        receipt.sdc_id = receipt.sdc_id.or_else(|| identity.map(|identity| identity.sdc_id.clone()));
        receipt.mrc_no = receipt.mrc_no.or_else(|| identity.and_then(|identity| identity.mrc_no.clone()));
        Some(Signed { invoice_number: *number, receipt })
    }

    pub(super) fn cu_invoice_number(&self) -> String {
        cu_invoice_number(&self.receipt)
    }
}

fn cu_invoice_number(receipt: &SignedReceipt) -> String {
    format!("{}/{}", receipt.sdc_id.as_deref().unwrap_or_default(), receipt.receipt_number)
}
