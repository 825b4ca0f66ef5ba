//! A receipt as bytes for a thermal printer that speaks ESC/POS.
//!
//! The lines are those of the text renderer, so that paper and electronic journal agree; on top come bold, the double
//! height KRA demands, logos and the QR code in dots, feed and cut. Source of the commands: Epson's ESC/POS reference.

use std::borrow::Cow;

use super::code_page::CodePage;
use super::columns::{Strip, Weight, centred, lay_out_safe};
use super::raster::Raster;
use super::symbol::{ErrorCorrection, Symbol};
use super::text::Columns;
use super::view::{Logo, ReceiptView};

/// Dots of a character's width in font A.
const DOTS_PER_COLUMN: usize = 12;
/// Dots of a QR module: 0.75 mm at 203 dpi, large enough for a worn print head.
const DOTS_PER_MODULE: u8 = 6;
/// Logos are no higher than this: 20 mm at 203 dpi.
const LOGO_HEIGHT: usize = 160;

const ESC: u8 = 0x1b;
const GS: u8 = 0x1d;

/// How the QR code gets onto the paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EscPosQr {
    /// The printer draws it (`GS ( k`).
    #[default]
    Native,
    /// It is sent as a picture (`GS v 0`), for printers that cannot draw one.
    Raster,
}

/// What happens after the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// Paper is fed, nothing is cut.
    None,
    /// Cut but for one point.
    #[default]
    Partial,
    /// Cut through.
    Full,
}

/// The printer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EscPos {
    /// Width in characters of font A, 12 dots each.
    pub columns: Columns,
    /// How the QR code is made.
    pub qr: EscPosQr,
    /// Which characters the printer has.
    pub code_page: CodePage,
    /// What happens at the end.
    pub cut: Cut,
}

impl ReceiptView {
    /// Draws the receipt for a thermal printer.
    pub fn escpos(&self, printer: &EscPos) -> Vec<u8> {
        let columns = printer.columns.get();
        let mut out = Commands { bytes: Vec::with_capacity(8 * 1024), printer };
        out.command(&[ESC, b'@']);
        printer.code_page.select().iter().for_each(|number| out.command(&[ESC, b't', *number]));
        for strip in lay_out_safe(self, columns, |text| printer.code_page.safe(text)) {
            match strip {
                Strip::Text(line, weight) => out.line(&line, weight),
                Strip::Logo(logo) => out.logo(logo),
                Strip::Qr(url) => out.qr(url),
            }
        }
        out.end();
        out.bytes
    }
}

struct Commands<'a> {
    bytes: Vec<u8>,
    printer: &'a EscPos,
}

impl Commands<'_> {
    fn command(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn line(&mut self, line: &str, weight: Weight) {
        let (on, off): (&[u8], &[u8]) = match weight {
            Weight::Plain => (&[], &[]),
            Weight::Bold => (&[ESC, b'E', 1], &[ESC, b'E', 0]),
            // Twice the height, single width: the sentence must fit the narrowest paper on one line.
            Weight::Tall => (&[ESC, b'E', 1, GS, b'!', 0x01], &[GS, b'!', 0x00, ESC, b'E', 0]),
        };
        self.command(on);
        self.printer.code_page.encode(line.trim_end(), &mut self.bytes);
        self.bytes.push(b'\n');
        self.command(off);
    }

    fn dots(&self) -> usize {
        self.printer.columns.get() * DOTS_PER_COLUMN
    }

    fn logo(&mut self, logo: &Logo) {
        let picture = logo.png.as_deref().and_then(|png| Raster::from_png(png, self.dots(), LOGO_HEIGHT));
        match picture {
            Some(picture) => self.picture(&picture),
            None => {
                let text: Cow<'_, str> = self.printer.code_page.safe(&logo.text);
                self.line(&centred(&text, self.printer.columns.get()), Weight::Plain);
            }
        }
    }

    fn qr(&mut self, url: &str) {
        match self.printer.qr {
            EscPosQr::Native => self.native_qr(url),
            EscPosQr::Raster => {
                if let Ok(symbol) = Symbol::new(url, ErrorCorrection::Medium) {
                    self.picture(&Raster::from_symbol(&symbol, usize::from(DOTS_PER_MODULE)));
                }
            }
        }
    }

    /// Model 2, module size, level M, data, print.
    fn native_qr(&mut self, url: &str) {
        self.command(&[ESC, b'a', 1]);
        self.command(&[GS, b'(', b'k', 4, 0, 0x31, 0x41, 0x32, 0]);
        self.command(&[GS, b'(', b'k', 3, 0, 0x31, 0x43, DOTS_PER_MODULE]);
        self.command(&[GS, b'(', b'k', 3, 0, 0x31, 0x45, 0x31]);
        let [low, high] = u16::try_from(url.len() + 3).unwrap_or(u16::MAX).to_le_bytes();
        self.command(&[GS, b'(', b'k', low, high, 0x31, 0x50, 0x30]);
        self.command(url.as_bytes());
        self.command(&[GS, b'(', b'k', 3, 0, 0x31, 0x51, 0x30]);
        self.command(&[b'\n', ESC, b'a', 0]);
    }

    fn picture(&mut self, picture: &Raster) {
        let bytes_across = picture.width().div_ceil(8);
        let [x_low, x_high] = u16::try_from(bytes_across).unwrap_or(u16::MAX).to_le_bytes();
        let [y_low, y_high] = u16::try_from(picture.height()).unwrap_or(u16::MAX).to_le_bytes();
        self.command(&[ESC, b'a', 1]);
        self.command(&[GS, b'v', b'0', 0, x_low, x_high, y_low, y_high]);
        self.command(&picture.packed());
        self.command(&[ESC, b'a', 0]);
    }

    fn end(&mut self) {
        self.command(&[ESC, b'd', 4]);
        match self.printer.cut {
            Cut::None => {}
            Cut::Partial => self.command(&[GS, b'V', 1]),
            Cut::Full => self.command(&[GS, b'V', 0]),
        }
    }
}
