//! The journal's chain: each entry's hash covers the one before it, so that nothing can be changed or taken out
//! unnoticed. Large and personal parts are referred to by their own hash and may be erased later.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What the first entry of a chain follows.
pub const START: Hash = [0; 32];

/// One entry, without its place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// What happened.
    pub kind: &'a str,
    /// The submission it happened to, by its number in the store.
    pub submission: Option<i64>,
    /// Details, JSON.
    pub detail: &'a str,
    /// Hash of the bytes kept beside the journal: a document, a request body, an answer.
    pub blob: Option<Hash>,
}

/// Hash of the bytes of a blob.
pub fn digest(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The hash of an entry that follows `previous`. Every part is preceded by its length.
pub fn link(previous: &Hash, entry: &Entry<'_>) -> Hash {
    let mut hasher = Sha256::new().chain_update(previous).chain_update(entry.at.to_be_bytes());
    for part in [entry.kind.as_bytes(), entry.detail.as_bytes(), entry.blob.as_ref().map_or(&[], |hash| &hash[..])] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.update(entry.submission.unwrap_or(-1).to_be_bytes());
    hasher.finalize().into()
}

/// Walks a chain. Returns how many entries it has, or the place (counted from 0) of the first that does not follow.
///
/// # Errors
/// The place of the first entry whose stored hash is not the one it must have.
pub fn verify<'a>(entries: impl IntoIterator<Item = (Entry<'a>, Hash)>) -> Result<u64, u64> {
    let mut previous = START;
    let mut place = 0;
    for (entry, hash) in entries {
        previous = link(&previous, &entry);
        if previous != hash {
            return Err(place);
        }
        place += 1;
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(details: &[&'static str]) -> Vec<(Entry<'static>, Hash)> {
        let mut previous = START;
        let entry = |detail| Entry { at: 7, kind: "sent", submission: Some(1), detail, blob: Some(digest(b"body")) };
        let linked = details.iter().map(|&detail| {
            previous = link(&previous, &entry(detail));
            (entry(detail), previous)
        });
        linked.collect()
    }

    #[test]
    fn a_whole_chain_verifies_and_a_broken_one_names_the_place() {
        let mut entries = chain(&["a", "b", "c"]);
        assert_eq!(verify(entries.clone()), Ok(3));
        entries[1].0.detail = "x";
        assert_eq!(verify(entries.clone()), Err(1));
        entries.remove(1);
        assert_eq!(verify(entries), Err(1));
    }

    #[test]
    fn parts_cannot_flow_into_each_other() {
        let entry = |kind, detail| Entry { at: 0, kind, submission: None, detail, blob: None };
        assert_ne!(link(&START, &entry("ab", "c")), link(&START, &entry("a", "bc")));
    }
}
