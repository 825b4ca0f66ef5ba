//! KRA's texts for sales, credit notes, items and stock that are not the text of one rule: other wordings of a rule's
//! fault, faults that cannot happen because of how bodies are written, and what only KRA can know.
//!
//! Source: reference `samples/errors/messages.json`. A test sees to it that no text of it is left out.

use super::{Rule, catalogue as rule};

/// What the SDK does about a text of KRA's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A rule refuses the document, or warns, before the network.
    Caught(&'static Rule),
    /// Bodies are written so that it cannot happen; the sentence says how.
    Written(&'static str),
    /// Only KRA can know; the sentence says what the SDK does when it happens.
    OnlyKra(&'static str),
}

/// One of KRA's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The call that answers it, in words: sale, credit note, item, stock movement, stock balance.
    pub call: &'static str,
    /// The text, numbers as in the sample.
    pub text: &'static str,
    /// What the SDK does about it.
    pub answer: Answer,
}

const fn caught(call: &'static str, text: &'static str, rule: &'static Rule) -> Message {
    Message { call, text, answer: Answer::Caught(rule) }
}

const fn written(call: &'static str, text: &'static str, how: &'static str) -> Message {
    Message { call, text, answer: Answer::Written(how) }
}

const fn only_kra(call: &'static str, text: &'static str, then: &'static str) -> Message {
    Message { call, text, answer: Answer::OnlyKra(then) }
}

/// Every text that no rule carries as its own.
#[rustfmt::skip]
pub static MESSAGES: &[Message] = &[
    caught("sale", "Invalid taxblAmt on item: 1. Expected: 862.07, But Found: 1000.00", &rule::DOC_CONVENTION),
    caught("sale", "Invalid pkg for ItemList 1. Expected: 1, Found: 0", &rule::LINE_PACKAGES_ONE),
    caught("item", "913", &rule::LINE_PACKAGING_CODE),
    written("credit note", "Missing RfdDt Date",
        "rfdDt is issued_at on every credit note."),
    written("stock movement", "regTyCd cannot be null",
        "regTyCd is M, at the root of the body."),
    written("stock movement", "Cannot invoke Integer.intValue() because ... getOrgSarNo() is null",
        "orgSarNo is original_number, 0 when there is none."),
    written("item", "Invalid Headers apigee_app_id / apigee_app_id cannot be Null",
        "The client sends the header on every call; a gateway connection cannot be made without an app id."),
    only_kra("sale", "Invalid invcNo sequence, expected: N but found: M",
        "The counter is corrected once, in the journal; a second difference stops the lane (COUNTER_UNSTABLE)."),
    only_kra("sale", "Invc No: 8 is invalid, use the expected value: 9",
        "As for the other wording: corrected once, in the journal."),
    only_kra("sale", "Items provided under the itemList section do not exist in your stock",
        "Sales wait for the stock reports of their items; then retried a few times, since KRA's ledger lags behind."),
    only_kra("sale", "Invalid Item: Item KE2NTBA00000002 (itemSeq 1) does not exist in your stock master",
        "As for stock that does not exist: stock movement, stock balance, then the sale, all under one branch."),
    only_kra("sale", "violates unique constraint",
        "The number is taken: the invoice is looked up and compared before anything else is done."),
    only_kra("sale", "899",
        "VSCU: the number was used before. On a repeat the sale is recorded and its receipt cannot be had; see RECEIPT_UNKNOWN."),
    only_kra("item", "Ensure you use a valid item classification code from the Get Item Classification List endpoint",
        "The form is checked; KRA's list decides. Synchronise it and choose the code there."),
    only_kra("item", "Invalid itemCd Sequence. Expected sequence ending with: ********N",
        "The refusal names the number KRA expects: build the code with it. The number counts over all items of the PIN."),
    only_kra("stock movement", "Invalid sarNo: Expected: 10 but found: 15",
        "The counter is corrected once, in the journal, as for invoices."),
    only_kra("stock movement", "Error occurred while validating item tax type: Please try again later",
        "The movement's tax is not the registered item's, or the branch is another: correct the line and send it again."),
    only_kra("stock balance", "Stock IO is empty, consider adding items to the stock IO first",
        "Balances wait for the movements of their item; a balance without any is refused by KRA alone."),
    only_kra("stock balance", "rsdQty mismatch. Expected: 0.0 but found: 150",
        "The refusal carries the balance KRA expects: compare it with the shelf, then report a movement or that balance."),
    only_kra("stock balance", "rsdQty quantity provided does not match the <itemCd> code from Stock IO",
        "As above, without the number: ask for the movements and compare."),
];
