//! PNG pictures: logos read, QR codes written.

/// A logo in red, green, blue, over white where it is transparent.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Three bytes for each dot.
    pub(super) rgb: Vec<u8>,
}

/// Logos beyond this many dots are refused: a receipt is no poster, and a small file can unpack into gigabytes.
const MOST_DOTS: usize = 16 << 20;

impl Picture {
    /// Unpacks a PNG of any kind; `None` when it is none, broken or too large.
    pub(super) fn from_png(png: &[u8]) -> Option<Picture> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().ok()?;
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        if width.checked_mul(height)? > MOST_DOTS {
            return None;
        }
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut bytes).ok()?;
        let over_white = |value: u8, alpha: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
        };
        let rgb = match frame.color_type {
            png::ColorType::GrayscaleAlpha => {
                bytes.chunks_exact(2).flat_map(|dot| [over_white(dot[0], dot[1]); 3]).collect()
            }
            png::ColorType::Rgba => {
                bytes.chunks_exact(4).flat_map(|dot| [0, 1, 2].map(|c| over_white(dot[c], dot[3]))).collect()
            }
            png::ColorType::Grayscale => bytes.iter().flat_map(|value| [*value; 3]).collect(),
            png::ColorType::Rgb => bytes,
            png::ColorType::Indexed => return None,
        };
        Some(Picture { width, height, rgb }).filter(|picture| picture.rgb.len() >= 3 * width * height)
    }

    /// How light a dot is, 0 to 255.
    #[cfg(feature = "escpos")]
    pub(super) fn shade(&self, column: usize, row: usize) -> u32 {
        let start = 3 * (row * self.width + column);
        let dot = &self.rgb[start..start + 3];
        (299 * u32::from(dot[0]) + 587 * u32::from(dot[1]) + 114 * u32::from(dot[2])) / 1000
    }
}
