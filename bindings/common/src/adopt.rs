//! A device that another system initialised goes on here.

use etims_client::device as client;
use secrecy::SecretString;

use crate::Device;
use crate::device::Identity;
use crate::work::Work;

/// A device as the other system leaves it. That system must not issue anything any more.
#[derive(Clone)]
pub struct WorkingDevice {
    /// Serial number as KRA approved it; the settings' when left out.
    pub serial: Option<String>,
    /// Control unit number as printed on its receipts (eTIMS `sdcId`).
    pub sdc_id: String,
    /// Machine registration number (eTIMS `mrcNo`).
    pub mrc_no: Option<String>,
    /// Its communication key (eTIMS `cmcKey`); a VSCU keeps it to itself.
    pub communication_key: Option<SecretString>,
    /// Last invoice or credit note recorded (eTIMS `invcNo`).
    pub last_invoice: u64,
    /// Last stock movement recorded (eTIMS `sarNo`).
    pub last_stock_movement: u64,
    /// Last purchase recorded (eTIMS `invcNo` of purchases).
    pub last_purchase: u64,
    /// Running number of the last item registered (the end of eTIMS `itemCd`).
    pub last_item: u64,
}

impl Device {
    /// Takes a device over that another system initialised. It is ready when this is answered.
    ///
    /// # Errors
    /// `NOT_POSSIBLE_NOW` without a key where the dialect needs one; `INITIALISE_INTERRUPTED` when it works here already.
    pub fn adopt(&self, working: WorkingDevice) -> Work<Identity> {
        let settings = self.settings().clone();
        self.with(async move |device| {
            let serial = match working.serial {
                Some(serial) => serial,
                None => settings.config()?.serial,
            };
            let adopted = client::WorkingDevice {
                identity: client::DeviceIdentity {
                    serial,
                    sdc_id: working.sdc_id,
                    mrc_no: working.mrc_no,
                    device_id: None,
                    taxpayer_name: None,
                    branch_name: None,
                },
                key: working.communication_key,
                last_invoice: working.last_invoice,
                last_stock_movement: working.last_stock_movement,
                last_purchase: working.last_purchase,
                last_item: working.last_item,
            };
            Ok(device.adopt(adopted).await?.into())
        })
    }
}
