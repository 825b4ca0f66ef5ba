use super::closed::closed_codes;

closed_codes! {
    /// What kind of thing an item is (eTIMS `itemTyCd`, the third character of a composed item code).
    ItemType, class Some("24"), title "item type", source "KRA OSCU specification v2.0 §4.3",
    /// Material that goes into products.
    RawMaterial = "1", "raw_material", "Raw Material";
    /// A finished product: anything sold from stock.
    Goods = "2", "goods", "Finished Product";
    /// A service: no stock is kept.
    Service = "3", "service", "Service";
}

impl ItemType {
    /// Whether stock is kept and KRA checks it before a sale.
    pub fn has_stock(self) -> bool {
        self != ItemType::Service
    }
}
