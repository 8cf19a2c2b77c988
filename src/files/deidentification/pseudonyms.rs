//! What stands for a person, an object and a day once their own names are gone: the same for the
//! same everywhere in a run, and in every run with the same key. Without the key nothing leads
//! back, because keyed hashes cannot be tried out.

use std::ffi::OsStr;

use sha2::{Digest as _, Sha256};

/// The letters of pseudonyms: no two of them look alike.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The longest way a patient's dates are moved, in days.
const MOST_DAYS: u64 = 3652;

/// A block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// Makes pseudonyms with a secret key.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; BLOCK],
}

impl Pseudonyms {
    /// Takes a secret of any length.
    pub fn with_key(secret: &[u8]) -> Self {
        let mut key = [0; BLOCK];
        if secret.len() > BLOCK {
            key[..32].copy_from_slice(&Sha256::digest(secret));
        } else {
            key[..secret.len()].copy_from_slice(secret);
        }
        Self { key }
    }

    /// Returns what stands for a folder's name.
    pub fn folder(&self, name: &OsStr) -> String {
        format!("F-{}", self.name("folder", name.as_encoded_bytes()))
    }

    /// Returns what stands for a file of a run, by its place and whatever tells its versions apart.
    pub fn source(&self, place: &OsStr, version: &str) -> String {
        let bytes = [place.as_encoded_bytes(), b"|", version.as_bytes()].concat();
        self.name("source", &bytes)
    }

    /// Returns what the key can be recognised by, and not be found out from.
    pub fn fingerprint(&self) -> String {
        self.name("key", b"")
    }

    /// Returns the name of something, such as a patient, in ten letters.
    pub(in crate::files) fn name(&self, what: &str, of: &[u8]) -> String {
        let letters = self.hash(what, of);
        let letters = letters[..10]
            .iter()
            .map(|byte| LETTERS[usize::from(byte & 31)]);
        letters.map(char::from).collect()
    }

    /// Returns the UID that stands for another: made from a UUID (PS3.5 B.2), which is made from a
    /// keyed hash (version 8 of RFC 9562).
    pub(in crate::files) fn uid(&self, uid: &[u8]) -> String {
        let hash = self.hash("uid", uid);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        format!("2.25.{}", u128::from_be_bytes(bytes))
    }

    /// Returns by how many days a patient's dates are moved: back, by one day to ten years.
    pub(in crate::files) fn days(&self, patient: &[u8]) -> i64 {
        let hash = self.hash("days", patient);
        let mut number = [0; 8];
        number.copy_from_slice(&hash[..8]);
        -((u64::from_be_bytes(number) % MOST_DAYS) as i64 + 1)
    }

    /// Keyed hash of a purpose and a value (HMAC, RFC 2104).
    fn hash(&self, what: &str, of: &[u8]) -> [u8; 32] {
        let padded = |pad: u8| self.key.map(|byte| byte ^ pad);
        let mut inner = Sha256::new();
        inner.update(padded(0x36));
        inner.update(what.as_bytes());
        inner.update([0]);
        inner.update(of);
        let mut outer = Sha256::new();
        outer.update(padded(0x5c));
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_hmac() {
        // RFC 4231, test case 2: key “Jefe”, “what do ya want for nothing?”; our purpose and its
        // end are the front of the text.
        let text = b"what do ya want for nothing?";
        let hash = Pseudonyms::with_key(b"Jefe");
        let mut inner = Sha256::new();
        inner.update(hash.key.map(|byte| byte ^ 0x36));
        inner.update(text);
        let mut outer = Sha256::new();
        outer.update(hash.key.map(|byte| byte ^ 0x5c));
        outer.update(inner.finalize());
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(format!("{:x}", outer.finalize()), expected);
    }

    #[test]
    fn pseudonyms_depend_on_key_and_value_and_nothing_else() {
        let (one, other) = (Pseudonyms::with_key(b"a"), Pseudonyms::with_key(b"b"));
        assert_eq!(one.uid(b"1.2.3"), Pseudonyms::with_key(b"a").uid(b"1.2.3"));
        assert_ne!(one.uid(b"1.2.3"), one.uid(b"1.2.4"));
        assert_ne!(one.uid(b"1.2.3"), other.uid(b"1.2.3"));
        assert_ne!(one.name("patient", b"7"), one.name("folder", b"7"));
        let uid = one.uid(b"1.2.3");
        assert!(uid.len() <= 64 && uid.starts_with("2.25."), "{uid}");
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        assert!(uid.chars().all(digits));
    }

    #[test]
    fn dates_move_back_by_at_most_ten_years() {
        let pseudonyms = Pseudonyms::with_key(b"key");
        for patient in 0..200_u8 {
            let days = pseudonyms.days(&[patient]);
            assert!((-3652..=-1).contains(&days), "{days}");
        }
    }
}
