//! Credit notes taken from random sales, piece by piece: each is right by itself, and together they come to the sale.

use etims_core::document::{CreditLineDraft, Invoice, InvoiceDraft, Original};
use etims_core::money::{Amount, Quantity};
use etims_core::settings::{DiscountWire, FractionPolicy};
use num_traits::Zero;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;

use crate::case::{Case, value, wire_line};
use crate::exact::{Convention, Exact, Plain, Supply, exact};
use crate::random::{case, cases};

/// How a piece is taken from a line: a part of what is left by quantity, or by money.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) line: usize,
    pub(crate) by_money: bool,
    pub(crate) percent: u8,
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (0_usize..40, prop::bool::weighted(0.3), 1_u8..=100).prop_map(|(line, by_money, percent)| Piece {
        line,
        by_money,
        percent,
    });
    prop::collection::vec(piece, 0..6)
}

fn note(
    sale: &Invoice,
    credited: &[Invoice],
    lines: Vec<CreditLineDraft>,
) -> Result<Invoice, etims_core::rules::Invalid> {
    let original = original(sale, credited);
    let moment = "2026-09-18T09:00:00+03:00".parse().expect("a moment");
    let mut draft = InvoiceDraft::credit_note("CN-1", moment, sale.reference());
    draft.credit.as_mut().expect("a credit note").lines = lines;
    Invoice::check_credit(&draft, sale.settings(), &original)
}

fn original<'a>(sale: &'a Invoice, credited: &'a [Invoice]) -> Original<'a> {
    Original { invoice: sale, invoice_number: 7, cu_invoice_number: "KRACU0400001214/7".to_owned(), credited }
}

/// A part of what is left in the measure that was asked for, at least the smallest step.
fn part(left: Decimal, percent: u8, decimals: u32) -> Decimal {
    (left * Decimal::from(percent) / Decimal::ONE_HUNDRED).round_dp(decimals).max(Decimal::new(1, decimals)).min(left)
}

/// What is wrong with a note by itself.
fn faults(case: &Case, note: &Invoice) -> Vec<String> {
    let document = case.document();
    let mut found = Vec::new();
    let mut total = Exact::zero();
    for sent in note.wire_lines() {
        let line = wire_line(sent);
        let rate = &document.rates[line.band];
        let long = case.fraction_policy == FractionPolicy::RoundedQuantityExactAmount
            && case.lines.iter().any(|line| line.quantity.precision() > 2);
        let multiplied = case.convention != Convention::K3 && !long;
        let after_discount = case.discount_wire == DiscountWire::RateAfter && !line.discount_rate.is_zero();
        let supply = Supply { multiplied, after_discount };
        let mut faults = line.faults(case.convention, supply, rate, case.inclusive);
        // In K3 the last piece takes the cents that are left, which not every net amount with its tax comes to: then its
        // tax is the one contained in the money.
        if case.convention == Convention::K3 && !case.inclusive && !faults.is_empty() {
            faults = line.faults(case.convention, supply, rate, true);
        }
        found.extend(faults);
        total += line.total;
    }
    let header = value(note.totals().total().decimal());
    if header != total {
        found.push(format!("header {} against {}", Plain(&header), Plain(&total)));
    }
    found
}

