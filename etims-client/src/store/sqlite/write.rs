//! What changes the store, inside one transaction. Every change of a submission goes through [`step`].

use std::sync::Arc;

use etims_core::journal::{self, Entry, Hash};
use etims_core::submission::{Action, Context, Event, Limits, Moment, State, Step, WriteRule, step};
use etims_core::wire::Operation;
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{self, LaneRow, damaged};
use crate::clock;
use crate::store::{
    Act, Binding, Bound, Evidence, FirstBinding, Hold, NewSubmission, Settled, StoreError, SubmissionId, SubmissionRow,
    Submitted, Takeover, Wait,
};

/// Who writes, and for how long a lane is taken.
pub(super) struct Writer {
    pub(super) owner: String,
    /// Longer than a request may take, in milliseconds.
    pub(super) lease: u64,
    /// How much of the lease is left over when the last byte of a request may leave.
    pub(super) margin: u64,
}

/// A submission with what a step needs.
struct Subject {
    id: SubmissionId,
    scope: String,
    operation: Operation,
    reference: String,
    rule: WriteRule,
    state: State,
    body: Option<i64>,
    issued_at: i64,
    document: i64,
}

/// What a step has left behind.
struct Kept {
    /// The right to go on, when the lane is still held.
    hold: Option<Hold>,
    /// Whether something that waited for it may go now.
    set_free: bool,
}

