//! VAT rates by band: a setting of the device, with defaults per dialect and the dated schedule behind them.
//!
//! The letters are Kenya's: A exempt, B standard, C zero-rated, D outside VAT, E reduced. Elsewhere in the family they
//! mean other things.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::codes::TaxType;
use crate::money::Percent;
use crate::wire::Dialect;

/// The rate of each band in percent (eTIMS `taxRtA` … `taxRtE`), sent on every sale whether a band is used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRates([Percent; 5]);

impl TaxRates {
    /// Rates in the order A, B, C, D, E.
    pub const fn new(rates: [Percent; 5]) -> TaxRates {
        TaxRates(rates)
    }

    /// What KRA checks (gateway: programmed constants, band E at 0) or production charges (band E at 8).
    /// Source: reference `etims-protocol.md` §4.2 [live].
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
            let rate = Decimal::from_str_exact(rate.trim()).map_err(|_| mistake())?;
            let in_range = rate >= Decimal::ZERO && rate <= Decimal::ONE_HUNDRED;
            if !in_range || rates[band.index()].replace(Percent::new(rate)).is_some() {
                return Err(mistake());
            }
        }
        match rates {
            [Some(a), Some(b), Some(c), Some(d), Some(e)] => Ok(TaxRates([a, b, c, d, e])),
            _ => Err(mistake()),
        }
    }
}
