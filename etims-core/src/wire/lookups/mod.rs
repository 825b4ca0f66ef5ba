//! Look-ups: what is asked and what the answers hold, row by row.
//!
//! KRA fills only some fields and changes its mind about types, so that everything but a row's key is optional, numbers
//! may come as text, and rows without their key are left out. Money is given as KRA sent it.
//! Source: reference `codes/operations_fields.json`.

mod catalogue;
mod device;
mod request;
mod row;
mod sales;
mod taxpayers;

use crate::time::Timestamp;

pub use catalogue::{CodeClass, CodeEntry, Import, ItemClass, ListedItem, Notice};
pub use device::InitialisedDevice;
pub use request::{Ask, initialise_body, look_up_body};
pub use sales::{InvoiceDetail, InvoiceLine, Purchase, PurchaseLine, StockMove, StockMoveLine};
pub use taxpayers::{Branch, BranchCustomer, Customer, Taxpayer};

use super::answer_object::AnswerObject;
use super::{Operation, Outcome, Reply};

/// One row of an answer.
pub trait LookUpRow: Sized {
    /// The call that lists such rows.
    const OPERATION: Operation;
    /// The key of the list in `data`; empty when `data` is the row itself.
    #[doc(hidden)]
    const LIST: &'static str;

    /// Reads one row; `None` without its key.
    #[doc(hidden)]
    fn from_json(json: &str) -> Option<Self>;
}

/// How far back the next look-up reaches behind the last answer, in seconds: rows recorded while that one was made.
const OVERLAP: i64 = 60;

/// The rows of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows; empty when KRA has nothing (new).
    pub rows: Vec<T>,
    /// KRA's clock at the answer (eTIMS `resultDt`): asked again from here, only what changed since is listed.
    pub as_of: Option<Timestamp>,
}

impl<T: LookUpRow> Listing<T> {
    /// What to ask the next time: a minute before KRA's clock at this answer. Rows may come twice and are told apart by
    /// their keys; none is missed.
    pub fn next_since(&self) -> Option<Timestamp> {
        self.as_of.map(|moment| moment - chrono::TimeDelta::seconds(OVERLAP))
    }

    /// Reads the rows out of an answer; `None` when the answer is neither a success nor "nothing found".
    pub fn read(reply: &Reply) -> Option<Listing<T>> {
        let rows = match reply.outcome {
            Outcome::Accepted if T::LIST.is_empty() => {
                reply.data.as_deref().and_then(T::from_json).into_iter().collect()
            }
            Outcome::Accepted => {
                let data = reply.data.as_deref().and_then(AnswerObject::parse).unwrap_or_default();
                data.raw_list(T::LIST).into_iter().filter_map(T::from_json).collect()
            }
            Outcome::Empty => Vec::new(),
            _ => return None,
        };
        Some(Listing { rows, as_of: reply.result_at })
    }
}
