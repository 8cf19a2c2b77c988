//! How values cross between the program and its decoders: each with a byte that says what it is,
//! and with its length where it has one. Reading trusts neither: what does not fit is `None`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A value that can cross.
pub(super) trait Wire: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes the value off the front.
    fn take(from: &mut Received<'_>) -> Option<Self>;
}

/// Received bytes, as far as they are not taken yet.
#[derive(Debug)]
pub(super) struct Received<'a>(pub(super) &'a [u8]);

impl<'a> Received<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn kind(&mut self, kind: u8) -> Option<()> {
        (self.bytes(1)? == [kind]).then_some(())
    }

    fn eight(&mut self, kind: u8) -> Option<[u8; 8]> {
        self.kind(kind)?;
        self.bytes(8)?.try_into().ok()
    }
}

/// Reads one value and nothing after it.
pub(super) fn whole<T: Wire>(bytes: &[u8]) -> Option<T> {
    let mut received = Received(bytes);
    let value = T::take(&mut received)?;
    received.0.is_empty().then_some(value)
}

/// Writes one value.
pub(super) fn written(value: &impl Wire) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// Makes a struct cross field by field; a field that is forgotten does not compile.
macro_rules! fields {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            fn take(from: &mut Received<'_>) -> Option<Self> {
                $(let $field = Wire::take(from)?;)*
                Some(Self { $($field),* })
            }
        }
    };
}

/// Makes an enum without content cross as a number; a variant that is forgotten does not compile.
macro_rules! variants {
    ($type:ident { $($variant:ident),* $(,)? }) => {
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant => (Self::$variant as usize).put(out),)*
                }
            }

            fn take(from: &mut Received<'_>) -> Option<Self> {
                let number = usize::take(from)?;
                $(if number == Self::$variant as usize {
                    return Some(Self::$variant);
                })*
                None
            }
        }
    };
}

pub(super) use {fields, variants};

/// Makes a number cross in eight bytes.
macro_rules! eight {
    ($type:ty, $kind:literal, $as:ty) => {
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.push($kind);
                out.extend((*self as $as).to_le_bytes());
            }

            fn take(from: &mut Received<'_>) -> Option<Self> {
                <$as>::from_le_bytes(from.eight($kind)?).try_into().ok()
            }
        }
    };
}

eight!(u64, b'u', u64);
eight!(u32, b'u', u64);
eight!(u16, b'u', u64);
eight!(u8, b'u', u64);
eight!(usize, b'u', u64);
eight!(i64, b'i', i64);
eight!(f64, b'd', f64);

impl Wire for f32 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(b'f');
        out.extend(self.to_le_bytes());
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        from.kind(b'f')?;
        Some(Self::from_le_bytes(from.bytes(4)?.try_into().ok()?))
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        match u8::take(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

fn put_bytes(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    bytes.len().put(out);
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(kind: u8, from: &mut Received<'a>) -> Option<&'a [u8]> {
    from.kind(kind)?;
    let length = usize::take(from)?;
    from.bytes(length)
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(b's', self.as_bytes(), out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        Self::from_utf8(take_bytes(b's', from)?.to_vec()).ok()
    }
}

/// The entries of a lookup table.
impl Wire for Arc<[u16]> {
    fn put(&self, out: &mut Vec<u8>) {
        let bytes: Vec<u8> = self.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        put_bytes(b't', &bytes, out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        let (pairs, rest) = take_bytes(b't', from)?.as_chunks::<2>();
        let entries = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
        rest.is_empty().then(|| entries.collect())
    }
}

/// The packed bits of a mask.
impl Wire for Arc<[u8]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(b'b', self, out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        take_bytes(b'b', from).map(Self::from)
    }
}

/// A name out of a fixed set, such as the kind of a file.
impl Wire for &'static str {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(b's', self.as_bytes(), out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        known_name(&String::take(from)?)
    }
}

/// Returns a name that lives as long as the program. There are few such names: a decoder that
/// sends more, or long ones, is not believed.
fn known_name(name: &str) -> Option<&'static str> {
    const MOST_NAMES: usize = 64;
    const LONGEST: usize = 32;
    static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.iter().find(|known| **known == name) {
        return Some(known);
    }
    if names.len() == MOST_NAMES || name.len() > LONGEST {
        return None;
    }
    let new: &'static str = name.to_owned().leak();
    names.push(new);
    Some(new)
}

/// Paths do not cross back: who asked knows which file it was.
impl Wire for PathBuf {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Received<'_>) -> Option<Self> {
        Some(Self::new())
    }
}

/// Makes JSON cross as its text.
macro_rules! json {
    ($type:ty) => {
        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                self.to_string().put(out);
            }

            fn take(from: &mut Received<'_>) -> Option<Self> {
                serde_json::from_str(&String::take(from)?).ok()
            }
        }
    };
}

json!(serde_json::Number);
json!(serde_json::Value);

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        if bool::take(from)? {
            T::take(from).map(Some)
        } else {
            Some(None)
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(b'v');
        self.len().put(out);
        for value in self {
            value.put(out);
        }
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        from.kind(b'v')?;
        let count = usize::take(from)?;
        // Grown as values arrive: the count alone allocates nothing.
        let mut values = Self::new();
        for _ in 0..count {
            values.push(T::take(from)?);
        }
        Some(values)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_nothing_else_does() {
        let value = vec![(Some("Größe".to_owned()), -7_i64), (None, i64::MAX)];
        let bytes = written(&value);
        assert_eq!(whole::<Vec<(Option<String>, i64)>>(&bytes), Some(value));
        for length in 0..bytes.len() {
            assert_eq!(
                whole::<Vec<(Option<String>, i64)>>(&bytes[..length]),
                None,
                "{length}"
            );
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert_eq!(whole::<Vec<(Option<String>, i64)>>(&longer), None);
        assert_eq!(whole::<Vec<u64>>(&bytes), None);
    }

    #[test]
    fn a_lying_count_or_length_allocates_nothing() {
        let mut bytes = vec![b'v'];
        usize::MAX.put(&mut bytes);
        assert_eq!(whole::<Vec<u64>>(&bytes), None);
        bytes[0] = b's';
        assert_eq!(whole::<String>(&bytes), None);
        assert_eq!(whole::<u8>(&written(&256_usize)), None);
    }

    #[test]
    fn names_are_few_and_short() {
        assert_eq!(whole::<&'static str>(&written(&"dicom")), Some("dicom"));
        assert_eq!(whole::<&'static str>(&written(&"x".repeat(33))), None);
    }
}
