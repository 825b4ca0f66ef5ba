//! The front door: initialisation once in a life, credit notes, training documents, two tills on one store, and callers
//! that go away.

mod shop;

use std::fs;
use std::time::Duration;

use etims_client::device::{Device, DeviceParts};
use etims_client::error::Error;
use etims_client::events::DeviceEvent;
use etims_client::store::{ListFilter, StoreError};
use etims_core::codes::ItemType;
use etims_core::document::{CreditLineDraft, InvoiceDraft, Mode};
use etims_core::money::Quantity;
use etims_core::submission::State;
use etims_core::wire::DeviceFault;
use etims_sandbox::{Fault, FaultKind, Operation, Sandbox};
use shop::{PATIENCE, Premises, SERVICE, sale, sale_of};

async fn sandbox() -> Sandbox {
    Sandbox::builder().seed(7).start().await.expect("a sandbox")
}

#[tokio::test]
async fn initialised_once_and_known_from_then_on() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.open(&sandbox).await;
    assert!(matches!(device.submit(&sale("INV-1")).await, Err(Error::NotInitialised(_))));
    let identity = device.initialise("SHOP-1").await.unwrap();
    let again = device.initialise("SHOP-1").await.unwrap_err();
    assert!(again.to_string().contains("initialised already"), "{again}");
    drop(device);
    let device = premises.open(&sandbox).await;
    assert_eq!(device.identity(), Some(identity));
    shop::register(&device, SERVICE, ItemType::Service).await;
    assert!(device.issue(&sale("INV-1"), PATIENCE).await.unwrap().is_signed());
}

#[tokio::test]
async fn the_key_stands_nowhere_in_clear() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    let row = device.store().devices().await.unwrap().remove(0);
    let sealed = row.sealed_key.expect("a sealed key");
    assert!(row.sealed_answer.is_some(), "the raw answer is kept too");
    drop(device);
    // What the vault opens must not be found in any file of the store.
    let config = premises.config(&sandbox);
    let keys =
        etims_client::credentials::KeyFile::apart_from(premises.keys(), &premises.store()).unwrap().read().unwrap();
    let vault = etims_client::credentials::Vault::new(keys);
    let binding = etims_client::credentials::Binding {
        environment: config.seller.environment,
        pin: config.seller.pin.as_str(),
        branch: config.seller.branch.as_str(),
        serial: "SHOP-1",
    };
    let key = vault.open(&sealed, &binding).unwrap();
    assert!(key.len() >= 16);
    for entry in fs::read_dir(premises.store().parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(key.len()).any(|window| window == &key[..]), "in clear in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_initialisation_is_told_and_never_repeated() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.open(&sandbox).await;
    sandbox.inject(Fault::new(FaultKind::LoseAnswer).on(Operation::Init));
    let error = device.initialise("SHOP-1").await.unwrap_err();
    assert!(matches!(error, Error::Call(_)), "{error}");
    drop(device);
    let device = premises.open(&sandbox).await;
    assert_eq!(device.identity(), None);
    assert_eq!(device.interrupted_initialisation().await.unwrap().as_deref(), Some("SHOP-1"));
    let again = device.initialise("SHOP-1").await.unwrap_err();
    assert!(again.to_string().contains("interrupted and is never repeated"), "{again}");
    device.initialise("SHOP-2").await.expect("a new serial");
    assert_eq!(device.interrupted_initialisation().await.unwrap(), None);
}

#[tokio::test]
async fn a_request_that_never_left_may_be_made_again() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.open(&sandbox).await;
    sandbox.shutdown().await;
    let error = device.initialise("SHOP-1").await.unwrap_err();
    assert!(matches!(&error, Error::Call(call) if call.delivery == etims_core::wire::Delivery::NotSent), "{error}");
    assert_eq!(device.interrupted_initialisation().await.unwrap(), None);
}

#[tokio::test]
async fn kra_says_that_the_device_is_installed() {
    let sandbox = sandbox().await;
    let first = Premises::new();
    first.open(&sandbox).await.initialise("SHOP-1").await.unwrap();
    let second = Premises::new();
    let error = second.open(&sandbox).await.initialise("SHOP-1").await.unwrap_err();
    assert!(matches!(error, Error::Initialise { fault: Some(DeviceFault::AlreadyInstalled), .. }), "{error}");
    assert!(error.to_string().contains("adopt"), "{error}");
}

