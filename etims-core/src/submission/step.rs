use super::event::{Action, Comparison, Context, Event, Lane, Pause};
use super::rule::{Recovery, WriteRule};
use super::state::{Adoption, Check, Claim, Refused, Rejection, RepeatedFault, Retries, State, StopCause};
use crate::wire::RefusalReason;

/// How many numbers are looked at for our own document before KRA's counter is believed.
const MOST_LOOKED_AT: u64 = 64;

/// The outcome of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The lane afterwards.
    pub lane: Lane,
    /// The submission afterwards.
    pub state: State,
    /// What the holder of the lane does now, in order.
    pub actions: Vec<Action>,
}

/// An event that cannot happen to a submission in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event} does not apply to a submission that is {state}")]
pub struct Misfit {
    /// The state's name.
    pub state: &'static str,
    /// The event's name.
    pub event: &'static str,
}

/// One step of a submission and its lane. Pure: the same input gives the same output.
///
/// # Errors
/// [`Misfit`] when the event cannot happen in this state; nothing changes then.
pub fn step(rule: &WriteRule, lane: &Lane, state: &State, event: &Event, context: Context) -> Result<Step, Misfit> {
    let misfit = || Misfit { state: state.name(), event: event.name() };
    let desk = Desk { rule, lane: lane.clone(), context };
    match (state, event) {
        (State::Queued(retries), Event::Send) if !lane.held => Ok(desk.bind(*retries)),
        (State::Queued(retries), Event::Seen { number }) if !lane.held && rule.recovery == Recovery::Query => {
            Ok(desk.look_first(*retries, *number))
        }
        (State::Queued(_), Event::Cancel) => Ok(desk.settled(State::Cancelled)),
        (State::Queued(_), Event::Unsendable { message }) => {
            Ok(desk.settled(State::Rejected(Rejection::Unsendable { message: message.clone() })))
        }
        (State::Queued(_), Event::Amend | Event::Retry) => Ok(desk.settled(state.clone())),
        (State::Rejected(_), Event::Amend | Event::Retry) => Ok(desk.settled(State::new())),
        (State::InFlight(claim), event) => desk.in_flight(claim.clone(), event).ok_or_else(misfit),
        (State::Uncertain(claim), event) => desk.uncertain(claim.clone(), event).ok_or_else(misfit),
        (State::Stopped { claim, .. }, Event::Retry) if claim.doubtful => Ok(desk.ask(claim.clone())),
        (State::Stopped { .. }, Event::Retry) => Ok(desk.requeued(Retries::default(), &[])),
        (State::Stopped { .. }, Event::Release) => Ok(desk.requeued(Retries::default(), &[])),
        (State::Stopped { claim, .. }, Event::Settle) => Ok(desk.recorded(claim.number, Adoption::Settled)),
        (State::Recorded { number: Some(number), .. }, Event::Found { comparison, receipt: true })
            if may_still_sign(rule) && *comparison != Comparison::Conflict =>
        {
            let adoption = adopted(*comparison);
            Ok(desk.settled(State::Signed { number: *number, adoption }))
        }
        (State::Recorded { .. }, Event::Found { .. } | Event::NotRecorded | Event::QueryFailed)
            if may_still_sign(rule) =>
        {
            Ok(desk.settled(state.clone()))
        }
        _ => Err(misfit()),
    }
}

/// The lane and the circumstances of one step.
struct Desk<'a> {
    rule: &'a WriteRule,
    lane: Lane,
    context: Context,
}

