//! A KRA to test against, in this process.

use std::sync::Mutex;

use etims_core::error;
use etims_sandbox::{Fault, LedgerRow, Profile};

use crate::Error;
use crate::work::{Work, work};

/// What a sandbox is to be. What is left out has a default.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Signatures and keys follow from it.
    pub seed: Option<u64>,
    /// Remembers everything in this file.
    pub state_file: Option<String>,
    /// `strict` or `lenient` for every dialect; without it the gateway is strict, the others lenient.
    pub profile: Option<String>,
    /// The only consumer key and secret it takes.
    pub credentials: Option<(String, String)>,
    /// The only application id it takes.
    pub app_id: Option<String>,
}

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    process: u32,
    running: Mutex<Option<etims_sandbox::Sandbox>>,
}

impl Sandbox {
    /// Listens on a loopback port from now on.
    ///
    /// # Errors
    /// The port is taken; the state file cannot be used.
    pub fn start(options: SandboxOptions) -> Work<Sandbox> {
        work(async move {
            let mut builder = etims_sandbox::Sandbox::builder().port(options.port);
            if let Some(seed) = options.seed {
                builder = builder.seed(seed);
            }
            if let Some(path) = options.state_file {
                builder = builder.state_file(path);
            }
            builder = match options.profile.as_deref() {
                None => builder,
                Some("strict") => builder.profile(Profile::Strict),
                Some("lenient") => builder.profile(Profile::Lenient),
                Some(_) => return Err(Error::argument("profile", "use strict or lenient")),
            };
            if let Some((key, secret)) = options.credentials {
                builder = builder.credentials(key, secret);
            }
            if let Some(app_id) = options.app_id {
                builder = builder.app_id(app_id);
            }
            let sandbox = builder.start().await.map_err(|error| Error::argument("sandbox", error))?;
            Ok(Sandbox { process: std::process::id(), running: Mutex::new(Some(sandbox)) })
        })
    }

    fn with<T>(&self, work: impl FnOnce(&etims_sandbox::Sandbox) -> T) -> Result<T, Error> {
        // Before the lock: a thread that held it may not exist in this process.
        if self.process != std::process::id() {
            return Err(Error::new(&error::FORKED, "the sandbox runs in the parent process; talk to it over HTTP"));
        }
        let running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        running.as_ref().map(work).ok_or_else(|| Error::new(&error::CLOSED, "the sandbox was stopped"))
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> Result<String, Error> {
        self.with(etims_sandbox::Sandbox::url)
    }

    /// Base address of a dialect's calls: `gateway`, `oscu` or `vscu`.
    pub fn base_url(&self, dialect: &str) -> Result<String, Error> {
        self.with(|sandbox| match dialect {
            "gateway" => Ok(sandbox.gateway_url()),
            "oscu" => Ok(sandbox.oscu_url()),
            "vscu" => Ok(sandbox.vscu_url()),
            other => Err(Error::argument("dialect", format_args!("{other:?} is not known, use gateway, oscu or vscu"))),
        })?
    }

    /// The gateway's token address.
    pub fn token_url(&self) -> Result<String, Error> {
        self.with(etims_sandbox::Sandbox::token_url)
    }

    /// Every recorded sale and credit note, in order.
    pub fn ledger(&self) -> Result<Vec<LedgerRow>, Error> {
        self.with(etims_sandbox::Sandbox::ledger)
    }

    /// Arms a fault, in the command line's form: `lose_answer:every=2,operation=save_sale`. Returns its number.
    pub fn inject(&self, fault: &str) -> Result<String, Error> {
        let fault: Fault = fault.parse().map_err(|error| Error::argument("fault", error))?;
        self.with(|sandbox| sandbox.inject(fault).to_string())
    }

    /// Disarms every fault.
    pub fn heal(&self) -> Result<(), Error> {
        self.with(etims_sandbox::Sandbox::heal)
    }

    /// Stops listening and lets go of the state file. Harmless when it was stopped before.
    pub fn stop(&self) -> Result<Work<()>, Error> {
        let running = match self.with(|_| ()) {
            Err(error) if error.code.code == error::FORKED.code => return Err(error),
            _ => self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take(),
        };
        Ok(work(async move {
            if let Some(sandbox) = running {
                sandbox.shutdown().await;
            }
            Ok(())
        }))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // Not ours to stop, and its locks may be held by threads that this process does not have.
            if let Ok(mut running) = self.running.try_lock() {
                std::mem::forget(running.take());
            }
        }
    }
}
