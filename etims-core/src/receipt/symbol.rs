//! The QR symbol of an address: its modules, and its forms as SVG and as text.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules that must surround a symbol (ISO/IEC 18004).
pub const QUIET_ZONE: usize = 4;
/// Half blocks leave less: scanners cope with two modules, and a till's paper is white around them.
const SMALLEST_QUIET_ZONE: usize = 2;

/// How much of a symbol may be lost before it cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCorrection {
    /// 7 %: the smallest symbol, for text.
    Low,
    /// 15 %: for paper.
    Medium,
}

/// A square of dark and light modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    size: usize,
    dark: Vec<bool>,
}

/// The text is longer than any QR code holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is too long for a QR code")]
pub struct TooLong;

impl Symbol {
    /// Encodes an address.
    ///
    /// # Errors
    /// [`TooLong`] beyond about 2300 characters; verification addresses have about 110.
    pub fn new(address: &str, correction: ErrorCorrection) -> Result<Symbol, TooLong> {
        let level = match correction {
            ErrorCorrection::Low => EcLevel::L,
            ErrorCorrection::Medium => EcLevel::M,
        };
        let code = QrCode::with_error_correction_level(address, level).map_err(|_| TooLong)?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Symbol { size: code.width(), dark })
    }

    /// Modules along one side, without the quiet zone.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark; outside the symbol all are light.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.size && row < self.size && self.dark[row * self.size + column]
    }

    /// The dark modules of a row as runs: first column and length.
    pub fn runs(&self, row: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let row = &self.dark[row * self.size..(row + 1) * self.size];
        let mut column = 0;
        std::iter::from_fn(move || {
            column += row[column..].iter().position(|dark| *dark)?;
            let length = row[column..].iter().take_while(|dark| **dark).count();
            let start = column;
            column += length;
            Some((start, length))
        })
    }

    /// A self-contained SVG image, quiet zone included, that scales to any size.
    pub fn svg(&self) -> String {
        let side = self.size + 2 * QUIET_ZONE;
        let mut svg = String::with_capacity(512 + self.size * self.size * 4);
        write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
        )
        .expect("a string takes everything");
        for row in 0..self.size {
            for (column, length) in self.runs(row) {
                write!(svg, "M{} {}h{length}v1h-{length}z", column + QUIET_ZONE, row + QUIET_ZONE)
                    .expect("a string takes everything");
            }
        }
        svg.push_str("\"/></svg>");
        svg
    }

    /// Lines of half blocks, two modules to a character in height, with as much quiet zone as `columns` leaves; `None`
    /// when there is no room for the symbol. Dark modules are blocks: right on paper and on a light screen.
    pub fn half_blocks(&self, columns: usize) -> Option<Vec<String>> {
        let spare = columns.checked_sub(self.size)? / 2;
        if spare < SMALLEST_QUIET_ZONE {
            return None;
        }
        let quiet = spare.min(QUIET_ZONE);
        let side = self.size + 2 * quiet;
        let dark =
            |column: usize, row: usize| column >= quiet && row >= quiet && self.is_dark(column - quiet, row - quiet);
        let line = |row: usize| {
            (0..side)
                .map(|column| match (dark(column, row), dark(column, row + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                })
                .collect()
        };
        Some((0..side).step_by(2).map(line).collect())
    }
}

#[cfg(feature = "png")]
impl Symbol {
    /// A black and white PNG, quiet zone included, `scale` dots to a module (at least 1).
    pub fn png(&self, scale: u8) -> Vec<u8> {
        let raster = super::raster::Raster::from_symbol(self, usize::from(scale.max(1)));
        let side = u32::try_from(raster.width()).expect("a symbol has at most 185 modules of 255 dots");
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // PNG's 1 is white.
        let rows: Vec<u8> = raster.packed().into_iter().map(|byte| !byte).collect();
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&rows));
        written.expect("memory takes every write, and the size is the picture's");
        bytes
    }
}
