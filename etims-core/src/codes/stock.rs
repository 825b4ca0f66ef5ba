use super::closed::closed_codes;

closed_codes! {
    /// Why stock moves (eTIMS `sarTyCd`).
    StockMovementType, class Some("12"), title "stock movement type", source "KRA OSCU specification v2.0 §4.15; live code list",
    /// In: cleared from customs.
    Import = "01", "import", "Import";
    /// In: bought.
    Purchase = "02", "purchase", "Purchase";
    /// In: a buyer brought goods back.
    ReturnIn = "03", "return_in", "Return";
    /// In: from another branch.
    MovementIn = "04", "movement_in", "Stock Movement";
    /// In: made from other items.
    ProcessingIn = "05", "processing_in", "Processing";
    /// In: correction upwards; the opening stock too.
    AdjustmentIn = "06", "adjustment_in", "Adjustment";
    /// Out: sold.
    Sale = "11", "sale", "Sale";
    /// Out: given back to a supplier.
    ReturnOut = "12", "return_out", "Return";
    /// Out: to another branch.
    MovementOut = "13", "movement_out", "Stock Movement";
    /// Out: used to make other items.
    ProcessingOut = "14", "processing_out", "Processing";
    /// Out: thrown away.
    Discarding = "15", "discarding", "Discarding";
    /// Out: correction downwards.
    AdjustmentOut = "16", "adjustment_out", "Adjustment";
}

/// Whether stock grows or shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Stock grows.
    In,
    /// Stock shrinks.
    Out,
}

impl StockMovementType {
    /// Whether stock grows or shrinks.
    pub fn direction(self) -> Direction {
        if self < StockMovementType::Sale { Direction::In } else { Direction::Out }
    }
}

closed_codes! {
    /// State of a customs line waiting to be taken into stock (eTIMS `imptItemSttsCd`).
    ImportStatus, class Some("26"), title "import item status", source "KRA OSCU specification v2.0 §4.16",
    /// Not sent yet.
    Unsent = "1", "unsent", "Unsent";
    /// Waiting for the importer.
    Waiting = "2", "waiting", "Waiting";
    /// Taken into stock.
    Approved = "3", "approved", "Approved";
    /// Not taken (some programs say "rejected").
    Cancelled = "4", "cancelled", "Cancelled";
}

closed_codes! {
    /// Why stock is corrected. In KRA's live list only; no call carries it.
    InventoryAdjustmentReason, class Some("35"), title "inventory adjustment reason", source "live code list",
    /// Cargo in transit, out.
    TransitOut = "01", "transit_out", "Cargo Transit Out";
    /// Cargo in transit, in.
    TransitIn = "02", "transit_in", "Cargo Transit In";
    /// Correction upwards.
    AdjustmentIn = "03", "adjustment_in", "Adjustment In";
    /// Correction downwards.
    AdjustmentOut = "04", "adjustment_out", "Adjustment Out";
    /// Thrown away.
    Discarding = "05", "discarding", "Discarding";
    /// Raw material used up.
    ProcessingRaw = "06", "processing_raw", "Processing Raw";
    /// Product made.
    ProcessingResult = "07", "processing_result", "Processing Result";
}
