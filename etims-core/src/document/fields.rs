//! The keys of the document formats, where each goes and which must be there.

use serde::de::{IgnoredAny, MapAccess};

use super::draft::{
    CreditDraft, CreditLineDraft, Currency, DiscountDraft, InsuranceDraft, InvoiceDraft, Kind, LineDraft, Messages,
    Mode, OriginalDraft, PaymentDraft, Prices,
};
use super::read::{Fields, Literal, Reader, Scalar, Unreadable, read_object};
use super::{ItemDraft, StockLineDraft, StockMovementDraft};
use crate::codes::{CreditReason, ItemType, PaymentMethod, StockMovementType, TaxType};
use crate::party::{Buyer, BuyerId, Operator};
use crate::pin::Pin;
use crate::rules::{Findings, Rule, catalogue};

/// Gives drafts that are documents of their own a reader for JSON text.
macro_rules! documents {
    ($($name:ident, $check:literal;)+) => {$(
        impl $name {
            /// Reads a draft from JSON text. Mistakes are collected in `findings` beside what could be read, so that the
            #[doc = concat!("rules can add theirs: a document is good when [`", $check, "`] says so.")]
            ///
            /// # Errors
            /// Only for text that is not JSON at all.
            pub fn from_json(text: &[u8], findings: &mut Findings) -> Result<$name, Unreadable> {
                read_object(text, findings)
            }
        }
    )+};
}

documents! {
    InvoiceDraft, "crate::document::Invoice::check_with";
    ItemDraft, "crate::document::Item::check_with";
    StockMovementDraft, "crate::document::StockMovement::check_with";
}

impl Buyer {
    /// Reads a buyer from JSON text, as it stands in a document. Mistakes are collected in `findings` beside what could be
    /// read.
    ///
    /// # Errors
    /// Only for text that is not JSON at all.
    pub fn from_json(text: &[u8], findings: &mut Findings) -> Result<Buyer, Unreadable> {
        read_object(text, findings)
    }
}

/// Declares an object: how it begins, its keys, how each is read and into which field, and the rule that makes it a must.
macro_rules! fields {
    ($($object:ident::$empty:ident { $($key:literal => $how:ident $field:ident $([$must:ident])?,)+ })+) => {$(
        impl Fields for $object {
            const KEYS: &'static [&'static str] = &[$($key),+];
            const MUST: &'static [(&'static str, &'static Rule)] = &[$($(($key, &catalogue::$must),)?)+];

            fn empty() -> $object {
                $object::$empty()
            }

            fn read<'de, A: MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
                reader: &mut Reader<'_>,
            ) -> Result<bool, A::Error> {
                match key {
                    $($key => reader.$how(map, &mut self.$field),)+
                    _ => map.next_value::<IgnoredAny>().map(|_| false),
                }
            }
        }
    )+};
}

