//! KRA's GavaConnect checkers: is this PIN, certificate or invoice genuine? Cached, rate limited, on tokens of their own.

mod buyer;
mod kept;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use etims_core::pin::Pin;
use etims_core::wire::checks::{
    CheckedInvoice, NoVerdict, PinDetails, TccDetails, Verdict, invoice_check_body, is_cu_invoice_number,
    pin_by_id_body, pin_check_body, tcc_check_body,
};

use crate::auth::TokenCache;
use crate::config::Config;
use crate::credentials::Credentials;
use crate::limiter::Limiter;
use crate::line::{LineError, token_refused};
use crate::retry::Retries;
use crate::transport::{Answer, CallError, Cause, Header, HttpTransport, Request, Transport};

pub use buyer::{BuyerFinding, buyer_findings};
use kept::Kept;

const PIN_BY_PIN: &str = "/checker/v1/pinbypin";
const PIN_BY_ID: &str = "/checker/v1/pin";
const TCC: &str = "/v1/kra-tcc/validate";
const INVOICE: &str = "/checker/v1/invoice";

/// How long a caller waits for his turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// Answers kept of each kind.
const KEPT: usize = 10_000;
/// A "no" is kept this long at most: an invoice may be on its way, a PIN may be registered today.
const KEEP_NO: Duration = Duration::from_secs(300);

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// What is to be checked cannot be such a thing; KRA was not asked.
    #[error("{0}")]
    Input(&'static str),
    /// KRA could not be asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// KRA answered, but not with a verdict.
    #[error(transparent)]
    Answer(#[from] NoVerdict),
}

/// Which identity document a person or company is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxpayerKind {
    /// A Kenyan resident, by national identity card.
    Kenyan,
    /// A foreigner resident in Kenya, by alien card.
    NonKenyanResident,
    /// A foreigner not resident, by passport. KRA's documents also spell the code `NKENRB`.
    NonKenyanNonResident,
    /// A company, by registration number.
    Company,
}

impl TaxpayerKind {
    /// Every kind.
    pub const ALL: [TaxpayerKind; 4] = [
        TaxpayerKind::Kenyan,
        TaxpayerKind::NonKenyanResident,
        TaxpayerKind::NonKenyanNonResident,
        TaxpayerKind::Company,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            TaxpayerKind::Kenyan => "kenyan",
            TaxpayerKind::NonKenyanResident => "non_kenyan_resident",
            TaxpayerKind::NonKenyanNonResident => "non_kenyan_non_resident",
            TaxpayerKind::Company => "company",
        }
    }

    /// Reads a name as printed by [`TaxpayerKind::name`].
    pub fn from_name(name: &str) -> Option<TaxpayerKind> {
        TaxpayerKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn code(self) -> &'static str {
        match self {
            TaxpayerKind::Kenyan => "KE",
            TaxpayerKind::NonKenyanResident => "NKE",
            TaxpayerKind::NonKenyanNonResident => "NKENR",
            TaxpayerKind::Company => "COMP",
        }
    }
}

/// The checkers of one application in one environment.
pub struct Checkers {
    base: String,
    tokens: TokenCache,
    transport: Arc<dyn Transport>,
    timeout: Duration,
    limiter: Limiter,
    retries: Retries,
    pins: Kept<Verdict<PinDetails>>,
    tccs: Kept<Verdict<TccDetails>>,
    invoices: Kept<Verdict<CheckedInvoice>>,
}

impl Checkers {
    /// The checkers with the credentials of the settings' source.
    ///
    /// # Errors
    /// [`LineError`]; nothing is connected yet.
    pub fn open(config: &Config) -> Result<Checkers, LineError> {
        let environment = config.environment();
        let credentials = Credentials::load(&config.secrets, environment)
            .map_err(|missing| LineError::Credentials { environment, missing })?;
        Checkers::new(config, &credentials, Arc::new(HttpTransport::new(&config.http)?))
    }

    /// The checkers with credentials of their own: KRA issues a pair of keys for each product.
    ///
    /// # Errors
    /// When the credentials are of the other environment.
    pub fn new(
        config: &Config,
        credentials: &Credentials,
        transport: Arc<dyn Transport>,
    ) -> Result<Checkers, LineError> {
        let timeout = config.timeouts.look_up;
        let keep = config.keep_checks;
        Ok(Checkers {
            base: config.hosts.checkers().to_owned(),
            tokens: TokenCache::for_hosts(&config.hosts, credentials, Arc::clone(&transport), timeout)?,
            transport,
            timeout,
            limiter: Limiter::new(config.limits),
            retries: Retries::new(config.retry),
            pins: Kept::new(KEPT, keep),
            tccs: Kept::new(KEPT, keep),
            invoices: Kept::new(KEPT, keep),
        })
    }

    /// Whether KRA knows this PIN, and whose it is.
    ///
    /// # Errors
    /// [`CheckError`]; an unknown PIN is a verdict and no error.
    pub async fn pin(&self, pin: Pin) -> Result<Verdict<PinDetails>, CheckError> {
        self.check(&self.pins, PIN_BY_PIN, pin_check_body(pin), Verdict::pin).await
    }

