//! A receipt as one self-contained page: no script, no font, no picture from elsewhere.

use std::fmt::Write as _;

use base64::Engine as _;

use super::symbol::{ErrorCorrection, Symbol};
use super::view::{Block, Fact, FactForm, Item, Items, LineRole, Logo, ReceiptView, Section, TaxTable};

/// The paper of an HTML receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HtmlPage {
    /// A till roll of 80 mm.
    #[default]
    Roll80,
    /// A sheet of A4.
    A4,
}

const STYLE: &str = include_str!("html.css");

impl ReceiptView {
    /// Draws the receipt as an HTML document that looks right on a screen and prints on its paper.
    pub fn html(&self, page: HtmlPage) -> String {
        let mut html = Html { out: String::with_capacity(24 * 1024), page };
        html.document(self);
        html.out
    }
}

struct Html {
    out: String,
    page: HtmlPage,
}

impl Html {
    fn document(&mut self, view: &ReceiptView) {
        let (class, paper) = match self.page {
            HtmlPage::Roll80 => ("roll", "@page{size:80mm 297mm;margin:0}"),
            HtmlPage::A4 => ("a4", "@page{size:A4;margin:13mm}"),
        };
        self.raw("<!doctype html>\n<html lang=\"").text(&view.language).raw("\">\n<head>\n<meta charset=\"utf-8\">\n");
        self.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        self.text(view.title()).raw(" ").text(&view.reference).raw("</title>\n<style>\n");
        self.raw(STYLE).raw(paper).raw("\n</style>\n</head>\n<body class=\"").raw(class).raw("\">\n");
        self.raw("<main class=\"receipt\" data-label=\"").text(view.label()).raw("\">\n");
        if let Some(designation) = view.designation() {
            self.watermark(designation);
        }
        let mut proof_is_open = false;
        for block in view.blocks() {
            // Control unit and QR code stand side by side on a sheet.
            if matches!(block, Block::ControlUnit(_)) {
                self.raw("<div class=\"proof\">\n");
                proof_is_open = true;
            }
            if proof_is_open && matches!(block, Block::Trader(_)) {
                self.raw("</div>\n");
                proof_is_open = false;
            }
            self.block(block);
        }
        self.raw("</main>\n</body>\n</html>\n");
    }

    /// Once on every sheet; a roll is one long page and shows it all along.
    fn watermark(&mut self, designation: &str) {
        let times = match self.page {
            HtmlPage::Roll80 => 3,
            HtmlPage::A4 => 1,
        };
        self.raw("<div class=\"watermark\" aria-hidden=\"true\">");
        for _ in 0..times {
            self.raw("<span>").text(designation).raw("</span>");
        }
        self.raw("</div>\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Logo(logo) => self.logo(logo),
            Block::Line(role, text) => self.line(*role, text),
            Block::NotOfficial { designation, sentence, translation } => {
                self.raw("<div class=\"not-official\"><p class=\"designation\">").text(designation);
                self.raw("</p><p class=\"sentence\"><span>").text(sentence).raw("</span></p>");
                if let Some(translation) = translation {
                    self.raw("<p>").text(translation).raw("</p>");
                }
                self.raw("</div>\n");
            }
            Block::Facts(facts) => self.facts("facts", facts),
            Block::Items(items) => self.items(items),
            Block::Totals(facts) => self.facts("totals", facts),
            Block::TaxTable(table) => self.table(table),
            Block::ControlUnit(section) => self.section("control-unit", section),
            Block::Qr(url) => self.qr(url),
            Block::Trader(section) => self.section("trader", section),
        }
    }

    fn logo(&mut self, logo: &Logo) {
        self.raw("<div class=\"logo\">");
        match &logo.png {
            Some(png) => {
                self.raw("<img alt=\"").text(&logo.text).raw("\" src=\"data:image/png;base64,");
                base64::engine::general_purpose::STANDARD.encode_string(png, &mut self.out);
                self.raw("\">");
            }
            None => {
                self.raw("<span class=\"slot\">").text(&logo.text).raw("</span>");
            }
        }
        self.raw("</div>\n");
    }

    fn line(&mut self, role: LineRole, text: &str) {
        let (open, close) = match role {
            LineRole::TradeName => ("<p class=\"trade-name\">", "</p>\n"),
            LineRole::Seller => ("<p class=\"seller\">", "</p>\n"),
            LineRole::Title => ("<h1>", "</h1>\n"),
            LineRole::Message => ("<p class=\"message\">", "</p>\n"),
            LineRole::Sentence => ("<p class=\"credit-sentence\">", "</p>\n"),
        };
        self.raw(open).text(text).raw(close);
    }

    fn facts(&mut self, class: &str, facts: &[Fact]) {
        self.raw("<dl class=\"").raw(class).raw("\">\n");
        facts.iter().for_each(|fact| self.fact(fact));
        self.raw("</dl>\n");
    }

    fn fact(&mut self, fact: &Fact) {
        let class = match fact.form {
            FactForm::Inline => "inline",
            FactForm::Words => "words",
            FactForm::Spread => "spread",
            FactForm::Note => "note",
            FactForm::Strong => "strong",
        };
        self.pair(class, &fact.label, &fact.value);
    }

    fn pair(&mut self, class: &str, label: &str, value: &str) {
        self.raw("<div class=\"").raw(class).raw("\"><dt>").text(label).raw("</dt> <dd>").text(value);
        self.raw("</dd></div>\n");
    }

