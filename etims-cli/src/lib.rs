//! The `etims` command as a library.

mod compute;
mod demo;
mod drain;
mod input;
mod issue;
mod listing;
mod queue;
mod receipt;
mod sandbox;
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
    /// Print the exact body KRA would get for a document
    Compute(compute::ComputeArgs),
    /// See it work: a KRA of our own, a device, items, stock, signed receipts with QR codes
    Demo(demo::DemoArgs),
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
        Command::Compute(arguments) => compute::run(&arguments),
        Command::Demo(arguments) => wait(demo::run(&arguments)),
        Command::Issue(arguments) => wait_for(issue::run(arguments)),
        Command::Queue(arguments) => wait_for(queue::run(arguments)),
        Command::Drain(arguments) => wait_for(drain::run(arguments)),
        Command::Receipt(arguments) => receipt::run(&arguments),
        Command::Sandbox(arguments) => wait(sandbox::run(arguments)),
        Command::VerifyQr(arguments) => verify_qr::run(&arguments),
    }
}

/// Runs a command that waits for the network.
fn wait(work: impl Future<Output = Result<(), String>>) -> ExitCode {
    wait_for(async {
        match work.await {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => Failure::Unreadable(message).report(),
        }
    })
}

/// Runs a command that waits for the network and knows its own exit code.
fn wait_for(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Failure::Unreadable(format!("cannot start: {error}")).report(),
    }
}
