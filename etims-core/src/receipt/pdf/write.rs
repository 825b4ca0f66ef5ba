//! From pages of marks to the bytes of a PDF file.

use std::collections::BTreeMap;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{ActionType, AnnotationType, CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use super::font::{Fonts, Weight};
use super::sheet::{Mark, Sheet};
use crate::receipt::picture::Picture;
use crate::receipt::symbol::{ErrorCorrection, QUIET_ZONE, Symbol};
use crate::receipt::view::{Block, LogoSlot, ReceiptView};

/// How characters are numbered in the file: by glyph.
const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Shade of what stands behind or beside the point: 0 is black.
const GREY: f32 = 0.35;
const WATERMARK: f32 = 0.87;
/// Sine and cosine of 30°, the slope of the watermark, in thousandths.
const SLOPE: (i32, i32) = (500, 866);

const WEIGHTS: [Weight; 2] = [Weight::Regular, Weight::Bold];
const SLOTS: [(LogoSlot, &[u8]); 2] = [(LogoSlot::Kra, b"LogoKra"), (LogoSlot::Shop, b"LogoShop")];

fn font_name(weight: Weight) -> Name<'static> {
    match weight {
        Weight::Regular => Name(b"R"),
        Weight::Bold => Name(b"B"),
    }
}

/// Thousandths of a point as points.
#[expect(clippy::float_arithmetic, reason = "lengths on paper, never money; the file format wants floats")]
fn pt(length: i32) -> f32 {
    length as f32 / 1000.0
}

/// Writes the file.
pub(super) fn write(view: &ReceiptView, sheets: &[Sheet], fonts: &Fonts) -> Vec<u8> {
    let mut next = Ref::new(1);
    let mut ids = || next.bump();
    let (catalog, tree, info) = (ids(), ids(), ids());
    let font_ids = WEIGHTS.map(|_| ids());
    let mut pdf = Pdf::with_capacity(64 * 1024);
    pdf.catalog(catalog).pages(tree).lang(TextStr(&view.language));
    let title = format!("{} {}", view.title, view.reference);
    pdf.document_info(info).title(TextStr(&title)).producer(TextStr("etims"));
    let pictures: Vec<(LogoSlot, Ref, Picture)> =
        pictures(view).map(|(slot, picture)| (slot, ids(), picture)).collect();
    for (_, id, picture) in &pictures {
        write_picture(&mut pdf, *id, picture);
    }
    let mut used = WEIGHTS.map(|_| Used { remapper: GlyphRemapper::new(), characters: BTreeMap::new() });
    let page_ids: Vec<Ref> = sheets.iter().map(|_| ids()).collect();
    for (sheet, page_id) in sheets.iter().zip(&page_ids) {
        let mut painter = Painter { fonts, used: &mut used, height: sheet.height, content: Content::new() };
        sheet.marks.iter().for_each(|mark| painter.mark(mark));
        let content = painter.content.finish();
        let content_id = ids();
        let links: Vec<(Ref, Rect, &str)> = links(sheet).map(|(rect, url)| (ids(), rect, url)).collect();
        let mut page = pdf.page(*page_id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, pt(sheet.width), pt(sheet.height))).contents(content_id);
        if !links.is_empty() {
            page.annotations(links.iter().map(|(id, ..)| *id));
        }
        let mut resources = page.resources();
        resources.fonts().pairs(WEIGHTS.iter().zip(font_ids).map(|(weight, id)| (font_name(*weight), id)));
        resources.x_objects().pairs(pictures.iter().map(|(slot, id, _)| (picture_name(*slot), *id)));
        resources.finish();
        page.finish();
        let packed = pack(&content);
        pdf.stream(content_id, &packed).filter(Filter::FlateDecode);
        for (id, rect, url) in links {
            let mut link = pdf.annotation(id);
            link.subtype(AnnotationType::Link).rect(rect).border(0.0, 0.0, 0.0, None);
            link.action().action_type(ActionType::Uri).uri(Str(url.as_bytes()));
        }
    }
    pdf.pages(tree).kids(page_ids.iter().copied()).count(i32::try_from(page_ids.len()).unwrap_or(i32::MAX));
    for ((weight, used), id) in WEIGHTS.iter().zip(&used).zip(font_ids) {
        write_font(&mut pdf, id, &mut ids, fonts, *weight, used);
    }
    pdf.finish()
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.expect("memory takes every write")
}

