//! Any text is an item code or is refused; what is read as composed says what it says, and every code survives.
#![no_main]

use etims_core::codes::{
    Code, Coded, Country, CreditReason, ItemCode, ItemCodeError, PackagingUnit, QuantityUnit, ResultCode,
};
use libfuzzer_sys::fuzz_target;

fn survives<T: Coded>(text: &str) {
    let code = Code::<T>::new(text);
    match code.known() {
        Some(value) => assert_eq!(T::from_code(value.code()), Some(value)),
        None => assert_eq!(code.as_str(), text.trim()),
    }
    assert_eq!(Code::<T>::new(code.as_str()), code);
}

fuzz_target!(|text: &str| {
    survives::<Country>(text);
    survives::<CreditReason>(text);
    survives::<ResultCode>(text);
    if text.len() < 64 {
        assert!(QuantityUnit::search(text).all(|unit| QuantityUnit::from_code(unit.code()) == Some(unit)));
        let _ = PackagingUnit::suggest(text);
    }
    let Ok(code) = ItemCode::parse(text) else { return };
    assert_eq!(code.as_str(), text);
    let readings = code.readings();
    assert_eq!(code.parts(), readings.first().copied());
    for parts in readings {
        assert!(text.starts_with(parts.origin.code()));
        assert!(text.ends_with(&format!("{:0width$}", parts.number, width = usize::from(parts.digits))));
        let checked = code.check_parts(parts.origin, parts.item_type, parts.packaging, parts.unit);
        let two_letters = parts.packaging.fits_item_code() && parts.unit.fits_item_code();
        match checked {
            Ok(()) => assert!(two_letters && parts.number > 0),
            Err(ItemCodeError::Number) => assert_eq!(parts.number, 0),
            Err(ItemCodeError::Mismatch { expected }) => {
                // A unit was filled with X, or the number has more than eight digits.
                let filled =
                    !text.strip_prefix(&expected).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
                assert!(two_letters && (filled || parts.digits > 8));
            }
            Err(_) => assert!(!two_letters),
        }
        if let (true, Ok(number @ 1..)) = (two_letters, u32::try_from(parts.number)) {
            if let Ok(built) = ItemCode::build(parts.origin, parts.item_type, parts.packaging, parts.unit, number) {
                assert_eq!(built.parts().map(|again| again.number), Some(parts.number));
            }
        }
    }
});
