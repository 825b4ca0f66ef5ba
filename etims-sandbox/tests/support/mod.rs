//! A till that speaks to the sandbox over plain sockets: it shares nothing with the SDK's client.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

pub const PIN: &str = "P000000010C";
pub const BUYER: &str = "P000070007R";
pub const APP_ID: &str = "11111111-2222-4333-8444-555555555555";

/// What came back; `None` in the place of an answer means that the connection ended without one.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.body))
    }

    /// `resultCd`, wherever the dialect puts it.
    pub fn code(&self) -> String {
        let json = self.json();
        let flat = if json.get("responseBody").is_some() { &json["responseBody"] } else { &json };
        flat["resultCd"].as_str().unwrap_or_default().to_owned()
    }

    pub fn data(&self) -> Value {
        let json = self.json();
        if json.get("responseBody").is_some() { json["responseBody"]["data"].clone() } else { json["data"].clone() }
    }

    /// The refusal's words, wherever the dialect puts them.
    pub fn text(&self) -> String {
        let json = self.json();
        let places = [
            &json["responseHeader"]["debugMessage"],
            &json["responseBody"]["resultMsg"],
            &json["resultMsg"],
            &json["header"]["responseMessage"],
            &json["fault"]["faultstring"],
        ];
        places.iter().find_map(|text| text.as_str()).unwrap_or_default().to_owned()
    }
}

/// One request on a connection of its own; `None` when the connection ends before a whole head has come.
pub fn exchange(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
    let address = url.strip_prefix("http://").expect("a plain URL");
    let stream = TcpStream::connect(address).expect("the sandbox listens");
    exchange_on(stream, method, path, headers, body)
}

fn exchange_on(
    mut stream: TcpStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Reply> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a valid time-out");
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    // The sandbox may answer and close before it has read all of an oversized body.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    // A reset is one of the faults: what came before it counts.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { status, head: head.to_owned(), body: body.to_owned() })
}

/// A till on the gateway, initialised.
#[derive(Clone)]
pub struct Till {
    pub url: String,
    pub pin: String,
    pub branch: String,
    pub token: String,
    pub key: String,
}

pub fn token(url: &str) -> String {
    let reply = exchange(
        url,
        "GET",
        "/v1/token/generate?grant_type=client_credentials",
        &[("Authorization", "Basic a2V5OnNlY3JldA==")],
        b"",
    );
    let json = reply.expect("an answer").json();
    assert_eq!(json["expires_in"], "3599");
    json["access_token"].as_str().expect("a token").to_owned()
}

impl Till {
    pub fn new(url: &str, pin: &str, branch: &str, serial: &str) -> Till {
        let mut till = Till {
            url: url.to_owned(),
            pin: pin.to_owned(),
            branch: branch.to_owned(),
            token: token(url),
            key: String::new(),
        };
        let reply = till.post("/initialize", &json!({"tin": pin, "bhfId": branch, "dvcSrlNo": serial}));
        assert_eq!(reply.code(), "000", "{}", reply.body);
        till.key = reply.data()["info"]["cmcKey"].as_str().expect("a key").to_owned();
        till
    }

    /// A till with one good in B (100 of them in stock), one exempt good in A, a service in B, one good in C.
    pub fn stocked(url: &str) -> Till {
        let till = Till::new(url, PIN, "00", "TILL-1");
        till.register(&["B", "A", "B3", "C"]);
        till.stock_in(1, &[(1, "B", "100", "100"), (2, "A", "50", "100"), (4, "C", "20", "100")]);
        till
    }

    /// Saves items 1, 2, … with these tax letters; a `3` behind the letter makes a service.
    pub fn register(&self, taxes: &[&str]) {
        for (index, tax) in taxes.iter().enumerate() {
            let reply = self.post("/saveItem", &item(index as u64 + 1, tax));
            assert_eq!(reply.code(), "000", "{}", reply.body);
        }
    }

