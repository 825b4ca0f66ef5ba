//! `etims key`: the keys that seal the device's secrets.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use etims_client::config::Config;
use etims_client::credentials::KeyFile;
use etims_client::device::Device;

use crate::device_args::DeviceArgs;

/// Back up, bring back or change the keys that seal the device's secrets
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
    #[command(flatten)]
    device: DeviceArgs,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Names of the keys, oldest first; the last one seals
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy the keys to a new file: keep it away from this machine
    Backup {
        /// The new file, made for you alone (0600)
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Take in the keys of a backup
    Restore {
        /// The backup
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Make a new key and seal the device's secrets with it; older keys stay for older backups of the database
    Rotate,
}

/// Runs `etims key`.
pub(crate) async fn run(arguments: &KeyArgs) -> Result<(), String> {
    let config = arguments.device.load()?;
    let file = key_file(&config)?;
    let text = |error: etims_client::credentials::KeyRingError| error.to_string();
    match &arguments.command {
        KeyCommand::Show { json } => {
            let ring = file.read().map_err(text)?;
            match json {
                true => crate::init::print_json(&ring.ids()),
                false => println!("{}", ring.ids().join("\n")),
            }
        }
        KeyCommand::Backup { to } => {
            let ring = file.backup(to).map_err(text)?;
            println!("{} key(s) copied to {}.", ring.ids().len(), to.display());
            println!("Whoever has this file and the database has the device. Without either the device is lost.");
        }
        KeyCommand::Restore { from } => {
            let taken = file.restore(from).map_err(text)?;
            println!(
                "{taken} key(s) taken in from {}; {} are there now.",
                from.display(),
                file.read().map_err(text)?.ids().len()
            );
        }
        KeyCommand::Rotate => {
            let store = crate::status::open_store(&config)?.ok_or("there is no store, so nothing is sealed yet")?;
            let resealed = Device::rotate_key(&config, &store).await.map_err(|error| error.to_string())?;
            println!(
                "New key {}; {resealed} secret(s) sealed with it.",
                file.read().map_err(text)?.ids().last().expect("a ring has a key")
            );
            println!("Back up the key file again: etims key backup --to FILE");
        }
    }
    Ok(())
}

fn key_file(config: &Config) -> Result<KeyFile, String> {
    let file = config.key_file().map_err(|error| error.to_string())?;
    file.ok_or_else(|| {
        "the keys are not in a file (vault.key_file = \"none\"): back them up and change them where they are kept"
            .to_owned()
    })
}
