//! `docs/rules.md` is generated from the catalogue. When this test fails, run it once with `UPDATE_DOCS=1` and commit.

use std::collections::HashSet;
use std::fmt::Write;

use etims_core::rules::kra::{Answer, MESSAGES};
use etims_core::rules::{Rule, Severity, catalogue};
use etims_core::tax::schedule::{Confidence, SCHEDULE, Supply};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules.md");

const HEAD: &str = "# Rules

Generated from `etims_core::rules::catalogue`; do not edit. To change a rule, change the catalogue, run
`UPDATE_DOCS=1 cargo test -p etims-core --test rules_doc` and commit this page with it.

A document is checked before the network: every broken rule is reported at once, with the rule's code, the path in your
document (`lines[0].discount.percent`), what was found, and the fix. An error stops the document; a warning lets it go on
and asks somebody to look. Presence and form are rules of their own: a missing quantity is another rule than a negative
one. Codes are stable: programs may depend on them, sentences may be reworded.

Every rule has a vector that breaks it and one that keeps it in `examples/conformance`, under the rule's code. The section
[KRA's texts](#kras-texts) says of each text KRA is known to answer a sale, credit note, item or stock report with which rule
catches it, or why none can; the [schedule of rates](#rates-by-date) is what ETIMS-LINE-TAX-04 compares with.

";

/// Headings, and how the codes under each begin.
const SECTIONS: [(&str, &[&str]); 7] = [
    ("Document", &["DOC"]),
    ("Rates of the device", &["RATES"]),
    ("Buyer, operator, payments", &["BUYER", "OPERATOR", "PAYMENT"]),
    ("Lines", &["LINE"]),
    ("Credit notes", &["CREDIT"]),
    ("Items", &["ITEM"]),
    ("Stock", &["STOCK"]),
];

#[test]
fn the_page_of_rules_is_up_to_date() {
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &page).expect("docs/rules.md can be written");
    }
    let written = std::fs::read_to_string(PATH).expect("docs/rules.md is part of the repository");
    assert!(written == page, "docs/rules.md is stale: run `UPDATE_DOCS=1 cargo test -p etims-core --test rules_doc`");
}

#[test]
fn every_rule_is_in_one_section_under_a_code_of_its_own() {
    let mut codes = HashSet::new();
    for rule in catalogue::ALL {
        assert!(codes.insert(rule.code), "{} stands twice", rule.code);
        assert_eq!(SECTIONS.iter().filter(|(_, groups)| is_of(rule, groups)).count(), 1, "{}", rule.code);
        let number = rule.code.rsplit('-').next().expect("a number");
        assert!(number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()), "{}", rule.code);
        assert!(rule.sentence.ends_with('.') && rule.fix.ends_with('.'), "{}", rule.code);
    }
}

/// Calls of the samples that later documents answer for.
const OTHER_CALLS: [&str; 10] = [
    "Purchase",
    "saveBhf",
    "saveItemComposition",
    "updateImportItem",
    "importedItemConvertedInfo",
    "initialize",
    "any",
    "getPurchaseTransactionInfo",
    "selectStockMoveLists",
    "insertTrnsPurchase",
];

#[test]
fn every_text_of_kra_is_accounted_for() {
    let samples: serde_json::Value =
        serde_json::from_str(include_str!("samples/errors/messages.json")).expect("the samples are JSON");
    let of_rules = catalogue::ALL.iter().filter_map(|rule| rule.kra);
    let known: HashSet<&str> = of_rules.chain(MESSAGES.iter().map(|message| message.text)).collect();
    let mut seen = 0;
    for message in samples["messages"].as_array().expect("a list") {
        let (call, text) = (message["call"].as_str().expect("a call"), message["text"].as_str().expect("a text"));
        if OTHER_CALLS.iter().any(|other| call.contains(other)) {
            continue;
        }
        seen += 1;
        assert!(known.contains(text), "{call}: {text:?} is neither a rule's text nor in rules/kra.rs");
    }
    assert!(seen > 30, "{seen} texts looked at");
    let sampled: HashSet<&str> =
        samples["messages"].as_array().expect("a list").iter().filter_map(|message| message["text"].as_str()).collect();
    for text in known {
        assert!(sampled.contains(text), "{text:?} is not in the samples");
    }
}

fn is_of(rule: &Rule, groups: &[&str]) -> bool {
    groups.contains(&rule.code.split('-').nth(1).expect("ETIMS-GROUP-…"))
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for (heading, groups) in SECTIONS {
        writeln!(page, "## {heading}\n").expect("a string takes any text");
        for rule in catalogue::ALL.iter().filter(|rule| is_of(rule, groups)) {
            write_rule(&mut page, rule);
        }
    }
    write_messages(&mut page);
    write_schedule(&mut page);
    page
}

fn write_rule(page: &mut String, rule: &'static Rule) {
    let severity = match rule.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    writeln!(page, "### {}\n\n{} *{severity}.*\n\n* Fix: {}", rule.code, rule.sentence, rule.fix)
        .expect("a string takes any text");
    let others = MESSAGES.iter().filter(|message| message.answer == Answer::Caught(rule)).map(|message| message.text);
    for text in rule.kra.into_iter().chain(others) {
        writeln!(page, "* KRA: `{text}`").expect("a string takes any text");
    }
    page.push('\n');
}

fn write_messages(page: &mut String) {
    page.push_str(
        "## KRA's texts\n\nTexts that a rule catches stand under the rule. These cannot happen, because of how bodies are \
         written:\n\n| call | text | how |\n|---|---|---|\n",
    );
    for message in MESSAGES {
        if let Answer::Written(how) = message.answer {
            writeln!(page, "| {} | `{}` | {how} |", message.call, message.text).expect("a string takes any text");
        }
    }
    page.push_str("\nThese only KRA can know:\n\n| call | text | what the SDK does |\n|---|---|---|\n");
    for message in MESSAGES {
        if let Answer::OnlyKra(then) = message.answer {
            writeln!(page, "| {} | `{}` | {then} |", message.call, message.text).expect("a string takes any text");
        }
    }
    page.push('\n');
}

fn write_schedule(page: &mut String) {
    page.push_str(
        "## Rates by date\n\nThe wire carries the rates of the device's settings: those of KRA's own list (class 04) or, on \
         the gateway, constants. This schedule only warns. Bands A and C carry no tax; D is outside VAT.\n\n\
         | supply | from | to | band | rate | law | confidence |\n|---|---|---|---|---|---|---|\n",
    );
    for period in SCHEDULE {
        let supply = match period.supply {
            Supply::Standard => "standard",
            Supply::MotorFuel => "motor fuel",
            Supply::Lpg => "LPG",
        };
        let confidence = match period.confidence {
            Confidence::High => "high",
            Confidence::Medium => "medium",
        };
        let to = period.to.map_or_else(|| "still in force".to_owned(), |last| last.to_string());
        writeln!(
            page,
            "| {supply} | {} | {to} | {} | {} % | {} | {confidence} |",
            period.from,
            period.band.code(),
            period.rate,
            period.law
        )
        .expect("a string takes any text");
    }
    page.push_str("\nWhat band E carries after the last row is for KRA's list to say.\n");
}
