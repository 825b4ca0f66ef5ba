//! The line to KRA: one application (or one VSCU) on one dialect in one environment, shared by all its devices.
//!
//! What KRA counts or grants together stands here once: access tokens, the rate, the circuit breaker, the retry budget.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use etims_core::wire::{Delivery, Dialect, Environment, Operation, Outcome, RefusalReason, Reply};
use tokio::time::Instant;

use crate::auth::TokenCache;
use crate::breaker::{Breaker, Change};
use crate::config::{Config, Hosts};
use crate::credentials::{Credentials, SourceError};
use crate::limiter::Limiter;
use crate::metrics::{Latencies, Metrics, Observation};
use crate::notice::{Listeners, Notice};
use crate::retry::Retries;
use crate::transport::{
    Answer, CallError, Cause, ClearToSend, Header, HttpSetupError, HttpTransport, Request, Transport,
};

/// How long a write waits for its turn at our own limiter before it goes back to the queue.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How long a look-up waits.
const LOOK_UP_PATIENCE: Duration = Duration::from_secs(60);
/// An answer that only says "too many" is shorter than this.
const SHORT_ANSWER: usize = 2048;

/// How long one exchange may take, by the kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimeouts {
    /// Calls that KRA records.
    pub write: Duration,
    /// Look-ups, and the token.
    pub look_up: Duration,
    /// The item classification list, which KRA sends whole and slowly.
    pub classification: Duration,
}

impl Default for CallTimeouts {
    /// 120 s, 120 s and 30 minutes: what integrations in production found necessary.
    fn default() -> CallTimeouts {
        CallTimeouts {
            write: Duration::from_secs(120),
            look_up: Duration::from_secs(120),
            classification: Duration::from_secs(1800),
        }
    }
}

impl CallTimeouts {
    /// The time one exchange of this operation may take.
    pub fn of(&self, operation: Operation) -> Duration {
        match operation {
            Operation::SelectItemClasses => self.classification,
            operation if operation.is_write() => self.write,
            _ => self.look_up,
        }
    }
}

/// Why a line could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// TLS roots or proxy.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
    /// The gateway needs credentials, and some could not be had.
    #[error("no credentials for the {} gateway: {}", .environment.name(), list(.missing))]
    Credentials {
        /// The environment they are wanted for.
        environment: Environment,
        /// All that is missing.
        missing: Vec<SourceError>,
    },
    /// Credentials of one environment for a device of the other.
    #[error(
        "these are {} credentials and this is a {} device: they never cross over",
        .credentials.name(),
        .device.name()
    )]
    OtherEnvironment {
        /// What the credentials are for.
        credentials: Environment,
        /// What the device is.
        device: Environment,
    },
}

