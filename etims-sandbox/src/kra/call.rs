//! One authenticated call and what came of it.

use crate::clock::Moment;
use crate::json::Json;
use crate::kra::event::Event;
use crate::kra::twist::Twists;
use crate::operation::{Description, Dialect};
use crate::rule::Refusal;
use crate::settings::Profile;

/// A request whose sender is known.
pub(crate) struct Call<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) profile: Profile,
    pub(crate) operation: &'static Description,
    /// The gateway's older path name was used.
    pub(crate) alias: bool,
    pub(crate) pin: &'a str,
    pub(crate) branch: &'a str,
    /// Index of the device; meaningless on initialisation.
    pub(crate) device: usize,
    pub(crate) body: &'a Json,
    /// The body as it came.
    pub(crate) text: &'a str,
    pub(crate) now: Moment,
    pub(crate) twists: &'a Twists,
}

impl Call<'_> {
    pub(crate) fn is_strict(&self) -> bool {
        self.profile == Profile::Strict
    }
}

/// What a handler decides: what to answer, and what has happened by it.
pub(crate) struct Verdict {
    /// `data` of the answer; `None` is 001, nothing found.
    pub(crate) data: Option<Json>,
    pub(crate) events: Vec<Event>,
}

impl Verdict {
    /// Rows of a look-up; none is 001.
    pub(crate) fn rows(name: &str, rows: Vec<Json>) -> Verdict {
        let data = (!rows.is_empty()).then(|| Json::object([(name, Json::List(rows))]));
        Verdict { data, events: Vec::new() }
    }

    /// A success that changes nothing: `data` null.
    pub(crate) fn done() -> Verdict {
        Verdict { data: Some(Json::Null), events: Vec::new() }
    }

    /// A pure save: `data` null.
    pub(crate) fn saved(event: Event) -> Verdict {
        Verdict { data: Some(Json::Null), events: vec![event] }
    }
}

pub(crate) type Decision = Result<Verdict, Refusal>;
