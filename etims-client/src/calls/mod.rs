//! Look-ups, one typed method each. What KRA records goes through the outbox instead.

use etims_core::pin::Pin;
use etims_core::time::{EAST_AFRICA, Timestamp};
use etims_core::wire::Operation;
use etims_core::wire::lookups::{
    Ask, Branch, BranchCustomer, CodeClass, Customer, Import, InvoiceDetail, ItemClass, ListedItem, Listing, LookUpRow,
    Notice, Purchase, StockMove, Taxpayer, look_up_body,
};

use crate::connection::{Connection, LookUpError};

/// What listing calls take for "since the beginning": before eTIMS began, and accepted by KRA's servers.
pub fn beginning() -> Timestamp {
    chrono::NaiveDate::from_ymd_opt(2018, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .and_then(|moment| moment.and_local_timezone(EAST_AFRICA).single())
        .expect("1 January 2018 is a date")
}

/// Every method asks once, and again after faults that pass. `since` is the time up to which the caller knows the list
/// already ([`Listing::next_since`] of the last answer); `None` asks for everything. KRA sends each list whole.
///
/// # Errors
/// All of them give [`LookUpError`]. "Nothing found" is an empty list and no error.
impl Connection {
    async fn list<T: LookUpRow>(&self, operation: Operation, ask: Ask) -> Result<Listing<T>, LookUpError> {
        let body = look_up_body(ask, self.pin(), self.branch(), self.dialect());
        let reply = self.look_up(operation, &body).await?;
        Listing::read(&reply).ok_or_else(|| LookUpError::Answer(Box::new(reply)))
    }

    async fn since<T: LookUpRow>(&self, since: Option<Timestamp>) -> Result<Listing<T>, LookUpError> {
        self.list(T::OPERATION, Ask::Since(since.unwrap_or_else(beginning))).await
    }

    /// All reference codes, class by class (eTIMS `selectCodeList`).
    pub async fn codes(&self, since: Option<Timestamp>) -> Result<Listing<CodeClass>, LookUpError> {
        self.since(since).await
    }

    /// The item classification: tens of thousands of rows and minutes in production (eTIMS `selectItemClsList`).
    pub async fn item_classes(&self, since: Option<Timestamp>) -> Result<Listing<ItemClass>, LookUpError> {
        self.since(since).await
    }

    /// KRA's announcements (eTIMS `selectNoticeList`).
    pub async fn notices(&self, since: Option<Timestamp>) -> Result<Listing<Notice>, LookUpError> {
        self.since(since).await
    }

    /// Branches of the own business (eTIMS `selectBhfList`).
    pub async fn branches(&self, since: Option<Timestamp>) -> Result<Listing<Branch>, LookUpError> {
        self.since(since).await
    }

    /// The own items as KRA has registered them (eTIMS `selectItemList`).
    pub async fn items(&self, since: Option<Timestamp>) -> Result<Listing<ListedItem>, LookUpError> {
        self.since(since).await
    }

    /// Customs declarations waiting to be taken into stock (eTIMS `selectImportItemList`).
    pub async fn imports(&self, since: Option<Timestamp>) -> Result<Listing<Import>, LookUpError> {
        self.since(since).await
    }

    /// Sales that others declared against this PIN and that wait to be confirmed (eTIMS `selectTrnsPurchaseSalesList`).
    pub async fn purchases(&self, since: Option<Timestamp>) -> Result<Listing<Purchase>, LookUpError> {
        self.since(since).await
    }

    /// Stock that other branches sent to this one (eTIMS `selectStockMoveList`). Right after a stock movement the
    /// gateway may find nothing, or answer 504.
    pub async fn stock_moves(&self, since: Option<Timestamp>) -> Result<Listing<StockMove>, LookUpError> {
        self.since(since).await
    }

    /// Customers that this branch recorded at KRA; not on a VSCU (eTIMS `selectCustomerList`).
    pub async fn branch_customers(&self, since: Option<Timestamp>) -> Result<Listing<BranchCustomer>, LookUpError> {
        self.since(since).await
    }

    /// Own invoices as KRA has recorded them; not on a VSCU. The shape of this answer is not documented: rows may be
    /// missing (eTIMS `selectTrnsSalesList`).
    pub async fn sales(&self, since: Option<Timestamp>) -> Result<Listing<InvoiceDetail>, LookUpError> {
        self.list(Operation::SelectSales, Ask::Since(since.unwrap_or_else(beginning))).await
    }

    /// One invoice as KRA has recorded it; `None` when it has not. Not on a VSCU (eTIMS `selectInvoiceDetails`).
    pub async fn invoice(&self, number: u64) -> Result<Option<InvoiceDetail>, LookUpError> {
        let listing = self.list(InvoiceDetail::OPERATION, Ask::Invoice(number)).await?;
        Ok(listing.rows.into_iter().next())
    }

    /// The taxpayer with this PIN; `None` when KRA knows none: the check of a buyer before invoicing (eTIMS
    /// `selectCustomer`).
    pub async fn customer(&self, pin: Pin) -> Result<Option<Customer>, LookUpError> {
        let listing = self.list(Customer::OPERATION, Ask::Customer(pin)).await?;
        Ok(listing.rows.into_iter().next())
    }

    /// The own taxpayer record; not on a VSCU (eTIMS `selectTaxpayerInfo`).
    pub async fn taxpayer(&self) -> Result<Option<Taxpayer>, LookUpError> {
        let listing: Listing<Taxpayer> = self.since(None).await?;
        Ok(listing.rows.into_iter().next())
    }
}
