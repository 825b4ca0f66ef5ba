//! KRA's code tables as types.
//!
//! * Short closed tables are enums ([`TaxType`], [`PaymentMethod`], [`CreditReason`], …) with `code()` (what goes over
//!   the wire), `name()` (KRA's words) and `word()` (how our own documents write it).
//! * Long tables are static data behind small copyable types ([`Country`], [`PackagingUnit`], [`QuantityUnit`],
//!   [`Currency`], [`Bank`], [`TaxOffice`], [`ItemClass`]) that can be searched by name.
//! * KRA adds codes without notice. Wherever a code can come from KRA, or is to be passed on to KRA unseen, use
//!   [`Code<T>`]: it holds a code of the table or any other text, which it writes back unchanged.
//! * [`ItemCode`] builds and reads the composed code under which an item is registered.
//!
//! ```
//! use etims_core::codes::{Code, PackagingUnit, TaxType};
//!
//! assert_eq!(TaxType::B.designation(), "B-16%");
//! let bottle = PackagingUnit::search("bottle").next().expect("KRA knows bottles");
//! assert_eq!((bottle.code(), bottle.name()), ("BC", "Bottlecrate"));
//!
//! let new = Code::<PackagingUnit>::new("Q7");
//! assert_eq!((new.known(), new.as_str()), (None, "Q7"));
//! ```
//!
//! Every table is printed in `docs/codes.md`; [`tables`] lists them at run time.

mod closed;
mod code;
mod credit_reason;
mod item_class;
mod item_code;
mod item_type;
mod listed;
mod payment;
mod result_code;
mod stock;
mod table;
mod tax_type;
mod taxpayer;
mod transaction;

pub use code::{Code, Coded};
pub use credit_reason::CreditReason;
pub use item_class::{CategoryLevel, ItemClass};
pub use item_code::{ItemCode, ItemCodeError, ItemCodeParts};
pub use item_type::ItemType;
pub use listed::{Bank, Country, Currency, PackagingUnit, QuantityUnit, TaxOffice};
pub use payment::{PaymentCodes, PaymentMethod};
pub use result_code::{ResultClass, ResultCode, Retry};
pub use stock::{Direction, ImportStatus, InventoryAdjustmentReason, StockMovementType};
pub use table::{CodeRow, CodeTable};
pub use tax_type::TaxType;
pub use taxpayer::{BranchStatus, Locale, TaxpayerStatus, VatStatus};
pub use transaction::{
    PurchaseReceiptType, PurchaseStatus, ReceiptType, RegistrationType, TransactionProgress, TransactionType,
};

/// Every table of this module, in the order of KRA's class numbers; those without a class come last.
pub fn tables() -> [&'static CodeTable; 26] {
    [
        TaxType::table(),
        Country::table(),
        PaymentMethod::table(),
        BranchStatus::table(),
        QuantityUnit::table(),
        TransactionProgress::table(),
        StockMovementType::table(),
        TransactionType::table(),
        TaxpayerStatus::table(),
        PackagingUnit::table(),
        ItemType::table(),
        ImportStatus::table(),
        RegistrationType::table(),
        CreditReason::table(),
        Currency::table(),
        PurchaseStatus::table(),
        InventoryAdjustmentReason::table(),
        Bank::table(),
        ReceiptType::table(),
        PurchaseReceiptType::table(),
        TaxOffice::table(),
        Locale::table(),
        CategoryLevel::table(),
        VatStatus::table(),
        ResultCode::table(),
        ItemClass::table(),
    ]
}
