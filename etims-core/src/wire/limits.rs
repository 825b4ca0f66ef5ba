//! Lengths and sizes of KRA's fields, each in this one place. Source: OSCU specification v2.0 (reference
//! `codes/operations_fields.json`).

use rust_decimal::Decimal;

/// eTIMS `itemSeq` NUMBER 3.
pub const LINES: usize = 999;
/// eTIMS `trdInvcNo`.
pub const TRADER_INVOICE_NUMBER: usize = 50;
/// eTIMS `custNm`.
pub const BUYER_NAME: usize = 60;
/// eTIMS `custMblNo`.
pub const PHONE: usize = 20;
/// eTIMS `itemNm`.
pub const ITEM_NAME: usize = 200;
/// eTIMS `bcd`.
pub const BARCODE: usize = 20;
/// eTIMS `trdeNm`, `topMsg`, `btmMsg`.
pub const MESSAGE: usize = 20;
/// eTIMS `adrs`.
pub const ADDRESS: usize = 200;
/// eTIMS `remark`.
pub const REMARK: usize = 400;
/// eTIMS `regrId`, `modrId`.
pub const REGISTRANT_ID: usize = 20;
/// eTIMS `regrNm`, `modrNm`.
pub const REGISTRANT_NAME: usize = 60;
/// eTIMS `isrccCd`.
pub const INSURER_CODE: usize = 10;
/// eTIMS `isrccNm`.
pub const INSURER_NAME: usize = 100;
/// Decimals of a quantity or unit price that we still compute with; the wire carries two.
pub const LONG_DECIMALS: u32 = 8;
/// Shillings for one unit of any currency: far above the dearest, low enough that no product overflows.
pub const EXCHANGE_RATE: u32 = 1_000_000;
/// Years of the wire's dates, which have four digits; others are typing errors.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// Prices of stock movements are below this: NUMBER 15,2.
pub fn stock_price_bound() -> Decimal {
    Decimal::from(10_000_000_000_000_i64)
}

/// Amounts are below this: NUMBER 18,2.
pub fn amount_bound() -> Decimal {
    Decimal::from_parts(1_874_919_424, 2_328_306, 0, false, 0)
}

/// Quantities are below this: NUMBER 13,2.
pub fn quantity_bound() -> Decimal {
    Decimal::from(100_000_000_000_i64)
}

/// The first `limit` characters of a text.
pub fn cut(text: &str, limit: usize) -> &str {
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_bound_of_an_amount_has_sixteen_digits() {
        assert_eq!(super::amount_bound().to_string(), "10000000000000000");
    }
}
