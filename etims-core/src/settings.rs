//! The settings of a device that decide amounts and wire bodies. Frozen into every invoice when it is accepted.

use serde::{Deserialize, Serialize};

use crate::money::Quantity;
use crate::tax::TaxRates;
use crate::wire::Dialect;

/// What `taxblAmt` means. Source: reference `compliance.md` §2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// K1: prices contain VAT, the taxable amount does not. KRA's validator of 2026.
    InclusiveNet,
    /// K2: prices and the taxable amount both contain VAT. Old VSCU services and KRA's desktop client.
    InclusiveGross,
    /// K3: prices and the taxable amount both exclude VAT. Accepted on the direct interface.
    ExclusiveNet,
}

impl Convention {
    /// Short name used on the command line: `k1`, `k2`, `k3`.
    pub fn name(self) -> &'static str {
        match self {
            Convention::InclusiveNet => "k1",
            Convention::InclusiveGross => "k2",
            Convention::ExclusiveNet => "k3",
        }
    }

    /// Reads a name as printed by [`Convention::name`].
    pub fn from_name(name: &str) -> Option<Convention> {
        [Convention::InclusiveNet, Convention::InclusiveGross, Convention::ExclusiveNet]
            .into_iter()
            .find(|convention| convention.name() == name)
    }

    /// Whether KRA's side of a dialect is known to accept the convention.
    pub fn allowed_on(self, dialect: Dialect) -> bool {
        match self {
            Convention::InclusiveNet => true,
            Convention::InclusiveGross => dialect == Dialect::Vscu,
            Convention::ExclusiveNet => dialect != Dialect::Gateway,
        }
    }
}

/// How a discount travels. Source: reference `compliance.md` §2.3; which base KRA expects is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountWire {
    /// In a lowered unit price, `dcRt` 0: the only shape known to be accepted on the gateway.
    Price,
    /// Whole percents in `dcRt`, `splyAmt` before the discount; every other discount as [`DiscountWire::Price`].
    RateBefore,
    /// Whole percents in `dcRt`, `splyAmt` after the discount, as in KRA's Postman sample; others as `Price`.
    RateAfter,
}

impl DiscountWire {
    /// Name used on the command line and in settings.
    pub fn name(self) -> &'static str {
        match self {
            DiscountWire::Price => "price",
            DiscountWire::RateBefore => "rate_before",
            DiscountWire::RateAfter => "rate_after",
        }
    }

    /// Reads a name as printed by [`DiscountWire::name`]; a dash may stand for the underscore.
    pub fn from_name(name: &str) -> Option<DiscountWire> {
        [DiscountWire::Price, DiscountWire::RateBefore, DiscountWire::RateAfter]
            .into_iter()
            .find(|shape| shape.name() == name.replace('-', "_"))
    }
}

/// What happens to a quantity with more decimals than the two the wire carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FractionPolicy {
    /// Quantity rounded to two decimals, price kept, the line's money exact: `splyAmt` may differ from `qty × prc`.
    #[default]
    RoundedQuantityExactAmount,
    /// Quantity 1 at the line's money.
    SingleUnit,
    /// Quantity rounded, price adjusted (and the line split) until `qty × prc` is the line's money.
    AdjustPrice,
}

impl FractionPolicy {
    /// Name used on the command line and in settings.
    pub fn name(self) -> &'static str {
        match self {
            FractionPolicy::RoundedQuantityExactAmount => "rounded_quantity_exact_amount",
            FractionPolicy::SingleUnit => "single_unit",
            FractionPolicy::AdjustPrice => "adjust_price",
        }
    }

    /// Reads a name as printed by [`FractionPolicy::name`].
    pub fn from_name(name: &str) -> Option<FractionPolicy> {
        [FractionPolicy::RoundedQuantityExactAmount, FractionPolicy::SingleUnit, FractionPolicy::AdjustPrice]
            .into_iter()
            .find(|policy| policy.name() == name.replace('-', "_"))
    }
}

/// Everything about a device that changes an amount or a field of a body.
///
/// ```
/// use etims_core::settings::{Convention, DiscountWire, Settings};
/// use etims_core::wire::Dialect;
///
/// let gateway = Settings::new(Dialect::Gateway);
/// assert_eq!(gateway.rates.to_string(), "A=0,B=16,C=0,D=0,E=0");
/// assert_eq!(gateway.discount_wire, DiscountWire::Price);
///
/// let vscu = Settings { convention: Convention::InclusiveGross, ..Settings::new(Dialect::Vscu) };
/// assert!(vscu.convention.allowed_on(vscu.dialect) && !vscu.convention.allowed_on(Dialect::Gateway));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How KRA is spoken to.
    pub dialect: Dialect,
    /// What the taxable amount means; fixed to K1 on the gateway.
    pub convention: Convention,
    /// The rate of each band.
    pub rates: TaxRates,
    /// How discounts travel.
    pub discount_wire: DiscountWire,
    /// What becomes of long quantities.
    pub fraction_policy: FractionPolicy,
    /// Packages on a sale's line that names none (eTIMS `pkg`).
    pub packages: Quantity,
    /// Buyer name sent when the caller gives none: a sale without `custNm` can never be credited.
    pub walk_in_name: String,
    /// Whether a line in band E may be sent while its rate is 0 %.
    pub allow_zero_rate_e: bool,
    /// Whether the seller is registered for VAT; others send band D only.
    pub vat_registered: bool,
}

impl Settings {
    /// The safe defaults of a dialect (DESIGN §5).
    pub fn new(dialect: Dialect) -> Settings {
        Settings {
            dialect,
            convention: Convention::InclusiveNet,
            rates: TaxRates::for_dialect(dialect),
            discount_wire: match dialect {
                Dialect::Gateway => DiscountWire::Price,
                Dialect::DirectOscu | Dialect::Vscu => DiscountWire::RateBefore,
            },
            fraction_policy: FractionPolicy::default(),
            packages: Quantity::ONE,
            walk_in_name: "Walk-in customer".to_owned(),
            allow_zero_rate_e: false,
            vat_registered: true,
        }
    }
}
