//! The `etims` command.
fn main() {}
