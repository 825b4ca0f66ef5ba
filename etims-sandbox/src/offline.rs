//! The same KRA without a socket: one request in, one answer out.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::clock::Moment;
use crate::door::Request;
use crate::exchange::Exchange;
use crate::kra::Kra;
use crate::kra::ledger::LedgerRow;
use crate::kra::twist::Twists;
use crate::settings::{Profile, Settings};

/// A KRA that is asked directly: what the running [`Sandbox`](crate::Sandbox) puts behind a port. No I/O, no faults,
/// and a clock that stands still.
pub struct OfflineKra {
    kra: Kra,
    now: Moment,
    answered: u64,
}

/// What [`OfflineKra::answer`] gives back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfflineAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `application/json` or `text/html`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl OfflineKra {
    /// A KRA that knows nobody yet. `profile` is for every dialect; without it the gateway is strict, the others are
    /// lenient. `now` is milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn new(seed: u64, profile: Option<Profile>, now: i64) -> OfflineKra {
        let settings = Settings { seed, profile, ..Settings::default() };
        OfflineKra { kra: Kra::new(settings), now: Moment(now), answered: 0 }
    }

    /// Answers one request to a path with an optional query. Headers that HTTP could not carry are left out.
    pub fn answer(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> OfflineAnswer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let read = |(name, value): &(&str, &str)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        };
        let headers: HeaderMap = headers.iter().filter_map(read).collect();
        let exchange = Exchange { method, path, query, headers: &headers, body };
        self.answered += 1;
        let reference = self.answered.to_string();
        let request = Request::read(&exchange);
        let answer = request.answer(&mut self.kra, self.now, &reference, &Twists::default(), false).answer;
        OfflineAnswer { status: answer.status, content_type: answer.content_type, body: answer.body }
    }

    /// Every recorded sale and credit note, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerRow> {
        self.kra.ledger().entries().iter().map(|entry| self.kra.row(entry)).collect()
    }
}

impl std::fmt::Debug for OfflineKra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfflineKra").field("answered", &self.answered).finish_non_exhaustive()
    }
}
