//! Kills a working till again and again and compares the books in the end.
//!
//! A KRA sandbox runs in one process, with seeded faults; a till submits and drains in another (now and then two of
//! them on one store), and dies by SIGKILL: at random moments, and at chosen ones of a write's life. In the end the
//! sandbox's ledger and the store are compared. `cargo test` kills 50 times; `make torture` 2,000 times and more.

#![allow(unreachable_pub)] // modules of one program

#[path = "../shop/mod.rs"]
mod shop;

mod books;
mod executioner;
mod kra;
mod till;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["kra", place] => kra::run(&PathBuf::from(place)),
        ["open", place] => till::open_shop(&PathBuf::from(place)),
        ["till", place] => till::run(&PathBuf::from(place)),
        // What `cargo test` says to every test program.
        rest if rest.contains(&"--list") => ExitCode::SUCCESS,
        rest if rest.first().is_some_and(|word| !word.starts_with("--") && !"torture".contains(word)) => {
            ExitCode::SUCCESS
        }
        rest => executioner::run(rest),
    }
}
