//! `etims pin`: is this a PIN, and what does KRA know about it?

use std::process::ExitCode;

use clap::Args;
use etims_client::checkers::{BuyerFinding, Checkers, buyer_findings};
use etims_client::connection::Connection;
use etims_core::party::Buyer;
use etims_core::pin::Pin;
use serde::Serialize;

use crate::device_args::DeviceArgs;

/// Check a PIN: its form at once, at KRA with --online or --etims
#[derive(Debug, Args)]
pub(crate) struct PinArgs {
    /// The PIN, such as P000070007R
    pin: String,
    /// Name to compare with the registered one
    #[arg(long)]
    name: Option<String>,
    /// Ask KRA's PIN checker (GavaConnect credentials)
    #[arg(long, conflicts_with = "etims")]
    online: bool,
    /// Ask eTIMS, with an initialised device
    #[arg(long)]
    etims: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

#[derive(Serialize)]
struct Report {
    pin: Pin,
    individual: bool,
    /// What is worth a look, in sentences.
    findings: Vec<&'static str>,
    /// Whether KRA knows it; absent when KRA was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    registered: Option<bool>,
    /// The registered name, as far as KRA tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// KRA's word for its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
}

/// Runs `etims pin`. Exit 0: nothing against it; 2: something is worth a look or it is no PIN.
pub(crate) async fn run(arguments: &PinArgs) -> Result<ExitCode, String> {
    let pin = match Pin::parse(&arguments.pin) {
        Ok(pin) => pin,
        Err(error) => {
            eprintln!("etims: {error}");
            return Ok(ExitCode::from(2));
        }
    };
    let report = report(arguments, pin).await?;
    if arguments.json {
        println!("{}", serde_json::to_string(&report).expect("a report is always written"));
    } else {
        print(&report);
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn report(arguments: &PinArgs, pin: Pin) -> Result<Report, String> {
    let buyer = Buyer { pin: Some(pin), name: arguments.name.clone(), ..Buyer::default() };
    let mut report = Report {
        pin,
        individual: pin.is_individual(),
        findings: Vec::new(),
        registered: None,
        name: None,
        status: None,
    };
    let findings = if arguments.online {
        let config = arguments.device.load()?;
        let checkers = Checkers::open(&config).map_err(|error| error.to_string())?;
        let verdict = checkers.pin(pin).await.map_err(|error| error.to_string())?;
        report.registered = Some(verdict.valid);
        let active = verdict.details.as_ref().and_then(|details| details.is_active()).unwrap_or(true);
        if let Some(details) = verdict.details {
            (report.name, report.status) = (details.name, details.status);
        }
        buyer_findings(&buyer, verdict.valid.then_some((report.name.as_deref(), active)))
    } else if arguments.etims {
        let config = arguments.device.load()?;
        let connection = Connection::open(&config).map_err(|error| error.to_string())?;
        crate::doctor::give_key(&config, &connection).await?;
        let customer = connection.customer(pin).await.map_err(|error| error.to_string())?;
        report.registered = Some(customer.is_some());
        let active = customer.as_ref().is_none_or(|customer| customer.status.as_deref() != Some("D"));
        if let Some(customer) = customer {
            (report.name, report.status) = (customer.name, customer.status);
        }
        buyer_findings(&buyer, (report.registered == Some(true)).then_some((report.name.as_deref(), active)))
    } else {
        // Without KRA's word only the form can be judged.
        buyer_findings(&buyer, None).into_iter().filter(|finding| *finding != BuyerFinding::Unknown).collect()
    };
    report.findings = findings.into_iter().map(BuyerFinding::sentence).collect();
    Ok(report)
}

fn print(report: &Report) {
    println!("{}{}", report.pin, if report.individual { " (an individual)" } else { "" });
    match report.registered {
        Some(true) => println!("KRA knows it{}.", suffix(report)),
        Some(false) => println!("KRA does not know it."),
        None => println!("The form is right. KRA was not asked: use --online or --etims."),
    }
    for finding in &report.findings {
        println!("note: {finding}");
    }
}

fn suffix(report: &Report) -> String {
    let parts: Vec<&str> = [report.name.as_deref(), report.status.as_deref()].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}
