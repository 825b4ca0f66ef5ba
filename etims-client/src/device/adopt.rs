//! A device that another system initialised goes on here: KRA gives its key out once, so that it has to be brought along.

use std::fmt;

use etims_core::wire::{Dialect, Operation};
use secrecy::{ExposeSecret, SecretString};

use super::{Device, DeviceIdentity, initialise};
use crate::config::Config;
use crate::credentials::{KeyRingError, Vault};
use crate::error::Error;
use crate::store::{DeviceRow, DeviceStatus, Store};

/// A device as the other system leaves it. That system must not issue anything any more.
#[derive(Clone)]
pub struct WorkingDevice {
    /// What KRA calls it.
    pub identity: DeviceIdentity,
    /// Its communication key (eTIMS `cmcKey`); a VSCU keeps it to itself.
    pub key: Option<SecretString>,
    /// Last invoice or credit note recorded (eTIMS `invcNo`).
    pub last_invoice: u64,
    /// Last stock movement recorded (eTIMS `sarNo`).
    pub last_stock_movement: u64,
    /// Last purchase recorded (eTIMS `invcNo` of purchases).
    pub last_purchase: u64,
    /// Running number of the last item registered (the end of eTIMS `itemCd`).
    pub last_item: u64,
}

impl fmt::Debug for WorkingDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkingDevice")
            .field("serial", &self.identity.serial)
            .field("last_invoice", &self.last_invoice)
            .finish_non_exhaustive()
    }
}

impl Device {
    /// Takes a device over that another system initialised. It is ready when this returns.
    ///
    /// # Errors
    /// [`Error::Misuse`] without a key where the dialect needs one; [`crate::store::StoreError::Device`] when it works
    /// here already.
    pub async fn adopt(&self, device: WorkingDevice) -> Result<DeviceIdentity, Error> {
        let inner = &self.inner;
        let dialect = inner.dialect;
        if device.key.is_none() && dialect != Dialect::Vscu {
            return Err(Error::Misuse("the device's communication key (cmcKey) has to be brought along".to_owned()));
        }
        let serial = device.identity.serial.clone();
        let seal = |key: &SecretString| {
            inner.vault.seal(key.expose_secret().as_bytes(), &initialise::binding(&inner.seller, &serial))
        };
        let row = DeviceRow {
            device: inner.scope.clone(),
            dialect,
            serial: serial.clone(),
            status: DeviceStatus::Ready,
            identity: Some(serde_json::to_string(&device.identity).expect("an identity is always written")),
            sealed_answer: None,
            sealed_key: device.key.as_ref().map(seal).transpose()?,
        };
        let last = [
            (Operation::SaveSale, device.last_invoice),
            (Operation::SaveStockMovement, device.last_stock_movement),
            (Operation::SavePurchase, device.last_purchase),
            (Operation::SaveItem, device.last_item),
        ];
        inner.store.adopt_device(row, initialise::counters(dialect, inner.counters, &inner.seller, last)).await?;
        if let Some(key) = &device.key {
            inner.connection.set_communication_key(key);
        }
        *inner.identity.write().expect("no code that holds this lock panics") = Some(device.identity.clone());
        inner.codes.device_is_ready();
        Ok(device.identity)
    }

    /// Makes a new key, puts it into the key file and seals the device's secrets with it. Older keys stay in the file:
    /// older copies of the database need them. Other devices on the same key file go on with the key they have.
    /// Returns how many secrets were sealed anew.
    ///
    /// # Errors
    /// When the keys are not in a file, or file or store cannot be written. The old keys still open everything then.
    pub async fn rotate_key(config: &Config, store: &dyn Store) -> Result<usize, Error> {
        let file = config.key_file()?.ok_or_else(|| {
            Error::Misuse("the keys are not in a file: change them where secrets.source keeps them".to_owned())
        })?;
        let mut ring = file.read()?;
        ring.rotate().map_err(KeyRingError::from)?;
        // In the file before anything is sealed with it: a key that is lost takes the device with it.
        file.replace(&ring)?;
        let vault = Vault::new(ring);
        let Some(row) = store.device(&config.scope()).await? else { return Ok(0) };
        let binding = initialise::binding(&config.seller, &row.serial);
        let reseal =
            |sealed: &Option<Vec<u8>>| sealed.as_ref().map(|sealed| vault.reseal(sealed, &binding)).transpose();
        let (answer, key) = (reseal(&row.sealed_answer)?, reseal(&row.sealed_key)?);
        let count = [&answer, &key].into_iter().flatten().count();
        if count > 0 {
            store.reseal_device(&row.device, answer, key).await?;
        }
        Ok(count)
    }
}
