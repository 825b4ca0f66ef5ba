use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_client::store::{ListFilter, Store, SubmissionRow};
use etims_core::journal::{Entry, verify};
use etims_core::submission::{Adoption, State};
use etims_core::wire::Operation;
use serde_json::Value;

/// What the comparison of ledger and store found.
pub struct Audit {
    pub documents: usize,
    pub lost: usize,
    pub doubled: usize,
    pub gaps: u64,
    pub missing_receipts: usize,
    /// Receipts that were had by asking KRA.
    pub recovered: usize,
    /// Sends whose answer did not arrive or could not be read, of all that a till lived to see the end of.
    pub unanswered: (usize, usize),
}

impl Audit {
    pub fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.missing_receipts == 0 && self.gaps == 0
    }
}

/// Compares the tickets handed out, the store and the sandbox's ledger.
pub async fn compare(place: &Path) -> Audit {
    let ledger: Vec<Value> =
        serde_json::from_slice(&fs::read(place.join("ledger")).expect("the ledger")).expect("rows");
    let mut by_reference: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in &ledger {
        by_reference.entry(row["trader_invoice_number"].as_str().expect("a text")).or_default().push(row);
    }
    let numbers: BTreeSet<u64> = ledger.iter().map(|row| row["invoice_number"].as_u64().expect("a number")).collect();
    let store = SqliteStore::open(place.join("store").join("till.db"), SqliteOptions::default()).expect("the store");
    let rows = sales(&store).await;
    let tickets = fs::read_to_string(place.join("tickets")).expect("the list of tickets");
    let signed = |reference: &str| rows.get(reference).is_some_and(|row| matches!(row.state, State::Signed { .. }));
    let same = |row: &SubmissionRow| {
        let theirs = by_reference.get(row.reference.as_str()).and_then(|rows| rows.first());
        let ours = row.receipt.as_ref();
        theirs.zip(ours).is_some_and(|(theirs, ours)| {
            theirs["signature"].as_str() == Some(&ours.signature)
                && theirs["internal_data"].as_str() == Some(&ours.internal_data)
                && theirs["invoice_number"].as_u64() == row.state.number()
        })
    };
    let tickets: BTreeSet<&str> = tickets.lines().collect();
    Audit {
        documents: tickets.len(),
        lost: tickets.iter().filter(|reference| !signed(reference)).count(),
        doubled: by_reference.values().filter(|rows| rows.len() > 1).count() + ledger.len() - numbers.len(),
        gaps: numbers.last().copied().unwrap_or(0) - numbers.len() as u64,
        missing_receipts: rows.values().filter(|row| matches!(row.state, State::Signed { .. }) && !same(row)).count(),
        recovered: rows
            .values()
            .filter(|row| matches!(row.state, State::Signed { adoption, .. } if adoption != Adoption::Answered))
            .count(),
        unanswered: journal(&store).await,
    }
}

async fn sales(store: &SqliteStore) -> BTreeMap<String, SubmissionRow> {
    let mut rows = BTreeMap::new();
    let mut filter = ListFilter { most: 1000, ..ListFilter::default() };
    loop {
        let page = store.list(filter.clone()).await.expect("the store");
        let Some(last) = page.last() else { return rows };
        filter.after = Some(last.id);
        let sales = page.into_iter().filter(|row| row.operation == Operation::SaveSale);
        rows.extend(sales.map(|row| (row.reference.clone(), row)));
    }
}

/// Verifies the journal's chain and counts the sends of it that nobody died of: without an answer, and all.
async fn journal(store: &SqliteStore) -> (usize, usize) {
    let device = store.devices().await.expect("the store").remove(0).device;
    let mut entries = Vec::new();
    loop {
        let page = store.journal(&device, entries.len() as u64, 5000).await.expect("the journal");
        if page.is_empty() {
            break;
        }
        entries.extend(page);
    }
    let linked = entries.iter().map(|row| {
        let submission = row.submission.map(|id| id.0);
        (Entry { at: row.at, kind: &row.kind, submission, detail: &row.detail, blob: row.blob }, row.hash)
    });
    assert_eq!(verify(linked), Ok(entries.len() as u64), "the journal's chain is broken");
    let count = |kinds: &[&str]| entries.iter().filter(|row| kinds.contains(&row.kind.as_str())).count();
    let unanswered = count(&["lost", "fault"]);
    (unanswered, unanswered + count(&["accepted", "refused", "duplicate", "not_sent", "turned_away"]))
}
