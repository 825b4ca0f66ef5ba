use std::fmt;

use crate::wire::Reply;
use crate::wire::answer_object::AnswerObject;

/// What KRA tells about a device when it is initialised. Given once: the communication key never comes again.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InitialisedDevice {
    /// The secret of this device (eTIMS `cmcKey`); none on a VSCU, which keeps it to itself.
    pub communication_key: Option<String>,
    /// Control unit number, printed on every receipt (eTIMS `sdcId`; `sdicId` in KRA's table).
    pub sdc_id: Option<String>,
    /// Machine registration number (eTIMS `mrcNo`).
    pub mrc_no: Option<String>,
    /// The device's number at KRA (eTIMS `dvcId`).
    pub device_number: Option<String>,
    /// Registered name of the taxpayer (eTIMS `taxprNm`).
    pub taxpayer_name: Option<String>,
    /// Name of the branch (eTIMS `bhfNm`).
    pub branch_name: Option<String>,
    /// County (eTIMS `prvncNm`).
    pub county: Option<String>,
    /// Sub-county (eTIMS `dstrtNm`).
    pub sub_county: Option<String>,
    /// Tax locality (eTIMS `sctrNm`).
    pub locality: Option<String>,
    /// Whether the branch is the head office (eTIMS `hqYn`).
    pub head_office: Option<bool>,
    /// Last sale's number, where the server tells it: not on the Kenyan OSCU (eTIMS `lastSaleInvcNo`).
    pub last_sale_number: Option<u64>,
    /// Last purchase's number, likewise (eTIMS `lastPchsInvcNo`).
    pub last_purchase_number: Option<u64>,
    /// 1 registered for VAT, 2 not, where the server tells it (eTIMS `vatTyCd`).
    pub vat_type: Option<String>,
}

impl InitialisedDevice {
    /// Reads the answer to an initialisation; `None` when it holds no device.
    pub fn read(reply: &Reply) -> Option<InitialisedDevice> {
        let data = AnswerObject::parse(reply.data.as_deref()?)?;
        let info = data.object("info").unwrap_or(data);
        let device = InitialisedDevice {
            communication_key: info.text("cmcKey"),
            sdc_id: info.text_of(&["sdcId", "sdicId"]),
            mrc_no: info.text("mrcNo"),
            device_number: info.text("dvcId"),
            taxpayer_name: info.text("taxprNm"),
            branch_name: info.text("bhfNm"),
            county: info.text("prvncNm"),
            sub_county: info.text("dstrtNm"),
            locality: info.text("sctrNm"),
            head_office: super::row::flag(&info, "hqYn"),
            last_sale_number: info.number("lastSaleInvcNo"),
            last_purchase_number: info.number("lastPchsInvcNo"),
            vat_type: info.text("vatTyCd"),
        };
        (device.communication_key.is_some() || device.sdc_id.is_some()).then_some(device)
    }
}

impl fmt::Debug for InitialisedDevice {
    /// Without the key and the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitialisedDevice")
            .field("sdc_id", &self.sdc_id)
            .field("mrc_no", &self.mrc_no)
            .finish_non_exhaustive()
    }
}
