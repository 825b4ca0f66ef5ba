//! The device without async: the same answers, and work goes on in the background.

mod shop;

use etims_client::blocking::Device;
use etims_core::error;
use etims_sandbox::Sandbox;

use shop::{PATIENCE, Premises};

#[test]
fn a_program_without_async_sells_and_reads_its_receipt() {
    let premises = Premises::new();
    let sandbox_runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sandbox = sandbox_runtime.block_on(Sandbox::builder().seed(7).start()).expect("a sandbox");
    let device = Device::open(&premises.config(&sandbox)).expect("an open device");

    let early = device.submit(&shop::sale("B-0")).expect_err("not initialised");
    assert_eq!(early.code(), &error::NOT_INITIALISED);
    device.initialise("BLOCKING-1").expect("initialised");
    let item =
        device.register_item("item", &shop::item(shop::SERVICE, etims_core::codes::ItemType::Service)).expect("stored");
    assert!(device.wait_for(&item, PATIENCE).expect("an answer").is_recorded());

    let sold = device.issue(&shop::sale("B-1"), PATIENCE).expect("stored");
    assert!(sold.is_signed(), "{:?}", sold.note());
    let receipt = device.receipt("B-1").expect("stored").expect("signed");
    assert_eq!(sandbox.ledger()[0].signature, receipt.receipt.signature);
    // Another document under the reference is refused, the same one is the same.
    assert_eq!(device.submit(&shop::sale("B-1")).expect("the same").id(), sold.id());
    let status = device.run(async |device| device.status("B-1").await).expect("stored");
    assert_eq!(status.number(), Some(1));
    device.close();
}
