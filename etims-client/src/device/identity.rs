use etims_core::wire::lookups::InitialisedDevice;
use serde::{Deserialize, Serialize};

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

impl DeviceIdentity {
    /// What KRA's answer says of a device; `None` without a control unit number.
    pub(super) fn of(device: &InitialisedDevice, serial: &str) -> Option<DeviceIdentity> {
        Some(DeviceIdentity {
            serial: serial.to_owned(),
            sdc_id: device.sdc_id.clone()?,
            mrc_no: device.mrc_no.clone(),
            device_id: device.device_number.clone(),
            taxpayer_name: device.taxpayer_name.clone(),
            branch_name: device.branch_name.clone(),
        })
    }
}
