use std::sync::Arc;

use etims_core::journal;
use etims_core::submission::{Context, Moment, State, WriteRule, step};
use etims_core::wire::SignedReceipt;
use rusqlite::{Connection, OptionalExtension, params};

use super::journal::append;
use super::row::{self, damaged};
use super::{blob, dependency};
use crate::clock;
use crate::store::{Bound, Evidence, Hold, NewSubmission, StoreError, SubmissionId, SubmissionRow, Submitted};

/// A submission with what a step needs.
pub(super) struct Subject {
    pub(super) row: SubmissionRow,
    pub(super) rule: WriteRule,
    pub(super) body: Option<i64>,
    pub(super) document: i64,
}

impl Subject {
    /// One that is not stored yet: it gets its id by [`Subject::insert`].
    pub(super) fn new(new: &NewSubmission, document: i64, waits: usize) -> Result<Subject, StoreError> {
        let rule = WriteRule::of(new.dialect, new.operation);
        let rule = rule.ok_or_else(|| StoreError::Failed(format!("{} is no write", new.operation.name())))?;
        let row = SubmissionRow {
            id: SubmissionId(0),
            device: new.device.clone(),
            dialect: new.dialect,
            operation: new.operation,
            lane: new.lane.clone(),
            reference: new.reference.clone(),
            digest: new.digest,
            state: if new.paper_only { State::PaperOnly } else { State::new() },
            receipt: None,
            note: None,
            waits_for: u32::try_from(waits).unwrap_or(u32::MAX),
            issued_at: new.issued_at,
            created_at: clock::calendar(),
            settled_at: None,
        };
        Ok(Subject { row, rule, body: None, document })
    }

    /// Stores it for the first time, in the state it has by now.
    pub(super) fn insert(
        &mut self,
        connection: &Connection,
        lane: i64,
        original: Option<SubmissionId>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO submission (scope, dialect, operation, lane, reference, digest, state, detail, waits, \
             original, document, body, issued_at, created_at, settled_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let row = &mut self.row;
        row.settled_at = row.state.is_settled().then_some(row.created_at);
        connection.prepare_cached(sql)?.execute(params![
            row.device,
            row.dialect.name(),
            row.operation.name(),
            lane,
            row.reference,
            row.digest,
            row.state.name(),
            json(&row.state),
            row.waits_for,
            original.map(|original| original.0),
            self.document,
            self.body,
            row.issued_at,
            row.created_at,
            row.settled_at,
        ])?;
        row.id = SubmissionId(connection.last_insert_rowid());
        Ok(())
    }

    pub(super) fn load(connection: &Connection, id: SubmissionId) -> Result<Subject, StoreError> {
        let sql = format!(
            "SELECT {}, s.body, s.document FROM submission s JOIN lane l ON l.id = s.lane WHERE s.id = ?1",
            row::SUBMISSION_COLUMNS
        );
        let read = |columns: &rusqlite::Row<'_>| -> Result<Subject, StoreError> {
            let row = row::submission(columns)?;
            let rule = WriteRule::of(row.dialect, row.operation).ok_or_else(|| damaged("operation"))?;
            Ok(Subject { row, rule, body: columns.get("body")?, document: columns.get("document")? })
        };
        let found =
            connection.prepare_cached(&sql)?.query_row([id.0], |row| read(row).map_err(row::carried)).optional()?;
        found.ok_or_else(|| StoreError::Unknown(id.0.to_string()))
    }

