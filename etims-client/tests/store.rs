//! The store by itself: one reference once, lanes and their holders, damage, older copies, the chained journal.

mod shop;

use std::fs;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use etims_client::store::sqlite::{SqliteOptions, SqliteStore};
use etims_client::store::{
    Act, Binding, Bound, Credits, Evidence, FirstBinding, Follow, ListFilter, NewSubmission, Store, StoreError,
    SubmissionId, Submitted, Wait, Whereabouts,
};
use etims_core::journal::{Entry, digest, verify};
use etims_core::submission::{Comparison, Event, Moment, State};
use etims_core::wire::{Dialect, Operation, SignedReceipt};
use rusqlite::Connection;
use shop::{Premises, limits, sqlite};

const DEVICE: &str = "sandbox/P000070007R/00";
const LANE: &str = "sandbox/P000070007R/00/sales";

fn new(reference: &str) -> NewSubmission {
    NewSubmission {
        device: DEVICE.to_owned(),
        dialect: Dialect::Gateway,
        operation: Operation::SaveSale,
        lane: LANE.to_owned(),
        reference: reference.to_owned(),
        digest: digest(reference.as_bytes()),
        document: format!("{{\"reference\":\"{reference}\"}}").into_bytes(),
        issued_at: 1_800_000_000_000,
        waits: Vec::new(),
        touches: Vec::new(),
        paper_only: false,
        credits: None,
    }
}

fn body(number: u64) -> FirstBinding {
    let body = format!("{{\"invcNo\":{number}}}").into_bytes().into();
    FirstBinding { number: Some(number), body, version: None, document: None }
}

fn evidence(event: Event) -> Evidence {
    Evidence {
        event,
        at: Moment(1),
        limits: limits(100),
        http_status: Some(200),
        answer: Some(b"{}".to_vec()),
        receipt: None,
        seen: None,
        note: None,
    }
}

fn accepted(number: u64) -> Evidence {
    let receipt = SignedReceipt {
        receipt_number: number,
        total_receipt_number: Some(number),
        internal_data: "EAHSAV6ECUUXSY6PCCJYAUP6MI".to_owned(),
        signature: "QUII27MATATSHFRB".to_owned(),
        signed_at: shop::time("2026-09-17T14:09:27+03:00"),
        sdc_id: None,
        mrc_no: None,
    };
    Evidence { receipt: Some(receipt), ..evidence(Event::Accepted { receipt: true }) }
}

/// Stores one and brings it to signed.
async fn sign(store: &dyn Store, reference: &str, number: u64) -> SubmissionId {
    let Submitted { id, bound, .. } = store.submit(new(reference), Some(body(number))).await.unwrap();
    let hold = bound.expect("the lane is free").hold;
    let settled = store.settle(hold, accepted(number), Follow::default()).await.unwrap();
    assert!(matches!(settled.row.state, State::Signed { .. }));
    id
}

#[tokio::test]
async fn a_reference_stands_for_one_document() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let first = store.submit(new("INV-1"), None).await.unwrap();
    let again = store.submit(new("INV-1"), None).await.unwrap();
    assert!(first.is_new && !again.is_new && first.id == again.id);
    let other = NewSubmission { digest: digest(b"other"), ..new("INV-1") };
    assert!(matches!(store.submit(other, None).await, Err(StoreError::ReferenceTaken { state: "queued", .. })));
    let item = NewSubmission { operation: Operation::SaveItem, ..new("INV-1") };
    assert!(store.submit(item, None).await.unwrap().is_new, "an item may have an invoice's reference");
}

#[tokio::test]
async fn a_document_is_looked_up_by_its_number() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let stored = store.submit(new("INV-1"), None).await.unwrap();
    assert_eq!(store.document(stored.id).await.unwrap(), new("INV-1").document);
    let nobody = SubmissionId(stored.id.0 + 1);
    assert!(matches!(store.document(nobody).await, Err(StoreError::Unknown(_))));
}

