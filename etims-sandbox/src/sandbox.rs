//! The running sandbox.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fault::{Fault, FaultId};
use crate::kra::Kra;
use crate::kra::ledger::LedgerRow;
use crate::operation::Dialect;
use crate::server::{Shared, serve};
use crate::settings::{Profile, Settings};
use crate::state_file::{self, StateFile, StateFileError};
use crate::token;

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another port, 0 takes a free one")]
    Listen {
        /// Host and port.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state file cannot be used.
    #[error(transparent)]
    StateFile(#[from] StateFileError),
}

/// What a sandbox is to be.
#[derive(Clone, Debug)]
pub struct SandboxBuilder {
    host: String,
    port: u16,
    seed: Option<u64>,
    state_file: Option<PathBuf>,
    faults: Vec<Fault>,
    settings: Settings,
}

impl SandboxBuilder {
    /// The port; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The address to listen on; `127.0.0.1` by default.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Signatures and keys follow from it. Without it a state file's own seed is taken, or 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Remembers everything in this file, which is on the disk before each answer goes out, and starts with what is
    /// in it. Without it KRA forgets when it stops.
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Arms a fault from the start.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// One profile for every dialect. Without it the gateway is strict, the direct host and the VSCU are lenient.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.settings.profile = Some(profile);
        self
    }

    /// Also refuse a sale whose `splyAmt` is not round2(`qty` × `prc`); off by default, unknown at KRA.
    #[must_use]
    pub fn check_supply_amount(mut self, check: bool) -> Self {
        self.settings.check_supply = check;
        self
    }

    /// Accept only this consumer key and secret; by default any pair is accepted.
    #[must_use]
    pub fn credentials(mut self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.credentials = Some((key.into(), secret.into()));
        self
    }

    /// Accept only this `apigee_app_id`; by default any UUID is accepted.
    #[must_use]
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        self.settings.app_id = Some(app_id.into());
        self
    }

    /// How many of the newest documents are kept in full, 10,000 by default; of older ones the ledger row stays.
    #[must_use]
    pub fn keep_documents(mut self, count: usize) -> Self {
        self.settings.keep_documents = count;
        self
    }

    /// Listens and answers from now on, on tasks of the current tokio runtime.
    ///
    /// # Errors
    /// [`SandboxError::Listen`] when the address cannot be had, [`SandboxError::StateFile`] when the file is damaged,
    /// in use, of another seed, or cannot be written.
    pub async fn start(mut self) -> Result<Sandbox, SandboxError> {
        let address = format!("{}:{}", self.host, self.port);
        let refused = |source| SandboxError::Listen { address: address.clone(), source };
        let listener = TcpListener::bind((self.host.as_str(), self.port)).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let opened = match &self.state_file {
            Some(path) => Some(state_file::open(path, self.seed)?),
            None => None,
        };
        self.settings.seed = opened.as_ref().map_or(self.seed.unwrap_or_default(), |opened| opened.seed);
        let torn_bytes = opened.as_ref().map_or(0, |opened| opened.torn);
        let mut kra = Kra::new(self.settings);
        let state = opened.map(|opened| {
            let (state, events) = StateFile::new(opened);
            for event in events {
                kra.apply(event);
            }
            state
        });
        let shared = Arc::new(Shared::new(kra, state));
        for fault in self.faults {
            shared.faults().arm(fault);
        }
        let task = tokio::spawn(serve(listener, shared.clone()));
        Ok(Sandbox { address, shared, task, torn_bytes })
    }
}

/// A KRA that is running in this process. It stops when it is dropped.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    torn_bytes: u64,
}

impl Sandbox {
    /// A sandbox on a free loopback port, without a state file.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            host: "127.0.0.1".to_owned(),
            port: 0,
            seed: None,
            state_file: None,
            faults: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base of the gateway's business calls.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        self.url() + Dialect::Gateway.prefix()
    }

    /// The gateway's token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.url() + token::PATH
    }

    /// Base of the direct OSCU.
    #[must_use]
    pub fn oscu_url(&self) -> String {
        self.url() + Dialect::Direct.prefix()
    }

    /// Base of the VSCU.
    #[must_use]
    pub fn vscu_url(&self) -> String {
        self.url() + Dialect::Vscu.prefix()
    }

    /// Every recorded sale and credit note, in order.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerRow> {
        self.shared.with(|kra| kra.ledger().entries().iter().map(|entry| kra.row(entry)).collect())
    }

    /// Bytes of a cut last line that were dropped from the state file on opening it: the trace of a crash.
    #[must_use]
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }

    /// Arms a fault.
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.shared.faults().arm(fault)
    }

    /// Disarms a fault; `false` when it is not armed any more.
    pub fn withdraw(&self, id: FaultId) -> bool {
        self.shared.faults().disarm(id)
    }

    /// Disarms every fault.
    pub fn heal(&self) {
        self.shared.faults().clear();
    }

    /// KRA's time moves on from now, or back when `seconds` is negative; it is kept in the state file.
    pub async fn advance_clock(&self, seconds: i64) {
        let settled = self.shared.set_clock(|clock| clock.showing(clock.now().plus_seconds(seconds)));
        // When the state file cannot be written no call is answered any more, which tells it louder.
        let _ = settled.await;
    }

    /// KRA's time stands still, or runs again.
    pub async fn freeze_clock(&self, frozen: bool) {
        // As above.
        let _ = self.shared.set_clock(|clock| clock.frozen(frozen)).await;
    }

    /// Stops listening, closes every connection and lets go of the state file.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // The abort itself is the only way in which the task ends.
        let _ = (&mut self.task).await;
        self.shared.close();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
        self.shared.close();
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}
