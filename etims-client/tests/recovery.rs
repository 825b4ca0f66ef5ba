//! Everything KRA and the network are known to do to a sale, and what becomes of it.

mod shop;

use std::time::Duration;

use etims_client::device::{Device, DeviceParts, Submission};
use etims_client::events::DeviceEvent;
use etims_client::store::StoreError;
use etims_core::codes::ItemType;
use etims_core::document::InvoiceDraft;
use etims_core::party::Buyer;
use etims_core::pin::Pin;
use etims_core::submission::{Adoption, Rejection, State, StopCause};
use etims_sandbox::{DuplicateCode, Fault, FaultKind, Operation, Sandbox};
use shop::{FOUND, GOODS, ON_DIRECT, PATIENCE, Premises, item, limits, sale, sale_of, stock_in};
use tokio::sync::broadcast::Receiver;

struct Trade {
    sandbox: Sandbox,
    _premises: Premises,
    device: Device,
}

impl Trade {
    async fn new() -> Trade {
        Trade::with(|parts| parts).await
    }

    async fn with(change: impl FnOnce(DeviceParts) -> DeviceParts) -> Trade {
        let sandbox = shop::sandbox().start().await.expect("a sandbox");
        let premises = Premises::new();
        let device = Device::with_parts(change(premises.parts(&sandbox))).await.expect("the device opens");
        device.initialise("SHOP-1").await.expect("initialised");
        shop::register(&device, shop::SERVICE, ItemType::Service).await;
        Trade { sandbox, _premises: premises, device }
    }

    async fn issue(&self, reference: &str) -> Submission {
        self.device.issue(&sale(reference), PATIENCE).await.expect("a good sale")
    }

    /// Issues one and expects it signed with the signature of the ledger's only row for it.
    async fn signed(&self, reference: &str) -> Adoption {
        let submission = self.issue(reference).await;
        self.check_signed(&submission)
    }

    fn check_signed(&self, submission: &Submission) -> Adoption {
        assert!(submission.is_signed(), "{:?} {:?}", submission.state(), submission.note());
        let ledger = self.sandbox.ledger();
        let rows: Vec<_> = ledger.iter().filter(|row| row.trader_invoice_number == submission.reference()).collect();
        assert_eq!(rows.len(), 1, "declared {} times", rows.len());
        assert_eq!(Some(rows[0].invoice_number), submission.number());
        let receipt = submission.signed_receipt().expect("a receipt");
        assert_eq!((&receipt.signature, &receipt.internal_data), (&rows[0].signature, &rows[0].internal_data));
        submission.adoption().expect("signed ones say how we know")
    }

    /// The next two go through, one after the other: nothing is stuck, nothing was skipped.
    async fn goes_on(&self) {
        for reference in ["AFTER-1", "AFTER-2"] {
            assert_eq!(self.signed(reference).await, Adoption::Answered);
        }
        let ledger = self.sandbox.ledger();
        for (index, row) in ledger.iter().enumerate() {
            assert_eq!(row.invoice_number, index as u64 + ledger[0].invoice_number, "a gap in the ledger");
        }
    }
}

