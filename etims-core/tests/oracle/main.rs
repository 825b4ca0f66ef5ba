//! Totals against an exact oracle. `exact` holds the oracle; `vectors` shows that it agrees with the amounts KRA's servers
//! accepted or demanded; `compare` says what must hold between a document and the library's amounts for it; `random` tries
//! it on random documents.

mod case;
mod compare;
mod exact;
mod random;
mod vectors;
