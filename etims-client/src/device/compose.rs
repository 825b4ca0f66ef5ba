use std::sync::{Arc, RwLock};

use etims_core::codes::PaymentCodes;
use etims_core::document::{Invoice, Item, StockBalance, StockMovement};
use etims_core::party::Seller;
use etims_core::wire::{Dialect, Operation, item_body, sale_body, stock_balance_body, stock_movement_body};
use serde::de::DeserializeOwned;

use super::DeviceIdentity;
use super::submission::Signed;
use crate::outbox::{BodyOf, ComposeError, Composed, Composer, Composing};
use crate::store::Store;

/// Makes the bodies of one device's documents.
pub(super) struct Bodies {
    pub(super) scope: String,
    pub(super) seller: Arc<Seller>,
    pub(super) dialect: Dialect,
    pub(super) payment_codes: Arc<RwLock<PaymentCodes>>,
    pub(super) store: Arc<dyn Store>,
    pub(super) identity: Arc<RwLock<Option<DeviceIdentity>>>,
}

impl Composer for Bodies {
    fn compose<'a>(&'a self, operation: Operation, document: &'a [u8], number: Option<u64>) -> Composing<'a> {
        Box::pin(async move {
            let unsendable = || ComposeError::Unsendable(format!("{} needs a number", operation.name()));
            let body = match operation {
                Operation::SaveSale => {
                    let invoice: Invoice = stored(document)?;
                    return self.sale(invoice, number.ok_or_else(unsendable)?).await;
                }
                Operation::SaveItem => item_body(&stored::<Item>(document)?, &self.seller, self.dialect),
                Operation::SaveStockMovement => {
                    let movement: StockMovement = stored(document)?;
                    stock_movement_body(&movement, &self.seller, self.dialect, number.ok_or_else(unsendable)?)
                }
                Operation::SaveStockMaster => {
                    stock_balance_body(&stored::<StockBalance>(document)?, &self.seller, self.dialect)
                }
                other => {
                    let message = format!("{} does not go through the outbox", other.name());
                    return Err(ComposeError::Unsendable(message));
                }
            };
            Ok(Composed { body, document: None })
        })
    }
}

impl Bodies {
    /// The bytes of an invoice that was checked just now, once its number is known; `None` while it waits for another.
    pub(super) fn of(self: &Arc<Self>, invoice: Invoice) -> Option<BodyOf> {
        let bodies = self.clone();
        waited_for(&invoice).is_none().then(|| Box::new(move |number| bodies.sale_body(&invoice, number)) as BodyOf)
    }

    async fn sale(&self, invoice: Invoice, number: u64) -> Result<Composed, ComposeError> {
        let Some(reference) = waited_for(&invoice) else {
            let body = self.sale_body(&invoice, number);
            return Ok(Composed { body, document: None });
        };
        let row = self.store.find(&self.scope, Operation::SaveSale, &reference).await.map_err(ComposeError::Store)?;
        let identity = self.identity.read().expect("no code that holds this lock panics").clone();
        let original = row.and_then(|row| Signed::of(&row, identity.as_ref()));
        let original = original
            .ok_or_else(|| ComposeError::Unsendable(format!("its original {reference} has no signed receipt here")))?;
        let invoice = invoice.with_signed_original(original.invoice_number, original.cu_invoice_number());
        let document = serde_json::to_vec(&invoice).expect("an invoice holds nothing that JSON cannot express");
        let body = self.sale_body(&invoice, number);
        Ok(Composed { body, document: Some(document) })
    }

    fn sale_body(&self, invoice: &Invoice, number: u64) -> Vec<u8> {
        let payment_codes = self.payment_codes.read().expect("no code that holds this lock panics");
        sale_body(invoice, &self.seller, &payment_codes, number)
    }
}

/// The sale whose numbers a credit note does not have yet.
fn waited_for(invoice: &Invoice) -> Option<String> {
    let credit = invoice.credits().filter(|credit| credit.original_invoice_number == 0)?;
    credit.original_reference.clone()
}

fn stored<T: DeserializeOwned>(document: &[u8]) -> Result<T, ComposeError> {
    serde_json::from_slice(document)
        .map_err(|error| ComposeError::Unsendable(format!("the stored document cannot be read: {error}")))
}
