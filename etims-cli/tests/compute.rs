//! `etims compute` as a shell sees it: exit codes, what goes to which stream, every option.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/invoices");

struct Ran {
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
}

impl Ran {
    /// The body printed, which is all that was printed.
    fn body(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.err);
        assert!(!self.out.ends_with(b"\n"), "the bytes of the body and no more");
        serde_json::from_slice(&self.out).expect("a body is JSON")
    }

    /// Codes and paths of the violations printed.
    fn violations(&self) -> Vec<(String, String)> {
        assert_eq!(self.code, Some(2), "{}", self.err);
        let report: Value = serde_json::from_slice(&self.out).expect("a report is JSON");
        assert_eq!(report.as_object().map(|report| report.len()), Some(1), "violations and nothing else");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let list = report["violations"].as_array().expect("violations");
        list.iter().map(|violation| (text(&violation["code"]), text(&violation["path"]))).collect()
    }

    /// The failure of something that could not be read.
    fn unreadable(&self) -> &str {
        assert_eq!((self.code, self.out.as_slice()), (Some(1), b"".as_slice()), "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        &self.err
    }
}

/// Runs `etims compute` with something on standard input.
fn run_with(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_etims"))
        .arg("compute")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("standard input");
    // A command that reads no input closes its end: not this test's concern.
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().expect("the command ends");
    writer.join().expect("the writer ends");
    let err = String::from_utf8(output.stderr).expect("messages are UTF-8");
    Ran { code: output.status.code(), out: output.stdout, err }
}

fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, b"")
}

/// A directory of files for one test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().expect("a directory"))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("a file");
        path.to_str().expect("a path in UTF-8").to_owned()
    }
}

fn sale() -> Value {
    json!({ "reference": "INV-1", "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash",
            "buyer": { "pin": "P000070007R", "name": "Buyer Ltd" },
            "lines": [{ "item_code": "KE2NTNO0000001", "classification": "5022110801", "name": "Maize flour",
                        "packaging": "NT", "unit": "NO", "quantity": "2", "unit_price": "580.00", "tax": "B" }] })
}

/// The sale with something changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut document = sale();
    change(&mut document);
    document.to_string()
}

