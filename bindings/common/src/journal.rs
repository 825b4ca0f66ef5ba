//! The journal of a device: what happened, in order, each entry chained to the one before.

use std::collections::BTreeMap;

use etims_client::store::JournalRow;

use crate::Device;
use crate::work::Work;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its place, counted from 1.
    pub place: u64,
    /// Milliseconds since 1970.
    pub at_millis: i64,
    /// What happened, such as `bound` or `signed`.
    pub kind: String,
    /// Number of the submission it happened to.
    pub submission: Option<i64>,
    /// Details, JSON text.
    pub detail: String,
    /// Its own SHA-256, which covers the one before: hexadecimal.
    pub hash: String,
}

impl From<JournalRow> for JournalEntry {
    fn from(row: JournalRow) -> JournalEntry {
        JournalEntry {
            place: row.place,
            at_millis: row.at,
            kind: row.kind,
            submission: row.submission.map(|id| id.0),
            detail: row.detail,
            hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl Device {
    /// Entries after a place, oldest first, at most so many.
    pub fn journal(&self, after: u64, most: u32) -> Work<Vec<JournalEntry>> {
        self.with(async move |device| {
            Ok(device.journal(after, most).await?.into_iter().map(JournalEntry::from).collect())
        })
    }

    /// How many submissions are in each state, by its name.
    pub fn counts(&self) -> Work<BTreeMap<String, u64>> {
        self.with(async |device| Ok(device.counts().await?))
    }
}
