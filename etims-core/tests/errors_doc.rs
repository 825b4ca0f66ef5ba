//! `docs/errors.md` is generated from the table of error codes. When this test fails, run it once with `UPDATE_DOCS=1` and
//! commit.

use std::collections::HashSet;
use std::fmt::Write;

use etims_core::error::{ALL, ErrorKind};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md");

const HEAD: &str = "# Errors

Generated from `etims_core::error`; do not edit. To change a code, change the table, run
`UPDATE_DOCS=1 cargo test -p etims-core --test errors_doc` and commit this page with it.

Every language has one class for each kind below. An error carries its `code`, its `kind`, whether the request may have
reached KRA (`delivery`: `not_sent`, `maybe_delivered`, `answered`), whether the same call may succeed later without a
change (`retryable`), the operation, and what KRA said. A document that breaks rules carries its violations: see
[the rules](rules.md).

";

#[test]
fn the_page_of_errors_is_up_to_date() {
    let mut page = HEAD.to_owned();
    for kind in ErrorKind::ALL {
        writeln!(page, "## {}\n\n| code | again? | what happened | what to do |\n|---|---|---|---|", kind.name())
            .expect("a string takes any text");
        for error in ALL.iter().filter(|error| error.kind == kind) {
            let again = if error.retryable { "yes" } else { "no" };
            writeln!(page, "| `{}` | {again} | {} | {} |", error.code, error.sentence, error.next_step)
                .expect("a string takes any text");
        }
        page.push('\n');
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &page).expect("docs/errors.md can be written");
    }
    let written = std::fs::read_to_string(PATH).expect("docs/errors.md is part of the repository");
    assert!(written == page, "docs/errors.md is stale: run `UPDATE_DOCS=1 cargo test -p etims-core --test errors_doc`");
}

#[test]
fn every_code_is_one_of_its_own_and_every_kind_has_one() {
    let codes: HashSet<&str> = ALL.iter().map(|error| error.code).collect();
    assert_eq!(codes.len(), ALL.len());
    for kind in ErrorKind::ALL {
        assert!(ALL.iter().any(|error| error.kind == kind), "{} has no code", kind.name());
    }
}
