//! Item codes as they are met on KRA's systems. Source of the forms: reference `etims-protocol.md` §6.

use etims_core::codes::{Country, ItemCode, ItemCodeError, ItemType, PackagingUnit, QuantityUnit};
use proptest::prelude::*;

fn packaging(code: &str) -> PackagingUnit {
    PackagingUnit::from_code(code).expect("a packaging unit of KRA's list")
}

fn unit(code: &str) -> QuantityUnit {
    QuantityUnit::from_code(code).expect("a quantity unit of KRA's list")
}

fn item_code(text: &str) -> ItemCode {
    ItemCode::parse(text).expect("1 to 20 characters")
}

/// Origin, type, packaging, unit, number and digits of the most likely reading.
fn read(text: &str) -> Option<(&'static str, ItemType, &'static str, &'static str, u64, u8)> {
    let parts = item_code(text).parts()?;
    Some((parts.origin.code(), parts.item_type, parts.packaging.code(), parts.unit.code(), parts.number, parts.digits))
}

#[test]
fn the_forms_met_in_the_wild_are_read() {
    use ItemType::{Goods, RawMaterial, Service};
    assert_eq!(read("KE2NTBA0000012"), Some(("KE", Goods, "NT", "BA", 12, 7)));
    assert_eq!(read("KE2NTNO0000001"), Some(("KE", Goods, "NT", "NO", 1, 7)));
    assert_eq!(read("KE2NTTU0000001"), Some(("KE", Goods, "NT", "TU", 1, 7)));
    assert_eq!(read("KE3OUNO0000004"), Some(("KE", Service, "OU", "NO", 4, 7)));
    assert_eq!(read("KE2NTBA00000002"), Some(("KE", Goods, "NT", "BA", 2, 8)));
    assert_eq!(read("KE3NTU0000001"), Some(("KE", Service, "NT", "U", 1, 7)));
    // X fills a two-letter code to three places in KRA's own samples.
    assert_eq!(read("KE1NTXU0000001"), Some(("KE", RawMaterial, "NT", "U", 1, 7)));
    assert_eq!(read("KR2AMXBLL0000001"), Some(("KR", Goods, "AM", "BLL", 1, 7)));
    assert_eq!(read("KR2AMXCAX0000001"), Some(("KR", Goods, "AM", "CA", 1, 7)));
    assert_eq!(read("RW1NTXU0000001"), Some(("RW", RawMaterial, "NT", "U", 1, 7)));
    // Zero padding to twenty characters, ending in an internal id.
    assert_eq!(read("KE2NTTU0000000000042"), Some(("KE", Goods, "NT", "TU", 42, 13)));
    assert_eq!(read("KE2CTNKG0000001"), Some(("KE", Goods, "CTN", "KG", 1, 7)));
}

#[test]
fn anything_else_stays_a_code_without_parts() {
    for text in [
        "A",
        "SKU 4711/blue",
        "KE2NTNO",
        "KE2NTNO000001",
        "KE9NTNO0000001",
        "XX2NTNO0000001",
        "KE2QQNO0000001",
        "KE2NTQQ0000001",
        "ke2ntno0000001",
        "KE2NTNO000000A",
        "KR2BZX0000001",
        "8901030865278",
        "\u{e9}2NTNO0000001",
        "K\u{e9}",
    ] {
        assert_eq!(read(text), None, "{text}");
        assert_eq!(item_code(text).as_str(), text);
        assert_eq!(item_code(text).item_type(), None);
        assert_eq!(item_code(text).origin(), None);
    }
}

#[test]
fn widths_that_are_not_fixed_give_two_readings() {
    let readings = item_code("KE2NTM20000001").readings();
    let seen: Vec<_> = readings.iter().map(|parts| (parts.unit.code(), parts.number, parts.digits)).collect();
    assert_eq!(seen, [("M2", 1, 7), ("M", 20_000_001, 8)]);
    assert_eq!(item_code("KE2NTM20000001").parts(), readings.first().copied());
    assert_eq!(item_code("KE2NTNO0000001").readings().len(), 1);
}

#[test]
fn a_built_code_has_seven_digits_and_eight_when_it_must() {
    let build = |number| ItemCode::build(Country::kenya(), ItemType::Goods, packaging("NT"), unit("NO"), number);
    assert_eq!(build(1), Ok(item_code("KE2NTNO0000001")));
    assert_eq!(build(9_999_999), Ok(item_code("KE2NTNO9999999")));
    assert_eq!(build(10_000_000), Ok(item_code("KE2NTNO10000000")));
    assert_eq!(build(0), Err(ItemCodeError::Number));
    assert_eq!(build(100_000_000), Err(ItemCodeError::Number));
}

