use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use etims_core::submission::{Action, Claim, Event, Pause, Recovery, State, WriteRule};
use etims_core::wire::Operation;
use tokio::sync::Notify;

use super::awake::awake_at_first;
use super::exchange::Outcomes;
use super::pace::Backoff;
use super::{ComposeError, Composed, LaneHandle, Outbox, Phase, lock};
use crate::clock;
use crate::events::{DeviceEvent, shown_lane};
use crate::store::{
    Act, Binding, Bound, Evidence, FirstBinding, Follow, Hold, Settled, StoreError, SubmissionId, SubmissionRow,
    Whereabouts,
};

/// An answer that comes this near to the end of the lease, in milliseconds, is not followed at once.
const LAST_MOMENT: u64 = 1000;

/// Works on one lane until there is nothing left that could be done now.
pub(super) struct Worker {
    outbox: Arc<Outbox>,
    lane: String,
    handle: Arc<LaneHandle>,
    backoff: Backoff,
    away: bool,
    /// Nothing was waiting behind what is being worked on when that was stored.
    alone: bool,
    /// Came to rest, and nobody has been told yet.
    at_rest: Option<SubmissionRow>,
}

/// What the worker does next with the submission that holds the lane.
enum Work {
    Transmit(Bound),
    /// It was sent while the one before it was being stored, and is answered.
    Settle(Bound, Box<(Outcomes, Ready)>),
    Query(Bound),
    Resend(Bound),
}

/// What was made ready to follow while a request was out.
#[derive(Default)]
struct Ready {
    /// For the number after the request's, unless that is reserved.
    next: Option<Binding>,
    /// For the number after that one.
    reserve: Option<Binding>,
    /// Nothing was waiting.
    empty: bool,
}

/// What the worker does next.
enum Next {
    Work(Box<Work>),
    /// Look what there is to do.
    Look,
    /// Look after a while.
    Later(Duration),
    /// Let the lane go; idle with this number used last, or not to be taken by others either.
    Nothing {
        idle_at: Option<u64>,
    },
}

impl Next {
    /// With a submission that was just bound: send it, or look first.
    fn begin(bound: Bound) -> Next {
        let work = if matches!(bound.state, State::InFlight(_)) { Work::Transmit } else { Work::Query };
        Next::Work(Box::new(work(bound)))
    }
}

impl Worker {
    pub(super) fn new(outbox: Arc<Outbox>, lane: String, handle: Arc<LaneHandle>) -> Worker {
        Worker { outbox, lane, handle, backoff: Backoff::default(), away: false, alone: false, at_rest: None }
    }

    /// Works until there is nothing to do. Returns whom to tell once the lane is let go, so that whoever is told finds
    /// it free.
    pub(super) async fn run(mut self, first: Option<Bound>) -> Option<SubmissionRow> {
        *lock(&self.handle.idle_at) = None;
        self.alone = first.is_some();
        let mut next = first.map_or(Next::Look, Next::begin);
        loop {
            let closed = self.outbox.is_closed();
            let outcome = match next {
                Next::Work(work) if closed && !matches!(*work, Work::Transmit(_) | Work::Settle(..)) => {
                    return self.at_rest.take();
                }
                Next::Work(work) => self.perform(*work).await,
                Next::Look if closed => return self.at_rest.take(),
                Next::Look => {
                    self.handle.pending.store(false, Ordering::SeqCst);
                    self.find_work().await
                }
                Next::Later(wait) => {
                    self.sleep(wait).await;
                    Ok(Next::Look)
                }
                Next::Nothing { idle_at } => {
                    *lock(&self.handle.idle_at) = idle_at;
                    return self.at_rest.take();
                }
            };
            next = match outcome {
                Ok(next) => next,
                Err(StoreError::Superseded) => Next::Look,
                Err(error) => {
                    tracing::error!(lane = shown_lane(&self.lane), %error, "the store failed; the lane waits");
                    Next::Later(self.backoff.next(self.outbox.pace.first, self.outbox.pace.longest))
                }
            };
            if !matches!(next, Next::Nothing { .. })
                && let Some(row) = self.at_rest.take()
            {
                self.outbox.tell_waiters(row);
            }
        }
    }

