//! Look-ups: codes, classes, invoices.

use crate::code_table;
use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Verdict};
use crate::kra::item::since;
use crate::kra::ledger::Entry;
use crate::operation::Dialect;
use crate::seed::NOTICES;

/// When the code tables and classes were last changed at KRA: a later watermark gets 001.
const TABLES_CHANGED: &str = "20250101000000";

/// Fields of a movement that the receiving branch is shown.
const MOVEMENT_SHOWN: [&str; 8] =
    ["sarNo", "ocrnDt", "totItemCnt", "totTaxblAmt", "totTaxAmt", "totAmt", "remark", "itemList"];

impl Kra {
    pub(super) fn code_list(&self, call: &Call<'_>) -> Verdict {
        tables(call, "clsList", &code_table::CODE_LIST)
    }

    pub(super) fn item_classes(&self, call: &Call<'_>) -> Verdict {
        let classes = match call.dialect {
            Dialect::Gateway => &code_table::GATEWAY_CLASSES,
            Dialect::Direct | Dialect::Vscu => &code_table::DIRECT_CLASSES,
        };
        tables(call, "itemClsList", &classes.list)
    }

    pub(super) fn notices(&self, call: &Call<'_>) -> Verdict {
        let rows = NOTICES.rows().iter().filter(|row| row.get("regDt").text() > Some(since(call)));
        Verdict::rows("noticeList", rows.cloned().collect())
    }

    /// Stock that another branch of this PIN has sent here.
    pub(super) fn stock_moves(&self, call: &Call<'_>) -> Verdict {
        let received = self.branch(call.pin, call.branch).into_iter().flat_map(|branch| &branch.received);
        let rows = received.filter(|(at, ..)| at.compact().as_str() > since(call)).map(|(_, from, document)| {
            let sent = Json::parse(document).unwrap_or(Json::Null);
            let mut row = Json::object([("custTin", call.pin.into()), ("custBhfId", from.as_str().into())]);
            for name in MOVEMENT_SHOWN {
                row.set(name, sent.get(name).clone());
            }
            row
        });
        Verdict::rows("stockList", rows.collect())
    }

    pub(super) fn invoice_detail(&mut self, call: &Call<'_>) -> Verdict {
        let nothing = Verdict { data: None, events: Vec::new() };
        let number = call.body.get("invcNo").whole().unwrap_or_default();
        let found = self.branch(call.pin, call.branch).and_then(|branch| branch.invoices.get(&number).copied());
        let Some(index) = found else { return nothing };
        if self.lags(call, index) {
            return nothing;
        }
        Verdict::rows("salesList", vec![self.sale_row(call, index)])
    }

    /// Whether the detail of this invoice has not arrived yet.
    fn lags(&mut self, call: &Call<'_>, index: usize) -> bool {
        let age_ms = call.now.0.saturating_sub(self.ledger.entry(index).signed_at.0);
        let seen = self.detail_look_ups.get(&index).copied().unwrap_or(0);
        if call.twists.lag_look_ups > seen {
            self.detail_look_ups.insert(index, seen + 1);
            return true;
        }
        call.twists.lag_ms > age_ms
    }

    pub(super) fn sales_list(&self, call: &Call<'_>) -> Verdict {
        let since = since(call);
        let branch = self.branch(call.pin, call.branch);
        let mut indices: Vec<usize> = branch.into_iter().flat_map(|branch| branch.invoices.values().copied()).collect();
        indices.sort_unstable();
        let rows = indices.into_iter().filter(|&index| self.ledger.entry(index).signed_at.compact().as_str() > since);
        Verdict::rows("salesList", rows.map(|index| self.sale_row(call, index)).collect())
    }

    /// One recorded sale. The gateway tells it in full while the document is kept; the direct host only what
    /// integrations were seen to read.
    fn sale_row(&self, call: &Call<'_>, index: usize) -> Json {
        let entry = self.ledger.entry(index);
        let document = if call.dialect == Dialect::Gateway { self.document(index) } else { None };
        let mut row = document.unwrap_or_else(|| Json::object([]));
        let mut receipt = match row.get("receipt") {
            Json::Object(members) => Json::Object(members.clone()),
            _ => Json::object([]),
        };
        sign(&mut receipt, entry, call);
        row.set("receipt", receipt);
        row.set("custTin", entry.buyer_pin.as_deref().into());
        if call.dialect == Dialect::Gateway {
            row.set("invcNo", entry.number.into());
            row.set("orgInvcNo", entry.original.into());
            row.set("trdInvcNo", (!entry.trader_number.is_empty()).then_some(&*entry.trader_number).into());
            row.set("custNm", entry.buyer_name.as_deref().into());
            row.set("rcptTyCd", if entry.is_credit { "R".into() } else { "S".into() });
            row.set("salesDt", (&*entry.date).into());
            row.set("totTaxAmt", entry.tax.into());
            row.set("totAmt", entry.total.into());
        }
        row
    }
}

/// The gateway tells the counters as text here, and the time in another format than on saving.
fn sign(receipt: &mut Json, entry: &Entry, call: &Call<'_>) {
    let counter = |number: u64| match call.dialect {
        Dialect::Gateway => Json::from(number.to_string()),
        Dialect::Direct | Dialect::Vscu => Json::from(number),
    };
    let signed_at = entry.signed_at.plus_seconds(call.twists.skew_seconds);
    receipt.set("curRcptNo", counter(entry.receipt.saturating_add(call.twists.receipt_offset)));
    receipt.set("totRcptNo", counter(entry.total_receipts));
    if !call.twists.no_signature {
        receipt.set("rcptSign", (&*entry.signature).into());
        receipt.set("intrlData", (&*entry.internal_data).into());
    }
    receipt.set("sdcDateTime", format!("{}.0", signed_at.dashed()).into());
}

fn tables(call: &Call<'_>, name: &str, rows: &Json) -> Verdict {
    let rows = if since(call) < TABLES_CHANGED { rows.list().to_vec() } else { Vec::new() };
    Verdict::rows(name, rows)
}