    /// Movement `number` in, then the stock master of each item: (item, tax, price, quantity).
    pub fn stock_in(&self, number: u64, lines: &[(u64, &str, &str, &str)]) {
        let body = movement(number, "06", lines);
        let reply = self.post("/insertStockIO", &body);
        assert_eq!(reply.code(), "000", "{}", reply.body);
        for (item, _, _, quantity) in lines {
            let body = on_hand(*item, quantity);
            let reply = self.post("/saveStockMaster", &body);
            assert_eq!(reply.code(), "000", "{}", reply.body);
        }
    }

    pub fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("Authorization", format!("Bearer {}", self.token)),
            ("apigee_app_id", APP_ID.to_owned()),
            ("tin", self.pin.clone()),
            ("bhfId", self.branch.clone()),
            ("cmcKey", self.key.clone()),
            ("Content-Type", "application/json".to_owned()),
        ]
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.try_post(path, body).expect("an answer")
    }

    pub fn try_post(&self, path: &str, body: &Value) -> Option<Reply> {
        self.post_with(path, &self.headers(), body.to_string().as_bytes())
    }

    /// Like [`Till::try_post`], also when nobody listens any more.
    pub fn send(&self, path: &str, body: &Value) -> Option<Reply> {
        let stream = TcpStream::connect(self.url.strip_prefix("http://")?).ok()?;
        let headers = self.headers();
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        exchange_on(stream, "POST", &format!("/etims-oscu/api/v1{path}"), &headers, body.to_string().as_bytes())
    }

    pub fn post_with(&self, path: &str, headers: &[(&'static str, String)], body: &[u8]) -> Option<Reply> {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        exchange(&self.url, "POST", &format!("/etims-oscu/api/v1{path}"), &headers, body)
    }

    /// Without one header.
    pub fn post_without(&self, header: &str, path: &str, body: &Value) -> Reply {
        let headers: Vec<_> = self.headers().into_iter().filter(|(name, _)| *name != header).collect();
        self.post_with(path, &headers, body.to_string().as_bytes()).expect("an answer")
    }

    /// With one header changed.
    pub fn post_changed(&self, header: &'static str, value: &str, path: &str, body: &Value) -> Reply {
        let mut headers = self.headers();
        headers.retain(|(name, _)| *name != header);
        headers.push((header, value.to_owned()));
        self.post_with(path, &headers, body.to_string().as_bytes()).expect("an answer")
    }
}

pub fn item_code(number: u64, tax: &str) -> String {
    format!("KE{}NTNO{number:07}", if tax.ends_with('3') { 3 } else { 2 })
}

pub fn item(number: u64, tax: &str) -> Value {
    json!({
        "itemCd": item_code(number, tax), "itemClsCd": "1010150000", "itemTyCd": if tax.ends_with('3') { "3" } else { "2" },
        "itemNm": format!("Item {number}"), "orgnNatCd": "KE", "pkgUnitCd": "NT", "qtyUnitCd": "NO", "taxTyCd": &tax[..1],
        "dftPrc": 100, "isrcAplcbYn": "N", "useYn": "Y",
        "regrId": "sdk", "regrNm": "sdk", "modrId": "sdk", "modrNm": "sdk",
    })
}

pub fn cents(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<2}");
    whole.parse::<i64>().expect("digits") * 100 + fraction.parse::<i64>().expect("digits")
}

/// Cents as an exact JSON number.
pub fn money(cents: i64) -> Value {
    serde_json::from_str(&format!("{}.{:02}", cents / 100, cents % 100)).expect("a number")
}

/// Taxable amount and tax of a tax-inclusive amount on the gateway.
pub fn split(gross: i64, tax: &str) -> (i64, i64) {
    let net = if tax.starts_with('B') { (gross * 200 + 116) / 232 } else { gross };
    (net, gross - net)
}

