//! Look-ups: the bodies that ask, and the answers of KRA's servers and of the reference, row by row.

use etims_core::party::Seller;
use etims_core::pin::{BranchId, Pin};
use etims_core::time::EAST_AFRICA;
use etims_core::wire::lookups::{
    Ask, Branch, BranchCustomer, CodeClass, Customer, Import, InitialisedDevice, InvoiceDetail, ItemClass, ListedItem,
    Listing, LookUpRow, Notice, Purchase, StockMove, Taxpayer, initialise_body, look_up_body,
};
use etims_core::wire::{Dialect, Operation, Outcome, Reply};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Sample<'a> {
    #[serde(borrow)]
    response: &'a RawValue,
}

#[derive(Deserialize)]
struct Illustrative<'a> {
    #[serde(borrow)]
    pairs: BTreeMap<&'a str, Sample<'a>>,
}

fn read<T: LookUpRow>(answer: &str) -> Listing<T> {
    Listing::read(&Reply::parse(T::OPERATION, 200, answer.as_bytes())).expect("a success")
}

fn live<T: LookUpRow>(sample: &str) -> Listing<T> {
    let sample: Sample<'_> = serde_json::from_str(sample).expect("a sample is JSON");
    read(sample.response.get())
}

fn made_up<T: LookUpRow>(name: &str) -> Vec<T> {
    let all: Illustrative<'_> =
        serde_json::from_str(include_str!("samples/illustrative/pairs.json")).expect("a sample is JSON");
    let listing: Listing<T> = read(all.pairs.get(name).unwrap_or_else(|| panic!("no pair {name}")).response.get());
    listing.rows
}

fn decimal(text: &str) -> Option<rust_decimal::Decimal> {
    Some(text.parse().expect("a decimal"))
}

#[test]
fn code_classes_with_their_rates() {
    let listing: Listing<CodeClass> = live(include_str!("samples/live-oscu/code_list_excerpt_2024.json"));
    let taxes = listing.rows.iter().find(|class| class.class == "04").expect("the tax types");
    assert_eq!(taxes.first_extra_name.as_deref(), Some("Tax Rate"));
    let rates: Vec<_> = taxes.entries.iter().map(|entry| (entry.code.as_str(), entry.first_extra.as_deref())).collect();
    assert!(rates.starts_with(&[("A", Some("0")), ("B", Some("16")), ("C", Some("0")), ("E", Some("8"))]), "{rates:?}");
    assert_eq!(listing.as_of.expect("KRA's clock").to_rfc3339(), "2024-04-24T11:47:21+03:00");
}

#[test]
fn item_classes_branches_and_notices_of_a_live_server() {
    let classes: Listing<ItemClass> = live(include_str!("samples/live-oscu/item_class_list_2024.json"));
    assert_eq!((classes.rows[0].code.as_str(), classes.rows[0].level), ("99000000", Some(1)));
    let branches: Listing<Branch> = live(include_str!("samples/live-oscu/branch_list_2024.json"));
    assert_eq!((branches.rows[0].branch.as_str(), branches.rows[0].head_office), ("00", Some(true)));
    assert_eq!(branches.rows[0].location, None);
    let notices: Listing<Notice> = live(include_str!("samples/live-oscu/notice_list_2024.json"));
    assert_eq!(notices.rows[0].number, "26");
    assert_eq!(notices.rows[0].published_at.expect("a date").to_rfc3339(), "2024-04-29T20:42:27+03:00");
}

#[test]
fn purchases_keep_every_cent_and_read_numbers_written_as_text() {
    let purchases: Listing<Purchase> = live(include_str!("samples/live-oscu/purchase_list_2024.json"));
    let purchase = &purchases.rows[0];
    assert_eq!(purchase.supplier_invoice, "123");
    assert_eq!(purchase.taxable[1], decimal("17499"));
    assert_eq!((purchase.rates[4], purchase.tax[1]), (decimal("8"), decimal("2799.84")));
    assert_eq!(purchase.total, decimal("20298.84"));
    assert_eq!(purchase.confirmed_at.expect("a date").to_rfc3339(), "2023-12-12T15:36:25+03:00");
    assert_eq!(purchase.released_at, None);
    assert_eq!((purchase.lines.len(), purchase.lines[0].name.as_deref()), (1, Some("Consultancy")));
}

#[test]
fn an_invoice_detail_with_its_signature() {
    let details: Listing<InvoiceDetail> = live(include_str!("samples/live-oscu/invoice_details_ok.json"));
    let receipt = details.rows[0].receipt.as_ref().expect("a receipt");
    assert_eq!((receipt.receipt_number, receipt.signature.as_str()), (169, "ABCDEFGHIJKLMNOP"));
    assert_eq!(details.rows[0].total, None, "what KRA does not tell is absent");
    assert_eq!(details.rows[0].taxable, [None; 5]);
}

