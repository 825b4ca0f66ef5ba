//! What happened: the only way in which KRA's memory changes, and what the state file holds.

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Moment};
use crate::number::Cents;

/// One change, complete in itself: replaying the file needs no rule and no clock.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) enum Event {
    Initialised {
        pin: String,
        branch: String,
        serial: String,
        vscu: bool,
        at: Moment,
    },
    /// A further initialisation of a device that has one: KRA's duplicate row.
    Duplicated {
        device: usize,
    },
    ItemSaved {
        pin: String,
        branch: String,
        code: String,
        at: Moment,
        document: String,
    },
    StockMoved(Movement),
    /// Put on the shelf by the control API: no rule asked, no number used.
    Shelved {
        pin: String,
        branch: String,
        code: String,
        at: Moment,
        document: String,
        quantity: Cents,
    },
    OnHandSaved {
        pin: String,
        branch: String,
        code: String,
    },
    Sold(Box<Sale>),
    PurchaseSaved(Box<Purchase>),
    ImportUpdated {
        pin: String,
        task: String,
        line: u64,
        status: String,
        at: Moment,
    },
    CustomerSaved {
        pin: String,
        branch: String,
        number: String,
        at: Moment,
        document: String,
    },
    /// The sales counter moved on without an invoice.
    Drifted {
        pin: String,
        branch: String,
        by: u64,
    },
    ClockSet {
        clock: Clock,
    },
}

/// A stock movement. Quantities are in hundredths, negative when they leave.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) struct Movement {
    pub(crate) pin: String,
    pub(crate) branch: String,
    pub(crate) number: u64,
    pub(crate) at: Moment,
    /// The branch of the same PIN that the goods go to, and the document that it will see.
    pub(crate) sent_to: Option<(String, String)>,
    /// Goods that an invoice has sold leave the shelf with this movement.
    pub(crate) follows_sale: bool,
    pub(crate) quantities: Vec<(String, Cents)>,
}

/// A signed sale or credit note.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) pin: String,
    pub(crate) branch: String,
    pub(crate) device: usize,
    pub(crate) number: u64,
    pub(crate) trader_number: String,
    /// 0 on a sale, the number of the credited invoice on a credit note.
    pub(crate) original: u64,
    pub(crate) is_credit: bool,
    pub(crate) receipt: u64,
    pub(crate) total_receipts: u64,
    pub(crate) signature: String,
    pub(crate) internal_data: String,
    pub(crate) signed_at: Moment,
    pub(crate) date: String,
    pub(crate) buyer_pin: Option<String>,
    pub(crate) buyer_name: Option<String>,
    pub(crate) total: Cents,
    pub(crate) tax: Cents,
    /// Goods of the invoice and their quantities in hundredths; services are left out.
    pub(crate) goods: Vec<(String, Cents)>,
    pub(crate) document: String,
}

/// A confirmed purchase.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) pin: String,
    pub(crate) branch: String,
    pub(crate) number: u64,
    pub(crate) supplier_pin: Option<String>,
    pub(crate) supplier_branch: Option<String>,
    pub(crate) supplier_invoice: Option<u64>,
}
