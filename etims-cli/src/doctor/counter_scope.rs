//! Whether KRA counts by branch or by PIN: two devices of one PIN take turns, and the numbers tell.

use etims_client::config::Config;
use etims_client::device::Device;
use etims_client::store::{DeviceStatus, Store};
use etims_core::codes::{ItemType, TaxType};
use etims_core::document::ItemDraft;
use etims_core::submission::{LaneScope, WriteRule};
use etims_core::wire::Operation;

use super::probe::{PATIENCE, Probe, line, open_with, sale, stock_in, taken};
use crate::status;

/// Refuses what cannot tell anything.
pub(super) async fn check(config: &Config, second: &Config) -> Result<(), String> {
    let (first, other) = (&config.seller, &second.seller);
    if first.environment != other.environment || config.hosts.base() != second.hosts.base() {
        return Err("--second: the other branch must be at the same sandbox host".to_owned());
    }
    if first.pin != other.pin || first.branch == other.branch || config.dialect() != second.dialect() {
        return Err("--second: another branch of the same PIN on the same dialect is needed".to_owned());
    }
    let store = status::open_store(second)?;
    let row = match &store {
        Some(store) => store.device(&second.scope()).await.map_err(|error| error.to_string())?,
        None => None,
    };
    match row {
        Some(row) if row.status == DeviceStatus::Ready => Ok(()),
        _ => Err("--second: that device is not initialised: etims init with its settings".to_owned()),
    }
}

/// Issues on both devices in turn, without the settings of either being learnt from.
pub(super) async fn settle(probe: &mut Probe<'_>, second: &Config) -> Result<(), String> {
    // A service: what one branch has in stock, the other has not.
    let service = probe.item(ItemType::Service, TaxType::B, "NT").await?;
    let good = probe.item(ItemType::Goods, TaxType::B, "NT").await?;
    let questions = [
        (Operation::SaveSale, "invoices", "invoice_counter", service),
        (Operation::SaveStockMovement, "stock movements", "stock_counter", good),
    ];
    for (operation, name, setting, item) in questions {
        let scope = scope_of(probe, second, operation, &item).await?;
        let assumed = WriteRule::of(second.dialect(), operation).map(|rule| rule.scope_by(second.counters));
        let found = match scope {
            LaneScope::Pin => "one counter for all branches of the PIN",
            LaneScope::Branch => "a counter for each branch",
        };
        let verdict = if assumed == Some(scope) {
            "as it is set"
        } else {
            probe.learn(setting, scope.name());
            "NOT as it is set: set it on every branch"
        };
        probe.report.push(format!("counter scope of {name}: {found}, {verdict}"));
    }
    Ok(())
}

async fn scope_of(
    probe: &mut Probe<'_>,
    second: &Config,
    operation: Operation,
    item: &ItemDraft,
) -> Result<LaneScope, String> {
    let first = probe.config;
    let mut here = write(probe, first, operation, item).await?;
    let theirs = last(second, operation).await?;
    if theirs == Some(here) && last(first, operation).await? != theirs {
        // The next number of both would be the same, whoever counts.
        here = write(probe, first, operation, item).await?;
    }
    let there = write(probe, second, operation, item).await?;
    Ok(if there == here + 1 { LaneScope::Pin } else { LaneScope::Branch })
}

async fn last(config: &Config, operation: Operation) -> Result<Option<u64>, String> {
    match status::open_store(config)? {
        Some(store) => status::last_number(&store, config, operation).await,
        None => Ok(None),
    }
}

/// The number under which KRA took one more document of a device.
async fn write(probe: &mut Probe<'_>, config: &Config, operation: Operation, item: &ItemDraft) -> Result<u64, String> {
    let reference = probe.next_reference();
    let device = open_with(config, config.settings.clone()).await?;
    let number = write_on(&device, operation, &reference, item).await;
    device.close().await;
    number
}

async fn write_on(device: &Device, operation: Operation, reference: &str, item: &ItemDraft) -> Result<u64, String> {
    let submission = if operation == Operation::SaveSale {
        let draft = sale(reference, serde_json::json!([line(item, "1", serde_json::Value::Null)]))?;
        device.issue(&draft, PATIENCE).await
    } else {
        let movement = stock_in(item, 1);
        match device.move_stock(reference, &movement).await {
            Ok(ticket) => device.wait_for(&ticket, PATIENCE).await,
            Err(error) => Err(error),
        }
    };
    let submission = submission.map_err(|error| error.to_string())?;
    taken(&submission)?;
    submission.number().ok_or_else(|| format!("{} has no number", submission.reference()))
}
