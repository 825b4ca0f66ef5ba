//! Every operation in every dialect, several taxpayers, branches and devices.

mod support;

use etims_sandbox::{Profile, Sandbox};
use serde_json::{Value, json};
use support::*;

/// (dialect's own path, body) for every look-up, and the list that its data carries.
fn look_ups(dialect: &str) -> Vec<(String, &'static str)> {
    let file: Value = serde_json::from_str(include_str!("../data/operations_fields.json")).expect("the tables");
    let lists = [
        ("codes", "clsList"),
        ("notices", "noticeList"),
        ("item_classes", "itemClsList"),
        ("item_list", "itemList"),
        ("branches", "bhfList"),
        ("imports", "itemList"),
        ("sales_list", "salesList"),
        ("purchases", "saleList"),
        ("stock_moves", "stockList"),
        ("customer_list", "custList"),
    ];
    let operations = file["operations"].as_array().expect("operations");
    lists
        .iter()
        .flat_map(|(id, list)| {
            let operation = operations.iter().find(|operation| operation["id"] == *id).expect("an operation");
            let paths = match &operation["paths"][dialect] {
                Value::Array(paths) => paths.clone(),
                Value::Null => Vec::new(),
                path => vec![path.clone()],
            };
            paths.into_iter().map(|path| (path.as_str().expect("a path").to_owned(), *list))
        })
        .collect()
}

/// Fills every list: an item, a customer, a sale to this PIN, stock from another branch.
fn furnish(call: &dyn Fn(&str, &Value) -> Reply, paths: [&str; 4]) {
    let [save_item, save_customer, save_sale, stock_io] = paths;
    let customer = json!({"custNo": "C0001", "custTin": BUYER, "custNm": "Buyer Ltd", "useYn": "Y",
                          "regrId": "a", "regrNm": "a", "modrId": "a", "modrNm": "a"});
    let to_itself = edit(sale(1, "INV-1", &[(1, "B", "100", "1")]), |body| body["custTin"] = json!(PIN));
    let to_itself = edit(to_itself, |body| body["receipt"]["rptNo"] = json!(1));
    let stock = edit(movement(1, "06", &[(1, "B", "100", "10")]), |body| body["custBhfId"] = json!("00"));
    let moved = edit(movement(2, "13", &[(1, "B", "100", "1")]), |body| body["custBhfId"] = json!("00"));
    for (path, body) in [
        (save_item, &item(1, "B")),
        (save_customer, &customer),
        (stock_io, &stock),
        (save_sale, &to_itself),
        (stock_io, &moved),
    ] {
        let reply = call(path, body);
        assert_eq!(reply.code(), "000", "{path}: {}", reply.body);
    }
}

fn check_lists(dialect: &str, call: &dyn Fn(&str, &Value) -> Reply) {
    let old = json!({"lastReqDt": "20100101000000", "tin": PIN, "bhfId": "00"});
    let new = json!({"lastReqDt": "20991231000000", "tin": PIN, "bhfId": "00"});
    for (path, list) in look_ups(dialect) {
        let full = call(&path, &old);
        assert_eq!(full.code(), "000", "{dialect} {path}: {}", full.body);
        assert!(full.data()[list].as_array().is_some_and(|rows| !rows.is_empty()), "{dialect} {path}: {}", full.body);
        let empty = call(&path, &new);
        assert_eq!((empty.code().as_str(), empty.data()), ("001", Value::Null), "{dialect} {path}");
        let malformed = call(&path, &json!({"lastReqDt": "yesterday", "tin": PIN, "bhfId": "00"}));
        assert_eq!(malformed.code(), "910", "{dialect} {path}: {}", malformed.body);
    }
}

