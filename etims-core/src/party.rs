//! Who sells, who buys, who stands at the till.
//!
//! Names, contacts and numbers of documents are personal data: `Debug` says whether they are there and not what they are.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::pin::{BranchId, Pin};
use crate::wire::Environment;

/// The seller as printed and sent. It belongs to the device, never to a document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seller {
    /// Taxpayer PIN (eTIMS `tin`).
    pub pin: Pin,
    /// Branch, 00 for the head office (eTIMS `bhfId`).
    #[serde(default)]
    pub branch: BranchId,
    /// Name over the shop (eTIMS `trdeNm`, cut to 20 characters on the wire, whole on paper).
    #[serde(default)]
    pub trade_name: Option<String>,
    /// Street address (eTIMS `adrs`).
    #[serde(default)]
    pub address: Option<String>,
    /// Town, printed after the address.
    #[serde(default)]
    pub city: Option<String>,
    /// Message above the lines (eTIMS `topMsg`, cut to 20 characters on the wire).
    #[serde(default)]
    pub top_message: Option<String>,
    /// Message at the foot (eTIMS `btmMsg`, cut to 20 characters on the wire).
    #[serde(default)]
    pub bottom_message: Option<String>,
    /// Which of KRA's systems the receipt's QR code points to.
    #[serde(default)]
    #[schemars(with = "String")]
    pub environment: Environment,
}

impl Seller {
    /// A head office known only by its PIN, on KRA's test system.
    pub fn new(pin: Pin) -> Seller {
        Seller {
            pin,
            branch: BranchId::default(),
            trade_name: None,
            address: None,
            city: None,
            top_message: None,
            bottom_message: None,
            environment: Environment::Sandbox,
        }
    }

    /// Address and town on one line (eTIMS `adrs`).
    pub fn full_address(&self) -> Option<String> {
        match (&self.address, &self.city) {
            (Some(address), Some(city)) => Some(format!("{address}, {city}")),
            (Some(only), None) | (None, Some(only)) => Some(only.clone()),
            (None, None) => None,
        }
    }
}

/// The buyer as the caller gives it. Everything is optional; a PIN needs a name.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Buyer {
    /// Buyer's PIN, given when the buyer claims the expense or input VAT (eTIMS `custTin`).
    pub pin: Option<Pin>,
    /// Buyer's name (eTIMS `custNm`); a credit note must repeat it.
    pub name: Option<String>,
    /// Phone (eTIMS `custMblNo`).
    pub phone: Option<String>,
    /// Postal or street address, printed only.
    pub address: Option<String>,
    /// A passport or identity card: does not fit into `custTin`, goes into the remark.
    pub id: Option<BuyerId>,
    /// Number of the exemption certificate or zero-rating letter, goes into the remark.
    pub exemption: Option<String>,
}

/// A document that identifies a buyer without a PIN.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BuyerId {
    /// What kind of document, for instance `passport`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number.
    pub number: String,
}

/// Who works the till.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Operator {
    /// Identifier (eTIMS `regrId`, 20 characters, never cut).
    pub id: Option<String>,
    /// Name (eTIMS `regrNm`, 60 characters).
    pub name: Option<String>,
}

/// Stands for personal data in `Debug`.
pub(crate) struct Hidden;

impl Hidden {
    pub(crate) fn in_place_of<T>(value: &Option<T>) -> Option<Hidden> {
        value.as_ref().map(|_| Hidden)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Seller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seller")
            .field("pin", &self.pin)
            .field("branch", &self.branch)
            .field("trade_name", &Hidden::in_place_of(&self.trade_name))
            .field("address", &Hidden::in_place_of(&self.address))
            .field("city", &self.city)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buyer")
            .field("pin", &self.pin)
            .field("name", &Hidden::in_place_of(&self.name))
            .field("phone", &Hidden::in_place_of(&self.phone))
            .field("address", &Hidden::in_place_of(&self.address))
            .field("id", &self.id)
            .field("exemption", &Hidden::in_place_of(&self.exemption))
            .finish()
    }
}

impl fmt::Debug for BuyerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuyerId").field("kind", &self.kind).field("number", &Hidden).finish()
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("id", &self.id).field("name", &Hidden::in_place_of(&self.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_that_personal_data_is_there_and_not_what_it_is() {
        let buyer = Buyer {
            pin: Pin::parse("A001234567R").ok(),
            name: Some("Zawadi Achieng".to_owned()),
            phone: Some("0799123456".to_owned()),
            address: None,
            id: Some(BuyerId { kind: "passport".to_owned(), number: "AK0412345".to_owned() }),
            exemption: Some("KRA/EX/1".to_owned()),
        };
        assert_eq!(
            format!("{buyer:?}"),
            "Buyer { pin: Some(Pin(A00*****7R)), name: Some(***), phone: Some(***), address: None, \
             id: Some(BuyerId { kind: \"passport\", number: *** }), exemption: Some(***) }"
        );
        let till = Operator { id: Some("till1".to_owned()), name: Some("Asha".to_owned()) };
        assert_eq!(format!("{till:?}"), "Operator { id: Some(\"till1\"), name: Some(***) }");
        let seller =
            Seller { trade_name: Some("Asha's".to_owned()), ..Seller::new(Pin::parse("A001234567R").unwrap()) };
        assert!(!format!("{seller:?}").contains("Asha"));
    }
}
