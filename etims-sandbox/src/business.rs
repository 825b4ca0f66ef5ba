//! One business call: the faults that strike it, KRA's decision, the disk, the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::response::Response;

use crate::door::{Outcome, Request};
use crate::exchange::{Answer, Exchange};
use crate::fault::FaultKind;
use crate::kra::answer::{Sender, apigee_fault};
use crate::kra::twist::Twists;
use crate::operation::{Catalogue, Dialect};
use crate::page;
use crate::rule;
use crate::server::Shared;
use crate::wire::{LineFlag, Shape, response, severed};

/// What the faults make of one call.
#[derive(Default)]
struct Plan {
    lose_request: bool,
    delay_request: Duration,
    /// Instead of asking KRA.
    unseen: Option<Instead>,
    twists: Twists,
    lose_answer: bool,
    delay_answer: Duration,
    /// Instead of telling what KRA said.
    untold: Option<Instead>,
    shape: Shape,
}

enum Instead {
    Html,
    Expired,
    TooMany,
    Status(u16),
}

impl Plan {
    fn new(kinds: Vec<FaultKind>, dialect: Dialect) -> Plan {
        let mut plan = Plan::default();
        for kind in kinds {
            match kind {
                FaultKind::LoseAnswer => plan.lose_answer = true,
                FaultKind::LoseRequest => plan.lose_request = true,
                FaultKind::DelayAnswer { milliseconds } => plan.delay_answer += Duration::from_millis(milliseconds),
                FaultKind::DelayRequest { milliseconds } => plan.delay_request += Duration::from_millis(milliseconds),
                FaultKind::ResetMidBody => plan.shape.reset = true,
                FaultKind::TruncateJson => plan.shape.truncated = true,
                FaultKind::HtmlPage { recorded: true } => plan.untold = Some(Instead::Html),
                FaultKind::HtmlPage { recorded: false } => plan.unseen = Some(Instead::Html),
                FaultKind::ExpireToken if dialect == Dialect::Gateway => plan.unseen = Some(Instead::Expired),
                FaultKind::ExpireToken => {}
                FaultKind::TooManyRequests => plan.unseen = Some(Instead::TooMany),
                FaultKind::ServerError { status, recorded: true } => plan.untold = Some(Instead::Status(status)),
                FaultKind::ServerError { status, recorded: false } => plan.unseen = Some(Instead::Status(status)),
                FaultKind::LagDetail { look_ups, milliseconds } => {
                    plan.twists.lag_look_ups = plan.twists.lag_look_ups.max(look_ups);
                    plan.twists.lag_ms = plan.twists.lag_ms.max(milliseconds);
                }
                FaultKind::StockBeforeSequence => plan.twists.stock_first = true,
                FaultKind::ForeignWriter => plan.twists.foreign = true,
                FaultKind::WrongReceiptNumber => plan.twists.receipt_offset = 1000,
                FaultKind::ClockSkew { seconds } => plan.twists.skew_seconds += seconds,
                FaultKind::CounterDrift { by } => plan.twists.drift = plan.twists.drift.saturating_add(by),
                FaultKind::SlowDrip { milliseconds } => plan.shape.drip = Some(Duration::from_millis(milliseconds)),
                FaultKind::ManyResults { count } => plan.twists.many_results = Some(count),
                FaultKind::NoSignature => plan.twists.no_signature = true,
                FaultKind::Duplicate { code } => plan.twists.duplicate = Some(code.result_code()),
            }
        }
        plan
    }
}

/// Answers a call on one of KRA's paths.
pub(crate) async fn respond(shared: Arc<Shared>, parts: Parts, body: Bytes) -> Response {
    let route = Catalogue::route(parts.uri.path());
    let struck = route.operation.map(|operation| shared.strike(operation.id)).unwrap_or_default();
    let plan = Plan::new(struck, route.dialect);
    if plan.lose_request {
        return severed();
    }
    if plan.delay_request.is_zero() {
        return carry_out(&shared, &parts, &body, plan).await;
    }
    // On a task of its own: the request is on its way even when the client has hung up.
    let late = tokio::spawn(async move {
        tokio::time::sleep(plan.delay_request).await;
        carry_out(&shared, &parts, &body, plan).await
    });
    late.await.unwrap_or_else(|_| severed())
}

async fn carry_out(shared: &Shared, parts: &Parts, body: &[u8], plan: Plan) -> Response {
    let exchange = exchange(parts, body);
    let reference = shared.reference();
    let line = parts.extensions.get::<LineFlag>();
    let request = Request::read(&exchange);
    if let Some(instead) = plan.unseen {
        let answer = instead.answer(shared, request.route.dialect, &reference);
        return response(answer, plan.shape, line);
    }
    let settled = shared
        .settle(|kra, record| {
            let now = kra.clock.now();
            let Outcome { answer, events } = request.answer(kra, now, &reference, &plan.twists, record);
            (answer, events)
        })
        .await;
    if plan.lose_answer {
        return severed();
    }
    if !plan.delay_answer.is_zero() {
        tokio::time::sleep(plan.delay_answer).await;
    }
    let answer = match (settled, plan.untold) {
        (Err(failed), _) => failed,
        (Ok(_), Some(instead)) => instead.answer(shared, request.route.dialect, &reference),
        (Ok(answer), None) => answer,
    };
    response(answer, plan.shape, line)
}

fn exchange<'a>(parts: &'a Parts, body: &'a [u8]) -> Exchange<'a> {
    Exchange {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body,
    }
}

impl Instead {
    fn answer(&self, shared: &Shared, dialect: Dialect, reference: &str) -> Answer {
        let now = shared.now();
        let sender = Sender { dialect, now, reference };
        match self {
            Instead::Html => page::page(200, "System maintenance", "<p>The system is under maintenance.</p>"),
            Instead::Expired => sender.refusal(&rule::TOKEN_EXPIRED.refuse(&[])),
            Instead::TooMany => apigee_fault(429, "Rate limit quota violation. Quota limit exceeded."),
            Instead::Status(502) => page::page(502, "502 Bad Gateway", ""),
            Instead::Status(status) => {
                let text = match status {
                    503 => "Service Unavailable",
                    504 => "Gateway Timeout",
                    _ => "Internal Server Error",
                };
                sender.gateway_header(*status, text)
            }
        }
    }
}
