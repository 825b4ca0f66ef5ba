//! `etims adopt`: a device that another system initialised goes on here.

use std::path::{Path, PathBuf};

use clap::Args;
use etims_client::credentials::read_private_file;
use etims_client::device::{Device, DeviceIdentity, WorkingDevice};
use etims_core::wire::Dialect;
use secrecy::{ExposeSecret, SecretString};

use crate::device_args::{DeviceArgs, confirm};
use crate::init;

/// Take over a device that another system initialised
#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// Control unit number as printed on its receipts (sdcId), such as KRACU0400000001
    #[arg(long)]
    sdc_id: String,
    /// Machine registration number (mrcNo)
    #[arg(long)]
    mrc_no: Option<String>,
    /// File that holds nothing but the communication key (cmcKey), readable by you alone; not for a VSCU
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Last invoice or credit note recorded (invcNo)
    #[arg(long, value_name = "N")]
    last_invoice: u64,
    /// Last stock movement recorded (sarNo)
    #[arg(long, value_name = "N")]
    last_stock_movement: u64,
    /// Last purchase recorded (invcNo of purchases)
    #[arg(long, value_name = "N", default_value_t = 0)]
    last_purchase: u64,
    /// Running number of the last item registered (the last digits of itemCd)
    #[arg(long, value_name = "N", default_value_t = 0)]
    last_item: u64,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print the device's identity as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Runs `etims adopt`.
pub(crate) async fn run(arguments: &AdoptArgs) -> Result<(), String> {
    let config = arguments.device.load()?;
    let key = match (&arguments.key_file, config.dialect()) {
        (Some(file), _) => Some(key(file)?),
        (None, Dialect::Vscu) => None,
        (None, _) => return Err("--key-file is needed: KRA does not give the key out again".to_owned()),
    };
    eprintln!("The other system must not issue anything for this PIN and branch from now on, or numbers will collide.");
    confirm(&format!("Go on here after invoice {}?", arguments.last_invoice), arguments.yes)?;
    let device = Device::open(&config).await.map_err(|error| error.to_string())?;
    let working = WorkingDevice {
        identity: DeviceIdentity {
            serial: config.serial.clone(),
            sdc_id: arguments.sdc_id.trim().to_owned(),
            mrc_no: arguments.mrc_no.clone(),
            device_id: None,
            taxpayer_name: None,
            branch_name: None,
        },
        key,
        last_invoice: arguments.last_invoice,
        last_stock_movement: arguments.last_stock_movement,
        last_purchase: arguments.last_purchase,
        last_item: arguments.last_item,
    };
    let adopted = device.adopt(working).await.map_err(|error| error.to_string());
    device.close().await;
    let adopted = adopted?;
    if arguments.json {
        init::print_json(&adopted);
        return Ok(());
    }
    println!("Control unit {} goes on here with invoice {}.", adopted.sdc_id, arguments.last_invoice + 1);
    println!("`etims doctor` asks KRA whether the numbers are right. Then delete the file with the key.");
    Ok(())
}

fn key(file: &Path) -> Result<SecretString, String> {
    let text = read_private_file(file).map_err(|error| error.to_string())?;
    let key = text.expose_secret().trim();
    if key.is_empty() || key.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(format!("{} does not hold a key alone", file.display()));
    }
    Ok(SecretString::from(key))
}
