//! What must hold between a document and the library's amounts for it.

use etims_core::codes::TaxType;
use etims_core::document::Invoice;
use etims_core::settings::{DiscountWire, FractionPolicy};
use num_traits::{One, Signed, Zero};

use crate::case::{Case, CaseLine, Off, value, wire_line};
use crate::exact::{Convention, Document, Exact, Plain, Supply, WireLine, exact, round2};

/// Everything that is wrong with the library's amounts for a document; empty when they are right.
pub(crate) fn disagreements(case: &Case, invoice: &Invoice) -> Vec<String> {
    let document = case.document();
    let mut found = Vec::new();
    let wire: Vec<(usize, WireLine)> = invoice.wire_lines().iter().map(|line| (line.line, wire_line(line))).collect();
    if !wire.is_sorted_by_key(|(line, _)| *line) {
        found.push("wire lines are not in the order of the caller's lines".to_owned());
    }
    for (index, line) in case.lines.iter().enumerate() {
        let parts: Vec<&WireLine> = wire.iter().filter(|(of, _)| *of == index).map(|(_, part)| part).collect();
        let mut faults = line_faults(case, &document, index, line, &parts, invoice);
        found.extend(faults.drain(..).map(|fault| format!("line {}: {fault}", index + 1)));
    }
    found.extend(basket_faults(case, &document, invoice));
    found.extend(header_faults(&document, &wire, invoice));
    if case.exchange.is_some() {
        let foreign = invoice.foreign().map(|foreign| value(foreign.total.decimal()));
        if let (Some(found_total), Some(owed)) = (&foreign, case.own_currency().owed())
            && *found_total != owed
        {
            found.push(format!("owed in the foreign currency is {}, expected {}", Plain(found_total), Plain(&owed)));
        }
        if foreign.is_none() {
            found.push("the foreign currency was lost".to_owned());
        }
    }
    found
}

/// The invoice of a case that agrees with the oracle in everything.
#[allow(dead_code)] // The fuzz target shares this file and looks at the faults itself.
pub(crate) fn right(case: &Case) -> Invoice {
    let invoice = case.invoice().expect("a document in order");
    assert_eq!(disagreements(case, &invoice), Vec::<String>::new(), "{case:?}");
    invoice
}

fn line_faults(
    case: &Case,
    document: &Document,
    index: usize,
    line: &CaseLine,
    parts: &[&WireLine],
    invoice: &Invoice,
) -> Vec<String> {
    let mut faults = Vec::new();
    let rate = &document.rates[line.band];
    for (number, part) in parts.iter().enumerate() {
        let supply = supply_of(case, line, part);
        // A quantity rounded for the wire keeps the caller's price, whatever the product.
        let rounded =
            line.quantity.precision() > 2 && case.fraction_policy == FractionPolicy::RoundedQuantityExactAmount;
        if case.convention == Convention::K3 && !rounded && !stands_or_divides(part, supply) {
            faults.push(format!("prc {} is neither a factor nor the amount per unit", Plain(&part.price)));
        }
        let own = part.faults(case.convention, supply, rate, case.inclusive);
        faults.extend(own.into_iter().map(|fault| format!("wire line {}: {fault}", number + 1)));
        if part.band != line.band {
            faults.push("the band was changed".to_owned());
        }
        if case.discount_wire == DiscountWire::Price && !part.discount_rate.is_zero() {
            faults.push("a discount rate although discounts travel in the price".to_owned());
        }
    }
    let mut expect = |name: &str, found: &Exact, expected: &Exact| {
        if found != expected {
            faults.push(format!("{name} is {}, expected {}", Plain(found), Plain(expected)));
        }
    };
    let totals = &invoice.lines()[index].totals;
    let total = value(totals.total.decimal());
    expect("total of the wire lines", &parts.iter().map(|part| &part.total).sum(), &total);
    expect("tax of the wire lines", &parts.iter().map(|part| &part.tax).sum(), &value(totals.tax.decimal()));
    let quantity: Exact = parts.iter().map(|part| &part.quantity).sum();
    if !(quantity.is_one() && under_a_cent(case, line, &total)) {
        expect("quantity of the wire lines", &quantity, &wire_quantity(case, line));
    }
    let off = value(totals.discount.decimal()) + value(totals.basket_discount.decimal());
    expect("before discount less discounts", &(value(totals.before_discount.decimal()) - off), &total);
    let money = document.lines[index].money();
    if case.inclusive {
        expect("before discount", &value(totals.before_discount.decimal()), &money.before);
        expect("discount", &value(totals.discount.decimal()), &money.discount);
    }
    if line.amount.is_none() && line.price.precision() <= 2 && case.exchange.is_none() {
        let price = &document.lines[index].price;
        let with_tax =
            if case.inclusive { price.clone() } else { round2(&(price * (exact("1") + rate / exact("100")))) };
        expect("unit price on paper", &value(totals.unit_price.decimal()), &with_tax);
    }
    if case.basket.is_none() {
        expect("total", &total, &document.owed_by_line()[index]);
        expect("basket discount", &value(totals.basket_discount.decimal()), &Exact::zero());
    }
    if parts.is_empty() {
        faults.push("not on the wire".to_owned());
    }
    if parts.len() > 1 {
        faults.extend(split_faults(case, line, parts));
    }
    if let Some(percent) = rate_on_the_wire(case, line).filter(|_| plain(case, line))
        && (parts.len() != 1 || parts[0].discount_rate != percent || parts[0].discount != money.discount)
    {
        faults.push(format!("{} % off is a whole percent and was not sent as one", Plain(&percent)));
    }
    faults
}

