//! What changes the store, inside one transaction. Every change of a submission goes through [`step`].

use etims_core::journal::{self, Hash};
use etims_core::submission::{Action, Context, Event, Limits, Misfit, Moment, State, Step, step};
use etims_core::wire::SignedReceipt;
use rusqlite::{Connection, params};

use super::journal::{Journal, append};
use super::lane::{self, LaneRow};
use super::reserve::reserve;
use super::row::{self, damaged};
use super::submission::{Subject, known, seen_at};
use super::{blob, dependency};
use crate::clock;
use crate::store::{
    Act, Binding, Bound, Evidence, FirstBinding, Follow, Hold, NewSubmission, Settled, StoreError, SubmissionId,
    SubmissionRow, Submitted, Takeover, Whereabouts,
};

/// Who writes, and for how long a lane is taken.
pub(super) struct Writer {
    pub(super) owner: String,
    /// Longer than a request may take, in milliseconds.
    pub(super) lease: u64,
    /// How much of the lease is left over when the last byte of a request may leave.
    pub(super) margin: u64,
}

/// What a step has left behind.
pub(super) struct Kept {
    /// The right to go on, when the lane is still held.
    pub(super) hold: Option<Hold>,
    /// Whether something that waited for it may go now.
    set_free: bool,
}

impl Writer {
    /// T1, and T2 when it fits.
    pub(super) fn submit(
        &self,
        connection: &Connection,
        new: &NewSubmission,
        first: Option<&FirstBinding>,
    ) -> Result<Submitted, StoreError> {
        if let Some(known) = known(connection, new)? {
            return Ok(known);
        }
        if let Some(credits) = new.credits
            && dependency::credits_of(connection, credits.original)?.len() != credits.seen as usize
        {
            return Err(StoreError::CreditedMeanwhile);
        }
        let mut lane = LaneRow::open(connection, &new.lane)?;
        let needs = dependency::needs(connection, new)?;
        let document_hash = journal::digest(&new.document);
        let document = blob::keep(connection, &document_hash, &new.document)?;
        let mut subject = Subject::new(new, document, needs.len())?;
        let mut sending = None;
        // One that has to replace its document waits for the worker, which can.
        if let Some(first) = first.filter(|first| !lane.lane.held && first.document.is_none())
            && lane::next_in(connection, &new.device, lane.id)?.is_none()
            && let Some((event, stepped)) = self.sendable(connection, &lane, &subject, first)?
        {
            let hash = journal::digest(&first.body);
            subject.body = Some(blob::keep(connection, &hash, &first.body)?);
            subject.row.state = stepped.state.clone();
            sending = Some((event, stepped, first, hash));
        }
        subject.insert(connection, lane.id, new.credits.map(|credits| credits.original))?;
        let (id, state) = (subject.row.id, subject.row.state.clone());
        dependency::join(connection, id, new, &needs)?;
        let mut journal = Journal::open(connection, &new.device)?;
        let detail = serde_json::json!({ "reference": new.reference, "operation": new.operation.name(), "waits": subject.row.waits_for });
        journal.append("submitted", Some(id), &detail.to_string(), Some(document_hash))?;
        let mut bound = None;
        if let Some((event, stepped, first, hash)) = sending {
            lane.generation += 1;
            let hold = self.take(&mut lane, id, &stepped).ok_or_else(|| damaged("lane"))?;
            lane.save(connection)?;
            let detail = serde_json::json!({ "state": state.name(), "number": first.number });
            journal.append(event.name(), Some(id), &detail.to_string(), Some(hash))?;
            bound = Some(subject.bound(hold, first.body.clone(), lane.lane.accepted));
        }
        Ok(Submitted { id, state, is_new: true, bound })
    }

