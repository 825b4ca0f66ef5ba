//! The address in the code: built, refused, parsed, and read back from pictures.

use etims_core::pin::{BranchId, Pin};
use etims_core::receipt::qr::{QrError, QrPayload, QrRefusal};
use etims_core::receipt::{Columns, ErrorCorrection, HtmlPage, Symbol, TextQr};
use etims_core::wire::Environment;
use proptest::prelude::*;

use crate::cases::{CASES, Case};
use crate::scan::{draw_blocks, draw_svg};

/// Samples confirmed on KRA's pages (reference `samples/receipts/S15`).
const KNOWN: [(Environment, &str, &str, &str, &str); 4] = [
    (
        Environment::Sandbox,
        "P600004555A",
        "00",
        "FIYMCYL335SBB4U3",
        "https://etims-sbx.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P600004555A00FIYMCYL335SBB4U3",
    ),
    (
        Environment::Sandbox,
        "P000070028W",
        "00",
        "TMK77POITAOD2FJF",
        "https://etims-sbx.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P000070028W00TMK77POITAOD2FJF",
    ),
    (
        Environment::Production,
        "P000070014N",
        "69",
        "5LJT35ZUB2SHJ7N7",
        "https://etims.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P000070014N695LJT35ZUB2SHJ7N7",
    ),
    (
        Environment::Production,
        "P000000001G",
        "02",
        "JHEURBU6RQAMEF3Y",
        "https://etims.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P000000001G02JHEURBU6RQAMEF3Y",
    ),
];

fn payload(signature: &str) -> Result<QrPayload, QrError> {
    let (pin, branch) = (Pin::parse("P600004555A").expect("a PIN"), BranchId::parse("00").expect("a branch"));
    QrPayload::new(Environment::Sandbox, pin, branch, signature)
}

#[test]
fn known_addresses_are_built_and_read() {
    for (environment, pin, branch, signature, url) in KNOWN {
        let (pin, branch) = (Pin::parse(pin).expect("a PIN"), BranchId::parse(branch).expect("a branch"));
        let built = QrPayload::new(environment, pin, branch, signature).expect("a payload");
        assert_eq!(built.url(), url);
        let parsed = QrPayload::parse(url).expect("KRA's address");
        assert_eq!(parsed, built);
        assert_eq!((parsed.environment(), parsed.signature()), (environment, signature));
    }
}

#[test]
fn a_signature_of_another_shape_makes_no_code() {
    assert_eq!(payload(""), Err(QrError::SignatureLength { found: 0 }));
    assert_eq!(payload("FIYMCYL335SBB4U"), Err(QrError::SignatureLength { found: 15 }));
    assert_eq!(payload("GWG26V35FW2FKXUQ7TVVMXDGLQ"), Err(QrError::SignatureLength { found: 26 }));
    assert_eq!(payload("FIYM-CYL3-35SB-B4U3"), Err(QrError::SignatureCharacter { found: '-' }));
    assert_eq!(payload("fiymcyl335sbb4u3"), Err(QrError::SignatureCharacter { found: 'f' }));
    assert_eq!(payload("FIYMCYL335SBB4U "), Err(QrError::SignatureCharacter { found: ' ' }));
    assert_eq!(payload("FIYMCYL335SBB4Ü3"), Err(QrError::SignatureCharacter { found: 'Ü' }));
}

const GOOD: &str = KNOWN[2].4;

fn refusal(url: &str) -> QrRefusal {
    match QrPayload::parse(url) {
        Err(refusal) => refusal,
        Ok(payload) => panic!("{url} was taken for {payload:?}"),
    }
}

#[test]
fn hosts_must_be_kra_to_the_letter() {
    for host in [
        "etims.kra.go.ke.example.com",
        "etims-kra.go.ke",
        "etims.kra.go.ke:443",
        "etims.kra.go.ke@example.com",
        "user@etims.kra.go.ke",
        "ETIMS.kra.go.ke",
        "etims.kra.go.ke.",
        "etims.kra.co.ke",
        "etlms.kra.go.ke",
        "еtims.kra.go.ke",
        "etims-sbx.kra.go.ke.evil.test",
        "kra.example.org",
        "etims.kra.go.ke%2eexample.com",
        "etims.kra.go.ke ",
    ] {
        let url = GOOD.replace("etims.kra.go.ke", host);
        let expected = QrRefusal::Host { found: host.to_owned(), look_alike: true };
        assert_eq!(refusal(&url), expected, "{url}");
    }
    let url = GOOD.replace("etims.kra.go.ke", "example.com");
    assert_eq!(refusal(&url), QrRefusal::Host { found: "example.com".into(), look_alike: false });
    let backslash = r"https://etims.kra.go.ke\@example.com/";
    assert!(matches!(refusal(backslash), QrRefusal::Path { .. }));
}

