//! One document as both sides read it: exact fractions for the oracle, decimals for the library.

use etims_core::codes::TaxType;
use etims_core::document::{Currency, DiscountDraft, Invoice, InvoiceDraft, LineDraft, Prices};
use etims_core::money::{Percent, Quantity, UnitPrice};
use etims_core::settings::{Convention as Setting, DiscountWire, FractionPolicy, Settings};
use etims_core::tax::TaxRates;
use etims_core::wire::Dialect;
use rust_decimal::Decimal;

use crate::exact::{Convention, Discount, Document, Exact, Line, WireLine, exact, round2, scaled, whole};

/// A decimal number: digits and how many of them are decimals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) digits: i64,
    pub(crate) decimals: u32,
}

impl Number {
    pub(crate) fn new(digits: i64, decimals: u32) -> Number {
        Number { digits, decimals }
    }

    pub(crate) fn whole(number: i64) -> Number {
        Number::new(number, 0)
    }

    pub(crate) fn cents(cents: i64) -> Number {
        Number::new(cents, 2)
    }

    pub(crate) fn exact(self) -> Exact {
        scaled(self.digits.into(), self.decimals)
    }

    pub(crate) fn decimal(self) -> Decimal {
        Decimal::new(self.digits, self.decimals)
    }

    /// Decimals that matter.
    pub(crate) fn precision(self) -> u32 {
        self.decimal().normalize().scale()
    }
}

impl std::fmt::Debug for Number {
    /// The number: a document that fails should fit on a screen.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.decimal())
    }
}

/// A discount by percent or by amount.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Off {
    Percent(Number),
    Amount(Number),
}

impl Off {
    pub(crate) fn exact(self) -> Discount {
        match self {
            Off::Percent(percent) => Discount::Percent(percent.exact()),
            Off::Amount(amount) => Discount::Amount(amount.exact()),
        }
    }

    fn draft(self) -> DiscountDraft {
        let (percent, amount) = match self {
            Off::Percent(percent) => (Some(Percent::new(percent.decimal())), None),
            Off::Amount(amount) => (None, Some(amount.decimal())),
        };
        DiscountDraft { percent, amount, reason: None }
    }
}

/// A line of the case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseLine {
    pub(crate) quantity: Number,
    pub(crate) price: Number,
    pub(crate) amount: Option<Number>,
    pub(crate) discount: Option<Off>,
    pub(crate) band: usize,
}

impl CaseLine {
    /// A line in band B without discount.
    pub(crate) fn new(quantity: Number, price: Number) -> CaseLine {
        CaseLine { quantity, price, amount: None, discount: None, band: 1 }
    }

    /// The same with whole percents off.
    pub(crate) fn percent_off(self, percent: i64) -> CaseLine {
        CaseLine { discount: Some(Off::Percent(Number::whole(percent))), ..self }
    }

    /// The same with money off, in cents.
    pub(crate) fn cents_off(self, cents: i64) -> CaseLine {
        CaseLine { discount: Some(Off::Amount(Number::cents(cents))), ..self }
    }
}

/// A document with the settings that decide its amounts.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) convention: Convention,
    pub(crate) inclusive: bool,
    pub(crate) discount_wire: DiscountWire,
    pub(crate) fraction_policy: FractionPolicy,
    /// Percent of B and E.
    pub(crate) rates: (u8, u8),
    pub(crate) lines: Vec<CaseLine>,
    pub(crate) basket: Option<Off>,
    /// Shillings for one unit of a foreign currency, where the prices are in one.
    pub(crate) exchange: Option<Number>,
}

impl Case {
    /// The plainest case: one inclusive line in K1, discounts in the price.
    pub(crate) fn one(convention: Convention, inclusive: bool, line: CaseLine) -> Case {
        Case {
            convention,
            inclusive,
            discount_wire: DiscountWire::Price,
            fraction_policy: FractionPolicy::default(),
            rates: (16, 8),
            lines: vec![line],
            basket: None,
            exchange: None,
        }
    }

    fn rate_list(&self) -> [u8; 5] {
        [0, self.rates.0, 0, 0, self.rates.1]
    }