    /// T2.
    pub(super) fn bind(
        &self,
        connection: &Connection,
        key: &str,
        binding: &Binding,
    ) -> Result<Option<Bound>, StoreError> {
        let Some(mut lane) = LaneRow::find(connection, key)? else { return Ok(None) };
        let bound = self.bind_in(connection, &mut lane, binding.id, &binding.first)?;
        if bound.is_some() {
            lane.save(connection)?;
        }
        Ok(bound)
    }

    fn bind_in(
        &self,
        connection: &Connection,
        lane: &mut LaneRow,
        id: SubmissionId,
        first: &FirstBinding,
    ) -> Result<Option<Bound>, StoreError> {
        let mut subject = Subject::load(connection, id)?;
        let Some((event, stepped)) = self.sendable(connection, lane, &subject, first)? else { return Ok(None) };
        let hash = journal::digest(&first.body);
        // A document that could not leave is bound again and again, mostly to the same bytes.
        if !subject.body.is_some_and(|body| blob::has_hash(connection, body, &hash)) {
            subject.body = Some(blob::keep(connection, &hash, &first.body)?);
        }
        let mut detail = serde_json::json!({ "state": stepped.state.name(), "number": first.number });
        if let Some(document) = &first.document {
            let hash = journal::digest(document);
            let document = blob::keep(connection, &hash, document)?;
            let sql = "UPDATE submission SET document = ?2 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![id.0, document])?;
            detail["document"] = hex(&hash).into();
        }
        lane.generation += 1;
        let hold =
            self.keep(connection, lane, &mut subject, &stepped, None, None)?.hold.ok_or_else(|| damaged("lane"))?;
        append(connection, &subject.row.device, event.name(), Some(id), &detail.to_string(), Some(hash))?;
        Ok(Some(subject.bound(hold, first.body.clone(), lane.lane.accepted)))
    }

    /// The step that binds a submission to number and bytes; `None` when it may not be sent, or not as these.
    fn sendable(
        &self,
        connection: &Connection,
        lane: &LaneRow,
        subject: &Subject,
        first: &FirstBinding,
    ) -> Result<Option<(Event, Step)>, StoreError> {
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        // KRA has shown a record with this reference that the store did not know: look at it before anything is sent.
        let event = seen_at(connection, subject)?.map_or(Event::Send, |number| Event::Seen { number });
        let Ok(stepped) = step(&subject.rule, &lane.lane, &subject.row.state, &event, context) else {
            return Ok(None);
        };
        let amended = first.version.is_some_and(|version| version != subject.document);
        let bound_to = stepped.state.claim().and_then(|claim| claim.number);
        let fits = subject.row.waits_for == 0 && !amended && bound_to == first.number;
        Ok(fits.then_some((event, stepped)))
    }

