//! `etims sandbox`: a KRA that runs until it is told to stop.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use etims_sandbox::{Fault, Profile, Sandbox};

/// Run a KRA on this machine: three dialects on one port, faults at will
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8300)]
    port: u16,
    /// Address to listen on; anything but loopback lets others in
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Remember everything in this file, on the disk before each answer
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Keys and signatures follow from it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// One profile for every dialect [default: gateway strict, direct and VSCU lenient]
    #[arg(long, value_enum)]
    profile: Option<ProfileArg>,
    /// Arm a fault, such as lose-answer:every=2 or delay-answer:milliseconds=500,probability=0.1,seed=1
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// Refuse a sale whose splyAmt is not round2(qty x prc); unknown at KRA
    #[arg(long)]
    check_supply_amount: bool,
    /// Newest documents kept in full; of older ones the ledger row stays
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    keep_documents: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileArg {
    /// The gateway of 2026: arithmetic, rates, sequences, stock
    Strict,
    /// The direct host: fields, devices, duplicates
    Lenient,
}

/// Runs until SIGTERM or Ctrl-C. The first line on stdout is `sandbox listening on URL`.
///
/// # Errors
/// A sentence that says what to do, when the sandbox cannot start.
pub(crate) async fn run(args: SandboxArgs) -> Result<(), String> {
    let mut builder = Sandbox::builder()
        .host(args.host)
        .port(args.port)
        .check_supply_amount(args.check_supply_amount)
        .keep_documents(args.keep_documents);
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(path) = args.state {
        builder = builder.state_file(path);
    }
    if let Some(profile) = args.profile {
        builder = builder.profile(match profile {
            ProfileArg::Strict => Profile::Strict,
            ProfileArg::Lenient => Profile::Lenient,
        });
    }
    let builder = args.faults.into_iter().fold(builder, etims_sandbox::SandboxBuilder::fault);
    // Before the first line: whoever reads it may stop us at once.
    let stopped = stop_signal().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let sandbox = builder.start().await.map_err(|error| error.to_string())?;
    let lines = [
        format!("sandbox listening on {}", sandbox.url()),
        format!("gateway {}", sandbox.gateway_url()),
        format!("token   {}", sandbox.token_url()),
        format!("direct  {}", sandbox.oscu_url()),
        format!("vscu    {}", sandbox.vscu_url()),
        format!("control {}/sandbox/openapi.json", sandbox.url()),
        "This is a simulation, not KRA. Ctrl-C stops it.".to_owned(),
    ];
    // Nobody needs to read them.
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    if sandbox.torn_bytes() > 0 {
        let _ = writeln!(std::io::stderr(), "dropped {} bytes of a cut last line", sandbox.torn_bytes());
    }
    stopped.await;
    sandbox.shutdown().await;
    Ok(())
}

#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler Ctrl-C ends the process by itself.
        let _ = tokio::signal::ctrl_c().await;
    })
}