impl Desk<'_> {
    fn bind(mut self, retries: Retries) -> Step {
        let number = self.rule.numbered.then_some(self.lane.accepted + 1);
        self.lane.held = true;
        let claim = Claim { number, sends: 1, retries, ..Claim::default() };
        self.to(State::InFlight(claim), &[Action::Transmit])
    }

    /// Binds, and asks KRA about a record that may be this very document before anything is sent.
    fn look_first(mut self, retries: Retries, number: u64) -> Step {
        self.lane.held = true;
        let check = Some(Check::Seen { number });
        let next = Some(self.lane.accepted + 1);
        self.ask(Claim { number: next, retries, check, ..Claim::default() })
    }

    fn in_flight(self, mut claim: Claim, event: &Event) -> Option<Step> {
        Some(match event {
            Event::NotSent if claim.doubtful => self.waiting(claim, Pause::Unreachable),
            Event::NotSent => self.requeued(claim.retries, &[Action::Pause(Pause::Unreachable)]),
            Event::TurnedAway if claim.doubtful => self.waiting(claim, Pause::TurnedAway),
            Event::TurnedAway => self.requeued(claim.retries, &[Action::Pause(Pause::TurnedAway)]),
            Event::Accepted { receipt } => self.accepted(claim, *receipt),
            Event::Refused(refused) if refused.refusal.reason == RefusalReason::Throttled => {
                return self.in_flight(claim, &Event::TurnedAway);
            }
            Event::Refused(refused) if claim.doubtful => self.refused_after_doubt(claim, refused),
            Event::Refused(refused) => self.refused(claim, refused),
            Event::Duplicate { .. } if claim.doubtful => self.known_to_kra(claim),
            Event::Duplicate { client_error } => self.duplicate_at_first(claim, *client_error),
            Event::Fault { signature } => {
                claim.fault = signature.as_ref().map(|signature| {
                    let before = claim.fault.take().filter(|before| before.signature == *signature);
                    let confirmed = before.map_or(0, |before| before.confirmed);
                    RepeatedFault { signature: signature.clone(), confirmed, pending: true }
                });
                self.doubt(claim)
            }
            Event::Lost | Event::Restarted => {
                claim.fault = None;
                self.doubt(claim)
            }
            _ => return None,
        })
    }

    fn uncertain(self, mut claim: Claim, event: &Event) -> Option<Step> {
        let asked = self.rule.recovery == Recovery::Query;
        Some(match event {
            // An answer that was kept aside while the store could not be written.
            Event::Accepted { receipt } => self.accepted(claim, *receipt),
            Event::Restarted => {
                claim.not_recorded_since = None;
                self.ask(claim)
            }
            Event::Resend if !asked => self.resend(claim),
            Event::Found { comparison, receipt } if asked => self.found(claim, *comparison, *receipt),
            Event::NotRecorded if asked => self.not_recorded(claim),
            Event::QueryFailed if asked => self.ask(claim),
            _ => return None,
        })
    }

    fn accepted(self, claim: Claim, receipt: bool) -> Step {
        match (self.rule.signed, receipt, claim.number) {
            (true, true, Some(number)) => self.signed(number, Adoption::Answered),
            (true, _, _) => self.doubt(claim),
            (false, _, number) => self.recorded(number, Adoption::Answered),
        }
    }

    /// A refusal of a first attempt is definite.
    fn refused(self, claim: Claim, refused: &Refused) -> Step {
        let retries = claim.retries;
        match (refused.refusal.reason, self.expected_instead(&claim, refused)) {
            (RefusalReason::Sequence, Some(expected)) if expected > claim.number.unwrap_or(0) => {
                match self.rule.recovery {
                    Recovery::Query => {
                        let looking_at = claim.number.unwrap_or(expected);
                        self.ask(Claim { check: Some(Check::Expected { expected, looking_at }), ..claim })
                    }
                    _ => self.heal(claim, expected),
                }
            }
            (RefusalReason::Sequence, Some(expected)) => self.heal(claim, expected),
            (RefusalReason::Stock, _) if retries.stock < self.context.limits.stock_retries => {
                self.requeued(Retries { stock: retries.stock + 1, ..retries }, &[Action::Pause(Pause::Propagation)])
            }
            _ => self.rejected(Rejection::Refused(refused.clone())),
        }
    }

    /// A refusal after a doubtful send may be the consequence of the first send's success.
    fn refused_after_doubt(self, mut claim: Claim, refused: &Refused) -> Step {
        let expected = self.expected_instead(&claim, refused);
        if expected.is_some_and(|expected| expected > claim.number.unwrap_or(0)) {
            return self.known_to_kra(claim);
        }
        match self.rule.recovery {
            Recovery::Query => {
                claim.refused = Some(refused.clone());
                self.ask(claim)
            }
            Recovery::Idempotent => self.rejected(Rejection::Refused(refused.clone())),
            // The first send met the same refusal when it does not depend on what KRA has recorded since.
            Recovery::Sequence | Recovery::Replay
                if matches!(refused.refusal.reason, RefusalReason::Amount | RefusalReason::Field) =>
            {
                self.rejected(Rejection::Refused(refused.clone()))
            }
            Recovery::Sequence | Recovery::Replay => {
                claim.refused = Some(refused.clone());
                self.stop(claim, StopCause::Unresolved)
            }
        }
    }

    /// KRA hints that a number we were in doubt about is in use.
    fn known_to_kra(self, mut claim: Claim) -> Step {
        match self.rule.recovery {
            Recovery::Query => {
                claim.taken = true;
                self.ask(claim)
            }
            Recovery::Sequence | Recovery::Idempotent | Recovery::Replay => {
                self.recorded(claim.number, Adoption::Inferred)
            }
        }
    }

    fn duplicate_at_first(self, claim: Claim, client_error: bool) -> Step {
        match self.rule.recovery {
            Recovery::Query => self.ask(Claim { check: Some(Check::Duplicate), ..claim }),
            Recovery::Idempotent => self.recorded(claim.number, Adoption::Inferred),
            _ if client_error => self.stop(claim, StopCause::Unresolved),
            _ => self.stop(claim, StopCause::ForeignWriter),
        }
    }

    fn found(self, mut claim: Claim, comparison: Comparison, receipt: bool) -> Step {
        match (claim.check.filter(|_| !claim.doubtful), comparison) {
            (Some(Check::Expected { .. } | Check::Seen { .. }), Comparison::Conflict) => return self.not_there(claim),
            (Some(_), Comparison::Conflict | Comparison::Weak) => return self.stop(claim, StopCause::ForeignWriter),
            (None, Comparison::Conflict) => return self.stop(claim, StopCause::Conflict),
            (_, Comparison::Strong) | (None, Comparison::Weak) => {}
        }
        match claim.asked_number() {
            // Found further on than we were: what lies between has not been looked at for the documents behind this one.
            Some(number) if receipt && claim.number != Some(number) => {
                let mut desk = self;
                desk.lane.recorded = desk.lane.recorded.max(number);
                desk.freed(State::Signed { number, adoption: adopted(comparison) }, &[Action::Alert])
            }
            Some(number) if receipt || !self.rule.signed => self.signed(number, adopted(comparison)),
            number => {
                claim.unsigned = claim.unsigned.saturating_add(1);
                if claim.unsigned >= self.context.limits.patience {
                    return self.recorded(number, adopted(comparison));
                }
                self.ask(claim)
            }
        }
    }

    /// A first attempt was refused for its number, and our document is not under the number that was looked at.
    fn not_there(self, claim: Claim) -> Step {
        let Some(Check::Expected { expected, looking_at }) = claim.check else {
            let cause = match claim.check {
                Some(Check::Seen { .. }) => StopCause::Conflict,
                _ => StopCause::ForeignWriter,
            };
            return self.stop(claim, cause);
        };
        let next = looking_at + 1;
        if next >= expected || next - claim.number.unwrap_or(0) >= MOST_LOOKED_AT {
            return self.heal(claim, expected);
        }
        self.ask(Claim { check: Some(Check::Expected { expected, looking_at: next }), ..claim })
    }

    fn not_recorded(mut self, mut claim: Claim) -> Step {
        let since = *claim.not_recorded_since.get_or_insert(self.context.now);
        let proven = self.context.now.0.saturating_sub(since.0) > self.context.limits.proof_gap;
        claim.not_recorded = claim.not_recorded.saturating_add(1);
        if let Some(fault) = claim.fault.as_mut().filter(|fault| fault.pending) {
            fault.pending = false;
            fault.confirmed = fault.confirmed.saturating_add(1);
        }
        if !claim.doubtful {
            return self.not_there(claim);
        }
        if claim.taken {
            let weary = claim.not_recorded >= u32::from(self.context.limits.patience);
            return if proven && weary { self.stop(claim, StopCause::NotShown) } else { self.ask(claim) };
        }
        if let Some(refused) = claim.refused.clone() {
            return match (proven, self.expected_instead(&claim, &refused)) {
                (false, _) => self.ask(claim),
                (true, Some(expected)) => self.heal(claim, expected),
                (true, None) => self.rejected(Rejection::Refused(refused)),
            };
        }
        let limits = self.context.limits;
        let poisoned = claim.fault.as_ref().filter(|fault| {
            let again = self.lane.poison.as_ref() == Some(&fault.signature);
            fault.confirmed >= if again { limits.patience.max(limits.poison) } else { limits.poison }
        });
        match poisoned {
            Some(_) if !proven => self.ask(claim),
            Some(fault) => {
                let signature = fault.signature.clone();
                self.lane.poison = Some(signature.clone());
                self.rejected(Rejection::ServerFault { signature })
            }
            None => self.resend(claim),
        }
    }

    /// Another number than ours that KRA names in a refusal for the sequence.
    fn expected_instead(&self, claim: &Claim, refused: &Refused) -> Option<u64> {
        let number = claim.number?;
        let expected =
            refused.refusal.expected.as_ref().filter(|_| refused.refusal.reason == RefusalReason::Sequence)?;
        expected.sequence().filter(|expected| *expected != number)
    }

    /// Moves the counter to where KRA says it is: once per submission, and never below what KRA has recorded for us.
    fn heal(mut self, claim: Claim, expected: u64) -> Step {
        if expected <= self.lane.recorded {
            return self.stop(claim, StopCause::CounterWentBack);
        }
        if claim.retries.healed {
            return self.stop(claim, StopCause::CounterUnstable);
        }
        let from = self.lane.accepted;
        self.lane.accepted = expected - 1;
        self.requeued(Retries { healed: true, ..claim.retries }, &[Action::CounterCorrected { from, to: expected - 1 }])
    }

    fn resend(self, mut claim: Claim) -> Step {
        claim.sends = claim.sends.saturating_add(1);
        claim.doubtful = true;
        self.to(State::InFlight(claim), &[Action::Transmit])
    }

    /// From now on a refusal proves nothing, and what was proven before the send proves nothing either.
    fn doubt(self, mut claim: Claim) -> Step {
        claim.doubtful = true;
        claim.refused = None;
        claim.not_recorded_since = None;
        claim.not_recorded = 0;
        self.ask(claim)
    }

    /// Stays in doubt and goes on asking, in the way the operation allows.
    fn ask(self, claim: Claim) -> Step {
        let action = if self.rule.recovery == Recovery::Query { Action::Query } else { Action::Resend };
        self.to(State::Uncertain(claim), &[action])
    }

    fn waiting(self, claim: Claim, pause: Pause) -> Step {
        let mut step = self.ask(claim);
        step.actions.insert(0, Action::Pause(pause));
        step
    }

    fn signed(mut self, number: u64, adoption: Adoption) -> Step {
        self.count(Some(number));
        self.freed(State::Signed { number, adoption }, &[])
    }

    fn recorded(mut self, number: Option<u64>, adoption: Adoption) -> Step {
        self.count(number);
        let alert: &[Action] = if self.rule.signed { &[Action::Alert] } else { &[] };
        self.freed(State::Recorded { number, adoption }, alert)
    }

    fn count(&mut self, number: Option<u64>) {
        if let Some(number) = number {
            self.lane.accepted = self.lane.accepted.max(number);
            self.lane.recorded = self.lane.recorded.max(number);
        }
        self.lane.poison = None;
    }

    fn rejected(self, rejection: Rejection) -> Step {
        self.freed(State::Rejected(rejection), &[])
    }

    fn requeued(self, retries: Retries, actions: &[Action]) -> Step {
        self.freed(State::Queued(retries), actions)
    }

    fn stop(self, claim: Claim, cause: StopCause) -> Step {
        self.to(State::Stopped { claim, cause }, &[Action::Alert])
    }

    fn freed(mut self, state: State, actions: &[Action]) -> Step {
        self.lane.held = false;
        let mut step = self.to(state, actions);
        step.actions.push(Action::FreeLane);
        step
    }

    /// A change that does not touch the lane.
    fn settled(self, state: State) -> Step {
        self.to(state, &[])
    }

    fn to(self, state: State, actions: &[Action]) -> Step {
        Step { lane: self.lane, state, actions: actions.to_vec() }
    }
}

/// Whether the receipt of a recorded sale may still be had by asking.
fn may_still_sign(rule: &WriteRule) -> bool {
    rule.signed && rule.recovery == Recovery::Query
}

fn adopted(comparison: Comparison) -> Adoption {
    match comparison {
        Comparison::Strong => Adoption::Strong,
        Comparison::Weak | Comparison::Conflict => Adoption::Weak,
    }
}