    /// T3, T2 of the next when it fits, and what is reserved behind that.
    pub(super) fn settle(
        &self,
        connection: &Connection,
        hold: &Hold,
        evidence: &Evidence,
        follow: &Follow,
    ) -> Result<Settled, StoreError> {
        let mut lane = LaneRow::find(connection, &hold.lane)?.ok_or(StoreError::Superseded)?;
        if lane.generation != hold.generation || lane.holder != Some(hold.id) {
            return Err(StoreError::Superseded);
        }
        let mut subject = Subject::load(connection, hold.id)?;
        let context = Context { now: evidence.at, limits: evidence.limits };
        let stepped = step(&subject.rule, &lane.lane, &subject.row.state, &evidence.event, context)?;
        let answer = evidence.answer.as_deref().map(|bytes| (journal::digest(bytes), bytes));
        let receipt = evidence.receipt.as_ref().filter(|_| matches!(stepped.state, State::Signed { .. }));
        let note = evidence.note.as_deref();
        let before = subject.row.state.name();
        let Kept { hold: held, set_free } = self.keep(connection, &mut lane, &mut subject, &stepped, receipt, note)?;
        if let Some((number, reference)) = &evidence.seen {
            let sql = "INSERT OR REPLACE INTO seen (scope, reference, number) VALUES (?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute(params![subject.row.device, reference, row::signed(*number)?])?;
        }
        // "It could not be asked" and "it did not leave" come by the thousand while KRA is away; they change nothing.
        if stepped.state.name() != before || evidence.answer.is_some() {
            if let Some((hash, bytes)) = &answer {
                blob::keep(connection, hash, bytes)?;
            }
            let mut detail = serde_json::json!({
                "state": stepped.state.name(),
                "number": stepped.state.number(),
                "http": evidence.http_status,
            });
            for action in &stepped.actions {
                if let Action::CounterCorrected { from, to } = action {
                    detail["counter"] = serde_json::json!({ "from": from, "to": to });
                }
            }
            let hash = answer.map(|(hash, _)| hash);
            append(connection, &subject.row.device, evidence.event.name(), Some(hold.id), &detail.to_string(), hash)?;
        }
        let left = lane.lane.clone();
        let mut next = None;
        if held.is_none() {
            next = self.call_up(connection, &mut lane, &stepped.state, follow.reserved)?;
            if let (None, Some(binding)) = (&next, &follow.next) {
                next = in_savepoint(connection, &mut lane, |lane| {
                    self.bind_in(connection, lane, binding.id, &binding.first)
                });
            }
        }
        if let (Some(next), Some(binding)) = (&mut next, &follow.reserve) {
            next.reserved = in_savepoint(connection, &mut lane, |lane| reserve(connection, lane, next, binding));
        }
        lane.save(connection)?;
        Ok(Settled { row: subject.row, actions: stepped.actions, hold: held, lane: left, set_free, next })
    }

    /// Keeps the outcome of a step: writes the submission and what it sets free, and notes counter, holder and lease in
    /// `lane`, which is the caller's to save.
    pub(super) fn keep(
        &self,
        connection: &Connection,
        lane: &mut LaneRow,
        subject: &mut Subject,
        stepped: &Step,
        receipt: Option<&SignedReceipt>,
        note: Option<&str>,
    ) -> Result<Kept, StoreError> {
        let set_free = subject.save(connection, &stepped.state, receipt, note)?;
        Ok(Kept { hold: self.take(lane, subject.row.id, stepped), set_free })
    }

    /// Notes in `lane` what a step makes of it: counter, holder and lease.
    fn take(&self, lane: &mut LaneRow, id: SubmissionId, stepped: &Step) -> Option<Hold> {
        let holds = stepped.state.holds_lane();
        lane.lane = stepped.lane.clone();
        lane.lane.held = holds;
        lane.holder = holds.then_some(id);
        lane.owner = holds.then(|| self.owner.clone());
        lane.lease_until = if holds { clock::uptime().0 + self.lease } else { 0 };
        let deadline = Moment(lane.lease_until.saturating_sub(self.margin));
        holds.then(|| Hold { lane: lane.key.clone(), id, generation: lane.generation, deadline })
    }

    /// Takes a lane from a holder that is gone. `is_dead` knows about owners.
    pub(super) fn take_over(
        &self,
        connection: &Connection,
        device: &str,
        key: &str,
        is_dead: impl FnOnce(&str) -> bool,
    ) -> Result<Option<Takeover>, StoreError> {
        let Some(mut lane) = LaneRow::find(connection, key)? else { return Ok(None) };
        let (Some(id), Some(owner)) = (lane.holder, lane.owner.clone()) else { return Ok(None) };
        let mut subject = Subject::load(connection, id)?;
        if subject.row.device != device || matches!(subject.row.state, State::Stopped { .. }) {
            return Ok(None);
        }
        // Ours means that whoever worked on it in this process is gone: the caller works on the lane now.
        let expired = lane.lease_until <= clock::uptime().0;
        if !(owner == self.owner || expired || is_dead(&owner)) {
            return Ok(None);
        }
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        let stepped = step(&subject.rule, &lane.lane, &subject.row.state, &Event::Restarted, context)?;
        lane.generation += 1;
        let hold = self
            .keep(connection, &mut lane, &mut subject, &stepped, None, None)?
            .hold
            .ok_or_else(|| damaged("lane"))?;
        lane.save(connection)?;
        let detail = serde_json::json!({ "state": stepped.state.name(), "number": stepped.state.number() });
        append(connection, &subject.row.device, Event::Restarted.name(), Some(id), &detail.to_string(), None)?;
        let body = subject.body.ok_or_else(|| damaged("request body"))?;
        let body: Vec<u8> = blob::read(connection, body)?;
        let bound = subject.bound(hold, body.into(), lane.lane.accepted);
        Ok(Some(Takeover { bound, actions: stepped.actions }))
    }