/// One line at whole quantity: (item, tax, price, quantity).
fn line(seq: usize, item: u64, tax: &str, price: &str, quantity: &str) -> (Value, i64, i64) {
    let gross = cents(price) * quantity.parse::<i64>().expect("a whole quantity");
    let (net, vat) = split(gross, tax);
    let line = json!({
        "itemSeq": seq, "itemCd": item_code(item, tax), "itemClsCd": "1010150000", "itemNm": format!("Item {item}"),
        "bcd": null, "pkgUnitCd": "NT", "pkg": 1, "qtyUnitCd": "NO", "qty": quantity.parse::<i64>().expect("whole"),
        "prc": money(cents(price)), "splyAmt": money(gross), "taxTyCd": &tax[..1],
        "taxblAmt": money(net), "taxAmt": money(vat), "totAmt": money(gross),
    });
    (line, net, vat)
}

/// A sale whose every amount is right: (item, tax, price, quantity).
pub fn sale(number: u64, trader: &str, lines: &[(u64, &str, &str, &str)]) -> Value {
    let mut body = json!({
        "trdInvcNo": trader, "invcNo": number, "orgInvcNo": 0, "custTin": BUYER, "custNm": "Buyer Ltd",
        "salesTyCd": "N", "rcptTyCd": "S", "pmtTyCd": "01", "salesSttsCd": "02",
        "cfmDt": "20260917140926", "salesDt": "20260917", "stockRlsDt": "20260917140926",
        "cnclReqDt": null, "cnclDt": null, "rfdDt": null, "rfdRsnCd": null, "totItemCnt": lines.len(),
        "prchrAcptcYn": "N", "remark": null, "regrId": "sdk", "regrNm": "sdk", "modrId": "sdk", "modrNm": "sdk",
        "receipt": {"custTin": BUYER, "custMblNo": null, "rcptPbctDt": "20260917140926", "trdeNm": "Shop",
                    "adrs": "Nairobi", "topMsg": null, "btmMsg": null, "prchrAcptcYn": "N"},
    });
    let mut items = Vec::new();
    let (mut taxable, mut tax_sum, mut total) = ([0i64; 5], [0i64; 5], 0);
    for (index, (item, tax, price, quantity)) in lines.iter().enumerate() {
        let (mut row, net, vat) = line(index + 1, *item, tax, price, quantity);
        row["dcRt"] = json!(0);
        row["dcAmt"] = json!(0);
        items.push(row);
        let band = usize::from(tax.as_bytes()[0] - b'A');
        taxable[band] += net;
        tax_sum[band] += vat;
        total += net + vat;
    }
    for (band, letter) in ["A", "B", "C", "D", "E"].iter().enumerate() {
        body[format!("taxblAmt{letter}")] = money(taxable[band]);
        body[format!("taxAmt{letter}")] = money(tax_sum[band]);
        body[format!("taxRt{letter}")] = json!(if *letter == "B" { 16 } else { 0 });
    }
    body["totTaxblAmt"] = money(taxable.iter().sum());
    body["totTaxAmt"] = money(tax_sum.iter().sum());
    body["totAmt"] = money(total);
    body["itemList"] = json!(items);
    body
}

/// The credit note of a whole sale.
pub fn credit(number: u64, trader: &str, sale: &Value) -> Value {
    let mut body = sale.clone();
    body["trdInvcNo"] = json!(trader);
    body["orgInvcNo"] = sale["invcNo"].clone();
    body["invcNo"] = json!(number);
    body["rcptTyCd"] = json!("R");
    body["rfdDt"] = json!("20260918090000");
    body["rfdRsnCd"] = json!("06");
    body
}

