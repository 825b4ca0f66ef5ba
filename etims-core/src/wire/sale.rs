//! The body of a sale or credit note (eTIMS `saveTrnsSalesOsdc`, `saveSales`).

use super::Dialect;
use super::body::Body;
use super::limits::{self, cut};
use crate::codes::{PaymentCodes, TaxType};
use crate::document::{Invoice, Kind, Line};
use crate::money::Amount;
use crate::party::Seller;
use crate::time;
use crate::totals::{WireLine, allocate};

/// Field names of the five bands: taxable amount, rate, tax.
const BANDS: [(&str, &str, &str); 5] = [
    ("taxblAmtA", "taxRtA", "taxAmtA"),
    ("taxblAmtB", "taxRtB", "taxAmtB"),
    ("taxblAmtC", "taxRtC", "taxAmtC"),
    ("taxblAmtD", "taxRtD", "taxAmtD"),
    ("taxblAmtE", "taxRtE", "taxAmtE"),
];

/// Writes the exact body sent for an invoice under a number. PIN and branch stand in it on the VSCU only; elsewhere
/// they are headers.
///
/// Field order and null handling follow the body KRA's gateway accepted (reference `samples/gateway`).
pub fn sale_body(invoice: &Invoice, seller: &Seller, payment_codes: &PaymentCodes, invoice_number: u64) -> Vec<u8> {
    let dialect = invoice.settings().dialect;
    let issued_at = time::wire_moment(invoice.issued_at());
    let is_credit = invoice.kind() == Kind::CreditNote;
    let buyer_pin = invoice.buyer().pin.as_ref().map(|pin| pin.as_str());
    let mut body = Body::new(1600 + 420 * invoice.wire_lines().len());
    if dialect == Dialect::Vscu {
        body.text("tin", seller.pin.as_str()).text("bhfId", seller.branch.as_str());
    }
    body.text("trdInvcNo", invoice.reference())
        .integer("invcNo", invoice_number)
        .integer("orgInvcNo", invoice.credits().map_or(0, |credit| credit.original_invoice_number))
        .optional("custTin", buyer_pin)
        .text("custNm", cut(invoice.buyer_name(), limits::BUYER_NAME))
        .text("salesTyCd", "N")
        .text("rcptTyCd", if is_credit { "R" } else { "S" })
        .text("pmtTyCd", payment_codes.code(invoice.main_payment()))
        .text("salesSttsCd", "02")
        .text("cfmDt", &issued_at)
        .text("salesDt", &time::wire_date(invoice.issued_at()))
        .text("stockRlsDt", &issued_at)
        .null("cnclReqDt")
        .null("cnclDt")
        .optional("rfdDt", is_credit.then_some(issued_at.as_str()))
        .optional("rfdRsnCd", invoice.credits().map(|credit| credit.reason.code()))
        .integer("totItemCnt", invoice.wire_lines().len() as u64);
    write_bands(&mut body, invoice);
    body.amount("totTaxblAmt", invoice.totals().total_taxable())
        .amount("totTaxAmt", invoice.totals().total_tax())
        .amount("totAmt", invoice.totals().total())
        .text("prchrAcptcYn", "N")
        .optional("remark", invoice.remark())
        .operator(invoice.operator())
        .object("receipt", |receipt| write_receipt(receipt, invoice, seller, buyer_pin, &issued_at, invoice_number));
    let insured = insured_amounts(invoice);
    body.list("itemList", invoice.wire_lines().iter().enumerate(), |item, (index, wire)| {
        write_line(item, index, wire, &invoice.lines()[wire.line], insured[index]);
    });
    body.finish()
}

fn write_bands(body: &mut Body, invoice: &Invoice) {
    let totals = invoice.totals();
    for (band, (taxable, ..)) in TaxType::ALL.iter().zip(BANDS) {
        body.amount(taxable, totals.taxable(*band));
    }
    for (band, (_, rate, _)) in TaxType::ALL.iter().zip(BANDS) {
        body.percent(rate, invoice.settings().rates.rate(*band));
    }
    for (band, (_, _, tax)) in TaxType::ALL.iter().zip(BANDS) {
        body.amount(tax, totals.tax(*band));
    }
}

fn write_receipt(
    receipt: &mut Body,
    invoice: &Invoice,
    seller: &Seller,
    buyer_pin: Option<&str>,
    issued_at: &str,
    invoice_number: u64,
) {
    let short = |text: Option<&'_ str>| text.map(|text| cut(text, limits::MESSAGE).to_owned());
    let messages = invoice.messages();
    let top = messages.top.as_deref().or(seller.top_message.as_deref());
    let bottom = messages.bottom.as_deref().or(seller.bottom_message.as_deref());
    let address = seller.full_address();
    receipt.optional("custTin", buyer_pin).optional("custMblNo", invoice.buyer().phone.as_deref());
    match invoice.settings().dialect {
        Dialect::Vscu => receipt.integer("rptNo", invoice_number),
        Dialect::DirectOscu | Dialect::Gateway => receipt.text("rcptPbctDt", issued_at),
    };
    receipt
        .optional("trdeNm", short(seller.trade_name.as_deref()).as_deref())
        .optional("adrs", address.as_deref().map(|address| cut(address, limits::ADDRESS)))
        .optional("topMsg", short(top).as_deref())
        .optional("btmMsg", short(bottom).as_deref())
        .text("prchrAcptcYn", "N");
}

/// The insurer's share of each wire line: a line's share is spread over what it was split into.
fn insured_amounts(invoice: &Invoice) -> Vec<Option<Amount>> {
    let mut insured = vec![None; invoice.wire_lines().len()];
    for (index, line) in invoice.lines().iter().enumerate() {
        let Some(insurance) = &line.insurance else { continue };
        let of_line = invoice.wire_lines().iter().enumerate().filter(|(_, wire)| wire.line == index);
        let (places, weights): (Vec<_>, Vec<_>) = of_line.map(|(place, wire)| (place, wire.total)).unzip();
        for (place, share) in places.into_iter().zip(allocate(insurance.amount, &weights)) {
            insured[place] = Some(share);
        }
    }
    insured
}

fn write_line(item: &mut Body, index: usize, wire: &WireLine, line: &Line, insured: Option<Amount>) {
    item.integer("itemSeq", index as u64 + 1)
        .text("itemCd", &line.item_code)
        .text("itemClsCd", &line.classification)
        .text("itemNm", cut(&line.name, limits::ITEM_NAME))
        .optional("bcd", line.barcode.as_deref())
        .text("pkgUnitCd", &line.packaging)
        .quantity("pkg", line.packages)
        .text("qtyUnitCd", &line.unit)
        .quantity("qty", wire.quantity)
        .amount("prc", wire.unit_price)
        .amount("splyAmt", wire.supply_amount)
        .percent("dcRt", wire.discount_rate)
        .amount("dcAmt", wire.discount_amount);
    match (&line.insurance, insured) {
        (Some(insurance), Some(amount)) => {
            item.text("isrccCd", &insurance.code)
                .text("isrccNm", cut(&insurance.name, limits::INSURER_NAME))
                .percent("isrcRt", insurance.rate)
                .amount("isrcAmt", amount);
        }
        _ => {
            item.null("isrccCd").null("isrccNm").null("isrcRt").null("isrcAmt");
        }
    }
    item.text("taxTyCd", wire.tax_type.code())
        .amount("taxblAmt", wire.taxable)
        .amount("taxAmt", wire.tax)
        .amount("totAmt", wire.total);
}
