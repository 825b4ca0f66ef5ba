//! Items, stock movements and balances.

use etims_core::document::{Item, ItemDraft, StockBalance, StockMovement, StockMovementDraft};
use etims_core::journal::{self, Hash};
use etims_core::money::Quantity;
use etims_core::party::Operator;
use etims_core::wire::Operation;

use super::submission::Ticket;
use super::{Device, touching};
use crate::error::Error;
use crate::store::NewSubmission;

impl Device {
    /// Registers an item, or changes it. `reference` is the caller's, like an invoice's.
    ///
    /// # Errors
    /// As [`Device::submit`].
    pub async fn register_item(&self, reference: &str, draft: &ItemDraft) -> Result<Ticket, Error> {
        self.ready()?;
        let item = Item::check(draft, &self.settings())?;
        let document = serde_json::to_vec(&item).expect("an item holds nothing that JSON cannot express");
        let new = NewSubmission {
            touches: vec![draft.code.clone()],
            ..self.new_submission(Operation::SaveItem, reference, digest_of(draft), document)?
        };
        self.hand_in(reference, new).await
    }

    /// Reports a stock movement. It waits for the registration of its items.
    ///
    /// # Errors
    /// As [`Device::submit`].
    pub async fn move_stock(&self, reference: &str, draft: &StockMovementDraft) -> Result<Ticket, Error> {
        self.ready()?;
        let movement = StockMovement::check(draft, &self.settings())?;
        let document = serde_json::to_vec(&movement).expect("a movement holds nothing that JSON cannot express");
        let codes: Vec<String> = draft.lines.iter().map(|line| line.item_code.clone()).collect();
        let new = NewSubmission {
            issued_at: draft.occurred_at.timestamp_millis(),
            waits: codes.iter().map(|code| touching(Operation::SaveItem, code)).collect(),
            touches: codes,
            ..self.new_submission(Operation::SaveStockMovement, reference, digest_of(draft), document)?
        };
        self.hand_in(reference, new).await
    }

    /// Reports what is left of an item. It waits for the item's movements.
    ///
    /// # Errors
    /// As [`Device::submit`].
    pub async fn report_balance(
        &self,
        reference: &str,
        item_code: &str,
        remaining: Quantity,
        operator: Option<Operator>,
    ) -> Result<Ticket, Error> {
        self.ready()?;
        let balance = StockBalance::check(item_code, remaining, operator)?;
        let document = serde_json::to_vec(&balance).expect("a balance holds nothing that JSON cannot express");
        let new = NewSubmission {
            waits: [Operation::SaveItem, Operation::SaveStockMovement].map(|of| touching(of, item_code)).to_vec(),
            touches: vec![item_code.to_owned()],
            ..self.new_submission(Operation::SaveStockMaster, reference, digest_of(&balance), document)?
        };
        self.hand_in(reference, new).await
    }

    async fn hand_in(&self, reference: &str, new: NewSubmission) -> Result<Ticket, Error> {
        let submitted = self.inner.outbox.submit(new, None).await?;
        Ok(Ticket::new(reference.to_owned(), submitted, Vec::new()))
    }
}

fn digest_of(draft: &impl serde::Serialize) -> Hash {
    journal::digest(&serde_json::to_vec(draft).expect("a draft holds nothing that JSON cannot express"))
}
