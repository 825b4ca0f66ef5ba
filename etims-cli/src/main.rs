//! The `etims` command: a thin door to the library, so that other packages can carry the command too.

use std::process::ExitCode;

fn main() -> ExitCode {
    etims_cli::run(std::env::args_os())
}
