//! What a device says of a document, in plain types.

use etims_client::device as client;
use etims_core::submission::{Adoption, State};
use etims_core::wire::Delivery;

use crate::{Error, Violation};

/// The promise that a document is kept and will be sent. It is on the disk.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Its number in the store.
    pub id: i64,
    /// The caller's reference.
    pub reference: String,
    /// Name of the state it was in.
    pub state: &'static str,
    /// Whether it was not there before: the same draft again gives the same ticket.
    pub is_new: bool,
    /// What is worth a look.
    pub warnings: Vec<Violation>,
    pub(crate) issued: client::Ticket,
}

impl From<client::Ticket> for Ticket {
    fn from(ticket: client::Ticket) -> Ticket {
        Ticket {
            id: ticket.id().0,
            reference: ticket.reference().to_owned(),
            state: ticket.state(),
            is_new: ticket.is_new(),
            warnings: ticket.warnings().to_vec(),
            issued: ticket,
        }
    }
}

/// Where a document stands.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its number in the store.
    pub id: i64,
    /// The caller's reference.
    pub reference: String,
    /// What kind of write, such as `save_sale`.
    pub operation: &'static str,
    /// `queued`, `in_flight`, `uncertain`, `signed`, `recorded`, `rejected`, `stopped`, `cancelled` or `paper_only`.
    pub state: &'static str,
    /// KRA's number of it (eTIMS `invcNo`), bound or taken.
    pub number: Option<u64>,
    /// How we know that KRA has it: `answered`, `strong`, `weak`, `inferred` or `settled`.
    pub adoption: Option<&'static str>,
    /// Whether KRA signed it long after it was issued.
    pub is_late: bool,
    /// The last thing worth knowing, for people.
    pub note: Option<String>,
    /// How many others must be recorded before it may be sent.
    pub waits_for: u32,
    /// Why it will not be signed as it is; `None` while it may be, or is.
    pub failure: Option<Error>,
}

impl From<&client::Submission> for Submission {
    fn from(submission: &client::Submission) -> Submission {
        Submission {
            id: submission.id().0,
            reference: submission.reference().to_owned(),
            operation: submission.operation().name(),
            state: submission.state().name(),
            number: submission.number(),
            adoption: submission.adoption().map(adoption_name),
            is_late: submission.is_late(),
            note: submission.note().map(str::to_owned),
            waits_for: submission.waits_for(),
            failure: failure(submission),
        }
    }
}

pub(crate) fn adoption_name(adoption: Adoption) -> &'static str {
    match adoption {
        Adoption::Answered => "answered",
        Adoption::Strong => "strong",
        Adoption::Weak => "weak",
        Adoption::Inferred => "inferred",
        Adoption::Settled => "settled",
    }
}

/// Why it will not be signed as it is, with KRA's words.
fn failure(submission: &client::Submission) -> Option<Error> {
    let code = submission.problem()?;
    let delivery = match submission.state() {
        State::Stopped { .. } => Delivery::MaybeDelivered,
        _ => Delivery::Answered,
    };
    let story = submission.note().unwrap_or(code.sentence);
    Some(Error { delivery, ..Error::new(code, format_args!("{}: {story}", submission.reference())) })
}
