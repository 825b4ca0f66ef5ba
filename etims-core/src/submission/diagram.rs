use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::event::{Comparison, Context, Event, Lane, Limits};
use super::rule::{LaneScope, Recovery, WriteRule};
use super::state::{Moment, Refused, State};
use super::step::step;
use crate::wire::{Expected, Operation, Refusal, RefusalReason};

/// How often a count is told apart: more changes nothing under the limits used here.
const MOST: u32 = 3;

/// The state diagram of one recovery as Mermaid text, drawn by running [`step`] on every state it can reach.
pub fn mermaid(recovery: Recovery) -> String {
    let mut edges: BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>> = BTreeMap::new();
    let rule = WriteRule {
        operation: Operation::SaveSale,
        lane: "sales",
        scope: LaneScope::Branch,
        numbered: recovery != Recovery::Idempotent,
        signed: matches!(recovery, Recovery::Query | Recovery::Replay),
        recovery,
    };
    let limits = Limits { proof_gap: 10, stock_retries: 1, poison: 2, patience: 2 };
    let start = (Lane { accepted: 4, recorded: 4, ..Lane::default() }, State::new());
    let mut seen = BTreeSet::from([format!("{start:?}")]);
    let mut open = VecDeque::from([start]);
    while let Some((lane, state)) = open.pop_front() {
        for event in events() {
            for now in [0, 20] {
                let Ok(next) = step(&rule, &lane, &state, &event, Context { now: Moment(now), limits }) else {
                    continue;
                };
                edges.entry((state.name(), next.state.name())).or_default().insert(event.name());
                let reached = (next.lane, bounded(next.state));
                if reached.0.accepted < 7 && seen.insert(format!("{reached:?}")) {
                    open.push_back(reached);
                }
            }
        }
    }
    draw(&edges)
}

fn draw(edges: &BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>>) -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> queued\n");
    for ((from, to), events) in edges {
        let events: Vec<&str> = events.iter().copied().collect();
        text.push_str(&format!("    {from} --> {to}: {}\n", events.join(", ")));
    }
    for last in ["signed", "recorded", "rejected", "cancelled"] {
        if edges.keys().any(|(_, to)| *to == last) {
            text.push_str(&format!("    {last} --> [*]\n"));
        }
    }
    text
}

fn bounded(mut state: State) -> State {
    if let State::InFlight(claim) | State::Uncertain(claim) | State::Stopped { claim, .. } = &mut state {
        claim.sends = claim.sends.min(MOST);
        claim.not_recorded = claim.not_recorded.min(MOST);
    }
    state
}

fn events() -> Vec<Event> {
    let refused = |reason, expected: Option<u64>| {
        let expected = expected.map(|value| Expected { value: value.into(), found: None, line: None });
        let refusal = Refusal { reason, field: None, expected, advice: None };
        Event::Refused(Refused { code: None, text: None, refusal })
    };
    let mut events = vec![
        Event::Send,
        Event::Seen { number: 3 },
        Event::Accepted { receipt: true },
        Event::Accepted { receipt: false },
        refused(RefusalReason::Stock, None),
        refused(RefusalReason::Field, None),
        refused(RefusalReason::Throttled, None),
        Event::Duplicate { client_error: false },
        Event::Duplicate { client_error: true },
        Event::TurnedAway,
        Event::Fault { signature: Some("999".to_owned()) },
        Event::Fault { signature: None },
        Event::Lost,
        Event::NotSent,
        Event::Resend,
        Event::NotRecorded,
        Event::QueryFailed,
        Event::Restarted,
        Event::Cancel,
        Event::Amend,
        Event::Retry,
        Event::Release,
        Event::Settle,
        Event::Unsendable { message: String::new() },
    ];
    events.extend([3, 5, 6, 7].map(|expected| refused(RefusalReason::Sequence, Some(expected))));
    for comparison in [Comparison::Strong, Comparison::Weak, Comparison::Conflict] {
        events.extend([true, false].map(|receipt| Event::Found { comparison, receipt }));
    }
    events
}
