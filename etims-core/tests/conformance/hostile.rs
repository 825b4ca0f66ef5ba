//! Every value of good documents replaced by what nobody should send: a document or a list of violations, never a panic.

use serde_json::{Value, json};

use crate::vector::{Outcome, Vector, vectors};

fn nasty() -> Vec<Value> {
    let mut values: Vec<Value> = ["", " ", "-0", "0", "-1", "9999999999999999.99", "99999999999.99", "x\u{0}y"]
        .iter()
        .map(|text| json!(text))
        .collect();
    // Most digits, fewest digits: the bounds of decimals.
    values.extend(
        ["79228162514264337593543950335", "0.0000000000000000000000000001", "7.9228162514264337593543950335"]
            .map(Value::from),
    );
    values.extend([
        Value::Null,
        json!(true),
        json!(18_446_744_073_709_551_615_u64),
        json!([]),
        json!({}),
        json!([null]),
    ]);
    values
}

/// The values of a document that are no objects or lists, by pointer.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(values) => values.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => return found.push(pointer.to_owned()),
    };
    for (key, value) in inner {
        leaves(value, &format!("{pointer}/{key}"), found);
    }
}

#[test]
fn no_value_makes_a_document_panic() {
    let mut checked = 0;
    for vector in vectors() {
        let is_interesting =
            ["credit", "amounts", "k1", "k3", "exclusive", "currency", "insurance", "item", "stock", "body"]
                .iter()
                .any(|prefix| vector.id.starts_with(prefix));
        // A balance has no reader of its own: each language calls its function.
        if !is_interesting || vector.repeat.is_some() || vector.id.starts_with("stock/balance") {
            continue;
        }
        let own: Value = serde_json::from_str(&vector.text()).expect("JSON");
        checked += spoil(&own, |document| check(&vector, document, None));
        if let Some(original) = &vector.original {
            let sale: Value = serde_json::from_str(original.document.get()).expect("JSON");
            checked += spoil(&sale, |sale| check(&vector, &own, Some(sale)));
        }
    }
    assert!(checked > 20_000, "{checked} documents checked");
}

/// Calls back with every leaf of a document replaced by every nasty value; the answer is how often.
fn spoil(good: &Value, check: impl Fn(&Value)) -> usize {
    let mut pointers = Vec::new();
    leaves(good, "", &mut pointers);
    let nasty = nasty();
    for (pointer, value) in pointers.iter().flat_map(|pointer| nasty.iter().map(move |value| (pointer, value))) {
        let mut document = good.clone();
        *document.pointer_mut(pointer).expect("a leaf") = value.clone();
        check(&document);
    }
    pointers.len() * nasty.len()
}

fn check(vector: &Vector, document: &Value, original: Option<&Value>) {
    match vector.run_on(&document.to_string(), original.map(Value::to_string).as_deref()) {
        Outcome::Good { body: Some(body), .. } => {
            let body: Value = serde_json::from_slice(&body).expect("a body is JSON");
            assert!(body.is_object());
        }
        Outcome::Good { body: None, .. } | Outcome::Unreadable(_) => {}
        Outcome::Bad(invalid) => assert!(!invalid.violations.is_empty()),
    }
}