/// States a submission can be waited for in.
const UNRECORDED: &str = "('queued', 'in_flight', 'uncertain', 'stopped')";

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
            && credits_of(connection, credits.original)?.len() != credits.seen as usize
        {
            return Err(StoreError::CreditedMeanwhile);
        }
        let mut lane = LaneRow::open(connection, &new.lane)?;
        let state = if new.paper_only { State::PaperOnly } else { State::new() };
        let now = clock::calendar();
        let document_hash = journal::digest(&new.document);
        let document = keep_blob(connection, &document_hash, &new.document)?;
        let sql = "INSERT INTO submission (scope, dialect, operation, lane, reference, digest, state, detail, document, \
             issued_at, created_at, settled_at, original) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        connection.prepare_cached(sql)?.execute(params![
            new.device,
            new.dialect.name(),
            new.operation.name(),
            lane.id,
            new.reference,
            new.digest,
            state.name(),
            json(&state),
            document,
            new.issued_at,
            now,
            new.paper_only.then_some(now),
            new.credits.map(|credits| credits.original.0),
        ])?;
        let id = SubmissionId(connection.last_insert_rowid());
        let waits = self.join(connection, id, new)?;
        let detail =
            serde_json::json!({ "reference": new.reference, "operation": new.operation.name(), "waits": waits });
        append(connection, &new.device, "submitted", Some(id), &detail.to_string(), Some(document_hash))?;
        let mut submitted = Submitted { id, state, is_new: true, bound: None };
        if let Some(first) = first.filter(|_| waits == 0 && !new.paper_only && !lane.lane.held)
            && next_in_lane(connection, &new.device, lane.id)? == Some(id)
        {
            submitted.bound = self.bind_in(connection, &mut lane, id, first)?;
            if let Some(bound) = &submitted.bound {
                submitted.state = bound.state.clone();
            }
        }
        Ok(submitted)
    }

    /// Notes what the submission waits for and what others may wait for. Returns how many it waits for.
    fn join(&self, connection: &Connection, id: SubmissionId, new: &NewSubmission) -> Result<u32, StoreError> {
        for subject in &new.touches {
            let sql = "INSERT OR IGNORE INTO touch (subject, submission) VALUES (?1, ?2)";
            connection.prepare_cached(sql)?.execute(params![subject, id.0])?;
        }
        for wait in &new.waits {
            match wait {
                Wait::For(needed) => {
                    let sql = format!(
                        "INSERT OR IGNORE INTO dependency (needs, submission) \
                         SELECT id, ?2 FROM submission WHERE id = ?1 AND state IN {UNRECORDED}"
                    );
                    connection.prepare_cached(&sql)?.execute(params![needed.0, id.0])?;
                }
                Wait::Touching { operation, subject } => {
                    let sql = format!(
                        "INSERT OR IGNORE INTO dependency (needs, submission) \
                         SELECT s.id, ?3 FROM touch t JOIN submission s ON s.id = t.submission \
                         WHERE t.subject = ?1 AND s.operation = ?2 AND s.id <> ?3 AND s.state IN {UNRECORDED}"
                    );
                    connection.prepare_cached(&sql)?.execute(params![subject, operation.name(), id.0])?;
                }
            }
        }
        if new.waits.is_empty() {
            return Ok(0);
        }
        let sql = "UPDATE submission SET waits = (SELECT count(*) FROM dependency WHERE submission = ?1) WHERE id = ?1 \
             RETURNING waits";
        Ok(connection.prepare_cached(sql)?.query_row([id.0], |row| row.get(0))?)
    }

    /// T2.
    pub(super) fn bind(
        &self,
        connection: &Connection,
        key: &str,
        binding: &Binding,
    ) -> Result<Option<Bound>, StoreError> {
        let Some(mut lane) = LaneRow::find(connection, key)? else { return Ok(None) };
        self.bind_in(connection, &mut lane, binding.id, &binding.first)
    }

    fn bind_in(
        &self,
        connection: &Connection,
        lane: &mut LaneRow,
        id: SubmissionId,
        first: &FirstBinding,
    ) -> Result<Option<Bound>, StoreError> {
        let subject = Subject::load(connection, id)?;
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        let waits: u32 = connection
            .prepare_cached("SELECT waits FROM submission WHERE id = ?1")?
            .query_row([id.0], |row| row.get(0))?;
        // KRA has shown a record with this reference that the store did not know: look at it before anything is sent.
        let event = seen_at(connection, &subject)?.map_or(Event::Send, |number| Event::Seen { number });
        let Ok(stepped) = step(&subject.rule, &lane.lane, &subject.state, &event, context) else {
            return Ok(None);
        };
        let amended = first.version.is_some_and(|version| version != subject.document);
        let bound_to = stepped.state.claim().and_then(|claim| claim.number);
        if waits > 0 || amended || bound_to != first.number {
            return Ok(None);
        }
        let hash = journal::digest(&first.body);
        // A document that could not leave is bound again and again, mostly to the same bytes.
        if !subject.body.is_some_and(|body| has_hash(connection, body, &hash)) {
            let body = keep_blob(connection, &hash, &first.body)?;
            connection.prepare_cached("UPDATE submission SET body = ?2 WHERE id = ?1")?.execute(params![id.0, body])?;
        }
        let mut detail = serde_json::json!({ "state": stepped.state.name(), "number": first.number });
        if let Some(document) = &first.document {
            let hash = journal::digest(document);
            let document = keep_blob(connection, &hash, document)?;
            let sql = "UPDATE submission SET document = ?2 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![id.0, document])?;
            detail["document"] = hex(&hash).into();
        }
        lane.generation += 1;
        let hold = self.keep(connection, lane, &subject, &stepped, None, None)?.hold.ok_or_else(|| damaged("lane"))?;
        append(connection, &subject.scope, event.name(), Some(id), &detail.to_string(), Some(hash))?;
        Ok(Some(subject.bound(hold, stepped.state, first.body.clone(), lane.lane.accepted)))
    }

    /// T3, and T2 of the next when it fits.
    pub(super) fn settle(
        &self,
        connection: &Connection,
        hold: &Hold,
        evidence: &Evidence,
        next: Option<&Binding>,
    ) -> Result<Settled, StoreError> {
        let mut lane = LaneRow::find(connection, &hold.lane)?.ok_or(StoreError::Superseded)?;
        if lane.generation != hold.generation || lane.holder != Some(hold.id) {
            return Err(StoreError::Superseded);
        }
        let subject = Subject::load(connection, hold.id)?;
        let context = Context { now: evidence.at, limits: evidence.limits };
        let stepped = step(&subject.rule, &lane.lane, &subject.state, &evidence.event, context)?;
        let answer = evidence.answer.as_deref().map(|bytes| (journal::digest(bytes), bytes));
        let receipt = evidence.receipt.as_ref().filter(|_| matches!(stepped.state, State::Signed { .. }));
        let note = evidence.note.as_deref();
        let Kept { hold: held, set_free } =
            self.keep(connection, &mut lane, &subject, &stepped, receipt.map(json), note)?;
        if let Some((number, reference)) = &evidence.seen {
            let sql = "INSERT OR REPLACE INTO seen (scope, reference, number) VALUES (?1, ?2, ?3)";
            connection.prepare_cached(sql)?.execute(params![subject.scope, reference, row::signed(*number)?])?;
        }
        // "It could not be asked" and "it did not leave" come by the thousand while KRA is away; they change nothing.
        if stepped.state.name() != subject.state.name() || evidence.answer.is_some() {
            if let Some((hash, bytes)) = &answer {
                keep_blob(connection, hash, bytes)?;
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
            append(connection, &subject.scope, evidence.event.name(), Some(hold.id), &detail.to_string(), hash)?;
        }
        let next = match next {
            Some(next) if held.is_none() => self.bind_next(connection, &hold.lane, next),
            _ => None,
        };
        Ok(Settled { state: stepped.state, actions: stepped.actions, hold: held, lane: lane.lane, set_free, next })
    }

    /// T2 of the next, in a savepoint of its own: whatever is wrong with it, what came of the one before is kept.
    fn bind_next(&self, connection: &Connection, key: &str, next: &Binding) -> Option<Bound> {
        let execute = |sql: &str| connection.prepare_cached(sql).and_then(|mut sql| sql.execute([])).is_ok();
        if !execute("SAVEPOINT next") {
            return None;
        }
        let bound = self.bind(connection, key, next).ok().flatten();
        let ended = if bound.is_some() { true } else { execute("ROLLBACK TO next") };
        bound.filter(|_| execute("RELEASE next") && ended)
    }

    /// Writes the outcome of a step: submission, lane and lease, and what it sets free.
    fn keep(
        &self,
        connection: &Connection,
        lane: &mut LaneRow,
        subject: &Subject,
        stepped: &Step,
        receipt: Option<String>,
        note: Option<&str>,
    ) -> Result<Kept, StoreError> {
        let set_free = subject.save(connection, &stepped.state, receipt, note)?;
        let holds = stepped.state.holds_lane();
        lane.lane = stepped.lane.clone();
        lane.lane.held = holds;
        lane.holder = holds.then_some(subject.id);
        lane.owner = holds.then(|| self.owner.clone());
        lane.lease_until = if holds { clock::uptime().0 + self.lease } else { 0 };
        lane.save(connection)?;
        Ok(Kept { hold: holds.then(|| self.hold(lane, subject.id)), set_free })
    }

    fn hold(&self, lane: &LaneRow, id: SubmissionId) -> Hold {
        let deadline = Moment(lane.lease_until.saturating_sub(self.margin));
        Hold { lane: lane.key.clone(), id, generation: lane.generation, deadline }
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
        let subject = Subject::load(connection, id)?;
        if subject.scope != device || matches!(subject.state, State::Stopped { .. }) {
            return Ok(None);
        }
        // Ours means that whoever worked on it in this process is gone: the caller works on the lane now.
        let expired = lane.lease_until <= clock::uptime().0;
        if !(owner == self.owner || expired || is_dead(&owner)) {
            return Ok(None);
        }
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        let stepped = step(&subject.rule, &lane.lane, &subject.state, &Event::Restarted, context)?;
        lane.generation += 1;
        let hold =
            self.keep(connection, &mut lane, &subject, &stepped, None, None)?.hold.ok_or_else(|| damaged("lane"))?;
        let detail = serde_json::json!({ "state": stepped.state.name(), "number": stepped.state.number() });
        append(connection, &subject.scope, Event::Restarted.name(), Some(id), &detail.to_string(), None)?;
        let body = subject.body.ok_or_else(|| damaged("request body"))?;
        let body: Vec<u8> = blob(connection, body)?;
        let bound = subject.bound(hold, stepped.state, body.into(), lane.lane.accepted);
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
        let stored = find_by_id(connection, id)?.ok_or_else(|| StoreError::Unknown(id.0.to_string()))?;
        if let Act::Cancel | Act::Amend { .. } = act
            && let Some(dependent) = dependent(connection, id)?
        {
            return Err(StoreError::Needed { dependent });
        }
        let mut lane = LaneRow::open(connection, &stored.lane)?;
        let holds = lane.holder == Some(id);
        let event = act.event();
        let context = Context { now: clock::uptime(), limits: Limits::for_timeout(self.lease) };
        let view = etims_core::submission::Lane { held: holds, ..lane.lane.clone() };
        let stepped = step(&subject.rule, &view, &subject.state, &event, context)?;
        let mut hash = None;
        if let Act::Amend { digest, document, issued_at } = act {
            let document_hash = journal::digest(document);
            subject.document = keep_blob(connection, &document_hash, document)?;
            let sql = "UPDATE submission SET digest = ?2, document = ?3, issued_at = ?4 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![id.0, digest, subject.document, issued_at])?;
            hash = Some(document_hash);
        }
        if matches!(act, Act::Release | Act::Amend { .. }) {
            let sql = "DELETE FROM seen WHERE scope = ?1 AND reference = ?2";
            connection.prepare_cached(sql)?.execute(params![subject.scope, subject.reference])?;
        }
        if holds {
            lane.generation += 1;
            self.keep(connection, &mut lane, &subject, &stepped, None, None)?;
            if lane.holder.is_some() {
                // Nobody works on it yet: the next worker takes it like that of a dead owner.
                lane.owner = Some(String::new());
                lane.lease_until = 0;
                lane.save(connection)?;
            }
        } else {
            subject.save(connection, &stepped.state, None, None)?;
        }
        let detail = serde_json::json!({ "state": stepped.state.name() });
        append(connection, &subject.scope, event.name(), Some(id), &detail.to_string(), hash)?;
        find_by_id(connection, id)?.ok_or_else(|| StoreError::Unknown(id.0.to_string()))
    }
}