    /// Which PIN belongs to an identity document.
    ///
    /// # Errors
    /// As [`Checkers::pin`].
    pub async fn pin_by_id(&self, kind: TaxpayerKind, id: &str) -> Result<Verdict<PinDetails>, CheckError> {
        let id = id.trim();
        if id.is_empty() || id.len() > 40 || id.chars().any(char::is_control) {
            return Err(CheckError::Input("an identity document has a number of up to 40 characters"));
        }
        self.check(&self.pins, PIN_BY_ID, pin_by_id_body(kind.code(), id), Verdict::pin).await
    }

    /// Whether a tax compliance certificate is genuine.
    ///
    /// # Errors
    /// As [`Checkers::pin`].
    pub async fn tcc(&self, pin: Pin, number: &str) -> Result<Verdict<TccDetails>, CheckError> {
        let number = number.trim();
        if number.is_empty() || number.len() > 40 || number.chars().any(char::is_control) {
            return Err(CheckError::Input("a tax compliance certificate has a number of up to 40 characters"));
        }
        self.check(&self.tccs, TCC, tcc_check_body(pin, number), Verdict::tcc).await
    }

    /// Whether KRA has an invoice with this control unit number and date: the proof that a receipt is no forgery.
    ///
    /// # Errors
    /// As [`Checkers::pin`]; the number is checked before KRA is asked.
    pub async fn invoice(&self, number: &str, date: NaiveDate) -> Result<Verdict<CheckedInvoice>, CheckError> {
        let number = number.trim();
        if !is_cu_invoice_number(number) {
            return Err(CheckError::Input(
                "a control unit's invoice number looks like KRACU0100058659/5134, or has 19 digits (TIMS)",
            ));
        }
        self.check(&self.invoices, INVOICE, invoice_check_body(number, date), Verdict::invoice).await
    }

    /// Compares a buyer with what KRA knows about the PIN, before an invoice is made out to him. Empty when all is well
    /// or when there is no PIN to compare.
    ///
    /// # Errors
    /// As [`Checkers::pin`].
    pub async fn buyer(&self, buyer: &etims_core::party::Buyer) -> Result<Vec<BuyerFinding>, CheckError> {
        let Some(pin) = buyer.pin else { return Ok(Vec::new()) };
        let verdict = self.pin(pin).await?;
        let registered = verdict.details.as_ref();
        Ok(buyer_findings(
            buyer,
            registered.map(|details| (details.name.as_deref(), details.is_active().unwrap_or(true))),
        ))
    }

    async fn check<T: Clone>(
        &self,
        kept: &Kept<Verdict<T>>,
        path: &str,
        body: Vec<u8>,
        read: fn(u16, &[u8]) -> Result<Verdict<T>, NoVerdict>,
    ) -> Result<Verdict<T>, CheckError> {
        // The body holds everything that was asked, for PINs by two paths.
        let key = [path.as_bytes(), &body].concat();
        if let Some(verdict) = kept.get(&key) {
            return Ok(verdict);
        }
        let mut attempt = 1;
        let verdict = loop {
            let result = self.exchange(path, &body).await;
            let (error, asked_for) = match result {
                Ok(answer) => match read(answer.status, &answer.body) {
                    Ok(verdict) => break verdict,
                    Err(error @ NoVerdict::Transient(_)) => (CheckError::Answer(error), answer.retry_after),
                    Err(error) => return Err(error.into()),
                },
                Err(error) => match error.cause {
                    Cause::Connect | Cause::Interrupted | Cause::Timeout => {
                        let asked_for = error.retry_after;
                        (CheckError::Call(error), asked_for)
                    }
                    _ => return Err(error.into()),
                },
            };
            let Some(pause) = self.retries.next(attempt, asked_for) else { return Err(error) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        };
        self.retries.earned();
        kept.put(key, verdict.clone(), if verdict.valid { None } else { Some(KEEP_NO) });
        Ok(verdict)
    }

    async fn exchange(&self, path: &str, body: &[u8]) -> Result<Answer, CallError> {
        self.limiter.turn(PATIENCE).await.map_err(|wait| CallError {
            retry_after: Some(wait),
            ..CallError::not_sent(Cause::Limited, "so many checks were made that KRA would refuse more")
        })?;
        let url = [self.base.as_str(), path].concat();
        let send = async |token: &Header| {
            let headers = [
                Header::new("content-type", "application/json"),
                Header::new("accept", "application/json"),
                token.clone(),
            ];
            let request =
                Request { url: &url, headers: &headers, body: Some(body), timeout: self.timeout, clear_to_send: None };
            self.transport.send(request).await
        };
        let token = self.tokens.token().await?;
        let mut answer = send(token.header()).await?;
        if token_refused(&answer) {
            answer = send(self.tokens.renewed(&token).await?.header()).await?;
        }
        if answer.status == 429 {
            self.limiter.throttled(answer.retry_after);
        }
        Ok(answer)
    }
}

impl fmt::Debug for Checkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkers").field("base", &self.base).finish_non_exhaustive()
    }
}
