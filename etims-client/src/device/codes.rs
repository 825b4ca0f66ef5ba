//! KRA's code list at work: read now and then, kept for the next start, followed as far as the settings say.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use etims_core::codes::PaymentCodes;
use etims_core::settings::Settings;
use etims_core::tax::TaxRates;
use etims_core::time::{EAST_AFRICA, local_date};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::Inner;
use crate::codes::{CodesPolicy, KraCodes};
use crate::connection::Connection;
use crate::notice::Notice;

/// Whoever opens a device can listen to its events before the first word about rates.
const FIRST_READ: Duration = Duration::from_secs(1);
/// Longest wait before KRA is asked again after it did not answer.
const AGAIN: Duration = Duration::from_secs(3600);

/// What is kept for the next start.
#[derive(Serialize, Deserialize)]
struct Kept {
    codes: KraCodes,
    /// What was told about its rates: once is enough until something changes.
    told: Vec<String>,
}

/// The codes a device works with.
pub(super) struct CodesInUse {
    policy: CodesPolicy,
    /// Rates of the settings, before KRA's list.
    configured: TaxRates,
    settings: RwLock<Arc<Settings>>,
    payment_codes: Arc<RwLock<PaymentCodes>>,
    kept: Mutex<Option<KraCodes>>,
    told: Mutex<Vec<String>>,
    /// The device can ask KRA from now on.
    ready: Notify,
}

impl CodesInUse {
    /// The settings, with what KRA's list said when it was last read.
    pub(super) fn new(settings: Settings, payment_codes: PaymentCodes, policy: CodesPolicy) -> CodesInUse {
        let kept = policy.file.as_deref().filter(|_| policy.every.is_some()).and_then(read);
        let codes = CodesInUse {
            configured: settings.rates,
            settings: RwLock::new(Arc::new(settings)),
            payment_codes: Arc::new(RwLock::new(payment_codes)),
            kept: Mutex::new(None),
            told: Mutex::default(),
            ready: Notify::new(),
            policy,
        };
        if let Some(Kept { codes: kept, told }) = kept {
            codes.adopt(kept);
            *codes.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
        }
        codes
    }

    /// The settings as they stand now. Documents are checked with one reading of them.
    pub(super) fn settings(&self) -> Arc<Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn payment_codes(&self) -> Arc<RwLock<PaymentCodes>> {
        self.payment_codes.clone()
    }

    /// The device was initialised or adopted just now.
    pub(super) fn device_is_ready(&self) {
        self.ready.notify_one();
    }

    fn adopt(&self, codes: KraCodes) {
        if self.policy.follow_rates {
            let mut settings = self.settings.write().unwrap_or_else(PoisonError::into_inner);
            let rates = codes.follow(self.configured);
            if rates != settings.rates {
                *settings = Arc::new(Settings { rates, ..Settings::clone(&settings) });
            }
        }
        *self.payment_codes.write().unwrap_or_else(PoisonError::into_inner) = codes.payment_codes();
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(codes);
    }

    /// What has to be told about the rates and was not told before.
    fn news(&self) -> Vec<Notice> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = crate::clock::calendar();
        let now = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default().with_timezone(&EAST_AFRICA);
        let differences = kept.as_ref().map(|codes| codes.differences(&self.configured, local_date(now)));
        let followed = self.policy.follow_rates;
        let notices = differences.into_iter().flatten().map(|difference| Notice::RateDiffers { difference, followed });
        let (notices, texts): (Vec<Notice>, Vec<String>) =
            notices.map(|notice| (notice.clone(), notice.to_string())).unzip();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let new = notices.into_iter().zip(&texts).filter(|(_, text)| !told.contains(text));
        let news = new.map(|(notice, _)| notice).collect();
        *told = texts;
        news
    }

    /// Keeps the list and what was told of it.
    fn keep(&self) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let codes = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let (Some(file), Some(codes)) = (&self.policy.file, codes) {
            write(file, &Kept { codes, told });
        }
    }

    /// How long until the list is to be read.
    fn due_in(&self, every: Duration) -> Duration {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map_or(Duration::ZERO, |codes| every.saturating_sub(codes.age(SystemTime::now())))
    }
}

/// Reads the list for as long as the device is in use.
pub(super) fn keep(inner: &Arc<Inner>) {
    let Some(every) = inner.codes.policy.every else { return };
    let weak = Arc::downgrade(inner);
    tokio::spawn(async move {
        tokio::time::sleep(FIRST_READ).await;
        loop {
            let Some(inner) = weak.upgrade() else { return };
            let (codes, connection) = (inner.codes.clone(), inner.connection.clone());
            let is_ready = inner.identity.read().unwrap_or_else(PoisonError::into_inner).is_some();
            // Whoever closes the device does not wait for KRA.
            drop(inner);
            let mut wait = codes.due_in(every);
            let mut is_new = false;
            if is_ready && wait.is_zero() {
                is_new = look(&codes, &connection).await;
                wait = if is_new { every } else { every.min(AGAIN) };
            }
            let news = codes.news();
            news.iter().for_each(|notice| connection.notice(notice));
            if is_new || !news.is_empty() {
                codes.keep();
            }
            drop(connection);
            tokio::select! {
                () = tokio::time::sleep(if is_ready { wait } else { AGAIN }) => {}
                () = codes.ready.notified() => {}
            }
        }
    });
}

/// Whether KRA gave its list.
async fn look(codes: &CodesInUse, connection: &Connection) -> bool {
    let listing = match connection.codes(None).await {
        Ok(listing) => listing,
        Err(error) => {
            tracing::info!(%error, "KRA's code list could not be read; the codes known so far stay in use");
            return false;
        }
    };
    let read = KraCodes::of(&listing.rows, SystemTime::now());
    if read.rates.is_empty() && read.payment_methods.is_empty() {
        return false;
    }
    codes.adopt(read);
    true
}

fn read(file: &Path) -> Option<Kept> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Under its name only when it is whole.
fn write(file: &Path, kept: &Kept) {
    let text = serde_json::to_vec(kept).expect("a list of texts is always written");
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, file));
    if let Err(error) = written {
        // They are read again after the next start.
        tracing::warn!(%error, "KRA's codes were not kept");
    }
}
