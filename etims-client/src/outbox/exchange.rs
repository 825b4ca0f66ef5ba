//! One exchange with KRA, and what it proves.

use std::sync::Arc;
use std::time::Duration;

use etims_core::party::Seller;
use etims_core::submission::{Comparison, Event, Limits, Refused, WriteRule};
use etims_core::wire::{Delivery, Finding, Operation, Outcome, Reply, invoice_detail_body};
use tokio::sync::Notify;

use crate::clock;
use crate::connection::Connection;
use crate::store::{Bound, Evidence};
use crate::transport::{Answer, CallError};

/// The way to KRA for one device.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) connection: Arc<Connection>,
    pub(super) seller: Arc<Seller>,
    pub(super) limits: Limits,
}

/// What came of an exchange, and how long KRA wants to be left alone.
pub(super) struct Outcomes {
    pub(super) evidence: Evidence,
    pub(super) retry_after: Option<Duration>,
}

impl Exchange {
    /// Puts the stored bytes on the wire, once, unless the lease has run out meanwhile. `leaving` is told when they are
    /// about to go, and in any case by the end.
    pub(super) async fn transmit(&self, bound: &Bound, leaving: &Arc<Notify>) -> Outcomes {
        let deadline = bound.hold.deadline;
        let told = leaving.clone();
        let clear_to_send = move || {
            told.notify_one();
            clock::uptime() < deadline
        };
        let answer = self.connection.call(bound.operation, &bound.body, clear_to_send).await;
        leaving.notify_one();
        match answer {
            Err(error) => self.without_answer(error),
            Ok(answer) => self.judged(bound.operation, answer),
        }
    }

    /// Asks KRA for the record under a number and compares it with the stored bytes.
    pub(super) async fn query(&self, bound: &Bound, number: u64) -> Outcomes {
        let body = invoice_detail_body(&self.seller, number);
        let answer = match self.connection.call(Operation::SelectInvoiceDetail, &body, || true).await {
            Ok(answer) => answer,
            Err(error) => {
                let retry_after = error.retry_after;
                return self.outcomes(Event::QueryFailed, None, Some(error.message), retry_after);
            }
        };
        let reply = Reply::parse(Operation::SelectInvoiceDetail, answer.status, &answer.body);
        match Finding::read(&reply, &bound.body, number) {
            Finding::NotRecorded => self.outcomes(Event::NotRecorded, Some(answer), None, None),
            Finding::Unanswered => {
                let note = format!("invoice detail of {number}: {}", reply.summary());
                let retry_after = answer.retry_after;
                self.outcomes(Event::QueryFailed, None, Some(note), retry_after)
            }
            Finding::Recorded { receipt, comparison, differing, reference } => {
                let note = (!differing.is_empty())
                    .then(|| format!("KRA's record of {number} differs in {}", differing.join(", ")));
                let event = Event::Found { comparison, receipt: receipt.is_ok() };
                let mut found = self.outcomes(event, Some(answer), note, None);
                found.evidence.receipt = receipt.ok();
                if comparison == Comparison::Conflict {
                    found.evidence.seen = reference.map(|reference| (number, reference));
                }
                found
            }
        }
    }

    fn without_answer(&self, error: CallError) -> Outcomes {
        let event = match error.delivery {
            Delivery::NotSent => Event::NotSent,
            Delivery::MaybeDelivered | Delivery::Answered => Event::Lost,
        };
        self.outcomes(event, None, Some(error.message), error.retry_after)
    }

    fn judged(&self, operation: Operation, answer: Answer) -> Outcomes {
        let reply = Reply::parse(operation, answer.status, &answer.body);
        let signed = WriteRule::of(self.connection.dialect(), operation).is_some_and(|rule| rule.signed);
        let receipt = if signed { reply.receipt().ok() } else { None };
        let note = Some(reply.summary());
        let event = match reply.outcome {
            Outcome::Accepted => Event::Accepted { receipt: receipt.is_some() },
            Outcome::Refused(refusal) => Event::Refused(Refused { code: reply.code, text: reply.text, refusal }),
            Outcome::Duplicate => Event::Duplicate { client_error: reply.code.as_deref() == Some("899") },
            Outcome::DeviceProblem(_) => Event::TurnedAway,
            Outcome::ServerFault => Event::Fault { signature: signature(&reply.code, &reply.text, answer.status) },
            Outcome::Empty | Outcome::Unreadable => Event::Lost,
        };
        let retry_after = answer.retry_after;
        let mut outcomes = self.outcomes(event, Some(answer), note, retry_after);
        outcomes.evidence.receipt = receipt;
        outcomes
    }

    fn outcomes(
        &self,
        event: Event,
        answer: Option<Answer>,
        note: Option<String>,
        retry_after: Option<Duration>,
    ) -> Outcomes {
        let evidence = Evidence {
            event,
            at: clock::uptime(),
            limits: self.limits,
            http_status: answer.as_ref().map(|answer| answer.status),
            answer: answer.map(|answer| answer.body),
            receipt: None,
            seen: None,
            note,
        };
        Outcomes { evidence, retry_after }
    }

    /// Evidence that needs no exchange.
    pub(super) fn plain(&self, event: Event) -> Evidence {
        self.outcomes(event, None, None, None).evidence
    }
}

/// What a server fault looks like; `None` when a proxy speaks for a server that it could not reach.
fn signature(code: &Option<String>, text: &Option<String>, status: u16) -> Option<String> {
    if matches!(status, 502..=504) {
        return None;
    }
    let said = code.as_ref().or(text.as_ref()).map_or("", String::as_str);
    Some(format!("HTTP {status} {said}").trim_end().to_owned())
}