impl Subject {
    fn load(connection: &Connection, id: SubmissionId) -> Result<Subject, StoreError> {
        let sql = "SELECT scope, dialect, operation, reference, detail, body, issued_at, document FROM submission WHERE id = ?1";
        let read = |row: &rusqlite::Row<'_>| -> Result<Subject, StoreError> {
            let dialect = row::dialect(&row.get::<_, String>(1)?)?;
            let operation = row::operation(&row.get::<_, String>(2)?)?;
            Ok(Subject {
                id,
                scope: row.get(0)?,
                operation,
                reference: row.get(3)?,
                rule: WriteRule::of(dialect, operation).ok_or_else(|| damaged("operation"))?,
                state: row::state(&row.get::<_, String>(4)?)?,
                body: row.get(5)?,
                issued_at: row.get(6)?,
                document: row.get(7)?,
            })
        };
        let found =
            connection.prepare_cached(sql)?.query_row([id.0], |row| read(row).map_err(row::carried)).optional()?;
        found.ok_or_else(|| StoreError::Unknown(id.0.to_string()))
    }

    /// Writes where it stands. Returns whether that sets something free.
    fn save(
        &self,
        connection: &Connection,
        state: &State,
        receipt: Option<String>,
        note: Option<&str>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE submission SET state = ?2, detail = ?3, receipt = coalesce(?4, receipt), \
             note = coalesce(?5, note), settled_at = ?6 WHERE id = ?1";
        let settled_at = state.is_settled().then(clock::calendar);
        connection.prepare_cached(sql)?.execute(params![
            self.id.0,
            state.name(),
            json(state),
            receipt,
            note,
            settled_at
        ])?;
        let is_over = state.is_recorded() || *state == State::Cancelled;
        if is_over { set_free(connection, self.id) } else { Ok(false) }
    }

    fn bound(self, hold: Hold, state: State, body: Arc<[u8]>, accepted: u64) -> Bound {
        Bound {
            hold,
            operation: self.operation,
            reference: self.reference,
            state,
            body,
            issued_at: self.issued_at,
            accepted,
        }
    }
}

