//! Disagreements that are known and not settled: `FINDINGS.md` tells them. Each has its smallest example here as an ignored
//! test; when one passes, it moves to `settled.rs`, and what lets it pass in `known.rs` and its entry in the file go.

use crate::case::{Case, CaseLine, Number};
use crate::compare::right;
use crate::exact::Convention;

#[test]
#[ignore = "finding 10: K1 tax where K2 rounds the other way"]
fn k2_tax_is_rounded_by_itself_at_rates_that_tie() {
    let line = CaseLine::new(Number::whole(1), Number::cents(13));
    right(&Case { rates: (4, 8), ..Case::one(Convention::K2, true, line) });
}
