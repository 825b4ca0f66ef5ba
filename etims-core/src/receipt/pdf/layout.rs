//! From blocks to strips: the one place that knows where things stand on a page.

use super::PdfPage;
use super::font::{Fonts, Weight};
use super::sheet::{Group, Mark, Paper, Sheet, Strip};
use crate::receipt::picture::Picture;
use crate::receipt::view::{Block, Fact, FactForm, LineRole, Logo, ReceiptView, Section, TaxTable};
use crate::receipt::wrap;

/// Thousandths of a point in a millimetre.
pub(super) const MM: i32 = 2835;
/// A roll is cut into pages of this length: printer drivers refuse much longer ones.
const ROLL_PIECE: i32 = 1000 * MM;

/// The paper and the sizes that go with it.
pub(super) struct Look {
    pub(super) paper: Paper,
    /// Size of amounts and of everything that has no size of its own.
    pub(super) text: i32,
    pub(super) small: i32,
    name: i32,
    title: i32,
    designation: i32,
    logo: (i32, i32),
    qr: i32,
    watermark: i32,
}

impl Look {
    fn of(page: PdfPage) -> Look {
        match page {
            PdfPage::A4 => Look {
                paper: Paper { width: 210 * MM, height: 297 * MM, margin: 14 * MM, is_roll: false },
                text: 9_000,
                small: 8_000,
                name: 15_000,
                title: 17_000,
                designation: 14_000,
                logo: (60 * MM, 18 * MM),
                qr: 40 * MM,
                watermark: 84_000,
            },
            PdfPage::Roll80 => Look {
                paper: Paper { width: 80 * MM, height: ROLL_PIECE, margin: 4 * MM, is_roll: true },
                text: 8_000,
                small: 7_000,
                name: 11_500,
                title: 11_500,
                designation: 11_000,
                logo: (44 * MM, 16 * MM),
                qr: 46 * MM,
                watermark: 40_000,
            },
        }
    }
}

/// The sentence on a print that is not official: TIS specification §11 wants twice the height of the amounts.
const TALL: i32 = 250;
/// Distance from a line's top to its baseline, and its height, in percent of the size.
pub(super) const BASELINE: i32 = 104;
pub(super) const LINE: i32 = 135;

/// Lays a receipt out on pages.
pub(super) fn lay_out(view: &ReceiptView, page: PdfPage, fonts: &Fonts) -> Vec<Sheet> {
    let look = Look::of(page);
    let width = look.paper.content_width();
    let mut layout = Layout { fonts, width, look, groups: Vec::new() };
    let mut blocks = view.blocks().iter().peekable();
    while let Some(block) = blocks.next() {
        // On a sheet the QR code stands beside the control unit's block.
        let beside = match blocks.peek() {
            Some(Block::Qr(url)) if !layout.look.paper.is_roll => Some(url),
            _ => None,
        };
        match (block, beside) {
            (Block::ControlUnit(section), Some(url)) => {
                layout.proof(section, url);
                blocks.next();
            }
            _ => layout.block(block),
        }
    }
    let mut sheets = layout.look.paper.paginate(layout.groups);
    finish(&mut sheets, view, &layout.look, fonts);
    sheets
}

/// Watermarks behind and page numbers below.
fn finish(sheets: &mut [Sheet], view: &ReceiptView, look: &Look, fonts: &Fonts) {
    let count = sheets.len();
    for (index, sheet) in sheets.iter_mut().enumerate() {
        if let Some(designation) = view.designation() {
            // Along the diagonal, as wide as the paper allows.
            let room = sheet.width * 9 / 8;
            let unscaled = fonts.width(Weight::Bold, look.watermark, designation).max(1);
            let size = look.watermark.min(
                i32::try_from(i64::from(look.watermark) * i64::from(room) / i64::from(unscaled))
                    .unwrap_or(look.watermark),
            );
            let width = fonts.width(Weight::Bold, size, designation);
            let every = 110 * MM;
            let rows = if look.paper.is_roll { (sheet.height / every).max(1) } else { 1 };
            let marks = (0..rows).map(|row| Mark::Watermark {
                x: sheet.width / 2,
                y: sheet.height * (2 * row + 1) / (2 * rows),
                size,
                width,
                text: designation.to_owned(),
            });
            sheet.marks.splice(0..0, marks.collect::<Vec<_>>());
        }
        if count > 1 {
            let text = format!("{} {}   {}/{count}", view.title(), view.reference, index + 1);
            let x = (sheet.width - fonts.width(Weight::Regular, look.small, &text)) / 2;
            let y = sheet.height - look.paper.margin / 2;
            sheet.marks.push(mark(x, y, look.small, Weight::Regular, true, text));
        }
    }
}

