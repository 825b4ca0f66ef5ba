//! The tests of recovery on the direct OSCU: `shop` opens its devices there when the program's name ends like this one's.

#[path = "recovery.rs"]
mod recovery;
