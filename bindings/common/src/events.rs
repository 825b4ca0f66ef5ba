//! What a device tells while it works.

use std::sync::Arc;

use etims_client::events::DeviceEvent;
use etims_core::error;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, watch};

use crate::Error;
use crate::submission::adoption_name;
use crate::work::{Work, listen};

/// Something worth knowing. Told after what it tells of is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// `sent`, `signed`, `recorded`, `uncertain`, `resent`, `rejected`, `stopped`, `counter_corrected`, `waiting`,
    /// `resumed`, `store_full`, `store_restored`, `missed` or `other`; of the line to KRA `kra_slow`, `kra_quick_again`,
    /// `circuit_opened`, `circuit_closed`, `throttled`, `vscu_offline`, `vscu_back` or `rate_differs`.
    pub kind: &'static str,
    /// The caller's reference, where it is about one document.
    pub reference: Option<String>,
    /// What kind of write, such as `save_sale`.
    pub operation: Option<&'static str>,
    /// KRA's number, in lanes that count; of `counter_corrected` the last number used as KRA says.
    pub number: Option<u64>,
    /// How we know that KRA has it.
    pub adoption: Option<&'static str>,
    /// Whether KRA signed it long after it was issued.
    pub is_late: bool,
    /// KRA's words, what was seen, what to do.
    pub note: Option<String>,
    /// Which lane, where it is about one, such as `sandbox/P00*****7R/00/sales`.
    pub lane: Option<String>,
}

impl From<DeviceEvent> for Event {
    fn from(event: DeviceEvent) -> Event {
        let about = |kind, reference| Event { kind, reference: Some(reference), ..Event::default() };
        let lane = |kind, lane| Event { kind, lane: Some(lane), ..Event::default() };
        match event {
            DeviceEvent::Sent { reference, operation, number } => {
                Event { operation: Some(operation.name()), number, ..about("sent", reference) }
            }
            DeviceEvent::Signed { reference, number, adoption, late } => Event {
                number: Some(number),
                adoption: Some(adoption_name(adoption)),
                is_late: late,
                ..about("signed", reference)
            },
            DeviceEvent::Recorded { reference, operation, number, adoption } => Event {
                operation: Some(operation.name()),
                number,
                adoption: Some(adoption_name(adoption)),
                ..about("recorded", reference)
            },
            DeviceEvent::Uncertain { reference, number, note } => {
                Event { number, note, ..about("uncertain", reference) }
            }
            DeviceEvent::Resent { reference, number } => Event { number, ..about("resent", reference) },
            DeviceEvent::Rejected { reference, note } => Event { note, ..about("rejected", reference) },
            DeviceEvent::Stopped { reference, cause, note } => {
                let story = note.map_or_else(String::new, |note| format!(" ({note})"));
                Event { note: Some(format!("{}{story}", cause.advice())), ..about("stopped", reference) }
            }
            DeviceEvent::CounterCorrected { lane: key, to, .. } => {
                Event { number: Some(to), ..lane("counter_corrected", key) }
            }
            DeviceEvent::Waiting { lane: key, note } => Event { note, ..lane("waiting", key) },
            DeviceEvent::Resumed { lane: key } => lane("resumed", key),
            DeviceEvent::StoreFull { reference, message } => {
                Event { note: Some(message), ..about("store_full", reference) }
            }
            DeviceEvent::StoreRestored { lane: key, message } => {
                Event { note: Some(message), ..lane("store_restored", key) }
            }
            DeviceEvent::Notice(notice) => {
                Event { kind: notice.name(), note: Some(notice.to_string()), ..Event::default() }
            }
            other => Event { kind: "other", note: Some(format!("{other:?}")), ..Event::default() },
        }
    }
}

/// The events of a device from the moment it was asked for.
pub struct EventStream {
    process: u32,
    told: Arc<Mutex<Told>>,
}

struct Told {
    events: Receiver<DeviceEvent>,
    closing: watch::Receiver<bool>,
}

impl EventStream {
    pub(crate) fn new(events: Receiver<DeviceEvent>, closing: watch::Receiver<bool>) -> EventStream {
        EventStream { process: std::process::id(), told: Arc::new(Mutex::new(Told { events, closing })) }
    }

    /// The next event; `None` when the device was closed. A listener that is too slow gets `missed`. Dropping the
    /// future loses no event.
    ///
    /// # Errors
    /// `FORKED` in a child process: the events belong to the parent.
    pub fn next(&self) -> Work<Option<Event>> {
        // Before the lock: a thread that held it may not exist in this process.
        let forked = self.process != std::process::id();
        let told = self.told.clone();
        listen(async move {
            if forked {
                return Err(Error::new(&error::FORKED, "the events belong to the parent process"));
            }
            let mut told = told.lock().await;
            let Told { events, closing } = &mut *told;
            let next = tokio::select! {
                // What was told before the end is still read.
                biased;
                next = events.recv() => next,
                _ = closing.wait_for(|closing| *closing) => Err(RecvError::Closed),
            };
            match next {
                Ok(event) => Ok(Some(event.into())),
                Err(RecvError::Lagged(missed)) => {
                    Ok(Some(Event { kind: "missed", number: Some(missed), ..Event::default() }))
                }
                Err(RecvError::Closed) => Ok(None),
            }
        })
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // Its locks may be held by threads that this process does not have: it is never freed here.
            std::mem::forget(self.told.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use etims_client::notice::Notice;

    use super::*;

    #[test]
    fn notices_of_the_line_are_passed_on_with_their_names_and_advice() {
        let pause = Duration::from_secs(10);
        let since = Duration::from_secs(13 * 3600);
        for (notice, kind, words) in [
            (Notice::CircuitOpened { pause }, "circuit_opened", "left alone for 10 s"),
            (Notice::CircuitClosed, "circuit_closed", "answers again"),
            (Notice::Throttled { pause }, "throttled", "nothing is asked for 10 s"),
            (Notice::VscuOffline { since, refusing: false }, "vscu_offline", "13 hours"),
            (Notice::VscuOffline { since, refusing: true }, "vscu_offline", "no new invoice is taken"),
            (Notice::VscuBack, "vscu_back", "answers again"),
            (Notice::KraQuickAgain, "kra_quick_again", "quick again"),
        ] {
            let event = Event::from(DeviceEvent::Notice(notice));
            assert_eq!((event.kind, event.reference), (kind, None));
            assert!(event.note.as_deref().is_some_and(|note| note.contains(words)), "{:?}", event.note);
        }
    }
}
