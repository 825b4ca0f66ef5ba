use std::collections::BTreeMap;

use etims_core::wire::Reply;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What KRA calls a device, from the answer to its initialisation. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceIdentity {
    /// Serial number as KRA approved it.
    pub serial: String,
    /// Control unit number, printed on every receipt (eTIMS `sdcId`).
    pub sdc_id: String,
    /// Machine registration number (eTIMS `mrcNo`).
    pub mrc_no: Option<String>,
    /// Device number at KRA (eTIMS `dvcId`).
    pub device_id: Option<String>,
    /// Taxpayer's registered name (eTIMS `taxprNm`).
    pub taxpayer_name: Option<String>,
    /// Branch's registered name (eTIMS `bhfNm`).
    pub branch_name: Option<String>,
}

/// What is taken out of KRA's answer.
pub(super) struct Initialised {
    pub(super) identity: DeviceIdentity,
    pub(super) key: SecretString,
}

impl Initialised {
    /// Reads `data.info`; the specification's table spells `sdcId` as `sdicId`.
    pub(super) fn read(reply: &Reply, serial: &str) -> Result<Initialised, String> {
        let fields = |json: &str| serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(json).ok();
        let data = reply.data.as_deref().and_then(fields).ok_or("KRA's answer has no data")?;
        let info = match data.get("info") {
            Some(info) => fields(info.get()).ok_or("KRA's answer has no readable info")?,
            None => data,
        };
        let text = |key: &str| -> Option<String> {
            let value = info.iter().find(|(name, _)| name.trim() == key)?.1;
            let text: Option<String> =
                serde_json::from_str(value.get()).unwrap_or_else(|_| Some(value.get().to_owned()));
            text.filter(|text| !text.is_empty())
        };
        let key = text("cmcKey").ok_or("KRA's answer has no communication key (cmcKey)")?;
        let sdc_id =
            text("sdcId").or_else(|| text("sdicId")).ok_or("KRA's answer has no control unit number (sdcId)")?;
        let identity = DeviceIdentity {
            serial: serial.to_owned(),
            sdc_id,
            mrc_no: text("mrcNo"),
            device_id: text("dvcId"),
            taxpayer_name: text("taxprNm"),
            branch_name: text("bhfNm"),
        };
        Ok(Initialised { identity, key: SecretString::from(key) })
    }
}
