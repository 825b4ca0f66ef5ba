//! A PDF reader that knows nothing of the writer: text by the file's own tables, rectangles in dots.
#![allow(clippy::float_arithmetic, reason = "positions on a page")]

use std::collections::BTreeMap;

use etims_core::receipt::{DeviceIdentity, PdfPage, PrintOptions, ReceiptView};
use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object};

use crate::cases::{CASES, Case, answer, document, invoice, seller};
use crate::scan::Dots;

/// A piece of text where it stands, in points from the lower left corner.
struct Run {
    x: f32,
    y: f32,
    size: f32,
    /// Height over width, 1 for plain text.
    stretch: f32,
    slanted: bool,
    width: f32,
    font: String,
    grey: f32,
    text: String,
}

struct Page {
    width: f32,
    height: f32,
    runs: Vec<Run>,
    /// Filled rectangles in black: left, bottom, width, height.
    black: Vec<[f32; 4]>,
    lines: usize,
    pictures: usize,
    links: Vec<String>,
}

pub(crate) struct Pages {
    pages: Vec<Page>,
}

/// The numbers of an operation.
fn numbers(operands: &[Object]) -> Vec<f32> {
    operands.iter().filter_map(|operand| operand.as_float().ok()).collect()
}

/// Advance of each code, from the font's own table.
fn widths(file: &Document, font: &Dictionary) -> Vec<f32> {
    let follow = |object: &Object| file.dereference(object).map(|(_, object)| object.clone()).expect("an object");
    let descendants = follow(font.get(b"DescendantFonts").expect("a composite font"));
    let cid = follow(&descendants.as_array().expect("an array")[0]);
    let table = follow(cid.as_dict().expect("a font").get(b"W").expect("widths"));
    let table = table.as_array().expect("an array");
    assert_eq!(table[0].as_i64().expect("a number"), 0, "widths begin with the first glyph");
    numbers(table[1].as_array().expect("an array"))
}

impl Pages {
    pub(crate) fn read(bytes: &[u8]) -> Pages {
        let file = Document::load_mem(bytes).expect("a PDF");
        let pages = file.get_pages().into_values().map(|id| Page::read(&file, id)).collect();
        Pages { pages }
    }