#[tokio::test]
async fn an_answer_that_was_kept_but_not_read_is_read_at_the_next_start() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    let identity = device.identity();
    drop(device);
    // As if the process had died between keeping the answer and reading it.
    let connection = rusqlite::Connection::open(premises.store()).unwrap();
    connection.execute("UPDATE device SET status = 'answered', sealed_key = NULL, identity = NULL", []).unwrap();
    drop(connection);
    let device = premises.open(&sandbox).await;
    assert_eq!(device.identity(), identity);
    assert!(device.issue(&sale("INV-1"), PATIENCE).await.unwrap().is_signed());
}

#[tokio::test]
async fn a_credit_note_waits_for_its_original_and_prints_its_number() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    sandbox.delay_next_answer(300);
    device.submit(&sale_of("INV-1", SERVICE, 4)).await.unwrap();
    let note = InvoiceDraft::credit_note("CN-1", shop::time("2026-09-18T10:00:00+03:00"), "INV-1");
    let ticket = device.submit(&note).await.unwrap();
    let waiting = device.find(etims_core::wire::Operation::SaveSale, "CN-1").await.unwrap();
    assert_eq!((waiting.waits_for(), waiting.state().name()), (1, "queued"));
    let other = device.submit(&sale("INV-2")).await.unwrap();
    assert!(device.wait_for(&ticket, PATIENCE).await.unwrap().is_signed());
    assert!(device.wait_for(&other, PATIENCE).await.unwrap().is_signed());
    let original = device.receipt("INV-1").await.unwrap().unwrap();
    let credit = device.receipt("CN-1").await.unwrap().unwrap();
    let credits = credit.invoice.credits().unwrap();
    assert_eq!(credits.original_invoice_number, original.invoice_number);
    assert_eq!(credits.original_cu_invoice_number, original.cu_invoice_number());
    let row = sandbox.ledger().into_iter().find(|row| row.trader_invoice_number == "CN-1").unwrap();
    assert!(row.is_credit_note && row.original_invoice_number == original.invoice_number);
}

#[tokio::test]
async fn no_more_is_credited_than_was_sold_however_many_notes_come_at_once() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    assert!(device.issue(&sale_of("INV-1", SERVICE, 3), PATIENCE).await.unwrap().is_signed());
    let mut tasks = Vec::new();
    for n in 0..6 {
        let device = device.clone();
        tasks.push(tokio::spawn(async move {
            let at = shop::time("2026-09-18T10:00:00+03:00");
            let mut note = InvoiceDraft::credit_note(format!("CN-{n}"), at, "INV-1");
            let line = CreditLineDraft { line: 1, quantity: Some(Quantity::ONE), ..CreditLineDraft::default() };
            note.credit.as_mut().unwrap().lines = vec![line];
            device.issue(&note, PATIENCE).await
        }));
    }
    let mut credited = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(note) => {
                assert!(note.is_signed(), "{:?}", note.note());
                credited += 1;
            }
            Err(error) => assert!(matches!(error, Error::Invalid(_)), "{error}"),
        }
    }
    assert_eq!(credited, 3);
    // The same note again is the same ticket, although nothing is left to credit.
    let note = device.list(ListFilter::default()).await.unwrap();
    let note = note.iter().find(|one| one.reference().starts_with("CN-")).unwrap();
    let mut again = InvoiceDraft::credit_note(note.reference(), shop::time("2026-09-18T10:00:00+03:00"), "INV-1");
    let line = CreditLineDraft { line: 1, quantity: Some(Quantity::ONE), ..CreditLineDraft::default() };
    again.credit.as_mut().unwrap().lines = vec![line];
    assert!(!device.submit(&again).await.unwrap().is_new());
}

