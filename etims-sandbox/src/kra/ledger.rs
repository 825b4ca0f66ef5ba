//! Every signed document in order: compact rows for all, full documents for the newest.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::clock::Moment;
use crate::kra::event::Sale;
use crate::number::Cents;

/// One recorded sale or credit note, as a person who audits the sandbox sees it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct LedgerRow {
    /// Seller's PIN (`tin`).
    pub pin: String,
    /// Seller's branch (`bhfId`).
    pub branch: String,
    /// KRA's invoice number (`invcNo`).
    pub invoice_number: u64,
    /// The trader's own number (`trdInvcNo`); empty when none was sent.
    pub trader_invoice_number: String,
    /// On a credit note the number of the credited invoice (`orgInvcNo`), otherwise 0.
    pub original_invoice_number: u64,
    /// `true` for a credit note (`rcptTyCd` R).
    pub is_credit_note: bool,
    /// `curRcptNo`.
    pub receipt_number: u64,
    /// `totRcptNo`.
    pub total_receipt_number: u64,
    /// `sdcId` of the device that signed.
    pub sdc_id: String,
    /// `rcptSign`, 16 characters.
    pub signature: String,
    /// `intrlData`, 26 characters.
    pub internal_data: String,
    /// `sdcDateTime`, `yyyyMMddHHmmss` in East Africa Time.
    pub signed_at: String,
    /// Document total in cents.
    pub total_cents: i64,
    /// Tax in cents.
    pub tax_cents: i64,
}

/// What is kept of every document for ever.
pub(crate) struct Entry {
    pub(crate) device: usize,
    pub(crate) number: u64,
    pub(crate) trader_number: Box<str>,
    pub(crate) original: u64,
    pub(crate) is_credit: bool,
    pub(crate) receipt: u64,
    pub(crate) total_receipts: u64,
    pub(crate) signature: Box<str>,
    pub(crate) internal_data: Box<str>,
    pub(crate) signed_at: Moment,
    pub(crate) date: Box<str>,
    pub(crate) buyer_pin: Option<Box<str>>,
    pub(crate) buyer_name: Option<Box<str>>,
    pub(crate) total: Cents,
    pub(crate) tax: Cents,
}

pub(crate) struct Ledger {
    entries: Vec<Entry>,
    documents: VecDeque<Arc<str>>,
    keep: usize,
}

impl Ledger {
    pub(crate) fn new(keep: usize) -> Ledger {
        Ledger { entries: Vec::new(), documents: VecDeque::new(), keep }
    }

    /// Adds a document and returns its index.
    pub(crate) fn record(&mut self, sale: Sale) -> usize {
        self.entries.push(Entry {
            device: sale.device,
            number: sale.number,
            trader_number: sale.trader_number.into(),
            original: sale.original,
            is_credit: sale.is_credit,
            receipt: sale.receipt,
            total_receipts: sale.total_receipts,
            signature: sale.signature.into(),
            internal_data: sale.internal_data.into(),
            signed_at: sale.signed_at,
            date: sale.date.into(),
            buyer_pin: sale.buyer_pin.map(Into::into),
            buyer_name: sale.buyer_name.map(Into::into),
            total: sale.total,
            tax: sale.tax,
        });
        self.documents.push_back(sale.document.into());
        while self.documents.len() > self.keep {
            self.documents.pop_front();
        }
        self.entries.len() - 1
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn entry(&self, index: usize) -> &Entry {
        &self.entries[index]
    }

    /// The document as it was sent, while it is among the newest.
    pub(crate) fn document(&self, index: usize) -> Option<&Arc<str>> {
        let first = self.entries.len() - self.documents.len();
        self.documents.get(index.checked_sub(first)?)
    }
}
