//! The submission behind a lane's holder, bound to the number after: its bytes may leave as soon as KRA has accepted the
//! holder's, while that is still being stored. So a drain waits for KRA and for the disk at the same time.
//!
//! Nothing is lost by it. When the store does not learn that the holder was accepted, the holder is uncertain and asked
//! about first; what is reserved behind it has left only if the holder turns out to be recorded, and is asked about then.

use etims_core::journal;
use etims_core::submission::{Context, Event, Limits, Recovery, State, step};
use rusqlite::Connection;

use super::blob;
use super::journal::append;
use super::lane::{LaneRow, Reservation};
use super::row::damaged;
use super::submission::{Subject, seen_at};
use super::write::Writer;
use crate::clock;
use crate::store::{Binding, Bound, Reserved, StoreError, SubmissionRow, Whereabouts};

/// Binds a waiting submission to the number after that of the lane's holder. `None` when it does not wait any more, the
/// number is another, or KRA cannot be asked about it.
pub(super) fn reserve(
    connection: &Connection,
    lane: &mut LaneRow,
    holder: &Bound,
    binding: &Binding,
) -> Result<Option<Reserved>, StoreError> {
    let (State::InFlight(claim), Some(number)) = (&holder.state, binding.first.number) else { return Ok(None) };
    let subject = Subject::load(connection, binding.id)?;
    let is_next = claim.number.is_some_and(|held| held + 1 == number);
    let is_waiting = matches!(subject.row.state, State::Queued(_)) && subject.row.waits_for == 0;
    let is_as_composed = binding.first.version == Some(subject.document) && binding.first.document.is_none();
    let can_be_asked = subject.rule.signed && subject.rule.recovery == Recovery::Query;
    if !(is_next && is_waiting && is_as_composed && can_be_asked) || seen_at(connection, &subject)?.is_some() {
        return Ok(None);
    }
    let hash = journal::digest(&binding.first.body);
    let body = blob::keep(connection, &hash, &binding.first.body)?;
    lane.reserved = Some(Reservation { id: binding.id, number, body });
    let detail = serde_json::json!({ "state": subject.row.state.name(), "number": number });
    append(connection, &subject.row.device, "reserved", Some(binding.id), &detail.to_string(), Some(hash))?;
    let SubmissionRow { id, operation, reference, issued_at, .. } = subject.row;
    Ok(Some(Reserved { id, operation, reference, number, body: binding.first.body.clone(), issued_at }))
}

impl Writer {
    /// What was reserved behind a submission that has just let go of the lane takes the lane, if that one was recorded
    /// under the number before; else it has not left, and waits again.
    pub(super) fn call_up(
        &self,
        connection: &Connection,
        lane: &mut LaneRow,
        before: &State,
        whereabouts: Whereabouts,
    ) -> Result<Option<Bound>, StoreError> {
        let Some(reservation) = lane.reserved.take() else { return Ok(None) };
        let follows = before.is_recorded() && before.number().is_some_and(|number| number + 1 == reservation.number);
        if !follows || whereabouts == Whereabouts::Here {
            return Ok(None);
        }
        let mut subject = Subject::load(connection, reservation.id)?;
        subject.body = Some(reservation.body);
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        let mut stepped = step(&subject.rule, &lane.lane, &subject.row.state, &Event::Send, context)?;
        if stepped.state.number() != Some(reservation.number) {
            return Err(damaged("reservation"));
        }
        if whereabouts == Whereabouts::Unknown {
            stepped = step(&subject.rule, &stepped.lane, &stepped.state, &Event::Restarted, context)?;
            let detail = serde_json::json!({ "state": stepped.state.name(), "number": reservation.number });
            let device = &subject.row.device;
            append(connection, device, Event::Restarted.name(), Some(reservation.id), &detail.to_string(), None)?;
        }
        lane.generation += 1;
        let kept = self.keep(connection, lane, &mut subject, &stepped, None, None)?;
        let hold = kept.hold.ok_or_else(|| damaged("lane"))?;
        let body = blob::read(connection, reservation.body)?;
        Ok(Some(subject.bound(hold, body.into(), lane.lane.accepted)))
    }
}
