//! Purchases: what suppliers have declared against a PIN, and its confirmation.

use crate::clock::compact_time;
use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::{Event, Purchase};
use crate::kra::item::since;
use crate::kra::sale::{Sums, check_amounts, check_line_numbers, check_rates};
use crate::rule::{self, Refusal};
use crate::seed::SUPPLIER_SALES;

/// Header fields that the purchase list shows as the seller has sent them.
const SHOWN: [&str; 22] = [
    "pmtTyCd",
    "salesDt",
    "totItemCnt",
    "taxblAmtA",
    "taxblAmtB",
    "taxblAmtC",
    "taxblAmtD",
    "taxblAmtE",
    "taxRtA",
    "taxRtB",
    "taxRtC",
    "taxRtD",
    "taxRtE",
    "taxAmtA",
    "taxAmtB",
    "taxAmtC",
    "taxAmtD",
    "taxAmtE",
    "totTaxblAmt",
    "totTaxAmt",
    "totAmt",
    "remark",
];

impl Kra {
    pub(super) fn purchase_list(&self, call: &Call<'_>) -> Verdict {
        let since = since(call);
        let rows = self.offers(call.pin).filter(|(registered, _)| registered.as_str() > since).map(|(_, row)| row);
        Verdict::rows("saleList", rows.collect())
    }

    /// Sales to this PIN that it has not confirmed yet, with the time of their registration.
    fn offers(&self, pin: &str) -> impl Iterator<Item = (String, Json)> {
        let seeded = SUPPLIER_SALES.rows().iter().map(|row| (SUPPLIER_SALES.registered.clone(), row.clone()));
        let offered = self.taxpayer(pin).into_iter().flat_map(|taxpayer| &taxpayer.offered);
        let own = offered.filter_map(|&index| Some((self.ledger.entry(index).signed_at.compact(), self.offer(index)?)));
        let confirmed = self.taxpayer(pin).map(|taxpayer| &taxpayer.confirmed);
        seeded.chain(own).filter(move |(_, row)| confirmed.is_none_or(|confirmed| !confirmed.contains(&key(row))))
    }

    /// A sale as its buyer sees it, while its document is kept.
    fn offer(&self, index: usize) -> Option<Json> {
        let (entry, sale) = (self.ledger.entry(index), self.document(index)?);
        let device = &self.devices[entry.device];
        let time = |name: &str| {
            let time = sale.get(name).text().and_then(compact_time);
            time.map_or(Json::Null, |time| time.format("%Y-%m-%d %H:%M:%S").to_string().into())
        };
        let mut row = Json::object([
            ("spplrTin", device.pin.as_ref().into()),
            ("spplrNm", Kra::name_of(&device.pin).into()),
            ("spplrBhfId", device.branch.as_ref().into()),
            ("spplrInvcNo", entry.number.to_string().into()),
            ("spplrSdcId", device.sdc_id.as_ref().into()),
            ("spplrMrcNo", device.machine_number.as_str().into()),
            ("rcptTyCd", if entry.is_credit { "R".into() } else { "S".into() }),
            ("cfmDt", time("cfmDt")),
            ("stockRlsDt", time("stockRlsDt")),
        ]);
        for name in SHOWN {
            row.set(name, sale.get(name).clone());
        }
        let mut lines = sale.get("itemList").list().to_vec();
        for line in &mut lines {
            for insurance in ["isrccCd", "isrccNm", "isrcRt", "isrcAmt"] {
                line.remove(insurance);
            }
        }
        row.set("itemList", Json::List(lines));
        Some(row)
    }

    pub(super) fn save_purchase(&self, call: &Call<'_>) -> Decision {
        let body = call.body;
        let number = body.get("invcNo").whole().unwrap_or_default();
        let branch = self.branch(call.pin, call.branch);
        if call.is_strict() {
            let expected = branch.map_or(0, |branch| branch.last_purchase).saturating_add(1);
            if number != expected {
                let values = [("expected", &*expected.to_string()), ("found", &*number.to_string())];
                return Err(rule::PURCHASE_SEQUENCE.refuse(&values));
            }
            self.check_supplier(call)?;
            check_rates(call)?;
            self.check_purchase_lines(call)?;
        } else if branch.is_some_and(|branch| branch.purchases.contains(&number)) {
            return Err(rule::PURCHASE_DUPLICATE.refuse(&[]));
        }
        let text = |name: &str| body.get(name).filled().map(str::to_owned);
        Ok(Verdict::saved(Event::PurchaseSaved(Box::new(Purchase {
            pin: call.pin.to_owned(),
            branch: call.branch.to_owned(),
            number,
            supplier_pin: text("spplrTin"),
            supplier_branch: text("spplrBhfId"),
            supplier_invoice: body.get("spplrInvcNo").whole(),
        }))))
    }

    /// A purchase from a supplier with a PIN needs that supplier's sale; foreign suppliers have none.
    fn check_supplier(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let body = call.body;
        let Some(supplier) = body.get("spplrTin").filled() else { return Ok(()) };
        let listed: Vec<Json> = self
            .offers(call.pin)
            .map(|(_, row)| row)
            .filter(|row| row.get("spplrTin").text() == Some(supplier))
            .collect();
        if listed.is_empty() {
            return Err(rule::PURCHASE_RECORD.refuse(&[]));
        }
        let number = body.get("spplrInvcNo");
        let branch = body.get("spplrBhfId").filled();
        let found = listed.iter().find(|row| {
            row.get("spplrInvcNo").whole() == number.whole()
                && branch.is_none_or(|branch| row.get("spplrBhfId").text() == Some(branch))
        });
        let Some(row) = found else {
            let number = number.text().unwrap_or("null");
            return Err(rule::PURCHASE_INVOICE.refuse(&[("found", number)]));
        };
        let name = body.get("spplrNm").text().unwrap_or("null");
        if row.get("spplrNm").text() != Some(name) {
            return Err(rule::PURCHASE_NAME.refuse(&[("found", name)]));
        }
        Ok(())
    }

    fn check_purchase_lines(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let lines = call.body.get("itemList").list();
        check_line_numbers(call.body, lines)?;
        let cents = |line: &Json, field: &str| line.cents(field).unwrap_or_default();
        let mut sums = Sums::default();
        for (index, line) in lines.iter().enumerate() {
            let number = (index + 1).to_string();
            let code = line.get("itemCd").text().unwrap_or_default();
            let Some(item) = self.item(call.pin, code) else {
                return Err(rule::PURCHASE_ITEM.refuse(&[("code", code), ("item", &number)]));
            };
            if line.get("taxTyCd").text() != Some(item.tax.as_str()) {
                return Err(rule::SALE_ITEM_TAX.refuse(&[]));
            }
            // The line's total is the tax-inclusive price after discount: splyAmt must be that price before it.
            let (expected, found) = (cents(line, "totAmt").plus(cents(line, "dcAmt")), cents(line, "splyAmt"));
            if found != expected {
                let values = [("item", &*number), ("expected", &*expected.to_string()), ("found", &*found.to_string())];
                return Err(rule::PURCHASE_SUPPLY.refuse(&values));
            }
            check_amounts(call.dialect, line, &number, &mut sums)?;
        }
        sums.check(call.body)
    }
}

/// Supplier PIN, branch and invoice number: what a confirmation refers to.
fn key(row: &Json) -> (String, String, u64) {
    let text = |name: &str| row.get(name).text().unwrap_or_default().to_owned();
    (text("spplrTin"), text("spplrBhfId"), row.get("spplrInvcNo").whole().unwrap_or_default())
}