#[test]
fn units_of_other_widths_are_refused_with_the_usable_ones() {
    let all = "4B, AV, BA, BE, BG, BL, BX, CA, CR, DR, DZ, KG, LK, M2, M3, NO, NX, PA, PG, PR, RL, RO, ST, TU";
    for code in [
        "U", "L", "M", "BLL", "CEL", "CMT", "GLL", "GRM", "GRO", "KTM", "KWT", "LBR", "LTR", "MGM", "MTR", "MWT",
        "SET", "TNE", "YRD",
    ] {
        let error = ItemCode::build(Country::kenya(), ItemType::Goods, packaging("NT"), unit(code), 1).expect_err(code);
        assert_eq!(error, ItemCodeError::QuantityUnitWidth { unit: unit(code) });
        let text = error.to_string();
        assert!(text.contains(&format!("quantity unit {code} (")) && text.ends_with(all), "{text}");
    }
    let error =
        ItemCode::build(Country::kenya(), ItemType::Goods, packaging("CTN"), unit("NO"), 1).expect_err("three letters");
    assert!(
        error.to_string().contains("packaging unit CTN (Container)") && error.to_string().contains(", CT, "),
        "{error}"
    );
    assert_eq!(QuantityUnit::all().filter(|unit| unit.fits_item_code()).count(), 24);
    assert_eq!(PackagingUnit::all().filter(|unit| unit.fits_item_code()).count(), 51);
}

#[test]
fn the_gateways_check_names_the_beginning_that_would_agree() {
    let check =
        |code: &str, kind, pack, qty| item_code(code).check_parts(Country::kenya(), kind, packaging(pack), unit(qty));
    assert_eq!(check("KE2NTNO0000001", ItemType::Goods, "NT", "NO"), Ok(()));
    assert_eq!(check("KE2NTNO00000001", ItemType::Goods, "NT", "NO"), Ok(()));
    // M2 with seven digits is one of two readings, and the one that agrees with the item.
    assert_eq!(check("KE2NTM20000001", ItemType::Goods, "NT", "M2"), Ok(()));
    let mismatch = |prefix: &str| Err(ItemCodeError::Mismatch { expected: prefix.to_owned() });
    assert_eq!(check("KE2NTNO0000001", ItemType::Service, "NT", "NO"), mismatch("KE3NTNO"));
    assert_eq!(check("KE2NTNO0000001", ItemType::Goods, "BG", "NO"), mismatch("KE2BGNO"));
    assert_eq!(check("KE2NTNO0000001", ItemType::Goods, "NT", "KG"), mismatch("KE2NTKG"));
    assert_eq!(check("KE2NTNO000001", ItemType::Goods, "NT", "NO"), mismatch("KE2NTNO"));
    assert_eq!(check("KE2NTNO000000001", ItemType::Goods, "NT", "NO"), mismatch("KE2NTNO"));
    assert_eq!(check("SKU 4711", ItemType::Goods, "NT", "NO"), mismatch("KE2NTNO"));
    assert_eq!(check("KE2NTNO0000000", ItemType::Goods, "NT", "NO"), Err(ItemCodeError::Number));
    let error = check("KE2NTL0000001", ItemType::Goods, "NT", "L");
    assert_eq!(error, Err(ItemCodeError::QuantityUnitWidth { unit: unit("L") }));
}

#[test]
fn what_is_no_code_is_refused_with_the_reason() {
    assert_eq!(ItemCode::parse(""), Err(ItemCodeError::Empty));
    assert_eq!(ItemCode::parse(" \t"), Err(ItemCodeError::Empty));
    assert_eq!(ItemCode::parse("123456789012345678901"), Err(ItemCodeError::TooLong { found: 21 }));
    assert_eq!(ItemCode::parse("A\nB"), Err(ItemCodeError::NotPrintable { position: 2 }));
    assert!(ItemCode::parse(&"\u{e9}".repeat(20)).is_ok(), "characters are counted, not bytes");
    let error = serde_json::from_str::<ItemCode>("\"\"").expect_err("empty").to_string();
    assert!(error.contains("1 to 20 characters"), "{error}");
}

proptest! {
    #[test]
    fn what_is_built_is_read_back_and_passes_the_check(
        origin in prop::sample::select(Country::all().collect::<Vec<_>>()),
        item_type in prop::sample::select(ItemType::ALL),
        packaging in prop::sample::select(PackagingUnit::all().collect::<Vec<_>>()),
        unit in prop::sample::select(QuantityUnit::all().collect::<Vec<_>>()),
        number in 1..=ItemCode::MAX_NUMBER,
    ) {
        match ItemCode::build(origin, item_type, packaging, unit, number) {
            Ok(code) => {
                let parts = code.parts().expect("a built code is composed");
                prop_assert_eq!((parts.origin, parts.item_type, parts.packaging, parts.unit), (origin, item_type, packaging, unit));
                prop_assert_eq!(parts.number, u64::from(number));
                prop_assert_eq!(code.check_parts(origin, item_type, packaging, unit), Ok(()));
                prop_assert!(code.as_str().len() <= ItemCode::MAX_LENGTH);
            }
            Err(_) => prop_assert!(!packaging.fits_item_code() || !unit.fits_item_code()),
        }
    }

    #[test]
    fn any_text_of_up_to_twenty_characters_is_kept_as_it_is(text in "\\PC{1,20}") {
        prop_assume!(!text.trim().is_empty());
        let code = ItemCode::parse(&text).expect("printable and short enough");
        prop_assert_eq!(code.as_str(), &text);
        prop_assert!(code.readings().len() < 10);
        let json = serde_json::to_string(&code).expect("a code is JSON");
        prop_assert_eq!(serde_json::from_str::<ItemCode>(&json).expect("a code"), code);
    }
}
