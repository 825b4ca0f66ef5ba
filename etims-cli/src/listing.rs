//! Submissions as people and programs read them.

use etims_client::device::Submission;
use etims_client::store::SubmissionRow;
use etims_core::submission::{Adoption, Rejection, State};
use etims_core::wire::{RefusalReason, SignedReceipt};
use serde::Serialize;

/// One submission on one line.
#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) reference: String,
    operation: &'static str,
    pub(crate) state: &'static str,
    /// KRA's number, bound or taken.
    invoice_number: Option<u64>,
    /// How we know that KRA has it.
    adoption: Option<Adoption>,
    /// KRA signed it long after it was issued.
    late: bool,
    receipt: Option<SignedReceipt>,
    /// How many others must be recorded first.
    waits_for: u32,
    /// Why it needs a person; empty while it does not.
    problem: Option<&'static str>,
    refusal: Option<Refusal>,
    note: Option<String>,
    advice: Option<String>,
}

/// KRA's refusal in the caller's terms.
#[derive(Serialize)]
struct Refusal {
    code: Option<String>,
    text: Option<String>,
    reason: RefusalReason,
    field: Option<String>,
}

impl Listed {
    pub(crate) fn of(submission: &Submission) -> Listed {
        let problem = submission.problem();
        Listed {
            late: submission.is_late(),
            problem: problem.map(|problem| problem.code),
            advice: advice(submission.state()).or_else(|| problem.map(|problem| problem.next_step.to_owned())),
            ..Listed::of_row(submission.row())
        }
    }

    pub(crate) fn of_row(row: &SubmissionRow) -> Listed {
        let adoption = match row.state {
            State::Signed { adoption, .. } | State::Recorded { adoption, .. } => Some(adoption),
            _ => None,
        };
        let refusal = match &row.state {
            State::Rejected(Rejection::Refused(refused)) => Some(Refusal {
                code: refused.code.clone(),
                text: refused.text.clone(),
                reason: refused.refusal.reason,
                field: refused.refusal.field.clone(),
            }),
            _ => None,
        };
        Listed {
            reference: row.reference.clone(),
            operation: row.operation.name(),
            state: row.state.name(),
            invoice_number: row.state.number(),
            adoption,
            late: false,
            receipt: row.receipt.clone(),
            waits_for: row.waits_for,
            problem: None,
            refusal,
            note: row.note.clone(),
            advice: advice(&row.state),
        }
    }

    /// Whether KRA has it.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, "signed" | "recorded" | "paper_only")
    }

    fn words(&self) -> String {
        let mut words = Vec::new();
        if let Some(receipt) = &self.receipt {
            words.push(receipt.signature.clone());
        }
        if self.adoption.is_some_and(|adoption| adoption != Adoption::Answered) {
            words.push("recovered".to_owned());
        }
        if self.late {
            words.push("signed late".to_owned());
        }
        if self.waits_for > 0 {
            words.push(format!("waits for {} others", self.waits_for));
        }
        if !self.is_done() {
            words.extend(self.note.clone());
            words.extend(self.advice.clone());
        }
        words.join(", ")
    }
}

fn advice(state: &State) -> Option<String> {
    match state {
        State::Rejected(Rejection::Refused(refused)) => refused.refusal.advice.clone(),
        State::Stopped { cause, .. } => Some(cause.advice().to_owned()),
        _ => None,
    }
}

/// Prints submissions: JSON lines for programs, a table for people.
pub(crate) fn print(listed: &[Listed], json: bool) {
    if json {
        for one in listed {
            println!("{}", serde_json::to_string(one).expect("a listing is plain text"));
        }
        return;
    }
    let width = listed.iter().map(|one| one.reference.chars().count()).max().unwrap_or(0).max(9);
    println!("{:width$}  {:9}  {:>8}  ", "reference", "state", "number");
    for one in listed {
        let number = one.invoice_number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        println!("{:width$}  {:9}  {number:>8}  {}", one.reference, one.state, one.words());
    }
}
