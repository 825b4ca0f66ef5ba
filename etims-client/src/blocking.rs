//! The same device for programs without async: every method waits for its namesake on [`crate::device::Device`].
//!
//! ```no_run
//! use std::{path::Path, time::Duration};
//!
//! use etims_client::{blocking::Device, config::Config};
//! # fn draft() -> etims_core::document::InvoiceDraft { etims_core::document::InvoiceDraft::default() }
//!
//! let device = Device::open(&Config::load(Path::new("etims.toml"))?)?;
//! let sold = device.issue(&draft(), Duration::from_secs(30))?;
//! println!("{}", sold.state().name());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use etims_core::document::{InvoiceDraft, ItemDraft, StockMovementDraft};
use etims_core::money::Quantity;
use etims_core::party::Operator;
use tokio::runtime::Runtime;

use crate::config::Config;
use crate::device::{self, DeviceIdentity, IssuedReceipt, Submission, Ticket, WorkingDevice};
use crate::error::Error;
use crate::store::ListFilter;

/// One control unit, with a runtime of its own that drains the queue in the background. Not to be used from inside an
/// async runtime.
pub struct Device {
    device: device::Device,
    runtime: Runtime,
}

impl Device {
    /// Opens the device of a configuration.
    ///
    /// # Errors
    /// As [`device::Device::open`]; also when the operating system gives no threads.
    pub fn open(config: &Config) -> Result<Device, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Error::Misuse(format!("no runtime can be started: {error}")))?;
        let device = runtime.block_on(device::Device::open(config))?;
        Ok(Device { device, runtime })
    }

    /// Waits for anything the async device can do.
    pub fn run<'d, T, F: Future<Output = T>>(&'d self, work: impl FnOnce(&'d device::Device) -> F) -> T {
        self.runtime.block_on(work(&self.device))
    }

    /// The async device.
    pub fn device(&self) -> &device::Device {
        &self.device
    }
}

/// Declares methods that wait for their async namesake.
macro_rules! waiting {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        impl Device {
            $(
                #[doc = concat!("Waits for [`device::Device::", stringify!($name), "`].")]
                ///
                /// # Errors
                /// As there.
                pub fn $name(&self $(, $argument: $type)*) -> $result {
                    self.run(|device| device.$name($($argument),*))
                }
            )*
        }
    };
}

waiting! {
    initialise(serial: &str) -> Result<DeviceIdentity, Error>;
    interrupted_initialisation() -> Result<Option<String>, Error>;
    adopt(device: WorkingDevice) -> Result<DeviceIdentity, Error>;
    submit(draft: &InvoiceDraft) -> Result<Ticket, Error>;
    submit_many(drafts: &[InvoiceDraft]) -> Vec<Result<Ticket, Error>>;
    issue(draft: &InvoiceDraft, patience: Duration) -> Result<Submission, Error>;
    issue_many(drafts: &[InvoiceDraft], patience: Duration) -> Vec<Result<Submission, Error>>;
    wait(reference: &str, patience: Duration) -> Result<Submission, Error>;
    wait_for(ticket: &Ticket, patience: Duration) -> Result<Submission, Error>;
    status(reference: &str) -> Result<Submission, Error>;
    receipt(reference: &str) -> Result<Option<IssuedReceipt>, Error>;
    list(filter: ListFilter) -> Result<Vec<Submission>, Error>;
    amend(reference: &str, draft: &InvoiceDraft) -> Result<Submission, Error>;
    cancel(reference: &str) -> Result<Submission, Error>;
    retry(reference: &str) -> Result<Submission, Error>;
    register_item(reference: &str, draft: &ItemDraft) -> Result<Ticket, Error>;
    move_stock(reference: &str, draft: &StockMovementDraft) -> Result<Ticket, Error>;
    report_balance(reference: &str, item_code: &str, remaining: Quantity, operator: Option<Operator>)
        -> Result<Ticket, Error>;
    hurry() -> Result<(), Error>;
    resume() -> Result<(), Error>;
    close() -> ();
}
