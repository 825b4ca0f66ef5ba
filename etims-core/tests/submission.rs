//! The submission machine against an adversarial KRA: random losses, delays, lags, faults, restarts and foreign
//! writers, with a lane that is driven as the outbox drives it.
//!
//! `PROPTEST_CASES=50000 cargo test -p etims-core --test submission` runs some three million events.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use etims_core::submission::{
    Action, Comparison, Context, Event, Lane, Limits, Moment, Recovery, Refused, Rejection, State, StopCause,
    WriteRule, step,
};
use etims_core::wire::{Dialect, Expected, Operation, Refusal, RefusalReason};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// A lost request reaches KRA within this time or never.
const TIMEOUT: u64 = 1000;
/// Invoice details lag less than this.
const LONGEST_LAG: u64 = 900;
/// What is not there after a lost request has had its time, and the detail its own, is not recorded.
const PROOF_GAP: u64 = TIMEOUT + LONGEST_LAG;
const DOCUMENTS: usize = 6;

/// What KRA has under a number: one of our documents, or somebody else's.
type Holder = Option<usize>;

struct Kra {
    next: u64,
    records: BTreeMap<u64, (Holder, u64)>,
    /// Requests still under way: when they arrive, number and document.
    under_way: Vec<(u64, u64, usize)>,
    /// Documents that KRA refuses whatever happens.
    unwanted: BTreeSet<usize>,
    /// Documents that KRA's server stumbles over.
    poisonous: BTreeSet<usize>,
    /// Documents that use up the stock: a repetition is refused for its stock before the number is looked at.
    scarce: BTreeSet<usize>,
    lag: u64,
    weak: bool,
}

impl Kra {
    fn has(&self, document: usize) -> Vec<u64> {
        self.records.iter().filter(|(_, (holder, _))| *holder == Some(document)).map(|(number, _)| *number).collect()
    }

    /// What KRA says to a request, having recorded it or not.
    fn receive(&mut self, number: u64, document: usize, now: u64) -> Event {
        if self.unwanted.contains(&document) {
            return refused(RefusalReason::Field, None);
        }
        if self.scarce.contains(&document) && !self.has(document).is_empty() {
            return refused(RefusalReason::Stock, None);
        }
        if number != self.next {
            return refused(RefusalReason::Sequence, Some(self.next));
        }
        if self.poisonous.contains(&document) {
            return Event::Fault { signature: Some("999".to_owned()) };
        }
        self.records.insert(number, (Some(document), now));
        self.next += 1;
        Event::Accepted { receipt: true }
    }

    fn deliver_late_ones(&mut self, now: u64) {
        let (due, rest) = self.under_way.drain(..).partition(|(at, ..)| *at <= now);
        self.under_way = rest;
        let mut due: Vec<_> = due;
        due.sort_unstable();
        for (at, number, document) in due {
            let _ = self.receive(number, document, at);
        }
    }

    fn detail(&self, number: u64, document: usize, now: u64) -> Event {
        match self.records.get(&number) {
            Some((_, at)) if at + self.lag > now => Event::NotRecorded,
            None => Event::NotRecorded,
            Some((holder, _)) => {
                let comparison = match (*holder == Some(document), self.weak) {
                    (false, _) => Comparison::Conflict,
                    (true, true) => Comparison::Weak,
                    (true, false) => Comparison::Strong,
                };
                Event::Found { comparison, receipt: true }
            }
        }
    }
}

fn refused(reason: RefusalReason, expected: Option<u64>) -> Event {
    let expected = expected.map(|value| Expected { value: value.into(), found: None, line: None });
    Event::Refused(Refused { code: None, text: None, refusal: Refusal { reason, field: None, expected, advice: None } })
}

struct World {
    rule: WriteRule,
    kra: Kra,
    lane: Lane,
    states: Vec<State>,
    now: u64,
    events: u64,
    signed_numbers: BTreeMap<u64, usize>,
    foreign: bool,
    /// KRA's counter started ahead of ours, with nothing recorded in between.
    drifted: bool,
}

