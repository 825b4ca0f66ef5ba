//! The documents of a business: what callers fill and what is valid by construction.

mod amounts;
mod check;
mod credit;
mod debug;
mod draft;
mod fields;
mod invoice;
mod item;
mod read;
mod stock;

pub use credit::Original;
pub use draft::{
    CreditDraft, CreditLineDraft, Currency, DiscountDraft, InsuranceDraft, InvoiceDraft, Kind, LineDraft, Messages,
    Mode, OriginalDraft, PaymentDraft, Prices,
};
pub use invoice::{
    BasketDiscount, Credit, CreditedPart, ForeignLine, ForeignTotals, Insurance, Invoice, Line, Payment, Split,
};
pub use item::{Item, ItemDraft};
pub use read::Unreadable;
pub use stock::{StockBalance, StockLine, StockLineDraft, StockMovement, StockMovementDraft};
