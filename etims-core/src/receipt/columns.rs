//! A receipt in a fixed number of columns: what the text and ESC/POS renderers share.
//!
//! No line is wider than the paper. Text wraps at blanks; a value that does not fit beside its label gets a line of its
//! own and is broken only when it is wider than the paper by itself, which no number of KRA's is.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::view::{Block, Fact, FactForm, Item, Items, LineRole, Logo, ReceiptView, Section, TaxTable};
use super::wrap;

/// How a line stands out where the printer can show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    Bold,
    /// At twice the height.
    Tall,
}

/// A part of the sheet, top to bottom.
#[derive(Debug)]
#[cfg_attr(not(feature = "escpos"), expect(dead_code, reason = "plain text has one weight"))]
pub(super) enum Strip<'a> {
    Text(String, Weight),
    Logo(&'a Logo),
    Qr(&'a str),
}

/// Set-in of what explains the line above.
const INDENT: usize = 2;

/// Lays a receipt out in columns.
pub(super) fn lay_out(view: &ReceiptView, columns: usize) -> Vec<Strip<'_>> {
    lay_out_safe(view, columns, |text| Cow::Borrowed(text))
}

/// Lays a receipt out with its texts written in characters the paper can show, which may be wider or narrower.
pub(super) fn lay_out_safe<'a, S>(view: &'a ReceiptView, columns: usize, safe: S) -> Vec<Strip<'a>>
where
    S: Fn(&str) -> Cow<'_, str>,
{
    let designation = view.designation().map(&safe);
    let rule = rule(designation.as_deref(), columns);
    let mut sheet = Sheet { columns, rule, safe, strips: Vec::with_capacity(64) };
    for block in view.blocks() {
        sheet.block(block);
    }
    sheet.strips
}

/// A line across. On a print that is not official it carries the designation, which is the watermark of a printer that
/// has no other.
fn rule(designation: Option<&str>, columns: usize) -> String {
    let Some(designation) = designation else { return "-".repeat(columns) };
    let word = format!(" {designation} ");
    let count = (columns / (word.width() + 6)).max(1);
    let dashes = columns.saturating_sub(count * word.width());
    let mut line = String::with_capacity(columns);
    for gap in 0..=count {
        line.push_str(&"-".repeat(dashes * (gap + 1) / (count + 1) - dashes * gap / (count + 1)));
        if gap < count {
            line.push_str(&word);
        }
    }
    if line.width() > columns { "-".repeat(columns) } else { line }
}

/// Breaks text into lines of columns.
fn wrap(text: &str, columns: usize) -> Vec<Cow<'_, str>> {
    wrap::wrap(text, columns, UnicodeWidthStr::width)
}

/// Cuts text into pieces of columns.
pub(super) fn broken(text: &str, columns: usize) -> Vec<String> {
    wrap::broken(text, columns, UnicodeWidthStr::width)
}

struct Sheet<'a, S> {
    columns: usize,
    rule: String,
    safe: S,
    strips: Vec<Strip<'a>>,
}

