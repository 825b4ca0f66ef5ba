//! A receipt as plain text: for terminals, for printers that take lines, for the electronic journal.

use super::columns::{Strip, broken, centred, lay_out};
use super::symbol::{ErrorCorrection, Symbol};
use super::view::ReceiptView;

/// Width of the paper in characters: 32 on 58 mm, 42 to 48 on 80 mm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(usize);

/// A width no receipt fits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} columns: use 32 to 120; printers have 32, 42, 44 or 48")]
pub struct ColumnsError(usize);

impl Columns {
    /// The internal data with its dashes must fit on a line.
    pub const NARROWEST: usize = 32;
    /// Wider lines are hard to read.
    pub const WIDEST: usize = 120;

    /// Takes a number of characters.
    ///
    /// # Errors
    /// [`ColumnsError`] outside 32 to 120.
    pub fn new(columns: usize) -> Result<Columns, ColumnsError> {
        (Columns::NARROWEST..=Columns::WIDEST)
            .contains(&columns)
            .then_some(Columns(columns))
            .ok_or(ColumnsError(columns))
    }

    /// The number of characters.
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for Columns {
    /// 48: an 80 mm printer's standard font.
    fn default() -> Columns {
        Columns(48)
    }
}

/// How the QR code stands in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextQr {
    /// Half blocks, dark on light: for paper and light screens. Its address where the paper is too narrow.
    #[default]
    Blocks,
    /// Half blocks in black on white by escape codes: scannable on a terminal of any colour.
    Terminal,
    /// `[QR]`, where something else draws it.
    Mark,
}

/// Black on white, whatever the terminal's colours.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const PLAIN: &str = "\u{1b}[0m";

impl ReceiptView {
    /// Draws the receipt in characters. No line is wider than `columns` (East Asian wide characters count two).
    pub fn text(&self, columns: Columns, qr: TextQr) -> String {
        let columns = columns.get();
        let mut text = String::with_capacity(64 * (columns + 1));
        let mut put = |line: &str| {
            text.push_str(line.trim_end());
            text.push('\n');
        };
        let mut symbol = String::new();
        for strip in lay_out(self, columns) {
            match strip {
                Strip::Text(line, _) => put(&line),
                Strip::Logo(logo) => put(&centred(&logo.text, columns)),
                Strip::Qr(url) => {
                    symbol.clear();
                    draw(url, columns, qr, &mut symbol);
                    symbol.lines().for_each(&mut put);
                }
            }
        }
        text
    }
}

fn draw(url: &str, columns: usize, qr: TextQr, text: &mut String) {
    if qr == TextQr::Mark {
        text.push_str(&centred("[QR]", columns));
        return;
    }
    // The smallest symbol: the usual level M does not fit 48 columns.
    let blocks = Symbol::new(url, ErrorCorrection::Low).ok().and_then(|symbol| symbol.half_blocks(columns));
    let Some(blocks) = blocks else {
        text.push_str(&broken(url, columns).join("\n"));
        return;
    };
    for line in blocks {
        let indent = (columns - line.chars().count()) / 2;
        text.extend(std::iter::repeat_n(' ', indent));
        match qr {
            TextQr::Terminal => text.extend([BLACK_ON_WHITE, line.as_str(), PLAIN, "\n"]),
            TextQr::Blocks | TextQr::Mark => text.extend([line.as_str(), "\n"]),
        }
    }
}
