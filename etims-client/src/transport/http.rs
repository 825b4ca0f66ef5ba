use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use super::gate::gated;
use super::{Answer, CallError, Cause, Header, Request, Roots, RootsError, Sending, Transport, tls};

/// Addresses kept; a line calls one for each operation.
const MOST_URLS: usize = 64;

/// Settings of [`HttpTransport`].
#[derive(Clone)]
pub struct HttpOptions {
    /// Name look-up, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// Longest pause between two pieces of an answer that has begun.
    pub read_timeout: Duration,
    /// How long an idle connection is kept for the next call.
    pub idle_timeout: Duration,
    /// Largest answer, counted both as it arrives and decompressed, in bytes.
    pub largest_answer: usize,
    /// Trusted certificate authorities.
    pub roots: Roots,
    /// Address of an HTTP proxy, such as `http://proxy.example:3128`; none is used unless named.
    pub proxy: Option<String>,
}

impl Default for HttpOptions {
    /// 10 s to connect, 60 s between pieces, 64 MiB: the full classification list is tens of thousands of rows.
    fn default() -> HttpOptions {
        HttpOptions {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(50),
            largest_answer: 64 * 1024 * 1024,
            roots: Roots::Bundled,
            proxy: None,
        }
    }
}

impl fmt::Debug for HttpOptions {
    /// Without the proxy's address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("largest_answer", &self.largest_answer)
            .field("roots", &self.roots)
            .field("proxy", &self.proxy.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Why the HTTP client cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpSetupError {
    /// The trusted authorities cannot be used.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The proxy's address is not usable. It is not repeated here: it may hold a password.
    #[error("the proxy's address is not a URL such as http://proxy.example:3128")]
    Proxy,
    /// The HTTP client refused its settings.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// HTTP/1.1 over reqwest and rustls: connections are kept and used again, redirects are never followed, nothing is ever
/// sent twice.
///
/// HTTP/1.1 and not 2: a device has few calls under way, each on a connection of its own, so that one broken connection
/// leaves one call in doubt and not all of them.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: Client,
    /// Addresses that were read before: a device calls the same few, again and again.
    urls: Arc<Mutex<HashMap<String, Url>>>,
    read_timeout: Duration,
    largest_answer: usize,
}

impl HttpTransport {
    /// Sets up the client; nothing is connected yet.
    ///
    /// # Errors
    /// When the trusted authorities or the proxy cannot be used.
    pub fn new(options: &HttpOptions) -> Result<HttpTransport, HttpSetupError> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls::client_config(&options.roots)?)
            .http1_only()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.idle_timeout)
            .user_agent(concat!("etims-sdk/", env!("CARGO_PKG_VERSION")))
            .no_proxy();
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(|_| HttpSetupError::Proxy)?);
        }
        Ok(HttpTransport {
            client: builder.build().map_err(|error| HttpSetupError::Client(chain(&error)))?,
            urls: Arc::default(),
            read_timeout: options.read_timeout,
            largest_answer: options.largest_answer,
        })
    }

    fn url(&self, address: &str) -> Result<Url, CallError> {
        let mut urls = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = urls.get(address) {
            return Ok(url.clone());
        }
        let url = Url::parse(address).map_err(|error| {
            CallError::not_sent(Cause::Unsupported, format!("KRA's address is not a URL ({error}): check the settings"))
        })?;
        if urls.len() < MOST_URLS {
            urls.insert(address.to_owned(), url.clone());
        }
        Ok(url)
    }

    async fn exchange(&self, request: Request<'_>) -> Result<Answer, CallError> {
        let deadline = Instant::now() + request.timeout;
        let url = self.url(request.url)?;
        let response = match (request.body, request.clear_to_send) {
            (Some(body), Some(clear_to_send)) => {
                let (body, gate) = gated(body, clear_to_send);
                let sending =
                    self.client.post(url).headers(headers(request.headers)?).body(reqwest::Body::wrap(body)).send();
                match timeout_at(deadline, sending).await {
                    Ok(Ok(response)) => response,
                    Ok(Err(_)) if gate.is_called_back() => {
                        let message = "called back by the sender before the body left";
                        return Err(CallError::not_sent(Cause::NotClear, message));
                    }
                    Ok(Err(error)) => return Err(failure(error, gate.is_open())),
                    // The task that writes may be about to: whoever comes first has it.
                    Err(_) => return Err(late(request.timeout, !gate.call_back())),
                }
            }
            (body, _) => {
                let sending = match body {
                    Some(body) => self.client.post(url).body(body.to_vec()),
                    None => self.client.get(url),
                }
                .headers(headers(request.headers)?)
                .send();
                match timeout_at(deadline, sending).await {
                    Ok(response) => response.map_err(|error| failure(error, true))?,
                    Err(_) => return Err(late(request.timeout, true)),
                }
            }
        };
        self.read(response, deadline, request.timeout).await
    }

    async fn read(&self, mut response: Response, deadline: Instant, allowed: Duration) -> Result<Answer, CallError> {
        let status = response.status();
        if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
            return Err(redirected(&response));
        }
        let too_large = || {
            CallError::maybe_delivered(
                Cause::TooLarge,
                format!("the answer is larger than {} bytes and was dropped", self.largest_answer),
            )
        };
        if response.content_length().is_some_and(|length| length > self.largest_answer as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        loop {
            let pause = Instant::now() + self.read_timeout;
            let chunk = match timeout_at(pause.min(deadline), response.chunk()).await {
                Ok(chunk) => chunk.map_err(|error| failure(error, true))?,
                Err(_) if pause < deadline => {
                    return Err(CallError::maybe_delivered(
                        Cause::Timeout,
                        format!("the answer stopped half-way for {} s", self.read_timeout.as_secs_f32()),
                    ));
                }
                Err(_) => return Err(late(allowed, true)),
            };
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > self.largest_answer {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() == b"gzip") {
            body = self.unpacked(&body, too_large)?;
        }
        Ok(Answer { status: status.as_u16(), body, retry_after: retry_after(response.headers(), SystemTime::now()) })
    }

    /// Decompresses by hand rather than in reqwest, so that both sizes are limited.
    fn unpacked(&self, packed: &[u8], too_large: impl Fn() -> CallError) -> Result<Vec<u8>, CallError> {
        let mut unpacked = Vec::new();
        flate2::read::MultiGzDecoder::new(packed)
            .take(self.largest_answer as u64 + 1)
            .read_to_end(&mut unpacked)
            .map_err(|error| {
                CallError::maybe_delivered(Cause::Unreadable, format!("the answer is not valid gzip: {error}"))
            })?;
        if unpacked.len() > self.largest_answer { Err(too_large()) } else { Ok(unpacked) }
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: Request<'a>) -> Sending<'a> {
        Box::pin(self.exchange(request))
    }
}

fn headers(fields: &[Header]) -> Result<HeaderMap, CallError> {
    let mut map = HeaderMap::with_capacity(fields.len() + 4);
    for field in fields {
        let mut value = HeaderValue::from_str(field.expose()).map_err(|_| {
            CallError::not_sent(
                Cause::Unsupported,
                format!(
                    "the value of header {} has characters that HTTP cannot carry: check the settings",
                    field.name()
                ),
            )
        })?;
        value.set_sensitive(true);
        map.insert(field.name(), value);
    }
    map.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(map)
}

/// Sorts reqwest's errors. `exposed`: the body may have left.
fn failure(error: reqwest::Error, exposed: bool) -> CallError {
    let error = error.without_url();
    let text = chain(&error);
    if error.is_connect() {
        return CallError::not_sent(Cause::Connect, format!("no connection: {text}"));
    }
    if !exposed {
        return CallError::not_sent(
            Cause::Interrupted,
            format!("the connection broke before the body was sent: {text}"),
        );
    }
    let cause = if error.is_timeout() {
        Cause::Timeout
    } else if error.is_decode() {
        Cause::Unreadable
    } else {
        Cause::Interrupted
    };
    CallError::maybe_delivered(cause, format!("no complete answer: {text}"))
}

fn late(allowed: Duration, exposed: bool) -> CallError {
    let seconds = allowed.as_secs_f32();
    if exposed {
        CallError::maybe_delivered(Cause::Timeout, format!("no complete answer within {seconds} s"))
    } else {
        CallError::not_sent(Cause::Timeout, format!("no connection within {seconds} s"))
    }
}

fn redirected(response: &Response) -> CallError {
    let target = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| response.url().join(location).ok())
        .and_then(|location| location.host_str().map(str::to_owned))
        .unwrap_or_else(|| "an unreadable address".to_owned());
    CallError::maybe_delivered(
        Cause::Redirected,
        format!(
            "the server redirects (status {}) to {target}, which is not followed because it would hand over our keys: \
             check the host in the settings and any proxy or captive portal on the way",
            response.status().as_u16()
        ),
    )
}

/// `Retry-After` as seconds or as an HTTP date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(SystemTime::from(moment).duration_since(now).unwrap_or_default())
}

/// An error with its sources, none of which holds a header or a body.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = error.source();
    }
    text
}
