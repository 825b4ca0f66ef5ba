//! Sales: the number, the arithmetic and the signature.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::{Event, Sale};
use crate::number::Cents;
use crate::operation::Dialect;
use crate::rule::{self, Refusal};
use crate::signature::{base32, digest};

const BANDS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// The rate of a tax letter, in hundredths of a percent. The sandbox gateway holds E at 0.
pub(super) fn rate_of(dialect: Dialect, tax: &str) -> Cents {
    match (tax, dialect) {
        ("B", _) => Cents(1600),
        ("E", Dialect::Direct | Dialect::Vscu) => Cents(800),
        _ => Cents(0),
    }
}

impl Kra {
    pub(super) fn save_sale(&mut self, call: &Call<'_>) -> Decision {
        let body = call.body;
        let number = body.get("invcNo").whole().unwrap_or_default();
        let is_credit = body.get("rcptTyCd").text() == Some("R");
        if let Some(code) = call.twists.duplicate {
            return Err(duplicate(code));
        }
        if call.is_strict() {
            if call.twists.stock_first {
                self.check_stock(call, is_credit)?;
            }
            self.check_number(call, number)?;
            if is_credit {
                self.check_credit(call)?;
            }
            check_rates(call)?;
            self.check_lines(call)?;
            self.check_stock(call, is_credit)?;
        } else if self.branch(call.pin, call.branch).is_some_and(|branch| branch.invoices.contains_key(&number)) {
            return Err(match call.dialect {
                Dialect::Gateway => rule::SALE_DUPLICATE_GATEWAY.refuse(&[]),
                Dialect::Direct => rule::SALE_DUPLICATE.refuse(&[]),
                Dialect::Vscu => rule::SALE_DUPLICATE_VSCU.refuse(&[]),
            });
        }
        let sale = self.sign(call, number, is_credit);
        Ok(Verdict { data: Some(self.receipt(call, &sale)), events: vec![Event::Sold(Box::new(sale))] })
    }

    fn check_number(&self, call: &Call<'_>, found: u64) -> Result<(), Refusal> {
        let expected = self.branch(call.pin, call.branch).map_or(0, |branch| branch.last_invoice).saturating_add(1);
        if found == expected {
            return Ok(());
        }
        let values = [("expected", &*expected.to_string()), ("found", &*found.to_string())];
        Err(if call.alias { rule::SALE_SEQUENCE_ALIAS.refuse(&values) } else { rule::SALE_SEQUENCE.refuse(&values) })
    }

    fn check_lines(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let lines = call.body.get("itemList").list();
        check_line_numbers(call.body, lines)?;
        let mut sums = Sums::default();
        for (index, line) in lines.iter().enumerate() {
            let number = (index + 1).to_string();
            let code = line.get("itemCd").text().unwrap_or_default();
            let Some(item) = self.item(call.pin, code) else {
                return Err(rule::SALE_ITEM.refuse(&[("code", code), ("item", &number)]));
            };
            if line.get("taxTyCd").text() != Some(item.tax.as_str()) {
                return Err(rule::SALE_ITEM_TAX.refuse(&[]));
            }
            let packages = line.get("pkg");
            if line.get("pkgUnitCd").text() == Some("NT") && packages.whole() != Some(1) {
                let found = packages.text().unwrap_or_default();
                return Err(rule::SALE_PACKAGES.refuse(&[("item", &number), ("found", found)]));
            }
            if self.settings.check_supply {
                check_supply(line, &number)?;
            }
            check_amounts(call.dialect, line, &number, &mut sums)?;
        }
        sums.check(call.body)
    }

    /// Goods must be on the shelf of this branch; services have none.
    fn check_stock(&self, call: &Call<'_>, is_credit: bool) -> Result<(), Refusal> {
        if is_credit {
            return Ok(());
        }
        let mut wanted: BTreeMap<&str, Cents> = BTreeMap::new();
        for (index, line) in call.body.get("itemList").list().iter().enumerate() {
            let code = line.get("itemCd").text().unwrap_or_default();
            if self.item(call.pin, code).is_some_and(|item| item.is_service()) {
                continue;
            }
            let stock = self.branch(call.pin, call.branch).and_then(|branch| branch.stock.get(code));
            let Some(stock) = stock else { return Err(rule::SALE_STOCK.refuse(&[])) };
            if !stock.in_master {
                return Err(rule::SALE_ITEM.refuse(&[("code", code), ("item", &(index + 1).to_string())]));
            }
            let sum = wanted.entry(code).or_default();
            *sum = sum.plus(line.cents("qty").unwrap_or_default());
            if *sum > stock.free() {
                return Err(rule::SALE_STOCK.refuse(&[]));
            }
        }
        Ok(())
    }

