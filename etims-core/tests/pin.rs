//! PINs and branch numbers as callers meet them. Vectors: reference `pin_vectors.json`; every PIN is synthetic.

use etims_core::pin::{BranchId, BranchIdError, Pin, PinError};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    synthetic_valid: Vec<String>,
    failing_placeholders_and_sandbox: Vec<String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("data/pin_vectors.json")).expect("the vectors are JSON")
}

#[test]
fn the_unofficial_check_letter_holds_for_every_valid_vector() {
    let vectors = vectors();
    assert_eq!(vectors.synthetic_valid.len(), 17);
    for text in vectors.synthetic_valid {
        let pin = Pin::parse(&text).expect("a valid vector parses");
        assert_eq!(pin.check_letter(), text.chars().last(), "{text}");
        assert!(!pin.check_letter_differs());
        assert_eq!(pin.unusual_prefix(), None);
    }
}

#[test]
fn placeholders_and_sandbox_pins_parse_and_only_warn() {
    let vectors = vectors();
    assert_eq!(vectors.failing_placeholders_and_sandbox.len(), 13);
    for text in vectors.failing_placeholders_and_sandbox {
        let pin = Pin::parse(&text).expect("a placeholder has the right shape");
        assert!(pin.check_letter_differs(), "{text}");
    }
}

#[test]
fn blanks_and_small_letters_are_forgiven() {
    assert_eq!(Pin::parse("\t p000070007r\n").map(|pin| pin.to_string()), Ok("P000070007R".to_owned()));
}

#[test]
fn another_prefix_is_accepted_and_named() {
    let pin = Pin::parse("C000070007R").expect("the shape is right");
    assert_eq!(pin.unusual_prefix(), Some('C'));
    assert_eq!(pin.check_letter(), None);
    assert!(!pin.check_letter_differs());
}

#[test]
fn errors_say_which_character_is_wrong_and_never_quote_the_input() {
    let cases = [
        ("", PinError::Empty),
        ("   ", PinError::Empty),
        ("P00007000R", PinError::Length { found: 10 }),
        ("P0000700070R", PinError::Length { found: 12 }),
        ("0000070007R", PinError::NotALetter { position: 1 }),
        ("P0000700077", PinError::NotALetter { position: 11 }),
        ("P00007O007R", PinError::NotADigit { position: 7 }),
        ("P00007\u{661}007R", PinError::NotADigit { position: 7 }),
        ("\u{c4}000070007R", PinError::NotALetter { position: 1 }),
        ("P00007\u{e9}07R", PinError::Length { found: 10 }),
        ("P000070 07R", PinError::NotADigit { position: 8 }),
    ];
    for (text, error) in cases {
        assert_eq!(Pin::parse(text), Err(error), "{text}");
        assert!(text.trim().is_empty() || !error.to_string().contains(text));
    }
}

#[test]
fn debug_output_is_masked_and_display_is_whole() {
    let pin = Pin::parse("A001234567R").expect("a valid vector");
    assert_eq!(format!("{pin:?}"), "Pin(A00*****7R)");
    assert_eq!(format!("{pin}"), "A001234567R");
    assert_eq!(format!("{:?} {}", pin.masked(), pin.masked()), "A00*****7R A00*****7R");
    assert!(pin.is_individual());
}

#[test]
fn json_is_a_string_both_ways() {
    let pin: Pin = serde_json::from_str("\" p000070007r\"").expect("a JSON string");
    assert_eq!(serde_json::to_string(&pin).expect("a PIN serialises"), "\"P000070007R\"");
    let escaped: Pin = serde_json::from_str(r#""\u0050000070007R""#).expect("escapes are read");
    assert_eq!(escaped, pin);
    let error = serde_json::from_str::<Pin>("\"A00123456R\"").expect_err("one digit is missing").to_string();
    assert!(error.contains("11 characters") && !error.contains("A00123456R"), "{error}");
    assert!(serde_json::from_str::<Pin>("12345678901").is_err());
    let branch: BranchId = serde_json::from_str("\"69\"").expect("a JSON string");
    assert_eq!(serde_json::to_string(&branch).expect("a branch serialises"), "\"69\"");
}

#[test]
fn schemas_carry_the_pattern() {
    let schema = serde_json::to_value(schemars::schema_for!(Pin)).expect("a schema is JSON");
    assert_eq!(schema["pattern"], Pin::PATTERN);
    let schema = serde_json::to_value(schemars::schema_for!(BranchId)).expect("a schema is JSON");
    assert_eq!(schema["pattern"], BranchId::PATTERN);
}

#[test]
fn a_branch_is_exactly_two_digits() {
    assert_eq!(BranchId::parse(" 00 "), Ok(BranchId::HEAD_OFFICE));
    assert_eq!(BranchId::default().as_str(), "00");
    for text in ["", "0", "000", "1a", "-1", "\u{661}"] {
        assert_eq!(BranchId::parse(text), Err(BranchIdError), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused_without_panic(text in ".{0,14}") {
        if let Ok(pin) = Pin::parse(&text) {
            prop_assert_eq!(pin.as_str(), text.trim().to_ascii_uppercase());
            prop_assert_eq!(Pin::parse(pin.as_str()), Ok(pin));
        }
    }

    #[test]
    fn one_wrong_digit_changes_the_check_letter(number in 0_u32..1_000_000_000, place in 0_usize..9, other in 0_u8..10) {
        let text = format!("P{number:09}A");
        let pin = Pin::parse(&text).expect("the shape is right");
        let mut changed = text.into_bytes();
        prop_assume!(changed[place + 1] != b'0' + other);
        changed[place + 1] = b'0' + other;
        let changed = Pin::parse(std::str::from_utf8(&changed).expect("ASCII")).expect("the shape is right");
        prop_assert_ne!(pin.check_letter(), changed.check_letter());
    }
}
