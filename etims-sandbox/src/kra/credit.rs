//! Credit notes: their original and who bought it.

use crate::kra::Kra;
use crate::kra::call::Call;
use crate::rule::{self, Refusal};

impl Kra {
    pub(super) fn check_credit(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let body = call.body;
        let number = body.get("orgInvcNo").whole().unwrap_or_default();
        let original = self.branch(call.pin, call.branch).and_then(|branch| branch.invoices.get(&number));
        let original = original.map(|&index| self.ledger.entry(index)).filter(|entry| !entry.is_credit);
        let Some(original) = original else { return Err(rule::SALE_ORIGINAL.refuse(&[])) };
        if body.get("rfdDt").filled().is_none() {
            return Err(rule::CREDIT_DATE_MISSING.refuse(&[]));
        }
        let reason = body.get("rfdRsnCd").filled().unwrap_or_default();
        if reason.is_empty() || !crate::code_table::knows("32", reason) {
            return Err(rule::CREDIT_REASON.refuse(&[]));
        }
        let Some(expected) = original.buyer_name.as_deref() else { return Err(rule::CREDIT_NAME_NULL.refuse(&[])) };
        let found = body.get("custNm").filled().unwrap_or("null");
        if found != expected {
            return Err(rule::CREDIT_NAME.refuse(&[("expected", expected), ("found", found)]));
        }
        let expected = original.buyer_pin.as_deref().unwrap_or("null");
        let found = body.get("custTin").filled().unwrap_or("null");
        if found != expected {
            return Err(rule::CREDIT_PIN.refuse(&[("expected", expected), ("found", found)]));
        }
        let found = body.get("salesDt").text().unwrap_or_default();
        if found < &*original.date {
            return Err(rule::CREDIT_BEFORE.refuse(&[("expected", &original.date), ("found", found)]));
        }
        Ok(())
    }
}