fn check_rest(call: &dyn Fn(&str, &Value) -> Reply, paths: [&str; 7]) {
    let [look_up, user, insurance, compose, import, master, purchase_path] = paths;
    let audit = json!({"useYn": "Y", "regrId": "a", "regrNm": "a", "modrId": "a", "modrNm": "a"});
    let with = |extra: Value| {
        edit(audit.clone(), |body| {
            for (name, value) in extra.as_object().expect("an object") {
                body[name] = value.clone();
            }
        })
    };
    let found = call(look_up, &json!({"custmTin": BUYER}));
    assert_eq!(found.data()["custList"][0]["taxprNm"], "SEVENTH BUYER LTD");
    assert_eq!(call(look_up, &json!({"custmTin": PIN})).data()["custList"][0]["taxprSttsCd"], "A");
    assert_eq!(call(look_up, &json!({"custmTin": "P000070084G"})).code(), "001");
    for (path, body) in [
        (user, with(json!({"userId": "u1", "userNm": "U", "pwd": "x"}))),
        (insurance, with(json!({"isrccCd": "SHI001", "isrccNm": "S", "isrcRt": 20}))),
        (compose, composition(&item_code(1, "B"), &item_code(1, "B"), 1)),
        (import, import_update()),
        (master, on_hand(1, "9")),
        (purchase_path, purchase(1, ("P000000002B", "Supplier", 7), (1, "B", "100", "1"))),
    ] {
        let reply = call(path, &body);
        assert_eq!((reply.code().as_str(), reply.data()), ("000", Value::Null), "{path}: {}", reply.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_has_every_operation_under_both_names() {
    let sandbox = Sandbox::builder().profile(Profile::Strict).start().await.expect("a free port");
    let till = Till::new(&sandbox.url(), PIN, "00", "TILL-1");
    let call = |path: &str, body: &Value| till.post(path, body);
    till.register(&["B"]);
    till.stock_in(1, &[(1, "B", "100", "100")]);
    let customer = json!({"custNo": "C0001", "custTin": BUYER, "custNm": "Buyer Ltd", "useYn": "Y",
                          "regrId": "a", "regrNm": "a", "modrId": "a", "modrNm": "a"});
    let moved = edit(movement(2, "13", &[(1, "B", "100", "91")]), |body| body["custBhfId"] = json!("00"));
    let to_itself = edit(sale(1, "INV-1", &[(1, "B", "100", "1")]), |body| body["custTin"] = json!(PIN));
    for (path, body) in
        [("/branchSendCustomerInfo", customer), ("/insert/stockIO", moved), ("/sendSalesTransaction", to_itself)]
    {
        let reply = call(path, &body);
        assert_eq!(reply.code(), "000", "{path}: {}", reply.body);
    }
    check_lists("gateway", &call);
    check_rest(
        &call,
        [
            "/customerPinInfo",
            "/branchUserAccount",
            "/branchInsuranceInfo",
            "/saveItemComposition",
            "/updateImportItem",
            "/save/stockMaster",
            "/sendPurchaseTransactionInfo",
        ],
    );
    for path in ["/selectTaxPayerInfo", "/selectTaxpayerInfo"] {
        let reply = call(path, &json!({"lastReqDt": "20200101000000"}));
        assert_eq!(reply.data()["taxprNm"], format!("TAXPAYER {PIN}"));
    }
    for path in ["/selectInvoiceDetails", "/selectInvoiceDetail"] {
        assert_eq!(call(path, &json!({"invcNo": 1})).data()["salesList"][0]["trdInvcNo"], "INV-1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_direct_host_has_every_operation() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    assert_eq!(sandbox.oscu_url(), format!("{url}/etims-api"));
    let body = json!({"tin": PIN, "bhfId": "00", "dvcSrlNo": "ODOO/1"});
    let headers = [("Content-Type", "application/json")];
    let init = || {
        let body = body.to_string();
        exchange(&url, "POST", "/etims-api/selectInitOsdcInfo", &headers, body.as_bytes()).expect("an answer")
    };
    let first = init();
    assert_eq!((first.status, first.code().as_str()), (200, "000"));
    let key = first.data()["info"]["cmcKey"].as_str().expect("a key").to_owned();
    let second = init();
    assert_eq!(
        (second.status, second.code().as_str(), second.text().as_str()),
        (200, "902", "This device is installed")
    );
    let till = Till { url: url.clone(), pin: PIN.to_owned(), branch: "00".to_owned(), token: String::new(), key };
    let call = |path: &str, body: &Value| direct(&till, path, body);
    furnish(&call, ["/saveItem", "/saveBhfCustomer", "/saveTrnsSalesOsdc", "/insertStockIO"]);
    check_lists("directOscu", &call);
    check_rest(
        &call,
        [
            "/selectCustomer",
            "/saveBhfUser",
            "/saveBhfInsurance",
            "/saveItemComposition",
            "/updateImportItem",
            "/saveStockMaster",
            "/insertTrnsPurchase",
        ],
    );
    // Only what integrations were seen to read.
    let row = call("/selectInvoiceDetails", &json!({"invcNo": 1})).data()["salesList"][0].clone();
    assert_eq!(row.as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(row["receipt"]["curRcptNo"], 1);
    // Lenient: a gap and odd amounts pass, refusals come in HTTP 200.
    let odd = edit(sale(40, "INV-40", &[(1, "B", "100", "1")]), |body| body["itemList"][0]["taxblAmt"] = json!(100));
    assert_eq!(call("/saveTrnsSalesOsdc", &odd).code(), "000");
    let missing = call("/saveTrnsSalesOsdc", &edit(odd, |body| body["itemList"] = json!([])));
    assert_eq!((missing.status, missing.code().as_str()), (200, "910"));
    let unknown = exchange(&url, "POST", "/etims-api/saveItem", &headers, b"{}").expect("an answer");
    assert_eq!((unknown.status, unknown.code().as_str()), (200, "900"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vscu_has_its_twenty_operations() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    assert_eq!(sandbox.vscu_url(), url);
    assert_eq!(vscu(&url, PIN, "/items/saveItems", &item(1, "B")).code(), "901");
    let init = vscu(&url, PIN, "/initializer/selectInitInfo", &json!({"dvcSrlNo": "VSCU-1"}));
    assert!(init.data()["info"]["sdcId"].as_str().is_some_and(|id| id.starts_with("KRACU03")));
    let call = |path: &str, body: &Value| vscu(&url, PIN, path, body);
    furnish(
        &call,
        ["/items/saveItems", "/branches/saveBrancheCustomers", "/trnsSales/saveSales", "/stock/saveStockItems"],
    );
    check_lists("vscu", &call);
    check_rest(
        &call,
        [
            "/customers/selectCustomer",
            "/branches/saveBrancheUsers",
            "/branches/saveBrancheInsurances",
            "/items/saveItemComposition",
            "/imports/updateImportItems",
            "/stockMaster/saveStockMaster",
            "/trnsPurchase/savePurchases",
        ],
    );
    let sold = call("/trnsSales/saveSales", &sale(2, "INV-2", &[(1, "B", "100", "1")]));
    assert_eq!((&sold.data()["rcptNo"], &sold.data()["mrcNo"]), (&json!(2), &json!("KRA00000001")));
    assert_eq!(sold.data()["vsdcRcptPbctDate"].as_str().map(str::len), Some(14));
    // Sales and credit notes count apart, the total counts both.
    let note = call("/trnsSales/saveSales", &credit(3, "CN-1", &sale(2, "INV-2", &[(1, "B", "100", "1")])));
    assert_eq!((&note.data()["rcptNo"], &note.data()["totRcptNo"]), (&json!(1), &json!(3)));
    let replay = call("/trnsSales/saveSales", &sale(2, "INV-2", &[(1, "B", "100", "1")]));
    assert_eq!((replay.status, replay.code().as_str()), (200, "899"));
    for body in [json!({"lastReqDt": "20200101000000"}), json!({"tin": PIN, "lastReqDt": "20200101000000"})] {
        let reply = exchange(&url, "POST", "/items/selectItems", &[], body.to_string().as_bytes()).expect("an answer");
        assert_eq!(reply.code(), "900");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_its_buyers_purchase() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    let seller = Till::stocked(&url);
    let buyer = Till::new(&url, BUYER, "00", "BUYER-1");
    assert_eq!(seller.post("/saveTrnsSalesOsdc", &sale(1, "INV-1", &[(1, "B", "100", "2")])).code(), "000");
    let listed = || {
        let body = json!({"lastReqDt": "20100101000000", "tin": BUYER, "bhfId": "00"});
        let rows = buyer.post("/selectTrnsPurchaseSalesList", &body).data()["saleList"].clone();
        rows.as_array().expect("rows").iter().find(|row| row["spplrTin"] == PIN).cloned()
    };
    let row = listed().expect("the sale");
    assert_eq!(
        (&row["spplrInvcNo"], &row["rcptTyCd"], &row["cfmDt"]),
        (&json!("1"), &json!("S"), &json!("2026-09-17 14:09:26"))
    );
    assert_eq!(row["itemList"][0]["taxblAmt"].to_string(), "172.41");
    assert!(row["itemList"][0].get("isrccCd").is_none());
    buyer.register(&["B"]);
    let name = row["spplrNm"].as_str().expect("a name");
    let confirmed = buyer.post("/insertTrnsPurchase", &purchase(1, (PIN, name, 1), (1, "B", "200", "1")));
    assert_eq!(confirmed.code(), "000", "{}", confirmed.body);
    assert!(listed().is_none());
    let twice = buyer.post("/insertTrnsPurchase", &purchase(2, (PIN, name, 1), (1, "B", "200", "1")));
    assert_eq!(twice.text(), "Missing purchase Record");
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_and_devices_are_kept_apart() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let url = sandbox.url();
    let head = Till::stocked(&url);
    let branch = Till::new(&url, PIN, "01", "TILL-2");
    // Stock belongs to a branch, invoice numbers too, items and movements to the PIN.
    let refused = branch.post("/saveTrnsSalesOsdc", &sale(1, "B-1", &[(1, "B", "100", "1")]));
    assert_eq!(refused.text(), "Items provided under the itemList section do not exist in your stock");
    let sent = edit(movement(2, "13", &[(1, "B", "100", "10")]), |body| body["custBhfId"] = json!("01"));
    assert_eq!(head.post("/insertStockIO", &sent).code(), "000");
    let since = json!({"lastReqDt": "20100101000000", "tin": PIN, "bhfId": "01"});
    let row = branch.post("/selectStockMoveList", &since).data()["stockList"][0].clone();
    assert_eq!((&row["custBhfId"], &row["sarNo"], &row["itemList"][0]["qty"]), (&json!("00"), &json!(2), &json!(10)));
    let taken = edit(movement(3, "04", &[(1, "B", "100", "10")]), |body| body["custBhfId"] = json!("00"));
    assert_eq!(branch.post("/insertStockIO", &taken).code(), "000");
    assert_eq!(branch.post("/saveStockMaster", &on_hand(1, "10")).code(), "000");
    assert_eq!(branch.post("/saveTrnsSalesOsdc", &sale(1, "B-1", &[(1, "B", "100", "1")])).code(), "000");
    assert_eq!(head.post("/saveTrnsSalesOsdc", &sale(1, "H-1", &[(1, "B", "100", "1")])).code(), "000");
    // A second device of the head office goes on with its numbers and has its own receipts.
    let second = Till::new(&url, PIN, "00", "TILL-3");
    let reply = second.post("/saveTrnsSalesOsdc", &sale(2, "H-2", &[(1, "B", "100", "1")]));
    assert_eq!(reply.data()["curRcptNo"], 1, "{}", reply.body);
    let ledger = sandbox.ledger();
    let devices: Vec<&str> = ledger.iter().map(|row| row.sdc_id.as_str()).collect();
    assert_eq!(devices, ["KRACU0400000002", "KRACU0400000001", "KRACU0400000003"]);
    // The key of one branch opens no other.
    let stolen = Till { branch: "01".to_owned(), ..head.clone() };
    assert_eq!(stolen.post("/selectItemList", &json!({"lastReqDt": "20100101000000"})).code(), "901");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_documents_are_kept_in_full() {
    let sandbox = Sandbox::builder().keep_documents(2).start().await.expect("a free port");
    let till = Till::stocked(&sandbox.url());
    for number in 1..=3 {
        till.post("/saveTrnsSalesOsdc", &sale(number, &format!("INV-{number}"), &[(1, "B", "100", "1")]));
    }
    let detail =
        |number: u64| till.post("/selectInvoiceDetails", &json!({"invcNo": number})).data()["salesList"][0].clone();
    assert!(detail(3)["itemList"].is_array() && detail(2)["itemList"].is_array());
    let old = detail(1);
    assert!(old["itemList"].is_null());
    assert_eq!((&old["trdInvcNo"], &old["receipt"]["curRcptNo"]), (&json!("INV-1"), &json!("1")));
    assert_eq!(old["totAmt"].to_string(), "100");
    // Its credit note is still possible.
    let note = till.post("/saveTrnsSalesOsdc", &credit(4, "CN", &sale(1, "INV-1", &[(1, "B", "100", "1")])));
    assert_eq!(note.code(), "000", "{}", note.body);
    assert_eq!(sandbox.ledger().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_can_be_demanded() {
    let sandbox = Sandbox::builder().credentials("key", "secret").app_id(APP_ID).start().await.expect("a free port");
    let till = Till::new(&sandbox.url(), PIN, "00", "TILL-1");
    assert_eq!(till.post("/saveItem", &item(1, "B")).code(), "000");
    let other = "22222222-2222-4333-8444-555555555555";
    assert!(till.post_changed("apigee_app_id", other, "/saveItem", &item(2, "B")).text().contains("TestSessionApiLog"));
    let path = "/v1/token/generate?grant_type=client_credentials";
    let wrong =
        exchange(&sandbox.url(), "GET", path, &[("Authorization", "Basic a2V5Ondyb25n")], b"").expect("an answer");
    assert_eq!(wrong.status, 401);
}
