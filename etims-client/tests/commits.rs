//! What a document costs on the disk.

mod shop;

use etims_sandbox::Sandbox;
use shop::{PATIENCE, Premises, sale};

#[tokio::test]
async fn an_issue_takes_two_commits_and_a_drained_document_one() {
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let premises = Premises::new();
    let device = premises.trade(&sandbox).await;
    device.issue(&sale("WARM"), PATIENCE).await.unwrap();
    let before = shop::commits(&premises.store());
    for n in 0..10 {
        assert!(device.issue(&sale(&format!("INV-{n}")), PATIENCE).await.unwrap().is_signed());
    }
    assert_eq!(shop::commits(&premises.store()) - before, 20, "T1 and T2 in one, T3 in the other");

    device.close().await;
    let drafts: Vec<_> = (0..50).map(|n| sale(&format!("QUEUED-{n}"))).collect();
    for ticket in device.submit_many(&drafts).await {
        ticket.unwrap();
    }
    drop(device);
    let device = premises.open(&sandbox).await;
    let before = shop::commits(&premises.store());
    assert!(device.wait("QUEUED-49", PATIENCE).await.unwrap().is_signed());
    let commits = shop::commits(&premises.store()) - before;
    assert!(commits <= 52, "{commits} commits for 50 documents: T3 and the next T2 share one");
}
