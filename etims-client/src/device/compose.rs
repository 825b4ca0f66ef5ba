use std::sync::Arc;

use etims_core::codes::PaymentCodes;
use etims_core::document::{Invoice, Item, StockBalance, StockMovement};
use etims_core::party::Seller;
use etims_core::wire::{Dialect, Operation, item_body, sale_body, stock_balance_body, stock_movement_body};
use serde::de::DeserializeOwned;

use crate::outbox::Composer;

/// Makes the bodies of one device's documents.
pub(super) struct Bodies {
    pub(super) seller: Arc<Seller>,
    pub(super) dialect: Dialect,
    pub(super) payment_codes: PaymentCodes,
}

impl Composer for Bodies {
    fn compose(&self, operation: Operation, document: &[u8], number: Option<u64>) -> Result<Vec<u8>, String> {
        let numbered = || number.ok_or_else(|| format!("{} needs a number", operation.name()));
        Ok(match operation {
            Operation::SaveSale => {
                let invoice: Invoice = stored(document)?;
                sale_body(&invoice, &self.seller, &self.payment_codes, numbered()?)
            }
            Operation::SaveItem => item_body(&stored::<Item>(document)?, &self.seller, self.dialect),
            Operation::SaveStockMovement => {
                let movement: StockMovement = stored(document)?;
                stock_movement_body(&movement, &self.seller, self.dialect, numbered()?)
            }
            Operation::SaveStockMaster => {
                stock_balance_body(&stored::<StockBalance>(document)?, &self.seller, self.dialect)
            }
            other => return Err(format!("{} does not go through the outbox", other.name())),
        })
    }
}

fn stored<T: DeserializeOwned>(document: &[u8]) -> Result<T, String> {
    serde_json::from_slice(document).map_err(|error| format!("the stored document cannot be read: {error}"))
}