    /// The document in shillings, as the oracle reads it: prices are converted exactly, given money to the cent.
    pub(crate) fn document(&self) -> Document {
        let own = self.own_currency();
        let Some(rate) = self.exchange.map(Number::exact) else { return own };
        let money = |discount| match discount {
            Discount::Amount(amount) => Discount::Amount(round2(&(amount * &rate))),
            percent => percent,
        };
        let line = |line: Line| Line {
            price: line.price * &rate,
            amount: line.amount.map(|amount| round2(&(amount * &rate))),
            discount: line.discount.map(money),
            ..line
        };
        Document { lines: own.lines.into_iter().map(line).collect(), basket: own.basket.map(money), ..own }
    }

    /// The document in the currency of its prices.
    pub(crate) fn own_currency(&self) -> Document {
        let line = |line: &CaseLine| Line {
            quantity: line.quantity.exact(),
            price: line.price.exact(),
            amount: line.amount.map(Number::exact),
            discount: line.discount.map(Off::exact),
            band: line.band,
        };
        Document {
            inclusive: self.inclusive,
            rates: self.rate_list().map(|rate| whole(rate.into())),
            lines: self.lines.iter().map(line).collect(),
            basket: self.basket.map(Off::exact),
        }
    }

    /// The settings of the device.
    pub(crate) fn settings(&self) -> Settings {
        // The local service allows every convention.
        Settings {
            convention: match self.convention {
                Convention::K1 => Setting::InclusiveNet,
                Convention::K2 => Setting::InclusiveGross,
                Convention::K3 => Setting::ExclusiveNet,
            },
            rates: TaxRates::new(self.rate_list().map(Percent::whole)),
            discount_wire: self.discount_wire,
            fraction_policy: self.fraction_policy,
            allow_zero_rate_e: true,
            ..Settings::new(Dialect::Vscu)
        }
    }

    /// The document as a caller gives it to the library.
    pub(crate) fn draft(&self) -> InvoiceDraft {
        let line = |line: &CaseLine| LineDraft {
            quantity: Quantity::new(line.quantity.decimal()),
            unit_price: Some(UnitPrice::new(line.price.decimal())),
            amount: line.amount.map(Number::decimal),
            discount: line.discount.map(Off::draft),
            ..LineDraft::default().item("Maize flour 2kg", "5022110801", "NT", "NO", TaxType::ALL[line.band])
        };
        let moment = "2026-09-17T14:09:26+03:00".parse().expect("a moment");
        let mut draft = InvoiceDraft::sale("INV-1", moment);
        draft.lines = self.lines.iter().map(line).collect();
        for (number, line) in draft.lines.iter_mut().enumerate() {
            line.item_code = format!("KE2NTNO{:07}", number + 1);
        }
        draft.prices = if self.inclusive { Prices::TaxInclusive } else { Prices::TaxExclusive };
        draft.discount = self.basket.map(Off::draft);
        draft.currency = self.exchange.map(|rate| Currency {
            code: "USD".to_owned(),
            rate: rate.decimal(),
            source: Some("CBK mean rate".to_owned()),
            date: None,
        });
        draft
    }

    /// The library's answer.
    pub(crate) fn invoice(&self) -> Result<Invoice, etims_core::rules::Invalid> {
        Invoice::check(&self.draft(), &self.settings())
    }
}

/// A decimal of the library as an exact number, by way of its printed form.
pub(crate) fn value(number: Decimal) -> Exact {
    exact(&number.to_string())
}

/// A wire line of the library as the oracle reads it.
pub(crate) fn wire_line(line: &etims_core::totals::WireLine) -> WireLine {
    WireLine {
        quantity: value(line.quantity.decimal()),
        price: value(line.unit_price.decimal()),
        supply: value(line.supply_amount.decimal()),
        discount_rate: value(line.discount_rate.decimal()),
        discount: value(line.discount_amount.decimal()),
        band: line.tax_type.index(),
        taxable: value(line.taxable.decimal()),
        tax: value(line.tax.decimal()),
        total: value(line.total.decimal()),
    }
}