#[tokio::test]
async fn a_long_document_is_kept_packed() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let lines: Vec<String> = (0..500).map(|line| format!("{{\"item_code\":\"KE1NTXU{line:07}\"}}")).collect();
    let long = NewSubmission { document: format!("[{}]", lines.join(",")).into_bytes(), ..new("INV-1") };
    let stored = store.submit(long.clone(), None).await.unwrap();
    assert_eq!(store.document(stored.id).await.unwrap(), long.document);
    let head = store.head(DEVICE, LANE, &[]).await.unwrap().expect("it waits");
    assert_eq!(head.document, long.document);
    let file = Connection::open(premises.store()).unwrap();
    let kept: usize =
        file.query_row("SELECT max(length(bytes)) FROM blob", [], |row| row.get::<_, u32>(0)).unwrap() as usize;
    assert!(kept < long.document.len() / 3, "{kept} of {}", long.document.len());
    file.execute("UPDATE blob SET bytes = x'F0FF'", []).unwrap();
    assert!(matches!(store.document(stored.id).await, Err(StoreError::Failed(_))), "what cannot be unpacked");
}

#[tokio::test]
async fn what_has_to_replace_its_document_is_bound_by_the_worker() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let completed = FirstBinding { document: Some(b"{\"completed\":true}".to_vec()), ..body(1) };
    let submitted = store.submit(new("INV-1"), Some(completed.clone())).await.unwrap();
    assert!(submitted.bound.is_none() && submitted.state.name() == "queued");
    let bound = store.bind(LANE, Binding { id: submitted.id, first: completed.clone() }).await.unwrap();
    assert_eq!(bound.expect("the lane is free").state.number(), Some(1));
    assert_eq!(Some(store.document(submitted.id).await.unwrap()), completed.document);
}

#[tokio::test]
async fn what_is_out_is_among_the_open_ones() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let references = async |store: &dyn Store| -> Vec<String> {
        let open = ListFilter { device: Some(DEVICE.to_owned()), open: true, ..ListFilter::default() };
        store.list(open).await.unwrap().into_iter().map(|row| row.reference).collect()
    };
    sign(&*store, "INV-1", 1).await;
    let out = store.submit(new("INV-2"), Some(body(2))).await.unwrap();
    store.submit(new("INV-3"), None).await.unwrap();
    assert_eq!(out.state.name(), "in_flight");
    assert_eq!(references(&*store).await, ["INV-2", "INV-3"]);
    assert_eq!(store.open_lanes(DEVICE).await.unwrap(), [LANE]);
    let hold = out.bound.expect("it is out").hold;
    store.settle(hold, evidence(Event::Lost), Follow::default()).await.unwrap();
    assert_eq!(references(&*store).await, ["INV-2", "INV-3"], "nobody knows what became of it");
}

static DISK_IS_SLOW: AtomicBool = AtomicBool::new(false);

