//! Which device a command is about, and questions to the person at the keyboard.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use etims_client::config::Config;

/// Read when it is there and no other file is named.
pub(crate) const USUAL_FILE: &str = "etims.toml";

/// Names the settings of a device.
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    /// Settings as TOML [default: etims.toml, when there is one]; variables like ETIMS_PIN win over it
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
}

impl DeviceArgs {
    /// The file that is read, when there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.config.as_deref().or_else(|| Some(Path::new(USUAL_FILE)).filter(|usual| usual.exists()))
    }

    /// Reads and checks the settings.
    pub(crate) fn load(&self) -> Result<Config, String> {
        let builder = match self.file() {
            Some(file) => Config::builder().toml_file(file),
            None => Config::builder(),
        };
        let config = builder.variables().build().map_err(|error| error.to_string())?;
        for warning in &config.warnings {
            eprintln!("warning: {warning}");
        }
        Ok(config)
    }
}

/// Asks for a yes. `given` is the answer on the command line; without it and without a person the command stops.
pub(crate) fn confirm(question: &str, given: bool) -> Result<(), String> {
    if given {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(format!("{question} Nobody is there to answer: add --yes"));
    }
    eprint!("{question} Type yes to go on: ");
    let mut answer = String::new();
    std::io::stderr()
        .flush()
        .and_then(|()| std::io::stdin().lock().read_line(&mut answer))
        .map_err(|error| error.to_string())?;
    if answer.trim().eq_ignore_ascii_case("yes") { Ok(()) } else { Err("stopped: nothing was done".to_owned()) }
}