/// Neither amount nor long numbers: quantity × price stands on the wire as the caller wrote it.
fn plain(case: &Case, line: &CaseLine) -> bool {
    case.inclusive == (case.convention != Convention::K3)
        && line.amount.is_none()
        && line.quantity.precision() <= 2
        && line.price.precision() <= 2
        && case.basket.is_none()
        && case.exchange.is_none()
}

/// The whole percent that must travel as such.
fn rate_on_the_wire(case: &Case, line: &CaseLine) -> Option<Exact> {
    match line.discount {
        Some(Off::Percent(percent)) if case.discount_wire != DiscountWire::Price => {
            Some(percent.exact()).filter(|percent| percent.is_integer() && percent.is_positive())
        }
        _ => None,
    }
}

fn supply_of(case: &Case, line: &CaseLine, part: &WireLine) -> Supply {
    let long = line.quantity.precision() > 2 && case.fraction_policy == FractionPolicy::RoundedQuantityExactAmount;
    // K3 is never split: KRA does not check quantity × price there.
    let free = case.convention == Convention::K3 && !(plain(case, line) && line.discount.is_none());
    let after_discount = case.discount_wire == DiscountWire::RateAfter && !part.discount_rate.is_zero();
    Supply { multiplied: !long && !free, after_discount }
}

/// In K3 the price makes the supply amount, or is what is left of it for one unit, to the cent.
fn stands_or_divides(part: &WireLine, supply: Supply) -> bool {
    let before = if supply.after_discount { &part.supply + &part.discount } else { part.supply.clone() };
    round2(&(&part.quantity * &part.price)) == before || part.price == round2(&(before / &part.quantity))
}

/// The quantity that all wire lines of a line carry together.
fn wire_quantity(case: &Case, line: &CaseLine) -> Exact {
    let quantity = line.quantity.exact();
    match case.fraction_policy {
        _ if line.quantity.precision() <= 2 => quantity,
        FractionPolicy::SingleUnit => exact("1"),
        FractionPolicy::RoundedQuantityExactAmount | FractionPolicy::AdjustPrice => round2(&quantity),
    }
}

/// Less than a cent for each unit cannot be written as quantity × price: one unit at the whole amount stands for it.
fn under_a_cent(case: &Case, line: &CaseLine, total: &Exact) -> bool {
    let quantity = round2(&line.quantity.exact());
    quantity.is_zero() || (case.convention != Convention::K3 && total < &(quantity / exact("100")))
}

