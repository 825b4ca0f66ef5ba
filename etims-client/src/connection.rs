//! One PIN and branch on one dialect: addresses, authentication, headers and the rules on what goes where.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use etims_core::wire::{Dialect, Operation};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::{Token, TokenCache};
use crate::transport::{CallError, Cause, ClearToSend, Header, Request, Transport};

pub use crate::transport::Answer;

/// How long one exchange may take, by the kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimeouts {
    /// Calls that KRA records.
    pub write: Duration,
    /// Look-ups.
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

/// What a gateway application needs besides the device: its id and its tokens.
#[derive(Debug)]
pub struct GatewayAccess {
    /// The application's id on the portal, a UUID (header `apigee_app_id`); not the consumer key.
    pub app_id: String,
    /// Access tokens.
    pub tokens: TokenCache,
}

/// One PIN and branch on one dialect.
pub struct Connection {
    dialect: Dialect,
    base: String,
    pin: String,
    branch: String,
    transport: Arc<dyn Transport>,
    gateway: Option<GatewayAccess>,
    timeouts: CallTimeouts,
    communication_key: RwLock<Option<Header>>,
}

impl Connection {
    /// A connection. `base` is the dialect's base address without a slash at the end; `gateway` is needed there and
    /// nowhere else.
    pub fn new(
        dialect: Dialect,
        base: impl Into<String>,
        pin: impl Into<String>,
        branch: impl Into<String>,
        transport: Arc<dyn Transport>,
        gateway: Option<GatewayAccess>,
        timeouts: CallTimeouts,
    ) -> Connection {
        Connection {
            dialect,
            base: base.into(),
            pin: pin.into(),
            branch: branch.into(),
            transport,
            gateway,
            timeouts,
            communication_key: RwLock::new(None),
        }
    }

    /// The dialect spoken.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Sets the device's communication key (eTIMS `cmcKey`), sent as a header from now on.
    pub fn set_communication_key(&self, key: &SecretString) {
        let header = Header::new("cmckey", key.expose_secret());
        *self.communication_key.write().expect("no code that holds this lock panics") = Some(header);
    }

    /// Whether the device's communication key is known.
    pub fn has_communication_key(&self) -> bool {
        self.communication_key.read().expect("no code that holds this lock panics").is_some()
    }

    /// Sends `body` once and returns KRA's answer as it came. An access token that KRA refuses at its door is renewed
    /// and the call made again: the gateway has not passed it on then.
    ///
    /// `clear_to_send` is asked when the connection stands and the body is about to leave; `false` calls it back.
    ///
    /// # Errors
    /// [`CallError`]; its `delivery` is `NotSent` when no byte of the body has left.
    pub async fn call(
        &self,
        operation: Operation,
        body: &[u8],
        clear_to_send: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Answer, CallError> {
        self.exchange(operation, body, Some(clear_to_send)).await
    }

    async fn exchange(
        &self,
        operation: Operation,
        body: &[u8],
        clear_to_send: Option<&ClearToSend<'_>>,
    ) -> Result<Answer, CallError> {
        let Some(path) = operation.path(self.dialect) else {
            return Err(CallError::not_sent(
                Cause::Unsupported,
                format!("{} does not exist on the {} dialect", operation.name(), self.dialect),
            ));
        };
        let url = format!("{}{path}", self.base);
        let mut headers = self.headers(operation);
        let Some(GatewayAccess { tokens, .. }) = &self.gateway else {
            return self.send(operation, &url, &headers, body, clear_to_send).await;
        };
        let token = tokens.token().await?;
        headers.push(token.header().clone());
        let answer = self.send(operation, &url, &headers, body, clear_to_send).await?;
        if !token_refused(&answer) {
            return Ok(answer);
        }
        let renewed: Token = tokens.renewed(&token).await?;
        headers.pop();
        headers.push(renewed.header().clone());
        self.send(operation, &url, &headers, body, clear_to_send).await
    }

    async fn send(
        &self,
        operation: Operation,
        url: &str,
        headers: &[Header],
        body: &[u8],
        clear_to_send: Option<&ClearToSend<'_>>,
    ) -> Result<Answer, CallError> {
        let timeout = match operation {
            Operation::SelectItemClasses => self.timeouts.classification,
            operation if operation.is_write() => self.timeouts.write,
            _ => self.timeouts.look_up,
        };
        self.transport.send(Request { url, headers, body: Some(body), timeout, clear_to_send }).await
    }

    fn headers(&self, operation: Operation) -> Vec<Header> {
        let mut headers = Vec::with_capacity(7);
        headers.push(Header::new("content-type", "application/json"));
        headers.push(Header::new("accept", "application/json"));
        if self.dialect == Dialect::Vscu {
            return headers;
        }
        headers.push(Header::new("tin", self.pin.as_str()));
        headers.push(Header::new("bhfid", self.branch.as_str()));
        if let Some(GatewayAccess { app_id, .. }) = &self.gateway {
            headers.push(Header::new("apigee_app_id", app_id.as_str()));
        }
        if operation != Operation::Initialise {
            headers.extend(self.communication_key.read().expect("no code that holds this lock panics").clone());
        }
        headers
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("dialect", &self.dialect)
            .field("base", &self.base)
            .field("branch", &self.branch)
            .field("initialised", &self.has_communication_key())
            .finish_non_exhaustive()
    }
}

/// Whether `tin` and `bhfId` are part of the body: always on the VSCU and for the initialisation, on the gateway for
/// look-ups; otherwise they are headers alone.
pub fn identity_in_body(dialect: Dialect, operation: Operation) -> bool {
    match dialect {
        Dialect::Vscu => true,
        Dialect::Gateway => operation == Operation::Initialise || !operation.is_write(),
        Dialect::DirectOscu => operation == Operation::Initialise,
    }
}

/// Whether the gateway turned the call away for its token, in any of the ways it is known to say so.
fn token_refused(answer: &Answer) -> bool {
    const SIGNATURES: [&[u8]; 3] =
        [b"access_token_expired", b"access token expired", b"unauthorised-invalid access token"];
    match answer.status {
        401 => true,
        500 => {
            let text = answer.body.to_ascii_lowercase();
            SIGNATURES.iter().any(|signature| text.windows(signature.len()).any(|window| window == *signature))
        }
        _ => false,
    }
}
