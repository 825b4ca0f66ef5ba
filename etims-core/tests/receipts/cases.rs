//! The documents of `tests/golden`, one folder each, and the prints made of them.

use std::fs;
use std::path::PathBuf;

use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::party::Seller;
use etims_core::receipt::{DeviceIdentity, Labels, Print, PrintOptions, ReceiptView};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, SignedReceipt};

/// A print: whose folder, original or copy, in which words.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Folder the document is in.
    pub(crate) document: &'static str,
    pub(crate) print: Print,
    pub(crate) labels: fn() -> &'static Labels,
}

const fn case(name: &'static str, document: &'static str, print: Print) -> Case {
    Case { name, document, print, labels: Labels::english }
}

/// All kinds, then what varies within them.
pub(crate) const CASES: [Case; 14] = [
    case("ns", "ns", Print::Original),
    case("nc", "nc", Print::Original),
    case("cs", "ns", Print::Copy),
    case("cc", "nc", Print::Copy),
    case("ts", "ts", Print::Original),
    case("tc", "tc", Print::Original),
    case("ps", "ps", Print::Original),
    case("discounts", "discounts", Print::Original),
    case("foreign", "foreign", Print::Original),
    case("insurance", "insurance", Print::Original),
    Case { name: "swahili", document: "discounts", print: Print::Copy, labels: Labels::swahili },
    Case { name: "regional-nr", document: "nc", print: Print::Original, labels: Labels::regional },
    Case { name: "regional-cr", document: "nc", print: Print::Copy, labels: Labels::regional },
    Case { name: "regional-tr", document: "tc", print: Print::Original, labels: Labels::regional },
];

pub(crate) fn golden(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(golden(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn seller() -> Seller {
    serde_json::from_str(&read("seller.json")).expect("a seller")
}

/// KRA's answer: `sale` or `credit`.
pub(crate) fn answer(name: &str) -> SignedReceipt {
    SignedReceipt::from_json(&read(&format!("answer-{name}.json"))).expect("an answer")
}

/// A document as JSON, checked for the gateway.
pub(crate) fn invoice(json: &str) -> Invoice {
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(json.as_bytes(), &mut findings).expect("JSON");
    Invoice::check_with(&draft, &Settings::new(Dialect::Gateway), None, findings).expect("a valid document")
}

pub(crate) fn document(name: &str) -> Invoice {
    invoice(&read(&format!("{name}/document.json")))
}

impl Case {
    pub(crate) fn named(name: &str) -> Case {
        *CASES.iter().find(|case| case.name == name).expect("a case of that name")
    }

    pub(crate) fn view(&self) -> ReceiptView {
        let answer = match self.document {
            "ts" | "tc" | "ps" => None,
            "nc" => Some(answer("credit")),
            _ => Some(answer("sale")),
        };
        let options = PrintOptions { print: self.print, labels: (self.labels)(), ..PrintOptions::default() };
        let device = DeviceIdentity::default();
        ReceiptView::new(&document(self.document), answer.as_ref(), &seller(), &device, &options).expect("a receipt")
    }
}
