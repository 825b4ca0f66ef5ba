//! Faults as verbs: what a test says.

use crate::fault::{DuplicateCode, Fault, FaultId, FaultKind};
use crate::sandbox::Sandbox;

/// Each verb arms one fault as [`Fault::new`] has it: on the next sale, look-up or call that it is about, once.
/// [`Sandbox::inject`] takes any other frequency or operation.
impl Sandbox {
    /// KRA records and signs the next sale; its answer never arrives.
    pub fn lose_next_answer(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::LoseAnswer))
    }

    /// The next sale never reaches KRA.
    pub fn lose_next_request(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::LoseRequest))
    }

    /// The next answer comes late; KRA has recorded at once.
    pub fn delay_next_answer(&self, milliseconds: u64) -> FaultId {
        self.inject(Fault::new(FaultKind::DelayAnswer { milliseconds }))
    }

    /// The next request reaches KRA late, even when the client has hung up.
    pub fn delay_next_request(&self, milliseconds: u64) -> FaultId {
        self.inject(Fault::new(FaultKind::DelayRequest { milliseconds }))
    }

    /// The connection is reset in the middle of the next answer.
    pub fn reset_next_answer(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::ResetMidBody))
    }

    /// The next answer's JSON breaks off.
    pub fn truncate_next_answer(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::TruncateJson))
    }

    /// The next answer is an HTML page, after KRA has recorded or instead of it.
    pub fn answer_next_with_html(&self, recorded: bool) -> FaultId {
        self.inject(Fault::new(FaultKind::HtmlPage { recorded }))
    }

    /// The token of the next call counts as expired.
    pub fn expire_token(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::ExpireToken))
    }

    /// The next call is one too many: HTTP 429.
    pub fn throttle_next(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::TooManyRequests))
    }

    /// The next call fails with this HTTP status (500, 502, 503, 504), after KRA has recorded or instead of it.
    pub fn fail_next(&self, status: u16, recorded: bool) -> FaultId {
        self.inject(Fault::new(FaultKind::ServerError { status, recorded }))
    }

    /// From now on the detail of an invoice is unknown for its first `look_ups` look-ups.
    pub fn lag_details_for_look_ups(&self, look_ups: u32) -> FaultId {
        self.inject(Fault::new(FaultKind::LagDetail { look_ups, milliseconds: 0 }))
    }

    /// From now on the detail of an invoice is unknown for a time after signing.
    pub fn lag_details_for(&self, milliseconds: i64) -> FaultId {
        self.inject(Fault::new(FaultKind::LagDetail { look_ups: 0, milliseconds }))
    }

    /// The next sale is checked for its stock before its number.
    pub fn check_stock_before_sequence(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::StockBeforeSequence))
    }

    /// Somebody else's sale takes the number of the next one.
    pub fn let_foreigner_write(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::ForeignWriter))
    }

    /// The next sale's answer carries another `curRcptNo` than was recorded.
    pub fn misnumber_next_receipt(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::WrongReceiptNumber))
    }

    /// From now on times in answers are off by this much.
    pub fn skew_clock(&self, seconds: i64) -> FaultId {
        self.inject(Fault::new(FaultKind::ClockSkew { seconds }))
    }

    /// The sales counter moves on without an invoice, before the next sale.
    pub fn drift_counter(&self, by: u64) -> FaultId {
        self.inject(Fault::new(FaultKind::CounterDrift { by }))
    }

    /// The next answer drips.
    pub fn drip_next_answer(&self, milliseconds: u64) -> FaultId {
        self.inject(Fault::new(FaultKind::SlowDrip { milliseconds }))
    }

    /// The next call meets KRA's duplicate rows: "N results were returned".
    pub fn return_many_results(&self, count: u32) -> FaultId {
        self.inject(Fault::new(FaultKind::ManyResults { count }))
    }

    /// KRA records the next sale and says so without a signature.
    pub fn withhold_next_signature(&self) -> FaultId {
        self.inject(Fault::new(FaultKind::NoSignature))
    }

    /// The next sale is refused as a duplicate although it is new.
    pub fn call_next_a_duplicate(&self, code: DuplicateCode) -> FaultId {
        self.inject(Fault::new(FaultKind::Duplicate { code }))
    }
}