impl World {
    fn new(traits: &[u8]) -> World {
        let pick = |seed: u8, one_in: u8| -> BTreeSet<usize> {
            (0..DOCUMENTS).filter(|document| (seed >> document) & 1 == 1 && seed.is_multiple_of(one_in)).collect()
        };
        let foreign = traits[0].is_multiple_of(4);
        let kra = Kra {
            next: 1 + u64::from(traits[1].is_multiple_of(3)) * u64::from(traits[1] % 7),
            records: BTreeMap::new(),
            under_way: Vec::new(),
            unwanted: pick(traits[2], 3),
            poisonous: pick(traits[3], 4),
            scarce: pick(traits[4], 2),
            lag: if traits[5].is_multiple_of(2) { 0 } else { u64::from(traits[5]) * LONGEST_LAG / 255 },
            // A bare detail cannot tell a foreigner's document from ours: then nobody else writes.
            weak: !foreign && traits[6].is_multiple_of(3),
        };
        World {
            rule: WriteRule::of(Dialect::Gateway, Operation::SaveSale).expect("sales go through the outbox"),
            kra,
            lane: Lane::default(),
            states: vec![State::new(); DOCUMENTS],
            now: 10_000,
            events: 0,
            signed_numbers: BTreeMap::new(),
            foreign,
            drifted: traits[1].is_multiple_of(3) && !traits[1].is_multiple_of(7),
        }
    }

    fn apply(&mut self, document: usize, event: &Event) -> Vec<Action> {
        self.events += 1;
        self.now += 1;
        self.kra.deliver_late_ones(self.now);
        let limits = Limits { proof_gap: PROOF_GAP, stock_retries: 2, poison: 3, patience: 5 };
        let context = Context { now: Moment(self.now), limits };
        let before = self.states[document].clone();
        let stepped = step(&self.rule, &self.lane, &before, event, context)
            .unwrap_or_else(|misfit| panic!("{misfit}: {event:?} for {before:?}"));
        if *event == Event::Send {
            let number = stepped.state.number().expect("sales are numbered");
            assert_eq!(number, self.lane.accepted + 1, "a number was skipped");
            assert!(number > self.lane.recorded, "{number} was recorded for us and bound again");
            assert!(!self.signed_numbers.contains_key(&number), "{number} was signed and bound again");
        }
        let released = before.holds_lane() && !stepped.state.holds_lane() && !stepped.state.is_recorded();
        if released {
            assert!(self.kra.has(document).is_empty(), "a number was freed that KRA has recorded");
            let late = self.kra.under_way.iter().any(|(.., late)| *late == document);
            assert!(!late, "a number was freed while a request with it was under way");
        }
        self.lane = stepped.lane;
        self.states[document] = stepped.state;
        self.check(document);
        stepped.actions
    }

    fn check(&mut self, document: usize) {
        let holders = self.states.iter().filter(|state| state.holds_lane()).count();
        assert!(holders <= 1, "two submissions hold one lane");
        assert_eq!(self.lane.held, holders == 1, "lane and submissions disagree");
        if let State::Signed { number, .. } = self.states[document] {
            let (holder, _) = self.kra.records.get(&number).expect("signed, but KRA has nothing under the number");
            assert_eq!(*holder, Some(document), "signed with somebody else's receipt");
            let other = self.signed_numbers.insert(number, document);
            assert!(other.is_none_or(|other| other == document), "one number signed for two documents");
        }
        for document in 0..DOCUMENTS {
            assert!(self.kra.has(document).len() <= 1, "document {document} was declared twice");
        }
    }

    fn holder(&self) -> Option<usize> {
        self.states.iter().position(State::holds_lane)
    }

