//! The gateway's tokens: self-contained, so that they outlive a restart.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Moment;
use crate::exchange::{Answer, Exchange};
use crate::json::Json;
use crate::kra::answer::{Sender, apigee_fault};
use crate::operation::Dialect;
use crate::rule::{self, Refusal};
use crate::settings::Settings;
use crate::signature::{base32, digest};

/// Seconds that a token lives, as the gateway tells them.
const LIFE_SECONDS: i64 = 3599;

pub(crate) const PATH: &str = "/v1/token/generate";

/// Answers the token endpoint: GET with Basic; anything but GET gets HTTP 200 and nothing.
pub(crate) fn answer(exchange: &Exchange<'_>, settings: &Settings, now: Moment, reference: &str) -> Answer {
    if exchange.method != "GET" {
        return Answer::json(200, String::new());
    }
    if !exchange.query.split('&').any(|part| part == "grant_type=client_credentials") {
        return apigee_fault(400, "Required param : grant_type");
    }
    if !are_known(exchange.header("authorization"), settings) {
        let sender = Sender { dialect: Dialect::Gateway, now, reference };
        return sender.gateway_header(401, "Unauthorised-Invalid Consumer Credentials");
    }
    let expires = now.plus_seconds(LIFE_SECONDS).0.to_string();
    let token = format!("{}{expires}", seal(settings.seed, &expires));
    let body = Json::object([("access_token", token.into()), ("expires_in", LIFE_SECONDS.to_string().into())]);
    Answer::json(200, body.to_string())
}

fn are_known(authorization: Option<&str>, settings: &Settings) -> bool {
    let decoded = authorization.and_then(|header| header.strip_prefix("Basic ")).and_then(|text| {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        String::from_utf8(bytes).ok()
    });
    let Some((key, secret)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) else { return false };
    match &settings.credentials {
        Some((expected_key, expected_secret)) => key == expected_key && secret == expected_secret,
        None => !key.is_empty() && !secret.is_empty(),
    }
}

fn seal(seed: u64, expires: &str) -> String {
    base32(&digest(seed, "token", &[expires]), SEAL_LENGTH)
}

const SEAL_LENGTH: usize = 28;

/// The bearer token of a business call.
pub(crate) fn check(authorization: Option<&str>, seed: u64, now: Moment) -> Result<(), Refusal> {
    let invalid = || rule::TOKEN_INVALID.refuse(&[]);
    let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).map(str::trim).ok_or_else(invalid)?;
    let (sealed, expires) = token.split_at_checked(SEAL_LENGTH).ok_or_else(invalid)?;
    if sealed != seal(seed, expires) {
        return Err(invalid());
    }
    let expires = expires.parse().map(Moment).map_err(|_| invalid())?;
    if expires < now { Err(rule::TOKEN_EXPIRED.refuse(&[])) } else { Ok(()) }
}
