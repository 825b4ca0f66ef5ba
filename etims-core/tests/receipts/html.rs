//! HTML: self-contained, harmless whatever a name says, in the order of the template.

use etims_core::document::Invoice;
use etims_core::receipt::{DeviceIdentity, HtmlPage, PrintOptions, ReceiptView};

use crate::cases::{CASES, answer, invoice, seller};

/// What a reader sees: tags, head and watermark left out, entities resolved.
pub(crate) fn visible(html: &str) -> String {
    let (_, body) = html.split_once("<body").expect("a body");
    let mut text = String::new();
    let mut rest = match body.split_once("<div class=\"watermark\"") {
        Some((before, after)) => format!("{before}{}", after.split_once("</div>").expect("it ends").1),
        None => body.to_owned(),
    };
    rest.insert_str(0, "<body");
    for piece in rest.split('<').skip(1) {
        let (_, content) = piece.split_once('>').expect("a tag ends");
        text.push(' ');
        text.push_str(content);
    }
    ["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&amp;&"].iter().fold(text, |text, pair| {
        let (entity, character) = pair.split_at(pair.len() - 1);
        text.replace(entity, character)
    })
}

fn view(invoice: &Invoice) -> ReceiptView {
    let options = PrintOptions::default();
    ReceiptView::new(invoice, Some(&answer("sale")), &seller(), &DeviceIdentity::default(), &options)
        .expect("a receipt")
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for case in CASES {
        for page in [HtmlPage::Roll80, HtmlPage::A4] {
            let view = case.view();
            let mut html = view.html(page);
            if let Some(url) = view.qr_url() {
                html = html.replace(&format!("href=\"{url}\""), "");
            }
            html = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            for word in ["http", "<script", "<link", "@import", "url(", " src=", "onload"] {
                assert!(!html.contains(word), "{} {page:?}: {word}", case.name);
            }
        }
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    let nasty = r#"</td><script>alert("1")</script>&amp;<img src=x onerror='y'>"#;
    let json = format!(
        r#"{{"reference":{0},"kind":"sale","issued_at":"2026-09-17T14:09:26+03:00","payment":"cash",
            "buyer":{{"name":{0},"address":{0}}},"messages":{{"top":{0},"bottom":{0}}},
            "lines":[{{"item_code":"KE2NTNO0000001","classification":"1010150000","name":{0},"description":{0},
            "packaging":"NT","unit":"NO","tax":"B","quantity":"1","unit_price":"116","discount":{{"percent":"5","reason":{0}}}}}]}}"#,
        serde_json::to_string(&nasty[..50]).expect("a string")
    );
    let view = view(&invoice(&json));
    for page in [HtmlPage::Roll80, HtmlPage::A4] {
        let html = view.html(page);
        assert!(!html.contains("<script") && !html.contains("alert(\""), "{html}");
        assert!(visible(&html).matches(&nasty[..50]).count() >= 7, "{}", visible(&html));
    }
}

#[test]
fn tags_are_balanced() {
    const VOID: [&str; 4] = ["meta", "img", "!doctype", "path"];
    for case in CASES {
        for page in [HtmlPage::Roll80, HtmlPage::A4] {
            let html = case.view().html(page);
            let mut open = Vec::new();
            for piece in html.split('<').skip(1) {
                let tag = piece.split(['>', ' ', '/', '\n']).next().unwrap_or_default();
                match piece.strip_prefix('/') {
                    Some(closing) => {
                        let closing = closing.split('>').next().expect("a tag ends");
                        assert_eq!(open.pop(), Some(closing), "{} {page:?}", case.name);
                    }
                    None if VOID.contains(&tag) => {}
                    None => open.push(tag),
                }
            }
            assert_eq!(open, Vec::<&str>::new(), "{} {page:?}", case.name);
        }
    }
}

#[test]
fn logos_are_embedded() {
    let options = PrintOptions {
        kra_logo: Some(b"\x89PNG\r\n\x1a\nkra".as_slice().into()),
        shop_logo: Some(b"\x89PNG\r\n\x1a\nshop".as_slice().into()),
        ..PrintOptions::default()
    };
    let invoice = crate::cases::document("ns");
    let view = ReceiptView::new(&invoice, Some(&answer("sale")), &seller(), &DeviceIdentity::default(), &options)
        .expect("a receipt");
    let html = view.html(HtmlPage::A4);
    for png in ["iVBORw0KGgprcmE=", "iVBORw0KGgpzaG9w"] {
        assert!(html.contains(&format!("src=\"data:image/png;base64,{png}\"")));
    }
    assert!(!html.contains("class=\"slot\""));
}
