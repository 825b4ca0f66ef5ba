//! `docs/schema` is generated from the drafts. When a test of staleness fails, run it once with `UPDATE_DOCS=1` and commit.
//!
//! Documents are read by a visitor of their own, so that the schema has to be held against it: the same keys, the same
//! words, the same musts.

use std::collections::BTreeSet;

use etims_core::document::{InvoiceDraft, ItemDraft, StockMovementDraft};
use etims_core::rules::{Findings, Violation};
use serde_json::{Map, Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schema");

/// Reads a document and tells what is wrong with it.
type Read = fn(&[u8]) -> Vec<Violation>;

macro_rules! reader {
    ($draft:ident) => {
        |text| {
            let mut findings = Findings::default();
            $draft::from_json(text, &mut findings).expect("JSON");
            findings.into_result().map_or_else(|invalid| invalid.violations, |_| Vec::new())
        }
    };
}

fn documents() -> [(&'static str, Value, Read); 3] {
    [
        ("invoice", schemars::schema_for!(InvoiceDraft).to_value(), reader!(InvoiceDraft)),
        ("item", schemars::schema_for!(ItemDraft).to_value(), reader!(ItemDraft)),
        ("stock_movement", schemars::schema_for!(StockMovementDraft).to_value(), reader!(StockMovementDraft)),
    ]
}

#[test]
fn the_schemas_are_up_to_date() {
    for (name, schema, _) in documents() {
        let path = format!("{FOLDER}/{name}.schema.json");
        let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(FOLDER).expect("a folder");
            std::fs::write(&path, &text).expect("the schema can be written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == text, "{path} is stale: run `UPDATE_DOCS=1 cargo test -p etims-core --test schema`");
    }
}

/// One step to an object inside a document.
#[derive(Clone)]
enum Step {
    Key(String),
    FirstEntry,
}

/// An object of a schema: how to get there, and what it says.
struct Object<'s> {
    steps: Vec<Step>,
    schema: &'s Map<String, Value>,
}

/// A document with a value at the end of the steps, and the path of that value.
fn nested(steps: &[Step], value: Value) -> Value {
    steps.iter().rev().fold(value, |value, step| match step {
        Step::Key(key) => json!({ key: value }),
        Step::FirstEntry => json!([value]),
    })
}

fn path(steps: &[Step], key: &str) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => path.extend([".", key]),
            Step::FirstEntry => path.push_str("[0]"),
        }
    }
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The schema behind references and alternatives with `null`.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.strip_prefix("#/$defs/").expect("a definition of this schema");
        return resolved(&root["$defs"][name], root);
    }
    let alternatives = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    alternatives.map(|one| resolved(one, root)).find(|one| one["type"] != "null").unwrap_or(schema)
}

fn objects<'s>(steps: Vec<Step>, schema: &'s Value, root: &'s Value, found: &mut Vec<Object<'s>>) {
    let schema = resolved(schema, root);
    let with = |step: Step| [steps.clone(), vec![step]].concat();
    if let Some(items) = schema.get("items") {
        objects(with(Step::FirstEntry), items, root, found);
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (key, schema) in properties {
            objects(with(Step::Key(key.clone())), schema, root, found);
        }
        found.push(Object { steps, schema: schema.as_object().expect("a schema") });
    }
}

/// The words a schema allows, if it is a closed list.
fn words(schema: &Value) -> Option<Vec<String>> {
    let of = |values: &Value, key: Option<&str>| -> Option<Vec<String>> {
        values
            .as_array()?
            .iter()
            .map(|value| key.map_or(value, |key| &value[key]).as_str().map(str::to_owned))
            .collect()
    };
    of(&schema["enum"], None).or_else(|| of(&schema["oneOf"], Some("const")))
}

fn check_object(name: &str, object: &Object<'_>, root: &Value, read: Read) {
    let at = |key: &str| path(&object.steps, key);
    let found = |value: Value| read(nested(&object.steps, value).to_string().as_bytes());
    let is_found = |violations: &[Violation], code: &str, key: &str| {
        violations.iter().any(|violation| violation.code() == code && violation.path == at(key))
    };
    let properties = object.schema["properties"].as_object().expect("properties");

    // The same keys: the reader names the ones it knows when it meets one it does not.
    let violations = found(json!({ "no such key": 1 }));
    let unknown = violations.iter().find(|violation| violation.path == at("no such key"));
    let unknown = unknown.unwrap_or_else(|| panic!("{name}: {} is read although it is unknown", at("no such key")));
    let (_, known) = unknown.message.split_once("known are ").expect("the known keys");
    let known: BTreeSet<&str> = known.trim_end_matches('.').split(", ").collect();
    assert_eq!(known, properties.keys().map(String::as_str).collect(), "{name}: keys of {:?}", at(""));
    assert_eq!(object.schema["additionalProperties"], json!(false), "{name}: {:?} is open", at(""));

    // The same musts.
    let required: BTreeSet<&str> = object
        .schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let missing = found(json!({}));
    for key in properties.keys() {
        let is_missed = missing.iter().any(|violation| violation.path == at(key) && violation.message == "is missing.");
        assert_eq!(is_missed, required.contains(key.as_str()), "{name}: whether {} must be there", at(key));
    }

    // The same words.
    for (key, schema) in properties {
        let Some(words) = words(resolved(schema, root)) else { continue };
        for word in words {
            let violations = found(json!({ key: word }));
            assert!(!violations.iter().any(|violation| violation.path == at(key)), "{name}: {} = {word}", at(key));
        }
        let violations = found(json!({ key: "no such word" }));
        assert!(is_found(&violations, "ETIMS-DOC-CHOICE-01", key), "{name}: {} takes any word", at(key));
    }
}

#[test]
fn reader_and_schema_agree() {
    for (name, schema, read) in documents() {
        let mut found = Vec::new();
        objects(Vec::new(), &schema, &schema, &mut found);
        found.iter().for_each(|object| check_object(name, object, &schema, read));
        assert!(found.len() > 1, "{name} has {} objects", found.len());
    }
}

#[test]
fn every_closed_list_is_in_the_schema() {
    let (_, schema, _) = &documents()[0];
    let mut found = Vec::new();
    objects(Vec::new(), schema, schema, &mut found);
    let closed: BTreeSet<String> = found
        .iter()
        .flat_map(|object| {
            let properties = object.schema["properties"].as_object().expect("properties");
            properties
                .iter()
                .filter(|(_, property)| words(resolved(property, schema)).is_some())
                .map(|(key, _)| path(&object.steps, key))
        })
        .collect();
    let expected = [
        "credit.reason",
        "kind",
        "lines[0].item_type",
        "lines[0].tax",
        "mode",
        "payment",
        "payments[0].method",
        "prices",
    ];
    assert_eq!(closed, expected.map(str::to_owned).into());
}
