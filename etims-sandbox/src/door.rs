//! The way in: path, method, headers, token, body, device. Then KRA decides.

use crate::clock::Moment;
use crate::exchange::{Answer, Exchange};
use crate::json::Json;
use crate::kra::Kra;
use crate::kra::answer::Sender;
use crate::kra::call::Call;
use crate::kra::event::Event;
use crate::kra::twist::Twists;
use crate::operation::{Catalogue, Description, Dialect, Operation, Route};
use crate::rule::{self, Refusal};
use crate::{page, token};

/// Operations that the gateway was once seen to answer without `apigee_app_id`.
const WITHOUT_APP_ID: [Operation; 3] = [Operation::Init, Operation::Codes, Operation::Branches];
/// Operations on which a wrong branch gives a misleading text.
const MISLEADING_BRANCH: [Operation; 4] =
    [Operation::SaveItem, Operation::StockIo, Operation::SaveSale, Operation::SavePurchase];

/// A request that was read: everything that can be done before KRA's memory is locked.
pub(crate) struct Request<'a> {
    exchange: &'a Exchange<'a>,
    pub(crate) route: Route,
    body: Result<(Json, &'a str), Refusal>,
}

/// What came of a request: the answer, and the events that were applied, in order.
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) events: Vec<Event>,
}