#[tokio::test]
async fn training_and_proforma_are_kept_and_never_sent() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    for (reference, mode) in [("TS-1", Mode::Training), ("PS-1", Mode::Proforma)] {
        let kept = device.issue(&InvoiceDraft { mode, ..sale(reference) }, PATIENCE).await.unwrap();
        assert_eq!(*kept.state(), State::PaperOnly);
        assert!(device.receipt(reference).await.unwrap().is_none());
    }
    assert!(device.issue(&sale("INV-1"), PATIENCE).await.unwrap().number() == Some(1));
    assert_eq!(sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn an_invalid_document_is_neither_stored_nor_sent() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    let mut bad = sale("INV-1");
    bad.lines[0].quantity = Quantity::new((-1).into());
    assert!(matches!(device.submit(&bad).await, Err(Error::Invalid(_))));
    assert!(matches!(device.status("INV-1").await, Err(Error::Store(StoreError::Unknown(_)))));
    let many = device.issue_many(&[sale("INV-2"), bad, sale("INV-3")], PATIENCE).await;
    assert!(many[0].as_ref().unwrap().is_signed() && many[2].as_ref().unwrap().is_signed());
    assert!(matches!(many[1], Err(Error::Invalid(_))));
    let order: Vec<_> = sandbox.ledger().into_iter().map(|row| row.trader_invoice_number).collect();
    assert_eq!(order, ["INV-2", "INV-3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tills_on_one_store_drain_it_together() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let here = premises.trade(&sandbox).await;
    let there = premises.open(&sandbox).await;
    sandbox.inject(Fault::new(FaultKind::LoseAnswer).on(Operation::SaveSale).with_probability(0.2, 3));
    let mut tasks = Vec::new();
    for n in 0..60 {
        let device = if n % 2 == 0 { here.clone() } else { there.clone() };
        tasks.push(tokio::spawn(async move { device.issue(&sale(&format!("INV-{n}")), PATIENCE).await.unwrap() }));
    }
    for task in tasks {
        let signed = task.await.unwrap();
        assert!(signed.is_signed(), "{}: {:?} {:?}", signed.reference(), signed.state(), signed.note());
        let rows: Vec<_> =
            sandbox.ledger().into_iter().filter(|row| row.trader_invoice_number == signed.reference()).collect();
        assert_eq!((rows.len(), Some(rows[0].invoice_number)), (1, signed.number()));
        assert_eq!(rows[0].signature, signed.signed_receipt().unwrap().signature);
    }
    let numbers: Vec<u64> = sandbox.ledger().iter().map(|row| row.invoice_number).collect();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_loses_nothing() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    for n in 0..40_u64 {
        let draft = sale(&format!("INV-{n}"));
        // Cut off at any point of its way.
        let _ = tokio::time::timeout(Duration::from_micros(n * 150), device.issue(&draft, PATIENCE)).await;
    }
    // The last one is on the lane behind all of them.
    assert!(device.issue(&sale("LAST"), PATIENCE).await.unwrap().is_signed());
    let rows = device.list(ListFilter { most: 1000, ..ListFilter::default() }).await.unwrap();
    for row in &rows {
        let settled = device.find(row.operation(), row.reference()).await.unwrap();
        assert!(settled.is_recorded(), "{}: {:?}", settled.reference(), settled.state());
    }
    let sales = rows.iter().filter(|row| row.reference() != "item-KE3NTNO0000001").count();
    assert_eq!(sandbox.ledger().len(), sales);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_looks_elsewhere_keeps_nobody_waiting() {
    let (premises, sandbox) = (Premises::new(), sandbox().await);
    let device = premises.trade(&sandbox).await;
    let other = rusqlite::Connection::open(premises.store()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let sale = sale("INV-1");
    let mut submitting = std::pin::pin!(device.submit(&sale));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut submitting).await.is_err(), "the store is taken");
    other.execute_batch("ROLLBACK").unwrap();
    // Closing waits for the lane.
    tokio::time::timeout(Duration::from_secs(5), device.close()).await.expect("the lane is free");
    assert_eq!(submitting.await.unwrap().state(), "queued");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_shut_has_closed_its_files() {
    let (premises, sandbox) = (Premises::new(), sandbox().await);
    premises.trade(&sandbox).await.shut().await;
    for round in 0..20 {
        let device = premises.open(&sandbox).await;
        device.submit(&sale(&format!("INV-{round}"))).await.unwrap();
        device.shut().await;
        // Every connection is closed: the log was moved into the file and is gone.
        assert!(!premises.beside("store").join("etims.db-wal").exists(), "round {round}");
    }
}

#[tokio::test]
async fn an_idle_device_stores_and_decides_but_sends_nothing() {
    let sandbox = sandbox().await;
    let premises = Premises::new();
    premises.trade(&sandbox).await.close().await;
    let idle = Device::with_parts(DeviceParts { idle: true, ..premises.parts(&sandbox) }).await.unwrap();
    idle.submit(&sale("INV-1")).await.unwrap();
    idle.submit(&sale("INV-2")).await.unwrap();
    let cancelled = idle.cancel("INV-1").await.unwrap();
    assert_eq!(*cancelled.state(), State::Cancelled);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(sandbox.ledger().is_empty());
    let working = premises.open(&sandbox).await;
    assert!(working.wait("INV-2", PATIENCE).await.unwrap().is_signed());
    // The device may have signed INV-2 before anybody listened: INV-3 is told for certain.
    let mut events = working.events();
    assert!(working.issue(&sale("INV-3"), PATIENCE).await.unwrap().is_signed());
    assert!(std::iter::from_fn(|| events.try_recv().ok()).any(|event| matches!(event, DeviceEvent::Signed { .. })));
    assert_eq!(sandbox.ledger().len(), 2);
}
