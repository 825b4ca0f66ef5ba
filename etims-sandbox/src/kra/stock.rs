//! The stock ledger: movements in and out, and the balance that must agree with them.

use std::collections::BTreeMap;

use crate::clock::compact_date;
use crate::code_table::leaves_stock;
use crate::json::Json;
use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::kra::event::{Event, Movement};
use crate::number::Cents;
use crate::operation::Dialect;
use crate::rule::{self, Refusal};

/// Movement types (class 12): a sale's goods leave; goods go to another branch.
const SALE_OUT: &str = "11";
const MOVEMENT_OUT: &str = "13";

impl Kra {
    pub(super) fn move_stock(&self, call: &Call<'_>) -> Decision {
        let number = call.body.get("sarNo").whole().unwrap_or_default();
        let movement_type = call.body.get("sarTyCd").text().unwrap_or_default();
        let out = leaves_stock(movement_type);
        let lines = call.body.get("itemList").list();
        if call.is_strict() {
            let expected = self.taxpayer(call.pin).map_or(0, |taxpayer| taxpayer.last_movement).saturating_add(1);
            if number != expected {
                let values = [("expected", expected.to_string()), ("found", number.to_string())];
                return Err(
                    rule::STOCK_SEQUENCE.refuse(&values.each_ref().map(|(name, value)| (*name, value.as_str())))
                );
            }
            self.check_movement(call, lines)?;
        } else {
            let branch = self.branch(call.pin, call.branch);
            if branch.is_some_and(|branch| branch.movements.contains(&number)) {
                return Err(rule::STOCK_DUPLICATE.refuse(&[]));
            }
        }
        let mut quantities: BTreeMap<String, Cents> = BTreeMap::new();
        for line in lines {
            let code = line.get("itemCd").text().unwrap_or_default();
            let quantity = line.cents("qty").unwrap_or_default();
            let sum = quantities.entry(code.to_owned()).or_default();
            *sum = sum.plus(quantity);
        }
        for (code, quantity) in &mut quantities {
            let on_hand = self.on_hand(call, code);
            if out && call.is_strict() && on_hand < *quantity {
                return Err(rule::STOCK_OUT.refuse(&[]));
            }
            if out {
                *quantity = Cents(0).minus(*quantity);
            }
        }
        Ok(Verdict::saved(Event::StockMoved(Movement {
            pin: call.pin.to_owned(),
            branch: call.branch.to_owned(),
            number,
            at: call.now,
            sent_to: call
                .body
                .get("custBhfId")
                .filled()
                .filter(|_| movement_type == MOVEMENT_OUT)
                .map(|branch| (branch.to_owned(), call.text.to_owned())),
            follows_sale: movement_type == SALE_OUT,
            quantities: quantities.into_iter().collect(),
        })))
    }

    fn on_hand(&self, call: &Call<'_>, code: &str) -> Cents {
        let stock = self.branch(call.pin, call.branch).and_then(|branch| branch.stock.get(code));
        stock.map_or(Cents(0), |stock| stock.on_hand)
    }

    fn check_movement(&self, call: &Call<'_>, lines: &[Json]) -> Result<(), Refusal> {
        let day = call.body.get("ocrnDt").text().unwrap_or_default();
        let today = call.now.compact()[..8].to_owned();
        if compact_date(day) > compact_date(&today) {
            return Err(rule::STOCK_FUTURE.refuse(&[("found", day), ("today", &today)]));
        }
        if call.dialect == Dialect::Gateway && call.body.cents("totAmt") == Some(Cents(0)) {
            return Err(rule::STOCK_TOTAL_ZERO.refuse(&[("field", "totAmt")]));
        }
        super::sale::check_line_numbers(call.body, lines)?;
        let mut sums = [Cents(0); 3];
        for (index, line) in lines.iter().enumerate() {
            let number = (index + 1).to_string();
            let code = line.get("itemCd").text().unwrap_or_default();
            let Some(item) = self.item(call.pin, code) else {
                return Err(rule::STOCK_ITEM.refuse(&[("code", code), ("item", &number)]));
            };
            let tax = line.get("taxTyCd").text().unwrap_or_default();
            if item.tax != tax {
                return Err(rule::STOCK_ITEM_TAX.refuse(&[]));
            }
            let supply = line.cents("splyAmt").unwrap_or_default();
            let gross = supply.minus(line.cents("totDcAmt").unwrap_or_default());
            let net = gross.net_of(super::sale::rate_of(call.dialect, tax)).unwrap_or_default();
            let expected = [("taxblAmt", net), ("taxAmt", gross.minus(net)), ("totAmt", gross)];
            for (sum, (field, expected)) in sums.iter_mut().zip(expected) {
                let found = line.cents(field).unwrap_or_default();
                if found != expected {
                    return Err(rule::STOCK_AMOUNT.refuse(&[
                        ("field", field),
                        ("item", &number),
                        ("expected", &expected.to_string()),
                        ("found", &found.to_string()),
                    ]));
                }
                *sum = sum.plus(found);
            }
        }
        for (field, expected) in ["totTaxblAmt", "totTaxAmt", "totAmt"].into_iter().zip(sums) {
            let found = call.body.cents(field).unwrap_or_default();
            if found != expected {
                return Err(rule::STOCK_HEADER.refuse(&[
                    ("field", field),
                    ("expected", &expected.to_string()),
                    ("found", &found.to_string()),
                ]));
            }
        }
        Ok(())
    }

    pub(super) fn add_movement(&mut self, movement: Movement) {
        let taxpayer = self.taxpayer_mut(&movement.pin);
        taxpayer.last_movement = taxpayer.last_movement.max(movement.number);
        let branch = self.branch_mut(&movement.pin, &movement.branch);
        branch.movements.insert(movement.number);
        for (code, quantity) in movement.quantities {
            let stock = branch.stock.entry(code).or_default();
            stock.on_hand = stock.on_hand.plus(quantity);
            if movement.follows_sale {
                stock.sold = stock.sold.plus(quantity).max(Cents(0));
            }
        }
        if let Some((other, document)) = movement.sent_to {
            let received = (movement.at, movement.branch, document);
            self.branch_mut(&movement.pin, &other).received.push(received);
        }
    }

    pub(super) fn save_on_hand(&self, call: &Call<'_>) -> Decision {
        let code = call.body.get("itemCd").text().unwrap_or_default();
        if call.is_strict() {
            if self.item(call.pin, code).is_none() {
                return Err(rule::STOCK_ITEM.refuse(&[("code", code), ("item", "1")]));
            }
            let stock = self.branch(call.pin, call.branch).and_then(|branch| branch.stock.get(code));
            let Some(stock) = stock else { return Err(rule::MASTER_FIRST.refuse(&[])) };
            let found = call.body.get("rsdQty");
            if call.body.cents("rsdQty") != Some(stock.on_hand) {
                if call.alias {
                    return Err(rule::MASTER_QUANTITY_ALIAS.refuse(&[]));
                }
                let found = found.text().unwrap_or_default();
                return Err(rule::MASTER_QUANTITY.refuse(&[("expected", &stock.on_hand.java()), ("found", found)]));
            }
        }
        Ok(Verdict::saved(Event::OnHandSaved {
            pin: call.pin.to_owned(),
            branch: call.branch.to_owned(),
            code: code.to_owned(),
        }))
    }
}
