//! `docs/submission-states.md` is drawn from the machine. When this test fails, run it once with `UPDATE_DOCS=1` and
//! commit.

use std::fmt::Write as _;

use etims_core::submission::{Recovery, mermaid};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/submission-states.md");

const CHAPTERS: [(&str, &str, Recovery); 4] = [
    (
        "Sales and credit notes, direct OSCU and gateway",
        "KRA can be asked for the record by its number. Nothing is sent again before it says that there is none.",
        Recovery::Query,
    ),
    (
        "Stock movements",
        "There is no query. The identical bytes go out again; KRA's \"expected n+1\" proves that the first were recorded.",
        Recovery::Sequence,
    ),
    ("Items and stock balances", "Sending them again changes nothing.", Recovery::Idempotent),
    (
        "Sales on a VSCU",
        "There is no query. A duplicate on the repetition proves that the first was recorded; its receipt is lost.",
        Recovery::Replay,
    ),
];

#[test]
fn the_state_diagrams_are_those_of_the_machine() {
    let mut page = String::from(
        "# States of a submission\n\nDrawn from `etims_core::submission::step` by running it on every state it can reach. \
         An edge lists every event that can take it; what the events and states mean stands at their definitions.\n",
    );
    for (title, text, recovery) in CHAPTERS {
        write!(page, "\n## {title}\n\n{text}\n\n```mermaid\n{}```\n", mermaid(recovery)).expect("a String takes text");
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &page).expect("docs/submission-states.md can be written");
    }
    let written = std::fs::read_to_string(PATH).expect("docs/submission-states.md is part of the repository");
    assert!(
        written == page,
        "docs/submission-states.md is stale: run `UPDATE_DOCS=1 cargo test -p etims-core --test submission_doc`"
    );
}