fn pictures(view: &ReceiptView) -> impl Iterator<Item = (LogoSlot, Picture)> {
    view.blocks().iter().filter_map(|block| match block {
        Block::Logo(logo) => Some((logo.slot, logo.png.as_deref().and_then(Picture::from_png)?)),
        _ => None,
    })
}

fn picture_name(slot: LogoSlot) -> Name<'static> {
    let (_, name) = SLOTS.iter().find(|(known, _)| *known == slot).expect("every slot has a name");
    Name(name)
}

fn write_picture(pdf: &mut Pdf, id: Ref, picture: &Picture) {
    let size = |dots: usize| i32::try_from(dots).unwrap_or(i32::MAX);
    let packed = pack(&picture.rgb);
    let mut image = pdf.image_xobject(id, &packed);
    image.width(size(picture.width)).height(size(picture.height)).bits_per_component(8);
    image.filter(Filter::FlateDecode);
    image.color_space().device_rgb();
}

fn links(sheet: &Sheet) -> impl Iterator<Item = (Rect, &str)> {
    sheet.marks.iter().filter_map(|mark| match mark {
        Mark::Qr { x, y, side, url } => {
            let top = sheet.height - y;
            Some((Rect::new(pt(*x), pt(top - side), pt(x + side), pt(top)), url.as_str()))
        }
        _ => None,
    })
}

/// The glyphs of one face that the file needs.
struct Used {
    remapper: GlyphRemapper,
    /// What each glyph, in its new number, stands for.
    characters: BTreeMap<u16, char>,
}

struct Painter<'a> {
    fonts: &'a Fonts,
    used: &'a mut [Used; 2],
    height: i32,
    content: Content,
}

impl Painter<'_> {
    fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Text { x, y, size, weight, stretch, grey, text } => {
                let matrix = [1.0, 0.0, 0.0, pt(stretch * 10), pt(*x), pt(self.height - y)];
                self.text(*weight, *size, matrix, if *grey { GREY } else { 0.0 }, text);
            }
            Mark::Watermark { x, y, size, width, text } => {
                let (sine, cosine) = SLOPE;
                // Back from the middle by half the width along the slope and half the height across it.
                let (half, rise) = (width / 2, size * 36 / 100);
                let left = x - half * cosine / 1000 + rise * sine / 1000;
                let bottom = self.height - y - half * sine / 1000 - rise * cosine / 1000;
                let matrix = [pt(cosine), pt(sine), pt(-sine), pt(cosine), pt(left), pt(bottom)];
                self.text(Weight::Bold, *size, matrix, WATERMARK, text);
            }
            Mark::Line { x, y, length, dashed } => {
                let y = pt(self.height - y);
                let dashes: &[f32] = if *dashed { &[2.0, 1.5] } else { &[] };
                self.content.set_line_width(0.6).set_dash_pattern(dashes.iter().copied(), 0.0);
                self.content.move_to(pt(*x), y).line_to(pt(x + length), y).stroke();
            }
            Mark::Frame { x, y, width, height } => {
                self.content.set_line_width(0.5).set_dash_pattern([2.0, 2.0], 0.0);
                self.content.rect(pt(*x), pt(self.height - y - height), pt(*width), pt(*height)).stroke();
            }
            Mark::Picture { x, y, width, height, slot } => {
                let matrix = [pt(*width), 0.0, 0.0, pt(*height), pt(*x), pt(self.height - y - height)];
                self.content.save_state().transform(matrix).x_object(picture_name(*slot)).restore_state();
            }
            Mark::Qr { x, y, side, url } => self.qr(*x, *y, *side, url),
        }
    }

    fn text(&mut self, weight: Weight, size: i32, matrix: [f32; 6], shade: f32, text: &str) {
        let used = &mut self.used[weight as usize];
        let mut codes = Vec::with_capacity(2 * text.len());
        for (glyph, character) in self.fonts.glyphs(weight, text) {
            let code = used.remapper.remap(glyph.0);
            used.characters.entry(code).or_insert(character);
            codes.extend(code.to_be_bytes());
        }
        self.content.set_fill_gray(shade).begin_text().set_font(font_name(weight), pt(size));
        self.content.set_text_matrix(matrix).show(Str(&codes)).end_text();
    }

    /// Modules as one filled path, so that no hairlines show between them.
    fn qr(&mut self, x: i32, y: i32, side: i32, url: &str) {
        let Ok(symbol) = Symbol::new(url, ErrorCorrection::Medium) else { return };
        let place = |module: usize| {
            let (module, all) =
                (i64::try_from(module).unwrap_or(0), i64::try_from(symbol.size() + 2 * QUIET_ZONE).unwrap_or(1));
            i32::try_from(i64::from(side) * module / all).unwrap_or(side)
        };
        self.content.set_fill_gray(1.0).rect(pt(x), pt(self.height - y - side), pt(side), pt(side)).fill_nonzero();
        self.content.set_fill_gray(0.0);
        for row in 0..symbol.size() {
            let (top, bottom) = (place(row + QUIET_ZONE), place(row + QUIET_ZONE + 1));
            for (column, length) in symbol.runs(row) {
                let (left, right) = (place(column + QUIET_ZONE), place(column + QUIET_ZONE + length));
                self.content.rect(pt(x + left), pt(self.height - y - bottom), pt(right - left), pt(bottom - top));
            }
        }
        self.content.fill_nonzero();
    }
}

