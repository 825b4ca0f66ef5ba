//! Every kind × rendering against the files in `tests/golden`. They are documentation too: read them.
//!
//! A file that is missing or differs fails the test and is written beside the expected one as `*.new`; whoever has looked
//! at it moves it into place.

use std::fs;

use etims_core::receipt::{Columns, ErrorCorrection, HtmlPage, Symbol, TextQr};

use crate::cases::{CASES, Case, golden};

/// Compares with a golden file; tells what differs.
fn compare(path: &str, found: &[u8]) -> Option<String> {
    let expected_path = golden(path);
    let new_path = golden(&format!("{path}.new"));
    if fs::read(&expected_path).is_ok_and(|expected| expected == found) {
        let _ = fs::remove_file(new_path);
        return None;
    }
    fs::create_dir_all(new_path.parent().expect("a folder")).expect("the folder can be made");
    fs::write(&new_path, found).expect("the new file can be written");
    Some(format!("{path} differs: compare it with {}", new_path.display()))
}

fn check(render: impl Fn(&Case) -> Vec<(String, Vec<u8>)>) {
    let renderings = CASES.iter().flat_map(|case| {
        render(case).into_iter().map(|(file, bytes)| (format!("{}/{file}", case.name), bytes)).collect::<Vec<_>>()
    });
    let differences: Vec<String> = renderings.filter_map(|(path, bytes)| compare(&path, &bytes)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn text() {
    check(|case| {
        let view = case.view();
        let text = |columns| view.text(Columns::new(columns).expect("a width"), TextQr::Blocks).into_bytes();
        [32, 42, 44, 48].map(|columns| (format!("text-{columns}.txt"), text(columns))).into()
    });
}

#[test]
fn html() {
    check(|case| {
        let view = case.view();
        let html = |page| view.html(page).into_bytes();
        vec![("roll.html".to_owned(), html(HtmlPage::Roll80)), ("a4.html".to_owned(), html(HtmlPage::A4))]
    });
}

#[test]
#[cfg(feature = "escpos")]
fn escpos() {
    use etims_core::receipt::EscPos;
    check(|case| {
        let bytes = case.view().escpos(&EscPos::default());
        let listing = crate::escpos::Paper::print(&bytes).listing();
        vec![("escpos.bin".to_owned(), bytes), ("escpos.txt".to_owned(), listing.into_bytes())]
    });
}

#[test]
#[cfg(feature = "pdf")]
fn pdf() {
    use etims_core::receipt::PdfPage;
    check(|case| {
        let view = case.view();
        let listing = |page| crate::pdf::Pages::read(&view.pdf(page)).listing().into_bytes();
        vec![("a4.pdf.txt".to_owned(), listing(PdfPage::A4)), ("roll.pdf.txt".to_owned(), listing(PdfPage::Roll80))]
    });
}

fn symbol(case: &Case) -> Option<Symbol> {
    let view = case.view();
    view.qr_url().map(|url| Symbol::new(url, ErrorCorrection::Medium).expect("short enough"))
}

#[test]
fn qr_svg() {
    check(|case| Vec::from_iter(symbol(case).map(|symbol| ("qr.svg".to_owned(), symbol.svg().into_bytes()))));
}

/// The dots must be the same; how they are packed may change with the library.
#[test]
#[cfg(feature = "png")]
fn qr_png() {
    use crate::scan::read_png;
    check(|case| {
        let Some(found) = symbol(case).map(|symbol| symbol.png(4)) else { return Vec::new() };
        let expected = fs::read(golden(&format!("{}/qr.png", case.name))).ok();
        let same = expected.filter(|expected| read_png(expected) == read_png(&found));
        vec![("qr.png".to_owned(), same.unwrap_or(found))]
    });
}
