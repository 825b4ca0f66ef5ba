//! `etims demo` as a newcomer runs it: receipts on the screen and as HTML, QR codes that an independent decoder reads,
//! lost answers recovered, and a run that is killed again and again.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const REFERENCES: [&str; 7] = [
    "INV-2026-0001",
    "INV-2026-0002",
    "INV-2026-0003",
    "INV-2026-0004",
    "INV-2026-0005",
    "INV-2026-0006",
    "INV-2026-0007",
];
const PAGE: &str = "https://etims-sbx.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P000070014N00";

fn etims(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_etims"));
    command
        .arg("demo")
        .args(arguments)
        .arg("--out")
        .arg(folder.join("paper"))
        .env("ETIMS_VAULT_KEY_FILE", folder.join("keys").join("vault.key"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The last word of each row of the closing table.
fn urls(screen: &str) -> Vec<&str> {
    screen.lines().filter(|line| line.starts_with("INV-")).filter_map(|line| line.split_whitespace().last()).collect()
}

/// Reads a picture of dark and light modules.
fn decode(modules: &[Vec<bool>]) -> String {
    const SCALE: usize = 6;
    let (height, width) = (modules.len(), modules.iter().map(Vec::len).max().expect("a picture has rows"));
    let is_dark = |x: usize, y: usize| modules[y / SCALE].get(x / SCALE).copied().unwrap_or(false);
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(
            width * SCALE,
            height * SCALE,
            |x, y| {
                if is_dark(x, y) { 0 } else { 255 }
            },
        );
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one QR code");
    grids[0].decode().expect("a readable QR code").1
}

/// The QR codes of a terminal: black half blocks on white rows.
fn codes_on_screen(screen: &str) -> Vec<String> {
    let mut codes = Vec::new();
    let mut rows: Vec<Vec<bool>> = Vec::new();
    for line in screen.lines().chain([""]) {
        let Some((_, row)) = line.split_once("\u{1b}[38;5;16;48;5;231m") else {
            if !rows.is_empty() {
                codes.push(decode(&std::mem::take(&mut rows)));
            }
            continue;
        };
        let row = row.trim_end_matches("\u{1b}[0m");
        rows.push(row.chars().map(|block| matches!(block, '█' | '▀')).collect());
        rows.push(row.chars().map(|block| matches!(block, '█' | '▄')).collect());
    }
    codes
}

/// The QR code of an HTML receipt: an SVG whose path fills one-module-high runs.
#[expect(clippy::float_arithmetic, reason = "pixels, not money")]
fn code_in_html(html: &str) -> String {
    let svg = &html[html.find("<svg").expect("an SVG")..html.find("</svg>").expect("its end")];
    let tree = usvg::Tree::from_str(&format!("{svg}</svg>"), &usvg::Options::default()).expect("a good SVG");
    let scale = 400.0 / tree.size().width();
    let mut pixels = resvg::tiny_skia::Pixmap::new(400, 400).expect("a small picture");
    pixels.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(400, 400, |x, y| {
        pixels.pixel(x as u32, y as u32).expect("within the picture").red()
    });
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one QR code");
    grids[0].decode().expect("a readable QR code").1
}

#[test]
fn every_receipt_is_signed_and_every_qr_code_decodes_to_its_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let screen = text(&etims(folder.path(), &[]).output().expect("the command runs"));
    let urls = urls(&screen);
    assert_eq!(urls.len(), REFERENCES.len());
    assert_eq!(codes_on_screen(&screen), urls);
    for (reference, url) in REFERENCES.iter().zip(&urls) {
        assert!(url.starts_with(PAGE) && url.len() == PAGE.len() + 16, "{url}");
        let file = folder.path().join("paper").join(format!("{reference}.html"));
        let html = std::fs::read_to_string(file).expect("an HTML receipt");
        assert_eq!(&code_in_html(&html), url);
    }
    assert!(screen.contains("7 documents, 0 recovered, none lost, none declared twice."));
}

#[test]
fn lost_answers_are_recovered_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let screen = text(&etims(folder.path(), &["--lose-answers"]).output().expect("the command runs"));
    for reference in ["INV-2026-0002", "INV-2026-0004", "INV-2026-0006"] {
        let line = screen.lines().find(|line| line.starts_with(&format!("recovered {reference}"))).expect("a story");
        assert!(line.contains("was lost, KRA was asked") && line.contains("adopted"), "{line}");
    }
    assert!(screen.contains("7 documents, 3 recovered, none lost, none declared twice."));
}

#[test]
fn a_demo_killed_at_any_moment_signs_each_document_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("books").join("shop.db");
    std::fs::create_dir(folder.path().join("books")).expect("a folder");
    let store = store.to_str().expect("a plain path");
    for round in 0..12 {
        let mut child = etims(folder.path(), &["--lose-answers", "--store", store]).spawn().expect("the command runs");
        std::thread::sleep(Duration::from_millis(15 + 23 * round));
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
    let screen = text(&etims(folder.path(), &["--store", store]).output().expect("the command runs"));
    assert!(screen.contains("none lost, none declared twice."), "{screen}");
    let books = std::fs::read_to_string(format!("{store}.kra")).expect("the sandbox's books");
    for reference in REFERENCES {
        let recorded = books.lines().filter(|line| line.starts_with("{\"Sold\"") && line.contains(reference)).count();
        assert_eq!(recorded, 1, "{reference} stands {recorded} times in the sandbox's books");
    }
}
