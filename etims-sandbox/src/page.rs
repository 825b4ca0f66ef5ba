//! Pages for people: the front page, and the one behind a receipt's QR code.

use crate::exchange::{Answer, Exchange};
use crate::kra::Kra;
use crate::number::Cents;

/// The path of KRA's verification page.
pub(crate) const RECEIPT: &str = "/common/link/etims/receipt/indexEtimsReceiptData";

/// Said by every page and every answer of the control API.
pub(crate) const NOT_KRA: &str =
    "This is the etims-sandbox, a simulation for developers. It is not KRA and nothing here is a tax document.";

/// `Data` is PIN (11), branch (2) and signature (16).
pub(crate) fn receipt(exchange: &Exchange<'_>, kra: &Kra) -> Answer {
    let data = exchange.query.split('&').find_map(|part| part.strip_prefix("Data=")).unwrap_or_default();
    let is_plain = data.len() == 29 && data.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain {
        return page(400, "Bad receipt link", "<p>Data must be PIN (11), branch (2) and signature (16).</p>");
    }
    let (pin, branch, signature) = (&data[..11], &data[11..13], &data[13..]);
    let found = kra.find_signature(pin, branch, signature);
    let Some(row) = found else {
        return page(404, "No such receipt", "<p>No receipt with this signature was signed here.</p>");
    };
    let title = if row.is_credit_note { "Credit note" } else { "Tax invoice" };
    let rows = [
        ("Seller PIN", row.pin.as_str()),
        ("Branch", &row.branch),
        ("CU invoice number", &format!("{}/{}", row.sdc_id, row.receipt_number)),
        ("Invoice number", &row.invoice_number.to_string()),
        ("Signed at", &row.signed_at),
        ("Total tax", &Cents(row.tax_cents).to_string()),
        ("Total", &Cents(row.total_cents).to_string()),
        ("Internal data", &row.internal_data),
        ("Signature", &row.signature),
    ];
    let table: String = rows.iter().map(|(name, value)| format!("<tr><th>{name}</th><td>{value}</td></tr>")).collect();
    page(200, title, &format!("<table>{table}</table><p>End of receipt</p>"))
}

pub(crate) fn front() -> Answer {
    let links = "<ul><li>gateway: /etims-oscu/api/v1, token at /v1/token/generate</li>\
                 <li>direct OSCU: /etims-api</li><li>VSCU: the root</li>\
                 <li>control: <a href=\"/sandbox/openapi.json\">/sandbox/openapi.json</a></li></ul>";
    page(200, "etims-sandbox", links)
}

pub(crate) fn page(status: u16, title: &str, body: &str) -> Answer {
    Answer::html(
        status,
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} (sandbox)</title>\
             <body><h1>{title}</h1><p><strong>{NOT_KRA}</strong></p>{body}</body></html>"
        ),
    )
}
