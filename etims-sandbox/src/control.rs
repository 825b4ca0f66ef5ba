//! The control API under `/sandbox`: look, break, set the clock. `openapi.json` describes it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clock::{Clock, Moment};
use crate::fault::{Fault, FaultId};
use crate::kra::event::Event;
use crate::number::Cents;
use crate::page::NOT_KRA;
use crate::rule::RULES;
use crate::server::Shared;

const OPENAPI: &str = include_str!("openapi.json");
/// Rows of one answer when the caller does not say.
const PAGE: usize = 1000;
const MAX_PAGE: usize = 10_000;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox/openapi.json", get(openapi))
        .route("/sandbox/health", get(health))
        .route("/sandbox/ledger", get(ledger))
        .route("/sandbox/rules", get(rules))
        .route("/sandbox/faults", get(faults).post(arm).delete(disarm_all))
        .route("/sandbox/faults/{id}", delete(disarm))
        .route("/sandbox/clock", get(clock).post(set_clock))
        .route("/sandbox/shelf", post(shelve))
        .route("/sandbox", any(nothing))
        .route("/sandbox/", any(nothing))
        .route("/sandbox/{*rest}", any(nothing))
        .method_not_allowed_fallback(other_method)
}

/// JSON with the notice that this is not KRA, in the body and as a header.
fn answer(status: StatusCode, mut members: Map<String, Value>) -> Response {
    members.insert("notice".to_owned(), NOT_KRA.into());
    let body = Value::Object(members).to_string();
    marked(status, body)
}

fn marked(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("x-etims-sandbox"), HeaderValue::from_static("not KRA"));
    response
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn ok<const N: usize>(members: [(&str, Value); N]) -> Response {
    answer(StatusCode::OK, object(members))
}

fn refused(status: StatusCode, problem: impl std::fmt::Display) -> Response {
    answer(status, object([("error", problem.to_string().into())]))
}

async fn nothing() -> Response {
    refused(StatusCode::NOT_FOUND, "there is no such control; see /sandbox/openapi.json")
}

async fn other_method() -> Response {
    refused(StatusCode::METHOD_NOT_ALLOWED, "not with this method; see /sandbox/openapi.json")
}

async fn openapi() -> Response {
    marked(StatusCode::OK, OPENAPI.to_owned())
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let (seed, now, documents) = shared.with(|kra| (kra.settings.seed, kra.clock.now(), kra.ledger().entries().len()));
    ok([
        ("status", "running".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("seed", seed.into()),
        ("now", now.rfc3339().into()),
        ("documents", documents.into()),
    ])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    /// Rows to leave out from the beginning.
    #[serde(default)]
    after: usize,
    #[serde(default = "default_page")]
    limit: usize,
}

fn default_page() -> usize {
    PAGE
}

async fn ledger(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<Rows>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Query(Rows { after, limit }) = match query {
        Ok(query) => query,
        Err(problem) => return refused(StatusCode::BAD_REQUEST, problem),
    };
    let settled = shared.settle(|kra, _| {
        let entries = kra.ledger().entries();
        let rows: Vec<_> = entries.iter().skip(after).take(limit.min(MAX_PAGE)).map(|entry| kra.row(entry)).collect();
        ((entries.len(), rows), Vec::new())
    });
    match settled.await {
        Ok((total, rows)) => ok([("total", total.into()), ("rows", json!(rows))]),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "the state file cannot be written"),
    }
}

async fn rules() -> Response {
    let rows = RULES.iter().map(|rule| {
        json!({
            "code": rule.code, "operations": rule.operations, "text": rule.text, "result_code": rule.result_code,
            "wording": format!("{:?}", rule.wording).to_lowercase(),
            "scope": format!("{:?}", rule.scope).to_lowercase(), "source": rule.source,
        })
    });
    ok([("rules", rows.collect::<Value>())])
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    ok([("faults", json!(shared.faults().armed()))])
}

async fn arm(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let fault = serde_json::from_slice(&body)
        .map_err(|problem| problem.to_string())
        .and_then(|value: Value| Fault::from_json(&value).map_err(|problem| problem.to_string()));
    match fault {
        Ok(fault) => {
            let id = shared.faults().arm(fault.clone());
            answer(StatusCode::CREATED, object([("id", json!(id)), ("fault", json!(fault))]))
        }
        Err(problem) => refused(StatusCode::BAD_REQUEST, problem),
    }
}

