//! Kenya's VAT rates by date, with the law behind each: what a device's rates are compared with.
//!
//! The wire always carries the rates of the device's settings, which come from KRA's own list (class 04) or, on the
//! gateway, are constants. The schedule only warns.

use std::fmt;

use chrono::NaiveDate;

use crate::codes::TaxType;
use crate::money::Percent;

/// What a rate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Supply {
    /// Everything without a rate of its own.
    Standard,
    /// Petrol, kerosene and diesel (tariff 2710.12.20, 2710.19.22, 2710.19.31).
    MotorFuel,
    /// Liquefied petroleum gas.
    Lpg,
}

/// How sure a row of the schedule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// One good source, or an exact day that sources dispute.
    Medium,
    /// Several sources agree.
    High,
}

/// A rate with the days it was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatePeriod {
    /// What it is for.
    pub supply: Supply,
    /// First day.
    pub from: NaiveDate,
    /// Last day; none while no end is known.
    pub to: Option<NaiveDate>,
    /// The band such supplies were in.
    pub band: TaxType,
    /// Rate in percent; 0 in the bands A and C.
    pub rate: Percent,
    /// The law or notice.
    pub law: &'static str,
    /// How sure this is.
    pub confidence: Confidence,
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a calendar date")
}

/// The day up to which the reduced rate of band E is known. What comes after is for KRA's list to say.
pub const KNOWN_UNTIL: NaiveDate = day(2026, 10, 12);

/// Declares the rows: supply, first day, last day, band, percent, confidence, law.
macro_rules! schedule {
    ($($supply:ident, $from:expr, $to:expr, $band:ident, $rate:literal, $confidence:ident, $law:literal;)*) => {
        /// The schedule, by supply and date. Source: reference `compliance-data/tax_rates.json`.
        pub static SCHEDULE: &[RatePeriod] = &[$(RatePeriod {
            supply: Supply::$supply,
            from: $from,
            to: $to,
            band: TaxType::$band,
            rate: Percent::whole($rate),
            law: $law,
            confidence: Confidence::$confidence,
        }),*];
    };
}

schedule! {
    Standard, day(2013, 9, 2), Some(day(2020, 3, 31)), B, 16, High, "VAT Act 2013, s. 5";
    Standard, day(2020, 4, 1), Some(day(2020, 12, 31)), B, 14, High, "Legal Notice 35 of 2020";
    Standard, day(2021, 1, 1), None, B, 16, High, "VAT Act 2013, s. 5";
    MotorFuel, day(2013, 9, 2), Some(day(2018, 8, 31)), A, 0, High, "VAT Act 2013, First Schedule";
    MotorFuel, day(2018, 9, 1), Some(day(2018, 9, 20)), B, 16, Medium, "VAT Act 2013, end of the exemption";
    MotorFuel, day(2018, 9, 21), Some(day(2023, 6, 30)), E, 8, High, "Finance Act 2018";
    MotorFuel, day(2023, 7, 1), Some(day(2026, 4, 13)), B, 16, High, "Finance Act 2023";
    MotorFuel, day(2026, 4, 14), Some(day(2026, 4, 14)), E, 13, Medium, "Legal Notice 69 of 2026";
    MotorFuel, day(2026, 4, 15), Some(day(2026, 7, 14)), E, 8, High, "Legal Notice 70 of 2026, VAT (Amendment) Act 2026";
    MotorFuel, day(2026, 7, 15), Some(KNOWN_UNTIL), E, 8, Medium, "VAT (Amendment) Act 2026, extension by Gazette";
    Lpg, day(2021, 7, 1), Some(day(2022, 6, 30)), B, 16, Medium, "VAT Act 2013, end of the exemption";
    Lpg, day(2022, 7, 1), Some(day(2023, 6, 30)), E, 8, Medium, "Finance Act 2022";
    Lpg, day(2023, 7, 1), None, C, 0, Medium, "Finance Act 2023";
}

impl RatePeriod {
    /// Whether the rate was in force on a day.
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.from <= date && self.to.is_none_or(|last| date <= last)
    }
}

impl fmt::Display for RatePeriod {
    /// `14 % from 2020-04-01 to 2020-12-31 (Legal Notice 35 of 2020)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} % from {}", self.rate, self.from)?;
        if let Some(last) = self.to {
            write!(f, " to {last}")?;
        }
        write!(f, " ({})", self.law)
    }
}

/// Every rate in force on a day.
pub fn in_force(date: NaiveDate) -> impl Iterator<Item = &'static RatePeriod> {
    SCHEDULE.iter().filter(move |period| period.covers(date))
}

/// What the schedule has against a band's rate on a day; nothing when it agrees or does not know.
pub(crate) fn objection(band: TaxType, rate: Percent, date: NaiveDate) -> Option<String> {
    match band {
        TaxType::A | TaxType::C | TaxType::D => {
            (rate != Percent::ZERO).then(|| format!("is {}, which carries no tax, with {rate} %.", band.code()))
        }
        TaxType::B | TaxType::E => {
            let mut periods = in_force(date).filter(|period| period.band == band);
            let Some(first) = periods.next() else {
                let is_known = band == TaxType::E && date <= KNOWN_UNTIL;
                return is_known.then(|| format!("is E: no reduced rate was in force on {date}."));
            };
            let agrees = first.rate == rate || periods.any(|period| period.rate == rate);
            (!agrees).then(|| format!("is {} at {rate} % on {date}; in force was {first}.", band.code()))
        }
    }
}
