//! A camera: dots in, address out, by a decoder that shares nothing with the encoder.

/// A picture in dots; true is dark.
#[derive(PartialEq, Eq)]
pub(crate) struct Dots {
    pub(crate) width: usize,
    pub(crate) dark: Vec<bool>,
}

impl Dots {
    pub(crate) fn white(width: usize, height: usize) -> Dots {
        Dots { width, dark: vec![false; width * height] }
    }

    /// Darkens a rectangle; what lies outside is cut off.
    pub(crate) fn fill(&mut self, x: usize, y: usize, width: usize, height: usize) {
        let rows = self.dark.len() / self.width;
        for row in y..(y + height).min(rows) {
            let right = (x + width).min(self.width);
            self.dark[row * self.width + x.min(right)..row * self.width + right].fill(true);
        }
    }

    /// Every address found in the picture.
    pub(crate) fn scan(&self) -> Vec<String> {
        let shade = |x: usize, y: usize| if self.dark[y * self.width + x] { 0 } else { 255 };
        let height = self.dark.len() / self.width;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width, height, shade);
        let grids = image.detect_grids();
        grids.into_iter().filter_map(|grid| grid.decode().ok()).map(|(_, content)| content).collect()
    }
}

/// Draws an SVG image `scale` dots to a unit, as a browser would.
pub(crate) fn draw_svg(svg: &str, scale: u8) -> Dots {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).expect("an SVG image");
    let size = tree.size().to_int_size().scale_by(f32::from(scale)).expect("a size");
    let mut picture = resvg::tiny_skia::Pixmap::new(size.width(), size.height()).expect("a size");
    let scale = resvg::tiny_skia::Transform::from_scale(f32::from(scale), f32::from(scale));
    resvg::render(&tree, scale, &mut picture.as_mut());
    let dark = picture.pixels().iter().map(|pixel| pixel.red() < 128).collect();
    Dots { width: size.width() as usize, dark }
}

/// Reads a PNG in shades of grey.
#[cfg(feature = "png")]
pub(crate) fn read_png(bytes: &[u8]) -> Dots {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG");
    let mut shades = vec![0; reader.output_buffer_size().expect("a small picture")];
    let info = reader.next_frame(&mut shades).expect("a picture");
    Dots { width: info.width as usize, dark: shades.iter().map(|shade| *shade < 128).collect() }
}

/// Draws half blocks as a terminal with square modules would.
pub(crate) fn draw_blocks<'a>(lines: impl IntoIterator<Item = &'a str>, scale: usize) -> Dots {
    let lines: Vec<Vec<char>> = lines.into_iter().map(|line| line.chars().collect()).collect();
    let width = lines.iter().map(Vec::len).max().unwrap_or(0) + 8;
    let mut dots = Dots::white(width * scale, (2 * lines.len() + 8) * scale);
    for (row, line) in lines.iter().enumerate() {
        for (column, block) in line.iter().enumerate() {
            let (x, y) = ((column + 4) * scale, (2 * row + 4) * scale);
            match block {
                '█' => dots.fill(x, y, scale, 2 * scale),
                '▀' => dots.fill(x, y, scale, scale),
                '▄' => dots.fill(x, y + scale, scale, scale),
                _ => {}
            }
        }
    }
    dots
}
