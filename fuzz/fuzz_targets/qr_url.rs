//! Any text is KRA's verification address, to the letter, or is refused.
#![no_main]

use etims_core::receipt::qr::{QrPayload, QrRefusal, host};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match QrPayload::parse(text) {
        Ok(payload) => {
            assert_eq!(payload.url(), text, "an accepted address is the one we would print");
            assert!(text.starts_with(&format!("https://{}/", host(payload.environment()))));
            let again = QrPayload::new(payload.environment(), payload.pin(), payload.branch(), payload.signature());
            assert_eq!(again.as_ref(), Ok(&payload));
        }
        Err(QrRefusal::Host { found, .. }) => {
            assert!(found != "etims.kra.go.ke" && found != "etims-sbx.kra.go.ke");
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
});