/// The submission that has the reference already, when it is the same one.
fn known(connection: &Connection, new: &NewSubmission) -> Result<Option<Submitted>, StoreError> {
    let sql = "SELECT id, digest, detail FROM submission WHERE scope = ?1 AND operation = ?2 AND reference = ?3";
    let key = params![new.device, new.operation.name(), new.reference];
    let read =
        |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, String>(2)?));
    let Some((id, digest, detail)) = connection.prepare_cached(sql)?.query_row(key, read).optional()? else {
        return Ok(None);
    };
    let state = row::state(&detail)?;
    if digest != new.digest {
        return Err(StoreError::ReferenceTaken { reference: new.reference.clone(), state: state.name() });
    }
    Ok(Some(Submitted { id: SubmissionId(id), state, is_new: false, bound: None }))
}

/// The submission of a device that is sent next in a lane.
fn next_in_lane(connection: &Connection, device: &str, lane: i64) -> Result<Option<SubmissionId>, StoreError> {
    let sql = format!(
        "SELECT id FROM submission WHERE scope = ?1 AND lane = ?2 AND state = 'queued' AND waits = 0 AND {} \
         ORDER BY id LIMIT 1",
        row::OPEN
    );
    let next = connection.prepare_cached(&sql)?.query_row(params![device, lane], |row| row.get(0)).optional()?;
    Ok(next.map(SubmissionId))
}

