//! KRA itself: its memory, what it decides and what it answers. No I/O and no clock of its own.

pub(crate) mod answer;

pub(crate) mod call;
mod composition;
mod credit;
mod device;
pub(crate) mod event;
mod import;
mod item;
pub(crate) mod ledger;
mod look_up;
mod party;
mod purchase;
mod sale;
mod stock;
pub(crate) mod taxpayer;
pub(crate) mod twist;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::clock::{Clock, Moment};
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::{Event, Sale};
use crate::kra::ledger::{Entry, Ledger, LedgerRow};
use crate::kra::taxpayer::{Branch, Device, Item, Taxpayer};
use crate::operation::Operation;
use crate::rule;
use crate::seed;
use crate::settings::Settings;
use crate::signature::{digest, hexadecimal};

/// Everything that KRA remembers.
pub(crate) struct Kra {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    taxpayers: BTreeMap<String, Taxpayer>,
    devices: Vec<Device>,
    by_key: HashMap<String, usize>,
    by_serial: HashMap<(String, String, String), usize>,
    ledger: Ledger,
    /// How often an invoice was looked up while its detail lagged.
    detail_look_ups: HashMap<usize, u32>,
}

impl Kra {
    pub(crate) fn new(settings: Settings) -> Kra {
        Kra {
            clock: Clock::SYSTEM,
            taxpayers: BTreeMap::new(),
            devices: Vec::new(),
            by_key: HashMap::new(),
            by_serial: HashMap::new(),
            ledger: Ledger::new(settings.keep_documents),
            detail_look_ups: HashMap::new(),
            settings,
        }
    }

    pub(crate) fn device_by_key(&self, key: &str) -> Option<(usize, &Device)> {
        let index = *self.by_key.get(key)?;
        Some((index, &self.devices[index]))
    }

    /// The first device of its family in a branch: the VSCU's calls name no device.
    pub(crate) fn vscu_device(&self, pin: &str, branch: &str) -> Option<usize> {
        self.devices.iter().position(|device| device.vscu && *device.pin == *pin && *device.branch == *branch)
    }

    pub(crate) fn has_branch(&self, pin: &str, branch: &str) -> bool {
        self.branch(pin, branch).is_some()
    }

    fn taxpayer(&self, pin: &str) -> Option<&Taxpayer> {
        self.taxpayers.get(pin)
    }

    fn branch(&self, pin: &str, branch: &str) -> Option<&Branch> {
        self.taxpayer(pin)?.branches.get(branch)
    }

    fn item(&self, pin: &str, code: &str) -> Option<&Item> {
        self.taxpayer(pin)?.items.get(code)
    }

    /// The registered name; the sandbox makes one up for every PIN that it has not got.
    fn name_of(pin: &str) -> String {
        let seeded = seed::TAXPAYERS.rows().iter().find(|row| row.get("tin").text() == Some(pin));
        let name = seeded.and_then(|row| row.get("taxprNm").text());
        name.map_or_else(|| format!("TAXPAYER {pin}"), str::to_owned)
    }

    /// Decides one call. The events are for [`Kra::apply`], by the caller.
    pub(crate) fn decide(&mut self, call: &Call<'_>) -> Decision {
        if let Some(rows) = call.twists.many_results {
            return Err(rule::DEVICE_DUPLICATED.refuse(&[("rows", &rows.to_string())]));
        }
        if call.operation.id == Operation::Init {
            return self.initialise(call);
        }
        let rows = self.devices[call.device].rows;
        if rows > 2 {
            return Err(rule::DEVICE_DUPLICATED.refuse(&[("rows", &rows.to_string())]));
        }
        crate::fields::check(call)?;
        match call.operation.id {
            Operation::Init => self.initialise(call),
            Operation::Codes => Ok(self.code_list(call)),
            Operation::ItemClasses => Ok(self.item_classes(call)),
            Operation::SaveItem => self.save_item(call),
            Operation::ItemList => Ok(self.item_list(call)),
            Operation::StockIo => self.move_stock(call),
            Operation::StockMaster => self.save_on_hand(call),
            Operation::SaveSale => self.save_sale(call),
            Operation::InvoiceDetail => Ok(self.invoice_detail(call)),
            Operation::SalesList => Ok(self.sales_list(call)),
            Operation::Customer => Ok(self.customer_look_up(call)),
            Operation::Notices => Ok(self.notices(call)),
            Operation::Composition => self.compose(call),
            Operation::Branches => Ok(self.branch_list(call)),
            Operation::SaveCustomer => Ok(self.save_customer(call)),
            // Neither can be read back, and a password is no use to anybody here.
            Operation::SaveUser | Operation::SaveInsurance => Ok(Verdict::done()),
            Operation::Imports => Ok(self.import_list(call)),
            Operation::UpdateImport => self.update_import(call),
            Operation::Purchases => Ok(self.purchase_list(call)),
            Operation::SavePurchase => self.save_purchase(call),
            Operation::StockMoves => Ok(self.stock_moves(call)),
            Operation::CustomerList => Ok(self.customer_list(call)),
            Operation::TaxpayerInfo => Ok(self.taxpayer_info(call)),
        }
    }

