//! Compositions: what a finished item is made of.

use crate::kra::Kra;
use crate::kra::call::{Call, Decision, Verdict};
use crate::number::Cents;
use crate::rule::{self, Refusal};

impl Kra {
    pub(super) fn compose(&self, call: &Call<'_>) -> Decision {
        let text = |name: &str| call.body.get(name).text().unwrap_or_default();
        let (parent, component) = (text("itemCd"), text("cpstItemCd"));
        if call.is_strict() {
            self.check_composition(call, parent, component)?;
        }
        // A composition cannot be read back, so there is nothing to remember.
        Ok(Verdict::done())
    }

    fn check_composition(&self, call: &Call<'_>, parent: &str, component: &str) -> Result<(), Refusal> {
        let registered =
            |code: &str| self.item(call.pin, code).ok_or_else(|| rule::COMPOSITION_ITEM.refuse(&[("found", code)]));
        if registered(parent)?.is_service() {
            return Err(rule::COMPOSITION_SERVICE.refuse(&[]));
        }
        registered(component)?;
        let stock = self.branch(call.pin, call.branch).and_then(|branch| branch.stock.get(component));
        let on_hand = stock.map_or(Cents(0), |stock| stock.on_hand);
        let wanted = call.body.cents("cpstQty");
        if on_hand <= Cents(0) {
            return Err(rule::COMPOSITION_NO_STOCK.refuse(&[]));
        }
        if wanted.is_none_or(|wanted| wanted > on_hand) {
            return Err(rule::COMPOSITION_STOCK.refuse(&[]));
        }
        Ok(())
    }
}