    async fn sleep(&self, wait: Duration) {
        let mut closed = self.outbox.closed.subscribe();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.handle.hurry.notified() => {}
            _ = closed.wait_for(|closed| *closed) => {}
        }
    }

    async fn find_work(&mut self) -> Result<Next, StoreError> {
        let store = self.outbox.store.clone();
        let view = store.lane(&self.lane).await?;
        if let Some(message) = view.halted {
            if !self.handle.is_halted.swap(true, Ordering::SeqCst) {
                let lane = shown_lane(&self.lane);
                tracing::error!(lane, message, "the store is an older copy of itself; the lane stands still");
                self.outbox.tell(DeviceEvent::StoreRestored { lane, message });
            }
            return Ok(Next::Nothing { idle_at: None });
        }
        self.handle.is_halted.store(false, Ordering::SeqCst);
        if view.stopped {
            return Ok(Next::Nothing { idle_at: None });
        }
        if view.holder_device.as_ref().is_some_and(|device| *device != self.outbox.device) {
            // Another branch has it; it is looked for again on the next round.
            return Ok(Next::Nothing { idle_at: None });
        }
        if view.holder.is_some() {
            return Ok(match store.take_over(&self.outbox.device, &self.lane).await? {
                Some(taken) => {
                    let bound = taken.bound;
                    self.tell_uncertain(&bound, None);
                    Next::Work(Box::new(match taken.actions.first() {
                        Some(Action::Query) => Work::Query(bound),
                        _ => Work::Resend(bound),
                    }))
                }
                None => Next::Later(self.outbox.pace.watch),
            });
        }
        let Some(binding) = self.next_binding(view.lane.accepted, &[]).await? else {
            return Ok(Next::Nothing { idle_at: Some(view.lane.accepted) });
        };
        Ok(match store.bind(&self.lane, binding).await? {
            Some(bound) => Next::begin(bound),
            None => Next::Look,
        })
    }

    /// The next submission with its bytes, if the last number used will be `accepted`; those `taken` are left out.
    async fn next_binding(&self, accepted: u64, taken: &[SubmissionId]) -> Result<Option<Binding>, StoreError> {
        while let Some(head) = self.outbox.store.head(&self.outbox.device, &self.lane, taken).await? {
            let Some(rule) = WriteRule::of(self.outbox.dialect, head.operation) else { return Ok(None) };
            let number = rule.numbered.then_some(accepted + 1);
            match self.outbox.composer.compose(head.operation, &head.document, number).await {
                Ok(Composed { body, document }) => {
                    let first = FirstBinding { number, body: body.into(), version: Some(head.version), document };
                    return Ok(Some(Binding { id: head.id, first }));
                }
                Err(ComposeError::Store(error)) => return Err(error),
                Err(ComposeError::Unsendable(message)) => {
                    let row = self.outbox.store.act(head.id, Act::Unsendable { message: message.clone() }).await?;
                    self.outbox.tell_waiters(row);
                    self.outbox.tell(DeviceEvent::Rejected { reference: head.reference, note: Some(message) });
                }
            }
        }
        Ok(None)
    }

    async fn perform(&mut self, work: Work) -> Result<Next, StoreError> {
        match work {
            Work::Transmit(bound) => {
                let reserved = bound.reserved.as_ref().map(|reserved| reserved.id);
                let (outcomes, ready) = self.send(&bound, reserved).await;
                self.settle(bound, outcomes, ready).await
            }
            Work::Settle(bound, answered) => self.settle(bound, answered.0, answered.1).await,
            Work::Query(bound) => {
                let number = bound.state.claim().and_then(|claim| claim.asked_number()).unwrap_or_default();
                let outcomes = self.outbox.exchange.query(&bound, number).await;
                self.settle(bound, outcomes, Ready::default()).await
            }
            Work::Resend(bound) => {
                let evidence = self.outbox.exchange.plain(Event::Resend);
                self.settle(bound, Outcomes { evidence, retry_after: None }, Ready::default()).await
            }
        }
    }

    /// Puts a request on the wire and makes ready what follows while KRA works on it: before its bytes have left that
    /// would only hold them up. `reserved` has the number after it already, or is getting it.
    async fn send(&self, bound: &Bound, reserved: Option<SubmissionId>) -> (Outcomes, Ready) {
        self.tell_sent(bound);
        self.outbox.observe(Phase::Sending);
        let leaving = Arc::new(Notify::new());
        let ready = async {
            leaving.notified().await;
            self.make_ready(bound, reserved).await
        };
        let sent = async { tokio::join!(self.outbox.exchange.transmit(bound, &leaving), ready) };
        if self.alone { awake_at_first(sent).await } else { sent.await }
    }

    async fn make_ready(&self, bound: &Bound, reserved: Option<SubmissionId>) -> Ready {
        if self.outbox.is_closed() {
            return Ready::default();
        }
        if self.alone && !self.handle.pending.load(Ordering::SeqCst) {
            return Ready { empty: true, ..Ready::default() };
        }
        let number = bound.state.number().unwrap_or(bound.accepted);
        let holder = bound.hold.id;
        if let Some(reserved) = reserved {
            let reserve = self.next_binding(number + 1, &[holder, reserved]).await.unwrap_or_default();
            return Ready { reserve, ..Ready::default() };
        }
        let next = self.next_binding(number, &[holder]).await;
        let empty = matches!(next, Ok(None));
        let next = next.unwrap_or_default();
        let reserve = match &next {
            Some(next) if self.can_reserve(bound.operation) => {
                self.next_binding(number + 1, &[holder, next.id]).await.unwrap_or_default()
            }
            _ => None,
        };
        Ready { next, reserve, empty }
    }

    /// Whether KRA can be asked what became of a write.
    fn can_reserve(&self, operation: Operation) -> bool {
        WriteRule::of(self.outbox.dialect, operation)
            .is_some_and(|rule| rule.signed && rule.numbered && rule.recovery == Recovery::Query)
    }

    /// What is reserved behind a submission, if its bytes may leave now: KRA has accepted the one before.
    fn follower(&self, bound: &Bound, evidence: &Evidence) -> Option<Bound> {
        let reserved = bound.reserved.as_ref()?;
        let accepted = bound.state.number().filter(|number| number + 1 == reserved.number)?;
        let in_time = clock::uptime().0 + LAST_MOMENT < bound.hold.deadline.0;
        let is_accepted = matches!(evidence.event, Event::Accepted { receipt: true });
        (is_accepted && in_time && !self.outbox.is_closed()).then(|| Bound {
            hold: Hold { id: reserved.id, ..bound.hold.clone() },
            operation: reserved.operation,
            reference: reserved.reference.clone(),
            state: State::InFlight(Claim { number: Some(reserved.number), sends: 1, ..Claim::default() }),
            body: reserved.body.clone(),
            issued_at: reserved.issued_at,
            accepted,
            reserved: None,
        })
    }

    /// T3, and what follows from it.
    async fn settle(&mut self, mut bound: Bound, outcomes: Outcomes, ready: Ready) -> Result<Next, StoreError> {
        let Outcomes { evidence, retry_after } = outcomes;
        let event = evidence.event.clone();
        let note = evidence.note.clone();
        // Closed while it was out: what was made ready stays waiting.
        let Ready { next, reserve, empty } = if self.outbox.is_closed() { Ready::default() } else { ready };
        self.outbox.observe(Phase::Answered);
        self.alone = false;
        if let Some(follower) = self.follower(&bound, &evidence) {
            let behind = reserve.as_ref().map(|reserve| reserve.id);
            let follow = Follow { next: None, reserve, reserved: Whereabouts::Out };
            let stored = async {
                let settled = self.store(&bound, evidence, follow).await?;
                self.outbox.tell_waiters(settled.row.clone());
                Ok::<_, StoreError>(settled)
            };
            // Boxed, as both together are most of what a worker is made of, and a lone sale comes here never.
            let (settled, answered) = tokio::join!(Box::pin(stored), Box::pin(self.send(&follower, behind)));
            let mut settled = settled?;
            self.wait_before_next(&event, &settled, retry_after, note);
            let next = settled.next.take().ok_or(StoreError::Superseded)?;
            return Ok(Next::Work(Box::new(Work::Settle(next, Box::new(answered)))));
        }
        let reserved = if bound.reserved.is_some() { Whereabouts::Here } else { Whereabouts::Unknown };
        let settled = self.store(&bound, evidence, Follow { next, reserve, reserved }).await?;
        let wait = self.wait_before_next(&event, &settled, retry_after, note);
        let Settled { row, actions, hold, lane, set_free, next } = settled;
        bound.state = row.state.clone();
        if row.state.is_settled() {
            self.at_rest = Some(row);
        }
        let Some(hold) = hold else {
            return Ok(match (next, wait) {
                (Some(next), _) => Next::begin(next),
                (None, Some(wait)) => Next::Later(wait),
                (None, None) if empty && !set_free && !self.handle.pending.load(Ordering::SeqCst) => {
                    Next::Nothing { idle_at: Some(lane.accepted) }
                }
                (None, None) => Next::Look,
            });
        };
        if let Some(wait) = wait {
            self.sleep(wait).await;
        }
        bound.hold = hold;
        let work = actions.iter().find_map(|action| match action {
            Action::Transmit => Some(Work::Transmit as fn(Bound) -> Work),
            Action::Query => Some(Work::Query as fn(Bound) -> Work),
            Action::Resend => Some(Work::Resend as fn(Bound) -> Work),
            _ => None,
        });
        Ok(work.map_or(Next::Look, |work| Next::Work(Box::new(work(bound)))))
    }

    /// Stores what happened and tells of it.
    async fn store(&self, bound: &Bound, evidence: Evidence, follow: Follow) -> Result<Settled, StoreError> {
        let note = evidence.note.clone();
        let late = self.is_late(bound, &evidence);
        let settled = self.write(bound, evidence, follow).await?;
        self.outbox.observe(Phase::Settled);
        self.tell_settled(bound, &settled, note, late);
        Ok(settled)
    }

    /// Writes what happened. While the disk is full the answer lies in its reserved place and the lane stands still.
    async fn write(&self, bound: &Bound, evidence: Evidence, follow: Follow) -> Result<Settled, StoreError> {
        let store = &self.outbox.store;
        let reserved = follow.reserved;
        let mut error = match store.settle(bound.hold.clone(), evidence.clone(), follow).await {
            Err(error) if error.is_storage() => error,
            outcome => return outcome,
        };
        store.spill(bound.hold.clone(), evidence.clone()).await?;
        let mut backoff = Backoff::default();
        loop {
            let event = DeviceEvent::StoreFull { reference: bound.reference.clone(), message: error.to_string() };
            self.outbox.tell(event);
            self.sleep(backoff.next(self.outbox.pace.first, self.outbox.pace.longest)).await;
            if self.outbox.is_closed() {
                // Whoever opens the store next finds the answer.
                return Err(error);
            }
            let follow = Follow { reserved, ..Follow::default() };
            error = match store.settle(bound.hold.clone(), evidence.clone(), follow).await {
                Err(error) if error.is_storage() => error,
                outcome => return outcome,
            };
        }
    }

    /// How long to wait before the next try; none after anything that went on well.
    fn wait_before_next(
        &mut self,
        event: &Event,
        settled: &Settled,
        retry_after: Option<Duration>,
        note: Option<String>,
    ) -> Option<Duration> {
        let pace = self.outbox.pace;
        let pause = settled.actions.iter().find_map(|action| match action {
            Action::Pause(pause) => Some(*pause),
            _ => None,
        });
        let unanswered = matches!(event, Event::QueryFailed | Event::Lost | Event::Fault { .. });
        let waits_on =
            matches!(event, Event::NotRecorded | Event::Found { .. }) && settled.actions.contains(&Action::Query);
        let wait = match pause {
            Some(Pause::TurnedAway) => self.backoff.next(pace.turned_away, pace.turned_away_longest),
            Some(Pause::Propagation) => self.backoff.next(pace.propagation, pace.longest),
            Some(Pause::Unreachable) => self.backoff.next(pace.first, pace.longest),
            None if unanswered || waits_on => self.backoff.next(pace.first, pace.longest),
            None => {
                if !matches!(event, Event::Resend | Event::NotRecorded) {
                    self.backoff.reset();
                    if std::mem::take(&mut self.away) {
                        self.outbox.tell(DeviceEvent::Resumed { lane: shown_lane(&self.lane) });
                    }
                }
                return None;
            }
        };
        if matches!(pause, Some(Pause::TurnedAway | Pause::Unreachable)) || matches!(event, Event::QueryFailed) {
            self.away = true;
            self.outbox.tell(DeviceEvent::Waiting { lane: shown_lane(&self.lane), note });
        }
        // The first question after a lost answer is asked at once: nothing is known to be wrong with KRA.
        let first_send = settled.row.state.claim().is_some_and(|claim| claim.sends <= 1);
        if matches!(event, Event::Lost)
            && first_send
            && settled.actions.contains(&Action::Query)
            && retry_after.is_none()
        {
            return None;
        }
        Some(retry_after.map_or(wait, |asked| asked.max(wait).min(pace.turned_away_longest)))
    }

    fn is_late(&self, bound: &Bound, evidence: &Evidence) -> bool {
        let Some(receipt) = &evidence.receipt else { return false };
        let after = receipt.signed_at.timestamp_millis().saturating_sub(bound.issued_at);
        u64::try_from(after).is_ok_and(|after| u128::from(after) > self.outbox.late_after.as_millis())
    }

    fn tell_sent(&self, bound: &Bound) {
        let (reference, number) = (bound.reference.clone(), bound.state.number());
        let first = bound.state.claim().is_some_and(|claim| claim.sends <= 1);
        self.outbox.tell(if first {
            DeviceEvent::Sent { reference, operation: bound.operation, number }
        } else {
            DeviceEvent::Resent { reference, number }
        });
    }

    fn tell_uncertain(&self, bound: &Bound, note: Option<String>) {
        let (reference, number) = (bound.reference.clone(), bound.state.number());
        self.outbox.tell(DeviceEvent::Uncertain { reference, number, note });
    }

    fn tell_settled(&self, bound: &Bound, settled: &Settled, note: Option<String>, late: bool) {
        let reference = bound.reference.clone();
        match &settled.row.state {
            State::Signed { number, adoption } => {
                self.outbox.tell(DeviceEvent::Signed { reference, number: *number, adoption: *adoption, late });
            }
            State::Recorded { number, adoption } => self.outbox.tell(DeviceEvent::Recorded {
                reference,
                operation: bound.operation,
                number: *number,
                adoption: *adoption,
            }),
            State::Rejected(_) => self.outbox.tell(DeviceEvent::Rejected { reference, note }),
            State::Stopped { cause, .. } => {
                self.outbox.tell(DeviceEvent::Stopped { reference, cause: *cause, note });
            }
            State::Uncertain(_) => self.tell_uncertain(bound, note),
            State::Queued(_) | State::InFlight(_) | State::Cancelled | State::PaperOnly => {}
        }
        for action in &settled.actions {
            if let Action::CounterCorrected { from, to } = action {
                let event = DeviceEvent::CounterCorrected { lane: shown_lane(&self.lane), from: *from, to: *to };
                self.outbox.tell(event);
            }
        }
        if settled.row.state.is_recorded() {
            self.outbox.wake_dependents(&self.lane);
        }
    }
}