fields! {
    InvoiceDraft::default {
        "reference" => value reference [DOC_REFERENCE],
        "kind" => value kind [DOC_KIND],
        "mode" => value mode,
        "issued_at" => value issued_at [DOC_ISSUED_AT],
        "supply_date" => optional supply_date,
        "prices" => value prices,
        "currency" => object currency,
        "buyer" => object buyer,
        "operator" => object operator,
        "payment" => single_payment payments,
        "payments" => list payments,
        "discount" => object discount,
        "lines" => list lines,
        "credit" => object credit,
        "relates_to" => optional relates_to,
        "messages" => inner messages,
        "remark" => optional remark,
        "expected_total" => optional expected_total,
    }
    Currency::default {
        "code" => value code [DOC_CURRENCY],
        "rate" => value rate [DOC_CURRENCY],
        "source" => optional source,
        "date" => optional date,
    }
    Buyer::default {
        "pin" => optional pin,
        "name" => optional name,
        "phone" => optional phone,
        "address" => optional address,
        "id" => object id,
        "exemption" => optional exemption,
    }
    BuyerId::default {
        "type" => value kind [BUYER_ID],
        "number" => value number [BUYER_ID],
    }
    Operator::default {
        "id" => optional id,
        "name" => optional name,
    }
    PaymentDraft::default {
        "method" => value method [PAYMENT_METHOD],
        "amount" => optional amount,
        "reference" => optional reference,
        "due" => optional due,
    }
    DiscountDraft::default {
        "percent" => optional percent,
        "amount" => optional amount,
        "reason" => optional reason,
    }
    Messages::default {
        "top" => optional top,
        "bottom" => optional bottom,
    }
    LineDraft::default {
        "item_code" => value item_code [LINE_ITEM_CODE],
        "item_type" => optional item_type,
        "origin" => optional origin,
        "classification" => optional classification,
        "name" => optional name,
        "description" => optional description,
        "packaging" => optional packaging,
        "unit" => optional unit,
        "packages" => optional packages,
        "quantity" => value quantity [LINE_QTY_PRESENT],
        "unit_price" => optional unit_price,
        "amount" => optional amount,
        "discount" => object discount,
        "tax" => optional tax,
        "barcode" => optional barcode,
        "insurance" => object insurance,
    }
    InsuranceDraft::default {
        "code" => value code [LINE_INSURANCE],
        "name" => value name [LINE_INSURANCE],
        "rate" => value rate [LINE_INSURANCE],
        "amount" => optional amount,
    }
    CreditDraft::default {
        "original" => inner original [CREDIT_ORIGINAL],
        "reason" => optional reason,
        "note" => optional note,
        "lines" => list lines,
    }
    OriginalDraft::default {
        "reference" => optional reference,
        "invoice_number" => optional invoice_number,
        "cu_invoice_number" => optional cu_invoice_number,
        "issued_at" => optional issued_at,
        "buyer" => object buyer,
    }
    CreditLineDraft::default {
        "line" => value line [CREDIT_LINE_NUMBER],
        "quantity" => optional quantity,
        "amount" => optional amount,
    }
    ItemDraft::unread {
        "code" => value code [LINE_ITEM_CODE],
        "item_type" => value item_type [ITEM_TYPE],
        "classification" => value classification [LINE_CLASS],
        "name" => value name [LINE_NAME],
        "origin" => value origin [ITEM_ORIGIN],
        "packaging" => value packaging [LINE_PACKAGING],
        "unit" => value unit [LINE_UNIT],
        "tax" => value tax [LINE_TAX],
        "price" => value price [ITEM_PRICE],
        "barcode" => optional barcode,
        "operator" => object operator,
    }
    StockMovementDraft::unread {
        "kind" => value kind [STOCK_KIND],
        "occurred_at" => value occurred_at [STOCK_OCCURRED],
        "lines" => list lines [STOCK_LINES],
        "original_number" => value original_number,
        "remark" => optional remark,
        "operator" => object operator,
    }
    StockLineDraft::unread {
        "item_code" => value item_code [LINE_ITEM_CODE],
        "classification" => value classification [LINE_CLASS],
        "name" => value name [LINE_NAME],
        "packaging" => value packaging [LINE_PACKAGING],
        "unit" => value unit [LINE_UNIT],
        "quantity" => value quantity [LINE_QTY_PRESENT],
        "unit_price" => value unit_price [STOCK_PRICE],
        "tax" => value tax [LINE_TAX],
    }
}

impl Reader<'_> {
    /// `"payment": "cash"` stands for one payment of the whole.
    fn single_payment<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        payments: &mut Vec<PaymentDraft>,
    ) -> Result<bool, A::Error> {
        let mut method = None;
        let given = self.optional(map, &mut method)?;
        payments.extend(method.map(|method| PaymentDraft { method, ..PaymentDraft::default() }));
        Ok(given)
    }
}

impl Scalar for Pin {
    const RULE: &'static Rule = &catalogue::BUYER_PIN;

    fn parse(value: &Literal<'_>) -> Option<Pin> {
        Pin::parse(value.text()?).ok()
    }

    fn expected() -> String {
        "a PIN".to_owned()
    }

    /// The PIN itself is not repeated: it may belong to a person.
    fn explain(raw: &str) -> String {
        match serde_json::from_str::<String>(raw).map(|text| Pin::parse(&text)) {
            Ok(Err(error)) => format!("{error}."),
            _ => "expected a string of 11 characters.".to_owned(),
        }
    }
}

/// Reads one of a few words, as the type itself writes them.
macro_rules! word_scalar {
    ($($name:ident: $($word:literal => $value:expr),+;)*) => {$(
        impl Scalar for $name {
            const RULE: &'static Rule = &catalogue::DOC_CHOICE;

            fn parse(value: &Literal<'_>) -> Option<$name> {
                match value.text()? {
                    $($word => Some($value),)+
                    _ => None,
                }
            }

            fn expected() -> String {
                one_of(&[$($word),+])
            }
        }
    )*};
}

word_scalar! {
    Kind: "sale" => Kind::Sale, "credit_note" => Kind::CreditNote;
    Mode: "normal" => Mode::Normal, "training" => Mode::Training, "proforma" => Mode::Proforma;
    Prices: "tax_inclusive" => Prices::TaxInclusive, "tax_exclusive" => Prices::TaxExclusive;
}

/// Reads the word of a code table.
macro_rules! code_scalar {
    ($($name:ident),*) => {$(
        impl Scalar for $name {
            const RULE: &'static Rule = &catalogue::DOC_CHOICE;

            fn parse(value: &Literal<'_>) -> Option<$name> {
                $name::from_word(value.text()?)
            }

            fn expected() -> String {
                one_of(&$name::ALL.iter().map(|value| value.word()).collect::<Vec<_>>())
            }
        }
    )*};
}
code_scalar!(PaymentMethod, ItemType, TaxType, CreditReason, StockMovementType);

fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}
