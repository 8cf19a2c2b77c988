//! A raster on its way: its samples as they lie in memory, into memory that they stay in.

use std::io::{Error, ErrorKind, Read, Result, Write};

use super::wire::{self, Received, Wire};
use crate::files::Room;
use crate::files::stored::require_room;
use crate::radiograph::{FreshSamples, LARGEST_SIDE_PX, Line, Raster, Samples, Storage};

/// Reals are turned to bytes so many at a time.
const PIECE: usize = 1 << 12;

/// The bytes of the smallest page of memory that systems hand out.
const PAGE: usize = 4096;

/// The most memory that is made ready ahead.
const MOST_AHEAD: usize = 64 << 20;

/// The bytes of what precedes samples: their kind and their line.
const HEAD: usize = 1 + 2 * size_of::<f64>();

const KINDS: [(u8, Storage); 5] = [
    (b'b', Storage::Byte),
    (b's', Storage::SignedByte),
    (b'u', Storage::Word),
    (b'i', Storage::SignedWord),
    (b'r', Storage::Real),
];

/// Writes samples; their number is the reader's to know.
pub(super) fn write(samples: &Samples, out: &mut impl Write) -> Result<()> {
    let Some(whole) = samples.whole() else {
        out.write_all(&head(Storage::Real, Line::IDENTITY))?;
        let mut bytes = Vec::with_capacity(4 * PIECE);
        for piece in samples.values().chunks(PIECE) {
            bytes.clear();
            bytes.extend(piece.iter().flat_map(|sample| sample.to_le_bytes()));
            out.write_all(&bytes)?;
        }
        return Ok(());
    };
    out.write_all(&head(whole.storage(), whole.line()))?;
    out.write_all(whole.bytes())
}

fn head(storage: Storage, line: Line) -> Vec<u8> {
    let kind = KINDS.iter().find(|(_, known)| *known == storage);
    let mut head = vec![kind.map_or(0, |(letter, _)| *letter)];
    head.extend(line.slope.to_le_bytes());
    head.extend(line.intercept.to_le_bytes());
    head
}

/// Makes room for a raster that is announced and may never come: not for one so large that a lie
/// would cost much.
pub(super) fn room_ahead(announced: Room) -> Option<FreshSamples> {
    let Room {
        columns,
        rows,
        bytes_per_sample,
    } = announced;
    let storage = [Storage::Byte, Storage::Word, Storage::Real]
        .into_iter()
        .find(|storage| storage.bytes() == bytes_per_sample)?;
    let count = columns.saturating_mul(rows);
    let modest = count.saturating_mul(bytes_per_sample) <= MOST_AHEAD;
    let made = modest.then(|| room(storage, (columns, rows)).ok());
    let mut samples = made.flatten()?;
    // The system hands pages out as they are written: now, while the decoder still works.
    for page in samples.bytes_mut().chunks_mut(PAGE) {
        page[0] = 0;
    }
    Some(samples)
}

/// Makes room for a raster's samples; its size is checked before memory is asked for.
fn room(storage: Storage, (columns, rows): (usize, usize)) -> Result<FreshSamples> {
    let sides = 1..=LARGEST_SIDE_PX;
    let usable = sides.contains(&columns) && sides.contains(&rows);
    if !usable || require_room(columns, rows, 0).is_err() {
        return Err(garbled());
    }
    FreshSamples::zeroed(storage, columns * rows).ok_or_else(|| ErrorKind::OutOfMemory.into())
}

/// Reads a raster, into the room made for it where that fits.
pub(super) fn read(
    (columns, rows): (usize, usize),
    room_made: Option<FreshSamples>,
    from: &mut impl Read,
) -> Result<Raster> {
    let mut head = [0; HEAD];
    from.read_exact(&mut head)?;
    let (storage, line) = read_head(&head).ok_or_else(garbled)?;
    let bytes = columns
        .checked_mul(rows)
        .and_then(|count| count.checked_mul(storage.bytes()));
    let fits = |room: &mut FreshSamples| Some(room.bytes_mut().len()) == bytes;
    let made = room_made.and_then(|room| room.retyped(storage));
    let mut samples = match made.and_then(|mut room| fits(&mut room).then_some(room)) {
        Some(samples) => samples,
        None => room(storage, (columns, rows))?,
    };
    from.read_exact(samples.bytes_mut())?;
    for sample in samples.reals_mut() {
        *sample = f32::from_bits(u32::from_le(sample.to_bits()));
    }
    Raster::new(columns, rows, samples.share(line)).map_err(|_| garbled())
}

