use crate::party::Seller;
use crate::pin::{BranchId, Pin};
use crate::time::{Timestamp, wire_moment};
use crate::wire::Dialect;
use crate::wire::body::Body;

/// What a look-up asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What was added or changed since then (eTIMS `lastReqDt`).
    Since(Timestamp),
    /// The taxpayer with this PIN (eTIMS `custmTin`).
    Customer(Pin),
    /// The invoice with this number (eTIMS `invcNo`).
    Invoice(u64),
}

/// Writes the body of a look-up. On the gateway and the VSCU it says who asks; on the direct OSCU the headers do.
pub fn look_up_body(ask: Ask, pin: Pin, branch: BranchId, dialect: Dialect) -> Vec<u8> {
    let mut body = Body::new(80);
    if dialect != Dialect::DirectOscu {
        body.text("tin", pin.as_str()).text("bhfId", branch.as_str());
    }
    match ask {
        Ask::Since(moment) => body.text("lastReqDt", &wire_moment(moment)),
        Ask::Customer(pin) => body.text("custmTin", pin.as_str()),
        Ask::Invoice(number) => body.integer("invcNo", number),
    };
    body.finish()
}

/// Writes the body of a device's initialisation, the same on every dialect (eTIMS `tin`, `bhfId`, `dvcSrlNo`).
pub fn initialise_body(seller: &Seller, serial: &str) -> Vec<u8> {
    let mut body = Body::new(120);
    body.text("tin", seller.pin.as_str()).text("bhfId", seller.branch.as_str()).text("dvcSrlNo", serial);
    body.finish()
}
