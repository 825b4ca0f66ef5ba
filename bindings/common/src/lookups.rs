//! What KRA answers when it is asked. What KRA records goes through the store instead.

use etims_client::connection::LookUpError;
use etims_client::device as client;
use etims_core::error;
use etims_core::pin::Pin;
use etims_core::time::Timestamp;
use etims_core::wire::lookups::{self as wire, LookUpRow};
pub use etims_core::wire::lookups::{
    Branch, BranchCustomer, CodeClass, Customer, Import, InvoiceDetail, ItemClass, ListedItem, Notice, Purchase,
    StockMove, Taxpayer,
};
use etims_core::wire::{DeviceFault, Outcome, RefusalReason, Reply};

use crate::work::Work;
use crate::{Device, Error};

/// The rows of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows; empty when KRA has nothing (new).
    pub rows: Vec<T>,
    /// What to ask from the next time, RFC 3339. Rows may come twice; none is missed.
    pub next_since: Option<String>,
}

impl<T: LookUpRow> From<wire::Listing<T>> for Listing<T> {
    fn from(listing: wire::Listing<T>) -> Listing<T> {
        Listing { next_since: listing.next_since().map(|moment| moment.to_rfc3339()), rows: listing.rows }
    }
}

/// A method for each list. `since` is RFC 3339: what the last answer said to ask from ([`Listing::next_since`]);
/// without it KRA lists everything.
macro_rules! lists {
    ($( $(#[$doc:meta])* $name:ident: $row:ident; )+) => {
        /// Lists of KRA's. Nothing found is an empty list and no error.
        impl Device { $(
            $(#[$doc])*
            pub fn $name(
                &self,
                since: Option<String>,
            ) -> Work<Listing<$row>> {
                self.with(async move |device| {
                    ready(&device)?;
                    Ok(device.connection().$name(moment(since)?).await?.into())
                })
            }
        )+ }
    };
}

lists! {
    /// All reference codes, class by class (eTIMS `selectCodeList`).
    codes: CodeClass;
    /// The item classification: tens of thousands of rows and minutes in production (eTIMS `selectItemClsList`).
    item_classes: ItemClass;
    /// KRA's announcements (eTIMS `selectNoticeList`).
    notices: Notice;
    /// Branches of the own business (eTIMS `selectBhfList`).
    branches: Branch;
    /// The own items as KRA has registered them (eTIMS `selectItemList`).
    items: ListedItem;
    /// Customs declarations waiting to be taken into stock (eTIMS `selectImportItemList`).
    imports: Import;
    /// Sales that others declared against this PIN (eTIMS `selectTrnsPurchaseSalesList`).
    purchases: Purchase;
    /// Stock that other branches sent to this one (eTIMS `selectStockMoveList`).
    stock_moves: StockMove;
    /// Customers that this branch recorded at KRA; not on a VSCU (eTIMS `selectCustomerList`).
    branch_customers: BranchCustomer;
    /// Own invoices as KRA has recorded them; not on a VSCU (eTIMS `selectTrnsSalesList`).
    sales: InvoiceDetail;
}

impl Device {
    /// One invoice as KRA has recorded it; `None` when it has not. Not on a VSCU (eTIMS `selectInvoiceDetails`).
    pub fn invoice(&self, number: u64) -> Work<Option<InvoiceDetail>> {
        self.with(async move |device| {
            ready(&device)?;
            Ok(device.connection().invoice(number).await?)
        })
    }

    /// The taxpayer with this PIN; `None` when KRA knows none (eTIMS `selectCustomer`).
    pub fn customer(&self, pin: String) -> Work<Option<Customer>> {
        self.with(async move |device| {
            ready(&device)?;
            let pin = Pin::parse(&pin).map_err(|problem| Error::argument("pin", problem))?;
            Ok(device.connection().customer(pin).await?)
        })
    }

    /// The own taxpayer record; not on a VSCU (eTIMS `selectTaxpayerInfo`).
    pub fn taxpayer(&self) -> Work<Option<Taxpayer>> {
        self.with(async move |device| {
            ready(&device)?;
            Ok(device.connection().taxpayer().await?)
        })
    }
}

/// KRA answers nobody without a device.
fn ready(device: &client::Device) -> Result<(), Error> {
    let missing = || Error::new(&error::NOT_INITIALISED, error::NOT_INITIALISED.sentence);
    device.identity().map(drop).ok_or_else(missing)
}

fn moment(text: Option<String>) -> Result<Option<Timestamp>, Error> {
    let read = |text: String| {
        text.parse()
            .map_err(|_| Error::argument("since", "is no moment with an offset, such as 2026-09-17T14:09:26+03:00"))
    };
    text.map(read).transpose()
}

impl From<LookUpError> for Error {
    fn from(failed: LookUpError) -> Error {
        match failed {
            LookUpError::Call(call) => etims_client::error::Error::Call(call).into(),
            LookUpError::Answer(reply) => answered(&reply),
            other => Error::new(&error::UNREADABLE_ANSWER, other),
        }
    }
}

fn answered(reply: &Reply) -> Error {
    let code = match &reply.outcome {
        Outcome::Refused(refusal) if refusal.reason == RefusalReason::Throttled => &error::THROTTLED,
        Outcome::Refused(_) | Outcome::Duplicate => &error::REFUSED,
        Outcome::DeviceProblem(fault) => device_code(*fault),
        _ => &error::UNREADABLE_ANSWER,
    };
    let message = format_args!("KRA does not answer {}: {}", reply.operation.name(), reply.summary());
    Error { delivery: reply.delivery(), ..Error::new(code, message) }
}

fn device_code(fault: DeviceFault) -> &'static error::ErrorCode {
    etims_client::error::Error::Initialise { message: String::new(), fault: Some(fault) }.code()
}
