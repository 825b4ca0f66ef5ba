//! Text broken into lines, whatever a width is measured in.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

/// Breaks text at blanks into lines no wider than `width`; a longer word is broken between characters.
pub(super) fn wrap(text: &str, width: usize, measure: impl Fn(&str) -> usize) -> Vec<Cow<'_, str>> {
    if measure(text) <= width {
        return vec![Cow::Borrowed(text)];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let before = line.len();
        if before > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if measure(&line) <= width {
            continue;
        }
        line.truncate(before);
        if !line.is_empty() {
            lines.push(Cow::Owned(std::mem::take(&mut line)));
        }
        let mut pieces = broken(word, width, &measure);
        line = pieces.pop().unwrap_or_default();
        lines.extend(pieces.into_iter().map(Cow::Owned));
    }
    if !line.is_empty() {
        lines.push(Cow::Owned(line));
    }
    lines
}

/// Cuts text into pieces of at most `width`, between characters as readers see them.
pub(super) fn broken(text: &str, width: usize, measure: impl Fn(&str) -> usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for cluster in text.graphemes(true) {
        let piece = pieces.last_mut().expect("there is always a piece");
        let before = piece.len();
        piece.push_str(cluster);
        if before > 0 && measure(piece) > width {
            piece.truncate(before);
            pieces.push(cluster.to_owned());
        }
    }
    pieces
}
