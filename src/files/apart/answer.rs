//! An answer: a byte that says what it is, a head with its length, and a film's samples after it.

use std::io::{self, Read, Write};

use super::messages::FilmHead;
use super::{samples, stages, wire};
use crate::error::{Error, Result};
use crate::radiograph::Film;

/// What an answer is.
pub(super) const ERROR: u8 = b'E';
pub(super) const FILM: u8 = b'F';
/// The memory of a film's samples, before anything else of it, where it is known early.
pub(super) const ROOM: u8 = b'M';
/// Comes before a film, at most once.
pub(super) const PREVIEW: u8 = b'P';
pub(super) const INSPECTION: u8 = b'I';
pub(super) const RETURNED: u8 = b'R';

/// The longest head: some lookup tables of 128 KiB each, overlays of 16 MiB in all, and words.
const LONGEST_HEAD: u32 = 32 << 20;

/// Writes a film.
///
/// # Errors
/// When nobody reads.
pub(super) fn send_film(film: &Film, out: &mut impl Write) -> io::Result<()> {
    let bytes = wire::written(&FilmHead::of(film));
    if !fits(&bytes) {
        return head(ERROR, &wire::written(&too_wordy()), out);
    }
    head(FILM, &bytes, out)?;
    samples::write(film.radiograph.raster.samples(), out)?;
    stages::send(&film.pipeline, out)
}

/// Writes what precedes samples, or all there is.
pub(super) fn head(kind: u8, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok();
    let Some(length) = length.filter(|length| *length <= LONGEST_HEAD) else {
        return head(ERROR, &wire::written(&too_wordy()), out);
    };
    out.write_all(&[&[kind], length.to_le_bytes().as_slice(), bytes].concat())
}

/// Reports whether a head is not too long to be sent.
pub(super) fn fits(head: &[u8]) -> bool {
    head.len() <= LONGEST_HEAD as usize
}

pub(super) fn too_wordy() -> Error {
    crate::files::damaged(format!(
        "the file describes its picture in more than {} MiB",
        LONGEST_HEAD >> 20
    ))
}

/// Reads what [`head`] wrote, up to the samples.
pub(super) fn read_head(from: &mut impl Read) -> io::Result<Result<(u8, Vec<u8>)>> {
    let mut start = [0; 5];
    from.read_exact(&mut start)?;
    let [kind, length @ ..] = start;
    let length = u32::from_le_bytes(length);
    if length > LONGEST_HEAD {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    if kind == ERROR {
        let error = wire::whole::<Error>(&bytes);
        return error.map(Err).ok_or(io::ErrorKind::InvalidData.into());
    }
    Ok(Ok((kind, bytes)))
}
