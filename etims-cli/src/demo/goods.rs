//! What the demo shop sells and the documents it issues.

use etims_core::codes::{ItemType, StockMovementType, TaxType};
use etims_core::document::{ItemDraft, StockLineDraft, StockMovementDraft};
use etims_core::money::{Quantity, UnitPrice};
use etims_core::party::Operator;
use etims_core::time::Timestamp;
use rust_decimal::Decimal;

/// The documents of `examples/invoices`, carried along so that the command works anywhere.
pub(super) const DOCUMENTS: [(&str, &str); 7] = [
    ("mixed bands with a service", include_str!("../../../examples/invoices/01-mixed-bands.json")),
    ("quantity 24", include_str!("../../../examples/invoices/02-quantity-24.json")),
    ("walk-in buyer", include_str!("../../../examples/invoices/03-walk-in.json")),
    (
        "split payments and a discount that does not divide",
        include_str!("../../../examples/invoices/04-split-payments.json"),
    ),
    ("zero-rated export", include_str!("../../../examples/invoices/05-export.json")),
    ("ten lines on credit", include_str!("../../../examples/invoices/06-ten-lines.json")),
    ("tax-exclusive prices", include_str!("../../../examples/invoices/07-tax-exclusive.json")),
];

/// Pieces of every good put on the shelf.
const OPENING_STOCK: u32 = 1000;

/// Code, type, classification, name, tax band, usual price in shillings.
const ITEMS: [(&str, ItemType, &str, &str, TaxType, u32); 4] = [
    ("KE2NTNO0000001", ItemType::Goods, "1010150000", "Maize flour 2 kg", TaxType::B, 580),
    ("KE2NTNO0000002", ItemType::Goods, "1010000000", "Unprocessed milk 500 ml", TaxType::A, 65),
    ("KE3NTNO0000003", ItemType::Service, "9901200000", "Design work for export", TaxType::C, 8000),
    ("KE3NTNO0000004", ItemType::Service, "1010150800", "Delivery in Nairobi", TaxType::B, 350),
];

fn clerk() -> Operator {
    Operator { id: Some("till1".to_owned()), name: Some("Asha".to_owned()) }
}

/// A good in band B, an exempt good in A, a zero-rated service in C, a service in B.
pub(super) fn items() -> Vec<ItemDraft> {
    let item = |(code, item_type, classification, name, tax, price): (&str, _, &str, &str, _, u32)| ItemDraft {
        code: code.to_owned(),
        item_type,
        classification: classification.to_owned(),
        name: name.to_owned(),
        origin: "KE".to_owned(),
        packaging: "NT".to_owned(),
        unit: "NO".to_owned(),
        tax,
        price: Decimal::from(price),
        barcode: None,
        operator: Some(clerk()),
    };
    ITEMS.map(item).into()
}

/// Opening stock of every good; services have none.
pub(super) fn opening_stock(occurred_at: Timestamp) -> StockMovementDraft {
    let goods = items().into_iter().filter(|item| item.item_type.has_stock());
    let line = |item: ItemDraft| StockLineDraft {
        item_code: item.code,
        classification: item.classification,
        name: item.name,
        packaging: item.packaging,
        unit: item.unit,
        quantity: Quantity::new(Decimal::from(OPENING_STOCK)),
        unit_price: UnitPrice::new(item.price),
        tax: item.tax,
    };
    StockMovementDraft {
        kind: StockMovementType::AdjustmentIn,
        occurred_at,
        lines: goods.map(line).collect(),
        original_number: 0,
        remark: Some("opening stock".to_owned()),
        operator: Some(clerk()),
    }
}

/// The balance of every good after the opening stock.
pub(super) fn opening_balances() -> Vec<(String, Quantity)> {
    let goods = items().into_iter().filter(|item| item.item_type.has_stock());
    goods.map(|item| (item.code, Quantity::new(Decimal::from(OPENING_STOCK)))).collect()
}