    /// One turn of the lane's worker, with `choice` deciding what the world does to it.
    fn turn(&mut self, choice: u8, detail: u8) {
        self.now += u64::from(detail) * 4;
        self.kra.deliver_late_ones(self.now);
        match self.holder() {
            None => match self.states.iter().position(|state| matches!(state, State::Queued(_))) {
                Some(document) if choice == 255 => drop(self.apply(document, &Event::Cancel)),
                Some(document) => drop(self.apply(document, &Event::Send)),
                None => {}
            },
            Some(document) => match self.states[document].clone() {
                State::InFlight(claim) => {
                    let number = claim.number.expect("sales are numbered");
                    let event = self.exchange(number, document, choice, detail);
                    self.apply(document, &event);
                }
                State::Uncertain(claim) => {
                    let number = claim.asked_number().expect("sales are numbered");
                    let event = match choice % 8 {
                        0 => Event::QueryFailed,
                        1 => Event::Restarted,
                        _ => self.kra.detail(number, document, self.now),
                    };
                    self.apply(document, &event);
                }
                State::Stopped { cause, .. } => self.person(document, cause),
                other => unreachable!("{other:?} does not hold a lane"),
            },
        }
        if self.foreign && choice % 16 == 7 {
            self.kra.records.insert(self.kra.next, (None, self.now));
            self.kra.next += 1;
        }
    }

    /// What the network and KRA do to one request.
    fn exchange(&mut self, number: u64, document: usize, choice: u8, detail: u8) -> Event {
        match choice % 20 {
            0 | 1 => {
                let _ = self.kra.receive(number, document, self.now);
                Event::Lost
            }
            2 => Event::Lost,
            3 | 4 => {
                self.kra.under_way.push((self.now + u64::from(detail) * TIMEOUT / 256, number, document));
                Event::Lost
            }
            5 => Event::NotSent,
            6 => Event::TurnedAway,
            7 => Event::Fault { signature: None },
            8 => {
                let _ = self.kra.receive(number, document, self.now);
                Event::Fault { signature: Some("500".to_owned()) }
            }
            9 => Event::Restarted,
            10 => {
                let _ = self.kra.receive(number, document, self.now);
                Event::Restarted
            }
            11 => match self.kra.receive(number, document, self.now) {
                Event::Accepted { .. } => Event::Accepted { receipt: false },
                other => other,
            },
            12 => match self.kra.receive(number, document, self.now) {
                Event::Refused(Refused { refusal, .. })
                    if refusal.reason == RefusalReason::Sequence && self.kra.records.contains_key(&number) =>
                {
                    Event::Duplicate { client_error: false }
                }
                other => other,
            },
            _ => self.kra.receive(number, document, self.now),
        }
    }

    /// A person who knows the truth decides.
    fn person(&mut self, document: usize, cause: StopCause) {
        let drifted = self.drifted && cause == StopCause::NotShown;
        assert!(self.foreign || self.kra.weak || drifted, "stopped without a reason: {cause:?}");
        let under_way = self.kra.under_way.iter().any(|(.., late)| *late == document);
        let ours = self.kra.has(document);
        let number = self.states[document].number();
        if under_way {
            self.now += TIMEOUT;
            self.kra.deliver_late_ones(self.now);
        } else if !ours.is_empty() && ours.first().copied() == number {
            self.apply(document, &Event::Retry);
        } else {
            assert!(ours.is_empty(), "KRA has it under another number");
            self.apply(document, &Event::Release);
        }
    }

    /// KRA is well again: everything comes to rest.
    fn settle(&mut self) {
        self.foreign = false;
        for _ in 0..2000 {
            if self.states.iter().all(State::is_settled) && self.holder().is_none() {
                return self.check_end();
            }
            self.now += TIMEOUT / 2;
            if let Some(document) = self.holder()
                && let State::Stopped { cause, .. } = self.states[document]
            {
                self.foreign = true;
                self.person(document, cause);
                self.foreign = false;
                continue;
            }
            self.turn(19, 0);
        }
        panic!("the lane does not come to rest: {:?} {:?}", self.lane, self.states);
    }

    fn check_end(&mut self) {
        self.now += TIMEOUT;
        self.kra.deliver_late_ones(self.now);
        for (document, state) in self.states.iter().enumerate() {
            let ours = self.kra.has(document);
            match state {
                State::Signed { number, .. } => assert_eq!(ours, [*number]),
                State::Rejected(rejection) => {
                    assert!(ours.is_empty(), "document {document} is rejected and yet declared");
                    let wanted = !self.kra.unwanted.contains(&document)
                        && !self.kra.poisonous.contains(&document)
                        && !matches!(rejection, Rejection::ServerFault { .. });
                    assert!(!wanted, "document {document} is rejected without a reason: {rejection:?}");
                }
                State::Cancelled => assert!(ours.is_empty(), "document {document} is cancelled and yet declared"),
                other => panic!("document {document} came to rest as {other:?}"),
            }
        }
    }
}

