//! Receipts as KRA accepts them: one [`ReceiptView`] made from a document and KRA's answer, and renderers that draw it.
//!
//! The view decides what is printed and in which order; a renderer decides only how it looks. Text, HTML and the QR code
//! as SVG are always there; `escpos`, `pdf` and `png` are features.

#[cfg(feature = "escpos")]
mod code_page;
mod columns;
mod compose;
#[cfg(feature = "escpos")]
mod escpos;
mod figures;
mod html;
mod labels;
#[cfg(feature = "pdf")]
mod pdf;
#[cfg(any(feature = "escpos", feature = "pdf"))]
mod picture;
pub mod qr;
#[cfg(any(feature = "escpos", feature = "png"))]
mod raster;
mod symbol;
mod text;
mod view;
mod wrap;

#[cfg(feature = "escpos")]
pub use code_page::CodePage;
#[cfg(feature = "escpos")]
pub use escpos::{Cut, EscPos, EscPosQr};
pub use html::HtmlPage;
pub use labels::{Labels, LabelsError};
#[cfg(feature = "pdf")]
pub use pdf::PdfPage;
pub use symbol::{ErrorCorrection, QUIET_ZONE, Symbol, TooLong};
pub use text::{Columns, ColumnsError, TextQr};
pub use view::{
    Block, DeviceIdentity, Fact, FactForm, Item, Items, LineRole, Logo, LogoSlot, Print, PrintOptions, ReceiptError,
    ReceiptView, Section, TaxTable,
};