fn example(name: &str) -> String {
    Path::new(EXAMPLES).join(name).to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn a_good_document_is_its_body_and_nothing_else() {
    let ran = run(&[&example("01-mixed-bands.json")]);
    let body = ran.body();
    assert_eq!((&body["totAmt"], &body["taxblAmtA"], &body["invcNo"]), (&json!(1900), &json!(390), &json!(1)));
    assert_eq!(ran.err, "");
    // The gateway's PIN and branch are headers.
    assert!(body.get("tin").is_none());
}

#[test]
fn every_example_computes_in_every_dialect() {
    for entry in fs::read_dir(EXAMPLES).expect("the examples") {
        let path: PathBuf = entry.expect("a directory entry").path();
        for dialect in ["gateway", "oscu", "vscu"] {
            let ran = run(&["--dialect", dialect, path.to_str().expect("a path")]);
            let body = ran.body();
            let lines = body["itemList"].as_array().expect("lines");
            assert_eq!(body["totItemCnt"], json!(lines.len()), "{}", path.display());
            assert_eq!(body.get("tin").is_some(), dialect == "vscu");
        }
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let (file, input) =
        (run(&[&example("06-ten-lines.json")]), fs::read(example("06-ten-lines.json")).expect("a file"));
    let standard_input = run_with(&["-"], &input);
    assert_eq!((file.code, &file.out), (Some(0), &standard_input.out));
}

#[test]
fn warnings_go_to_standard_error_and_change_nothing() {
    let with = run_with(&["-"], changed(|document| document["buyer"]["pin"] = json!("P000070007A")).as_bytes());
    let without = run_with(&["-"], changed(|_| {}).as_bytes());
    assert_eq!(with.err.matches("warning: ETIMS-BUYER-PIN-02 buyer.pin").count(), 1, "{}", with.err);
    assert!(!with.err.contains("P000070007A"), "a PIN is not repeated");
    assert_eq!(without.err, "");
    let (mut with, without) = (with.body(), without.body());
    with["custTin"] = without["custTin"].clone();
    with["receipt"]["custTin"] = without["receipt"]["custTin"].clone();
    assert_eq!(with, without);
}

#[test]
fn a_document_that_is_never_sent_says_so() {
    for mode in ["training", "proforma"] {
        let ran = run_with(&["-"], changed(|document| document["mode"] = json!(mode)).as_bytes());
        assert_eq!(ran.body()["totAmt"], json!(1160));
        assert!(ran.err.contains("never sent"), "{}", ran.err);
    }
}

#[test]
fn a_bad_document_is_every_violation_on_standard_output() {
    let text = changed(|document| {
        document["colour"] = json!("red");
        document["lines"][0]["unit"] = json!("EA");
        document["lines"][0]["quantity"] = Value::Null;
        document["payment"] = Value::Null;
    });
    let ran = run_with(&["-"], text.as_bytes());
    let expected = [
        ("ETIMS-DOC-KEY-01", "colour"),
        ("ETIMS-LINE-QTY-02", "lines[0].quantity"),
        ("ETIMS-LINE-UNIT-02", "lines[0].unit"),
    ];
    let mut found = ran.violations();
    found.sort();
    assert_eq!(found, expected.map(|(code, path)| (code.to_owned(), path.to_owned())));
    assert!(ran.err.contains("warning: ETIMS-PAYMENT-NONE-01"), "warnings stand beside: {}", ran.err);
    let report: Value = serde_json::from_slice(&ran.out).expect("JSON");
    for violation in report["violations"].as_array().expect("violations") {
        let keys: Vec<&str> = violation.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["code", "fix", "kra", "message", "path", "severity"]);
    }
}

#[test]
fn what_cannot_be_read_is_one_message_and_exit_1() {
    let files = Files::new();
    let directory = files.0.path().to_str().expect("a path").to_owned();
    assert!(run(&["/nowhere/at/all.json"]).unreadable().contains("/nowhere/at/all.json"));
    assert!(run(&[&directory]).unreadable().contains(&directory));
    let broken: [(&str, &[u8], &str); 5] = [
        ("syntax", b"{\n  \"reference\" 1}", "line 2, column 15"),
        ("empty", b"", "line 1"),
        ("latin-1", b"{\"reference\":\"\xff\"}", "invalid UTF-8"),
        ("tail", b"{} {}", "column"),
        ("deep", &[b'['; 200_000], "line 1"),
    ];
    for (name, content, expected) in broken {
        let file = files.write(name, content);
        let ran = run(&[&file]);
        assert!(ran.unreadable().contains(expected), "{name}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{name}: {}", ran.err);
    }
}

#[test]
fn wrong_arguments_say_what_is_right() {
    for (arguments, expected) in [
        (vec!["--dialect", "fax", "-"], "gateway, oscu or vscu"),
        (vec!["--convention", "k4", "-"], "k1, k2 or k3"),
        (vec!["--rates", "B=16", "-"], "A=0,B=16,C=0,D=0,E=8"),
        (vec!["--pin", "4711", "-"], "11 characters"),
        (vec!["--branch", "1", "-"], "two digits"),
        (vec!["--discount-wire", "gift", "-"], "price, rate_before or rate_after"),
        (vec!["--fraction-policy", "none", "-"], "single_unit"),
        (vec![], "<FILE>"),
    ] {
        let ran = run(&arguments);
        assert!(ran.unreadable().contains(expected), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_million_lines_are_counted_and_refused() {
    let text = sale().to_string();
    let (head, tail) = text.split_once("\"lines\":[").expect("lines");
    let (line, tail) = tail.split_once(']').expect("the end of the lines");
    let text = format!("{head}\"lines\":[{}{line}]{tail}", format!("{line},").repeat(999_999));
    let ran = run_with(&["-"], text.as_bytes());
    assert_eq!(ran.violations(), [("ETIMS-DOC-LINES-02".to_owned(), "lines".to_owned())]);
    assert!(String::from_utf8_lossy(&ran.out).contains("1000000"));
}

#[test]
fn options_of_the_device_change_the_body() {
    let discounted = changed(|document| document["lines"][0]["discount"] = json!({ "percent": "10" }));
    let compute = |arguments: &[&str]| run_with(&[arguments, &["-"]].concat(), discounted.as_bytes()).body();
    let line = |body: &Value| {
        let line = &body["itemList"][0];
        [&line["prc"], &line["splyAmt"], &line["dcRt"], &line["taxblAmt"], &line["totAmt"]].map(Value::clone)
    };
    // 2 × 580.00 less 10 % is 1044.00: 900.00 and 144.00 of tax.
    assert_eq!(line(&compute(&[])), [json!(522), json!(1044), json!(0), json!(900), json!(1044)]);
    let oscu = compute(&["--dialect", "oscu"]);
    assert_eq!(line(&oscu), [json!(580), json!(1160), json!(10), json!(900), json!(1044)]);
    assert_eq!(oscu["taxRtE"], json!(8));
    let after = compute(&["--dialect", "oscu", "--discount-wire", "rate-after"]);
    assert_eq!(line(&after), [json!(580), json!(1044), json!(10), json!(900), json!(1044)]);
    let k2 = compute(&["--dialect", "vscu", "--convention", "k2"]);
    assert_eq!(line(&k2), [json!(580), json!(1160), json!(10), json!(1044), json!(1044)]);
    let k3 = compute(&["--dialect", "oscu", "--convention", "k3"]);
    assert_eq!(line(&k3), [json!(500), json!(1000), json!(10), json!(900), json!(1044)]);
    let refused = run_with(&["--convention", "k3", "-"], discounted.as_bytes());
    assert_eq!(refused.violations(), [("ETIMS-DOC-CONVENTION-01".to_owned(), "settings.convention".to_owned())]);
}

#[test]
fn rates_number_and_walk_in_name_are_what_is_asked_for() {
    let text = changed(|document| {
        document["buyer"] = Value::Null;
        document["lines"][0]["tax"] = json!("E");
        document["lines"][0]["unit_price"] = json!("108.00");
    });
    let arguments = ["--dialect", "vscu", "--rates", "A=0,B=16,C=0,D=0,E=8", "--invoice-number", "4711"];
    let ran = run_with(&[&arguments[..], &["--walk-in-name", "Cash customer", "-"]].concat(), text.as_bytes());
    let body = ran.body();
    assert_eq!((&body["invcNo"], &body["receipt"]["rptNo"]), (&json!(4711), &json!(4711)));
    assert_eq!((&body["taxblAmtE"], &body["taxAmtE"]), (&json!(200), &json!(16)));
    assert_eq!(body["custNm"], json!("Cash customer"));
    let refused = run_with(&["-"], text.as_bytes());
    assert_eq!(refused.violations(), [("ETIMS-LINE-TAX-02".to_owned(), "lines[0].tax".to_owned())]);
    let allowed = run_with(&["--allow-zero-rate-e", "-"], text.as_bytes());
    assert_eq!(allowed.body()["taxAmtE"], json!(0));
    let non_vat = run_with(&["--non-vat", "-"], text.as_bytes());
    assert_eq!(non_vat.violations()[0].0, "ETIMS-LINE-TAX-03");
}

#[test]
fn fractions_go_by_the_policy() {
    let text = changed(|document| {
        document["lines"][0]["quantity"] = json!("15.456");
        document["lines"][0]["unit_price"] = json!("209.40");
    });
    let quantities = |policy: &str| -> Vec<Value> {
        let body = run_with(&["--fraction-policy", policy, "-"], text.as_bytes()).body();
        assert_eq!(body["totAmt"], json!(3236.49));
        body["itemList"].as_array().expect("lines").iter().map(|line| line["qty"].clone()).collect()
    };
    assert_eq!(quantities("rounded_quantity_exact_amount"), [json!(15.46)]);
    assert_eq!(quantities("single_unit"), [json!(1)]);
    assert_eq!(quantities("adjust_price"), [json!(14.46), json!(1)]);
}

#[test]
fn the_seller_stands_in_the_body() {
    let files = Files::new();
    let seller = files.write(
        "seller.json",
        r#"{ "pin": "P000000010C", "branch": "02", "trade_name": "Kilimani Grocers and General Stores", "address": "Moi Avenue 4",
             "city": "Nairobi", "bottom_message": "Asante" }"#,
    );
    let document = files.write("sale.json", sale().to_string());
    let body = run(&["--dialect", "vscu", "--seller", &seller, &document]).body();
    assert_eq!((&body["tin"], &body["bhfId"]), (&json!("P000000010C"), &json!("02")));
    assert_eq!(body["receipt"]["trdeNm"], json!("Kilimani Grocers and"));
    assert_eq!(body["receipt"]["adrs"], json!("Moi Avenue 4, Nairobi"));
    let arguments = ["--dialect", "vscu", "--seller", &seller, "--pin", "P000070007R", "--branch", "07", &document];
    let body = run(&arguments).body();
    assert_eq!((&body["tin"], &body["bhfId"]), (&json!("P000070007R"), &json!("07")));
    let misspelt = files.write("misspelt.json", r#"{ "pin": "P000000010C", "brunch": "02" }"#);
    assert!(run(&["--seller", &misspelt, &document]).unreadable().contains("brunch"));
    assert!(run(&["--seller", "/nowhere.json", &document]).unreadable().contains("/nowhere.json"));
}

fn note(credit: Value) -> String {
    json!({ "reference": "CN-1", "kind": "credit_note", "issued_at": "2026-09-18T09:00:00+03:00", "credit": credit })
        .to_string()
}

#[test]
fn a_credit_note_takes_its_lines_from_the_original() {
    let files = Files::new();
    let original = json!({ "document": sale(), "invoice_number": 7, "cu_invoice_number": "KRACU0400000001/7" });
    let original = files.write("original.json", original.to_string());
    let one = note(json!({ "original": { "reference": "INV-1" }, "reason": "06", "note": "torn",
                           "lines": [{ "line": 1, "quantity": "1" }] }));
    let body = run_with(&["--original", &original, "--invoice-number", "8", "-"], one.as_bytes()).body();
    assert_eq!((&body["rcptTyCd"], &body["orgInvcNo"], &body["invcNo"]), (&json!("R"), &json!(7), &json!(8)));
    assert_eq!((&body["totAmt"], &body["custNm"], &body["rfdRsnCd"]), (&json!(580), &json!("Buyer Ltd"), &json!("06")));
    let unknown = run_with(&["-"], one.as_bytes());
    assert!(
        unknown.violations().iter().any(|(code, _)| code == "ETIMS-CREDIT-ORIGINAL-03"),
        "{:?}",
        unknown.violations()
    );

    let bad =
        files.write("bad.json", json!({ "document": {}, "invoice_number": 7, "cu_invoice_number": "x" }).to_string());
    let ran = run_with(&["--original", &bad, "-"], one.as_bytes());
    assert!(ran.unreadable().contains("not a valid sale"), "{}", ran.err);
    let misspelt = files.write("misspelt.json", json!({ "document": sale(), "number": 7 }).to_string());
    assert!(run_with(&["--original", &misspelt, "-"], one.as_bytes()).unreadable().contains("misspelt.json"));
}

#[test]
fn a_credit_note_that_names_its_original_whole_needs_no_original() {
    let mut document = sale();
    document["kind"] = json!("credit_note");
    document["buyer"] = Value::Null;
    document["credit"] = json!({ "reason": "06", "note": "torn", "original": {
        "invoice_number": 41, "cu_invoice_number": "KRACU0400000001/41", "issued_at": "2026-09-01T10:00:00+03:00",
        "buyer": { "pin": "P000070007R", "name": "Buyer Ltd" } } });
    let body = run_with(&["-"], document.to_string().as_bytes()).body();
    assert_eq!((&body["orgInvcNo"], &body["custNm"], &body["totAmt"]), (&json!(41), &json!("Buyer Ltd"), &json!(1160)));
}