fn heard(events: &mut Receiver<DeviceEvent>, wanted: impl Fn(&DeviceEvent) -> bool) -> bool {
    while let Ok(event) = events.try_recv() {
        if wanted(&event) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_lost_answer_is_found_at_kra() {
    let trade = Trade::new().await;
    let mut events = trade.device.events();
    trade.sandbox.lose_next_answer();
    assert_eq!(trade.signed("INV-1").await, FOUND);
    assert!(heard(&mut events, |event| matches!(event, DeviceEvent::Uncertain { number: Some(1), .. })));
    trade.goes_on().await;
    assert_eq!(trade.sandbox.ledger().len(), 3);
}

#[tokio::test]
async fn a_lost_request_is_sent_again_with_the_same_bytes() {
    let trade = Trade::new().await;
    let mut events = trade.device.events();
    trade.sandbox.lose_next_request();
    assert_eq!(trade.signed("INV-1").await, Adoption::Answered);
    assert!(heard(&mut events, |event| matches!(event, DeviceEvent::Resent { number: Some(1), .. })));
    trade.goes_on().await;
}

#[tokio::test]
async fn faults_that_hide_whether_it_was_recorded() {
    let trade = Trade::new().await;
    let faults = [
        (FaultKind::ResetMidBody, FOUND),
        (FaultKind::TruncateJson, FOUND),
        (FaultKind::HtmlPage { recorded: true }, FOUND),
        (FaultKind::HtmlPage { recorded: false }, Adoption::Answered),
        (FaultKind::ServerError { status: 500, recorded: true }, FOUND),
        (FaultKind::ServerError { status: 500, recorded: false }, Adoption::Answered),
        (FaultKind::ServerError { status: 502, recorded: true }, FOUND),
        (FaultKind::ServerError { status: 503, recorded: false }, Adoption::Answered),
        (FaultKind::ServerError { status: 504, recorded: true }, FOUND),
        (FaultKind::NoSignature, FOUND),
        (FaultKind::SlowDrip { milliseconds: 1 }, Adoption::Answered),
        (FaultKind::DelayAnswer { milliseconds: 2500 }, FOUND),
        (FaultKind::DelayAnswer { milliseconds: 200 }, Adoption::Answered),
    ];
    for (index, (fault, adoption)) in faults.into_iter().enumerate() {
        let name = format!("{fault:?}");
        trade.sandbox.inject(Fault::new(fault).on(Operation::SaveSale));
        assert_eq!(trade.signed(&format!("INV-{index}")).await, adoption, "{name}");
    }
    trade.goes_on().await;
}

#[tokio::test]
async fn a_request_that_arrives_after_its_repetition_is_not_declared_twice() {
    let trade = Trade::new().await;
    trade.sandbox.delay_next_request(2600);
    trade.signed("INV-1").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    trade.goes_on().await;
    assert_eq!(trade.sandbox.ledger().len(), 3);
}

#[tokio::test]
async fn a_lagging_detail_does_not_make_it_twice() {
    let trade = Trade::new().await;
    let lag = trade.sandbox.lag_details_for_look_ups(3);
    trade.sandbox.lose_next_answer();
    // 001, repetition, "expected 2", 001, 001, found.
    assert_eq!(trade.signed("INV-1").await, FOUND);
    trade.sandbox.withdraw(lag);
    trade.goes_on().await;
}

#[tokio::test]
async fn a_duplicate_on_a_repetition_is_our_own_document() {
    for code in [DuplicateCode::Overlapped, DuplicateCode::Declared, DuplicateCode::Unique] {
        let trade = Trade::new().await;
        trade.sandbox.lag_details_for_look_ups(2);
        trade.sandbox.lose_next_answer();
        trade.sandbox.inject(Fault::new(FaultKind::Duplicate { code }).every(2));
        assert_eq!(trade.signed("INV-1").await, FOUND, "{code:?}");
        trade.sandbox.heal();
        trade.goes_on().await;
    }
}

#[tokio::test]
async fn stock_that_the_lost_first_attempt_used_up_does_not_reject_the_sale() {
    let trade = Trade::new().await;
    trade.device.register_item("goods", &item(GOODS, ItemType::Goods)).await.unwrap();
    trade.device.move_stock("in", &stock_in(3)).await.unwrap();
    let three = etims_core::money::Quantity::new(3.into());
    let ticket = trade.device.report_balance("balance", GOODS, three, None).await.unwrap();
    assert!(trade.device.wait_for(&ticket, PATIENCE).await.unwrap().state().is_recorded());
    trade.sandbox.lag_details_for_look_ups(2);
    trade.sandbox.inject(Fault::new(FaultKind::StockBeforeSequence).every(1));
    trade.sandbox.lose_next_answer();
    let submission = trade.device.issue(&sale_of("INV-1", GOODS, 3), PATIENCE).await.unwrap();
    assert_eq!(trade.check_signed(&submission), FOUND);
}

#[tokio::test]
async fn a_refusal_after_a_lost_request_frees_the_number_only_when_it_is_proven() {
    let trade = Trade::with(|parts| DeviceParts { limits: limits(400), ..parts }).await;
    trade.sandbox.lose_next_request();
    let started = std::time::Instant::now();
    let refused = trade.device.issue(&sale_of("INV-1", "KE2NTNO0000077", 1), PATIENCE).await.unwrap();
    assert!(matches!(refused.state(), State::Rejected(Rejection::Refused(_))), "{:?}", refused.state());
    assert!(started.elapsed() > Duration::from_millis(400), "rejected before the second answer could prove it");
    trade.goes_on().await;
    assert_eq!(trade.sandbox.ledger()[0].invoice_number, 1);
}

#[tokio::test]
async fn a_refused_sale_frees_its_number_and_can_be_amended() {
    let trade = Trade::new().await;
    let refused = trade.device.issue(&sale_of("INV-1", "KE2NTNO0000077", 1), PATIENCE).await.unwrap();
    let State::Rejected(Rejection::Refused(refusal)) = refused.state() else { panic!("{:?}", refused.state()) };
    assert!(refusal.text.as_deref().unwrap().contains("stock"), "{refusal:?}");
    assert_eq!(refusal.refusal.field.as_deref(), Some("lines.item_code"));
    trade.goes_on().await;
    let misfit = trade.device.amend("AFTER-1", &sale("AFTER-1")).await.unwrap_err();
    assert!(misfit.to_string().contains("amend does not apply to a submission that is signed"), "{misfit}");
    trade.device.amend("INV-1", &sale("INV-1")).await.unwrap();
    let amended = trade.device.wait("INV-1", PATIENCE).await.unwrap();
    trade.check_signed(&amended);
    assert_eq!(amended.number(), Some(3));
}

#[tokio::test]
async fn another_writer_costs_a_correction_but_no_document() {
    let trade = Trade::new().await;
    let mut events = trade.device.events();
    trade.sandbox.let_foreigner_write();
    if ON_DIRECT {
        // Its record does not tell whose document it is.
        let stopped = trade.issue("INV-1").await;
        assert!(matches!(stopped.state(), State::Stopped { cause: StopCause::ForeignWriter, .. }), "{stopped:?}");
        return;
    }
    assert_eq!(trade.signed("INV-1").await, Adoption::Answered);
    assert!(heard(&mut events, |event| matches!(event, DeviceEvent::CounterCorrected { from: 0, to: 1, .. })));
    trade.goes_on().await;
}

#[tokio::test]
async fn another_writer_under_a_doubtful_number_stops_the_lane() {
    let trade = Trade::new().await;
    let silent =
        Fault::new(FaultKind::ServerError { status: 500, recorded: false }).on(Operation::InvoiceDetail).every(1);
    let silent = trade.sandbox.inject(silent);
    trade.sandbox.lose_next_request();
    let ticket = trade.device.submit(&sale("INV-1")).await.unwrap();
    let doubtful = trade.device.wait_for(&ticket, Duration::from_millis(300)).await.unwrap();
    assert!(matches!(doubtful.state(), State::Uncertain(_)), "{:?}", doubtful.state());
    // A second till with a store of its own takes the number.
    let elsewhere = Premises::new();
    let foreigner = elsewhere.open(&trade.sandbox).await;
    foreigner.initialise("SHOP-2").await.expect("initialised");
    // The direct OSCU tells little more than the buyer's PIN of a record.
    let buyer = Buyer { pin: Pin::parse("P000070014N").ok(), name: Some("Buyer Ltd".to_owned()), ..Buyer::default() };
    let theirs = InvoiceDraft { buyer: Some(buyer), ..sale("FOREIGN-1") };
    assert_eq!(foreigner.issue(&theirs, PATIENCE).await.unwrap().number(), Some(1));
    trade.sandbox.withdraw(silent);
    let stopped = trade.device.wait_for(&ticket, PATIENCE).await.unwrap();
    assert!(
        matches!(stopped.state(), State::Stopped { cause: StopCause::Conflict, .. }),
        "{:?} {:?}",
        stopped.state(),
        stopped.note()
    );
    let differing = if ON_DIRECT { "custTin" } else { "trdInvcNo" };
    assert!(stopped.note().unwrap().contains(differing), "{:?}", stopped.note());
    // Nothing follows it.
    let ticket = trade.device.submit(&sale("INV-2")).await.unwrap();
    let waiting = trade.device.wait_for(&ticket, Duration::from_millis(300)).await.unwrap();
    assert!(matches!(waiting.state(), State::Queued(_)));
    // A person sees that the number is another's and lets it be sent anew.
    trade.device.act(stopped.id(), etims_client::store::Act::Release).await.unwrap();
    for reference in ["INV-1", "INV-2"] {
        trade.check_signed(&trade.device.wait(reference, PATIENCE).await.unwrap());
    }
    trade.goes_on().await;
}

#[tokio::test]
async fn a_drifted_counter_is_corrected_once() {
    let trade = Trade::new().await;
    let mut events = trade.device.events();
    trade.sandbox.drift_counter(4);
    assert_eq!(trade.signed("INV-1").await, Adoption::Answered);
    assert!(heard(&mut events, |event| matches!(event, DeviceEvent::CounterCorrected { from: 0, to: 4, .. })));
    trade.goes_on().await;
    trade.sandbox.inject(Fault::new(FaultKind::CounterDrift { by: 2 }).every(1));
    let stopped = trade.issue("INV-2").await;
    assert!(
        matches!(stopped.state(), State::Stopped { cause: StopCause::CounterUnstable, .. }),
        "{:?}",
        stopped.state()
    );
    trade.sandbox.heal();
    trade.device.retry("INV-2").await.unwrap();
    trade.check_signed(&trade.device.wait("INV-2", PATIENCE).await.unwrap());
}

#[tokio::test]
async fn a_duplicate_on_a_first_attempt_stops_the_lane() {
    for code in [DuplicateCode::Overlapped, DuplicateCode::Declared, DuplicateCode::Unique] {
        let trade = Trade::new().await;
        trade.sandbox.call_next_a_duplicate(code);
        let stopped = trade.issue("INV-1").await;
        assert!(
            matches!(stopped.state(), State::Stopped { cause: StopCause::ForeignWriter, .. }),
            "{:?}",
            stopped.state()
        );
        trade.device.retry("INV-1").await.unwrap();
        trade.check_signed(&trade.device.wait("INV-1", PATIENCE).await.unwrap());
        trade.goes_on().await;
    }
}

#[tokio::test]
async fn a_document_that_the_server_always_fails_on_is_rejected_in_the_end() {
    let trade = Trade::with(|parts| DeviceParts { limits: limits(200), ..parts }).await;
    let fault = FaultKind::ServerError { status: 500, recorded: false };
    let fault = trade.sandbox.inject(Fault::new(fault).on(Operation::SaveSale).every(1));
    let poisoned = trade.issue("INV-1").await;
    assert!(matches!(poisoned.state(), State::Rejected(Rejection::ServerFault { .. })), "{:?}", poisoned.state());
    trade.sandbox.withdraw(fault);
    trade.goes_on().await;
    trade.device.retry("INV-1").await.unwrap();
    trade.check_signed(&trade.device.wait("INV-1", PATIENCE).await.unwrap());
}

#[tokio::test]
async fn a_stock_report_that_has_not_arrived_is_waited_for() {
    let trade = Trade::new().await;
    trade.device.register_item("goods", &item(GOODS, ItemType::Goods)).await.unwrap();
    let ticket = trade.device.submit(&sale_of("INV-1", GOODS, 1)).await.unwrap();
    // Stored after the sale: nothing makes it wait but KRA's refusals.
    let ten = etims_core::money::Quantity::new(10.into());
    trade.device.move_stock("in", &stock_in(10)).await.unwrap();
    trade.device.report_balance("balance", GOODS, ten, None).await.unwrap();
    trade.check_signed(&trade.device.wait_for(&ticket, PATIENCE).await.unwrap());
}

#[tokio::test]
async fn being_turned_away_costs_time_only() {
    let trade = Trade::new().await;
    let faults = [FaultKind::ExpireToken, FaultKind::TooManyRequests, FaultKind::ManyResults { count: 2 }];
    for (index, fault) in faults.into_iter().enumerate() {
        let name = format!("{fault:?}");
        trade.sandbox.inject(Fault::new(fault).on(Operation::SaveSale));
        assert_eq!(trade.signed(&format!("INV-{index}")).await, Adoption::Answered, "{name}");
    }
    trade.goes_on().await;
}

#[tokio::test]
async fn lost_answers_of_items_and_movements_resolve_without_a_query() {
    let trade = Trade::new().await;
    for operation in [Operation::SaveItem, Operation::StockIo, Operation::StockMaster] {
        trade.sandbox.inject(Fault::new(FaultKind::LoseAnswer).on(operation));
    }
    trade.device.register_item("goods", &item(GOODS, ItemType::Goods)).await.unwrap();
    trade.device.move_stock("in", &stock_in(10)).await.unwrap();
    let ten = etims_core::money::Quantity::new(10.into());
    let balance = trade.device.report_balance("balance", GOODS, ten, None).await.unwrap();
    assert!(trade.device.wait_for(&balance, PATIENCE).await.unwrap().state().is_recorded());
    let submission = trade.device.issue(&sale_of("INV-1", GOODS, 10), PATIENCE).await.unwrap();
    trade.check_signed(&submission);
}

#[tokio::test]
async fn while_kra_is_away_documents_queue_and_then_drain_in_order() {
    let premises = Premises::new();
    let memory = premises.store().with_file_name("kra");
    let sandbox = Sandbox::builder().state_file(&memory).start().await.expect("a sandbox");
    let device = premises.trade(&sandbox).await;
    let mut events = device.events();
    let port: u16 = sandbox.url().rsplit(':').next().unwrap().parse().unwrap();
    sandbox.shutdown().await;

    let drafts: Vec<InvoiceDraft> = (1..=5).map(|n| sale(&format!("INV-{n}"))).collect();
    for waiting in device.issue_many(&drafts, Duration::from_millis(300)).await {
        let waiting = waiting.unwrap();
        assert!(matches!(waiting.state(), State::Queued(_) | State::InFlight(_)), "{:?}", waiting.state());
        assert!(device.receipt(waiting.reference()).await.unwrap().is_none(), "a receipt before it is signed");
    }
    assert!(heard(&mut events, |event| matches!(event, DeviceEvent::Waiting { .. })));
    assert_eq!(*device.cancel("INV-5").await.unwrap().state(), State::Cancelled);

    let sandbox = Sandbox::builder().port(port).state_file(&memory).start().await.expect("KRA is back");
    for n in 1..=4 {
        let signed = device.wait(&format!("INV-{n}"), PATIENCE).await.unwrap();
        assert_eq!((signed.is_signed(), signed.number()), (true, Some(n)), "{:?}", signed.note());
        assert!(signed.is_late(), "issued in September, signed now");
    }
    let order: Vec<String> = sandbox.ledger().iter().map(|row| row.trader_invoice_number.clone()).collect();
    assert_eq!(order, ["INV-1", "INV-2", "INV-3", "INV-4"]);
    assert!(heard(&mut events, |event| matches!(event, DeviceEvent::Resumed { .. })));
}

#[tokio::test]
async fn what_kra_has_cannot_be_cancelled() {
    let trade = Trade::new().await;
    trade.signed("INV-1").await;
    let error = trade.device.cancel("INV-1").await.unwrap_err();
    assert!(error.to_string().contains("cancel does not apply to a submission that is signed"), "{error}");
    let unknown = trade.device.status("INV-9").await.unwrap_err();
    assert!(matches!(unknown, etims_client::error::Error::Store(StoreError::Unknown(_))));
}
