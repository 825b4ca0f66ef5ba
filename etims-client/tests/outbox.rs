//! The plain way of documents through store and outbox to a sandbox that speaks HTTP.

mod shop;

use etims_core::codes::ItemType;
use etims_core::submission::Adoption;
use etims_sandbox::{Fault, FaultKind, Operation, Sandbox};
use shop::{GOODS, PATIENCE, Premises, item, sale, sale_of, stock_in};

#[tokio::test]
async fn documents_are_signed_in_order_with_the_ledgers_signatures() {
    let sandbox = Sandbox::builder().seed(7).start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    for n in 1..=5 {
        let signed = device.issue(&sale(&format!("INV-{n}")), PATIENCE).await.expect("a good sale");
        assert!(signed.is_signed(), "{:?} {:?}", signed.state(), signed.note());
        assert_eq!((signed.number(), signed.adoption()), (Some(n), Some(Adoption::Answered)));
        let row = &sandbox.ledger()[usize::try_from(n - 1).unwrap()];
        assert_eq!(row.trader_invoice_number, format!("INV-{n}"));
        let receipt = device.receipt(&format!("INV-{n}")).await.unwrap().expect("a receipt");
        assert_eq!(receipt.receipt.signature, row.signature);
        assert_eq!(receipt.cu_invoice_number(), format!("{}/{}", row.sdc_id, row.receipt_number));
    }
    assert_eq!(sandbox.ledger().len(), 5);
}

#[tokio::test]
async fn the_same_draft_again_is_the_same_ticket_and_another_one_is_an_error() {
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    let first = device.submit(&sale("INV-1")).await.unwrap();
    let again = device.submit(&sale("INV-1")).await.unwrap();
    assert!(first.is_new() && !again.is_new());
    assert_eq!(first.id(), again.id());
    let other = device.submit(&sale_of("INV-1", shop::SERVICE, 2)).await.unwrap_err();
    assert!(other.to_string().contains("INV-1 was used for another document"), "{other}");
    assert!(device.wait("INV-1", PATIENCE).await.unwrap().is_signed());
    assert_eq!(sandbox.ledger().len(), 1);
}

#[tokio::test]
async fn goods_wait_for_item_stock_and_balance() {
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    device.register_item("item", &item(GOODS, ItemType::Goods)).await.unwrap();
    device.move_stock("in", &stock_in(10)).await.unwrap();
    device.report_balance("balance", GOODS, etims_core::money::Quantity::new(10.into()), None).await.unwrap();
    let signed = device.issue(&sale_of("INV-1", GOODS, 3), PATIENCE).await.unwrap();
    assert!(signed.is_signed(), "{:?} {:?}", signed.state(), signed.note());
}

#[tokio::test]
async fn what_was_queued_is_sent_by_the_next_process() {
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    device.close().await;
    for n in 1..=3 {
        device.submit(&sale(&format!("INV-{n}"))).await.unwrap();
    }
    drop(device);
    assert!(sandbox.ledger().is_empty());
    let device = premises.open(&sandbox).await;
    for n in 1..=3 {
        assert!(device.wait(&format!("INV-{n}"), PATIENCE).await.unwrap().is_signed());
    }
    assert_eq!(sandbox.ledger().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_drained_in_order_with_what_follows_reserved() {
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    shop::register(&device, GOODS, ItemType::Goods).await;
    device.close().await;
    let mut drafts: Vec<_> = (1..=40).map(|n| sale(&format!("INV-{n}"))).collect();
    // Refused: nothing of it is in stock. Its number goes to the next, whose bytes were made for the one after.
    drafts[19] = sale_of("INV-20", GOODS, 3);
    for ticket in device.submit_many(&drafts).await {
        ticket.expect("a good sale");
    }
    drop(device);
    sandbox.inject(Fault::new(FaultKind::LoseAnswer).every(30).on(Operation::SaveSale));
    let device = premises.open(&sandbox).await;
    let last = device.wait("INV-40", PATIENCE).await.unwrap();
    assert_eq!((last.is_signed(), last.number()), (true, Some(39)), "{:?} {:?}", last.state(), last.note());
    let refused = device.status("INV-20").await.unwrap();
    assert_eq!(refused.state().name(), "rejected", "{:?}", refused.note());
    let declared: Vec<_> = sandbox.ledger().iter().map(|row| row.trader_invoice_number.clone()).collect();
    let expected: Vec<_> = (1..=40).filter(|n| *n != 20).map(|n| format!("INV-{n}")).collect();
    assert_eq!(declared, expected);
    for row in sandbox.ledger() {
        let receipt = device.receipt(&row.trader_invoice_number).await.unwrap().expect("a receipt");
        assert_eq!(receipt.receipt.signature, row.signature);
    }
    let reserved = device.journal(0, 1000).await.unwrap().iter().filter(|entry| entry.kind == "reserved").count();
    assert!(reserved > 30, "{reserved} of 40 left while the one before was being stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_is_closed_finishes_what_is_out_and_sends_nothing_more() {
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    device.close().await;
    let drafts: Vec<_> = (1..=5).map(|n| sale(&format!("INV-{n}"))).collect();
    for ticket in device.submit_many(&drafts).await {
        ticket.expect("a good sale");
    }
    drop(device);
    sandbox.inject(Fault::new(FaultKind::DelayAnswer { milliseconds: 400 }).every(1).on(Operation::SaveSale));
    let device = premises.open(&sandbox).await;
    while sandbox.ledger().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // Time to make ready what follows, while the first is out.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    device.close().await;
    let states = states_of(&device).await;
    assert_eq!(states, ["signed", "queued", "queued", "queued", "queued"]);
    assert_eq!(sandbox.ledger().len(), 1);
}

async fn states_of(device: &etims_client::device::Device) -> Vec<&'static str> {
    let mut states = Vec::new();
    for n in 1..=5 {
        states.push(device.status(&format!("INV-{n}")).await.expect("it is stored").state().name());
    }
    states
}