fn take_time() {
    if DISK_IS_SLOW.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_caller_does_not_write_to_a_slow_disk_with_its_own_hands() {
    let premises = Premises::new();
    // This test's disk is slow when the test says so, and only then.
    let options = SqliteOptions { durable: false, after_statement: Some(take_time), ..SqliteOptions::default() };
    let store = SqliteStore::open(premises.store(), options).unwrap();
    let is_done_at_once = async |reference: &str| {
        let mut storing = store.submit(new(reference), None);
        let asked = Instant::now();
        let first_look = poll_fn(|context| Poll::Ready(storing.as_mut().poll(context))).await;
        let took = asked.elapsed();
        let is_done = first_look.is_ready();
        if !is_done {
            assert!(storing.await.unwrap().is_new);
        }
        (is_done, took)
    };
    DISK_IS_SLOW.store(true, Ordering::SeqCst);
    for reference in ["INV-1", "INV-2"] {
        let (is_done, took) = is_done_at_once(reference).await;
        assert!(!is_done && took < Duration::from_millis(100), "{reference}: {took:?}");
    }
    DISK_IS_SLOW.store(false, Ordering::SeqCst);
    for number in 3..100 {
        // A caller who asks again at once finds the thread still at it.
        tokio::time::sleep(Duration::from_millis(5)).await;
        if is_done_at_once(&format!("INV-{number}")).await.0 {
            return;
        }
    }
    panic!("the disk is fast again");
}

#[tokio::test]
async fn number_and_bytes_are_bound_late_and_in_order() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let first = store.submit(new("INV-1"), None).await.unwrap();
    // Something waits already: the second does not overtake it.
    let second = store.submit(new("INV-2"), Some(body(1))).await.unwrap();
    assert!(second.bound.is_none());
    let head = store.head(DEVICE, LANE, &[]).await.unwrap().expect("something waits");
    assert_eq!(head.id, first.id);
    let binding = |id, number| Binding { id, first: body(number) };
    assert!(store.bind(LANE, binding(first.id, 2)).await.unwrap().is_none(), "1 is next, not 2");
    let bound = store.bind(LANE, binding(first.id, 1)).await.unwrap().expect("the lane is free");
    assert!(store.bind(LANE, binding(second.id, 2)).await.unwrap().is_none(), "the lane is taken");
    // T3 of the first and T2 of the second in one commit.
    let settled = store.settle(bound.hold, accepted(1), Follow::next(binding(second.id, 2))).await.unwrap();
    let next = settled.next.expect("the second is bound in the same commit");
    assert_eq!((next.reference.as_str(), next.state.number(), settled.lane.accepted), ("INV-2", Some(2), 1));
    // A refusal frees the number for the next.
    let third = store.submit(new("INV-3"), None).await.unwrap();
    let refused = Event::Refused(etims_core::submission::Refused {
        code: None,
        text: None,
        refusal: etims_core::wire::Refusal {
            reason: etims_core::wire::RefusalReason::Field,
            field: None,
            expected: None,
            advice: None,
        },
    });
    let settled = store.settle(next.hold, evidence(refused), Follow::next(binding(third.id, 2))).await.unwrap();
    assert_eq!(settled.next.expect("bound").state.number(), Some(2));
}

/// A lane with number 1 in flight and number 2 reserved behind it. Returns the holder and what is reserved.
async fn with_reservation(store: &dyn Store) -> (Bound, SubmissionId) {
    let first = store.submit(new("INV-0"), None).await.unwrap();
    let bound = store.bind(LANE, Binding { id: first.id, first: body(1) }).await.unwrap().unwrap();
    for reference in ["INV-1", "INV-2"] {
        store.submit(new(reference), None).await.unwrap();
    }
    let binding = async |number, taken: &[SubmissionId]| {
        let head = store.head(DEVICE, LANE, taken).await.unwrap().expect("something waits");
        Binding { id: head.id, first: FirstBinding { version: Some(head.version), ..body(number) } }
    };
    let next = binding(2, &[]).await;
    let behind = binding(3, &[next.id]).await;
    let follow = Follow { reserve: Some(behind.clone()), ..Follow::next(next) };
    let next = store.settle(bound.hold, accepted(1), follow).await.unwrap().next.expect("bound");
    let reserved = next.reserved.as_ref().expect("reserved");
    assert_eq!((reserved.id, reserved.number, &*reserved.body), (behind.id, 3, &*behind.first.body));
    (next, behind.id)
}

