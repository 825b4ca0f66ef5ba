//! A VSCU signs without KRA for a day and then stops: it is asked now and then, and not fed when it has been silent long.

use std::sync::Arc;
use std::time::Duration;

use crate::connection::Connection;
use crate::error::Error;
use crate::offline::Contact;

/// Whoever opens a device can listen to its events before the first word about the contact.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// How often it is looked whether a probe is due.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Keeps the contact for as long as the connection is in use. Without effect on the other dialects.
pub(super) fn keep(connection: &Arc<Connection>) {
    if connection.contact().is_none() {
        return;
    }
    let connection = Arc::downgrade(connection);
    tokio::spawn(async move {
        tokio::time::sleep(FIRST_LOOK).await;
        while let Some(connection) = connection.upgrade() {
            connection.keep_contact().await;
            drop(connection);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}

/// Refuses new documents for a VSCU that has been silent for too long.
pub(super) fn check(connection: &Connection) -> Result<(), Error> {
    match connection.contact() {
        Some(Contact::Refuse { since }) => Err(Error::OfflineTooLong { hours: since.as_secs() / 3600 }),
        _ => Ok(()),
    }
}
