use serde::{Deserialize, Serialize};

use crate::wire::{Dialect, Operation};

/// How the fate of a write is found out when its answer is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// KRA is asked for the record by its number (invoice detail); nothing is resent before it says "not recorded".
    Query,
    /// There is no query, but a resend under the same number tells: "expected n+1" means that it was recorded.
    Sequence,
    /// Sending it again changes nothing.
    Idempotent,
    /// There is no query; a duplicate on the resend means that it was recorded, and the receipt is lost (VSCU).
    Replay,
}

/// Which records share a lane, the scope of one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneScope {
    /// All branches of a PIN together.
    Pin,
    /// One branch of a PIN.
    Branch,
}

impl LaneScope {
    /// Stable name: `pin` or `branch`.
    pub fn name(self) -> &'static str {
        match self {
            LaneScope::Pin => "pin",
            LaneScope::Branch => "branch",
        }
    }

    /// Reads a name as printed by [`LaneScope::name`].
    pub fn from_name(name: &str) -> Option<LaneScope> {
        [LaneScope::Pin, LaneScope::Branch].into_iter().find(|scope| scope.name() == name)
    }
}

/// What KRA's counters span. Not documented for the gateway: `etims doctor --probe --second` finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterScopes {
    /// Numbers of sales and credit notes (eTIMS `invcNo`).
    pub invoices: LaneScope,
    /// Numbers of stock movements (eTIMS `sarNo`).
    pub stock: LaneScope,
}

impl Default for CounterScopes {
    /// Invoices by branch, stock movements by PIN. Source: reference `etims-protocol.md` §7.
    fn default() -> CounterScopes {
        CounterScopes { invoices: LaneScope::Branch, stock: LaneScope::Pin }
    }
}

/// How one write behaves in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteRule {
    /// The write.
    pub operation: Operation,
    /// The lane's name within its scope.
    pub lane: &'static str,
    /// What the lane spans, unless its counter is known to span something else ([`CounterScopes`]).
    pub scope: LaneScope,
    /// Whether it takes the next number of the lane's counter.
    pub numbered: bool,
    /// Whether an acceptance without a signed receipt is worth nothing.
    pub signed: bool,
    /// How a missing answer is made up for.
    pub recovery: Recovery,
}

/// The OSCU's rules, direct and gateway. Source: reference `etims-protocol.md` §7 and §9.
#[rustfmt::skip]
const OSCU: [WriteRule; 4] = [
    WriteRule { operation: Operation::SaveSale, lane: "sales", scope: LaneScope::Branch, numbered: true, signed: true, recovery: Recovery::Query },
    WriteRule { operation: Operation::SaveItem, lane: "items", scope: LaneScope::Pin, numbered: false, signed: false, recovery: Recovery::Idempotent },
    WriteRule { operation: Operation::SaveStockMovement, lane: "stock", scope: LaneScope::Pin, numbered: true, signed: false, recovery: Recovery::Sequence },
    WriteRule { operation: Operation::SaveStockMaster, lane: "stock", scope: LaneScope::Pin, numbered: false, signed: false, recovery: Recovery::Idempotent },
];

impl WriteRule {
    /// The rule of a write on a dialect; `None` for look-ups and for writes that do not go through the outbox.
    pub fn of(dialect: Dialect, operation: Operation) -> Option<WriteRule> {
        let mut rule = *OSCU.iter().find(|rule| rule.operation == operation)?;
        if dialect == Dialect::Vscu && rule.recovery == Recovery::Query {
            rule.recovery = Recovery::Replay;
        }
        Some(rule)
    }

    /// What the write's lane spans.
    pub fn scope_by(&self, counters: CounterScopes) -> LaneScope {
        match self.operation {
            Operation::SaveSale => counters.invoices,
            Operation::SaveStockMovement | Operation::SaveStockMaster => counters.stock,
            _ => self.scope,
        }
    }

    /// The key of the lane for one PIN and branch, `scope/lane`.
    pub fn lane_key(&self, counters: CounterScopes, environment: &str, pin: &str, branch: &str) -> String {
        match self.scope_by(counters) {
            LaneScope::Pin => format!("{environment}/{pin}/{}", self.lane),
            LaneScope::Branch => format!("{environment}/{pin}/{branch}/{}", self.lane),
        }
    }
}