/// Takes the pieces from a sale, then the rest, and looks at every note.
pub(crate) fn credited_whole(case: &Case, pieces: &[Piece]) -> Result<(), TestCaseError> {
    let sale = case.invoice().expect("a document in order");
    let mut notes: Vec<Invoice> = Vec::new();
    for piece in pieces {
        let line = piece.line % sale.lines().len();
        let (quantity, money) = original(&sale, &notes).left_of(line);
        let mut wanted =
            CreditLineDraft { line: u32::try_from(line + 1).expect("few lines"), quantity: None, amount: None };
        if piece.by_money && money > Amount::CENT {
            // Money is named as the sale's prices are, without tax where those have none.
            let rate = if case.inclusive { Decimal::ONE } else { sale.lines()[line].rate.factor() };
            wanted.amount = Some(part((money.decimal() / rate).trunc_with_scale(2), piece.percent, 2));
        } else if quantity.decimal() > Decimal::ZERO {
            wanted.quantity = Some(Quantity::new(part(quantity.decimal(), piece.percent, 2)));
        } else {
            continue;
        }
        // Refused when nothing is left to pay for the piece: another piece may still do.
        let Ok(note) = note(&sale, &notes, vec![wanted]) else { continue };
        let found = faults(case, &note);
        prop_assert!(found.is_empty(), "{}\n{:?}", found.join("\n"), note.wire_lines());
        notes.push(note);
        let (quantity, left) = original(&sale, &notes).left_of(line);
        prop_assert!(quantity.decimal() >= Decimal::ZERO && !left.is_negative());
    }
    let before: Exact = notes.iter().map(|note| value(note.totals().total().decimal())).sum();
    let whole = value(sale.totals().total().decimal());
    if before == whole {
        return Ok(());
    }
    let rest = note(&sale, &notes, Vec::new());
    prop_assert!(rest.is_ok(), "the rest of {} is refused: {rest:?}", Plain(&(whole - before)));
    let rest = rest.expect("just looked");
    if notes.is_empty() {
        prop_assert_eq!(rest.wire_lines(), sale.wire_lines(), "a whole credit repeats the sale");
        prop_assert_eq!(rest.totals(), sale.totals());
    }
    let found = faults(case, &rest);
    prop_assert!(found.is_empty(), "the rest: {}\n{:?}", found.join("\n"), rest.wire_lines());
    let after = before + value(rest.totals().total().decimal());
    prop_assert!(after == whole, "credited {}, sold {}", Plain(&after), Plain(&whole));
    notes.push(rest);
    prop_assert!(note(&sale, &notes, Vec::new()).is_err(), "credited twice");
    for line in 0..sale.lines().len() {
        prop_assert!(original(&sale, &notes).left_of(line).1.is_zero());
    }
    Ok(())
}

fn run(convention: Convention) {
    let config = Config { cases: cases() / 10, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let result =
        TestRunner::new(config).run(&(case(convention), pieces()), |(case, pieces)| credited_whole(&case, &pieces));
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

#[test]
fn pieces_of_a_sale_come_to_the_sale_in_k1() {
    run(Convention::K1);
}

#[test]
fn pieces_of_a_sale_come_to_the_sale_in_k2() {
    run(Convention::K2);
}

#[test]
fn pieces_of_a_sale_come_to_the_sale_in_k3() {
    run(Convention::K3);
}

#[test]
fn more_than_was_sold_is_refused() {
    let line = crate::case::CaseLine {
        quantity: crate::case::Number::new(3, 0),
        price: crate::case::Number::new(33_33, 2),
        amount: None,
        discount: None,
        band: 1,
    };
    let case = Case::one(Convention::K1, true, line);
    let sale = case.invoice().expect("a document in order");
    let wanted = |quantity, amount| {
        vec![CreditLineDraft { line: 1, quantity: Option::map(quantity, |q: i64| Quantity::new(q.into())), amount }]
    };
    assert!(note(&sale, &[], wanted(Some(4), None)).is_err());
    assert!(note(&sale, &[], wanted(None, Some(Decimal::new(10_000, 2)))).is_err());
    let two = note(&sale, &[], wanted(Some(2), None)).expect("two of three");
    assert_eq!(value(two.totals().total().decimal()), exact("66.66"));
    assert!(note(&sale, std::slice::from_ref(&two), wanted(Some(2), None)).is_err());
    let one = note(&sale, std::slice::from_ref(&two), wanted(Some(1), None)).expect("the third");
    assert_eq!(value(one.totals().total().decimal()), exact("33.33"));
}
