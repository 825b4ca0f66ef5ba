//! Any text is a PIN or is refused with a reason that does not repeat it; so are branch numbers.
#![no_main]

use etims_core::pin::{BranchId, Pin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Pin::parse(text) {
        Ok(pin) => {
            assert_eq!(pin.as_str(), text.trim().to_ascii_uppercase());
            assert_eq!(Pin::parse(pin.as_str()), Ok(pin));
            let json = serde_json::to_string(&pin).expect("a PIN is a JSON string");
            assert_eq!(serde_json::from_str::<Pin>(&json).expect("reads its own output"), pin);
            assert!(!format!("{pin:?}{}", pin.masked()).contains(pin.as_str()));
            assert_eq!(pin.check_letter().is_none(), pin.unusual_prefix().is_some());
        }
        // The error holds a place or a length, never the text.
        Err(error) => assert!(error.to_string().len() < 120),
    }
    if let Ok(branch) = BranchId::parse(text) {
        assert_eq!(branch.as_str(), text.trim());
    }
});
