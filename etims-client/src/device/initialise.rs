//! Initialisation: once in a device's life, with KRA's raw answer on the disk before anybody reads it.

use etims_core::party::Seller;
use etims_core::wire::{Operation, Outcome, Reply};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Inner;
use super::identity::{DeviceIdentity, Initialised};
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
            finish(store, connection, vault, seller, &row, &raw).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Asks KRA for the device's key.
pub(super) async fn initialise(inner: &Inner, serial: &str) -> Result<DeviceIdentity, Error> {
    let seller = &inner.seller;
    let row = DeviceRow {
        device: inner.scope.clone(),
        dialect: inner.settings.dialect,
        serial: serial.to_owned(),
        status: DeviceStatus::Initialising,
        identity: None,
        sealed_answer: None,
        sealed_key: None,
    };
    inner.store.begin_initialise(row.clone()).await?;
    let body = serde_json::json!({
        "tin": seller.pin.as_str(), "bhfId": seller.branch.as_str(), "dvcSrlNo": serial
    });
    let body = serde_json::to_vec(&body).expect("three texts are always written");
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
    let identity = finish(inner.store.as_ref(), &inner.connection, &inner.vault, seller, &row, &kept).await?;
    *inner.identity.write().expect("no code that holds this lock panics") = Some(identity.clone());
    Ok(identity)
}

/// Reads the kept answer and makes the device ready.
async fn finish(
    store: &dyn Store,
    connection: &Connection,
    vault: &Vault,
    seller: &Seller,
    row: &DeviceRow,
    answer: &KeptAnswer,
) -> Result<DeviceIdentity, Error> {
    let reply = Reply::parse(Operation::Initialise, answer.status, &answer.body);
    let failed = DeviceRow { status: DeviceStatus::Failed, ..row.clone() };
    let fault = match reply.outcome {
        Outcome::Accepted => match Initialised::read(&reply, &row.serial) {
            Ok(Initialised { identity, key }) => {
                let sealed = vault.seal(key.expose_secret().as_bytes(), &binding(seller, &row.serial))?;
                let json = serde_json::to_string(&identity).expect("an identity is always written");
                let ready = DeviceRow {
                    status: DeviceStatus::Ready,
                    identity: Some(json),
                    sealed_key: Some(sealed),
                    ..row.clone()
                };
                store.finish_initialise(ready).await?;
                connection.set_communication_key(&key);
                return Ok(identity);
            }
            // The answer stays kept, sealed: a later version may understand it.
            Err(message) => return Err(Error::Initialise { message, fault: None }),
        },
        Outcome::DeviceProblem(fault) => Some(fault),
        Outcome::Refused(_) => None,
        // Whether KRA has handed the key out is not known: neither repeated nor forgotten.
        _ => return Err(Error::initialise(&reply, None)),
    };
    store.finish_initialise(failed).await?;
    Err(Error::initialise(&reply, fault))
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
