//! The two faces of the embedded font, and how wide text is in them.

use std::borrow::Cow;

use ttf_parser::{Face, GlyphId};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Noto Sans, Latin blocks: see `fonts/README.md`.
const REGULAR: &[u8] = include_bytes!("../fonts/NotoSans-Latin-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/NotoSans-Latin-Bold.ttf");

/// Shown for a character the font lacks.
const MISSING: char = '\u{fffd}';

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both faces, read once for each file.
pub(super) struct Fonts {
    faces: [Face<'static>; 2],
}

impl Fonts {
    pub(super) fn new() -> Fonts {
        let read = |data| Face::parse(data, 0).expect("the shipped fonts are read in every test");
        Fonts { faces: [read(REGULAR), read(BOLD)] }
    }

    pub(super) fn face(&self, weight: Weight) -> &Face<'static> {
        &self.faces[weight as usize]
    }

    /// The font file.
    pub(super) fn data(weight: Weight) -> &'static [u8] {
        match weight {
            Weight::Regular => REGULAR,
            Weight::Bold => BOLD,
        }
    }

    /// The glyphs of a text with the characters they stand for.
    pub(super) fn glyphs(&self, weight: Weight, text: &str) -> impl Iterator<Item = (GlyphId, char)> {
        let face = self.face(weight);
        let composed = if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect::<String>()) };
        let characters: Vec<char> = composed.chars().collect();
        characters.into_iter().map(move |character| match face.glyph_index(character) {
            Some(glyph) => (glyph, character),
            None => (face.glyph_index(MISSING).unwrap_or(GlyphId(0)), MISSING),
        })
    }

    /// Width of a text in thousandths of a point.
    pub(super) fn width(&self, weight: Weight, size: i32, text: &str) -> i32 {
        let face = self.face(weight);
        let advance = |glyph| i64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
        let units: i64 = self.glyphs(weight, text).map(|(glyph, _)| advance(glyph)).sum();
        let width = units * i64::from(size) / i64::from(face.units_per_em());
        i32::try_from(width).unwrap_or(i32::MAX)
    }
}
