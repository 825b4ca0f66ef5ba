//! `etims verify-qr`: whether an address found on a receipt is KRA's.

use std::process::ExitCode;

use clap::Args;
use etims_core::receipt::qr::{QrPayload, QrRefusal};

/// Arguments of `etims verify-qr`.
#[derive(Debug, Args)]
pub(crate) struct VerifyQrArgs {
    /// The address in the QR code, as scanned
    url: String,
}

/// Runs `etims verify-qr`: exit 0 for an address of KRA's verification page, 2 for anything else.
pub(crate) fn run(arguments: &VerifyQrArgs) -> ExitCode {
    match QrPayload::parse(arguments.url.trim()) {
        Ok(payload) => {
            println!("environment  {}", payload.environment().name());
            println!("PIN          {}", payload.pin());
            println!("branch       {}", payload.branch());
            println!("signature    {}", payload.signature());
            println!(
                "The address is KRA's. Whether the receipt is genuine shows on the page: compare total, date and PIN."
            );
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            println!("not a KRA eTIMS receipt: {refusal}");
            if let QrRefusal::Host { look_alike: true, .. } = refusal {
                println!("The host is made to look like KRA's.");
            }
            ExitCode::from(2)
        }
    }
}
