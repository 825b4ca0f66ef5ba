//! What a fault changes inside KRA, as against on the wire.

/// The faults that fell on one call.
#[derive(Default, Clone, Debug)]
pub(crate) struct Twists {
    /// The stock is looked at before the number.
    pub(crate) stock_first: bool,
    /// Added to `curRcptNo` in the answer, not in the ledger.
    pub(crate) receipt_offset: u64,
    /// Added to every time in the answer.
    pub(crate) skew_seconds: i64,
    /// Success without `rcptSign` and `intrlData`.
    pub(crate) no_signature: bool,
    /// "Query did not return a unique result".
    pub(crate) many_results: Option<u32>,
    /// Refuse as a duplicate with this result code.
    pub(crate) duplicate: Option<&'static str>,
    /// The sales counter moves on before the call.
    pub(crate) drift: u64,
    /// Somebody else takes the next number before the call.
    pub(crate) foreign: bool,
    /// Invoice detail answers 001 for this many look-ups of an invoice.
    pub(crate) lag_look_ups: u32,
    /// Invoice detail answers 001 for this long after signing, in milliseconds.
    pub(crate) lag_ms: i64,
}
