//! JSON text → checked invoice → gateway bytes, beside what serde_json needs for plain typed structs alone.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use etims_core::codes::PaymentCodes;
use etims_core::document::{Invoice, InvoiceDraft};
use etims_core::party::Seller;
use etims_core::pin::Pin;
use etims_core::rules::Findings;
use etims_core::settings::Settings;
use etims_core::wire::{Dialect, sale_body};
use serde::{Deserialize, Serialize};

/// The input as plain structs: what any program pays for JSON before it does anything with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct PlainDocument {
    reference: String,
    kind: String,
    issued_at: String,
    buyer: PlainBuyer,
    operator: PlainOperator,
    payments: Vec<PlainPayment>,
    lines: Vec<PlainLine>,
    expected_total: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct PlainBuyer {
    pin: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct PlainOperator {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct PlainPayment {
    method: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct PlainLine {
    item_code: String,
    classification: String,
    name: String,
    packaging: String,
    unit: String,
    quantity: String,
    unit_price: String,
    tax: String,
}

/// The output as plain structs, floats and all.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainBody {
    trd_invc_no: String,
    invc_no: u64,
    org_invc_no: u64,
    cust_tin: Option<String>,
    cust_nm: String,
    sales_ty_cd: String,
    rcpt_ty_cd: String,
    pmt_ty_cd: String,
    sales_stts_cd: String,
    cfm_dt: String,
    sales_dt: String,
    stock_rls_dt: String,
    cncl_req_dt: Option<String>,
    cncl_dt: Option<String>,
    rfd_dt: Option<String>,
    rfd_rsn_cd: Option<String>,
    tot_item_cnt: u64,
    #[serde(rename = "taxblAmtA")]
    taxbl_amt_a: f64,
    #[serde(rename = "taxblAmtB")]
    taxbl_amt_b: f64,
    #[serde(rename = "taxblAmtC")]
    taxbl_amt_c: f64,
    #[serde(rename = "taxblAmtD")]
    taxbl_amt_d: f64,
    #[serde(rename = "taxblAmtE")]
    taxbl_amt_e: f64,
    #[serde(rename = "taxRtA")]
    tax_rt_a: f64,
    #[serde(rename = "taxRtB")]
    tax_rt_b: f64,
    #[serde(rename = "taxRtC")]
    tax_rt_c: f64,
    #[serde(rename = "taxRtD")]
    tax_rt_d: f64,
    #[serde(rename = "taxRtE")]
    tax_rt_e: f64,
    #[serde(rename = "taxAmtA")]
    tax_amt_a: f64,
    #[serde(rename = "taxAmtB")]
    tax_amt_b: f64,
    #[serde(rename = "taxAmtC")]
    tax_amt_c: f64,
    #[serde(rename = "taxAmtD")]
    tax_amt_d: f64,
    #[serde(rename = "taxAmtE")]
    tax_amt_e: f64,
    tot_taxbl_amt: f64,
    tot_tax_amt: f64,
    tot_amt: f64,
    prchr_acptc_yn: String,
    remark: Option<String>,
    regr_id: String,
    regr_nm: String,
    modr_id: String,
    modr_nm: String,
    receipt: PlainReceipt,
    item_list: Vec<PlainItem>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainReceipt {
    cust_tin: Option<String>,
    cust_mbl_no: Option<String>,
    rcpt_pbct_dt: String,
    trde_nm: Option<String>,
    adrs: Option<String>,
    top_msg: Option<String>,
    btm_msg: Option<String>,
    prchr_acptc_yn: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlainItem {
    item_seq: u64,
    item_cd: String,
    item_cls_cd: String,
    item_nm: String,
    bcd: Option<String>,
    pkg_unit_cd: String,
    pkg: f64,
    qty_unit_cd: String,
    qty: f64,
    prc: f64,
    sply_amt: f64,
    dc_rt: f64,
    dc_amt: f64,
    isrcc_cd: Option<String>,
    isrcc_nm: Option<String>,
    isrc_rt: Option<f64>,
    isrc_amt: Option<f64>,
    tax_ty_cd: String,
    taxbl_amt: f64,
    tax_amt: f64,
    tot_amt: f64,
}

fn document(lines: usize) -> String {
    let lines: Vec<String> = (0..lines)
        .map(|index| {
            let (code, class, tax) = [("KE2NTNO0000001", "1010150000", "B"), ("KE2NTNO0000002", "1010000000", "A")][index % 2];
            format!(
                r#"{{"item_code":"{code}","classification":"{class}","name":"Item number {index} of the bill","packaging":"NT","unit":"NO","quantity":"{}","unit_price":"{}.50","tax":"{tax}"}}"#,
                index % 7 + 1,
                100 + index
            )
        })
        .collect();
    let total: i64 = (0..lines.len() as i64).map(|index| (index % 7 + 1) * (10_050 + 100 * index)).sum();
    let total = format!("{}.{:02}", total / 100, total % 100);
    format!(
        r#"{{"reference":"INV-2026-0042","kind":"sale","issued_at":"2026-09-17T14:09:26+03:00","buyer":{{"pin":"P000070007R","name":"Buyer Ltd"}},"operator":{{"id":"till1","name":"Asha"}},"payments":[{{"method":"mobile_money","amount":"{total}"}}],"lines":[{}],"expected_total":"{total}"}}"#,
        lines.join(",")
    )
}

fn wire_bytes(text: &str, settings: &Settings, seller: &Seller, codes: &PaymentCodes) -> Vec<u8> {
    let mut findings = Findings::default();
    let draft = InvoiceDraft::from_json(text.as_bytes(), &mut findings).expect("JSON");
    let invoice = Invoice::check_with(&draft, settings, None, findings).expect("a valid document");
    sale_body(&invoice, seller, codes, 42)
}

fn benches(criterion: &mut Criterion) {
    let settings = Settings::new(Dialect::Gateway);
    let seller = Seller::new(Pin::parse("P000000010C").expect("a synthetic PIN"));
    let codes = PaymentCodes::default();

    let ten = document(10);
    let body = wire_bytes(&ten, &settings, &seller, &codes);
    let plain_body: PlainBody = serde_json::from_slice(&body).expect("a body");
    let mut group = criterion.benchmark_group("ten_lines");
    group.bench_function("text_to_wire", |bencher| {
        bencher.iter(|| wire_bytes(black_box(&ten), &settings, &seller, &codes));
    });
    group.bench_function("serde_json_alone", |bencher| {
        bencher.iter(|| {
            let document: PlainDocument = serde_json::from_str(black_box(&ten)).expect("JSON");
            (document, serde_json::to_vec(black_box(&plain_body)).expect("JSON"))
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("by_lines");
    for lines in [1, 10, 100, 999] {
        let text = document(lines);
        group.throughput(Throughput::Elements(lines as u64));
        group.bench_with_input(BenchmarkId::from_parameter(lines), &text, |bencher, text| {
            bencher.iter(|| wire_bytes(black_box(text), &settings, &seller, &codes));
        });
    }
    group.finish();
}

criterion_group!(document_benches, benches);
criterion_main!(document_benches);
