//! KRA's own code list where it decides about documents: the rates of class 04 and the payment methods of class 07.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::NaiveDate;
use etims_core::codes::{PaymentCodes, TaxType};
use etims_core::money::Percent;
use etims_core::tax::{TaxRates, schedule};
use etims_core::wire::lookups::CodeClass;
use serde::{Deserialize, Serialize};

/// Class of the tax types, with the rate of each (eTIMS `cdCls` 04).
const RATES: &str = "04";
/// Class of the payment methods (eTIMS `cdCls` 07).
const PAYMENT_METHODS: &str = "07";

/// What a device does with KRA's code list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodesPolicy {
    /// How often the list is read; `None` for never.
    pub every: Option<Duration>,
    /// Whether rates follow the list. Otherwise a rate that differs is only told.
    pub follow_rates: bool,
    /// Where the last list is kept for the next start.
    pub file: Option<PathBuf>,
}

impl CodesPolicy {
    /// The list is never read.
    pub const NEVER: CodesPolicy = CodesPolicy { every: None, follow_rates: false, file: None };
    /// How often the list is read unless a setting says otherwise: once a day.
    pub const USUAL: Duration = Duration::from_secs(24 * 3600);
}

/// The classes of KRA's code list that decide about documents, as they were read.
///
/// ```
/// use etims_client::codes::KraCodes;
/// use etims_core::tax::TaxRates;
/// use etims_core::wire::Dialect;
///
/// let rates = TaxRates::for_dialect(Dialect::Vscu);
/// let codes = KraCodes { rates: vec![("E".into(), "13".into())], ..KraCodes::default() };
/// let day = "2026-06-01".parse().expect("a date");
/// assert_eq!(
///     codes.differences(&rates, day)[0].to_string(),
///     "band E: 13 % in KRA's list, 8 % here, by law 8 % from 2026-04-15 to 2026-07-14 \
///      (Legal Notice 70 of 2026, VAT (Amendment) Act 2026)"
/// );
/// assert_eq!(codes.follow(rates).to_string(), "A=0,B=16,C=0,D=0,E=13");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KraCodes {
    /// When they were read, seconds since 1970.
    pub read_at: u64,
    /// Band and rate in percent, as KRA writes them (eTIMS `cd`, `userDfnCd1` of class 04).
    pub rates: Vec<(String, String)>,
    /// Code and name, as KRA writes them (eTIMS `cd`, `cdNm` of class 07).
    pub payment_methods: Vec<(String, String)>,
}

/// A band whose rate in KRA's list is another than in the device's settings, or than the law says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateDifference {
    /// The band.
    pub band: TaxType,
    /// Its rate in the settings, in percent.
    pub here: Percent,
    /// Its rate in KRA's list, in percent.
    pub listed: Percent,
    /// What the dated schedule has in force on the day, where that is another than KRA's list.
    pub law: Option<String>,
}

impl KraCodes {
    /// What KRA's answer says, read now. Codes that are out of use are left out.
    pub fn of(classes: &[CodeClass], now: SystemTime) -> KraCodes {
        let entries = |class: &str| {
            let found = classes.iter().filter(|listed| listed.class == class).flat_map(|listed| listed.entries.clone());
            found.filter(|entry| entry.in_use != Some(false)).collect::<Vec<_>>()
        };
        let rates = entries(RATES).into_iter().filter_map(|entry| Some((entry.code, entry.first_extra?)));
        let methods = entries(PAYMENT_METHODS).into_iter().filter_map(|entry| Some((entry.code, entry.name?)));
        KraCodes { read_at: seconds(now), rates: rates.collect(), payment_methods: methods.collect() }
    }

    /// How long ago they were read.
    pub(crate) fn age(&self, now: SystemTime) -> Duration {
        Duration::from_secs(seconds(now).saturating_sub(self.read_at))
    }

    fn listed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rates.iter().map(|(band, rate)| (band.as_str(), rate.as_str()))
    }

    /// The rates with KRA's in place of those it lists.
    pub fn follow(&self, rates: TaxRates) -> TaxRates {
        rates.refreshed(self.listed())
    }

    /// Where KRA's list differs from `rates`, or from the law on a day.
    pub fn differences(&self, rates: &TaxRates, day: NaiveDate) -> Vec<RateDifference> {
        let theirs = self.follow(*rates);
        let named = |band: &TaxType| self.rates.iter().any(|(code, _)| code.trim() == band.code());
        let difference = |band: &TaxType| {
            let (here, listed) = (rates.rate(*band), theirs.rate(*band));
            let law = against_law(*band, listed, day);
            (here != listed || law.is_some()).then_some(RateDifference { band: *band, here, listed, law })
        };
        TaxType::ALL.iter().filter(|band| named(band)).filter_map(difference).collect()
    }

    /// The numbers of the payment methods, matched by meaning; those of the specification where KRA lists none.
    pub fn payment_codes(&self) -> PaymentCodes {
        PaymentCodes::from_list(self.payment_methods.iter().map(|(code, name)| (code.as_str(), name.as_str())))
    }
}

/// The rate in force where it is another; nothing where the schedule knows none.
fn against_law(band: TaxType, listed: Percent, day: NaiveDate) -> Option<String> {
    let mut periods = schedule::in_force(day).filter(|period| period.band == band);
    let first = periods.next()?;
    let agrees = first.rate == listed || periods.any(|period| period.rate == listed);
    (!agrees).then(|| first.to_string())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl fmt::Display for RateDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "band {}: {} % in KRA's list, {} % here", self.band.code(), self.listed, self.here)?;
        match &self.law {
            Some(law) => write!(f, ", by law {law}"),
            None => Ok(()),
        }
    }
}