impl<'a, S: Fn(&str) -> Cow<'_, str>> Sheet<'a, S> {
    fn block(&mut self, block: &'a Block) {
        match block {
            Block::Logo(logo) => self.strips.push(Strip::Logo(logo)),
            Block::Line(role, text) => {
                let bold = matches!(role, LineRole::TradeName | LineRole::Title);
                self.centred(text, if bold { Weight::Bold } else { Weight::Plain });
            }
            Block::NotOfficial { designation, sentence, translation } => {
                self.centred(designation, Weight::Bold);
                self.centred(sentence, Weight::Tall);
                translation.iter().for_each(|translation| self.centred(translation, Weight::Plain));
            }
            Block::Facts(facts) => facts.iter().for_each(|fact| self.fact(fact)),
            Block::Items(items) => self.items(items),
            Block::Totals(facts) => facts.iter().for_each(|fact| self.fact(fact)),
            Block::TaxTable(table) => {
                self.across();
                self.table(table);
                self.across();
            }
            Block::ControlUnit(section) | Block::Trader(section) => self.section(section),
            Block::Qr(url) => self.strips.push(Strip::Qr(url)),
        }
    }

    fn push(&mut self, text: impl Into<String>, weight: Weight) {
        self.strips.push(Strip::Text(text.into(), weight));
    }

    fn across(&mut self) {
        self.push(self.rule.clone(), Weight::Plain);
    }

    fn centred(&mut self, text: &str, weight: Weight) {
        for line in wrap(&(self.safe)(text), self.columns) {
            self.push(centred(&line, self.columns), weight);
        }
    }

    fn set_in(&mut self, text: &str) {
        for line in wrap(&(self.safe)(text), self.columns - INDENT) {
            self.push(format!("{:INDENT$}{line}", ""), Weight::Plain);
        }
    }

    fn fact(&mut self, fact: &Fact) {
        let Fact { label, value, form } = fact;
        match form {
            FactForm::Spread => self.spread(0, label, value, Weight::Plain),
            FactForm::Strong => self.spread(0, label, value, Weight::Bold),
            FactForm::Note => self.spread(INDENT, label, value, Weight::Plain),
            FactForm::Words => self.words(&format!("{label} {value}")),
            FactForm::Inline => {
                let line = format!("{} {}", (self.safe)(label), (self.safe)(value));
                match line.width() <= self.columns {
                    true => self.push(line, Weight::Plain),
                    false => self.spread(0, label, value, Weight::Plain),
                }
            }
        }
    }

    fn words(&mut self, text: &str) {
        for line in wrap(&(self.safe)(text), self.columns) {
            self.push(line, Weight::Plain);
        }
    }

    /// Label at the left, value at the right: on one line, or the value on its own.
    fn spread(&mut self, indent: usize, label: &str, value: &str, weight: Weight) {
        let (label, value) = (&(self.safe)(label), &(self.safe)(value));
        let room = self.columns - indent;
        let mut lines = wrap(label, room);
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            self.push(format!("{:indent$}{line}", ""), weight);
        }
        if last.width() + 1 + value.width() <= room {
            let gap = room - last.width() - value.width();
            return self.push(format!("{:indent$}{last}{:gap$}{value}", "", ""), weight);
        }
        self.push(format!("{:indent$}{last}", ""), weight);
        for piece in broken(value, self.columns) {
            let gap = self.columns - piece.width();
            self.push(format!("{:gap$}{piece}", ""), weight);
        }
    }

    fn items(&mut self, items: &Items) {
        self.across();
        for item in &items.items {
            self.item(item, items.with_codes);
        }
        items.notes.iter().for_each(|note| self.fact(note));
        self.across();
    }

    fn item(&mut self, item: &Item, with_codes: bool) {
        match &item.service {
            Some(service) => self.spread(0, &item.name, service, Weight::Plain),
            None => self.words(&item.name),
        }
        item.description.iter().for_each(|description| self.set_in(description));
        if with_codes {
            self.set_in(&item.codes);
        }
        self.spread(INDENT, &item.price_and_quantity, &item.amount, Weight::Plain);
        item.notes.iter().for_each(|note| self.fact(note));
        item.foreign.iter().for_each(|(price, total)| self.spread(INDENT, price, total, Weight::Plain));
    }

    fn table(&mut self, table: &TaxTable) {
        let safe = |row: &[String; 3]| row.each_ref().map(|text| (self.safe)(text).into_owned());
        let table = TaxTable { headings: safe(&table.headings), rows: table.rows.iter().map(safe).collect() };
        let widest = |column: usize| table.rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let [rate, net, tax] = [widest(0), widest(1), widest(2)];
        // The tax column takes a third of the paper, or what it needs.
        let middle = self.columns - (self.columns / 3).max(tax + 1);
        let heading_fits = table.headings[0].width() + 1 + table.headings[1].width() <= middle;
        if rate + 1 + net <= middle && heading_fits {
            for [rate, net, tax] in std::iter::once(&table.headings).chain(&table.rows) {
                let left = middle - rate.width() - net.width();
                let right = self.columns - middle - tax.width();
                self.push(format!("{rate}{:left$}{net}{:right$}{tax}", "", ""), Weight::Plain);
            }
            return;
        }
        for row in &table.rows {
            self.push(row[0].as_str(), Weight::Plain);
            self.spread(INDENT, &table.headings[1], &row[1], Weight::Plain);
            self.spread(INDENT, &table.headings[2], &row[2], Weight::Plain);
        }
    }

    fn section(&mut self, section: &'a Section) {
        self.centred(&section.heading, Weight::Bold);
        if section.clock_first {
            self.clock(section);
        }
        section.facts.iter().for_each(|fact| self.fact(fact));
        if !section.clock_first {
            self.clock(section);
        }
    }

    fn clock(&mut self, section: &Section) {
        let [date, time] = &section.clock;
        let (date, time) = (format!("{} {}", date.label, date.value), format!("{} {}", time.label, time.value));
        self.spread(0, &date, &time, Weight::Plain);
    }
}

/// Blanks in front so that the text stands in the middle.
pub(super) fn centred(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(text.width()) / 2;
    format!("{:gap$}{text}", "")
}
