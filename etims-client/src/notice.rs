//! What somebody should know about the line to KRA: told once, to the log, to [`crate::metrics::Metrics`] and to the
//! events of every device concerned.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use etims_core::wire::Operation;
use tokio::sync::broadcast;

use crate::codes::RateDifference;
use crate::events::DeviceEvent;

/// Something that somebody should know about the line to KRA. Holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The last calls took longer than the threshold.
    KraSlow {
        /// The last of them.
        operation: Operation,
        /// How long it took.
        latency: Duration,
    },
    /// Calls are quick again.
    KraQuickAgain,
    /// So many calls failed that KRA is left alone for a while.
    CircuitOpened {
        /// How long.
        pause: Duration,
    },
    /// KRA answers again.
    CircuitClosed,
    /// KRA says that we ask too often (HTTP 429, result 990).
    Throttled {
        /// How long nothing is asked.
        pause: Duration,
    },
    /// The VSCU has not answered a look-up for long.
    VscuOffline {
        /// Since when, in terms of the time passed.
        since: Duration,
        /// Whether new invoices are refused from now on.
        refusing: bool,
    },
    /// The VSCU has answered a look-up again.
    VscuBack,
    /// KRA's list (class 04) has another rate for a band than the device's settings, or than the law.
    RateDiffers {
        /// The band and its rates.
        difference: RateDifference,
        /// Whether documents carry KRA's rate from now on; otherwise that of the settings.
        followed: bool,
    },
}

impl Notice {
    /// Its stable name, as in logs, metrics and the events of every language.
    pub fn name(&self) -> &'static str {
        match self {
            Notice::KraSlow { .. } => "kra_slow",
            Notice::KraQuickAgain => "kra_quick_again",
            Notice::CircuitOpened { .. } => "circuit_opened",
            Notice::CircuitClosed => "circuit_closed",
            Notice::Throttled { .. } => "throttled",
            Notice::VscuOffline { .. } => "vscu_offline",
            Notice::VscuBack => "vscu_back",
            Notice::RateDiffers { .. } => "rate_differs",
        }
    }

    /// Whether it says that something is well again.
    pub fn is_good_news(&self) -> bool {
        matches!(self, Notice::KraQuickAgain | Notice::CircuitClosed | Notice::VscuBack)
    }

    pub(crate) fn log(&self) {
        if self.is_good_news() {
            tracing::info!(notice = self.name(), "{self}");
        } else {
            tracing::warn!(notice = self.name(), "{self}");
        }
    }
}

impl fmt::Display for Notice {
    /// A sentence for people: what was seen and, where there is something to do, what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::KraSlow { operation, latency } => {
                write!(f, "KRA is slow: {} took {} s; documents are kept and wait", operation.name(), latency.as_secs())
            }
            Notice::KraQuickAgain => f.write_str("KRA is quick again"),
            Notice::CircuitOpened { pause } => write!(
                f,
                "KRA failed several times in a row and is left alone for {} s; documents are kept and wait",
                pause.as_secs()
            ),
            Notice::CircuitClosed => f.write_str("KRA answers again"),
            Notice::Throttled { pause } => write!(
                f,
                "KRA says that it is asked too often: nothing is asked for {} s, then at half the pace",
                pause.as_secs()
            ),
            Notice::VscuOffline { since, refusing: false } => write!(
                f,
                "the VSCU has not answered for {} hours: bring it back in contact with KRA before it stops signing",
                since.as_secs() / 3600
            ),
            Notice::VscuOffline { since, refusing: true } => write!(
                f,
                "the VSCU has not answered for {} hours: no new invoice is taken until it does",
                since.as_secs() / 3600
            ),
            Notice::VscuBack => f.write_str("the VSCU answers again"),
            Notice::RateDiffers { difference, followed: true } => {
                write!(f, "{difference}; documents carry KRA's from now on. Set device.rates to keep your own")
            }
            Notice::RateDiffers { difference, followed: false } => {
                write!(f, "{difference}; documents carry the rate of the settings: check device.rates")
            }
        }
    }
}

/// Devices that hear of a line, or of their own connection.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<Vec<broadcast::WeakSender<DeviceEvent>>>);

impl Listeners {
    /// Adds the events of a device, until it is gone.
    pub(crate) fn add(&self, events: &broadcast::Sender<DeviceEvent>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(events.downgrade());
    }

    pub(crate) fn tell(&self, notice: &Notice) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| {
            let Some(events) = listener.upgrade() else { return false };
            // Nobody may be listening.
            let _ = events.send(DeviceEvent::Notice(notice.clone()));
            true
        });
    }
}
