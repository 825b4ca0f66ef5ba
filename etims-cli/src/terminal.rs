//! Progress on long work: a bar for people, nothing where nobody looks.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr that vanishes when the work is done.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a bar for a known number of steps; hidden when stderr is no terminal.
    pub(crate) fn new(what: &str, steps: usize) -> Progress {
        let bar = ProgressBar::new(steps as u64);
        let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}");
        bar.set_style(style.expect("the template is well formed").progress_chars("=> "));
        bar.set_prefix(what.to_owned());
        Progress { bar }
    }

    /// One step further.
    pub(crate) fn step(&self, at: &str) {
        self.bar.set_message(at.to_owned());
        self.bar.inc(1);
    }

    /// So far, out of all.
    pub(crate) fn set(&self, done: u64, at: &str) {
        self.bar.set_message(at.to_owned());
        self.bar.set_position(done);
    }

    /// Removes the bar.
    pub(crate) fn clear(self) {
        self.bar.finish_and_clear();
    }

    /// Removes the bar and leaves one line.
    pub(crate) fn finish(self, result: &str) {
        self.bar.finish_and_clear();
        println!("{result}.");
    }
}
