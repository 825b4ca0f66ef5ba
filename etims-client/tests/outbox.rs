//! The plain way of documents through store and outbox to a sandbox that speaks HTTP.

mod shop;

use etims_core::codes::ItemType;
use etims_core::submission::Adoption;
use etims_sandbox::Sandbox;
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