/// A stock movement: (item, tax, price, quantity).
pub fn movement(number: u64, kind: &str, lines: &[(u64, &str, &str, &str)]) -> Value {
    let (mut taxable, mut tax_sum) = (0, 0);
    let mut items = Vec::new();
    for (index, (item, tax, price, quantity)) in lines.iter().enumerate() {
        let (mut row, net, vat) = line(index + 1, *item, tax, price, quantity);
        row["pkg"] = row["qty"].clone();
        row["totDcAmt"] = json!(0);
        row["itemExprDt"] = json!(null);
        items.push(row);
        taxable += net;
        tax_sum += vat;
    }
    json!({
        "sarNo": number, "orgSarNo": 0, "regTyCd": "M", "custTin": null, "custNm": null, "custBhfId": null,
        "sarTyCd": kind, "ocrnDt": "20260917", "totItemCnt": lines.len(),
        "totTaxblAmt": money(taxable), "totTaxAmt": money(tax_sum), "totAmt": money(taxable + tax_sum), "remark": null,
        "regrId": "sdk", "regrNm": "sdk", "modrId": "sdk", "modrNm": "sdk", "itemList": items,
    })
}

pub fn on_hand(item: u64, quantity: &str) -> Value {
    let quantity: Value = serde_json::from_str(quantity).expect("a number");
    json!({"itemCd": item_code(item, "B"), "rsdQty": quantity,
           "regrId": "sdk", "regrNm": "sdk", "modrId": "sdk", "modrNm": "sdk"})
}

/// Changes a body.
pub fn edit(mut body: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut body);
    body
}

/// A call on the direct host with the till's key.
pub fn direct(till: &Till, path: &str, body: &Value) -> Reply {
    let headers = [
        ("tin", till.pin.as_str()),
        ("bhfId", &till.branch),
        ("cmcKey", &till.key),
        ("Content-Type", "application/json"),
    ];
    exchange(&till.url, "POST", &format!("/etims-api{path}"), &headers, body.to_string().as_bytes()).expect("an answer")
}

/// A call on the VSCU: who calls stands in the body.
pub fn vscu(url: &str, pin: &str, path: &str, body: &Value) -> Reply {
    let body = edit(body.clone(), |body| {
        body["tin"] = json!(pin);
        body["bhfId"] = json!("00");
    });
    exchange(url, "POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
        .expect("an answer")
}

pub fn control(url: &str, method: &str, path: &str, body: &Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    exchange(url, method, path, &[], body.as_bytes()).expect("an answer")
}

/// A purchase of one line: supplier PIN, name and invoice, and (item, tax, price, quantity).
pub fn purchase(number: u64, supplier: (&str, &str, u64), line: (u64, &str, &str, &str)) -> Value {
    edit(sale(number, "", &[line]), |body| {
        let object = body.as_object_mut().expect("an object");
        for name in [
            "trdInvcNo",
            "custTin",
            "custNm",
            "salesTyCd",
            "salesSttsCd",
            "salesDt",
            "stockRlsDt",
            "rfdRsnCd",
            "prchrAcptcYn",
            "receipt",
        ] {
            object.remove(name);
        }
        body["spplrTin"] = json!(supplier.0);
        body["spplrBhfId"] = json!("00");
        body["spplrNm"] = json!(supplier.1);
        body["spplrInvcNo"] = json!(supplier.2);
        body["regTyCd"] = json!("M");
        body["pchsTyCd"] = json!("N");
        body["rcptTyCd"] = json!("P");
        body["pchsSttsCd"] = json!("02");
        body["pchsDt"] = json!("20260917");
    })
}

pub fn import_update() -> Value {
    json!({"taskCd": "20230209030827", "dclDe": "01022023", "itemSeq": 1, "hsCd": "63079000", "itemClsCd": "1000000000",
           "itemCd": item_code(1, "B"), "imptItemSttsCd": "3", "remark": "cleared", "modrId": "sdk", "modrNm": "sdk"})
}

pub fn composition(parent: &str, component: &str, quantity: u64) -> Value {
    json!({"itemCd": parent, "cpstItemCd": component, "cpstQty": quantity, "regrId": "sdk", "regrNm": "sdk"})
}