fn read_head(head: &[u8; HEAD]) -> Option<(Storage, Line)> {
    let (kind, line) = head.split_first()?;
    let (_, storage) = KINDS.into_iter().find(|(letter, _)| letter == kind)?;
    let (numbers, _) = line.as_chunks::<8>();
    let &[slope, intercept] = numbers else {
        return None;
    };
    let line = Line {
        slope: f64::from_le_bytes(slope),
        intercept: f64::from_le_bytes(intercept),
    };
    line.is_finite().then_some((storage, line))
}

fn garbled() -> Error {
    Error::from(ErrorKind::InvalidData)
}

wire::fields!(Room {
    columns,
    rows,
    bytes_per_sample,
});

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(samples: &Samples) -> Samples {
        let mut bytes = Vec::new();
        write(samples, &mut bytes).unwrap();
        assert_eq!(bytes.len(), HEAD + samples.memory_bytes());
        let raster = read((samples.len(), 1), None, &mut bytes.as_slice()).unwrap();
        raster.samples().clone()
    }

    #[test]
    fn samples_cross_as_they_lie() {
        let line = Line {
            slope: 0.5,
            intercept: -3.0,
        };
        for (storage, stored) in [
            (Storage::Byte, vec![0, 128, 255]),
            (Storage::SignedByte, vec![0, 128, 255]),
            (Storage::Word, vec![1, 0, 0, 128, 255, 255]),
            (Storage::SignedWord, vec![1, 0, 0, 128, 255, 255]),
        ] {
            let samples = Samples::of_whole(storage, line, stored.clone()).unwrap();
            let back = there_and_back(&samples);
            assert_eq!(back, samples);
            let whole = back.whole().unwrap();
            assert_eq!((whole.storage(), whole.line()), (storage, line));
            assert_eq!(whole.bytes(), stored);
        }
        let reals = there_and_back(&vec![f32::NAN, f32::INFINITY, 0.25].into());
        assert!(reals.at(0).is_nan() && reals.at(1) == f32::INFINITY && reals.at(2) == 0.25);
    }

    #[test]
    fn room_made_ahead_is_taken_where_it_fits() {
        let samples = Samples::of_whole(Storage::SignedWord, Line::IDENTITY, vec![7; 40]).unwrap();
        let mut bytes = Vec::new();
        write(&samples, &mut bytes).unwrap();
        for (rows, bytes_per_sample) in [(2, 2), (2, 1), (3, 2), (2, 4)] {
            let room = room_ahead(Room {
                columns: 10,
                rows,
                bytes_per_sample,
            });
            let raster = read((10, 2), room, &mut bytes.as_slice()).unwrap();
            assert_eq!(*raster.samples(), samples);
        }
        for bytes_per_sample in [0, 3, 8] {
            assert!(
                room_ahead(Room {
                    columns: 1,
                    rows: 1,
                    bytes_per_sample
                })
                .is_none()
            );
        }
    }

    #[test]
    fn sizes_that_lie_and_samples_of_no_kind_are_refused() {
        let head = head(Storage::Word, Line::IDENTITY);
        let read = |size, bytes: &[u8]| read(size, None, &mut &*bytes);
        for size in [(usize::MAX, 2), (0, 1), (16_384, 16_384), (2, 1)] {
            assert!(read(size, &head).is_err(), "{size:?}");
        }
        let with = |byte: u8, place: usize| {
            let mut bytes = [head.as_slice(), &[1, 0]].concat();
            bytes[place] = byte;
            bytes
        };
        assert!(read((1, 1), &with(b'u', 0)).is_ok());
        assert!(read((1, 1), &with(b'x', 0)).is_err());
        // A slope of 2^1023: what it makes of a sample is no number.
        assert!(read((1, 1), &with(0x7f, 8)).is_err());
    }
}
