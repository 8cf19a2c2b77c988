//! Unique identifiers from UUIDs (PS3.5 B.2).

use sha2::{Digest as _, Sha256};

/// Makes an identifier that nobody has.
pub(super) fn new_uid() -> String {
    uid_from(rand::random(), 4)
}

/// Returns the identifier by which one finding is known in every object about it: the same parts
/// make the same identifier.
pub fn tracking_uid(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uid_from(u128::from_be_bytes(bytes), 8)
}

/// Sets a UUID's version and variant (RFC 9562) and writes it as a UID.
fn uid_from(bits: u128, version: u128) -> String {
    let bits = bits & !(0xf << 76) | version << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    format!("2.25.{bits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_uids_and_differ() {
        let (one, other) = (new_uid(), new_uid());
        assert_ne!(one, other);
        assert!(one.len() <= 64 && one.starts_with("2.25."));
    }

    #[test]
    fn the_same_finding_has_the_same_identifier() {
        assert_eq!(tracking_uid(&["a", "bc"]), tracking_uid(&["a", "bc"]));
        assert_ne!(tracking_uid(&["a", "bc"]), tracking_uid(&["ab", "c"]));
    }
}
