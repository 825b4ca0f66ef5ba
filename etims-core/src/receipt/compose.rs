//! From a document and KRA's answer to the blocks on paper. The order here is the order of KRA's templates (TIS
//! specification v2.0, pages 8 and 10; reference `compliance.md` §1.4 and §1.5).

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::figures::{Figures, clock, dashed, date};
use super::labels::Labels;
use super::qr::QrPayload;
use super::view::{
    Block, DeviceIdentity, Fact, FactForm, Item, Items, LineRole, Logo, LogoSlot, Print, PrintOptions, ReceiptError,
    ReceiptView, Section, TaxTable,
};
use crate::codes::{ItemType, TaxType};
use crate::document::{Invoice, Kind, Line, Mode};
use crate::money::{Amount, Percent, UnitPrice};
use crate::party::Seller;
use crate::wire::SignedReceipt;

/// The clocks of control unit and till may differ by this much before it is worth a word.
const LATE_AFTER: TimeDelta = TimeDelta::minutes(15);

impl ReceiptView {
    /// Lays out a document. A normal one needs KRA's signed answer, training and proforma must not have one.
    ///
    /// # Errors
    /// [`ReceiptError`] when something is missing without which the paper would not be a receipt.
    pub fn new(
        invoice: &Invoice,
        signed: Option<&SignedReceipt>,
        seller: &Seller,
        device: &DeviceIdentity,
        options: &PrintOptions<'_>,
    ) -> Result<ReceiptView, ReceiptError> {
        let signed = match (invoice.mode(), signed) {
            (Mode::Normal, None) => return Err(ReceiptError::NotSigned),
            (Mode::Training | Mode::Proforma, Some(_)) => return Err(ReceiptError::NotToBeSigned),
            (_, signed) => signed,
        };
        let qr_url = signed.map(|signed| QrPayload::of(seller, signed)).transpose()?.map(|payload| payload.url());
        let composer = Composer {
            invoice,
            seller,
            options,
            labels: options.labels,
            label: options.labels.kind(invoice.mode(), invoice.kind(), options.print == Print::Copy),
            figures: Figures { negative: invoice.kind() == Kind::CreditNote },
        };
        let mut blocks = composer.header();
        blocks.push(composer.items());
        blocks.push(Block::Totals(composer.totals()));
        blocks.push(composer.tax_table());
        if let Some(signed) = signed {
            blocks.push(composer.control_unit(signed, device)?);
        }
        blocks.extend(qr_url.clone().map(Block::Qr));
        blocks.push(composer.trader(signed.is_none()));
        let footer = invoice.messages().bottom.as_deref().or(seller.bottom_message.as_deref());
        blocks.extend(footer.and_then(|message| line(LineRole::Message, message)));
        let late_by = signed.map(|signed| signed.signed_at - invoice.issued_at());
        Ok(ReceiptView {
            label: composer.label.to_owned(),
            title: composer.title().to_owned(),
            language: composer.labels.language.clone(),
            reference: clean(invoice.reference()),
            designation: composer.designation().map(str::to_owned),
            blocks,
            qr_url,
            late_by: late_by.filter(|gap| gap.abs() > LATE_AFTER),
        })
    }
}

