//! What KRA tells about a number, compared with what was sent under it.

use etims_core::submission::Comparison;
use etims_core::wire::{Finding, Operation, Reply, invoice_detail_body};
use serde_json::{Value, json};

const RECEIPT: &str = r#"{"curRcptNo":"7","totRcptNo":"9","intrlData":"EAHSAV6ECUUXSY6PCCJYAUP6MI","rcptSign":"QUII27MATATSHFRB","sdcDateTime":"2026-01-05 10:15:31.0"}"#;

fn sent() -> Value {
    json!({
        "trdInvcNo": "INV-7", "invcNo": 7, "orgInvcNo": 0, "custTin": null, "custNm": "Walk-in customer",
        "rcptTyCd": "S", "cfmDt": "20260105101500", "salesDt": "20260105", "totItemCnt": 1, "totAmt": 100,
        "totTaxAmt": 13.79, "taxblAmtB": 86.21,
        "itemList": [{"itemSeq": 1, "itemCd": "KE2NTNO0000001", "qty": 1, "prc": 100, "totAmt": 100}]
    })
}

fn record(change: impl FnOnce(&mut Value)) -> Value {
    let mut record = sent();
    record["receipt"] = serde_json::from_str(RECEIPT).unwrap();
    change(&mut record);
    record
}

fn read(http: u16, body: &Value) -> Finding {
    let reply = Reply::parse(Operation::SelectInvoiceDetail, http, body.to_string().as_bytes());
    Finding::read(&reply, sent().to_string().as_bytes(), 7)
}

fn found(record: &Value) -> (Comparison, Vec<&'static str>) {
    match read(200, &json!({"resultCd": "000", "data": {"salesList": [record]}})) {
        Finding::Recorded { receipt, comparison, differing, .. } => {
            assert_eq!(receipt.unwrap().receipt_number, 7);
            (comparison, differing)
        }
        other => panic!("{other:?}"),
    }
}

/// What is different in KRA's record.
type Change = fn(&mut Value);

#[test]
fn the_traders_own_number_identifies_it() {
    assert_eq!(found(&record(|_| {})), (Comparison::Strong, vec![]));
    // Numbers as strings, another number of decimals, another date format: the same values.
    let written_otherwise = record(|record| {
        record["totAmt"] = "100.00".into();
        record["cfmDt"] = "2026-01-05 10:15:00".into();
        record["itemList"][0]["qty"] = "1.0".into();
    });
    assert_eq!(found(&written_otherwise).0, Comparison::Strong);
}

#[test]
fn so_do_date_total_and_lines_together() {
    let without = |fields: &[&str]| {
        record(|record| {
            for field in fields {
                record.as_object_mut().unwrap().remove(*field);
            }
        })
    };
    assert_eq!(found(&without(&["trdInvcNo"])).0, Comparison::Strong);
    for missing in ["totAmt", "cfmDt", "itemList"] {
        assert_eq!(found(&without(&["trdInvcNo", missing])).0, Comparison::Weak, "{missing}");
    }
}

#[test]
fn what_kra_leaves_out_is_neither_equal_nor_different() {
    let receipt: Value = serde_json::from_str(RECEIPT).unwrap();
    assert_eq!(found(&json!({"custTin": null, "receipt": receipt})), (Comparison::Weak, vec![]));
    let nulls = record(|record| {
        record["totAmt"] = Value::Null;
        record["trdInvcNo"] = Value::Null;
    });
    assert_eq!(found(&nulls).0, Comparison::Weak);
}

#[test]
fn any_difference_is_a_conflict() {
    let differing = |change: fn(&mut Value)| found(&record(change));
    let cases: [(&str, Change); 6] = [
        ("trdInvcNo", |record| record["trdInvcNo"] = "OTHER".into()),
        ("totAmt", |record| record["totAmt"] = json!(100.01)),
        ("custTin", |record| record["custTin"] = "P000070007R".into()),
        ("rcptTyCd", |record| record["rcptTyCd"] = "R".into()),
        ("qty", |record| record["itemList"][0]["qty"] = json!(2)),
        ("itemList", |record| record["itemList"].as_array_mut().unwrap().push(json!({"itemCd": "X"}))),
    ];
    for (field, change) in cases {
        let (comparison, fields) = differing(change);
        assert_eq!(comparison, Comparison::Conflict, "{field}");
        assert!(fields.contains(&field), "{fields:?} does not name {field}");
    }
    // The number under which it was looked for is no part of the comparison.
    assert_eq!(differing(|record| record["invcNo"] = json!(7)).0, Comparison::Strong);
}

#[test]
fn not_recorded_and_not_answered_are_told_apart() {
    let empty = json!({"responseHeader": {"responseCode": 200}, "responseBody": {"resultCd": "001", "data": null}});
    assert_eq!(read(400, &empty), Finding::NotRecorded);
    assert_eq!(read(200, &json!({"resultCd": "000", "data": {"salesList": []}})), Finding::NotRecorded);
    assert_eq!(read(200, &json!({"resultCd": "000", "data": null})), Finding::Unanswered);
    assert_eq!(read(500, &json!({"resultCd": "001"})), Finding::Unanswered);
    assert_eq!(read(200, &json!({"resultCd": "999"})), Finding::Unanswered);
    let another = record(|record| record["invcNo"] = json!(8));
    assert_eq!(read(200, &json!({"resultCd": "000", "data": {"salesList": [another]}})), Finding::Unanswered);
}

#[test]
fn a_record_without_a_receipt_is_recorded_all_the_same() {
    let bare = record(|record| record["receipt"] = Value::Null);
    let finding = read(200, &json!({"resultCd": "000", "data": {"salesList": [bare]}}));
    assert!(
        matches!(finding, Finding::Recorded { receipt: Err(_), comparison: Comparison::Strong, .. }),
        "{finding:?}"
    );
}

#[test]
fn the_question_carries_pin_and_branch() {
    let seller = etims_core::party::Seller::new("P000070007R".parse().unwrap());
    let body = String::from_utf8(invoice_detail_body(&seller, 7)).unwrap();
    assert_eq!(body, r#"{"tin":"P000070007R","bhfId":"00","invcNo":7}"#);
}
