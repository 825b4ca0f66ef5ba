use rusqlite::Connection;

use crate::store::StoreError;

/// One step of the schema each; a file's `user_version` says how many it has. Steps are only ever added.
const MIGRATIONS: [&str; 4] = ["
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL UNIQUE,
    dialect TEXT NOT NULL,
    serial TEXT NOT NULL,
    status TEXT NOT NULL,
    identity TEXT,
    sealed_answer BLOB,
    sealed_key BLOB
) STRICT;

CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    accepted INTEGER NOT NULL DEFAULT 0,
    recorded INTEGER NOT NULL DEFAULT 0,
    poison TEXT,
    holder INTEGER,
    owner TEXT,
    generation INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE submission (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    dialect TEXT NOT NULL,
    operation TEXT NOT NULL,
    lane INTEGER NOT NULL REFERENCES lane (id),
    reference TEXT NOT NULL,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    waits INTEGER NOT NULL DEFAULT 0,
    original INTEGER,
    document INTEGER NOT NULL,
    body INTEGER,
    receipt TEXT,
    note TEXT,
    issued_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;
CREATE UNIQUE INDEX submission_reference ON submission (scope, operation, reference);
CREATE INDEX submission_open ON submission (scope, lane, state, waits, id)
    WHERE state NOT IN ('signed', 'recorded', 'cancelled', 'paper_only');

CREATE INDEX submission_credits ON submission (original) WHERE original IS NOT NULL;

CREATE TABLE dependency (needs INTEGER NOT NULL, submission INTEGER NOT NULL, PRIMARY KEY (needs, submission)) STRICT, WITHOUT ROWID;
CREATE TABLE touch (subject TEXT NOT NULL, submission INTEGER NOT NULL, PRIMARY KEY (subject, submission)) STRICT, WITHOUT ROWID;
CREATE INDEX touch_submission ON touch (submission);

CREATE TABLE seen (scope TEXT NOT NULL, reference TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (scope, reference)) STRICT, WITHOUT ROWID;

CREATE TABLE blob (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, bytes BLOB) STRICT;

CREATE TABLE journal (
    scope TEXT NOT NULL,
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    submission INTEGER,
    detail TEXT NOT NULL,
    blob BLOB,
    hash BLOB NOT NULL,
    PRIMARY KEY (scope, place)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
", "
ALTER TABLE lane ADD COLUMN reserved INTEGER;
ALTER TABLE lane ADD COLUMN reserved_number INTEGER;
ALTER TABLE lane ADD COLUMN reserved_body INTEGER;
", "
-- Comparisons instead of a list: SQLite makes a table of a list each time it asks itself whether a row belongs here.
DROP INDEX submission_open;
CREATE INDEX submission_open ON submission (scope, lane, state, waits, id)
    WHERE state <> 'signed' AND state <> 'recorded' AND state <> 'cancelled' AND state <> 'paper_only';
", "
-- What is out holds its lane and is found by that: most submissions are never written into this index.
DROP INDEX submission_open;
CREATE INDEX submission_open ON submission (scope, lane, state, waits, id)
    WHERE state <> 'in_flight' AND state <> 'signed' AND state <> 'recorded' AND state <> 'cancelled'
    AND state <> 'paper_only';
ALTER TABLE blob ADD COLUMN plain INTEGER;
"];

/// Newest schema this library knows.
const NEWEST: u32 = MIGRATIONS.len() as u32;

/// Brings a file to the newest schema.
pub(super) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > NEWEST {
        return Err(StoreError::TooNew { found, known: NEWEST });
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        // A second process may be doing the same: whoever comes second finds it done.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let done: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let outcome = if done >= version {
            Ok(())
        } else {
            connection.execute_batch(migration).and_then(|()| connection.pragma_update(None, "user_version", version))
        };
        connection.execute_batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        outcome?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::blob;
    use super::*;

    fn column(connection: &Connection, sql: &str, column: usize) -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("a statement");
        let rows = statement.query_map([], |row| row.get(column)).expect("rows");
        rows.collect::<Result<_, _>>().expect("text")
    }

    fn at_version(version: u32) -> Connection {
        let connection = Connection::open_in_memory().expect("a file");
        MIGRATIONS[..version as usize].iter().for_each(|step| connection.execute_batch(step).expect("a step"));
        connection.pragma_update(None, "user_version", version).expect("a version");
        migrate(&connection).expect("the newest schema");
        connection
    }

    #[test]
    fn a_file_of_any_earlier_version_becomes_like_a_new_one() {
        let schema =
            |version| column(&at_version(version), "SELECT sql FROM sqlite_schema WHERE sql <> '' ORDER BY name", 0);
        let new = schema(0);
        assert!(new.iter().any(|sql| sql.contains("state <> 'signed'")), "{new:#?}");
        for version in 1..=NEWEST {
            assert_eq!(schema(version), new, "from version {version}");
        }
    }

    #[test]
    fn what_an_earlier_version_kept_is_read_as_it_is() {
        let connection = Connection::open_in_memory().expect("a file");
        MIGRATIONS[..3].iter().for_each(|step| connection.execute_batch(step).expect("a step"));
        connection.pragma_update(None, "user_version", 3).expect("a version");
        let long = "plain ".repeat(1000);
        connection.execute("INSERT INTO blob (hash, bytes) VALUES (x'00', ?1)", [long.as_bytes()]).expect("a row");
        migrate(&connection).expect("the newest schema");
        assert_eq!(blob::read(&connection, 1).expect("the bytes"), long.as_bytes());
    }

    #[test]
    fn sqlite_makes_no_table_to_see_whether_a_submission_is_open() {
        let codes = column(&at_version(0), "EXPLAIN UPDATE submission SET state = 'signed' WHERE id = 1", 1);
        assert!(codes.iter().any(|code| code == "IdxDelete"), "{codes:?}");
        assert!(!codes.iter().any(|code| code == "OpenEphemeral"), "{codes:?}");
    }
}
