//! VAT rates by band: a setting of the device, with defaults per dialect and the dated schedule behind them.
//!
//! The letters are Kenya's: A exempt, B standard, C zero-rated, D outside VAT, E reduced. Elsewhere in the family they
//! mean other things.

pub mod schedule;

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::TaxType;
use crate::money::Percent;
use crate::rules::{Findings, Violation, catalogue as rule};
use crate::wire::Dialect;

/// The rate of each band in percent (eTIMS `taxRtA` … `taxRtE`), sent on every sale whether a band is used or not.
///
/// ```
/// use etims_core::codes::TaxType;
/// use etims_core::money::Percent;
/// use etims_core::tax::TaxRates;
/// use etims_core::wire::Dialect;
///
/// let rates = TaxRates::for_dialect(Dialect::Vscu);
/// assert_eq!(rates.to_string(), "A=0,B=16,C=0,D=0,E=8");
///
/// // KRA's class 04: code (`cd`) and rate (`userDfnCd1`) of each row.
/// let listed = [("B", "16"), ("E", "13")];
/// assert_eq!(rates.warnings_against(listed)[0].path, "settings.rates.E");
/// assert_eq!(rates.refreshed(listed).rate(TaxType::E), Percent::whole(13));
/// # assert_eq!("A=0,B=16,C=0,D=0,E=8".parse(), Ok(rates));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRates([Percent; 5]);

impl TaxRates {
    /// Rates in the order A, B, C, D, E.
    pub const fn new(rates: [Percent; 5]) -> TaxRates {
        TaxRates(rates)
    }

    /// What KRA checks (gateway: programmed constants, band E at 0) or production charges (band E at 8).
    /// Source: reference `etims-protocol.md` §4.2 (live).
    pub fn for_dialect(dialect: Dialect) -> TaxRates {
        let reduced = match dialect {
            Dialect::Gateway => 0,
            Dialect::DirectOscu | Dialect::Vscu => 8,
        };
        TaxRates([0, 16, 0, 0, reduced].map(Percent::whole))
    }

    /// The rate of one band.
    pub fn rate(&self, band: TaxType) -> Percent {
        self.0[band.index()]
    }

    /// The same rates with one band changed.
    pub fn with(mut self, band: TaxType, rate: Percent) -> TaxRates {
        self.0[band.index()] = rate;
        self
    }

    /// The rates as KRA's code list has them (eTIMS `selectCodeList`, class 04): pairs of code (`cd`) and rate
    /// (`userDfnCd1`). A band the list leaves out or gives no rate keeps its own. Not for the gateway, whose rates are
    /// constants.
    pub fn refreshed<'a>(self, listed: impl IntoIterator<Item = (&'a str, &'a str)>) -> TaxRates {
        rates_of(listed).fold(self, |rates, (band, rate)| rates.with(band, rate))
    }

    /// One warning for each band whose rate in KRA's code list (class 04, pairs as for [`TaxRates::refreshed`]) is
    /// another than here.
    pub fn warnings_against<'a>(&self, listed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Violation> {
        let mut findings = Findings::default();
        for (band, listed) in rates_of(listed).filter(|(band, rate)| self.rate(*band) != *rate) {
            let message = format!("is {} % here and {listed} % in KRA's list.", self.rate(band));
            findings.add(&rule::RATES_KRA, format!("settings.rates.{}", band.code()), message);
        }
        findings.into_result().expect("only warnings were added")
    }
}

/// Reads the rows of KRA's list that say something.
fn rates_of<'a>(listed: impl IntoIterator<Item = (&'a str, &'a str)>) -> impl Iterator<Item = (TaxType, Percent)> {
    listed.into_iter().filter_map(|(band, rate)| Some((TaxType::from_code(band.trim())?, rate_of(rate)?)))
}

/// A rate from 0 to 100 percent.
fn rate_of(text: &str) -> Option<Percent> {
    let rate = Decimal::from_str_exact(text.trim()).ok()?;
    (rate >= Decimal::ZERO && rate <= Decimal::ONE_HUNDRED).then_some(Percent::new(rate))
}

impl fmt::Display for TaxRates {
    /// `A=0,B=16,C=0,D=0,E=8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, band) in TaxType::ALL.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}={}", band.code(), self.rate(*band))?;
        }
        Ok(())
    }
}

/// Why a list of rates could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rates are written like A=0,B=16,C=0,D=0,E=8 with every band once and 0 to 100 percent; found {0:?}")]
pub struct TaxRatesError(String);

impl FromStr for TaxRates {
    type Err = TaxRatesError;

    fn from_str(text: &str) -> Result<TaxRates, TaxRatesError> {
        let mistake = || TaxRatesError(text.to_owned());
        let mut rates = [None; 5];
        for entry in text.split(',') {
            let (band, rate) = entry.split_once('=').ok_or_else(mistake)?;
            let band = TaxType::from_code(band.trim()).ok_or_else(mistake)?;
            let rate = rate_of(rate).ok_or_else(mistake)?;
            if rates[band.index()].replace(rate).is_some() {
                return Err(mistake());
            }
        }
        match rates {
            [Some(a), Some(b), Some(c), Some(d), Some(e)] => Ok(TaxRates([a, b, c, d, e])),
            _ => Err(mistake()),
        }
    }
}
