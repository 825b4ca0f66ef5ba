//! OAuth2 client credentials as KRA's gateway does them: a GET with Basic, one token for everybody, renewed early.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::config::Hosts;
use crate::credentials::Credentials;
use crate::line::LineError;
use crate::transport::{CallError, Cause, Header, Request, Transport};

/// A token is renewed this long before KRA lets it expire.
const EARLY: Duration = Duration::from_secs(60);
/// What KRA's tokens live when the answer does not say.
const USUAL_LIFE: Duration = Duration::from_secs(3599);
/// KRA's token host sometimes fails name look-up or answers nothing at all.
const TRIES: u32 = 3;
/// Pause before the second try of a token request; it doubles.
const PAUSE: Duration = Duration::from_millis(250);

/// Access tokens of one application: fetched once for any number of waiters, kept until shortly before they expire.
pub struct TokenCache {
    url: String,
    basic: Header,
    transport: Arc<dyn Transport>,
    timeout: Duration,
    current: Mutex<State>,
    /// Held by the one who fetches.
    fetching: tokio::sync::Mutex<()>,
}

/// An access token in the form it is sent.
#[derive(Clone)]
pub struct Token {
    header: Header,
    generation: u64,
    renew_at: Instant,
}

impl Token {
    /// `authorization: Bearer …`.
    pub fn header(&self) -> &Header {
        &self.header
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(***, generation {})", self.generation)
    }
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Fetches completed, whether well or badly.
    generation: u64,
    failure: Option<CallError>,
}

impl TokenCache {
    /// Tokens for the token address of `hosts`.
    ///
    /// # Errors
    /// [`LineError::OtherEnvironment`] when the credentials are not of the hosts' environment.
    pub fn for_hosts(
        hosts: &Hosts,
        credentials: &Credentials,
        transport: Arc<dyn Transport>,
        timeout: Duration,
    ) -> Result<TokenCache, LineError> {
        if credentials.environment() != hosts.environment() {
            return Err(LineError::OtherEnvironment {
                credentials: credentials.environment(),
                device: hosts.environment(),
            });
        }
        let (key, secret) = (credentials.consumer_key().expose_secret(), credentials.consumer_secret().expose_secret());
        let pair = Zeroizing::new(format!("{key}:{secret}"));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Ok(TokenCache {
            url: hosts.token_url(),
            basic: Header::new("authorization", format!("Basic {}", encoded.as_str())),
            transport,
            timeout,
            current: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    /// A token that is good for another minute at least; fetched when there is none.
    ///
    /// # Errors
    /// When KRA gives none. Everybody who waited for the same fetch gets the same error.
    pub async fn token(&self) -> Result<Token, CallError> {
        match self.usable(None) {
            Ok(token) => Ok(token),
            Err(generation) => self.fetch_after(generation, None).await,
        }
    }

    /// Another token than `refused`, which KRA would not take.
    ///
    /// # Errors
    /// As [`TokenCache::token`].
    pub async fn renewed(&self, refused: &Token) -> Result<Token, CallError> {
        match self.usable(Some(refused)) {
            Ok(token) => Ok(token),
            Err(generation) => self.fetch_after(generation, Some(refused)).await,
        }
    }

    /// The present token, or the number of fetches so far when there is none to use.
    fn usable(&self, refused: Option<&Token>) -> Result<Token, u64> {
        let state = self.current.lock().expect("no code that holds this lock panics");
        match &state.token {
            Some(token)
                if token.renew_at > Instant::now()
                    && refused.is_none_or(|refused| refused.generation != token.generation) =>
            {
                Ok(token.clone())
            }
            _ => Err(state.generation),
        }
    }

    async fn fetch_after(&self, seen: u64, refused: Option<&Token>) -> Result<Token, CallError> {
        let _only_one = self.fetching.lock().await;
        let generation = match self.usable(refused) {
            Ok(token) => return Ok(token),
            Err(generation) => generation,
        };
        if generation != seen {
            // Somebody fetched while we waited, and it came to nothing: asking again a thousand times would not help.
            let state = self.current.lock().expect("no code that holds this lock panics");
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
        }
        let fetched = self.fetch().await;
        let mut state = self.current.lock().expect("no code that holds this lock panics");
        state.generation += 1;
        match fetched {
            Ok((header, life)) => {
                let renew_at = Instant::now() + life.saturating_sub(EARLY).max(life / 10);
                let token = Token { header, generation: state.generation, renew_at };
                state.failure = None;
                state.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                state.token = None;
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn fetch(&self) -> Result<(Header, Duration), CallError> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            match self.ask().await {
                Ok(token) => return Ok(token),
                Err(Refusal { error, worth_another_try }) => {
                    if !worth_another_try || tries == TRIES {
                        return Err(error);
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            tries += 1;
        }
    }

    async fn ask(&self) -> Result<(Header, Duration), Refusal> {
        let headers = [self.basic.clone(), Header::new("accept", "application/json")];
        let request =
            Request { url: &self.url, headers: &headers, body: None, timeout: self.timeout, clear_to_send: None };
        let answer = self.transport.send(request).await.map_err(|error| Refusal {
            error: CallError {
                retry_after: error.retry_after,
                ..CallError::not_sent(Cause::TokenHost, format!("no access token: {error}"))
            },
            worth_another_try: true,
        })?;
        if answer.status == 200 {
            if let Ok(Issued { access_token, expires_in }) = serde_json::from_slice(&answer.body)
                && !access_token.expose_secret().is_empty()
            {
                let life = expires_in.map_or(USUAL_LIFE, |seconds| Duration::from_secs(seconds.0));
                let bearer = format!("Bearer {}", access_token.expose_secret());
                return Ok((Header::new("authorization", bearer), life));
            }
            return Err(Refusal {
                error: CallError::not_sent(
                    Cause::Token,
                    "no access token: KRA's token address answered 200 without one",
                ),
                worth_another_try: true,
            });
        }
        let (cause, message, worth_another_try) = match answer.status {
            400 | 401 | 403 => (
                Cause::Token,
                format!(
                    "no access token: KRA refuses the consumer key and secret (status {}): check that they are those of \
                     this application, of this environment, and that the application is approved",
                    answer.status
                ),
                false,
            ),
            status => (
                Cause::TokenHost,
                format!("no access token: KRA's token address answered status {status}"),
                status >= 500,
            ),
        };
        let error = CallError { retry_after: answer.retry_after, ..CallError::not_sent(cause, message) };
        Err(Refusal { error, worth_another_try })
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("url", &self.url).finish_non_exhaustive()
    }
}

struct Refusal {
    error: CallError,
    worth_another_try: bool,
}

/// The token answer; `expires_in` comes as a string from KRA and as a number from the standard.
#[derive(Deserialize)]
struct Issued {
    access_token: SecretString,
    expires_in: Option<Seconds>,
}

struct Seconds(u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds as a number or as text")
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Seconds, E> {
                Ok(Seconds(seconds))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Seconds, E> {
                text.trim().parse().map(Seconds).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