    /// What a person decided.
    pub(super) fn act(
        &self,
        connection: &Connection,
        id: SubmissionId,
        act: &Act,
    ) -> Result<SubmissionRow, StoreError> {
        let mut subject = Subject::load(connection, id)?;
        if let Act::Cancel | Act::Amend { .. } = act
            && let Some(dependent) = dependency::dependent(connection, id)?
        {
            return Err(StoreError::Needed { dependent });
        }
        let mut lane = LaneRow::open(connection, &subject.row.lane)?;
        let holds = lane.holder == Some(id);
        let event = act.event();
        let is_reserved = lane.reserved.as_ref().is_some_and(|reserved| reserved.id == id);
        if is_reserved && !matches!(act, Act::Retry) {
            // Its bytes may be leaving at this moment.
            return Err(Misfit { state: "in_flight", event: event.name() }.into());
        }
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        let view = etims_core::submission::Lane { held: holds, ..lane.lane.clone() };
        let stepped = step(&subject.rule, &view, &subject.row.state, &event, context)?;
        let mut hash = None;
        if let Act::Amend { digest, document, issued_at } = act {
            let document_hash = journal::digest(document);
            subject.document = blob::keep(connection, &document_hash, document)?;
            let sql = "UPDATE submission SET digest = ?2, document = ?3, issued_at = ?4 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![id.0, digest, subject.document, issued_at])?;
            (subject.row.digest, subject.row.issued_at) = (*digest, *issued_at);
            hash = Some(document_hash);
        }
        if matches!(act, Act::Release | Act::Amend { .. }) {
            let sql = "DELETE FROM seen WHERE scope = ?1 AND reference = ?2";
            connection.prepare_cached(sql)?.execute(params![subject.row.device, subject.row.reference])?;
        }
        if holds {
            lane.generation += 1;
            self.keep(connection, &mut lane, &mut subject, &stepped, None, None)?;
            if lane.holder.is_none() {
                self.call_up(connection, &mut lane, &stepped.state, Whereabouts::Unknown)?;
            }
            if lane.holder.is_some() {
                // Nobody works on it yet: the next worker takes it like that of a dead owner.
                lane.owner = Some(String::new());
                lane.lease_until = 0;
            }
            lane.save(connection)?;
        } else {
            subject.save(connection, &stepped.state, None, None)?;
        }
        let detail = serde_json::json!({ "state": stepped.state.name() });
        append(connection, &subject.row.device, event.name(), Some(id), &detail.to_string(), hash)?;
        Ok(subject.row)
    }
}

/// Work in a savepoint of its own: whatever is wrong with it, what the transaction has done before is kept.
fn in_savepoint<T>(
    connection: &Connection,
    lane: &mut LaneRow,
    work: impl FnOnce(&mut LaneRow) -> Result<Option<T>, StoreError>,
) -> Option<T> {
    let execute = |sql: &str| connection.prepare_cached(sql).and_then(|mut sql| sql.execute([])).is_ok();
    if !execute("SAVEPOINT next") {
        return None;
    }
    let before = lane.clone();
    let done = work(lane).ok().flatten();
    if done.is_none() {
        *lane = before;
        execute("ROLLBACK TO next");
    }
    // Left open it ends with the transaction.
    execute("RELEASE next");
    done
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