    /// Everything that can be selected, in the order it was written.
    pub(crate) fn text(&self) -> String {
        let runs = self.pages.iter().flat_map(|page| &page.runs);
        runs.map(|run| run.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// What stands where, to be read by people.
    pub(crate) fn listing(&self) -> String {
        let mut listing = String::new();
        for page in &self.pages {
            let (lines, pictures, links) = (page.lines, page.pictures, page.links.join(" "));
            listing.push_str(&format!(
                "page {:.1} x {:.1}, {lines} lines, {pictures} pictures\n",
                page.width, page.height
            ));
            for run in &page.runs {
                let Run { x, y, size, font, text, .. } = run;
                let high = if run.stretch > 1.0 { format!(" x{:.2}", run.stretch) } else { String::new() };
                let shade = if run.grey > 0.0 { " grey" } else { "" };
                let slant = if run.slanted { " slanted" } else { "" };
                listing.push_str(&format!("{x:7.1} {y:7.1}  {font}{size:.1}{high}{shade}{slant}  {text}\n"));
            }
            if !links.is_empty() {
                listing.push_str(&format!("QR code: {links}\n"));
            }
        }
        listing
    }

    /// No text leaves its page.
    pub(crate) fn assert_inside(&self) {
        for page in &self.pages {
            for run in page.runs.iter().filter(|run| !run.slanted) {
                let right = run.x + run.width;
                let inside = run.x >= 0.0 && right <= page.width && run.y > 0.0 && run.y + run.size <= page.height;
                assert!(
                    inside,
                    "{:?} at {} to {right}, {} on {} x {}",
                    run.text, run.x, run.y, page.width, page.height
                );
            }
        }
    }

    /// The codes found on all pages, printed at 203 dpi.
    fn scan(&self) -> Vec<String> {
        self.pages.iter().flat_map(|page| page.dots().scan()).collect()
    }
}

impl Page {
    fn read(file: &Document, id: lopdf::ObjectId) -> Page {
        let dictionary = file.get_dictionary(id).expect("a page");
        let bounds = numbers(dictionary.get(b"MediaBox").and_then(Object::as_array).expect("a size"));
        let fonts = file.get_page_fonts(id).expect("fonts");
        let fonts: BTreeMap<_, _> =
            fonts.iter().map(|(name, font)| (name.clone(), (*font, widths(file, font)))).collect();
        let content = Content::decode(&file.get_page_content(id)).expect("operations");
        let (mut runs, mut black, mut open, mut lines, mut pictures) = (Vec::new(), Vec::new(), Vec::new(), 0, 0);
        let (mut grey, mut font, mut size, mut matrix) = (0.0, Vec::new(), 0.0, vec![0.0; 6]);
        for operation in &content.operations {
            let given = numbers(&operation.operands);
            match operation.operator.as_str() {
                "g" => grey = given[0],
                "Tf" => {
                    font = operation.operands[0].as_name().expect("a name").to_vec();
                    size = given[0];
                }
                "Tm" => matrix = given,
                "Tj" => {
                    let codes = operation.operands[0].as_str().expect("codes");
                    let (dictionary, widths) = &fonts[&font];
                    let encoding = dictionary.get_font_encoding(file).expect("a table of characters");
                    let advance = |code: &[u8]| widths[usize::from(u16::from_be_bytes([code[0], code[1]]))];
                    runs.push(Run {
                        x: matrix[4],
                        y: matrix[5],
                        size,
                        stretch: matrix[3] / matrix[0],
                        slanted: matrix[1] != 0.0,
                        width: codes.chunks(2).map(advance).sum::<f32>() * size / 1000.0,
                        font: String::from_utf8_lossy(&font).into_owned(),
                        grey,
                        text: Document::decode_text(&encoding, codes).expect("text"),
                    });
                }
                "re" => open.push([given[0], given[1], given[2], given[3]]),
                "f" if grey == 0.0 => black.append(&mut open),
                "f" | "S" => {
                    lines += usize::from(operation.operator == "S");
                    open.clear();
                }
                "Do" => pictures += 1,
                _ => {}
            }
        }
        let link = |annotation: &Dictionary| {
            let action = annotation.get(b"A").and_then(Object::as_dict).expect("an action");
            String::from_utf8_lossy(action.get(b"URI").and_then(Object::as_str).expect("an address")).into_owned()
        };
        let links = file.get_page_annotations(id).unwrap_or_default().into_iter().map(link).collect();
        Page { width: bounds[2], height: bounds[3], runs, black, lines, pictures, links }
    }

    fn dots(&self) -> Dots {
        let dot = |points: f32| (points * 203.0 / 72.0).round().max(0.0) as usize;
        let mut dots = Dots::white(dot(self.width), dot(self.height));
        for [left, bottom, width, height] in &self.black {
            let (x, y) = (dot(*left), dot(self.height - bottom - height));
            dots.fill(x, y, dot(left + width) - x, dot(self.height - bottom) - y);
        }
        dots
    }
}

const PAPERS: [PdfPage; 2] = [PdfPage::A4, PdfPage::Roll80];

#[test]
fn the_code_is_read_from_the_page_at_203_dpi() {
    for case in CASES {
        let view = case.view();
        let expected = Vec::from_iter(view.qr_url().map(str::to_owned));
        for paper in PAPERS {
            let pages = Pages::read(&view.pdf(paper));
            assert_eq!(pages.scan(), expected, "{} {paper:?}", case.name);
            let links: Vec<String> = pages.pages.into_iter().flat_map(|page| page.links).collect();
            assert_eq!(links, expected);
        }
    }
}

#[test]
fn golden_documents_stay_on_their_paper() {
    for case in CASES {
        for paper in PAPERS {
            let pages = Pages::read(&case.view().pdf(paper));
            pages.assert_inside();
            let width = if paper == PdfPage::A4 { 595.3 } else { 226.8 };
            assert!(pages.pages.iter().all(|page| (page.width - width).abs() < 0.5));
        }
    }
}

#[test]
fn the_sentence_is_more_than_twice_as_high_as_any_amount() {
    for name in ["cs", "cc", "ts", "tc", "ps"] {
        for paper in PAPERS {
            let pages = Pages::read(&Case::named(name).view().pdf(paper));
            let height = |run: &Run| run.size * run.stretch;
            let runs = || pages.pages.iter().flat_map(|page| &page.runs);
            let sentence = runs().find(|run| run.text == "THIS IS NOT AN OFFICIAL RECEIPT").expect("the sentence");
            let amounts = runs().filter(|run| run.text.contains(".00")).map(height).fold(0.0, f32::max);
            assert!(height(sentence) >= 2.0 * amounts, "{} {amounts}", height(sentence));
            assert!(runs().any(|run| run.slanted && run.grey > 0.5), "a watermark");
        }
    }
}

#[test]
fn every_latin_letter_can_be_selected() {
    let letters = ('\u{a1}'..='\u{24f}').chain('\u{1e00}'..='\u{1eff}').filter(|c| c.is_alphabetic());
    let words: Vec<String> = letters.collect::<Vec<_>>().chunks(19).map(|word| word.iter().collect()).collect();
    for words in words.chunks(10) {
        let json = format!(
            r#"{{"reference":"INV-1","kind":"sale","issued_at":"2026-09-17T14:09:26+03:00","payment":"cash","lines":[{{
                "item_code":"KE2NTNO0000001","classification":"1010150000","name":"{}","description":"{} 漢",
                "packaging":"NT","unit":"NO","tax":"B","quantity":"1","unit_price":"116"}}]}}"#,
            words.join(" "),
            "e\u{301}u\u{308}n\u{303}"
        );
        let (invoice, options) = (invoice(&json), PrintOptions::default());
        let view = ReceiptView::new(&invoice, Some(&answer("sale")), &seller(), &DeviceIdentity::default(), &options);
        let text = Pages::read(&view.expect("a receipt").pdf(PdfPage::A4)).text();
        words.iter().for_each(|word| assert!(text.contains(word), "{word}\n{text}"));
        assert!(text.contains("éüñ \u{fffd}"), "composed where it can be, marked where the font has no glyph\n{text}");
    }
}

