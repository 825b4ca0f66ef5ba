//! The keys of the document format and where each goes.

use serde::de::MapAccess;

use super::draft::{
    CreditDraft, CreditLineDraft, Currency, DiscountDraft, InsuranceDraft, InvoiceDraft, Kind, LineDraft, Messages,
    Mode, OriginalDraft, PaymentDraft, Prices,
};
use super::read::{Fields, Literal, Reader, Scalar, Unreadable, read_object};
use crate::codes::{CreditReason, ItemType, PaymentMethod, TaxType};
use crate::party::{Buyer, BuyerId, Operator};
use crate::pin::Pin;
use crate::rules::{Findings, Rule, catalogue};

impl InvoiceDraft {
    /// Reads a draft from JSON text. Mistakes are collected in `findings` beside what could be read, so that the rules
    /// can add theirs: a document is good when [`crate::document::Invoice::check`] says so.
    ///
    /// # Errors
    /// Only for text that is not JSON at all.
    pub fn from_json(text: &[u8], findings: &mut Findings) -> Result<InvoiceDraft, Unreadable> {
        let document: Document = read_object(text, findings)?;
        document.require(findings);
        Ok(document.draft)
    }
}

/// A draft while it is read: knows which of the required keys were there.
#[derive(Default)]
struct Document {
    draft: InvoiceDraft,
    has_reference: bool,
    has_kind: bool,
    has_issued_at: bool,
    has_lines: bool,
}

impl Document {
    fn require(&self, findings: &mut Findings) {
        let is_credit = self.draft.kind == Kind::CreditNote && self.draft.credit.is_some();
        let presence = [
            (self.has_reference, "reference", &catalogue::DOC_REFERENCE),
            (self.has_kind, "kind", &catalogue::DOC_KIND),
            (self.has_issued_at, "issued_at", &catalogue::DOC_ISSUED_AT),
            (self.has_lines || is_credit, "lines", &catalogue::DOC_LINES),
        ];
        for (_, key, rule) in presence.into_iter().filter(|(present, ..)| !present) {
            findings.add(rule, key, "is missing.");
        }
    }
}

impl Fields for Document {
    const KEYS: &'static [&'static str] = &[
        "reference",
        "kind",
        "mode",
        "issued_at",
        "supply_date",
        "prices",
        "currency",
        "buyer",
        "operator",
        "payment",
        "payments",
        "discount",
        "lines",
        "credit",
        "relates_to",
        "messages",
        "remark",
        "expected_total",
    ];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        let draft = &mut self.draft;
        match key {
            "reference" => {
                self.has_reference = true;
                reader.required(map, &mut draft.reference)
            }
            "kind" => {
                self.has_kind = true;
                reader.required(map, &mut draft.kind)
            }
            "mode" => reader.defaulted(map, &mut draft.mode),
            "issued_at" => {
                self.has_issued_at = true;
                reader.required(map, &mut draft.issued_at)
            }
            "supply_date" => reader.optional(map, &mut draft.supply_date),
            "prices" => reader.defaulted(map, &mut draft.prices),
            "currency" => reader.object(map, &mut draft.currency),
            "buyer" => reader.object(map, &mut draft.buyer),
            "operator" => reader.object(map, &mut draft.operator),
            "payment" => {
                let mut method = None;
                reader.optional(map, &mut method)?;
                draft.payments.extend(method.map(|method| PaymentDraft { method, ..PaymentDraft::default() }));
                Ok(())
            }
            "payments" => reader.list(map, &mut draft.payments),
            "discount" => reader.object(map, &mut draft.discount),
            "lines" => {
                self.has_lines = true;
                reader.list(map, &mut draft.lines)
            }
            "credit" => reader.object(map, &mut draft.credit),
            "relates_to" => reader.optional(map, &mut draft.relates_to),
            "messages" => {
                let mut messages = None;
                reader.object(map, &mut messages)?;
                draft.messages = messages.unwrap_or_default();
                Ok(())
            }
            "remark" => reader.optional(map, &mut draft.remark),
            _ => reader.optional(map, &mut draft.expected_total),
        }
    }
}

impl Fields for Currency {
    const KEYS: &'static [&'static str] = &["code", "rate", "source", "date"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "code" => reader.required(map, &mut self.code),
            "rate" => reader.required(map, &mut self.rate),
            "source" => reader.optional(map, &mut self.source),
            _ => reader.optional(map, &mut self.date),
        }
    }
}

impl Fields for Buyer {
    const KEYS: &'static [&'static str] = &["pin", "name", "phone", "address", "id", "exemption"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "pin" => reader.optional(map, &mut self.pin),
            "name" => reader.optional(map, &mut self.name),
            "phone" => reader.optional(map, &mut self.phone),
            "address" => reader.optional(map, &mut self.address),
            "id" => reader.object(map, &mut self.id),
            _ => reader.optional(map, &mut self.exemption),
        }
    }
}

impl Fields for BuyerId {
    const KEYS: &'static [&'static str] = &["type", "number"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "type" => reader.required(map, &mut self.kind),
            _ => reader.required(map, &mut self.number),
        }
    }
}

impl Fields for Operator {
    const KEYS: &'static [&'static str] = &["id", "name"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "id" => reader.optional(map, &mut self.id),
            _ => reader.optional(map, &mut self.name),
        }
    }
}

impl Fields for PaymentDraft {
    const KEYS: &'static [&'static str] = &["method", "amount", "reference", "due"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "method" => reader.required(map, &mut self.method),
            "amount" => reader.optional(map, &mut self.amount),
            "reference" => reader.optional(map, &mut self.reference),
            _ => reader.optional(map, &mut self.due),
        }
    }
}