    /// Remembers what happened.
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::Initialised { pin, branch, serial, vscu, at } => self.add_device(pin, branch, serial, vscu, at),
            Event::Duplicated { device } => {
                if let Some(device) = self.devices.get_mut(device) {
                    device.rows = device.rows.saturating_add(1);
                }
            }
            Event::ItemSaved { pin, branch, code, at, document } => self.add_item(&pin, branch, code, at, document),
            Event::StockMoved(movement) => self.add_movement(movement),
            Event::Shelved { pin, branch, code, at, document, quantity } => {
                self.add_shelved(&pin, branch, code, at, document, quantity);
            }
            Event::OnHandSaved { pin, branch, code } => {
                self.branch_mut(&pin, &branch).stock.entry(code).or_default().in_master = true;
            }
            Event::Sold(sale) => self.add_sale(*sale),
            Event::PurchaseSaved(purchase) => {
                let branch = self.branch_mut(&purchase.pin, &purchase.branch);
                branch.last_purchase = branch.last_purchase.max(purchase.number);
                branch.purchases.insert(purchase.number);
                if let (Some(pin), Some(number)) = (purchase.supplier_pin, purchase.supplier_invoice) {
                    let key = (pin, purchase.supplier_branch.unwrap_or_default(), number);
                    self.taxpayer_mut(&purchase.pin).confirmed.insert(key);
                }
            }
            Event::ImportUpdated { pin, task, line, status, at } => {
                self.taxpayer_mut(&pin).imports.insert((task, line), (status, at));
            }
            Event::CustomerSaved { pin, branch, number, at, document } => {
                self.branch_mut(&pin, &branch).customers.insert(number, (at, document));
            }
            Event::Drifted { pin, branch, by } => {
                let branch = self.branch_mut(&pin, &branch);
                branch.last_invoice = branch.last_invoice.saturating_add(by);
            }
            Event::ClockSet { clock } => self.clock = clock,
        }
    }

    fn taxpayer_mut(&mut self, pin: &str) -> &mut Taxpayer {
        if !self.taxpayers.contains_key(pin) {
            self.taxpayers.insert(pin.to_owned(), Taxpayer::default());
        }
        self.taxpayers.get_mut(pin).expect("inserted above")
    }

    fn branch_mut(&mut self, pin: &str, branch: &str) -> &mut Branch {
        let branches = &mut self.taxpayer_mut(pin).branches;
        if !branches.contains_key(branch) {
            branches.insert(branch.to_owned(), Branch::default());
        }
        branches.get_mut(branch).expect("inserted above")
    }

    fn add_device(&mut self, pin: String, branch: String, serial: String, vscu: bool, at: Moment) {
        let index = self.devices.len();
        let number = index + 1;
        let key_parts = [pin.as_str(), branch.as_str(), serial.as_str()];
        let key = hexadecimal(&digest(self.settings.seed, "cmcKey", &key_parts), 16);
        self.branch_mut(&pin, &branch).opened_at.get_or_insert(at);
        self.by_key.insert(key.clone(), index);
        self.devices.push(Device {
            sdc_id: format!("KRACU{}{number:08}", if vscu { "03" } else { "04" }).into(),
            machine_number: format!("KRA{number:08}"),
            pin: pin.as_str().into(),
            branch: branch.as_str().into(),
            vscu,
            key,
            rows: 1,
            sales: 0,
            credits: 0,
        });
        self.by_serial.insert((pin, branch, serial), index);
    }

    fn add_sale(&mut self, sale: Sale) {
        if let Some(device) = self.devices.get_mut(sale.device) {
            if sale.is_credit {
                device.credits += 1;
            } else {
                device.sales += 1;
            }
        }
        let (pin, branch, number) = (sale.pin.clone(), sale.branch.clone(), sale.number);
        let buyer = sale.buyer_pin.clone();
        let (goods, is_credit) = (sale.goods.clone(), sale.is_credit);
        let index = self.ledger.record(sale);
        let branch = self.branch_mut(&pin, &branch);
        branch.invoices.insert(number, index);
        branch.last_invoice = branch.last_invoice.max(number);
        for (code, quantity) in goods.into_iter().filter(|_| !is_credit) {
            let stock = branch.stock.entry(code).or_default();
            stock.sold = stock.sold.plus(quantity);
        }
        if let Some(buyer) = buyer {
            self.taxpayer_mut(&buyer).offered.push(index);
        }
    }

    /// A ledger row as the control API and the tests see it.
    pub(crate) fn row(&self, entry: &Entry) -> LedgerRow {
        let device = &self.devices[entry.device];
        LedgerRow {
            pin: device.pin.to_string(),
            branch: device.branch.to_string(),
            invoice_number: entry.number,
            trader_invoice_number: entry.trader_number.to_string(),
            original_invoice_number: entry.original,
            is_credit_note: entry.is_credit,
            receipt_number: entry.receipt,
            total_receipt_number: entry.total_receipts,
            sdc_id: device.sdc_id.to_string(),
            signature: entry.signature.to_string(),
            internal_data: entry.internal_data.to_string(),
            signed_at: entry.signed_at.compact(),
            total_cents: entry.total.0,
            tax_cents: entry.tax.0,
        }
    }

    /// The document that carries a signature; the signature alone is the key, as behind a QR code.
    pub(crate) fn find_signature(&self, pin: &str, branch: &str, signature: &str) -> Option<LedgerRow> {
        let invoices = &self.branch(pin, branch)?.invoices;
        let entry = invoices.values().map(|&index| self.ledger.entry(index));
        entry.filter(|entry| *entry.signature == *signature).map(|entry| self.row(entry)).next()
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The document behind a ledger index, while it is kept.
    fn document(&self, index: usize) -> Option<crate::json::Json> {
        let text: &Arc<str> = self.ledger.document(index)?;
        crate::json::Json::parse(text).ok()
    }
}
