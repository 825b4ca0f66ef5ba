//! Taxpayers, their branches, devices, items and stock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::clock::Moment;
use crate::number::Cents;

/// A device row at KRA: PIN, branch and serial.
pub(crate) struct Device {
    pub(crate) pin: Arc<str>,
    pub(crate) branch: Arc<str>,
    pub(crate) vscu: bool,
    pub(crate) sdc_id: Arc<str>,
    pub(crate) machine_number: String,
    pub(crate) key: String,
    /// How many rows KRA holds for it: more than one breaks it.
    pub(crate) rows: u32,
    pub(crate) sales: u64,
    pub(crate) credits: u64,
}

impl Device {
    /// The counters of the next receipt: of its kind and of all. The OSCU keeps one series for both.
    pub(crate) fn next_receipt(&self, is_credit: bool) -> (u64, u64) {
        let total = self.sales + self.credits + 1;
        match (self.vscu, is_credit) {
            (false, _) => (total, total),
            (true, false) => (self.sales + 1, total),
            (true, true) => (self.credits + 1, total),
        }
    }
}

#[derive(Default)]
pub(crate) struct Taxpayer {
    pub(crate) items: BTreeMap<String, Item>,
    pub(crate) last_item: u64,
    pub(crate) last_movement: u64,
    pub(crate) branches: BTreeMap<String, Branch>,
    /// Sales of others to this PIN, as ledger indices.
    pub(crate) offered: Vec<usize>,
    /// Supplier PIN, branch and invoice of what was confirmed.
    pub(crate) confirmed: BTreeSet<(String, String, u64)>,
    /// Task and line of an import to its new status.
    pub(crate) imports: BTreeMap<(String, u64), (String, Moment)>,
}

pub(crate) struct Item {
    pub(crate) kind: String,
    pub(crate) tax: String,
    pub(crate) branch: String,
    pub(crate) saved_at: Moment,
    pub(crate) document: String,
}

impl Item {
    /// Services have no stock.
    pub(crate) fn is_service(&self) -> bool {
        self.kind == "3"
    }
}

#[derive(Default)]
pub(crate) struct Branch {
    pub(crate) opened_at: Option<Moment>,
    /// Invoice number to ledger index.
    pub(crate) invoices: HashMap<u64, usize>,
    pub(crate) last_invoice: u64,
    pub(crate) last_purchase: u64,
    pub(crate) purchases: BTreeSet<u64>,
    pub(crate) movements: BTreeSet<u64>,
    pub(crate) stock: HashMap<String, Stock>,
    /// Movements that another branch sent here: when, and its document.
    pub(crate) received: Vec<(Moment, String, String)>,
    /// Customer number to when it was saved and its document.
    pub(crate) customers: BTreeMap<String, (Moment, String)>,
}

/// One item's shelf, in hundredths of its unit.
#[derive(Default, Clone)]
pub(crate) struct Stock {
    /// In minus out, by stock movements.
    pub(crate) on_hand: Cents,
    /// Sold by invoices whose movement out has not come yet.
    pub(crate) sold: Cents,
    /// The stock master was saved once.
    pub(crate) in_master: bool,
}

impl Stock {
    pub(crate) fn free(&self) -> Cents {
        self.on_hand.minus(self.sold)
    }
}