/// A Type 0 font with a subset of the face: glyph numbers are the codes, a table tells their characters.
fn write_font(pdf: &mut Pdf, id: Ref, ids: &mut impl FnMut() -> Ref, fonts: &Fonts, weight: Weight, used: &Used) {
    let face = fonts.face(weight);
    let (cid, descriptor, to_unicode, file) = (ids(), ids(), ids(), ids());
    let subset = subsetter::subset(Fonts::data(weight), 0, &used.remapper).expect("the shipped fonts can be subset");
    let postscript = match weight {
        Weight::Regular => "NotoSans-Regular",
        Weight::Bold => "NotoSans-Bold",
    };
    let name = format!("{}+{postscript}", tag(&used.remapper));
    let name = Name(name.as_bytes());
    // Glyph space has a thousand units to the em, whatever the font has.
    let em = |value: i16| {
        let thousandths = i64::from(value) * 1_000_000 / i64::from(face.units_per_em());
        pt(i32::try_from(thousandths).unwrap_or(0))
    };
    let advance = |glyph| em(i16::try_from(face.glyph_hor_advance(glyph).unwrap_or(0)).unwrap_or(0));
    pdf.type0_font(id)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(to_unicode);
    let mut font = pdf.cid_font(cid);
    font.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY).font_descriptor(descriptor);
    font.cid_to_gid_map_predefined(Name(b"Identity")).default_width(0.0);
    let widths = used.remapper.remapped_gids().map(|glyph| advance(ttf_parser::GlyphId(glyph)));
    font.widths().consecutive(0, widths);
    font.finish();
    let bounds = face.global_bounding_box();
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(em(bounds.x_min), em(bounds.y_min), em(bounds.x_max), em(bounds.y_max)))
        .italic_angle(0.0)
        .ascent(em(face.ascender()))
        .descent(em(face.descender()))
        .cap_height(em(face.capital_height().unwrap_or(0)))
        .stem_v(if weight == Weight::Bold { 140.0 } else { 80.0 })
        .font_file2(file);
    let mut characters = UnicodeCmap::new(Name(b"Receipt"), IDENTITY);
    used.characters.iter().for_each(|(code, character)| characters.pair(*code, *character));
    let packed = pack(&characters.finish());
    pdf.cmap(to_unicode, &packed).filter(Filter::FlateDecode);
    let length = i32::try_from(subset.len()).unwrap_or(i32::MAX);
    let packed = pack(&subset);
    pdf.stream(file, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
}

/// Six letters that differ with the glyphs: programs that join files tell subsets of one font apart by them.
fn tag(glyphs: &GlyphRemapper) -> String {
    let mut hash = glyphs
        .remapped_gids()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, glyph| (hash ^ u64::from(glyph)).wrapping_mul(0x0100_0000_01b3));
    let mut letter = || {
        let letter = b'A' + u8::try_from(hash % 26).unwrap_or(0);
        hash /= 26;
        char::from(letter)
    };
    std::iter::repeat_with(&mut letter).take(6).collect()
}
