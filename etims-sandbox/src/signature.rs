//! Signatures, keys and tokens of the right shape, the same for the same seed.

use sha2::{Digest, Sha256};

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// SHA-256 over the seed, the purpose and the parts, each with its length before it.
pub(crate) fn digest(seed: u64, purpose: &str, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for part in std::iter::once(&purpose).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// `length` characters of the base32 alphabet A–Z 2–7; at most 51.
pub(crate) fn base32(bytes: &[u8; 32], length: usize) -> String {
    let bit = |index: usize| (bytes[index / 8] >> (7 - index % 8)) & 1;
    let letter = |at: usize| {
        let value = (0..5).fold(0, |value, offset| value << 1 | bit(at * 5 + offset));
        char::from(BASE32[usize::from(value)])
    };
    (0..length.min(51)).map(letter).collect()
}

/// Upper-case hexadecimal of the first `bytes` bytes.
pub(crate) fn hexadecimal(digest: &[u8; 32], bytes: usize) -> String {
    digest.iter().take(bytes).map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_signs_the_same() {
        let sign = |seed| base32(&digest(seed, "sign", &["KRACU0400000001", "1"]), 16);
        assert_eq!(sign(7), sign(7));
        assert_ne!(sign(7), sign(8));
        assert_ne!(digest(7, "a", &["bc"]), digest(7, "a", &["b", "c"]));
        assert_eq!(base32(&[0; 32], 26), "A".repeat(26));
        assert_eq!(base32(&[0xff; 32], 16), "7".repeat(16));
        assert!(sign(1).bytes().all(|letter| BASE32.contains(&letter)));
    }
}