fn split_faults(case: &Case, line: &CaseLine, parts: &[&WireLine]) -> Vec<String> {
    let mut faults = Vec::new();
    if parts.len() > 2 {
        faults.push(format!("split into {} wire lines", parts.len()));
    }
    if plain(case, line) && line.discount.is_none() {
        faults.push("split although quantity and price can stand as they are".to_owned());
    }
    let prices = || parts.iter().map(|part| &part.price);
    let (least, most) = (prices().min().expect("two parts"), prices().max().expect("two parts"));
    if round2(&line.quantity.exact()).is_integer() && most - least > exact("0.01") {
        faults.push(format!("split prices {} and {} are more than a cent apart", Plain(least), Plain(most)));
    }
    if parts.iter().any(|part| part.quantity.is_zero()) {
        faults.push("a wire line without quantity".to_owned());
    }
    faults
}

/// The shares of a basket discount add up to it, and none is more than a cent away from its part per level of spreading.
fn basket_faults(case: &Case, document: &Document, invoice: &Invoice) -> Vec<String> {
    if case.basket.is_none() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let mut sum = Exact::zero();
    for (index, share) in document.basket_shares().iter().enumerate() {
        let line = &document.lines[index];
        let after = line.money().after;
        let total = value(invoice.lines()[index].totals.total.decimal());
        let Some(left) = before_tax(document, line.band, &total) else {
            faults.push(format!("line {}: {} is no net amount with its tax", index + 1, Plain(&total)));
            continue;
        };
        let taken = &after - &left;
        if (&taken - share).abs() >= exact("0.02") || taken.is_negative() || left.is_negative() {
            faults.push(format!(
                "line {}: basket share is {}, in proportion {}",
                index + 1,
                Plain(&taken),
                Plain(share)
            ));
        }
        sum += taken;
    }
    let basket = document.basket_money();
    if faults.is_empty() && sum != basket {
        faults.push(format!("basket shares add up to {}, expected {}", Plain(&sum), Plain(&basket)));
    }
    faults
}

/// The amount in the document's prices that comes to this total with its tax; there is at most one.
fn before_tax(document: &Document, band: usize, total: &Exact) -> Option<Exact> {
    if document.inclusive {
        return Some(total.clone());
    }
    let near = round2(&(total / (exact("1") + &document.rates[band] / exact("100"))));
    [exact("-0.01"), Exact::zero(), exact("0.01")]
        .into_iter()
        .map(|cent| &near + cent)
        .find(|net| document.with_tax(net, band) == *total)
}

fn header_faults(document: &Document, wire: &[(usize, WireLine)], invoice: &Invoice) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |name: &str, found: etims_core::money::Amount, expected: Exact| {
        let found = value(found.decimal());
        if found != expected {
            faults.push(format!("header {name} is {}, the lines come to {}", Plain(&found), Plain(&expected)));
        }
    };
    let totals = invoice.totals();
    let sum = |band: Option<usize>, field: fn(&WireLine) -> &Exact| -> Exact {
        wire.iter().filter(|(_, line)| band.is_none_or(|band| band == line.band)).map(|(_, line)| field(line)).sum()
    };
    let gross = |line: &WireLine| line.total.clone();
    for band in TaxType::ALL {
        let of_band: Vec<&WireLine> =
            wire.iter().filter(|(_, line)| line.band == band.index()).map(|(_, line)| line).collect();
        let total: Exact = of_band.iter().map(|line| gross(line)).sum();
        let tax = sum(Some(band.index()), |line| &line.tax);
        expect("taxblAmt of a band", totals.taxable(*band), sum(Some(band.index()), |line| &line.taxable));
        expect("gross of a band", totals.gross(*band), total.clone());
        expect("net of a band", totals.net(*band), total - &tax);
        expect("taxAmt of a band", totals.tax(*band), tax);
    }
    expect("totTaxblAmt", totals.total_taxable(), sum(None, |line| &line.taxable));
    expect("totTaxAmt", totals.total_tax(), sum(None, |line| &line.tax));
    expect("totAmt", totals.total(), sum(None, |line| &line.total));
    if let Some(owed) = document.owed() {
        expect("totAmt against what is owed", totals.total(), owed);
    }
    faults
}