impl Fields for DiscountDraft {
    const KEYS: &'static [&'static str] = &["percent", "amount", "reason"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "percent" => reader.optional(map, &mut self.percent),
            "amount" => reader.optional(map, &mut self.amount),
            _ => reader.optional(map, &mut self.reason),
        }
    }
}

impl Fields for Messages {
    const KEYS: &'static [&'static str] = &["top", "bottom"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "top" => reader.optional(map, &mut self.top),
            _ => reader.optional(map, &mut self.bottom),
        }
    }
}

impl Fields for LineDraft {
    const KEYS: &'static [&'static str] = &[
        "item_code",
        "item_type",
        "origin",
        "classification",
        "name",
        "description",
        "packaging",
        "unit",
        "packages",
        "quantity",
        "unit_price",
        "amount",
        "discount",
        "tax",
        "barcode",
        "insurance",
    ];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "item_code" => reader.required(map, &mut self.item_code),
            "item_type" => reader.optional(map, &mut self.item_type),
            "origin" => reader.optional(map, &mut self.origin),
            "classification" => reader.optional(map, &mut self.classification),
            "name" => reader.optional(map, &mut self.name),
            "description" => reader.optional(map, &mut self.description),
            "packaging" => reader.optional(map, &mut self.packaging),
            "unit" => reader.optional(map, &mut self.unit),
            "packages" => reader.optional(map, &mut self.packages),
            "quantity" => reader.required(map, &mut self.quantity),
            "unit_price" => reader.optional(map, &mut self.unit_price),
            "amount" => reader.optional(map, &mut self.amount),
            "discount" => reader.object(map, &mut self.discount),
            "tax" => reader.optional(map, &mut self.tax),
            "barcode" => reader.optional(map, &mut self.barcode),
            _ => reader.object(map, &mut self.insurance),
        }
    }
}

impl Fields for InsuranceDraft {
    const KEYS: &'static [&'static str] = &["code", "name", "rate", "amount"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "code" => reader.required(map, &mut self.code),
            "name" => reader.required(map, &mut self.name),
            "rate" => reader.required(map, &mut self.rate),
            _ => reader.optional(map, &mut self.amount),
        }
    }
}

impl Fields for CreditDraft {
    const KEYS: &'static [&'static str] = &["original", "reason", "note", "lines"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "original" => {
                let mut original = None;
                reader.object(map, &mut original)?;
                self.original = original.unwrap_or_default();
                Ok(())
            }
            "reason" => reader.optional(map, &mut self.reason),
            "note" => reader.optional(map, &mut self.note),
            _ => reader.list(map, &mut self.lines),
        }
    }
}

impl Fields for OriginalDraft {
    const KEYS: &'static [&'static str] = &["reference", "invoice_number", "cu_invoice_number", "issued_at", "buyer"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "reference" => reader.optional(map, &mut self.reference),
            "invoice_number" => reader.optional(map, &mut self.invoice_number),
            "cu_invoice_number" => reader.optional(map, &mut self.cu_invoice_number),
            "issued_at" => reader.optional(map, &mut self.issued_at),
            _ => reader.object(map, &mut self.buyer),
        }
    }
}

impl Fields for CreditLineDraft {
    const KEYS: &'static [&'static str] = &["line", "quantity", "amount"];

    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        reader: &mut Reader<'_>,
    ) -> Result<(), A::Error> {
        match key {
            "line" => reader.required(map, &mut self.line),
            "quantity" => reader.optional(map, &mut self.quantity),
            _ => reader.optional(map, &mut self.amount),
        }
    }
}

impl Scalar for Pin {
    const EXPECTED: &'static str = "a PIN";
    const RULE: &'static Rule = &catalogue::BUYER_PIN;

    fn parse(value: &Literal<'_>) -> Option<Pin> {
        Pin::parse(value.text()?).ok()
    }

    /// The PIN itself is not repeated: it may belong to a person.
    fn explain(raw: &str) -> String {
        match serde_json::from_str::<String>(raw).map(|text| Pin::parse(&text)) {
            Ok(Err(error)) => format!("{error}."),
            _ => "expected a string of 11 characters.".to_owned(),
        }
    }
}

/// Reads one of a few words.
macro_rules! word_scalar {
    ($($name:ident: $expected:literal = $($word:literal => $value:expr),+;)*) => {$(
        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            const RULE: &'static Rule = &catalogue::DOC_CHOICE;

            fn parse(value: &Literal<'_>) -> Option<$name> {
                match value.text()? {
                    $($word => Some($value),)+
                    _ => None,
                }
            }
        }
    )*};
}

word_scalar! {
    Kind: "one of sale, credit_note" = "sale" => Kind::Sale, "credit_note" => Kind::CreditNote;
    Mode: "one of normal, training, proforma"
        = "normal" => Mode::Normal, "training" => Mode::Training, "proforma" => Mode::Proforma;
    Prices: "one of tax_inclusive, tax_exclusive"
        = "tax_inclusive" => Prices::TaxInclusive, "tax_exclusive" => Prices::TaxExclusive;
}

/// Reads the word of a code table.
macro_rules! code_scalar {
    ($($name:ident: $expected:literal;)*) => {$(
        impl Scalar for $name {
            const EXPECTED: &'static str = $expected;
            const RULE: &'static Rule = &catalogue::DOC_CHOICE;

            fn parse(value: &Literal<'_>) -> Option<$name> {
                $name::from_word(value.text()?)
            }
        }
    )*};
}

code_scalar! {
    PaymentMethod: "one of cash, credit, cash_credit, bank_cheque, card, mobile_money, other";
    ItemType: "one of goods, service, raw_material";
    TaxType: "one of A, B, C, D, E";
    CreditReason: "a reason code 01 to 13";
}
