//! A raster on its way: in pieces of 16 bits a sample where that loses nothing, else of 32.

use std::io::{Error, ErrorKind, Read, Result, Write};

use crate::files::stored::require_room;
use crate::radiograph::{FreshSamples, LARGEST_SIDE_PX, Raster};

/// The samples of a piece; the last one may have fewer.
const PIECE: usize = 1 << 15;

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

/// Reads a raster; its size is checked before memory is asked for.
pub(super) fn read(columns: usize, rows: usize, from: &mut impl Read) -> Result<Raster> {
    let sides = 1..=LARGEST_SIDE_PX;
    let usable = sides.contains(&columns) && sides.contains(&rows);
    if !usable || require_room(columns, rows, 0).is_err() {
        return Err(garbled());
    }
    let count = columns * rows;
    let mut samples = FreshSamples::zeroed(count).ok_or(ErrorKind::OutOfMemory)?;
    let mut bytes = vec![0; 4 * PIECE];
    for piece in samples.as_mut_slice().chunks_mut(PIECE) {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let width = if kind[0] == REAL { 4 } else { 2 };
        let bytes = &mut bytes[..width * piece.len()];
        from.read_exact(bytes)?;
        let pairs = piece.iter_mut().zip(bytes.as_chunks::<2>().0);
        match kind[0] {
            UNSIGNED => pairs.for_each(|(sample, pair)| *sample = u16::from_le_bytes(*pair).into()),
            SIGNED => pairs.for_each(|(sample, pair)| *sample = i16::from_le_bytes(*pair).into()),
            REAL => piece
                .iter_mut()
                .zip(bytes.as_chunks::<4>().0)
                .for_each(|(sample, four)| *sample = f32::from_le_bytes(*four)),
            _ => return Err(garbled()),
        }
    }
    Raster::new(columns, rows, samples.share()).map_err(|_| garbled())
}

fn garbled() -> Error {
    Error::from(ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(samples: &[f32]) -> (usize, Vec<f32>) {
        let mut bytes = Vec::new();
        write(samples, &mut bytes).unwrap();
        let raster = read(samples.len(), 1, &mut bytes.as_slice()).unwrap();
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
    fn pieces_are_judged_one_by_one() {
        let mut samples = vec![3.0; 2 * PIECE + 4];
        samples[PIECE] = 0.25;
        let mut bytes = Vec::new();
        write(&samples, &mut bytes).unwrap();
        assert_eq!(bytes.len(), 3 + 2 * PIECE + 4 * PIECE + 8);
        let raster = read(samples.len() / 10, 10, &mut bytes.as_slice()).unwrap();
        assert_eq!(raster.samples(), samples);
    }

    #[test]
    fn sizes_that_lie_and_pieces_of_no_kind_are_refused() {
        assert!(read(usize::MAX, 2, &mut [].as_slice()).is_err());
        assert!(read(0, 1, &mut [].as_slice()).is_err());
        assert!(read(16_384, 16_384, &mut [].as_slice()).is_err());
        assert!(read(2, 1, &mut b"u\x01\0".as_slice()).is_err());
        assert!(read(1, 1, &mut b"x\x01\0\0\0".as_slice()).is_err());
    }
}