#[test]
fn the_made_up_answers_of_every_other_look_up() {
    let customers: Vec<Customer> = made_up("customer");
    assert_eq!((customers[0].pin.as_str(), customers[0].status.as_deref()), ("P000000002B", Some("A")));
    let items: Vec<ListedItem> = made_up("item_list");
    assert_eq!(
        (items[0].code.as_str(), items[0].price, items[0].in_use),
        ("KE2NTNO0000001", decimal("580"), Some(true))
    );
    let imports: Vec<Import> = made_up("imports");
    assert_eq!((imports[0].task.as_str(), imports[0].declared_on.as_deref()), ("2239078", Some("15122025")));
    assert_eq!((imports[0].status.as_deref(), imports[0].exchange_rate), (Some("2"), decimal("129.5")));
    let moves: Vec<StockMove> = made_up("stock_moves");
    assert_eq!((moves[0].number.as_str(), moves[0].lines[0].quantity), ("6", decimal("100")));
    let own: Vec<BranchCustomer> = made_up("customer_list");
    assert_eq!(own[0].number, "000000012");
    let taxpayer: Vec<Taxpayer> = made_up("taxpayer_info");
    assert_eq!(taxpayer[0].name, "EXAMPLE TRADER LTD");
}

#[test]
fn nothing_found_is_an_empty_list_and_a_refusal_is_none() {
    let empty: Listing<ListedItem> = live(include_str!("samples/live-oscu/no_result_001.json"));
    assert!(empty.rows.is_empty() && empty.as_of.is_some());
    let refusal = Reply::parse(Operation::SelectItems, 200, br#"{"resultCd":"910","resultMsg":"x"}"#);
    assert!(matches!(refusal.outcome, Outcome::Refused(_)));
    assert_eq!(Listing::<ListedItem>::read(&refusal), None);
    let rows: Listing<ListedItem> = read(r#"{"resultCd":"000","data":{"itemList":[{"itemNm":"no code"},7,null]}}"#);
    assert!(rows.rows.is_empty(), "a row without its key is of no use");
}

#[test]
fn amounts_never_pass_through_a_float() {
    let rows: Listing<ListedItem> =
        read(r#"{"resultCd":"000","data":{"itemList":[{"itemCd":"X","dftPrc":9007199254740993.07}]}}"#);
    assert_eq!(rows.rows[0].price, decimal("9007199254740993.07"));
}

#[test]
fn bodies_say_who_asks_where_the_dialect_wants_it() {
    let pin = Pin::parse("P000070007R").expect("a PIN");
    let since = chrono::NaiveDate::from_ymd_opt(2026, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .and_then(|moment| moment.and_local_timezone(EAST_AFRICA).single())
        .expect("a moment");
    let body = |ask, dialect| {
        String::from_utf8(look_up_body(ask, pin, BranchId::HEAD_OFFICE, dialect)).expect("JSON is UTF-8")
    };
    assert_eq!(body(Ask::Since(since), Dialect::DirectOscu), r#"{"lastReqDt":"20260101000000"}"#);
    for dialect in [Dialect::Gateway, Dialect::Vscu] {
        assert_eq!(body(Ask::Invoice(7), dialect), r#"{"tin":"P000070007R","bhfId":"00","invcNo":7}"#);
    }
    let buyer = Pin::parse("P000070014N").expect("a PIN");
    assert_eq!(body(Ask::Customer(buyer), Dialect::DirectOscu), r#"{"custmTin":"P000070014N"}"#);
    let initialise = initialise_body(&Seller::new(pin), "SHOP1-TILL1");
    assert_eq!(
        String::from_utf8(initialise).expect("JSON is UTF-8"),
        r#"{"tin":"P000070007R","bhfId":"00","dvcSrlNo":"SHOP1-TILL1"}"#
    );
}

#[test]
fn an_initialisation_is_read_whole_and_its_debug_output_keeps_the_key() {
    let sample: Sample<'_> =
        serde_json::from_str(include_str!("samples/live-oscu/init_ok_2026.json")).expect("a sample is JSON");
    let reply = Reply::parse(Operation::Initialise, 200, sample.response.get().as_bytes());
    let device = InitialisedDevice::read(&reply).expect("a device");
    assert_eq!(device.communication_key.as_deref(), Some("REPLACED"));
    assert_eq!((device.sdc_id.as_deref(), device.mrc_no.as_deref()), (Some("KRACU0300003881"), Some("KRA00379349")));
    assert_eq!((device.head_office, device.last_sale_number), (Some(true), None));
    assert!(!format!("{device:?}").contains("REPLACED"));

    let refused: Sample<'_> =
        serde_json::from_str(include_str!("samples/live-oscu/init_902.json")).expect("a sample is JSON");
    let reply = Reply::parse(Operation::Initialise, 200, refused.response.get().as_bytes());
    assert_eq!(InitialisedDevice::read(&reply), None);
}
