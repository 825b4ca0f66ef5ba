//! The `etims` command as a library.

mod adopt;
mod compute;
mod demo;
mod device_args;
mod doctor;
mod drain;
mod init;
mod input;
mod issue;
mod key;
mod listing;
mod pin;
mod queue;
mod receipt;
mod sandbox;
mod status;
mod terminal;
mod till;
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
    /// Issue documents: check, store, send, wait for their receipts
    Issue(issue::IssueArgs),
    /// Look at what is stored and decide about it: list, show, retry, amend, cancel
    Queue(queue::QueueArgs),
    /// Send what waits in a store
    Drain(drain::DrainArgs),
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
        Command::Issue(arguments) => wait_for(issue::run(arguments)),
        Command::Queue(arguments) => wait_for(queue::run(arguments)),
        Command::Drain(arguments) => wait_for(drain::run(arguments)),
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

/// Runs a command that waits for the network and, when it succeeds, has an exit code of its own.
fn wait_for_code(work: impl Future<Output = Result<ExitCode, String>>) -> ExitCode {
    wait_for(async { work.await.unwrap_or_else(|message| Failure::Unreadable(message).report()) })
}

/// Runs a command that waits for the network and reports by itself.
fn wait_for(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Failure::Unreadable(format!("cannot start: {error}")).report(),
    }
}