    fn items(&mut self, items: &Items) {
        match self.page {
            HtmlPage::Roll80 => self.narrow_items(items),
            HtmlPage::A4 => self.wide_items(items),
        }
    }

    fn narrow_items(&mut self, items: &Items) {
        self.raw("<section class=\"items\">\n");
        for item in &items.items {
            self.raw("<div class=\"item\">\n<div class=\"spread\"><span>").text(&item.name).raw("</span>");
            if let Some(service) = &item.service {
                self.raw(" <span class=\"service\">").text(service).raw("</span>");
            }
            self.raw("</div>\n");
            let codes = items.with_codes.then_some(&item.codes);
            for more in item.description.iter().chain(codes) {
                self.raw("<div class=\"more\">").text(more).raw("</div>\n");
            }
            self.raw("<dl>\n");
            self.pair("note", &item.price_and_quantity, &item.amount);
            item.notes.iter().for_each(|note| self.fact(note));
            item.foreign.iter().for_each(|(price, total)| self.pair("note", price, total));
            self.raw("</dl>\n</div>\n");
        }
        self.facts("notes", &items.notes);
        self.raw("</section>\n");
    }

    fn wide_items(&mut self, items: &Items) {
        let [name, price, amount] = &items.headings;
        self.raw("<table class=\"items\">\n<thead><tr>");
        for heading in [name, &items.codes_heading, price].into_iter().chain(&items.currency).chain([amount]) {
            self.raw("<th>").text(heading).raw("</th>");
        }
        self.raw("</tr></thead>\n");
        let columns = if items.currency.is_some() { 4 } else { 3 };
        for item in &items.items {
            self.raw("<tbody>\n");
            self.wide_item(item, columns);
            self.raw("</tbody>\n");
        }
        if !items.notes.is_empty() {
            self.raw("<tbody>\n");
            items.notes.iter().for_each(|note| self.note(note, columns));
            self.raw("</tbody>\n");
        }
        self.raw("</table>\n");
    }

    fn wide_item(&mut self, item: &Item, columns: usize) {
        self.raw("<tr><td class=\"name\">").text(&item.name);
        if let Some(service) = &item.service {
            self.raw(" ").text(service);
        }
        if let Some(description) = &item.description {
            self.raw("<div class=\"more\">").text(description).raw("</div>");
        }
        self.raw("</td><td class=\"codes\">").text(&item.codes);
        self.raw("</td><td class=\"amount\">").text(&item.price_and_quantity).raw("</td>");
        if columns > 3 {
            self.raw("<td class=\"amount\">");
            if let Some((price, total)) = &item.foreign {
                self.text(total).raw("<div class=\"more\">").text(price).raw("</div>");
            }
            self.raw("</td>");
        }
        self.raw("<td class=\"amount\">").text(&item.amount).raw("</td></tr>\n");
        item.notes.iter().for_each(|note| self.note(note, columns));
    }

    fn note(&mut self, note: &Fact, columns: usize) {
        write!(self.out, "<tr class=\"note\"><td colspan=\"{columns}\">").expect("a string takes everything");
        self.text(&note.label).raw("</td><td class=\"amount\">").text(&note.value).raw("</td></tr>\n");
    }

    fn table(&mut self, table: &TaxTable) {
        self.raw("<table class=\"taxes\">\n<thead>");
        self.row("th", &table.headings);
        self.raw("</thead>\n<tbody>\n");
        table.rows.iter().for_each(|row| self.row("td", row));
        self.raw("</tbody>\n</table>\n");
    }

    fn row(&mut self, cell: &str, row: &[String; 3]) {
        self.raw("<tr>");
        for text in row {
            self.raw("<").raw(cell).raw(">").text(text).raw("</").raw(cell).raw(">");
        }
        self.raw("</tr>\n");
    }

    fn section(&mut self, class: &str, section: &Section) {
        self.raw("<section class=\"").raw(class).raw("\">\n<h2>").text(&section.heading).raw("</h2>\n<dl>\n");
        if section.clock_first {
            self.clock(section);
        }
        section.facts.iter().for_each(|fact| self.fact(fact));
        if !section.clock_first {
            self.clock(section);
        }
        self.raw("</dl>\n</section>\n");
    }

    fn clock(&mut self, section: &Section) {
        self.raw("<div class=\"clock\">");
        section.clock.iter().for_each(|fact| self.fact(fact));
        self.raw("</div>\n");
    }

    fn qr(&mut self, url: &str) {
        self.raw("<figure class=\"qr\"><a href=\"").text(url).raw("\">");
        if let Ok(symbol) = Symbol::new(url, ErrorCorrection::Medium) {
            self.out.push_str(&symbol.svg());
        } else {
            self.text(url);
        }
        self.raw("</a></figure>\n");
    }

    /// Markup of our own.
    fn raw(&mut self, markup: &str) -> &mut Html {
        self.out.push_str(markup);
        self
    }

    /// Anybody's text, harmless in content and in quoted attributes.
    fn text(&mut self, text: &str) -> &mut Html {
        let mut rest = text;
        while let Some(position) = rest.find(['&', '<', '>', '"', '\'']) {
            self.out.push_str(&rest[..position]);
            self.out.push_str(match rest.as_bytes()[position] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            });
            rest = &rest[position + 1..];
        }
        self.out.push_str(rest);
        self
    }
}