#[test]
fn nothing_is_lost_doubled_or_reused() {
    let traits = prop::collection::vec(any::<u8>(), 7);
    let choices = prop::collection::vec((any::<u8>(), any::<u8>()), 50..400);
    let events = Cell::new(0);
    let outcome = TestRunner::default().run(&(traits, choices), |(traits, choices)| {
        let mut world = World::new(&traits);
        for (choice, detail) in choices {
            world.turn(choice, detail);
        }
        world.settle();
        events.set(events.get() + world.events);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} events", events.get());
    assert!(events.get() > 10_000, "the worlds were too quiet");
}

#[test]
fn a_refusal_after_a_lost_answer_does_not_free_the_number() {
    let mut world = World::new(&[1, 1, 1, 1, 1, 0, 1]);
    world.kra.next = 1;
    world.apply(0, &Event::Send);
    assert_eq!(world.kra.receive(1, 0, 0), Event::Accepted { receipt: true });
    world.apply(0, &Event::Lost);
    // The detail lags, the repetition is refused for the stock that the first one used up.
    world.apply(0, &Event::NotRecorded);
    let actions = world.apply(0, &refused(RefusalReason::Stock, None));
    assert_eq!(actions, [Action::Query]);
    assert!(world.states[0].holds_lane());
    world.apply(0, &Event::NotRecorded);
    assert!(world.states[0].holds_lane(), "two answers close together are no proof");
    world.apply(0, &Event::Found { comparison: Comparison::Strong, receipt: true });
    assert_eq!(world.states[0].name(), "signed");
}

#[test]
fn the_same_server_fault_three_times_is_poison_and_the_next_document_goes_on() {
    let mut world = World::new(&[1, 1, 1, 1, 1, 0, 1]);
    world.kra.next = 1;
    world.apply(0, &Event::Send);
    for _ in 0..3 {
        assert!(world.states[0].holds_lane());
        world.apply(0, &Event::Fault { signature: Some("999".to_owned()) });
        world.apply(0, &Event::NotRecorded);
    }
    world.now += PROOF_GAP + 1;
    world.apply(0, &Event::NotRecorded);
    assert_eq!(world.states[0], State::Rejected(Rejection::ServerFault { signature: "999".to_owned() }));
    // The same fault on the next document may be the server's: that one is tried more often.
    world.apply(1, &Event::Send);
    for _ in 0..4 {
        world.apply(1, &Event::Fault { signature: Some("999".to_owned()) });
        world.now += PROOF_GAP + 1;
        world.apply(1, &Event::NotRecorded);
    }
    assert!(matches!(world.states[1], State::InFlight(_)));
    world.kra.receive(1, 1, 0);
    world.apply(1, &Event::Accepted { receipt: true });
    assert_eq!(world.lane.poison, None);
}

#[test]
fn an_older_copy_of_the_store_finds_its_documents_instead_of_declaring_them_again() {
    let mut world = World::new(&[1, 1, 1, 1, 1, 0, 1]);
    world.kra.records = BTreeMap::from([(1, (Some(1), 0)), (2, (Some(0), 0))]);
    world.kra.next = 3;
    world.apply(0, &Event::Send);
    world.apply(0, &refused(RefusalReason::Sequence, Some(3)));
    world.apply(0, &world.kra.detail(1, 0, 10_000));
    world.apply(0, &world.kra.detail(2, 0, 10_000));
    assert!(matches!(world.states[0], State::Signed { number: 2, .. }));
}

#[test]
fn a_document_that_kra_has_shown_before_is_looked_at_before_it_is_sent() {
    let mut world = World::new(&[1, 1, 1, 1, 1, 0, 1]);
    world.kra.records = BTreeMap::from([(1, (Some(0), 0)), (2, (None, 0))]);
    world.kra.next = 3;
    let actions = world.apply(0, &Event::Seen { number: 1 });
    assert_eq!((actions, world.states[0].name()), (vec![Action::Query], "uncertain"));
    world.apply(0, &world.kra.detail(1, 0, 10_000));
    assert!(matches!(world.states[0], State::Signed { number: 1, .. }));
    world.foreign = true;
    world.apply(1, &Event::Seen { number: 2 });
    world.apply(1, &world.kra.detail(2, 1, 10_000));
    assert!(matches!(world.states[1], State::Stopped { cause: StopCause::Conflict, .. }));
}

#[test]
fn the_counter_is_corrected_once_and_never_below_what_was_recorded() {
    let mut world = World::new(&[1, 1, 1, 1, 1, 0, 1]);
    world.kra.next = 5;
    world.apply(0, &Event::Send);
    world.apply(0, &refused(RefusalReason::Sequence, Some(5)));
    for _ in 0..3 {
        world.apply(0, &Event::NotRecorded);
    }
    let actions = world.apply(0, &Event::NotRecorded);
    assert!(actions.contains(&Action::CounterCorrected { from: 0, to: 4 }));
    world.apply(0, &Event::Send);
    assert_eq!(world.states[0].number(), Some(5));
    world.apply(0, &refused(RefusalReason::Sequence, Some(4)));
    assert!(matches!(world.states[0], State::Stopped { cause: StopCause::CounterUnstable, .. }));
}

#[test]
fn a_counter_that_goes_back_stops_the_lane() {
    let mut world = World::new(&[1, 1, 1, 1, 1, 0, 1]);
    world.kra.next = 1;
    world.apply(0, &Event::Send);
    let accepted = world.kra.receive(1, 0, 0);
    world.apply(0, &accepted);
    world.apply(1, &Event::Send);
    world.apply(1, &refused(RefusalReason::Sequence, Some(1)));
    assert!(matches!(world.states[1], State::Stopped { cause: StopCause::CounterWentBack, .. }));
    world.apply(1, &Event::Retry);
    assert!(matches!(world.states[1], State::Queued(_)));
}

#[test]
fn the_other_recoveries_know_their_fate_without_asking() {
    let limits = Limits::for_timeout(TIMEOUT);
    let context = Context { now: Moment(0), limits };
    let after = |rule: &WriteRule, events: &[Event]| {
        let (mut lane, mut state) = (Lane::default(), State::new());
        for event in events {
            let stepped = step(rule, &lane, &state, event, context).expect("an event that fits");
            (lane, state) = (stepped.lane, stepped.state);
        }
        (lane, state)
    };
    let accepted = Event::Accepted { receipt: false };
    let movement = WriteRule::of(Dialect::Gateway, Operation::SaveStockMovement).unwrap();
    assert_eq!(movement.recovery, Recovery::Sequence);
    let (lane, state) =
        after(&movement, &[Event::Send, Event::Lost, Event::Resend, refused(RefusalReason::Sequence, Some(2))]);
    assert_eq!((state.name(), lane.accepted), ("recorded", 1));
    let (_, state) = after(&movement, &[Event::Send, Event::Lost, Event::Resend, refused(RefusalReason::Stock, None)]);
    assert!(matches!(state, State::Stopped { cause: StopCause::Unresolved, .. }));
    let (_, state) = after(&movement, &[Event::Send, Event::Lost, Event::Resend, accepted.clone()]);
    assert_eq!(state.name(), "recorded");
    let item = WriteRule::of(Dialect::Gateway, Operation::SaveItem).unwrap();
    let (lane, state) = after(&item, &[Event::Send, Event::Restarted, Event::Resend, accepted]);
    assert_eq!((state.name(), state.number(), lane.accepted), ("recorded", None, 0));
    let vscu = WriteRule::of(Dialect::Vscu, Operation::SaveSale).unwrap();
    let replayed = Event::Duplicate { client_error: true };
    let (_, state) = after(&vscu, &[Event::Send, Event::Lost, Event::Resend, replayed.clone()]);
    assert_eq!((state.name(), state.number()), ("recorded", Some(1)));
    let (_, state) = after(&vscu, &[Event::Send, replayed]);
    assert!(matches!(state, State::Stopped { cause: StopCause::Unresolved, .. }));
}