/// Text that can stand on paper: a line break or an escape sequence in a name must not reach a printer, and marks that
/// turn the reading direction must not change what an amount seems to say. Marks without width go too: printers differ
/// in what they make of them.
fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = |c: char| matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}');
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let shown = text.chars().filter(|c| !turns(*c) && !hides(*c));
    let plain: String = shown.map(|c| if breaks(c) { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

fn line(role: LineRole, text: &str) -> Option<Block> {
    let text = clean(text);
    (!text.is_empty()).then_some(Block::Line(role, text))
}

struct Composer<'a> {
    invoice: &'a Invoice,
    seller: &'a Seller,
    options: &'a PrintOptions<'a>,
    labels: &'a Labels,
    label: &'a str,
    figures: Figures,
}

impl Composer<'_> {
    fn is_credit(&self) -> bool {
        self.invoice.kind() == Kind::CreditNote
    }

    fn title(&self) -> &str {
        match (self.invoice.mode(), self.invoice.kind()) {
            (Mode::Proforma, _) => &self.labels.title_proforma,
            (_, Kind::Sale) => &self.labels.title_invoice,
            (_, Kind::CreditNote) => &self.labels.title_credit,
        }
    }

    fn designation(&self) -> Option<&str> {
        match (self.invoice.mode(), self.options.print) {
            (Mode::Normal, Print::Original) => None,
            (Mode::Normal, Print::Copy) => Some(&self.labels.designation_copy),
            (Mode::Training, _) => Some(&self.labels.designation_training),
            (Mode::Proforma, _) => Some(&self.labels.designation_proforma),
        }
    }

    fn header(&self) -> Vec<Block> {
        let (invoice, seller, labels) = (self.invoice, self.seller, self.labels);
        let logo =
            |slot, png: &Option<_>, text: &str| Block::Logo(Logo { slot, png: png.clone(), text: text.to_owned() });
        let mut blocks = vec![logo(LogoSlot::Kra, &self.options.kra_logo, &labels.kra_logo)];
        if self.options.shop_logo.is_some() {
            blocks.push(logo(LogoSlot::Shop, &self.options.shop_logo, &labels.shop_logo));
        }
        blocks.extend(seller.trade_name.as_deref().and_then(|name| line(LineRole::TradeName, name)));
        blocks.extend(seller.full_address().and_then(|address| line(LineRole::Seller, &address)));
        blocks.push(Block::Line(LineRole::Seller, format!("{} {}", labels.pin, seller.pin)));
        blocks.push(Block::Line(LineRole::Title, self.title().to_owned()));
        let message = invoice.messages().top.as_deref().or(seller.top_message.as_deref());
        blocks.extend(message.and_then(|message| line(LineRole::Message, message)));
        if let Some(credit) = invoice.credits() {
            let original = clean(&credit.original_cu_invoice_number);
            blocks.push(Block::Facts(vec![Fact::new(FactForm::Inline, labels.original_cu_invoice.as_str(), original)]));
            blocks.push(Block::Line(LineRole::Sentence, labels.credit_sentence.clone()));
        }
        let facts = self.facts();
        if !facts.is_empty() {
            blocks.push(Block::Facts(facts));
        }
        blocks.extend(self.designation().map(|designation| Block::NotOfficial {
            designation: designation.to_owned(),
            sentence: labels.not_official.clone(),
            translation: labels.not_official_translation.clone(),
        }));
        blocks
    }

    fn facts(&self) -> Vec<Fact> {
        let (invoice, labels, buyer) = (self.invoice, self.labels, self.invoice.buyer());
        let mut facts = Vec::new();
        let mut fact = |form: FactForm, label: &str, value: Option<String>| {
            let value = value.map(|value| clean(&value)).filter(|value| !value.is_empty());
            facts.extend(value.map(|value| Fact::new(form, label, value)));
        };
        fact(FactForm::Inline, &labels.buyer_pin, buyer.pin.map(|pin| pin.to_string()));
        fact(FactForm::Words, &labels.buyer_name, buyer.name.clone());
        fact(FactForm::Words, &labels.buyer_address, buyer.address.clone());
        fact(FactForm::Words, &labels.buyer_id, buyer.id.as_ref().map(|id| format!("{} {}", id.kind, id.number)));
        fact(FactForm::Inline, &labels.exemption, buyer.exemption.clone());
        fact(FactForm::Inline, &labels.supply_date, invoice.supply_date().map(date));
        fact(FactForm::Inline, &labels.supplements, invoice.relates_to().map(str::to_owned));
        fact(FactForm::Words, &labels.exchange_rate, self.exchange_rate());
        facts
    }

    /// `1 USD = 129.50 KES (CBK mean rate, 17/09/2026)`.
    fn exchange_rate(&self) -> Option<String> {
        let currency = &self.invoice.foreign()?.currency;
        let source: Vec<String> = currency.source.iter().cloned().chain(currency.date.map(date)).collect();
        let source = if source.is_empty() { String::new() } else { format!(" ({})", source.join(", ")) };
        let rate = Figures { negative: false }.price(UnitPrice::new(currency.rate));
        Some(format!("1 {} = {rate} KES{source}", currency.code))
    }

    fn items(&self) -> Block {
        let labels = self.labels;
        let basket: Amount = self.invoice.lines().iter().map(|line| line.totals.basket_discount).sum();
        let notes = (!basket.is_zero()).then(|| {
            let given = self.invoice.basket();
            let percent = given.and_then(|discount| discount.percent);
            let before = basket + self.invoice.lines().iter().map(|line| line.totals.total).sum();
            let reason = given.and_then(|discount| discount.reason.as_deref());
            Fact { form: FactForm::Spread, ..self.discount(percent, reason, basket, before) }
        });
        Block::Items(Items {
            headings: [&labels.item, &labels.price_and_quantity, &labels.amount].map(String::clone),
            codes_heading: labels.item_codes.clone(),
            currency: self.invoice.foreign().map(|foreign| clean(&foreign.currency.code)),
            with_codes: self.options.item_codes,
            items: self.invoice.lines().iter().map(|line| self.item(line)).collect(),
            notes: notes.into_iter().collect(),
        })
    }

    fn item(&self, line: &Line) -> Item {
        let (totals, figures) = (&line.totals, self.figures);
        let mut notes = Vec::new();
        if !totals.discount.is_zero() {
            let reason = line.discount_reason.as_deref();
            notes.push(self.discount(line.discount_percent, reason, totals.discount, totals.before_discount));
        }
        if let Some(insurance) = &line.insurance {
            let label = format!("{} {}% {}", self.labels.insurance, insurance.rate, clean(&insurance.name));
            notes.push(Fact::new(FactForm::Note, label, figures.money(insurance.amount)));
        }
        let currency = || self.invoice.foreign().map_or("", |foreign| foreign.currency.code.as_str());
        let foreign = line.foreign.map(|foreign| {
            let price = format!("{} {} x {}", currency(), figures.price(foreign.unit_price), line.quantity);
            (price, format!("{} {}", currency(), figures.money(foreign.total)))
        });
        Item {
            name: clean(&line.name),
            service: (line.item_type == ItemType::Service).then(|| self.labels.service.clone()),
            description: line.description.as_deref().map(clean).filter(|text| !text.is_empty()),
            codes: clean(&format!("{} {} {}", line.item_code, line.classification, line.unit)),
            price_and_quantity: format!("{} x {}", figures.price(totals.unit_price), line.quantity),
            amount: format!("{}{}", figures.money(totals.before_discount), self.labels.suffix(line.tax_type)),
            notes,
            foreign,
        }
    }

    /// `Discount 10%: dented`. KRA's template wants a percent; for a discount given as money it is worked out.
    fn discount(&self, percent: Option<Percent>, reason: Option<&str>, amount: Amount, before: Amount) -> Fact {
        let percent = percent.or_else(|| {
            let share = amount.decimal().checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before.decimal())?;
            Some(Percent::new(Amount::rounded(share).decimal()))
        });
        let mut label = self.labels.discount.clone();
        if let Some(percent) = percent {
            label.push_str(&format!(" {percent}%"));
        }
        if let Some(reason) = reason.map(clean).filter(|reason| !reason.is_empty()) {
            label.push_str(&format!(": {reason}"));
        }
        Fact::new(FactForm::Note, label, self.figures.taken_off(amount))
    }

    fn totals(&self) -> Vec<Fact> {
        let (labels, totals, figures) = (self.labels, self.invoice.totals(), self.figures);
        let row = |label: &str, amount: Amount| Fact::new(FactForm::Spread, label, figures.money(amount));
        let discount = self.invoice.total_discount();
        let mut facts = Vec::new();
        if !self.is_credit() || !discount.is_zero() {
            facts.push(row(&labels.total_before_discount, totals.total() + discount));
            facts.push(Fact::new(FactForm::Spread, labels.total_discount.as_str(), figures.taken_off(discount)));
        }
        if self.is_credit() {
            self.band_totals(&mut facts);
        } else {
            facts.push(row(&labels.total_exempt, totals.net(TaxType::A)));
            facts.push(row(&labels.sub_total, totals.total_net()));
            facts.push(row(&labels.vat, totals.total_tax()));
        }
        facts.push(Fact::new(FactForm::Strong, labels.total.as_str(), figures.money(totals.total())));
        if let Some(foreign) = self.invoice.foreign() {
            let label = format!("{} {}", labels.total, clean(&foreign.currency.code));
            facts.push(row(&label, foreign.total));
        }
        self.shares(&mut facts);
        for payment in self.invoice.payments() {
            facts.push(row(labels.payment(payment.method), payment.amount));
            let reference = payment.reference.as_deref().map(clean).filter(|reference| !reference.is_empty());
            facts.extend(reference.map(|value| Fact::new(FactForm::Note, labels.payment_reference.as_str(), value)));
            facts.extend(payment.due.map(|due| Fact::new(FactForm::Note, labels.payment_due.as_str(), date(due))));
        }
        let count = self.invoice.lines().len().to_string();
        facts.push(Fact::new(FactForm::Spread, labels.items_number.as_str(), count));
        facts
    }

    /// The per-rate rows of a credit note: bands with a rate always, the others when used (TIS specification §6.21).
    fn band_totals(&self, facts: &mut Vec<Fact>) {
        let (labels, totals) = (self.labels, self.invoice.totals());
        let mut row =
            |label: String, amount| facts.push(Fact::new(FactForm::Spread, label, self.figures.money(amount)));
        for band in TaxType::ALL.iter().copied() {
            let rate = self.invoice.settings().rates.rate(band);
            let taxed = rate > Percent::ZERO;
            if taxed || !totals.gross(band).is_zero() {
                row(format!("{} {}", labels.total, labels.band(band, rate)), totals.net(band));
            }
            if taxed {
                row(format!("{} {}", labels.total_tax, band.letter()), totals.tax(band));
            }
        }
        row(labels.total_tax.clone(), totals.total_tax());
    }

    /// Who pays what of an insured sale; VAT is on the full supply all the same.
    fn shares(&self, facts: &mut Vec<Fact>) {
        let mut insurers: Vec<(String, Amount)> = Vec::new();
        for insurance in self.invoice.lines().iter().filter_map(|line| line.insurance.as_ref()) {
            let name = clean(&insurance.name);
            match insurers.iter_mut().find(|(known, _)| *known == name) {
                Some((_, amount)) => *amount += insurance.amount,
                None => insurers.push((name, insurance.amount)),
            }
        }
        if insurers.is_empty() {
            return;
        }
        let insured: Amount = insurers.iter().map(|(_, amount)| *amount).sum();
        for (name, amount) in insurers {
            let label = format!("{} {name}", self.labels.insurer_share);
            facts.push(Fact::new(FactForm::Spread, label, self.figures.money(amount)));
        }
        let rest = self.figures.money(self.invoice.totals().total() - insured);
        facts.push(Fact::new(FactForm::Spread, self.labels.patient_share.as_str(), rest));
    }

    fn tax_table(&self) -> Block {
        let (labels, totals, rates) = (self.labels, self.invoice.totals(), &self.invoice.settings().rates);
        let row = |band: &TaxType| {
            let (net, tax) = (self.figures.money(totals.net(*band)), self.figures.money(totals.tax(*band)));
            [labels.band(*band, rates.rate(*band)), net, tax]
        };
        Block::TaxTable(TaxTable {
            headings: [&labels.rate, &labels.taxable_amount, &labels.tax].map(String::clone),
            rows: TaxType::ALL.iter().map(row).collect(),
        })
    }

    fn clock_facts(&self, moment: crate::time::Timestamp) -> [Fact; 2] {
        let (date, time) = clock(moment);
        [
            Fact::new(FactForm::Inline, self.labels.date.as_str(), date),
            Fact::new(FactForm::Inline, self.labels.time.as_str(), time),
        ]
    }

    fn control_unit(&self, signed: &SignedReceipt, device: &DeviceIdentity) -> Result<Block, ReceiptError> {
        let labels = self.labels;
        let filled = |text: &&String| !text.trim().is_empty();
        let scu = signed.sdc_id.as_ref().filter(filled).or(device.sdc_id.as_ref().filter(filled));
        let scu = clean(scu.ok_or(ReceiptError::NoControlUnit)?);
        let number = signed.receipt_number;
        // Counters are printed as answered: in VSCU and Rwanda the two differ, and a missing one is not made up.
        let counter = match signed.total_receipt_number {
            Some(total) => format!("{number}/{total} {}", self.label),
            None => format!("{number} {}", self.label),
        };
        let cu_number = match self.is_credit() {
            true => format!("{scu}/{number} {}", self.label),
            false => format!("{scu}/{number}"),
        };
        let mut facts = vec![Fact::new(FactForm::Spread, labels.control_unit_id.as_str(), scu)];
        let machine = signed.mrc_no.as_ref().or(device.mrc_no.as_ref()).filter(|_| self.options.machine_number);
        facts.extend(machine.map(|mrc| Fact::new(FactForm::Spread, labels.machine_number.as_str(), clean(mrc))));
        facts.push(Fact::new(FactForm::Spread, labels.cu_invoice_number.as_str(), cu_number));
        facts.push(Fact::new(FactForm::Spread, labels.receipt_number.as_str(), counter));
        let internal_data = dashed(&clean(&signed.internal_data));
        facts.push(Fact::new(FactForm::Inline, labels.internal_data.as_str(), internal_data));
        facts.push(Fact::new(FactForm::Inline, labels.signature.as_str(), dashed(&signed.signature)));
        Ok(Block::ControlUnit(Section {
            heading: labels.control_unit.clone(),
            facts,
            clock: self.clock_facts(signed.signed_at),
            clock_first: true,
        }))
    }

    /// The trader's own block. A print without a control unit block says here which kind it is.
    fn trader(&self, with_kind: bool) -> Block {
        let labels = self.labels;
        let reference = clean(self.invoice.reference());
        let mut facts = vec![Fact::new(FactForm::Inline, labels.trader_number.as_str(), reference)];
        if with_kind {
            facts.push(Fact::new(FactForm::Inline, labels.receipt_type.as_str(), self.label));
        }
        Block::Trader(Section {
            heading: labels.trader.clone(),
            facts,
            clock: self.clock_facts(self.invoice.issued_at()),
            clock_first: false,
        })
    }
}
