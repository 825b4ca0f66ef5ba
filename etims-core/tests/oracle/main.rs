//! Totals against an exact oracle.
//!
//! `exact` holds the oracle, written from the rules alone; `vectors` shows that it agrees with the amounts KRA's servers
//! accepted or demanded. `case` is one document as both sides read it, `compare` says what must hold between it and the
//! library's amounts; `known_amounts`, `random` and `credits` try it on KRA's vectors, on random documents and on credit
//! notes; `settled` holds what they once found.

mod case;
mod compare;
mod credits;
mod exact;
mod known_amounts;
mod random;
mod settled;
mod vectors;