impl<'a> Request<'a> {
    pub(crate) fn read(exchange: &'a Exchange<'a>) -> Request<'a> {
        Request { exchange, route: Catalogue::route(exchange.path), body: parse(exchange.body) }
    }

    /// Answers. `record` keeps a copy of what happened for the state file.
    pub(crate) fn answer(&self, kra: &mut Kra, now: Moment, reference: &str, twists: &Twists, record: bool) -> Outcome {
        let answer = match self.exchange.path {
            token::PATH => token::answer(self.exchange, &kra.settings, now, reference),
            page::RECEIPT => page::receipt(self.exchange, kra),
            "/" => page::front(),
            _ => return self.carry_out(kra, now, reference, twists, record),
        };
        Outcome { answer, events: Vec::new() }
    }

    /// Lets KRA decide and applies what it decides.
    fn carry_out(&self, kra: &mut Kra, now: Moment, reference: &str, twists: &Twists, record: bool) -> Outcome {
        let mut events = Vec::new();
        let mut happen = |kra: &mut Kra, event: Event| {
            if record {
                events.push(event.clone());
            }
            kra.apply(event);
        };
        let dialect = self.route.dialect;
        let sender = Sender { dialect, now: now.plus_seconds(twists.skew_seconds), reference };
        let answer = match self.admit(kra, now) {
            Err(refusal) => sender.refusal(&refusal),
            Ok(Admitted { operation, pin, branch, device, body, text }) => {
                let profile = kra.settings.profile(dialect);
                let alias = self.route.alias;
                let call = Call { dialect, profile, operation, alias, pin, branch, device, body, text, now, twists };
                if operation.id == Operation::SaveSale {
                    if twists.drift != 0 {
                        let (pin, branch) = (pin.to_owned(), branch.to_owned());
                        happen(kra, Event::Drifted { pin, branch, by: twists.drift });
                    }
                    if twists.foreign {
                        let event = kra.foreign_sale(&call);
                        happen(kra, event);
                    }
                }
                match kra.decide(&call) {
                    Ok(verdict) => {
                        for event in verdict.events {
                            happen(kra, event);
                        }
                        let initialised = (operation.id == Operation::Init).then(|| kra.device_info(body)).flatten();
                        match initialised.or(verdict.data) {
                            Some(data) => sender.success(&data),
                            None => sender.nothing(),
                        }
                    }
                    Err(refusal) => {
                        if refusal.rule == &rule::DEVICE_INSTALLED || refusal.rule == &rule::DEVICE_DUPLICATED {
                            let repeated = (operation.id == Operation::Init).then(|| kra.rows_added(body)).flatten();
                            if let Some(event) = repeated {
                                happen(kra, event);
                            }
                        }
                        sender.refusal(&refusal)
                    }
                }
            }
        };
        Outcome { answer, events }
    }

    /// Who is calling, for what.
    fn admit(&'a self, kra: &Kra, now: Moment) -> Result<Admitted<'a>, Refusal> {
        let exchange = self.exchange;
        let dialect = self.route.dialect;
        if dialect == Dialect::Gateway {
            token::check(exchange.header("authorization"), kra.settings.seed, now)?;
        }
        let Some(operation) = self.route.operation else {
            let gateway = dialect == Dialect::Gateway;
            return Err(if gateway { rule::PATH_UNROUTED.refuse(&[]) } else { rule::PATH_UNKNOWN.refuse(&[]) });
        };
        if exchange.method != "POST" {
            return Err(rule::METHOD.refuse(&[]));
        }
        if dialect == Dialect::Gateway && !WITHOUT_APP_ID.contains(&operation.id) {
            check_app_id(exchange.header("apigee_app_id"), kra.settings.app_id.as_deref())?;
        }
        let content_type = exchange.header("content-type").unwrap_or("none");
        if dialect != Dialect::Vscu && !content_type.to_ascii_lowercase().starts_with("application/json") {
            return Err(rule::CONTENT_TYPE.refuse(&[("found", content_type)]));
        }
        let (body, text) = self.body.as_ref().map_err(Clone::clone)?;
        if operation.id == Operation::Init {
            return Ok(Admitted { operation, pin: "", branch: "", device: 0, body, text });
        }
        let part = |name: &str| body.get(name).filled();
        let demand = |value: Option<&'a str>, header: &str| {
            value.ok_or_else(|| rule::HEADERS_MISSING.refuse(&[("header", header)]))
        };
        if dialect == Dialect::Vscu {
            let (pin, branch) = (demand(part("tin"), "tin")?, demand(part("bhfId"), "bhfId")?);
            let device = kra.vscu_device(pin, branch).ok_or_else(|| rule::DEVICE_INVALID.refuse(&[]))?;
            return Ok(Admitted { operation, pin, branch, device, body, text });
        }
        let pin = demand(exchange.header("tin"), "tin")?;
        let branch = demand(exchange.header("bhfid"), "bhfId")?;
        let key = demand(exchange.header("cmckey"), "cmcKey")?;
        let known = kra.device_by_key(key).filter(|(_, device)| !device.vscu && *device.pin == *pin);
        let Some((device, row)) = known else { return Err(rule::DEVICE_INVALID.refuse(&[])) };
        if *row.branch != *branch {
            let misleads = dialect == Dialect::Gateway
                && MISLEADING_BRANCH.contains(&operation.id)
                && !kra.has_branch(pin, branch);
            return Err(if misleads { rule::BRANCH_WRONG.refuse(&[]) } else { rule::DEVICE_INVALID.refuse(&[]) });
        }
        let strict = kra.settings.profile(dialect) == crate::Profile::Strict;
        if dialect == Dialect::Gateway && strict && rule::TIN_IN_BODY.operations.contains(&operation.id) {
            for field in ["tin", "bhfId"] {
                if part(field).is_none() {
                    return Err(rule::TIN_IN_BODY.refuse(&[("field", field)]));
                }
            }
        }
        Ok(Admitted { operation, pin, branch, device, body, text })
    }
}

struct Admitted<'a> {
    operation: &'static Description,
    pin: &'a str,
    branch: &'a str,
    device: usize,
    body: &'a Json,
    text: &'a str,
}

fn parse(body: &[u8]) -> Result<(Json, &str), Refusal> {
    let unreadable = |problem: &str| rule::BODY_UNREADABLE.refuse(&[("problem", problem)]);
    let text = std::str::from_utf8(body).map_err(|_| unreadable("the body is not UTF-8"))?;
    if text.trim().is_empty() {
        return Err(rule::BODY_MISSING.refuse(&[]));
    }
    let json = Json::parse(text).map_err(|problem| unreadable(&problem))?;
    Ok((json, text))
}

fn check_app_id(found: Option<&str>, configured: Option<&str>) -> Result<(), Refusal> {
    let found = found.ok_or_else(|| rule::APP_ID_MISSING.refuse(&[]))?;
    let right = configured.map_or_else(|| is_uuid(found), |expected| expected.eq_ignore_ascii_case(found));
    if right { Ok(()) } else { Err(rule::APP_ID_WRONG.refuse(&[])) }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