fn mark(x: i32, y: i32, size: i32, weight: Weight, grey: bool, text: String) -> Mark {
    Mark::Text { x, y, size, weight, stretch: 100, grey, text }
}

pub(super) struct Layout<'a> {
    fonts: &'a Fonts,
    pub(super) look: Look,
    /// Width of what is being laid out.
    pub(super) width: i32,
    pub(super) groups: Vec<Group>,
}

/// A kind of text.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: i32,
    pub(super) weight: Weight,
    pub(super) grey: bool,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        let whole = self.width;
        let strips = match block {
            Block::Logo(logo) => self.logo(logo),
            Block::Line(role, text) => self.line(*role, text),
            Block::NotOfficial { designation, sentence, translation } => {
                self.not_official(designation, sentence, translation.as_deref())
            }
            Block::Facts(facts) => {
                let mut strips: Vec<Strip> = facts.iter().flat_map(|fact| self.fact(0, fact)).collect();
                strips.insert(0, self.gap(40));
                strips
            }
            Block::Items(items) => return self.items(items),
            Block::Totals(facts) => self.totals(facts),
            Block::TaxTable(table) => self.tax_table(table),
            Block::ControlUnit(section) | Block::Trader(section) => {
                self.width = self.section_width();
                self.section(section)
            }
            Block::Qr(url) => vec![self.qr(url)],
        };
        self.width = whole;
        self.groups.push(Group { strips, heading: None });
    }

    pub(super) fn plain(&self) -> Style {
        Style { size: self.look.text, weight: Weight::Regular, grey: false }
    }

    fn bold(&self) -> Style {
        Style { weight: Weight::Bold, ..self.plain() }
    }

    pub(super) fn small(&self) -> Style {
        Style { size: self.look.small, weight: Weight::Regular, grey: true }
    }

    /// Space in percent of the text size.
    pub(super) fn gap(&self, percent: i32) -> Strip {
        Strip::space(self.look.text * percent / 100)
    }

    pub(super) fn measure(&self, style: Style, text: &str) -> i32 {
        self.fonts.width(style.weight, style.size, text)
    }

    fn wrap(&self, style: Style, text: &str, width: i32) -> Vec<String> {
        let measure = |text: &str| usize::try_from(self.measure(style, text)).unwrap_or(usize::MAX);
        let lines = wrap::wrap(text, usize::try_from(width).unwrap_or(0), measure);
        lines.into_iter().map(|line| line.into_owned()).collect()
    }

    /// A line of text at a distance from the left edge.
    pub(super) fn at(&self, x: i32, style: Style, text: &str) -> Strip {
        let baseline = style.size * BASELINE / 100;
        let mark = mark(x, baseline, style.size, style.weight, style.grey, text.to_owned());
        Strip { height: style.size * LINE / 100, marks: vec![mark] }
    }

    /// A line of text that ends at `right`.
    pub(super) fn ending(&self, right: i32, style: Style, text: &str) -> Strip {
        self.at(right - self.measure(style, text), style, text)
    }

    pub(super) fn lines(&self, x: i32, style: Style, text: &str, width: i32) -> Vec<Strip> {
        self.wrap(style, text, width).iter().map(|line| self.at(x, style, line)).collect()
    }

    fn centred(&self, style: Style, text: &str) -> Vec<Strip> {
        let middle = |line: &String| self.at((self.width - self.measure(style, line)) / 2, style, line);
        self.wrap(style, text, self.width).iter().map(middle).collect()
    }

    pub(super) fn rule(&self, dashed: bool) -> Strip {
        let height = self.look.text / 2;
        Strip { height, marks: vec![Mark::Line { x: 0, y: height / 2, length: self.width, dashed }] }
    }

    fn logo(&self, logo: &Logo) -> Vec<Strip> {
        let (widest, highest) = self.look.logo;
        let dots = |value: usize| i64::try_from(value).unwrap_or(i64::MAX).max(1);
        if let Some(picture) = logo.png.as_deref().and_then(Picture::from_png) {
            let (across, down) = (dots(picture.width), dots(picture.height));
            // As large as the box allows in both directions.
            let by_width = (i64::from(widest), i64::from(widest) * down / across);
            let by_height = (i64::from(highest) * across / down, i64::from(highest));
            let (width, height) = if by_width.1 <= i64::from(highest) { by_width } else { by_height };
            let (width, height) = (i32::try_from(width).unwrap_or(widest), i32::try_from(height).unwrap_or(highest));
            let picture = Mark::Picture { x: (self.width - width) / 2, y: 0, width, height, slot: logo.slot };
            return vec![Strip { height: height + self.look.text / 2, marks: vec![picture] }];
        }
        let style = self.small();
        let inner = self.measure(style, &logo.text);
        let (width, height) = (inner + 3 * style.size, style.size * 2);
        let x = (self.width - width) / 2;
        let mut strip =
            Strip { height: height + self.look.text / 2, marks: vec![Mark::Frame { x, y: 0, width, height }] };
        strip.put(x + (width - inner) / 2, style.size * 35 / 100, self.at(0, style, &logo.text).marks);
        vec![strip]
    }

    fn line(&self, role: LineRole, text: &str) -> Vec<Strip> {
        let bold = |size| Style { size, weight: Weight::Bold, grey: false };
        let mut strips = match role {
            LineRole::TradeName => self.centred(bold(self.look.name), text),
            LineRole::Title => self.centred(bold(self.look.title), text),
            LineRole::Sentence => self.centred(self.bold(), text),
            LineRole::Seller => return self.centred(self.plain(), text),
            LineRole::Message => self.centred(self.plain(), text),
        };
        strips.insert(0, self.gap(if role == LineRole::Title { 60 } else { 30 }));
        strips
    }

    fn not_official(&self, designation: &str, sentence: &str, translation: Option<&str>) -> Vec<Strip> {
        let style = Style { size: self.look.designation, weight: Weight::Bold, grey: false };
        let mut strips = vec![self.gap(60)];
        strips.extend(self.centred(style, designation));
        // One line whatever it takes: the height stays, the letters get narrower.
        let mut style = self.bold();
        if !self.look.paper.is_roll {
            style.size = style.size * 3 / 2;
        }
        let stretch = TALL * self.look.text / style.size;
        let baseline = style.size * stretch / 100;
        let x = (self.width - self.measure(style, sentence)) / 2;
        let text = sentence.to_owned();
        let (size, weight) = (style.size, style.weight);
        let tall = Mark::Text { x, y: baseline, size, weight, stretch, grey: false, text };
        strips.push(Strip { height: baseline * 125 / 100, marks: vec![tall] });
        strips.extend(translation.into_iter().flat_map(|translation| self.centred(self.plain(), translation)));
        strips
    }

    pub(super) fn fact(&self, left: i32, fact: &Fact) -> Vec<Strip> {
        let Fact { label, value, form } = fact;
        let indent = self.look.text;
        match form {
            FactForm::Spread => self.spread(left, self.plain(), label, value),
            FactForm::Note => self.spread(left + indent, self.plain(), label, value),
            FactForm::Strong => {
                let style = Style { size: self.look.text * 115 / 100, ..self.bold() };
                self.spread(left, style, label, value)
            }
            FactForm::Words => self.lines(left, self.plain(), &format!("{label} {value}"), self.width - left),
            FactForm::Inline => {
                let line = format!("{label} {value}");
                match self.measure(self.plain(), &line) <= self.width - left {
                    true => vec![self.at(left, self.plain(), &line)],
                    false => self.spread(left, self.plain(), label, value),
                }
            }
        }
    }

    /// Label at the left, value at the right edge: on one line, or the value on its own.
    pub(super) fn spread(&self, left: i32, style: Style, label: &str, value: &str) -> Vec<Strip> {
        let room = self.width - left;
        let blank = self.measure(style, " ");
        let mut lines = self.wrap(style, label, room);
        let last = lines.pop().unwrap_or_default();
        let mut strips: Vec<Strip> = lines.iter().map(|line| self.at(left, style, line)).collect();
        let mut strip = self.at(left, style, &last);
        if self.measure(style, &last) + blank + self.measure(style, value) <= room {
            strip.put(0, 0, self.ending(self.width, style, value).marks);
            strips.push(strip);
            return strips;
        }
        strips.push(strip);
        let measure = |text: &str| usize::try_from(self.measure(style, text)).unwrap_or(usize::MAX);
        let pieces = wrap::broken(value, usize::try_from(self.width).unwrap_or(0), measure);
        strips.extend(pieces.iter().map(|piece| self.ending(self.width, style, piece)));
        strips
    }

    fn totals(&mut self, facts: &[Fact]) -> Vec<Strip> {
        // On a sheet, sums stand under the amounts.
        let left = if self.look.paper.is_roll { 0 } else { self.width * 2 / 5 };
        facts.iter().flat_map(|fact| self.fact(left, fact)).collect()
    }

    /// The five bands. On a sheet the lines are solid, as around the items.
    fn tax_table(&self, table: &TaxTable) -> Vec<Strip> {
        let dashed = self.look.paper.is_roll;
        let (plain, bold) = (self.plain(), self.bold());
        let rows = || std::iter::once((&table.headings, bold)).chain(table.rows.iter().map(|row| (row, plain)));
        let blank = 2 * self.measure(plain, " ");
        let widest = |column: usize| rows().map(|(row, style)| self.measure(style, &row[column])).max().unwrap_or(0);
        let middle = self.width - (self.width / 3).max(widest(2) + blank);
        let fits = widest(0) + blank + widest(1) <= middle;
        let mut strips = vec![self.rule(dashed)];
        for ([rate, net, tax], style) in rows() {
            let mut strip = self.at(0, style, rate);
            match fits {
                true => {
                    strip.put(0, 0, self.ending(middle, style, net).marks);
                    strip.put(0, 0, self.ending(self.width, style, tax).marks);
                    strips.push(strip);
                }
                false => {
                    strips.push(strip);
                    strips.push(self.ending(self.width, style, net));
                    strips.push(self.ending(self.width, style, tax));
                }
            }
        }
        strips.push(self.rule(dashed));
        strips
    }

    fn section(&self, section: &Section) -> Vec<Strip> {
        let heading = match self.look.paper.is_roll {
            true => self.centred(self.bold(), &section.heading),
            false => self.lines(0, self.bold(), &section.heading, self.width),
        };
        let [date, time] = &section.clock;
        let words = |fact: &Fact| format!("{} {}", fact.label, fact.value);
        let clock = self.spread(0, self.plain(), &words(date), &words(time));
        let facts: Vec<Strip> = section.facts.iter().flat_map(|fact| self.fact(0, fact)).collect();
        let mut strips = vec![self.gap(40)];
        strips.extend(heading);
        match section.clock_first {
            true => strips.extend(clock.into_iter().chain(facts)),
            false => strips.extend(facts.into_iter().chain(clock)),
        }
        strips
    }

    fn qr(&self, url: &str) -> Strip {
        let side = self.look.qr;
        let qr = Mark::Qr { x: (self.width - side) / 2, y: 0, side, url: url.to_owned() };
        Strip { height: side, marks: vec![qr] }
    }

    /// On a sheet the QR code stands at the right of the control unit's block.
    fn section_width(&self) -> i32 {
        if self.look.paper.is_roll { self.width } else { self.width - self.look.qr - 8 * MM }
    }

    /// The control unit's block with the QR code at its right.
    fn proof(&mut self, section: &Section, url: &str) {
        let (width, side) = (self.width, self.look.qr);
        self.width = self.section_width();
        let mut text = Strip::stacked(self.section(section));
        self.width = width;
        let height = text.height.max(side);
        let down = (height - text.height) / 2;
        let mut strip = Strip { height, marks: Vec::new() };
        strip.put(0, down, std::mem::take(&mut text.marks));
        let qr = Mark::Qr { x: width - side, y: (height - side) / 2, side, url: url.to_owned() };
        strip.put(0, 0, vec![qr]);
        self.groups.push(Group { strips: vec![strip], heading: None });
    }
}
