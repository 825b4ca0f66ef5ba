//! `etims receipt` and `etims verify-qr` as a user runs them, on the documents of the core's golden files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../etims-core/tests/golden").join(path)
}

fn etims(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_etims")).args(arguments).output().expect("the command runs")
}

/// `etims receipt` on a golden document with the golden seller.
fn receipt(document: &Path, more: &[&str]) -> Output {
    let seller = golden("seller.json");
    let mut arguments =
        vec!["receipt", document.to_str().expect("a path"), "--seller", seller.to_str().expect("a path")];
    arguments.extend(more);
    etims(&arguments)
}

fn path(path: &str) -> String {
    golden(path).to_str().expect("a path").to_owned()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[track_caller]
fn printed(output: &Output) -> &[u8] {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    &output.stdout
}

fn write(folder: &Path, name: &str, content: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, content).expect("a file");
    file
}

#[test]
fn every_kind_is_the_golden_text() {
    for (document, answer, label, expected) in [
        ("ns", Some("sale"), "normal", "ns"),
        ("ns", Some("sale"), "copy", "cs"),
        ("nc", Some("credit"), "normal", "nc"),
        ("nc", Some("credit"), "copy", "cc"),
        ("ts", None, "normal", "ts"),
        ("tc", None, "normal", "tc"),
        ("ps", None, "normal", "ps"),
    ] {
        for columns in ["32", "42", "44", "48"] {
            let answer = answer.map(|answer| path(&format!("answer-{answer}.json")));
            let mut arguments = vec!["--format", "text", "--columns", columns, "--label", label];
            arguments.extend(answer.iter().flat_map(|answer| ["--answer", answer]));
            let output = receipt(&golden(&format!("{document}/document.json")), &arguments);
            let expected = std::fs::read(golden(&format!("{expected}/text-{columns}.txt"))).expect("a golden file");
            assert_eq!(text(printed(&output)), text(&expected), "{document} {columns}");
        }
    }
}

#[test]
fn formats_and_papers() {
    let (document, answer) = (golden("ns/document.json"), path("answer-sale.json"));
    let make = |more: &[&str]| {
        let output = receipt(&document, &[&["--answer", &answer], more].concat());
        printed(&output).to_vec()
    };
    let file = |name: &str| std::fs::read(golden(&format!("ns/{name}"))).expect("a golden file");
    assert_eq!(make(&[]), file("text-48.txt"), "text in 48 columns is the default");
    assert_eq!(make(&["--format", "html"]), file("roll.html"));
    assert_eq!(make(&["--format", "html", "--paper", "a4"]), file("a4.html"));
    assert_eq!(make(&["--format", "escpos"]), file("escpos.bin"));
    assert_eq!(make(&["--format", "qr-svg"]), file("qr.svg"));
    assert!(make(&["--format", "qr-png"]).starts_with(b"\x89PNG"));
    let (sheet, roll) = (make(&["--format", "pdf"]), make(&["--format", "pdf", "--paper", "80mm"]));
    assert!(sheet.starts_with(b"%PDF-") && roll.starts_with(b"%PDF-") && sheet != roll);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("receipt.txt");
    assert_eq!(make(&["--out", out.to_str().expect("a path")]), b"");
    assert_eq!(std::fs::read(out).expect("the receipt"), file("text-48.txt"));
}

