//! What KRA refuses, in its own words: one row per rule.

mod table;

pub use table::RULES;
pub(crate) use table::*;

use crate::operation::Operation;

/// How a refusal travels on the gateway. On the direct host and on the VSCU every refusal is flat, in HTTP 200.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// HTTP 400, `responseBody` null, the text in `debugMessage`.
    Rejected,
    /// HTTP 200 whose `responseHeader.responseCode` is 400; the text is in `customerMessage`.
    HiddenInOk,
    /// A complete `responseBody` with the rule's result code, in HTTP 200.
    ResultCode,
    /// The gateway's own `{"header":…,"body":{}}` with this HTTP status.
    GatewayHeader(u16),
    /// Apigee's `{"fault":…}` with this HTTP status.
    ApigeeFault(u16),
}

/// When a rule is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// In both profiles.
    Always,
    /// In [`Profile::Strict`](crate::Profile::Strict) only.
    Strict,
    /// Only in the lenient profile, where the strict one has another rule.
    Lenient,
    /// Only when its switch is on.
    Switch,
}

/// Who wrote the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wording {
    /// Quoted from a KRA server.
    Kra,
    /// The rule is known or likely, its text is not: these words are the sandbox's.
    Sandbox,
}

/// One thing that KRA refuses.
#[derive(PartialEq, Eq, Debug)]
pub struct Rule {
    /// Stable name, `operation.what`.
    pub code: &'static str,
    /// The operations that it guards; empty for all of them.
    pub operations: &'static [Operation],
    /// The text, with `{placeholders}`.
    pub text: &'static str,
    /// Whose words these are.
    pub wording: Wording,
    /// `resultCd` on the direct host, on the VSCU, and with [`Form::ResultCode`].
    pub result_code: &'static str,
    /// How it travels on the gateway.
    pub form: Form,
    /// When it is looked at.
    pub scope: Scope,
    /// Where the rule is known from.
    pub source: &'static str,
}

/// A rule that struck, with the text filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    pub(crate) rule: &'static Rule,
    pub(crate) text: String,
}

impl Rule {
    /// The refusal with its placeholders filled.
    pub(crate) fn refuse(&'static self, values: &[(&str, &str)]) -> Refusal {
        let fill = |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
        Refusal { rule: self, text: values.iter().fold(self.text.to_owned(), fill) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sourced() {
        let mut codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), RULES.len());
        assert!(RULES.iter().all(|rule| !rule.source.is_empty() && !rule.text.is_empty()));
    }

    #[test]
    fn placeholders_are_filled() {
        let refusal = SALE_TAXABLE.refuse(&[("item", "1"), ("expected", "86.21"), ("found", "100.00")]);
        assert_eq!(refusal.text, "Invalid taxblAmt on item: 1. Expected: 86.21, But Found: 100.00");
    }
}