/// State and device of a lane's holder.
pub(super) fn holder(connection: &Connection, id: SubmissionId) -> Result<(String, String), StoreError> {
    let sql = "SELECT state, scope FROM submission WHERE id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The number under which KRA has shown a sale with this reference that was not the one in question.
fn seen_at(connection: &Connection, subject: &Subject) -> Result<Option<u64>, StoreError> {
    if !subject.rule.signed {
        return Ok(None);
    }
    let sql = "SELECT number FROM seen WHERE scope = ?1 AND reference = ?2";
    let key = params![subject.scope, subject.reference];
    connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?.map(row::unsigned).transpose()
}

/// What waited for it no longer does.
fn set_free(connection: &Connection, id: SubmissionId) -> Result<bool, StoreError> {
    let sql =
        "UPDATE submission SET waits = waits - 1 WHERE id IN (SELECT submission FROM dependency WHERE needs = ?1)";
    let set_free = connection.prepare_cached(sql)?.execute([id.0])? > 0;
    if set_free {
        connection.prepare_cached("DELETE FROM dependency WHERE needs = ?1")?.execute([id.0])?;
    }
    connection.prepare_cached("DELETE FROM touch WHERE submission = ?1")?.execute([id.0])?;
    Ok(set_free)
}

/// The credit notes for a sale that count.
pub(super) fn credits_of(connection: &Connection, original: SubmissionId) -> Result<Vec<SubmissionId>, StoreError> {
    let sql = "SELECT id FROM submission WHERE original = ?1 AND state NOT IN ('rejected', 'cancelled', 'paper_only')";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([original.0], |row| row.get(0).map(SubmissionId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn dependent(connection: &Connection, id: SubmissionId) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT s.reference FROM dependency d JOIN submission s ON s.id = d.submission WHERE d.needs = ?1 LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?)
}

/// A submission with its document.
pub(super) fn find_by_id(connection: &Connection, id: SubmissionId) -> Result<Option<SubmissionRow>, StoreError> {
    let sql = format!(
        "SELECT {}, s.document FROM submission s JOIN lane l ON l.id = s.lane WHERE s.id = ?1",
        row::SUBMISSION_COLUMNS
    );
    let read = |row: &rusqlite::Row<'_>| Ok((row::submission(row).map_err(row::carried)?, row.get::<_, i64>(14)?));
    let found = connection.prepare_cached(&sql)?.query_row([id.0], read).optional()?;
    found.map(|(row, document)| Ok(SubmissionRow { document: blob(connection, document)?, ..row })).transpose()
}

pub(super) fn blob(connection: &Connection, id: i64) -> Result<Vec<u8>, StoreError> {
    let bytes: Option<Vec<u8>> =
        connection.prepare_cached("SELECT bytes FROM blob WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    bytes.ok_or_else(|| StoreError::Failed("the bytes were erased".to_owned()))
}

fn has_hash(connection: &Connection, id: i64, hash: &Hash) -> bool {
    let sql = "SELECT hash = ?2 FROM blob WHERE id = ?1";
    let same = connection.prepare_cached(sql).and_then(|mut sql| sql.query_row(params![id, hash], |row| row.get(0)));
    same.unwrap_or(false)
}

/// A recorded sale with the bytes that were sent.
pub(super) fn recorded(connection: &Connection, id: SubmissionId) -> Result<Bound, StoreError> {
    let subject = Subject::load(connection, id)?;
    let body = blob(connection, subject.body.ok_or_else(|| damaged("request body"))?)?;
    let hold = Hold { lane: String::new(), id, generation: 0, deadline: Moment(0) };
    let state = subject.state.clone();
    Ok(subject.bound(hold, state, body.into(), 0))
}

/// What came of asking for a recorded sale once more.
pub(super) fn revisit(
    connection: &Connection,
    id: SubmissionId,
    evidence: &Evidence,
) -> Result<SubmissionRow, StoreError> {
    let subject = Subject::load(connection, id)?;
    let context = Context { now: evidence.at, limits: evidence.limits };
    let lane = etims_core::submission::Lane::default();
    let stepped = step(&subject.rule, &lane, &subject.state, &evidence.event, context)?;
    let receipt = evidence.receipt.as_ref().filter(|_| matches!(stepped.state, State::Signed { .. }));
    subject.save(connection, &stepped.state, receipt.map(json), evidence.note.as_deref())?;
    let hash = evidence.answer.as_deref().map(journal::digest);
    if let (Some(hash), Some(answer)) = (&hash, &evidence.answer) {
        keep_blob(connection, hash, answer)?;
    }
    let detail = serde_json::json!({ "state": stepped.state.name(), "number": stepped.state.number() });
    append(connection, &subject.scope, evidence.event.name(), Some(id), &detail.to_string(), hash)?;
    find_by_id(connection, id)?.ok_or_else(|| StoreError::Unknown(id.0.to_string()))
}

fn keep_blob(connection: &Connection, hash: &Hash, bytes: &[u8]) -> Result<i64, StoreError> {
    connection.prepare_cached("INSERT INTO blob (hash, bytes) VALUES (?1, ?2)")?.execute(params![hash, bytes])?;
    Ok(connection.last_insert_rowid())
}

/// Appends to a device's journal.
pub(super) fn append(
    connection: &Connection,
    scope: &str,
    kind: &str,
    submission: Option<SubmissionId>,
    detail: &str,
    blob: Option<Hash>,
) -> Result<(), StoreError> {
    let sql = "SELECT place, hash FROM journal WHERE scope = ?1 ORDER BY place DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let last = connection.prepare_cached(sql)?.query_row([scope], read).optional()?;
    let (place, previous): (i64, Hash) = match last {
        Some((place, hash)) => (place, hash.try_into().map_err(|_| damaged("journal hash"))?),
        None => (0, journal::START),
    };
    let at = clock::calendar();
    let entry = Entry { at, kind, submission: submission.map(|id| id.0), detail, blob };
    let hash = journal::link(&previous, &entry);
    let sql = "INSERT INTO journal (scope, place, at, kind, submission, detail, blob, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        scope,
        place + 1,
        at,
        kind,
        submission.map(|id| id.0),
        detail,
        blob,
        hash
    ])?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a state or a receipt holds nothing that JSON cannot express")
}

/// A number that only grows: a copy of the store cannot have a higher one than the original had when it was made.
pub(super) fn growth(connection: &Connection) -> rusqlite::Result<u64> {
    let newest: i64 =
        connection.prepare_cached("SELECT coalesce(max(id), 0) FROM blob")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(newest).unwrap_or(0))
}

/// The next submission of a lane with its document.
pub(super) fn head(connection: &Connection, device: &str, key: &str) -> Result<Option<crate::store::Head>, StoreError> {
    let Some(lane) = LaneRow::find(connection, key)? else { return Ok(None) };
    let Some(id) = next_in_lane(connection, device, lane.id)? else { return Ok(None) };
    let subject = Subject::load(connection, id)?;
    let version = subject.document;
    let document = blob(connection, version)?;
    Ok(Some(crate::store::Head { id, operation: subject.operation, reference: subject.reference, document, version }))
}
