//! The `etims` command as a library.

mod adopt;
mod compute;
mod demo;
mod device_args;
mod doctor;
mod init;
mod input;
mod key;
mod pin;
mod receipt;
mod sandbox;
mod status;
mod terminal;
mod verify_qr;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::input::Failure;

/// KRA eTIMS invoices from the command line.
#[derive(Debug, Parser)]
#[command(name = "etims", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take over a device that another system initialised: its key and its counters
    Adopt(adopt::AdoptArgs),
    /// Print the exact body KRA would get for a document
    Compute(compute::ComputeArgs),
    /// See it work: a KRA of our own, a device, items, stock, signed receipts with QR codes
    Demo(demo::DemoArgs),
    /// Look at everything a device needs and say how to mend it
    Doctor(doctor::DoctorArgs),
    /// Initialise the device with KRA, once in its life
    Init(init::InitArgs),
    /// Back up, bring back or change the keys that seal the device's secrets
    Key(key::KeyArgs),
    /// Check a PIN: its form, and at KRA
    Pin(pin::PinArgs),
    /// Run a KRA on this machine: three dialects on one port, faults at will
    Sandbox(sandbox::SandboxArgs),
    /// Draw a receipt: text, ESC/POS, HTML or its QR code
    Receipt(Box<receipt::ReceiptArgs>),
    /// Say whether the address in a receipt's QR code is KRA's
    VerifyQr(verify_qr::VerifyQrArgs),
    /// Show the device, its counters and what waits
    Status(status::StatusArgs),
}

/// Runs the command with the given arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not failures; clap prints each to the right stream.
            let code = if error.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
            let _ = error.print();
            return code;
        }
    };
    match cli.command {
        Command::Adopt(arguments) => wait(adopt::run(&arguments)),
        Command::Compute(arguments) => compute::run(&arguments),
        Command::Demo(arguments) => wait(demo::run(&arguments)),
        Command::Receipt(arguments) => receipt::run(&arguments),
        Command::Doctor(arguments) => wait_for_code(doctor::run(&arguments)),
        Command::Init(arguments) => wait(init::run(&arguments)),
        Command::Key(arguments) => wait(key::run(&arguments)),
        Command::Pin(arguments) => wait_for_code(pin::run(&arguments)),
        Command::Status(arguments) => wait(status::run(&arguments)),
        Command::Sandbox(arguments) => wait(sandbox::run(arguments)),
        Command::VerifyQr(arguments) => verify_qr::run(&arguments),
    }
}

/// Runs a command that waits for the network.
fn wait(work: impl Future<Output = Result<(), String>>) -> ExitCode {
    wait_for_code(async { work.await.map(|()| ExitCode::SUCCESS) })
}

/// Runs a command that waits for the network and has an exit code of its own.
fn wait_for_code(work: impl Future<Output = Result<ExitCode, String>>) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Unreadable(format!("cannot start: {error}")).report(),
    };
    match runtime.block_on(work) {
        Ok(code) => code,
        Err(message) => Failure::Unreadable(message).report(),
    }
}