#[tokio::test]
async fn what_is_reserved_takes_the_lane_of_a_recorded_one() {
    for (whereabouts, state) in
        [(Whereabouts::Out, "in_flight"), (Whereabouts::Unknown, "uncertain"), (Whereabouts::Here, "queued")]
    {
        let premises = Premises::new();
        let store = sqlite(&premises.store());
        let (bound, behind) = with_reservation(&*store).await;
        assert!(store.head(DEVICE, LANE, &[behind]).await.unwrap().is_none());
        let follow = Follow { reserved: whereabouts, ..Follow::default() };
        let next = store.settle(bound.hold, accepted(2), follow).await.unwrap().next;
        assert_eq!(next.as_ref().map(|next| next.hold.id), (state != "queued").then_some(behind));
        let row = store.submission(behind).await.unwrap().unwrap();
        assert_eq!((row.state.name(), row.state.number()), (state, next.is_some().then_some(3)));
        if let Some(next) = next {
            assert_eq!(&*next.body, b"{\"invcNo\":3}");
            store.settle(next.hold, accepted(3), Follow::default()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_reserved_behind_a_refused_one_waits_again() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let (bound, behind) = with_reservation(&*store).await;
    let lost = Evidence { answer: None, ..evidence(Event::Lost) };
    let lost = store.settle(bound.hold, lost, Follow::default()).await.unwrap();
    let found = Event::Found { comparison: Comparison::Conflict, receipt: true };
    store.settle(lost.hold.unwrap(), evidence(found), Follow::default()).await.unwrap();
    // It may have left before the store knew nothing any more: nobody may touch it until that is known.
    let taken_back = store.act(behind, Act::Cancel).await;
    assert!(matches!(taken_back, Err(StoreError::Misfit(_))), "{taken_back:?}");
    store.act(bound_id(&*store).await, Act::Release).await.unwrap();
    assert_eq!(store.submission(behind).await.unwrap().unwrap().state.name(), "queued");
    store.act(behind, Act::Cancel).await.unwrap();
}

#[tokio::test]
async fn what_is_reserved_behind_a_dead_holder_is_asked_about_after_it() {
    let premises = Premises::new();
    let behind = {
        let store = sqlite(&premises.store());
        with_reservation(&*store).await.1
    };
    let store = sqlite(&premises.store());
    let taken = store.take_over(DEVICE, LANE).await.unwrap().expect("its owner is gone");
    assert_eq!((taken.bound.state.name(), taken.bound.state.number()), ("uncertain", Some(2)));
    let found = Evidence { event: Event::Found { comparison: Comparison::Strong, receipt: true }, ..accepted(2) };
    let settled = store.settle(taken.bound.hold, found, Follow::default()).await.unwrap();
    assert_eq!(settled.row.state.name(), "signed");
    let next = settled.next.expect("what was reserved");
    assert_eq!((next.hold.id, next.state.name(), next.state.number()), (behind, "uncertain", Some(3)));
    let resent = store.settle(next.hold, evidence(Event::NotRecorded), Follow::default()).await.unwrap();
    assert_eq!(resent.row.state.name(), "in_flight", "the same bytes go again");
}

/// The holder of the lane.
async fn bound_id(store: &dyn Store) -> SubmissionId {
    store.lane(LANE).await.unwrap().holder.expect("the lane is held")
}

#[tokio::test]
async fn who_lost_the_lane_cannot_write_any_more() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let held = store.submit(new("INV-1"), Some(body(1))).await.unwrap().bound.unwrap();
    let other = sqlite(&premises.store());
    assert!(other.take_over(DEVICE, LANE).await.unwrap().is_none(), "its owner is alive");
    drop(store);
    let taken = other.take_over(DEVICE, LANE).await.unwrap().expect("its owner is gone");
    assert!(matches!(taken.bound.state, State::Uncertain(_)), "in flight before a restart is uncertain after it");
    assert_eq!(&*taken.bound.body, b"{\"invcNo\":1}", "the identical bytes");
    assert!(taken.bound.hold.generation > held.hold.generation);
    let late = other.settle(held.hold, accepted(1), Follow::default()).await;
    assert!(matches!(late, Err(StoreError::Superseded)), "{late:?}");
}

#[tokio::test]
async fn a_lease_that_has_run_out_can_be_taken_from_a_living_owner() {
    let premises = Premises::new();
    let hasty = SqliteOptions { request_timeout: Duration::ZERO, ..SqliteOptions::default() };
    let sleeper = SqliteStore::open(premises.store(), hasty).unwrap();
    let held = sleeper.submit(new("INV-1"), Some(body(1))).await.unwrap().bound.unwrap();
    let other = sqlite(&premises.store());
    assert!(other.take_over(DEVICE, LANE).await.unwrap().is_none(), "the lease has not run out");
    let connection = Connection::open(premises.store()).unwrap();
    connection.execute("UPDATE lane SET lease_until = 0", []).unwrap();
    assert!(other.take_over(DEVICE, LANE).await.unwrap().is_some());
    assert!(matches!(sleeper.settle(held.hold, accepted(1), Follow::default()).await, Err(StoreError::Superseded)));
}

#[tokio::test]
async fn dependents_wait_until_what_they_need_is_recorded() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let item = NewSubmission {
        operation: Operation::SaveItem,
        lane: "items".to_owned(),
        touches: vec!["KE1".to_owned()],
        ..new("item")
    };
    let item = store.submit(item, None).await.unwrap();
    let touching = Wait::Touching { operation: Operation::SaveItem, subject: "KE1".to_owned() };
    let waiting = NewSubmission { waits: vec![touching.clone()], ..new("INV-1") };
    let waiting = store.submit(waiting, Some(body(1))).await.unwrap();
    assert!(waiting.bound.is_none());
    let free = store.submit(new("INV-2"), None).await.unwrap();
    assert_eq!(store.head(DEVICE, LANE, &[]).await.unwrap().unwrap().id, free.id, "what can go goes first");
    assert!(
        matches!(store.act(item.id, Act::Cancel).await, Err(StoreError::Needed { dependent }) if dependent == "INV-1")
    );
    let first = FirstBinding { number: None, ..body(0) };
    let bound = store.bind("items", Binding { id: item.id, first }).await.unwrap().unwrap();
    store.settle(bound.hold, evidence(Event::Accepted { receipt: false }), Follow::default()).await.unwrap();
    assert_eq!(store.head(DEVICE, LANE, &[]).await.unwrap().unwrap().id, waiting.id);
    let later = NewSubmission { waits: vec![touching], ..new("INV-3") };
    let later = store.submit(later, None).await.unwrap();
    assert_eq!(store.submission(later.id).await.unwrap().unwrap().waits_for, 0, "nothing unrecorded touches it");
}

#[tokio::test]
async fn credit_notes_for_one_sale_see_each_other() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let original = sign(store.as_ref(), "INV-1", 1).await;
    let note = |reference, seen| NewSubmission { credits: Some(Credits { original, seen }), ..new(reference) };
    store.submit(note("CN-1", 0), None).await.unwrap();
    assert!(matches!(store.submit(note("CN-2", 0), None).await, Err(StoreError::CreditedMeanwhile)));
    store.submit(note("CN-2", 1), None).await.unwrap();
    assert_eq!(store.credits_of(original).await.unwrap().len(), 2);
}

