//! What KRA's gateway has accepted or demanded is accepted and demanded here.

mod support;

use etims_sandbox::{Profile, Sandbox};
use serde_json::{Value, json};
use support::*;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("a sample")
}

/// Items 1 to 14 as the samples use them, registered in their order.
fn register(till: &Till) {
    for number in 1..=14u64 {
        let body = edit(item(number, "B"), |body| match number {
            6 => body["itemClsCd"] = json!("1010150100"),
            11 => {
                body["itemClsCd"] = json!("9901200000");
                body["taxTyCd"] = json!("C");
            }
            12 => {
                body["itemClsCd"] = json!("1000000000");
                body["itemCd"] = json!("KE2BGPA0000012");
                body["pkgUnitCd"] = json!("BG");
                body["qtyUnitCd"] = json!("PA");
            }
            _ => {}
        });
        let reply = till.post("/saveItem", &body);
        assert_eq!(reply.code(), "000", "{}", reply.body);
    }
}

fn accepted(till: &Till, sample: &Value) {
    let path = sample["endpoint"].as_str().expect("an endpoint");
    let reply = till.post(path, &sample["request"]);
    assert_eq!((reply.status, reply.code().as_str()), (200, "000"), "{path}: {}", reply.body);
    if let Some(message) = sample["response_body"]["resultMsg"].as_str() {
        assert_eq!(reply.json()["responseBody"]["resultMsg"], message, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_the_gateway_accepted_are_accepted() {
    let sandbox = Sandbox::builder().profile(Profile::Strict).start().await.expect("a free port");
    let till = Till::new(&sandbox.url(), "P000000001A", "00", "dvcSerial0001");
    // The sample's item is the first of its PIN.
    let first = sample(include_str!("samples/gateway/save_item_ok.json"));
    accepted(&till, &first);
    register(&till);

    let movement_6 = sample(include_str!("samples/gateway/insert_stock_io.json"));
    accepted(&till, &movement_6);
    // Item 1 for the sale, 14 for the composition: 100 of each.
    let reply = till.post("/insertStockIO", &movement(2, "06", &[(1, "B", "100", "100"), (14, "B", "10", "100")]));
    assert_eq!(reply.code(), "000", "{}", reply.body);
    accepted(&till, &sample(include_str!("samples/gateway/save_stock_master.json")));
    accepted(&till, &sample(include_str!("samples/gateway/send_sales_transaction.json")));
    for call in sample(include_str!("samples/gateway/branch_saves.json"))["calls"].as_array().expect("calls") {
        accepted(&till, call);
    }
    accepted(&till, &sample(include_str!("samples/gateway/update_import_item.json")));
    accepted(&till, &sample(include_str!("samples/gateway/save_purchase_zero_rated.json")));
    let template = sample(include_str!("samples/gateway/send_purchase_transaction_template.json"));
    // Both samples are their PIN's first purchase; here one follows the other.
    accepted(&till, &edit(template, |sample| sample["request"]["invcNo"] = json!(2)));

    let ledger = sandbox.ledger();
    assert_eq!((ledger[0].total_cents, ledger[0].tax_cents), (10_000, 1379));
}

/// The answers have the keys and the kinds that the samples have.
#[tokio::test(flavor = "multi_thread")]
async fn answers_look_like_kras() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let till = Till::stocked(&sandbox.url());
    let init = till.post("/initialize", &json!({"tin": "P000000001A", "bhfId": "00", "dvcSrlNo": "dvcSerial0001"}));
    let live = sample(include_str!("samples/gateway/initialize.json"));
    same_kind(&live["response_wrapped"], &init.json(), "init");
    let sold = sale(1, "INV-1", &[(1, "B", "100", "1")]);
    let answers = sample(include_str!("samples/gateway/sale_response_fields_live.json"));
    let first = till.post("/saveTrnsSalesOsdc", &sold).json();
    same_kind(&answers["sale"]["responseBody"], &first["responseBody"], "sale");
    let second = till.post("/saveTrnsSalesOsdc", &credit(2, "CN-1", &sold)).json();
    same_kind(&answers["credit_note"]["responseBody"], &second["responseBody"], "credit note");
    assert_eq!(
        second["responseBody"]["data"]["curRcptNo"],
        answers["credit_note"]["responseBody"]["data"]["curRcptNo"]
    );
    let detail = till.post("/selectInvoiceDetails", &answers["invoice_detail_of_sale"]["request"]);
    let row = detail.data()["salesList"][0].clone();
    same_kind(&answers["invoice_detail_of_sale"]["receipt"], &row["receipt"], "detail");
    same_kind(&answers["invoice_detail_of_sale"]["line"], &row["itemList"][0], "line");
}

/// Every key of `sample` is in `found`, with a value of the same kind (or null in one of them).
fn same_kind(sample: &Value, found: &Value, place: &str) {
    match (sample, found) {
        (Value::Object(sample), Value::Object(found)) => {
            for (name, value) in sample {
                let other = found.get(name).unwrap_or_else(|| panic!("{place}.{name} is missing"));
                same_kind(value, other, &format!("{place}.{name}"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => assert_eq!(std::mem::discriminant(sample), std::mem::discriminant(found), "{place}: {sample} {found}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_expects_what_kras_servers_expected() {
    let cases = sample(include_str!("samples/vectors/server_expected_values.json"));
    let mut seen = 0;
    for case in cases["cases"].as_array().expect("cases") {
        let sandbox = Sandbox::builder().start().await.expect("a free port");
        let till = Till::stocked(&sandbox.url());
        let (field, expected) = case["expected"].as_object().and_then(|map| map.iter().next()).expect("one value");
        let two_decimals = |value: &Value| format!("{:.2}", value.as_f64().expect("a number"));
        let sent = &case["sent"];
        let overlay = |body: Value| {
            edit(body, |body| {
                for (name, value) in sent.as_object().expect("an object").iter().filter(|(name, _)| *name != "note") {
                    let place = if name.starts_with("taxRt") { &mut *body } else { &mut body["itemList"][0] };
                    place[name] = value.clone();
                }
            })
        };
        let (text, words) = match case["call"].as_str() {
            Some("sale") => {
                let reply = till.post("/saveTrnsSalesOsdc", &overlay(sale(1, "INV-1", &[(2, "A", "50", "1")])));
                // A sale without B lines for the rates, otherwise the sample's line in B.
                let reply = if field.starts_with("taxRt") {
                    reply
                } else {
                    let price = sent["splyAmt"].as_i64().unwrap_or(100).to_string();
                    let quantity = sent["qty"].as_i64().unwrap_or(1).to_string();
                    till.post("/saveTrnsSalesOsdc", &overlay(sale(1, "INV-1", &[(1, "B", &price, &quantity)])))
                };
                let found = sent[field].clone();
                let words = match field.as_str() {
                    "pkg" => format!("Invalid pkg for ItemList 1. Expected: {expected}, Found: {found}"),
                    "taxblAmt" => format!(
                        "Invalid taxblAmt on item: 1. Expected: {}, But Found: {}",
                        two_decimals(expected),
                        two_decimals(&found)
                    ),
                    rate => format!(
                        "Rule {rate} failed: Tax rate mismatch. Expected: {}, Found: {found}",
                        two_decimals(expected)
                    ),
                };
                (reply.text(), words)
            }
            Some("purchase") => {
                let body = purchase(1, ("P000000003C", "Supplier Ltd", 12), (1, "B", "1302.07", "1"));
                let reply = till.post("/insertTrnsPurchase", &overlay(body));
                let name = if field == "splyAmt" { "splyAmnt" } else { field };
                let words = format!(
                    "Invalid {name} on item: 1. Expected: {}, But Found: {}",
                    two_decimals(expected),
                    two_decimals(&sent[field])
                );
                (reply.text(), words)
            }
            Some("stockMaster") => {
                // Everything has left again: the ledger is at zero.
                till.post("/insertStockIO", &movement(2, "16", &[(1, "B", "100", "100")]));
                let reply = till.post("/saveStockMaster", &on_hand(1, &sent["rsdQty"].to_string()));
                assert_eq!(reply.status, 200);
                (reply.text(), format!("rsdQty mismatch. Expected: {expected} but found: {}", sent["rsdQty"]))
            }
            other => panic!("an unknown call {other:?}"),
        };
        assert_eq!(text, words);
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_that_the_gateway_accepted_are_accepted() {
    let vectors = sample(include_str!("samples/vectors/amounts.json"));
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let till = Till::stocked(&sandbox.url());
    for (index, line) in vectors["convention_inclusive_gateway"].as_array().expect("lines").iter().enumerate() {
        let number = index as u64 + 1;
        let (price, quantity) = (line["prc"].to_string(), line["qty"].to_string());
        let body = edit(sale(number, "INV", &[(3, "B3", &price, &quantity)]), |body| {
            for name in ["splyAmt", "dcAmt", "taxblAmt", "taxAmt", "totAmt"] {
                body["itemList"][0][name] = line[name].clone();
            }
        });
        let reply = till.post("/saveTrnsSalesOsdc", &body);
        assert_eq!(reply.code(), "000", "{}", reply.body);
    }
}

/// The VSCU request that a site has proven, and the answer's keys.
#[tokio::test(flavor = "multi_thread")]
async fn the_proven_vscu_sale_is_signed() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    let init = vscu(&url, "P000000001A", "/initializer/selectInitInfo", &json!({"dvcSrlNo": "VSCU-1"}));
    assert_eq!(init.code(), "000");
    let request = sample(include_str!("samples/vscu/save_sales_request_proven_live.json"));
    let reply = exchange(
        &url,
        "POST",
        request["endpoint"].as_str().expect("a path"),
        &[],
        request["request"].to_string().as_bytes(),
    )
    .expect("an answer");
    let live = sample(include_str!("samples/vscu/save_sales_ok.json"));
    same_kind(&live["response_live_key"], &reply.json(), "answer");
    assert_eq!(reply.json()["resultMsg"], live["response_live_key"]["resultMsg"]);
}
