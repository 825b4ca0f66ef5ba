//! Any bytes are an answer. Nothing makes reading it fail, and nothing that is not a plain success is read as one.
#![no_main]

use etims_core::party::Seller;
use etims_core::pin::Pin;
use etims_core::receipt::qr::QrPayload;
use etims_core::wire::lookups::{
    Branch, BranchCustomer, CodeClass, Customer, Import, InitialisedDevice, InvoiceDetail, ItemClass, ListedItem,
    Listing, LookUpRow, Notice, Purchase, StockMove, Taxpayer,
};
use etims_core::wire::{Delivery, Expected, Finding, Operation, Outcome, Reply, checks};
use libfuzzer_sys::fuzz_target;

fn rows<T: LookUpRow>(reply: &Reply) {
    let listing = Listing::<T>::read(reply);
    assert_eq!(listing.is_some(), matches!(reply.outcome, Outcome::Accepted | Outcome::Empty));
}

fuzz_target!(|input: (u8, u16, &[u8])| {
    let (operation, status, body) = input;
    let operations: Vec<Operation> = Operation::all().collect();
    let operation = operations[usize::from(operation) % operations.len()];
    let reply = Reply::parse(operation, status, body);
    assert_eq!(Reply::parse(operation, status, body).outcome, reply.outcome);
    if body.iter().all(u8::is_ascii_whitespace) || !body.contains(&b'{') {
        assert!(!matches!(reply.outcome, Outcome::Accepted | Outcome::Empty), "{reply:?}");
    }
    if matches!(reply.outcome, Outcome::Accepted | Outcome::Refused(_)) {
        assert_eq!(reply.delivery(), Delivery::Answered);
    }
    let _ = (reply.retryable(), reply.summary());
    if let Some(text) = &reply.text {
        let _ = Expected::read(text).and_then(|expected| expected.sequence());
    }
    if let Ok(receipt) = reply.receipt() {
        let seller = Seller::new(Pin::parse("P000070007R").expect("a synthetic PIN"));
        if let Ok(payload) = QrPayload::of(&seller, &receipt) {
            assert_eq!(payload.signature(), receipt.signature);
        }
    }
    rows::<Branch>(&reply);
    rows::<BranchCustomer>(&reply);
    rows::<CodeClass>(&reply);
    rows::<Customer>(&reply);
    rows::<Import>(&reply);
    rows::<InvoiceDetail>(&reply);
    rows::<ItemClass>(&reply);
    rows::<ListedItem>(&reply);
    rows::<Notice>(&reply);
    rows::<Purchase>(&reply);
    rows::<StockMove>(&reply);
    rows::<Taxpayer>(&reply);
    let _ = InitialisedDevice::read(&reply);
    let _ = Finding::read(&reply, body, 7);
    let _ = Finding::read(&reply, b"{}", u64::MAX);
    let _ = checks::Verdict::pin(status, body);
    let _ = checks::Verdict::tcc(status, body);
    let _ = checks::Verdict::invoice(status, body);
});