    /// Writes where it stands from now on, and which bytes it is bound to. Returns whether that sets something free.
    pub(super) fn save(
        &mut self,
        connection: &Connection,
        state: &State,
        receipt: Option<&SignedReceipt>,
        note: Option<&str>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE submission SET state = ?2, detail = ?3, receipt = coalesce(?4, receipt), \
             note = coalesce(?5, note), settled_at = ?6, body = ?7 WHERE id = ?1";
        let settled_at = state.is_settled().then(clock::calendar);
        connection.prepare_cached(sql)?.execute(params![
            self.row.id.0,
            state.name(),
            json(state),
            receipt.map(json),
            note,
            settled_at,
            self.body
        ])?;
        let row = &mut self.row;
        row.state = state.clone();
        row.receipt = receipt.cloned().or_else(|| row.receipt.take());
        row.note = note.map(str::to_owned).or_else(|| row.note.take());
        row.settled_at = settled_at;
        let is_over = state.is_recorded() || *state == State::Cancelled;
        if is_over { dependency::set_free(connection, row.id) } else { Ok(false) }
    }

    pub(super) fn bound(self, hold: Hold, body: Arc<[u8]>, accepted: u64) -> Bound {
        let SubmissionRow { operation, reference, state, issued_at, .. } = self.row;
        Bound { hold, operation, reference, state, body, issued_at, accepted, reserved: None }
    }
}

/// The submission that has the reference already, when it is the same one.
pub(super) fn known(connection: &Connection, new: &NewSubmission) -> Result<Option<Submitted>, StoreError> {
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

/// Where a submission stands.
pub(super) fn find_by_id(connection: &Connection, id: SubmissionId) -> Result<Option<SubmissionRow>, StoreError> {
    let sql =
        format!("SELECT {} FROM submission s JOIN lane l ON l.id = s.lane WHERE s.id = ?1", row::SUBMISSION_COLUMNS);
    let found = connection.prepare_cached(&sql)?.query_row([id.0], |row| row::submission(row).map_err(row::carried));
    Ok(found.optional()?)
}

/// Its checked document.
pub(super) fn document(connection: &Connection, id: SubmissionId) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT document FROM submission WHERE id = ?1";
    let document = connection.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?;
    blob::read(connection, document.ok_or_else(|| StoreError::Unknown(id.0.to_string()))?)
}

/// The number under which KRA has shown a sale with this reference that was not the one in question.
pub(super) fn seen_at(connection: &Connection, subject: &Subject) -> Result<Option<u64>, StoreError> {
    if !subject.rule.signed {
        return Ok(None);
    }
    let sql = "SELECT number FROM seen WHERE scope = ?1 AND reference = ?2";
    let key = params![subject.row.device, subject.row.reference];
    connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?.map(row::unsigned).transpose()
}

/// A recorded sale with the bytes that were sent.
pub(super) fn recorded(connection: &Connection, id: SubmissionId) -> Result<Bound, StoreError> {
    let subject = Subject::load(connection, id)?;
    let body = blob::read(connection, subject.body.ok_or_else(|| damaged("request body"))?)?;
    let hold = Hold { lane: String::new(), id, generation: 0, deadline: Moment(0) };
    Ok(subject.bound(hold, body.into(), 0))
}

/// What came of asking for a recorded sale once more.
pub(super) fn revisit(
    connection: &Connection,
    id: SubmissionId,
    evidence: &Evidence,
) -> Result<SubmissionRow, StoreError> {
    let mut subject = Subject::load(connection, id)?;
    let context = Context { now: evidence.at, limits: evidence.limits };
    let lane = etims_core::submission::Lane::default();
    let stepped = step(&subject.rule, &lane, &subject.row.state, &evidence.event, context)?;
    let receipt = evidence.receipt.as_ref().filter(|_| matches!(stepped.state, State::Signed { .. }));
    subject.save(connection, &stepped.state, receipt, evidence.note.as_deref())?;
    let hash = evidence.answer.as_deref().map(journal::digest);
    if let (Some(hash), Some(answer)) = (&hash, &evidence.answer) {
        blob::keep(connection, hash, answer)?;
    }
    let detail = serde_json::json!({ "state": stepped.state.name(), "number": stepped.state.number() });
    append(connection, &subject.row.device, evidence.event.name(), Some(id), &detail.to_string(), hash)?;
    Ok(subject.row)
}

pub(super) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a state or a receipt holds nothing that JSON cannot express")
}
