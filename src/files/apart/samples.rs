//! A raster on its way: in pieces of 16 bits a sample where that loses nothing, else of 32.

use std::io::{Error, ErrorKind, Read, Result, Write};

use crate::files::stored::{SampleKind, StoredFrame, require_room};
use crate::radiograph::{FreshSamples, LARGEST_SIDE_PX, Raster};

/// The samples of a piece; the last one may have fewer.
const PIECE: usize = 1 << 15;

/// The samples in the smallest page of memory that systems hand out.
const SAMPLES_A_PAGE: usize = 1024;

/// The most samples that room is made for ahead: 64 MB.
const MOST_AHEAD: usize = 1 << 24;

const BYTE: u8 = b'b';
const SIGNED_BYTE: u8 = b's';
const UNSIGNED: u8 = b'u';
const SIGNED: u8 = b'i';
const REAL: u8 = b'r';

/// Writes samples; their number is the reader's to know.
pub(super) fn write(samples: &[f32], out: &mut impl Write) -> Result<()> {
    let mut bytes = Vec::with_capacity(1 + 4 * PIECE);
    for piece in samples.chunks(PIECE) {
        bytes.clear();
        if !whole(UNSIGNED, piece, &mut bytes, |sample| {
            let number = sample as u16;
            (f32::from(number), number.to_le_bytes())
        }) && !whole(SIGNED, piece, &mut bytes, |sample| {
            let number = sample as i16;
            (f32::from(number), number.to_le_bytes())
        }) {
            bytes.push(REAL);
            bytes.extend(piece.iter().flat_map(|sample| sample.to_le_bytes()));
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Writes the samples of a frame that are modality values as they are: grey, whole, and of 8 or 16
/// bits.
pub(super) fn write_stored(frame: &StoredFrame<'_>, out: &mut impl Write) -> Result<()> {
    let layout = frame.layout;
    let kind = match (layout.bytes_per_sample, layout.kind) {
        (1, SampleKind::Unsigned) => BYTE,
        (1, SampleKind::Signed) => SIGNED_BYTE,
        (2, SampleKind::Unsigned) => UNSIGNED,
        (2, SampleKind::Signed) => SIGNED,
        _ => return Err(garbled()),
    };
    for piece in frame.bytes.chunks(layout.bytes_per_sample * PIECE) {
        out.write_all(&[kind])?;
        out.write_all(piece)?;
    }
    Ok(())
}

/// Writes a piece as integers of 16 bits, or reports that it has samples that are none.
fn whole(
    kind: u8,
    piece: &[f32],
    bytes: &mut Vec<u8>,
    integer: impl Fn(f32) -> (f32, [u8; 2]),
) -> bool {
    bytes.resize(1 + 2 * piece.len(), 0);
    bytes[0] = kind;
    let mut all = true;
    for (sample, pair) in piece.iter().zip(bytes[1..].as_chunks_mut::<2>().0) {
        let (back, number) = integer(*sample);
        all &= back == *sample;
        *pair = number;
    }
    if !all {
        bytes.clear();
    }
    all
}

/// Makes room for a raster that is announced and may never come: not for one so large that a lie
/// would cost much.
pub(super) fn room_ahead(columns: usize, rows: usize) -> Option<FreshSamples> {
    let modest = columns.saturating_mul(rows) <= MOST_AHEAD;
    let mut samples = modest.then(|| room(columns, rows).ok()).flatten()?;
    // The system hands pages out as they are written: now, while the decoder still works.
    for page in samples.as_mut_slice().chunks_mut(SAMPLES_A_PAGE) {
        page[0] = 0.0;
    }
    Some(samples)
}

/// Makes room for a raster's samples; its size is checked before memory is asked for.
fn room(columns: usize, rows: usize) -> Result<FreshSamples> {
    let sides = 1..=LARGEST_SIDE_PX;
    let usable = sides.contains(&columns) && sides.contains(&rows);
    if !usable || require_room(columns, rows, 0).is_err() {
        return Err(garbled());
    }
    FreshSamples::zeroed(columns * rows).ok_or_else(|| ErrorKind::OutOfMemory.into())
}

/// Reads a raster, into the room made for it where that is its size.
pub(super) fn read(
    (columns, rows): (usize, usize),
    room_made: Option<FreshSamples>,
    from: &mut impl Read,
) -> Result<Raster> {
    let fits = |room: &FreshSamples| Some(room.len()) == columns.checked_mul(rows);
    let mut samples = match room_made.filter(fits) {
        Some(samples) => samples,
        None => room(columns, rows)?,
    };
    let mut bytes = vec![0; 4 * PIECE];
    for piece in samples.as_mut_slice().chunks_mut(PIECE) {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let width = match kind[0] {
            BYTE | SIGNED_BYTE => 1,
            REAL => 4,
            _ => 2,
        };
        let bytes = &mut bytes[..width * piece.len()];
        from.read_exact(bytes)?;
        let pairs = piece.iter_mut().zip(bytes.as_chunks::<2>().0);
        match kind[0] {
            UNSIGNED => pairs.for_each(|(sample, pair)| *sample = u16::from_le_bytes(*pair).into()),
            SIGNED => pairs.for_each(|(sample, pair)| *sample = i16::from_le_bytes(*pair).into()),
            BYTE => of_bytes(piece, bytes, f32::from),
            SIGNED_BYTE => of_bytes(piece, bytes, |byte| f32::from(byte.cast_signed())),
            REAL => piece
                .iter_mut()
                .zip(bytes.as_chunks::<4>().0)
                .for_each(|(sample, four)| *sample = f32::from_le_bytes(*four)),
            _ => return Err(garbled()),
        }
    }
    Raster::new(columns, rows, samples.share()).map_err(|_| garbled())
}

fn of_bytes(piece: &mut [f32], bytes: &[u8], sample_of: impl Fn(u8) -> f32) {
    for (sample, &byte) in piece.iter_mut().zip(bytes) {
        *sample = sample_of(byte);
    }
}

fn garbled() -> Error {
    Error::from(ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::SampleLayout;

    fn there_and_back(samples: &[f32]) -> (usize, Vec<f32>) {
        let mut bytes = Vec::new();
        write(samples, &mut bytes).unwrap();
        let raster = read((samples.len(), 1), None, &mut bytes.as_slice()).unwrap();
        (bytes.len(), raster.samples().to_vec())
    }

    #[test]
    fn integers_take_two_bytes_and_the_rest_four() {
        for samples in [[0.0, 65_535.0, 7.0], [-32_768.0, 32_767.0, -1.0]] {
            assert_eq!(there_and_back(&samples), (7, samples.to_vec()));
        }
        for samples in [[0.5, 1.0, 2.0], [65_536.0, 0.0, 0.0], [-1.0, 40_000.0, 0.0]] {
            assert_eq!(there_and_back(&samples), (13, samples.to_vec()));
        }
        let (bytes, back) = there_and_back(&[f32::NAN, f32::INFINITY, 1.0]);
        assert!(bytes == 13 && back[0].is_nan() && back[1] == f32::INFINITY);
    }

    #[test]
    fn stored_samples_cross_as_they_are() {
        use SampleKind::{Real, Signed, Unsigned};
        let frame = |bytes: &'static [u8], bytes_per_sample, kind| StoredFrame {
            layout: SampleLayout {
                columns: bytes.len() / bytes_per_sample,
                rows: 1,
                samples_per_pixel: 1,
                bytes_per_sample,
                kind,
            },
            bytes: bytes.into(),
        };
        for (frame, values) in [
            (frame(&[0, 128, 255], 1, Unsigned), [0.0, 128.0, 255.0]),
            (frame(&[0, 128, 255], 1, Signed), [0.0, -128.0, -1.0]),
            (
                frame(&[1, 0, 0, 128, 255, 255], 2, Unsigned),
                [1.0, 32_768.0, 65_535.0],
            ),
            (
                frame(&[1, 0, 0, 128, 255, 255], 2, Signed),
                [1.0, -32_768.0, -1.0],
            ),
        ] {
            let mut bytes = Vec::new();
            write_stored(&frame, &mut bytes).unwrap();
            assert_eq!(bytes.len(), 1 + frame.bytes.len());
            let raster = read((3, 1), None, &mut bytes.as_slice()).unwrap();
            assert_eq!(raster.samples(), values);
        }
        assert!(write_stored(&frame(&[0; 4], 4, Real), &mut Vec::new()).is_err());
    }

    #[test]
    fn pieces_are_judged_one_by_one() {
        let mut samples = vec![3.0; 2 * PIECE + 4];
        samples[PIECE] = 0.25;
        let mut bytes = Vec::new();
        write(&samples, &mut bytes).unwrap();
        assert_eq!(bytes.len(), 3 + 2 * PIECE + 4 * PIECE + 8);
        let made = room_ahead(samples.len(), 1);
        let size = (samples.len() / 10, 10);
        let raster = read(size, made, &mut bytes.as_slice()).unwrap();
        assert_eq!(raster.samples(), samples);
    }

    #[test]
    fn sizes_that_lie_and_pieces_of_no_kind_are_refused() {
        assert!(read((usize::MAX, 2), None, &mut [].as_slice()).is_err());
        assert!(read((0, 1), None, &mut [].as_slice()).is_err());
        assert!(read((16_384, 16_384), None, &mut [].as_slice()).is_err());
        assert!(read((2, 1), None, &mut b"u\x01\0".as_slice()).is_err());
        assert!(read((1, 1), None, &mut b"x\x01\0\0\0".as_slice()).is_err());
    }
}
