//! Texts: what reaches paper or the wire.

use super::{Findings, catalogue as rule};
use crate::party::Operator;
use crate::wire::limits;

/// Whether a text stays on its line: no control characters, no line or paragraph separators. Marks that only turn or hide
/// letters are left to the receipt, which drops them.
pub(crate) fn is_plain(text: &str) -> bool {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    // Most texts are ASCII: no walk over characters for them.
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(breaks)
}

pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Whether a text has more characters than a field. A text of few bytes has few characters: most are not walked.
pub(crate) fn is_longer(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

/// Refuses a text that could forge, warns about one that KRA's field will cut.
pub(crate) fn check(text: &str, limit: usize, path: impl Fn() -> String, findings: &mut Findings) {
    if !is_plain(text) {
        findings.add(&rule::DOC_TEXT, path(), "has control characters.");
    }
    if is_longer(text, limit) {
        findings.add(&rule::DOC_TEXT_CUT, path(), format!("is longer than {limit} characters."));
    }
}

/// Checks a text that need not be there and is not cut.
pub(crate) fn check_whole(text: Option<&str>, path: impl Fn() -> String, findings: &mut Findings) {
    if let Some(text) = text {
        check(text, usize::MAX, path, findings);
    }
}

/// Checks who works the till or reports the stock.
pub(crate) fn check_operator(operator: Option<&Operator>, findings: &mut Findings) {
    let Some(operator) = operator else { return };
    if let Some(id) = &operator.id
        && (is_blank(id) || is_longer(id, limits::REGISTRANT_ID) || !is_plain(id))
    {
        findings.add(&rule::OPERATOR_ID, "operator.id", format!("{id:?} does not fit."));
    }
    if let Some(name) = &operator.name {
        check(name, limits::REGISTRANT_NAME, || "operator.name".to_owned(), findings);
    }
}