    fn sign(&self, call: &Call<'_>, number: u64, is_credit: bool) -> Sale {
        let body = call.body;
        let device = &self.devices[call.device];
        let (receipt, total_receipts) = device.next_receipt(is_credit);
        let total = body.cents("totAmt").unwrap_or_default();
        let texts = [number.to_string(), receipt.to_string(), total_receipts.to_string(), total.to_string()];
        let mut parts = vec![device.sdc_id.as_ref(), call.pin, call.branch, if is_credit { "R" } else { "S" }];
        parts.extend(texts.iter().map(String::as_str));
        let goods = body.get("itemList").list().iter().filter_map(|line| {
            let code = line.get("itemCd").text()?;
            let is_service = self.item(call.pin, code).is_some_and(|item| item.is_service());
            let quantity = line.cents("qty")?;
            (!is_service).then(|| (code.to_owned(), quantity))
        });
        Sale {
            pin: call.pin.to_owned(),
            branch: call.branch.to_owned(),
            device: call.device,
            number,
            trader_number: body.get("trdInvcNo").text().unwrap_or_default().to_owned(),
            original: if is_credit { body.get("orgInvcNo").whole().unwrap_or_default() } else { 0 },
            is_credit,
            receipt,
            total_receipts,
            signature: base32(&digest(self.settings.seed, "rcptSign", &parts), 16),
            internal_data: base32(&digest(self.settings.seed, "intrlData", &parts), 26),
            signed_at: call.now,
            date: body.get("salesDt").text().unwrap_or_default().to_owned(),
            buyer_pin: body.get("custTin").filled().map(str::to_owned),
            buyer_name: body.get("custNm").filled().map(str::to_owned),
            total,
            tax: body.cents("totTaxAmt").unwrap_or_default(),
            goods: goods.collect(),
            document: call.text.to_owned(),
        }
    }

    fn receipt(&self, call: &Call<'_>, sale: &Sale) -> Json {
        let device = &self.devices[call.device];
        let current = sale.receipt.saturating_add(call.twists.receipt_offset);
        let time = sale.signed_at.plus_seconds(call.twists.skew_seconds).compact();
        let mut data = match call.dialect {
            Dialect::Gateway | Dialect::Direct => {
                Json::object([("curRcptNo", current.into()), ("sdcDateTime", time.into())])
            }
            Dialect::Vscu => Json::object([
                ("rcptNo", current.into()),
                ("vsdcRcptPbctDate", time.into()),
                ("sdcId", device.sdc_id.as_ref().into()),
                ("mrcNo", device.machine_number.as_str().into()),
            ]),
        };
        data.set("totRcptNo", sale.total_receipts.into());
        if !call.twists.no_signature {
            data.set("intrlData", sale.internal_data.as_str().into());
            data.set("rcptSign", sale.signature.as_str().into());
        }
        data
    }

    /// A sale by somebody else on this device: the invoice number that the caller was about to use.
    pub(crate) fn foreign_sale(&self, call: &Call<'_>) -> Event {
        let number = self.branch(call.pin, call.branch).map_or(0, |branch| branch.last_invoice).saturating_add(1);
        let mut sale = self.sign(call, number, false);
        sale.trader_number = format!("FOREIGN-{number}");
        (sale.buyer_pin, sale.buyer_name, sale.goods) = (None, Some("Another till".to_owned()), Vec::new());
        (sale.total, sale.tax) = (Cents(100), Cents(0));
        sale.document = Json::object([
            ("invcNo", number.into()),
            ("trdInvcNo", sale.trader_number.as_str().into()),
            ("custNm", "Another till".into()),
            ("totAmt", sale.total.into()),
        ])
        .to_string();
        Event::Sold(Box::new(sale))
    }
}

fn duplicate(code: &str) -> Refusal {
    let rule = match code {
        "899" => &rule::SALE_DUPLICATE_VSCU,
        "994" => &rule::SALE_DUPLICATE,
        "921" => &rule::SALE_DECLARED,
        _ => &rule::SALE_DUPLICATE_GATEWAY,
    };
    rule.refuse(&[])
}

/// The five rates are constants, used or not.
pub(super) fn check_rates(call: &Call<'_>) -> Result<(), Refusal> {
    for band in BANDS {
        let field = format!("taxRt{band}");
        let expected = rate_of(call.dialect, band);
        let found = call.body.get(&field);
        if call.body.cents(&field) != Some(expected) {
            let found = found.text().unwrap_or_default();
            let values = [("field", field.as_str()), ("expected", &expected.to_string()), ("found", found)];
            return Err(rule::SALE_RATE.refuse(&values));
        }
    }
    Ok(())
}