#[test]
fn everything_else_is_refused_by_name() {
    assert_eq!(refusal(&GOOD.replace("https", "http")), QrRefusal::Scheme { found: "http".into() });
    assert_eq!(refusal("17092026#140928#KRACU0400001214#10#GWG2#FIYM"), QrRefusal::NotAnAddress);
    let typo = refusal(&GOOD.replace("indexEtimsReceiptData", "indexEtimsReceptData"));
    assert!(typo.to_string().contains("Recept for Receipt"), "{typo}");
    let older = refusal("https://etims.kra.go.ke/common/link/etims/receipt/indexEtimsReceipt?qrCode=1#2");
    assert!(older.to_string().contains("qrCode"), "{older}");
    let tims = "https://itax.kra.go.ke/KRA-Portal/invoiceChk.htm?actionCode=loadPage&invoiceNo=0040807890002542148";
    assert_eq!(refusal(tims), QrRefusal::Tims { invoice_number: "0040807890002542148".into() });
    assert!(matches!(refusal(&tims[..tims.len() - 1]), QrRefusal::Host { .. }), "18 digits are no TIMS number");
    for query in ["", "?Data", "?data=X", "?Data=A&Data=B", "?x=1&Data=A", "?Data=A#B", "#Data=A"] {
        let url = format!("{}{query}", GOOD.split('?').next().expect("a path"));
        assert!(matches!(refusal(&url), QrRefusal::Query { .. }), "{url}");
    }
    let data = |data: &str| refusal(&format!("{}{data}", GOOD.split_inclusive('=').next().expect("a query")));
    assert_eq!(data("P000070014N5LJT35ZUB2SHJ7N7"), QrRefusal::Length { found: 27 });
    assert!(data("P000070014N5LJT35ZUB2SHJ7N7").to_string().contains("branch is missing"));
    assert!(data("P000070014N00GWG26V35FW2FKXUQ7TVVMXDGLQ").to_string().contains("internal data"));
    assert_eq!(data("P000070014N695LJT-35ZU-B2SH-J7N7"), QrRefusal::Dashed);
    assert_eq!(data("p000070014N695LJT35ZUB2SHJ7N7"), QrRefusal::Pin);
    assert_eq!(data("P000070014NX95LJT35ZUB2SHJ7N7"), QrRefusal::Branch);
    assert_eq!(data("P000070014N695LJT35ZUB2SHJ7N1"), QrRefusal::Signature { position: 29, found: '1' });
    assert_eq!(data("P000070014N695LJT35ZUB2SHJ7N%"), QrRefusal::Signature { position: 29, found: '%' });
}

#[test]
fn the_symbol_is_read_from_svg_png_and_half_blocks() {
    for (_, _, _, _, url) in KNOWN {
        let symbol = Symbol::new(url, ErrorCorrection::Medium).expect("short enough");
        assert_eq!(draw_svg(&symbol.svg(), 3).scan(), [url]);
        let small = Symbol::new(url, ErrorCorrection::Low).expect("short enough");
        for columns in [small.size() + 4, 42, 44, 48, 120] {
            let blocks = small.half_blocks(columns).expect("room enough");
            assert!(blocks.iter().all(|line| line.chars().count() <= columns));
            assert_eq!(draw_blocks(blocks.iter().map(String::as_str), 4).scan(), [url]);
        }
        assert_eq!(small.half_blocks(small.size() + 3), None, "no room for a quiet zone");
    }
}

#[test]
#[cfg(feature = "png")]
fn the_png_is_read_at_every_scale() {
    for (_, _, _, _, url) in KNOWN {
        let symbol = Symbol::new(url, ErrorCorrection::Medium).expect("short enough");
        for scale in [2, 4, 8] {
            let dots = crate::scan::read_png(&symbol.png(scale));
            let side = (symbol.size() + 2 * etims_core::receipt::QUIET_ZONE) * usize::from(scale);
            assert_eq!((dots.width, dots.dark.len()), (side, side * side));
            assert_eq!(dots.scan(), [url]);
        }
    }
}

#[test]
fn every_signed_print_carries_its_code() {
    for case in CASES {
        let view = case.view();
        let signed = !matches!(case.document, "ts" | "tc" | "ps");
        assert_eq!(view.qr_url().is_some(), signed, "{}", case.name);
        for page in [HtmlPage::Roll80, HtmlPage::A4] {
            let html = view.html(page);
            let svg = html.split_once("<svg").and_then(|(_, rest)| rest.split_once("</svg>")).map(|(svg, _)| svg);
            let found = svg.map(|svg| draw_svg(&format!("<svg{svg}</svg>"), 4).scan());
            assert_eq!(found, view.qr_url().map(|url| vec![url.to_owned()]), "{}", case.name);
        }
        for columns in [42, 44, 48] {
            let text = view.text(Columns::new(columns).expect("a width"), TextQr::Blocks);
            let blocks = text.lines().filter(|line| line.contains(['█', '▀', '▄']));
            let found = draw_blocks(blocks, 4).scan();
            assert_eq!(found, Vec::from_iter(view.qr_url().map(str::to_owned)), "{} {columns}", case.name);
        }
    }
}

#[test]
fn a_terminal_shows_the_same_code_in_colours_of_its_own() {
    let view = Case::named("ns").view();
    let columns = Columns::default();
    let terminal = view.text(columns, TextQr::Terminal);
    let plain: String = terminal.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "");
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&view.text(columns, TextQr::Blocks)));
    assert!(terminal.lines().filter(|line| line.contains('█')).all(|line| line.ends_with("\u{1b}[0m")));
    assert!(view.text(columns, TextQr::Mark).lines().any(|line| line.trim() == "[QR]"));
}

proptest! {
    #[test]
    fn whatever_parses_was_built_so(url in ".{0,200}") {
        prop_assert!(QrPayload::parse(&url).map(|payload| payload.url()).unwrap_or(url.clone()) == url);
    }

    #[test]
    fn one_changed_character_never_leads_elsewhere(position in 0..GOOD.len(), character in any::<char>()) {
        let mut url: Vec<char> = GOOD.chars().collect();
        url[position] = character;
        let url: String = url.into_iter().collect();
        if let Ok(payload) = QrPayload::parse(&url) {
            prop_assert_eq!(payload.url(), url);
        }
    }

    #[test]
    fn base32_signatures_survive(signature in "[A-Z2-7]{16}") {
        let built = payload(&signature).expect("a payload");
        prop_assert_eq!(QrPayload::parse(&built.url()), Ok(built));
    }
}
