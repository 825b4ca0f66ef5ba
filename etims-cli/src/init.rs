//! `etims init`: once in a device's life.

use clap::Args;
use etims_client::device::Device;

use crate::device_args::{DeviceArgs, confirm};

/// Initialise the device with KRA, once in its life
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Runs `etims init`.
pub(crate) async fn run(arguments: &InitArgs) -> Result<(), String> {
    let config = arguments.device.load()?;
    let device = Device::open(&config).await.map_err(|error| error.to_string())?;
    if let Some(identity) = device.identity() {
        println!("Initialised already: control unit {}, serial {}.", identity.sdc_id, identity.serial);
        device.close().await;
        return Ok(());
    }
    let seller = device.seller();
    println!(
        "PIN {}, branch {}, serial {}, {} ({}).",
        seller.pin,
        seller.branch,
        config.serial,
        config.hosts.base(),
        config.environment().name()
    );
    println!("KRA hands out the device's key once. Another initialisation of the same serial is refused or, on the");
    println!("gateway, spoils the device. A device that works elsewhere already is taken over with `etims adopt`.");
    let outcome = match confirm("Initialise it now?", arguments.yes) {
        Ok(()) => device.initialise(&config.serial).await.map_err(|error| error.to_string()),
        Err(stopped) => Err(stopped),
    };
    device.close().await;
    let identity = outcome?;
    println!(
        "Control unit {}{}.",
        identity.sdc_id,
        identity.mrc_no.map(|mrc| format!(", machine {mrc}")).unwrap_or_default()
    );
    println!("Back up the key file now and keep the copy elsewhere: etims key backup --to FILE");
    Ok(())
}