async fn disarm_all(State(shared): State<Arc<Shared>>) -> Response {
    shared.faults().clear();
    ok([])
}

async fn disarm(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<u64>, axum::extract::rejection::PathRejection>,
) -> Response {
    match id {
        Ok(Path(id)) if shared.faults().disarm(FaultId(id)) => ok([]),
        _ => refused(StatusCode::NOT_FOUND, "no such fault is armed"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShelfRequest {
    pin: String,
    branch: String,
    items: Vec<ShelfItem>,
}

/// An item in the words of `saveItem`, with what lies on the shelf.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ShelfItem {
    item_cd: String,
    item_cls_cd: String,
    item_ty_cd: String,
    item_nm: String,
    tax_ty_cd: String,
    #[serde(default)]
    orgn_nat_cd: Option<String>,
    #[serde(default)]
    pkg_unit_cd: Option<String>,
    #[serde(default)]
    qty_unit_cd: Option<String>,
    /// Whole pieces; services have none.
    #[serde(default)]
    quantity: u32,
}

/// Puts items and stock where sales find them, without the calls and sequences that KRA wants for it.
async fn shelve(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request: ShelfRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(problem) => return refused(StatusCode::BAD_REQUEST, problem),
    };
    let settled = shared.settle(|kra, _| {
        let at = kra.clock.now();
        let event = |item: &ShelfItem| Event::Shelved {
            pin: request.pin.clone(),
            branch: request.branch.clone(),
            code: item.item_cd.clone(),
            at,
            document: json!({
                "itemCd": item.item_cd, "itemClsCd": item.item_cls_cd, "itemTyCd": item.item_ty_cd,
                "itemNm": item.item_nm, "taxTyCd": item.tax_ty_cd, "orgnNatCd": item.orgn_nat_cd,
                "pkgUnitCd": item.pkg_unit_cd, "qtyUnitCd": item.qty_unit_cd, "useYn": "Y",
            })
            .to_string(),
            quantity: Cents(i64::from(item.quantity) * 100),
        };
        let events: Vec<Event> = request.items.iter().map(event).collect();
        events.iter().for_each(|event| kra.apply(event.clone()));
        (events.len(), events)
    });
    match settled.await {
        Ok(count) => ok([("items", count.into())]),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "the state file cannot be written"),
    }
}

async fn clock(State(shared): State<Arc<Shared>>) -> Response {
    told(shared.with(|kra| kra.clock))
}

fn told(clock: Clock) -> Response {
    let now = clock.now();
    ok([
        ("now", now.rfc3339().into()),
        ("compact", now.compact().into()),
        ("frozen", matches!(clock, Clock::Frozen { .. }).into()),
    ])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    /// RFC 3339, or yyyyMMddHHmmss in East Africa Time.
    now: Option<String>,
    advance_seconds: Option<i64>,
    frozen: Option<bool>,
    /// Back to the system's clock.
    #[serde(default)]
    system: bool,
}

async fn set_clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request: ClockRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(problem) => return refused(StatusCode::BAD_REQUEST, problem),
    };
    let moment = match request.now.as_deref().map(|text| Moment::parse(text).ok_or(text)) {
        None => None,
        Some(Ok(moment)) => Some(moment),
        Some(Err(text)) => {
            let problem = format!("now: {text:?} is neither RFC 3339 nor yyyyMMddHHmmss");
            return refused(StatusCode::BAD_REQUEST, problem);
        }
    };
    let settled = shared.set_clock(|clock| {
        let mut clock = if request.system { Clock::SYSTEM } else { clock };
        if let Some(moment) = moment {
            clock = clock.showing(moment);
        }
        if let Some(seconds) = request.advance_seconds {
            clock = clock.showing(clock.now().plus_seconds(seconds));
        }
        if let Some(frozen) = request.frozen {
            clock = clock.frozen(frozen);
        }
        clock
    });
    match settled.await {
        Ok(clock) => told(clock),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "the state file cannot be written"),
    }
}