#[test]
fn long_bills_go_over_pages_with_their_headings() {
    let line = |number: usize| {
        format!(
            r#"{{"item_code":"KE2NTNO{number:07}","classification":"1010150000","name":"Item number {number}","packaging":"NT","unit":"NO",
                "tax":"B","quantity":"2","unit_price":"{number}.50"}}"#
        )
    };
    let lines: Vec<String> = (1..=300).map(line).collect();
    let json = format!(
        r#"{{"reference":"INV-LONG","kind":"sale","issued_at":"2026-09-17T14:09:26+03:00","payment":"cash","lines":[{}]}}"#,
        lines.join(",")
    );
    let (invoice, options) = (invoice(&json), PrintOptions::default());
    let view = ReceiptView::new(&invoice, Some(&answer("sale")), &seller(), &DeviceIdentity::default(), &options);
    let view = view.expect("a receipt");
    for (paper, most, heading) in [(PdfPage::A4, 9, true), (PdfPage::Roll80, 3, false)] {
        let pages = Pages::read(&view.pdf(paper));
        pages.assert_inside();
        let count = pages.pages.len();
        assert!(count > 1 && count <= most, "{count} pages");
        for (index, page) in pages.pages.iter().enumerate() {
            let has = |text: &str| page.runs.iter().any(|run| run.text == text);
            assert!(has(&format!("TAX INVOICE INV-LONG   {}/{count}", index + 1)));
            let items = page.runs.iter().any(|run| run.text.starts_with("Item number"));
            assert_eq!(has("DESCRIPTION"), heading && items, "page {index}");
        }
        let text = pages.text();
        (1..=300).for_each(|number| assert!(text.contains(&format!("Item number {number}\n")), "{number}"));
        let last = pages.pages.last().expect("a page");
        assert_eq!(last.dots().scan(), [view.qr_url().expect("a code")]);
    }
}

#[test]
fn the_same_receipt_is_the_same_file() {
    let view = Case::named("foreign").view();
    for paper in PAPERS {
        assert_eq!(view.pdf(paper), view.pdf(paper));
        assert!(view.pdf(paper).len() < 30_000, "only the glyphs in use are embedded");
    }
}

#[test]
fn logos_are_drawn() {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 40, 10);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&[200; 1200])).expect("a PNG");
    let options =
        PrintOptions { kra_logo: Some(png.clone().into()), shop_logo: Some(png.into()), ..PrintOptions::default() };
    let (invoice, device) = (document("ns"), DeviceIdentity::default());
    let view = ReceiptView::new(&invoice, Some(&answer("sale")), &seller(), &device, &options).expect("a receipt");
    for paper in PAPERS {
        let pages = Pages::read(&view.pdf(paper));
        assert_eq!(pages.pages.iter().map(|page| page.pictures).sum::<usize>(), 2);
        assert!(!pages.text().contains("LOGO"));
    }
}