#[tokio::test]
async fn people_decide_about_what_is_stuck() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let bound = store.submit(new("INV-1"), Some(body(1))).await.unwrap().bound.unwrap();
    let id = bound.hold.id;
    assert!(matches!(store.act(id, Act::Cancel).await, Err(StoreError::Misfit(_))), "it may be on its way");
    let lost =
        store.settle(bound.hold, Evidence { answer: None, ..evidence(Event::Lost) }, Follow::default()).await.unwrap();
    let found = Event::Found { comparison: etims_core::submission::Comparison::Conflict, receipt: true };
    let stopped = store.settle(lost.hold.unwrap(), evidence(found), Follow::default()).await.unwrap();
    assert!(matches!(stopped.row.state, State::Stopped { .. }));
    assert!(store.lane(LANE).await.unwrap().stopped);
    assert!(store.take_over(DEVICE, LANE).await.unwrap().is_none(), "it waits for a person, not for a worker");
    store.act(id, Act::Retry).await.unwrap();
    let taken = store.take_over(DEVICE, LANE).await.unwrap().expect("looked at again");
    assert!(matches!(taken.bound.state, State::Uncertain(_)));
    let found = Event::Found { comparison: etims_core::submission::Comparison::Conflict, receipt: true };
    store.settle(taken.bound.hold, evidence(found), Follow::default()).await.unwrap();
    let settled = store.act(id, Act::Settle).await.unwrap();
    assert!(matches!(settled.state, State::Recorded { number: Some(1), .. }));
    assert_eq!(store.lane(LANE).await.unwrap().lane.accepted, 1);
}

