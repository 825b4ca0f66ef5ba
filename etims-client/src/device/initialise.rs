//! Initialisation: once in a device's life, with KRA's raw answer on the disk before anybody reads it.

use etims_core::party::Seller;
use etims_core::submission::{CounterScopes, WriteRule};
use etims_core::wire::lookups::{InitialisedDevice, initialise_body};
use etims_core::wire::{Dialect, Operation, Outcome, Reply};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Inner;
use super::identity::DeviceIdentity;
use crate::connection::Connection;
use crate::credentials::{Binding, Vault};
use crate::error::Error;
use crate::store::{DeviceRow, DeviceStatus, Store};

/// The identity the store knows; the connection gets the key. An answer that was kept but not read is read now.
pub(super) async fn known_identity(
    store: &dyn Store,
    connection: &Connection,
    vault: &Vault,
    seller: &Seller,
    scope: &str,
    scopes: CounterScopes,
) -> Result<Option<DeviceIdentity>, Error> {
    let Some(row) = store.device(scope).await? else { return Ok(None) };
    let binding = binding(seller, &row.serial);
    match (row.status, &row.sealed_key, &row.sealed_answer, &row.identity) {
        (DeviceStatus::Ready, sealed, _, Some(identity)) => {
            // A VSCU keeps its key to itself.
            if let Some(sealed) = sealed {
                let key = vault.open(sealed, &binding)?;
                let key =
                    std::str::from_utf8(&key).map_err(|_| Error::Misuse("the stored key is not text".to_owned()))?;
                connection.set_communication_key(&SecretString::from(key));
            }
            let identity = serde_json::from_str(identity)
                .map_err(|error| Error::Misuse(format!("the stored identity cannot be read: {error}")))?;
            Ok(Some(identity))
        }
        (DeviceStatus::Answered, _, Some(sealed), _) => {
            let answer = vault.open(sealed, &binding)?;
            let raw = KeptAnswer::read(&answer)?;
            finish(store, connection, vault, seller, scopes, &row, &raw).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Asks KRA for the device's key.
pub(super) async fn initialise(inner: &Inner, serial: &str) -> Result<DeviceIdentity, Error> {
    let seller = &inner.seller;
    let row = DeviceRow {
        device: inner.scope.clone(),
        dialect: inner.dialect,
        serial: serial.to_owned(),
        status: DeviceStatus::Initialising,
        identity: None,
        sealed_answer: None,
        sealed_key: None,
    };
    inner.store.begin_initialise(row.clone()).await?;
    let body = initialise_body(seller, serial);
    let answer = match inner.connection.call(Operation::Initialise, &body, &|| true).await {
        Ok(answer) => answer,
        Err(error) => {
            if error.delivery == etims_core::wire::Delivery::NotSent {
                inner.store.finish_initialise(DeviceRow { status: DeviceStatus::Failed, ..row }).await?;
            }
            return Err(error.into());
        }
    };
    let kept = KeptAnswer { status: answer.status, body: Zeroizing::new(answer.body) };
    let sealed = inner.vault.seal(&kept.bytes(), &binding(seller, serial))?;
    inner.store.keep_initialise_answer(&inner.scope, sealed).await?;
    let identity =
        finish(inner.store.as_ref(), &inner.connection, &inner.vault, seller, inner.counters, &row, &kept).await?;
    *inner.identity.write().expect("no code that holds this lock panics") = Some(identity.clone());
    inner.codes.device_is_ready();
    Ok(identity)
}

/// Reads the kept answer and makes the device ready.
async fn finish(
    store: &dyn Store,
    connection: &Connection,
    vault: &Vault,
    seller: &Seller,
    scopes: CounterScopes,
    row: &DeviceRow,
    answer: &KeptAnswer,
) -> Result<DeviceIdentity, Error> {
    let reply = Reply::parse(Operation::Initialise, answer.status, &answer.body);
    let failed = DeviceRow { status: DeviceStatus::Failed, ..row.clone() };
    let fault = match reply.outcome {
        // Where it cannot be read, the answer stays kept, sealed: a later version may understand it.
        Outcome::Accepted => {
            let device = InitialisedDevice::read(&reply).ok_or_else(|| unreadable("no device"))?;
            let identity =
                DeviceIdentity::of(&device, &row.serial).ok_or_else(|| unreadable("no control unit number (sdcId)"))?;
            let key = match device.communication_key {
                Some(key) => Some(SecretString::from(key)),
                // It keeps its key to itself.
                None if row.dialect == Dialect::Vscu => None,
                None => return Err(unreadable("no communication key (cmcKey)")),
            };
            let seal = |key: &SecretString| vault.seal(key.expose_secret().as_bytes(), &binding(seller, &row.serial));
            let ready = DeviceRow {
                status: DeviceStatus::Ready,
                identity: Some(serde_json::to_string(&identity).expect("an identity is always written")),
                sealed_key: key.as_ref().map(seal).transpose()?,
                ..row.clone()
            };
            let last = [
                (Operation::SaveSale, device.last_sale_number.unwrap_or(0)),
                (Operation::SavePurchase, device.last_purchase_number.unwrap_or(0)),
            ];
            // Servers of the family tell a device's last numbers; the Kenyan OSCU does not.
            if last.iter().any(|(_, last)| *last > 0) {
                store.adopt_device(ready, counters(row.dialect, scopes, seller, last)).await?;
            } else {
                store.finish_initialise(ready).await?;
            }
            if let Some(key) = &key {
                connection.set_communication_key(key);
            }
            return Ok(identity);
        }
        Outcome::DeviceProblem(fault) => Some(fault),
        Outcome::Refused(_) => None,
        // Whether KRA has handed the key out is not known: neither repeated nor forgotten.
        _ => return Err(Error::initialise(&reply, None)),
    };
    store.finish_initialise(failed).await?;
    Err(Error::initialise(&reply, fault))
}

fn unreadable(what: &str) -> Error {
    Error::Initialise { message: format!("KRA's answer has {what}; it is kept, sealed"), fault: None }
}

/// Last numbers by lane.
pub(super) fn counters(
    dialect: Dialect,
    scopes: CounterScopes,
    seller: &Seller,
    last: impl IntoIterator<Item = (Operation, u64)>,
) -> Vec<(String, u64)> {
    let (environment, pin, branch) = (seller.environment.name(), seller.pin.as_str(), seller.branch.as_str());
    let lane = |(operation, last)| match WriteRule::of(dialect, operation) {
        Some(rule) => Some((rule.lane_key(scopes, environment, pin, branch), last)),
        // Nothing sends purchases yet: their number is kept for the day that something does.
        None if operation == Operation::SavePurchase => Some((format!("{environment}/{pin}/{branch}/purchases"), last)),
        None => None,
    };
    last.into_iter().filter_map(lane).collect()
}

pub(super) fn binding<'a>(seller: &'a Seller, serial: &'a str) -> Binding<'a> {
    Binding { environment: seller.environment, pin: seller.pin.as_str(), branch: seller.branch.as_str(), serial }
}

/// KRA's raw answer: two bytes of HTTP status, then the body.
struct KeptAnswer {
    status: u16,
    body: Zeroizing<Vec<u8>>,
}

impl KeptAnswer {
    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(self.status.to_be_bytes().to_vec());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<KeptAnswer, Error> {
        let (status, body) = bytes
            .split_first_chunk::<2>()
            .ok_or_else(|| Error::Misuse("the stored answer to the initialisation is empty".to_owned()))?;
        Ok(KeptAnswer { status: u16::from_be_bytes(*status), body: Zeroizing::new(body.to_vec()) })
    }
}