fn list(errors: &[SourceError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

struct Gateway {
    app_id: Header,
    tokens: Arc<TokenCache>,
}

/// One application (or one VSCU) on one dialect in one environment.
pub struct Line {
    hosts: Hosts,
    transport: Arc<dyn Transport>,
    gateway: Option<Gateway>,
    timeouts: CallTimeouts,
    limiter: Limiter,
    breaker: Breaker,
    retries: Retries,
    latencies: Latencies,
    metrics: Option<Arc<dyn Metrics>>,
    listeners: Listeners,
}

/// What is sent on a line, besides what the line adds itself.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: Operation,
    pub(crate) headers: &'a [Header],
    pub(crate) body: &'a [u8],
    pub(crate) clear_to_send: Option<&'a ClearToSend<'a>>,
    pub(crate) attempt: u32,
}

impl Line {
    /// A line over reqwest and rustls, with the credentials of the settings' source where the dialect needs them.
    ///
    /// # Errors
    /// [`LineError`]; nothing is connected yet.
    pub fn open(config: &Config) -> Result<Line, LineError> {
        let credentials = match config.dialect() {
            Dialect::Gateway => Some(
                Credentials::load(&config.secrets, config.environment())
                    .map_err(|missing| LineError::Credentials { environment: config.environment(), missing })?,
            ),
            Dialect::DirectOscu | Dialect::Vscu => None,
        };
        Line::new(config, credentials.as_ref(), Arc::new(HttpTransport::new(&config.http)?))
    }

    /// A line over any transport. `credentials` are used on the gateway alone.
    ///
    /// # Errors
    /// [`LineError`] when credentials are missing or of the other environment.
    pub fn new(
        config: &Config,
        credentials: Option<&Credentials>,
        transport: Arc<dyn Transport>,
    ) -> Result<Line, LineError> {
        let gateway = match (config.dialect(), credentials) {
            (Dialect::Gateway, Some(credentials)) => Some(Gateway {
                app_id: Header::new("apigee_app_id", credentials.app_id()),
                tokens: Arc::new(TokenCache::for_hosts(
                    &config.hosts,
                    credentials,
                    Arc::clone(&transport),
                    config.timeouts.look_up,
                )?),
            }),
            (Dialect::Gateway, None) => {
                return Err(LineError::Credentials { environment: config.environment(), missing: Vec::new() });
            }
            (Dialect::DirectOscu | Dialect::Vscu, _) => None,
        };
        Ok(Line {
            hosts: config.hosts.clone(),
            transport,
            gateway,
            timeouts: config.timeouts,
            limiter: Limiter::new(config.limits),
            breaker: Breaker::new(config.breaker),
            retries: Retries::new(config.retry),
            latencies: Latencies::new(config.slow_after),
            metrics: None,
            listeners: Listeners::default(),
        })
    }

    /// With somebody who watches.
    pub fn with_metrics(self, metrics: Arc<dyn Metrics>) -> Line {
        Line { metrics: Some(metrics), ..self }
    }

    /// KRA's addresses.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Latency percentiles per operation since the start.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// The time one exchange may take, by operation: a lease must outlive it.
    pub fn timeouts(&self) -> &CallTimeouts {
        &self.timeouts
    }

    /// Access tokens, on the gateway.
    pub fn tokens(&self) -> Option<&Arc<TokenCache>> {
        self.gateway.as_ref().map(|gateway| &gateway.tokens)
    }

    pub(crate) fn retries(&self) -> &Retries {
        &self.retries
    }

    /// Devices that hear of what concerns the whole line.
    pub(crate) fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Tells the log, the metrics and these listeners.
    pub(crate) fn tell(&self, notice: &Notice, listeners: &Listeners) {
        notice.log();
        if let Some(metrics) = &self.metrics {
            metrics.notice(notice);
        }
        listeners.tell(notice);
    }

    fn notice(&self, notice: &Notice) {
        self.tell(notice, &self.listeners);
    }

    /// One exchange: waits its turn, sends, renews a token that the gateway refused and sends again, counts.
    pub(crate) async fn exchange(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let operation = call.operation;
        let Some(path) = operation.path(self.hosts.dialect()) else {
            return Err(CallError::not_sent(
                Cause::Unsupported,
                format!("{} does not exist on the {} dialect", operation.name(), self.hosts.dialect()),
            ));
        };
        let patience = if operation.is_write() { WRITE_PATIENCE } else { LOOK_UP_PATIENCE };
        self.limiter.turn(patience).await.map_err(|wait| held_back(Cause::Limited, wait))?;
        let permit = self.breaker.permit().map_err(|wait| held_back(Cause::CircuitOpen, wait))?;
        let started = Instant::now();
        let result = self.signed_in(call, path).await;
        self.observe(&call, &result, started.elapsed());
        if let Some(failed) = counts_as_failed(&result) {
            match permit.ended(failed) {
                Change::None => {}
                Change::Opened(pause) => self.notice(&Notice::CircuitOpened { pause }),
                Change::Closed => self.notice(&Notice::CircuitClosed),
            }
        }
        if let Ok(answer) = &result
            && is_throttled(operation, answer)
        {
            let pause = self.limiter.throttled(answer.retry_after);
            self.notice(&Notice::Throttled { pause });
        }
        result
    }

    async fn signed_in(&self, call: Call<'_>, path: &str) -> Result<Answer, CallError> {
        let url = [self.hosts.base(), path].concat();
        let send = async |headers: &[Header]| {
            self.transport
                .send(Request {
                    url: &url,
                    headers,
                    body: Some(call.body),
                    timeout: self.timeouts.of(call.operation),
                    clear_to_send: call.clear_to_send,
                })
                .await
        };
        let Some(gateway) = &self.gateway else { return send(call.headers).await };
        let token = gateway.tokens.token().await?;
        let mut headers = Vec::with_capacity(call.headers.len() + 2);
        headers.extend_from_slice(call.headers);
        headers.push(gateway.app_id.clone());
        headers.push(token.header().clone());
        let answer = send(&headers).await?;
        if !token_refused(&answer) {
            return Ok(answer);
        }
        // The gateway turned the call away at its door: it was not passed on, so that even a write may go again.
        let renewed = gateway.tokens.renewed(&token).await?;
        headers.pop();
        headers.push(renewed.header().clone());
        send(&headers).await
    }

    fn observe(&self, call: &Call<'_>, result: &Result<Answer, CallError>, latency: Duration) {
        let (delivery, cause) = match result {
            Ok(_) => (Delivery::Answered, None),
            Err(error) => (error.delivery, Some(error.cause.name())),
        };
        let status = result.as_ref().ok().map(|answer| answer.status);
        if delivery != Delivery::NotSent
            && let Some(notice) = self.latencies.record(call.operation, latency)
        {
            self.notice(&notice);
        }
        if let Some(metrics) = &self.metrics {
            metrics.observe(&Observation {
                operation: call.operation,
                dialect: self.hosts.dialect(),
                attempt: call.attempt,
                delivery,
                status,
                cause,
                latency,
                request_bytes: call.body.len(),
                answer_bytes: result.as_ref().map_or(0, |answer| answer.body.len()),
            });
        }
        tracing::debug!(?delivery, status, cause, latency_ms = latency.as_millis() as u64, "exchange with KRA");
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("hosts", &self.hosts).field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}

fn held_back(cause: Cause, wait: Duration) -> CallError {
    let why = match cause {
        Cause::CircuitOpen => "KRA has failed several times in a row and is left alone",
        _ => "so many calls were made that KRA would refuse more",
    };
    let message = format!("{why}: the next try is possible in {} s", wait.as_secs() + 1);
    CallError { retry_after: Some(wait), ..CallError::not_sent(cause, message) }
}

/// Whether the call says that KRA is down; `None` when it says nothing about it.
fn counts_as_failed(result: &Result<Answer, CallError>) -> Option<bool> {
    match result {
        Ok(answer) => Some(matches!(answer.status, 502..=504)),
        Err(error) => match error.cause {
            Cause::Connect | Cause::Timeout | Cause::Interrupted => Some(true),
            _ => None,
        },
    }
}

/// HTTP 429, or result 990 in whatever envelope.
fn is_throttled(operation: Operation, answer: &Answer) -> bool {
    answer.status == 429
        || answer.body.len() < SHORT_ANSWER
            && answer.body.windows(3).any(|window| window == b"990")
            && matches!(
                Reply::parse(operation, answer.status, &answer.body).outcome,
                Outcome::Refused(refusal) if refusal.reason == RefusalReason::Throttled
            )
}

/// Whether the gateway turned the call away for its token, in any of the ways it is known to say so.
pub(crate) fn token_refused(answer: &Answer) -> bool {
    const SIGNATURES: [&[u8]; 3] =
        [b"access_token_expired", b"access token expired", b"unauthorised-invalid access token"];
    match answer.status {
        401 => true,
        500 if answer.body.len() < SHORT_ANSWER => {
            let text = answer.body.to_ascii_lowercase();
            SIGNATURES.iter().any(|signature| text.windows(signature.len()).any(|window| window == *signature))
        }
        _ => false,
    }
}
