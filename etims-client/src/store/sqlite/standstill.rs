//! Stands every store of this process still, so that the process can be forked.
//!
//! SQLite keeps books on its own locks for each process and file. A forked child inherits the books and not the locks:
//! a store it opens on the same file would find locks held by threads it does not have, or hold none where it believes
//! to hold one, and lose what it writes. So every connection is closed before a fork; the parent opens them again, and
//! the child begins with clean books.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use super::desk::Message;

/// Held while a store is being opened: that cannot stand still half-way.
static OPENING: RwLock<()> = RwLock::new(());
/// Every desk of this process.
static DESKS: Mutex<Vec<Weak<Sender<Message>>>> = Mutex::new(Vec::new());

/// A desk's order to close its connection until it hears again.
pub(super) struct Pause {
    closed: Sender<()>,
    resume: Receiver<()>,
}

impl Pause {
    /// Tells that the connection is closed and waits until it may be opened again.
    pub(super) fn stand(self) {
        // Whoever forks waits for this; when it is gone, there is nothing to wait for.
        let _ = self.closed.send(());
        let _ = self.resume.recv();
    }
}

/// As long as this lives, no connection to a store is open in this process. Dropping it lets them go on.
#[must_use]
pub struct Standstill {
    resume: Vec<Sender<()>>,
    desks: MutexGuard<'static, Vec<Weak<Sender<Message>>>>,
    _opening: RwLockWriteGuard<'static, ()>,
}

/// Closes every connection of this process and keeps them closed. What is handed in meanwhile waits.
pub fn stand_still() -> Standstill {
    let opening = OPENING.write().unwrap_or_else(PoisonError::into_inner);
    let mut desks = DESKS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut standing = Vec::new();
    desks.retain(|desk| {
        let Some(desk) = desk.upgrade() else { return false };
        let ((closed, is_closed), (resume, resumed)) = (channel(), channel());
        let there = desk.send(Message::Pause(Pause { closed, resume: resumed })).is_ok();
        if there {
            standing.push((is_closed, resume));
        }
        there
    });
    let resume = standing.into_iter().map(|(is_closed, resume)| {
        // A desk that ends instead has closed its connection, too.
        let _ = is_closed.recv();
        resume
    });
    Standstill { resume: resume.collect(), desks, _opening: opening }
}

impl Standstill {
    /// In a forked child: the desks are the parent's, and are neither told nor freed.
    pub fn forget(mut self) {
        self.desks.drain(..).for_each(std::mem::forget);
        self.resume.drain(..).for_each(std::mem::forget);
    }
}

/// Held while a store is being opened.
pub(super) fn opening() -> RwLockReadGuard<'static, ()> {
    OPENING.read().unwrap_or_else(PoisonError::into_inner)
}

/// From now on this desk stands still with the others.
pub(super) fn join(desk: Weak<Sender<Message>>) {
    DESKS.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
}