pub(super) fn check_line_numbers(body: &Json, lines: &[Json]) -> Result<(), Refusal> {
    let count = body.get("totItemCnt");
    if count.whole() != Some(lines.len() as u64) {
        let values = [("expected", &*lines.len().to_string()), ("found", count.text().unwrap_or_default())];
        return Err(rule::SALE_LINE_COUNT.refuse(&values));
    }
    for (index, line) in lines.iter().enumerate() {
        let number = (index + 1).to_string();
        let found = line.get("itemSeq");
        if found.whole() != Some(index as u64 + 1) {
            let found = found.text().unwrap_or_default();
            return Err(rule::SALE_LINE_NUMBER.refuse(&[("item", &number), ("found", found)]));
        }
        for field in ["qty", "prc", "splyAmt"] {
            if line.get(field).exact().is_some_and(|value| value.is_negative()) {
                let found = line.get(field).text().unwrap_or_default();
                return Err(rule::SALE_NEGATIVE.refuse(&[("field", field), ("item", &number), ("found", found)]));
            }
        }
    }
    Ok(())
}

fn check_supply(line: &Json, number: &str) -> Result<(), Refusal> {
    let (quantity, price) = (line.get("qty").exact(), line.get("prc").exact());
    let expected = quantity.zip(price).and_then(|(quantity, price)| quantity.times(price)).unwrap_or_default();
    let found = line.cents("splyAmt").unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    let values = [("item", number), ("expected", &expected.to_string()), ("found", &found.to_string())];
    Err(rule::SALE_SUPPLY.refuse(&values))
}

/// The bands' and the document's totals, summed from rounded lines.
#[derive(Default)]
pub(super) struct Sums {
    taxable: [Cents; 5],
    tax: [Cents; 5],
    total: Cents,
}

impl Sums {
    pub(super) fn check(&self, body: &Json) -> Result<(), Refusal> {
        let total = |bands: &[Cents; 5]| bands.iter().fold(Cents(0), |sum, amount| sum.plus(*amount));
        let mut expected: Vec<(String, Cents)> = Vec::with_capacity(13);
        for (index, band) in BANDS.iter().enumerate() {
            expected.push((format!("taxblAmt{band}"), self.taxable[index]));
            expected.push((format!("taxAmt{band}"), self.tax[index]));
        }
        expected.push(("totTaxblAmt".to_owned(), total(&self.taxable)));
        expected.push(("totTaxAmt".to_owned(), total(&self.tax)));
        expected.push(("totAmt".to_owned(), self.total));
        for (field, expected) in expected {
            let found = body.cents(&field).unwrap_or_default();
            if found != expected {
                let values = [("field", &*field), ("expected", &expected.to_string()), ("found", &found.to_string())];
                return Err(rule::SALE_HEADER.refuse(&values));
            }
        }
        Ok(())
    }
}

/// Discount, then taxable amount, tax and total of a line, each recomputed from what was sent before it.
pub(super) fn check_amounts(dialect: Dialect, line: &Json, number: &str, sums: &mut Sums) -> Result<(), Refusal> {
    let supply = line.cents("splyAmt").unwrap_or_default();
    let rate = line.get("dcRt").exact().and_then(|rate| rate.whole()).filter(|rate| *rate <= 100);
    let Some(rate) = rate else {
        let found = line.get("dcRt").text().unwrap_or_default();
        return Err(rule::SALE_DISCOUNT_RATE.refuse(&[("item", number), ("found", found)]));
    };
    let rate = i64::try_from(rate).map_or(Cents(0), |percent| Cents(percent * 100));
    let discount = supply.percent(rate).unwrap_or_default();
    let gross = supply.minus(discount);
    let tax_type = line.get("taxTyCd").text().unwrap_or_default();
    let net = gross.net_of(rate_of(dialect, tax_type)).unwrap_or_default();
    let checks = [
        ("dcAmt", discount, &rule::SALE_DISCOUNT),
        ("taxblAmt", net, &rule::SALE_TAXABLE),
        ("taxAmt", gross.minus(net), &rule::SALE_TAX),
        ("totAmt", gross, &rule::SALE_LINE_TOTAL),
    ];
    for (field, expected, rule) in checks {
        let found = line.cents(field).unwrap_or_default();
        if found != expected {
            let values = [("item", number), ("expected", &*expected.to_string()), ("found", &*found.to_string())];
            return Err(rule.refuse(&values));
        }
    }
    if let Some(band) = BANDS.iter().position(|band| *band == tax_type) {
        sums.taxable[band] = sums.taxable[band].plus(net);
        sums.tax[band] = sums.tax[band].plus(gross.minus(net));
    }
    sums.total = sums.total.plus(gross);
    Ok(())
}
