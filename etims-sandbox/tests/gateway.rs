//! The gateway dialect from initialisation to a signed sale, over HTTP.

mod support;

use etims_sandbox::{Profile, Sandbox};
use serde_json::{Value, json};
use support::{APP_ID, PIN, Till, credit, exchange, item, movement, on_hand, sale};

async fn sandbox() -> Sandbox {
    Sandbox::builder().seed(7).profile(Profile::Strict).start().await.expect("a free port")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_signed_and_can_be_read_back() {
    let sandbox = sandbox().await;
    let till = Till::stocked(&sandbox.url());
    let body = sale(1, "INV-1", &[(1, "B", "100", "1"), (3, "B3", "250", "1")]);
    let reply = till.post("/saveTrnsSalesOsdc", &body);
    assert_eq!((reply.status, reply.code().as_str()), (200, "000"), "{}", reply.body);
    let data = reply.data();
    assert_eq!((&data["curRcptNo"], &data["totRcptNo"]), (&json!(1), &json!(1)));
    let signature = data["rcptSign"].as_str().expect("a signature");
    assert_eq!((signature.len(), data["intrlData"].as_str().map(str::len)), (16, Some(26)));

    let detail = till.post("/selectInvoiceDetails", &json!({"invcNo": 1}));
    let row = detail.data()["salesList"][0].clone();
    assert_eq!(row["receipt"]["curRcptNo"], "1");
    assert_eq!(row["receipt"]["rcptSign"], data["rcptSign"]);
    assert_eq!(row["itemList"][0]["taxblAmt"].to_string(), "86.21");
    assert_eq!(row["trdInvcNo"], "INV-1");

    let unknown = till.post("/selectInvoiceDetail", &json!({"invcNo": 2}));
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "001"));
    assert_eq!(unknown.json()["responseHeader"]["responseCode"], 200);

    let reply = till.post("/sendSalesTransaction", &credit(2, "CN-1", &body));
    assert_eq!(reply.code(), "000", "{}", reply.body);
    let ledger = sandbox.ledger();
    assert_eq!(ledger.len(), 2);
    assert_eq!((ledger[0].total_cents, ledger[0].tax_cents), (35_000, 4827));
    assert_eq!((ledger[1].original_invoice_number, ledger[1].receipt_number), (1, 2));
    assert_eq!(ledger[0].signature, signature);
    assert_eq!(ledger[0].sdc_id, "KRACU0400000001");

    let link = format!("/common/link/etims/receipt/indexEtimsReceiptData?Data={PIN}00{signature}");
    let page = exchange(&sandbox.url(), "GET", &link, &[], b"").expect("a page");
    assert!(page.status == 200 && page.body.contains("KRACU0400000001/1") && page.body.contains("not KRA"));
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_signs_the_same() {
    let mut signatures = Vec::new();
    for _ in 0..2 {
        let sandbox = sandbox().await;
        let till = Till::stocked(&sandbox.url());
        till.post("/saveTrnsSalesOsdc", &sale(1, "INV-1", &[(1, "B", "100", "1")]));
        signatures.push((sandbox.ledger()[0].signature.clone(), till.key.clone()));
    }
    assert_eq!(signatures[0], signatures[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_wants_get_and_basic() {
    let sandbox = sandbox().await;
    let path = "/v1/token/generate?grant_type=client_credentials";
    let basic = [("Authorization", "Basic a2V5OnNlY3JldA==")];
    let post = exchange(&sandbox.url(), "POST", path, &basic, b"").expect("an answer");
    assert_eq!((post.status, post.body.as_str()), (200, ""));
    for headers in [vec![], vec![("Authorization", "Basic Og==")], vec![("Authorization", "Bearer x")]] {
        assert_eq!(exchange(&sandbox.url(), "GET", path, &headers, b"").expect("an answer").status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_initialised_once() {
    let sandbox = sandbox().await;
    let till = Till::new(&sandbox.url(), PIN, "00", "TILL-1");
    let body = json!({"tin": PIN, "bhfId": "00", "dvcSrlNo": "TILL-1"});
    let second = till.post("/initialize", &body);
    assert_eq!((second.code().as_str(), second.data()), ("902", Value::Null));
    assert_eq!(till.post("/saveItem", &item(1, "B")).code(), "000");
    let third = till.post("/initialize", &body);
    assert_eq!(third.text(), "Query did not return a unique result: 2 results were returned");
    let broken = till.post("/saveItem", &item(2, "B"));
    assert_eq!(broken.text(), "Query did not return a unique result: 3 results were returned");
    // Another serial of the same branch is another device.
    let fresh = Till::new(&sandbox.url(), PIN, "00", "TILL-2");
    assert_eq!(fresh.post("/saveItem", &item(2, "B")).code(), "000");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_six_headers_are_checked() {
    let sandbox = sandbox().await;
    let till = Till::new(&sandbox.url(), PIN, "00", "TILL-1");
    let body = item(1, "B");
    assert_eq!(till.post_without("Authorization", "/saveItem", &body).status, 401);
    assert_eq!(till.post_changed("Authorization", "Bearer nonsense", "/saveItem", &body).status, 401);
    let text = till.post_without("apigee_app_id", "/saveItem", &body).text();
    assert!(text.contains("apigee_app_id cannot be Null"), "{text}");
    assert!(
        till.post_changed("apigee_app_id", "consumer-key", "/saveItem", &body).text().contains("TestSessionApiLog")
    );
    for header in ["tin", "bhfId", "cmcKey"] {
        assert_eq!(till.post_without(header, "/saveItem", &body).code(), "900", "{header}");
    }
    assert_eq!(till.post_changed("cmcKey", "0000", "/saveItem", &body).code(), "901");
    assert!(till.post_changed("bhfId", "09", "/saveItem", &body).text().starts_with("Error occurred while validating"));
    assert_eq!(till.post_without("Content-Type", "/saveItem", &body).status, 400);
    assert_eq!(till.post_changed("apigee_app_id", APP_ID, "/saveItem", &body).code(), "000");
    let fault = till.post("/importedItemConvertedInfo", &body);
    assert_eq!((fault.status, fault.text().as_str()), (500, "Unresolved variable : targetPath"));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_classes_are_served() {
    let sandbox = sandbox().await;
    let till = Till::new(&sandbox.url(), PIN, "00", "TILL-1");
    let since = json!({"lastReqDt": "20200101000000"});
    let codes = till.post("/selectCodeList", &since).data();
    assert!(codes["clsList"].as_array().is_some_and(|classes| classes.len() > 20));
    let classes = till.post("/selectItemClsList", &since).data();
    assert_eq!(classes["itemClsList"].as_array().map(Vec::len), Some(26));
    assert_eq!(till.post("/selectItemClass", &json!({"lastReqDt": "20260101000000"})).code(), "001");
    till.post("/saveItem", &item(1, "B"));
    assert_eq!(till.post("/itemInfo", &since).data()["itemList"][0]["itemCd"], "KE2NTNO0000001");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_kept_per_branch() {
    let sandbox = sandbox().await;
    let till = Till::stocked(&sandbox.url());
    let sold = sale(1, "INV-1", &[(1, "B", "100", "60")]);
    assert_eq!(till.post("/saveTrnsSalesOsdc", &sold).code(), "000");
    let more = sale(2, "INV-2", &[(1, "B", "100", "60")]);
    assert_eq!(
        till.post("/saveTrnsSalesOsdc", &more).text(),
        "Items provided under the itemList section do not exist in your stock"
    );
    assert_eq!(till.post("/insertStockIO", &movement(2, "11", &[(1, "B", "100", "60")])).code(), "000");
    let wrong = till.post("/saveStockMaster", &on_hand(1, "100"));
    assert_eq!(wrong.status, 200);
    assert_eq!(wrong.json()["responseHeader"]["responseCode"], "400");
    assert_eq!(wrong.text(), "rsdQty mismatch. Expected: 40.0 but found: 100");
    assert_eq!(till.post("/save/stockMaster", &on_hand(1, "40")).code(), "000");
    assert_eq!(till.post("/saveTrnsSalesOsdc", &sale(2, "INV-2", &[(1, "B", "100", "40")])).code(), "000");
}
