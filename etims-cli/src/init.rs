//! `etims init`: once in a device's life.

use clap::Args;
use etims_client::config::{StoreAddress, VaultKeys};
use etims_client::device::Device;
use serde::Serialize;

use crate::device_args::{DeviceArgs, confirm};

/// Initialise the device with KRA, once in its life
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the device's identity as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Runs `etims init`.
pub(crate) async fn run(arguments: &InitArgs) -> Result<(), String> {
    let config = arguments.device.load()?;
    let device = Device::open(&config).await.map_err(|error| error.to_string())?;
    if let Some(identity) = device.identity() {
        device.close().await;
        match arguments.json {
            true => print_json(&identity),
            false => println!("Initialised already: control unit {}, serial {}.", identity.sdc_id, identity.serial),
        }
        return Ok(());
    }
    let seller = device.seller();
    eprintln!(
        "PIN {}, branch {}, serial {}, {} ({}).",
        seller.pin,
        seller.branch,
        config.serial,
        config.hosts.base(),
        config.environment().name()
    );
    eprintln!("KRA hands out the device's key once. Another initialisation of the same serial is refused or, on the");
    eprintln!("gateway, spoils the device. A device that works elsewhere already is taken over with `etims adopt`.");
    let outcome = match confirm("Initialise it now?", arguments.yes) {
        Ok(()) => device.initialise(&config.serial).await.map_err(|error| error.to_string()),
        Err(stopped) => Err(stopped),
    };
    device.close().await;
    let identity = outcome?;
    if arguments.json {
        print_json(&identity);
        return Ok(());
    }
    println!(
        "Control unit {}{}.",
        identity.sdc_id,
        identity.mrc_no.map(|mrc| format!(", machine {mrc}")).unwrap_or_default()
    );
    if let StoreAddress::File(store) = &config.store {
        println!("Everything is kept in {}.", store.display());
    }
    if let VaultKeys::File(keys) = &config.vault_keys {
        println!("Its keys are in {}. Back them up now and keep the copy elsewhere:", keys.display());
        println!("etims key backup --to FILE");
    }
    Ok(())
}

/// One line of JSON.
pub(crate) fn print_json(value: &impl Serialize) {
    println!("{}", serde_json::to_string(value).expect("an identity or a list of names is always written"));
}