#[tokio::test]
async fn many_submitters_share_commits_and_keep_their_order() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    let submitted: Vec<_> = (0..500).map(|n| store.submit(new(&format!("INV-{n:03}")), None)).collect();
    let mut ids = Vec::new();
    for one in submitted {
        ids.push(one.await.unwrap().id);
    }
    assert!(ids.is_sorted(), "stored in the order they were handed in");
    let page = store.list(ListFilter { open: true, most: 200, ..ListFilter::default() }).await.unwrap();
    let next = ListFilter { open: true, most: 200, after: Some(page[199].id), ..ListFilter::default() };
    let page = store.list(next).await.unwrap();
    assert_eq!((page.len(), page[0].reference.as_str()), (200, "INV-200"));
    assert_eq!(store.counts(DEVICE).await.unwrap(), [("queued".to_owned(), 500)].into());
}

#[tokio::test]
async fn the_journal_is_chained_and_append_only() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    sign(store.as_ref(), "INV-1", 1).await;
    sign(store.as_ref(), "INV-2", 2).await;
    let rows = store.journal(DEVICE, 0, 100).await.unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["submitted", "send", "accepted", "submitted", "send", "accepted"]);
    let chain = |rows: &[etims_client::store::JournalRow]| {
        let entries = rows.iter().map(|row| {
            let submission = row.submission.map(|id| id.0);
            (Entry { at: row.at, kind: &row.kind, submission, detail: &row.detail, blob: row.blob }, row.hash)
        });
        verify(entries)
    };
    assert_eq!(chain(&rows), Ok(6));
    let connection = Connection::open(premises.store()).unwrap();
    for sql in ["DELETE FROM journal WHERE place = 2", "UPDATE journal SET detail = '{}' WHERE place = 2"] {
        assert!(connection.execute(sql, []).unwrap_err().to_string().contains("append-only"));
    }
    // Whoever goes around the guard is found out.
    connection.execute_batch("DROP TRIGGER journal_is_append_only").unwrap();
    connection.execute("UPDATE journal SET detail = '{}' WHERE place = 2", []).unwrap();
    assert_eq!(chain(&store.journal(DEVICE, 0, 100).await.unwrap()), Err(1));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_store_stays_closed_until_a_person_decides() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    for n in 1..=40 {
        sign(store.as_ref(), &format!("INV-{n}"), n).await;
    }
    drop(store);
    while fs::metadata(premises.store()).unwrap().len() < 40_000 {
        std::thread::sleep(Duration::from_millis(10)); // the threads move the log into the file as they end
    }
    let mut bytes = fs::read(premises.store()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 6000].fill(0x5a);
    fs::write(premises.store(), &bytes).unwrap();
    let error = SqliteStore::open(premises.store(), SqliteOptions::default()).unwrap_err();
    let StoreError::Corrupt { set_aside, marker, .. } = &error else { panic!("{error}") };
    assert_eq!(fs::read(set_aside).unwrap(), bytes, "set aside as it was");
    assert!(!premises.store().exists());
    let again = SqliteStore::open(premises.store(), SqliteOptions::default()).unwrap_err();
    assert!(matches!(again, StoreError::Corrupt { .. }), "still closed: {again}");
    fs::remove_file(marker).unwrap();
    SqliteStore::open(premises.store(), SqliteOptions::default()).expect("a person has decided");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let premises = Premises::new();
    fs::write(premises.store(), "not a database, whatever its name says, and long enough to be looked at").unwrap();
    let error = SqliteStore::open(premises.store(), SqliteOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn what_cannot_be_read_is_not_damaged_and_stays_where_it_is() {
    let premises = Premises::new();
    let open = || SqliteStore::open(premises.store(), SqliteOptions::default());
    fs::create_dir(premises.store()).unwrap();
    let folder = open().unwrap_err();
    assert!(matches!(&folder, StoreError::Failed(message) if message.contains("is no file")), "{folder}");
    fs::remove_dir(premises.store()).unwrap();
    let somebody_else = Connection::open(premises.store()).unwrap();
    somebody_else.execute_batch("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE theirs (id INTEGER)").unwrap();
    let locked = open().unwrap_err();
    assert!(matches!(&locked, StoreError::Failed(message) if message.contains("locked")), "{locked}");
    drop(somebody_else);
    open().expect("nothing was moved away");
}

#[tokio::test]
async fn an_older_copy_stands_still_until_a_person_lets_it_go_on() {
    let premises = Premises::new();
    let store = sqlite(&premises.store());
    sign(store.as_ref(), "INV-1", 1).await;
    drop(store);
    wait_for_farewell(&premises);
    let copy = fs::read(premises.store()).unwrap();
    let store = sqlite(&premises.store());
    sign(store.as_ref(), "INV-2", 2).await;
    drop(store);
    wait_for_farewell(&premises);
    fs::write(premises.store(), copy).unwrap();
    for _ in 0..2 {
        let store = sqlite(&premises.store());
        let halted = store.lane(LANE).await.unwrap().halted.expect("it has lost a document");
        assert!(halted.contains("may be signed already"), "{halted}");
        let submitted = store.submit(new("INV-3"), Some(body(2))).await.unwrap();
        assert!(submitted.bound.is_none(), "kept, but no number is given out");
        assert!(store.bind(LANE, Binding { id: submitted.id, first: body(2) }).await.unwrap().is_none());
    }
    let store = sqlite(&premises.store());
    store.resume().await.unwrap();
    let id = store.head(DEVICE, LANE, &[]).await.unwrap().unwrap().id;
    assert!(store.bind(LANE, Binding { id, first: body(2) }).await.unwrap().is_some());
    drop(store);
    wait_for_farewell(&premises);
    assert!(sqlite(&premises.store()).lane(LANE).await.unwrap().halted.is_none(), "decided once");
}

/// The last connection moves the log into the file and removes it.
fn wait_for_farewell(premises: &Premises) {
    let log = premises.store().with_extension("db-wal");
    for _ in 0..500 {
        if !log.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the store's threads have not ended");
}

#[tokio::test]
async fn a_store_of_a_newer_library_is_left_alone() {
    let premises = Premises::new();
    drop(sqlite(&premises.store()));
    let connection = Connection::open(premises.store()).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    let error = SqliteStore::open(premises.store(), SqliteOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::TooNew { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn two_handles_see_one_store() {
    let premises = Premises::new();
    let (here, there): (Arc<SqliteStore>, Arc<SqliteStore>) = (sqlite(&premises.store()), sqlite(&premises.store()));
    let id = sign(here.as_ref(), "INV-1", 1).await;
    assert!(matches!(there.submission(id).await.unwrap().unwrap().state, State::Signed { .. }));
    let refused = there.submit(new("INV-2"), Some(body(1))).await.unwrap();
    assert!(refused.bound.is_none(), "1 is taken");
    let bound = there.bind(LANE, Binding { id: refused.id, first: body(2) }).await.unwrap();
    assert!(bound.is_some());
}
