//! Receipts: every kind in every rendering against golden files and templates, at every width, read back by decoders
//! that know nothing of how they were made.

mod cases;
#[cfg(feature = "escpos")]
mod escpos;
mod golden;
mod html;
mod labels;
#[cfg(feature = "pdf")]
mod pdf;
mod qr;
mod scan;
mod templates;
mod view;
mod widths;
