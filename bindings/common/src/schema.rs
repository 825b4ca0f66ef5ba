use etims_core::document::InvoiceDraft;
use etims_core::party::Seller;
use schemars::schema_for;

/// JSON schema of the invoice document.
pub fn invoice_schema() -> String {
    schema_for!(InvoiceDraft).to_value().to_string()
}

/// JSON schema of the seller.
pub fn seller_schema() -> String {
    schema_for!(Seller).to_value().to_string()
}