#[test]
fn rates_and_words_are_options() {
    let (document, answer) = (golden("ns/document.json"), path("answer-sale.json"));
    let make = |more: &[&str]| {
        let output = receipt(&document, &[&["--answer", &answer, "--columns", "44"], more].concat());
        text(printed(&output)).to_owned()
    };
    assert!(make(&["--dialect", "oscu"]).contains("\nE-8.00%  "));
    assert!(make(&["--rates", "A=0,B=14,C=0,D=0,E=8"]).contains("\nB-14.00%  "));
    assert!(make(&["--labels", "sw", "--item-codes", "--machine-number"]).contains("ANKARA YA KODI / TAX INVOICE"));
    let folder = tempfile::tempdir().expect("a folder");
    let words = write(folder.path(), "words.json", r#"{"total":"GRAND TOTAL"}"#);
    assert!(make(&["--labels", words.to_str().expect("a path")]).contains("\nGRAND TOTAL  "));
}

#[test]
fn a_credit_note_gets_its_original_in_any_of_four_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let answer = path("answer-credit.json");
    let note = |original: &str, lines: &str| {
        format!(
            r#"{{"reference":"CN-1","kind":"credit_note","issued_at":"2026-09-18T09:30:02+03:00","payment":"cash",
                "buyer":{{"pin":"P000070007R","name":"Kilimani Grocers Ltd"}}{original}{lines}}}"#
        )
    };
    let line = r#","lines":[{"item_code":"KE2NTNO0000002","classification":"5011150000","name":"Ribs","packaging":"NT","unit":"NO","tax":"B","quantity":"2","unit_price":"1392.00"}]"#;
    let print = |document: &str, original: Option<&str>| {
        let document = write(folder.path(), "note.json", document);
        let original = original.map(|original| write(folder.path(), "original.json", original));
        let mut arguments = vec!["--answer", answer.as_str(), "--columns", "44"];
        arguments.extend(original.iter().flat_map(|original| ["--original", original.to_str().expect("a path")]));
        receipt(&document, &arguments)
    };
    let credit = |original: &str| format!(r#","credit":{{"original":{original},"reason":"06"}}"#);
    let sale = std::fs::read_to_string(golden("ns/document.json")).expect("a document");
    let number = r#"{"cu_invoice_number":"KRACU0400001214/10"}"#;
    let kra = r#"{"curRcptNo":10,"totRcptNo":10,"intrlData":"GWG26V35FW2FKXUQ7TVVMXDGLQ","rcptSign":"FIYMCYL335SBB4U3","sdcDateTime":"20260917140928"}"#;
    let whole = format!(r#"{{"document":{sale},"invoice_number":10,"cu_invoice_number":"KRACU0400001214/10"}}"#);
    let by_line =
        r#","credit":{"original":{"reference":"INV-260917-10"},"reason":"06","lines":[{"line":2,"quantity":"2"}]}"#;
    for (document, original) in [
        (note(&credit(number), line), None),
        (note("", line), Some(number)),
        (note(&credit(r#"{"reference":"INV-260917-10"}"#), line), Some(kra)),
        (note(by_line, ""), Some(whole.as_str())),
    ] {
        let output = print(&document, original);
        let page = text(printed(&output));
        assert!(page.contains("\nORIGINAL CU INVOICE NO.# KRACU0400001214/10\n"), "{page}");
        assert!(page.contains("\n  -1,392.00 x 2                   -2,784.00B\n"), "{page}");
        assert!(page.contains("KRACU0400001214/15 NC\n"), "{page}");
    }
    let output = print(&note(&credit(r#"{"reference":"INV-260917-10"}"#), line), None);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("ETIMS-CREDIT-ORIGINAL"), "{}", text(&output.stdout));
}

#[test]
fn what_cannot_be_printed_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sale, answer) = (golden("ns/document.json"), path("answer-sale.json"));
    let fails = |document: &Path, more: &[&str], code: i32, says: &str| {
        let output = receipt(document, more);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(says), "{says}: {said}");
    };
    fails(&sale, &[], 1, "after KRA has signed it");
    fails(&sale, &["--answer", &answer, "--columns", "31"], 1, "31 columns");
    fails(&sale, &["--answer", "nowhere.json"], 1, "cannot read nowhere.json");
    fails(&sale, &["--answer", &answer, "--out", "/nowhere/receipt.txt"], 1, "cannot write");
    fails(&sale, &["--answer", &answer, "--format", "gif"], 1, "invalid value");
    fails(&golden("ps/document.json"), &["--format", "qr-svg"], 1, "no QR code");
    let dashed = write(
        folder.path(),
        "dashed.json",
        &std::fs::read_to_string(&answer).expect("an answer").replace("FIYMCYL335SBB4U3", "FIYM-CYL3-35SB-B4U3"),
    );
    fails(&sale, &["--answer", dashed.to_str().expect("a path")], 1, "without dashes");
    let nameless = write(
        folder.path(),
        "nameless.json",
        &std::fs::read_to_string(&answer).expect("an answer").replace("sdcId", "sdc"),
    );
    fails(&sale, &["--answer", nameless.to_str().expect("a path")], 1, "sdcId");
    let wrong = write(
        folder.path(),
        "wrong.json",
        &std::fs::read_to_string(&sale).expect("a document").replace("40636.00", "40635.00"),
    );
    fails(&wrong, &["--answer", &answer], 2, r#"{"violations":[{"code":"ETIMS-DOC-TOTAL-01","path":"expected_total""#);
    let output = receipt(&golden("ts/document.json"), &["--answer", &answer]);
    assert!(text(&output.stderr).contains("the answer is left out"));
    assert_eq!(printed(&output), std::fs::read(golden("ts/text-48.txt")).expect("a golden file"));
}

#[test]
fn late_signing_is_a_warning_on_the_side() {
    let (sale, answer) = (golden("discounts/document.json"), path("answer-sale.json"));
    let output = receipt(&sale, &["--answer", &answer]);
    assert_eq!(printed(&output), std::fs::read(golden("discounts/text-48.txt")).expect("a golden file"));
    assert!(text(&output.stderr).contains("signed 52 minutes before the till's time"), "{}", text(&output.stderr));
}

#[test]
fn verify_qr_tells_genuine_addresses_from_others() {
    let good =
        "https://etims.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P000070014N695LJT35ZUB2SHJ7N7";
    let output = etims(&["verify-qr", good]);
    let said = text(printed(&output));
    for part in ["production", "P000070014N", "69", "5LJT35ZUB2SHJ7N7"] {
        assert!(said.contains(part), "{said}");
    }
    for (url, says) in [
        (good.replace("go.ke", "go.ke.example.com"), "made to look like KRA's"),
        (good.replace("https", "http"), "http://"),
        (good.replace("Receipt", "Recept"), "path"),
        (
            "https://itax.kra.go.ke/KRA-Portal/invoiceChk.htm?actionCode=loadPage&invoiceNo=0040807890002542148".into(),
            "TIMS",
        ),
    ] {
        let output = etims(&["verify-qr", &url]);
        assert_eq!(output.status.code(), Some(2), "{url}");
        assert!(text(&output.stdout).contains(says), "{}", text(&output.stdout));
    }
}
