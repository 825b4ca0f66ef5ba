//! Pictures in black and white dots.

use super::symbol::{QUIET_ZONE, Symbol};

/// A picture of dots, black or white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raster {
    width: usize,
    black: Vec<bool>,
}

impl Raster {
    /// A QR symbol with its quiet zone, `scale` dots to a module.
    pub(super) fn from_symbol(symbol: &Symbol, scale: usize) -> Raster {
        let width = (symbol.size() + 2 * QUIET_ZONE) * scale;
        let mut black = vec![false; width * width];
        for row in 0..symbol.size() {
            for (column, length) in symbol.runs(row) {
                let start = (column + QUIET_ZONE) * scale;
                for y in (row + QUIET_ZONE) * scale..(row + QUIET_ZONE + 1) * scale {
                    black[y * width + start..y * width + start + length * scale].fill(true);
                }
            }
        }
        Raster { width, black }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.black.len() / self.width
    }

    /// Rows of bytes, the leftmost dot in the highest bit; 1 is black.
    pub(super) fn packed(&self) -> Vec<u8> {
        let pack =
            |dots: &[bool]| dots.iter().enumerate().fold(0, |byte, (bit, dot)| byte | u8::from(*dot) << (7 - bit));
        self.black.chunks(self.width).flat_map(|row| row.chunks(8).map(pack)).collect()
    }
}

#[cfg(feature = "escpos")]
impl Raster {
    /// A logo, made smaller until it fits; `None` when the bytes are no PNG. Grey becomes dots by the mean of each area.
    pub(super) fn from_png(png: &[u8], widest: usize, highest: usize) -> Option<Raster> {
        let picture = super::picture::Picture::from_png(png)?;
        let divisor = picture.width.div_ceil(widest).max(picture.height.div_ceil(highest)).max(1);
        let (width, height) = ((picture.width / divisor).max(1), (picture.height / divisor).max(1));
        let dark = |x: usize, y: usize| {
            let (columns, rows) = (x * divisor..(x + 1) * divisor, y * divisor..(y + 1) * divisor);
            let shades = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
            let (sum, count) =
                shades.fold((0, 0), |(sum, count), (column, row)| (sum + picture.shade(column, row), count + 1));
            sum < 128 * count
        };
        let black = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| dark(x, y)).collect();
        Some(Raster { width, black })
    }
}
