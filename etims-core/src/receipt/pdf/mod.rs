//! A receipt as PDF: selectable text in an embedded font, on A4 or on an 80 mm roll, over as many pages as it needs.
//!
//! `layout` turns blocks into strips of marks, `sheet` stacks strips on pages, `write` turns pages into bytes. Lengths
//! are whole thousandths of a point; they become floats only where the file wants them.

mod font;
mod items;
mod layout;
mod sheet;
mod write;

use super::view::ReceiptView;

/// The paper of a PDF receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PdfPage {
    /// Sheets of A4.
    #[default]
    A4,
    /// A till roll of 80 mm, as long as the receipt; beyond a metre it goes on with another page.
    Roll80,
}

impl ReceiptView {
    /// Draws the receipt as a PDF file. The same view always gives the same bytes: nothing in them tells the time.
    pub fn pdf(&self, page: PdfPage) -> Vec<u8> {
        let fonts = font::Fonts::new();
        let sheets = layout::lay_out(self, page, &fonts);
        write::write(self, &sheets, &fonts)
    }
}
