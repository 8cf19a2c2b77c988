//! The bytes of a data set: the file's own, or what was inflated from them (PS3.5 A.5).

use std::io::Read as _;
use std::ops::{Deref, Range};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;

use crate::error::{Error, ErrorKind, Result};
use crate::files::damaged;
use crate::files::stored::no_memory;
use crate::radiograph::{FrameBytes, Memory, SharedBytes};

/// How far a deflated data set may grow. Deflate reaches 1000 : 1, on bombs; films stay below 20.
const MOST_INFLATION: usize = 200;
const MOST_INFLATED_BYTES: usize = 1 << 30;
/// Small files may hold much of nothing.
const ALWAYS_INFLATED_BYTES: usize = 64 << 20;

/// The bytes that a data set's elements lie in.
pub(super) enum Body<'a> {
    File(&'a [u8]),
    Inflated(Arc<Memory>),
}

impl Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::File(bytes) => bytes,
            Self::Inflated(memory) => memory,
        }
    }
}

impl<'a> Body<'a> {
    /// Inflates a deflated data set.
    pub(super) fn inflated(bytes: &[u8]) -> Result<Self> {
        Ok(Self::Inflated(Arc::new(inflate(bytes)?)))
    }

    /// Returns a part, which is copied where it is a small one of what was inflated.
    pub(super) fn part(&self, range: Range<usize>) -> FrameBytes<'a> {
        match self {
            Self::File(bytes) => FrameBytes::Lent(&bytes[range]),
            Self::Inflated(memory) => match SharedBytes::of_part(memory, &memory[range.clone()]) {
                Some(shared) => FrameBytes::Shared(shared),
                None => FrameBytes::Own(Memory::copied(&memory[range])),
            },
        }
    }
}

fn inflate(mut bytes: &[u8]) -> Result<Memory> {
    // The header of zlib (RFC 1950) does not belong there, and occurs.
    if let [first, second, rest @ ..] = bytes
        && first & 15 == 8
        && u16::from_be_bytes([*first, *second]) % 31 == 0
    {
        bytes = rest;
    }
    let most = bytes.len().saturating_mul(MOST_INFLATION);
    let most = most.clamp(ALWAYS_INFLATED_BYTES, MOST_INFLATED_BYTES);
    let mut decoder = DeflateDecoder::new(bytes);
    // Films rarely become more than twice as large; pages that are not written cost nothing.
    let mut inflated = zeroed(bytes.len().saturating_mul(2).clamp(1 << 10, most))?;
    let mut count = 0;
    loop {
        if count == most {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("the deflated data set grows beyond {} MiB", most >> 20),
                "Export it uncompressed.",
            ));
        }
        if count == inflated.len() {
            let mut larger = zeroed((2 * count).min(most))?;
            larger[..count].copy_from_slice(&inflated);
            inflated = larger;
        }
        let read = decoder.read(&mut inflated[count..]).map_err(|cause| {
            damaged(format!("the deflated data set cannot be inflated: {cause}"))
        })?;
        if read == 0 {
            inflated.truncate(count);
            return Ok(inflated);
        }
        count += read;
    }
}

fn zeroed(bytes: usize) -> Result<Memory> {
    Memory::zeroed(bytes).ok_or_else(no_memory)
}
