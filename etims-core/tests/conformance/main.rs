//! The vectors of `examples/conformance`, run through the public API: what every language must agree on.

mod compare;
mod hostile;
mod vector;

use std::path::Path;

use etims_core::rules::{Severity, catalogue};

use crate::vector::{Vector, vectors};

#[test]
fn every_vector_holds() {
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for vector in vectors() {
        let differences = vector.differences();
        match differences.is_empty() {
            true => passed.push(vector.id),
            false => failed.push(format!("{} ({})\n    {}", vector.id, vector.what, differences.join("\n    "))),
        }
    }
    // The list every language writes: they are compared with each other.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../conformance");
    std::fs::create_dir_all(&folder).expect("a folder for the list");
    std::fs::write(folder.join("rust.txt"), passed.join("\n") + "\n").expect("the list of passed vectors");
    println!("{} vectors passed", passed.len());
    assert!(failed.is_empty(), "{} vectors failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<String> = vectors().into_iter().map(|vector| vector.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_rule_has_a_vector_that_fails_it_and_one_that_passes_it() {
    let vectors = vectors();
    for rule in catalogue::ALL {
        let about = vectors.iter().filter(|vector| vector.rule.as_deref() == Some(rule.code));
        let breaks = |vector: &&Vector| {
            let found = match rule.severity {
                Severity::Error => vector.expect.violations.as_deref().unwrap_or_default(),
                Severity::Warning => &vector.expect.warnings,
            };
            found.iter().any(|found| found.code == rule.code)
        };
        let (breaking, keeping): (Vec<_>, Vec<_>) = about.partition(breaks);
        assert!(!breaking.is_empty(), "{} has no vector that breaks it", rule.code);
        assert!(!keeping.is_empty(), "{} has no vector that keeps it", rule.code);
        // A vector that keeps a rule is a good document, or the rule would not have been looked at.
        assert!(keeping.iter().all(|vector| vector.expect.violations.is_none()), "{}", rule.code);
    }
}
