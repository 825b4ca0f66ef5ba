//! The documents of `docs/guide/invoices.md` and `examples/invoices` are good ones, and the guide names every key.

use std::collections::BTreeSet;

use etims_core::document::{Invoice, InvoiceDraft, Original};
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::Dialect;
use serde_json::Value;

const GUIDE: &str = include_str!("../../docs/guide/invoices.md");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/invoices");

/// The JSON blocks of the guide.
fn blocks() -> Vec<&'static str> {
    let after = GUIDE.split("```json\n").skip(1);
    after.map(|rest| rest.split("```").next().expect("a closed block")).collect()
}

fn check(text: &str, original: Option<&Original<'_>>) -> Invoice {
    let mut findings = Findings::default();
    let draft =
        InvoiceDraft::from_json(text.as_bytes(), &mut findings).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let invoice = Invoice::check_with(&draft, &Settings::new(Dialect::Gateway), original, findings);
    invoice.unwrap_or_else(|invalid| panic!("{invalid}\n{text}"))
}

#[test]
fn every_document_of_the_guide_is_good() {
    let (mut first, mut seen) = (None, 0);
    for block in blocks() {
        let named = block.contains("\"original\": { \"reference\"");
        let original = first.as_ref().filter(|_| named).map(|invoice| Original {
            invoice,
            invoice_number: 1,
            cu_invoice_number: "KRACU0400000001/1".to_owned(),
            credited: &[],
        });
        let invoice = check(block, original.as_ref());
        assert_eq!(invoice.warnings(), [], "{block}");
        first.get_or_insert(invoice);
        seen += 1;
    }
    assert!(seen >= 7, "{seen} documents found");
}

#[test]
fn every_example_is_good_but_for_the_walk_in_buyer() {
    for entry in std::fs::read_dir(EXAMPLES).expect("the examples") {
        let path = entry.expect("a directory entry").path();
        let invoice = check(&std::fs::read_to_string(&path).expect("an example"), None);
        let codes: Vec<_> = invoice.warnings().iter().map(|warning| warning.code()).collect();
        assert!(codes.iter().all(|code| *code == "ETIMS-BUYER-NAME-02"), "{}: {codes:?}", path.display());
    }
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.keys().cloned());
            object.values().for_each(|value| keys(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn the_guide_shows_every_key_of_the_schema() {
    let mut shown = BTreeSet::new();
    for block in blocks() {
        keys(&serde_json::from_str(block).expect("JSON"), &mut shown);
    }
    let schema = schemars::schema_for!(InvoiceDraft).to_value();
    let mut known = BTreeSet::new();
    let definitions = schema["$defs"].as_object().expect("definitions").values();
    for object in definitions.chain([&schema]) {
        known.extend(object["properties"].as_object().into_iter().flat_map(|properties| properties.keys().cloned()));
    }
    let named = |key: &&String| {
        shown.contains(*key) || GUIDE.contains(&format!("`{key}`")) || GUIDE.contains(&format!("\"{key}\":"))
    };
    let missing: Vec<_> = known.iter().filter(|key| !named(key)).collect();
    assert!(missing.is_empty(), "not in the guide: {missing:?}");
}
