//! Devices whose secrets come from elsewhere or are sealed anew.

use rusqlite::{Connection, params};

use super::lane::LaneRow;
use super::{find_device, journal};
use crate::store::{DeviceRow, DeviceStatus, StoreError};

/// Takes a device over with its counters, which never go back. The kept answer of another serial goes: it is sealed for
/// that one.
pub(super) fn adopt(connection: &Connection, device: &DeviceRow, counters: &[(String, u64)]) -> Result<(), StoreError> {
    if let Some(before) = find_device(connection, &device.device)?
        && before.status == DeviceStatus::Ready
    {
        return Err(StoreError::Device(format!("the device with serial {} works here already", before.serial)));
    }
    let sql = "INSERT INTO device (scope, dialect, serial, status, identity, sealed_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (scope) DO UPDATE SET dialect = ?2, serial = ?3, status = ?4, identity = ?5, sealed_key = ?6, \
         sealed_answer = CASE serial WHEN ?3 THEN sealed_answer END";
    let DeviceRow { device: scope, dialect, serial, status, identity, sealed_key, .. } = device;
    connection.prepare_cached(sql)?.execute(params![
        scope,
        dialect.name(),
        serial,
        status.name(),
        identity,
        sealed_key
    ])?;
    for (key, last) in counters {
        let lane = LaneRow::open(connection, key)?;
        let last =
            i64::try_from(*last).map_err(|_| StoreError::Failed(format!("{last} is too large for a counter")))?;
        let sql = "UPDATE lane SET accepted = max(accepted, ?2), recorded = max(recorded, ?2) WHERE id = ?1";
        connection.prepare_cached(sql)?.execute(params![lane.id, last])?;
    }
    let counters: serde_json::Map<String, serde_json::Value> =
        counters.iter().map(|(key, last)| (key.clone(), (*last).into())).collect();
    let detail = serde_json::json!({ "serial": serial, "dialect": dialect.name(), "counters": counters });
    journal::append(connection, scope, "adopted", None, &detail.to_string(), None)
}

/// Puts secrets sealed with another key in the place of the old ones. What they hold does not change.
pub(super) fn reseal(
    connection: &Connection,
    scope: &str,
    sealed_answer: Option<&[u8]>,
    sealed_key: Option<&[u8]>,
) -> Result<(), StoreError> {
    let sql = "UPDATE device SET sealed_answer = ?2, sealed_key = ?3 WHERE scope = ?1";
    connection.prepare_cached(sql)?.execute(params![scope, sealed_answer, sealed_key])?;
    journal::append(connection, scope, "resealed", None, "{}", None)
}
