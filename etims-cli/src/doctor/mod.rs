//! `etims doctor`: everything a device needs, looked at in order, and how to mend what is wrong.

mod checks;
mod counter_scope;
mod probe;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::device_args::DeviceArgs;

pub(crate) use checks::give_key;

/// Look at settings, clock, TLS, hosts, credentials, device, counters and store; say how to mend each
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Settle open questions with test invoices on a sandbox host and write what was learnt to the settings
    #[arg(long)]
    probe: bool,
    /// With --probe: settings of another branch's device of the same PIN, initialised; settles the scope of the counters
    #[arg(long, value_name = "FILE", requires = "probe")]
    second: Option<PathBuf>,
    /// Do not ask before probing
    #[arg(long, requires = "probe")]
    yes: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "probe")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Health {
    /// As it should be.
    Good,
    /// It works; somebody should look at it.
    Warning,
    /// It does not work.
    Bad,
    /// Could not be looked at, because of something before it.
    Skipped,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    name: &'static str,
    health: Health,
    /// What was seen.
    seen: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    fn new(name: &'static str, health: Health, seen: impl Into<String>) -> Finding {
        Finding { name, health, seen: seen.into(), mend: None }
    }

    fn good(name: &'static str, seen: impl Into<String>) -> Finding {
        Finding::new(name, Health::Good, seen)
    }

    fn skipped(name: &'static str, why: &str) -> Finding {
        Finding::new(name, Health::Skipped, why)
    }

    fn mend(self, how: impl Into<String>) -> Finding {
        Finding { mend: Some(how.into()), ..self }
    }
}

/// Runs `etims doctor`. Exit 0: nothing is bad; 1: something is.
pub(crate) async fn run(arguments: &DoctorArgs) -> Result<ExitCode, String> {
    if arguments.probe {
        return probe::run(&arguments.device, arguments.second.as_deref(), arguments.yes)
            .await
            .map(|()| ExitCode::SUCCESS);
    }
    let findings = checks::all(&arguments.device).await;
    if arguments.json {
        println!("{}", serde_json::to_string(&findings).expect("findings are always written"));
    } else {
        findings.iter().for_each(print);
    }
    let bad = findings.iter().any(|finding| finding.health == Health::Bad);
    Ok(if bad { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn print(finding: &Finding) {
    let mark = match finding.health {
        Health::Good => "ok",
        Health::Warning => "look",
        Health::Bad => "BAD",
        Health::Skipped => "-",
    };
    // What was seen may be a list: its lines stay under each other.
    println!("{mark:<5}{:<13}{}", finding.name, finding.seen.replace('\n', "\n                  "));
    if let Some(mend) = &finding.mend {
        println!("     {:<13}{mend}", "");
    }
}
