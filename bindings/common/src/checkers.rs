//! KRA's GavaConnect checkers, for callers in any language: is this PIN, certificate or invoice genuine?

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use etims_client::checkers::{self as client, CheckError, TaxpayerKind};
use etims_core::error;
use etims_core::party::Buyer;
use etims_core::pin::Pin;
use etims_core::rules::Findings;
use etims_core::time::{Timestamp, local_date, parse_date};
use etims_core::wire::Delivery;
use etims_core::wire::checks::NoVerdict;
pub use etims_core::wire::checks::{CheckedInvoice, PinDetails, TccDetails, Verdict};
use tokio::sync::Mutex;

use crate::Error;
use crate::process::PerProcess;
use crate::settings::DeviceSettings;
use crate::work::{Work, aside, work};

/// The checkers of one application. Clones are the same.
///
/// A verdict is kept for a while (setting `checkers.keep`), so that asking again costs nothing. A child process that
/// inherits them opens its own on its first use.
#[derive(Clone)]
pub struct Checkers {
    inner: Arc<Inner>,
}

struct Inner {
    settings: DeviceSettings,
    /// Empty before the first use and after closing.
    opened: PerProcess<Mutex<Option<Arc<client::Checkers>>>>,
    closed: AtomicBool,
}

/// Something about a buyer that is worth a question before the invoice is made out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuyerFinding {
    /// Stable name: `unknown`, `inactive`, `other_name`, `unusual_prefix` or `check_letter`.
    pub name: &'static str,
    /// One sentence for people.
    pub sentence: &'static str,
}

impl Checkers {
    /// Opens the checkers with the credentials of the settings' source. KRA is not asked yet.
    ///
    /// # Errors
    /// `INVALID_CONFIG`: everything wrong with the settings at once, or credentials that cannot be had.
    pub fn open(settings: DeviceSettings) -> Work<Checkers> {
        let inner = Arc::new(Inner { settings, opened: PerProcess::new(), closed: AtomicBool::new(false) });
        work(async move {
            inner.checkers().await?;
            Ok(Checkers { inner })
        })
    }

    fn with<T: Send + 'static, F>(&self, steps: impl FnOnce(Arc<client::Checkers>) -> F + Send + 'static) -> Work<T>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        let inner = self.inner.clone();
        work(async move { steps(inner.checkers().await?).await })
    }

    /// Whether KRA knows this PIN, and whose it is. A PIN that KRA does not know is a verdict and no error.
    pub fn pin(&self, pin: String) -> Work<Verdict<PinDetails>> {
        self.with(async move |checkers| {
            let pin = parsed(&pin)?;
            checkers.pin(pin).await.map_err(|failed| failure("pin", failed))
        })
    }

    /// Which PIN belongs to an identity document of a `kenyan`, `non_kenyan_resident`, `non_kenyan_non_resident` or
    /// `company`.
    pub fn pin_by_id(&self, kind: String, id: String) -> Work<Verdict<PinDetails>> {
        self.with(async move |checkers| {
            let kind = TaxpayerKind::from_name(&kind).ok_or_else(|| {
                let known = TaxpayerKind::ALL.map(TaxpayerKind::name).join(", ");
                Error::argument("kind", format_args!("is one of {known}"))
            })?;
            checkers.pin_by_id(kind, &id).await.map_err(|failed| failure("id", failed))
        })
    }

    /// Whether a tax compliance certificate is genuine.
    pub fn tcc(&self, pin: String, number: String) -> Work<Verdict<TccDetails>> {
        self.with(async move |checkers| {
            let pin = parsed(&pin)?;
            checkers.tcc(pin, &number).await.map_err(|failed| failure("number", failed))
        })
    }

    /// Whether KRA has an invoice with this control unit number, of this date: `2026-09-17`, or a moment with its offset,
    /// whose date in Nairobi counts.
    pub fn invoice(&self, number: String, date: String) -> Work<Verdict<CheckedInvoice>> {
        self.with(async move |checkers| {
            let moment = || date.parse::<Timestamp>().ok().map(local_date);
            let date = parse_date(&date).or_else(moment).ok_or_else(|| {
                Error::argument("date", "is no date such as 2026-09-17, nor a moment with its offset")
            })?;
            checkers.invoice(&number, date).await.map_err(|failed| failure("number", failed))
        })
    }

    /// Compares a buyer, JSON text as it stands in a document, with what KRA knows about the PIN. Empty when all is well
    /// or when there is no PIN to compare.
    ///
    /// # Errors
    /// `INVALID_DOCUMENT` with the violations when it is no buyer; else as the others.
    pub fn buyer(&self, buyer: Vec<u8>) -> Work<Vec<BuyerFinding>> {
        self.with(async move |checkers| {
            let mut findings = Findings::default();
            let buyer = Buyer::from_json(&buyer, &mut findings)?;
            findings.into_result()?;
            let found = checkers.buyer(&buyer).await.map_err(|failed| failure("buyer", failed))?;
            Ok(found.into_iter().map(|one| BuyerFinding { name: one.name(), sentence: one.sentence() }).collect())
        })
    }

    /// Gives up connections, token and kept verdicts. What is under way is finished; everything after it is `CLOSED`.
    pub fn close(&self) -> Work<()> {
        let inner = self.inner.clone();
        work(async move {
            inner.closed.store(true, Ordering::SeqCst);
            if let Some(opened) = inner.opened.get() {
                *opened.lock().await = None;
            }
            Ok(())
        })
    }

    /// Whether they were closed.
    pub fn is_closed(&self) -> bool {
        self.inner.closed.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// This process's checkers.
    async fn checkers(&self) -> Result<Arc<client::Checkers>, Error> {
        let mut slot = self.opened.get_or_init(|| Mutex::new(None)).lock().await;
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(&error::CLOSED, "the checkers were closed"));
        }
        if let Some(checkers) = slot.as_ref() {
            return Ok(checkers.clone());
        }
        let settings = self.settings.clone();
        let opened =
            aside(move || Ok(client::Checkers::open(&settings.config()?).map_err(etims_client::error::Error::from)?));
        let checkers = Arc::new(opened.await?);
        *slot = Some(checkers.clone());
        Ok(checkers)
    }
}

fn parsed(pin: &str) -> Result<Pin, Error> {
    Pin::parse(pin).map_err(|problem| Error::argument("pin", problem))
}

/// `argument` is what the checker was given to look at.
fn failure(argument: &str, failed: CheckError) -> Error {
    match failed {
        CheckError::Call(call) => etims_client::error::Error::Call(call).into(),
        CheckError::Answer(answer) => {
            let code = match &answer {
                NoVerdict::Transient(_) => &error::THROTTLED,
                NoVerdict::Credentials(_) => &error::NOT_AUTHORISED,
                NoVerdict::Refused(_) => &error::REFUSED,
                _ => &error::UNREADABLE_ANSWER,
            };
            Error { delivery: Delivery::Answered, ..Error::new(code, answer) }
        }
        other => Error::argument(argument, other),
    }
}
