//! Lossless JPEG (T.81 annex H), Huffman coded: 2 to 16 bits, every predictor, point transform.
//!
//! Most archived projection radiographs are stored so. A sample costs one look into a table of
//! whole differences; codes too long for it are read as `huffman` does.

use super::bits::BitReader;
use super::header::{Frame, ScanComponent, Tables, named_components, next_segment, refused};
use super::huffman::HuffmanTable;
use super::{END, Picture};
use crate::error::Result;
use crate::files::damaged;

/// Codes that take at most so many bits together with their difference are looked up at once.
const SHORT_BITS: u32 = 12;

/// Decodes a picture.
pub(in crate::files::dicom_film) fn decode(data: &[u8]) -> Result<Picture> {
    let mut tables = Tables::default();
    let mut picture: Option<Planes> = None;
    let mut position = 2;
    while let Some(segment) = next_segment(data, position)? {
        position = segment.end;
        match segment.marker {
            END => break,
            0xc4 => tables.add_huffman(segment.content)?,
            0xdd => tables.set_restart_interval(segment.content)?,
            0xc3 if picture.is_none() => {
                picture = Some(Planes::of(Frame::read(0xc3, segment.content)?, data.len())?);
            }
            0xc0..=0xcf => return Err(refused(segment.marker)),
            0xda => {
                let planes = picture
                    .as_mut()
                    .ok_or_else(|| damaged("a JPEG scan comes before its frame header"))?;
                let scan = Scan::read(segment.content, &planes.frame, &tables)?;
                position = planes.fill(&scan, BitReader::new(data, position))?;
            }
            _ => {}
        }
    }
    let planes = picture.ok_or_else(|| damaged("the JPEG picture has no frame"))?;
    if planes.filled.contains(&false) {
        return Err(damaged("the JPEG picture ends before all its scans"));
    }
    Ok(Picture {
        precision: planes.frame.precision,
        samples: planes.samples,
    })
}

/// The samples of all components, interleaved.
struct Planes {
    frame: Frame,
    samples: Vec<u16>,
    /// Which components have been read.
    filled: Vec<bool>,
}

impl Planes {
    /// Makes room for a frame, if so many bytes can hold it: a sample takes a bit at least.
    fn of(frame: Frame, bytes: usize) -> Result<Self> {
        let components = frame.components.len();
        let count = frame.columns * frame.rows * components;
        if count > 8 * bytes {
            return Err(damaged("the JPEG picture is too short for its size"));
        }
        if frame.components.iter().any(|one| one.sampling != (1, 1)) && components > 1 {
            return Err(crate::files::unsupported(
                "the picture is a lossless JPEG with components of several sizes",
            ));
        }
        Ok(Self {
            samples: vec![0; count],
            filled: vec![false; components],
            frame,
        })
    }

    /// Reads a scan, and returns where the next marker is to be looked for.
    fn fill(&mut self, scan: &Scan, mut reader: BitReader<'_>) -> Result<usize> {
        // A restart interval counts pixels, and holds whole rows (H.1.1).
        let columns = self.frame.columns;
        if !scan.restart_interval.is_multiple_of(columns) {
            return Err(damaged("a JPEG restart interval ends inside a row"));
        }
        let restart_rows = scan.restart_interval / columns;
        for row in 0..self.frame.rows {
            let restarts = restart_rows > 0 && row > 0 && row.is_multiple_of(restart_rows);
            if restarts {
                reader.restart()?;
            }
            match (scan.predictor, row == 0 || restarts) {
                (_, true) => self.first_row(row, scan, &mut reader)?,
                (1, _) => self.row(row, scan, &mut reader, |left, _, _| left)?,
                (2, _) => self.row(row, scan, &mut reader, |_, above, _| above)?,
                (3, _) => self.row(row, scan, &mut reader, |_, _, corner| corner)?,
                (4, _) => self.row(row, scan, &mut reader, |a, b, c| a + b - c)?,
                (5, _) => self.row(row, scan, &mut reader, |a, b, c| a + ((b - c) >> 1))?,
                (6, _) => self.row(row, scan, &mut reader, |a, b, c| b + ((a - c) >> 1))?,
                _ => self.row(row, scan, &mut reader, |a, b, _| (a + b) >> 1)?,
            }
            if reader.exhausted() {
                return Err(damaged(format!(
                    "the JPEG picture ends in row {row} of {}",
                    self.frame.rows
                )));
            }
        }
        for (one, _) in &scan.components {
            self.filled[one.index] = true;
        }
        self.transform_back(scan);
        Ok(reader.position())
    }

    /// The row that nothing above predicts: each sample by the one left of it.
    fn first_row(&mut self, row: usize, scan: &Scan, reader: &mut BitReader<'_>) -> Result<()> {
        let stride = self.frame.components.len();
        let samples = self.frame.columns * stride;
        let row = &mut self.samples[row * samples..(row + 1) * samples];
        // H.1.2.1: the middle of the range. Checked to be positive by `Scan::read`.
        let middle = 1_u16 << (self.frame.precision - scan.point_transform - 1);
        for at in (0..samples).step_by(stride) {
            for (one, differences) in &scan.components {
                let at = at + one.index;
                let left = if at < stride {
                    middle
                } else {
                    row[at - stride]
                };
                row[at] = left.wrapping_add(differences.next(reader)?);
            }
        }
        Ok(())
    }

    /// A row below others, by a predictor of the samples left, above, and above left (table H.1).
    fn row(
        &mut self,
        row: usize,
        scan: &Scan,
        reader: &mut BitReader<'_>,
        predicted: impl Fn(i32, i32, i32) -> i32,
    ) -> Result<()> {
        let stride = self.frame.components.len();
        let samples = self.frame.columns * stride;
        let (before, here) = self.samples.split_at_mut(row * samples);
        let (above, row) = (&before[before.len() - samples..], &mut here[..samples]);
        let prediction = |left: u16, above: u16, corner: u16| {
            predicted(left.into(), above.into(), corner.into()) as u16
        };
        if let ([(_, differences)], 1) = (scan.components.as_slice(), stride) {
            // The usual film, with what lies left and above left kept at hand.
            let mut left = above[0].wrapping_add(differences.next(reader)?);
            row[0] = left;
            let mut corner = above[0];
            for (sample, &above) in row.iter_mut().zip(above).skip(1) {
                left = prediction(left, above, corner).wrapping_add(differences.next(reader)?);
                *sample = left;
                corner = above;
            }
            return Ok(());
        }
        for start in (0..samples).step_by(stride) {
            for (one, differences) in &scan.components {
                let at = start + one.index;
                let expected = if start == 0 {
                    above[at]
                } else {
                    prediction(row[at - stride], above[at], above[at - stride])
                };
                row[at] = expected.wrapping_add(differences.next(reader)?);
            }
        }
        Ok(())
    }

    /// Undoes the point transform (A.4): the low bits that were left out come back as zeros.
    fn transform_back(&mut self, scan: &Scan) {
        if scan.point_transform == 0 {
            return;
        }
        for pixel in self.samples.chunks_exact_mut(self.filled.len()) {
            for (one, _) in &scan.components {
                pixel[one.index] <<= scan.point_transform;
            }
        }
    }
}

/// A scan header with the tables in force.
struct Scan {
    components: Vec<(ScanComponent, Differences)>,
    /// 1 to 7 (table H.1).
    predictor: u8,
    /// The number of low bits left out of every sample.
    point_transform: u32,
    /// In pixels; 0 for none.
    restart_interval: usize,
}

impl Scan {
    fn read(content: &[u8], frame: &Frame, tables: &Tables) -> Result<Self> {
        let wrong = || damaged("a JPEG scan header contradicts its frame");
        let (components, [predictor, _, approximation]) = named_components(content, frame)?;
        let point_transform = u32::from(approximation & 15);
        let usable = (1..=7).contains(&predictor) && point_transform < frame.precision;
        if components.is_empty() || !usable {
            return Err(wrong());
        }
        let components = components.into_iter().map(|one| {
            let table = tables.dc.get(one.dc_table).and_then(Option::as_ref);
            let table =
                table.ok_or_else(|| damaged("a JPEG scan names a table that is missing"))?;
            Ok((one, Differences::new(table)))
        });
        Ok(Self {
            components: components.collect::<Result<_>>()?,
            predictor,
            point_transform,
            restart_interval: tables.restart_interval,
        })
    }
}

/// A Huffman table of difference categories with the differences themselves (H.1.2.2, table H.2).
struct Differences {
    /// For the next [`SHORT_BITS`] bits what they take and the difference, modulo 2¹⁶; 0 bits for
    /// what is longer.
    short: Vec<(u8, u16)>,
    table: HuffmanTable,
}

impl Differences {
    fn new(table: &HuffmanTable) -> Self {
        let entry = |next: u32| {
            let (length, category) = table.look(next << (16 - SHORT_BITS))?;
            let category = u32::from(category);
            let taken = if category == 16 {
                length
            } else {
                length + category
            };
            if category > 16 || taken > SHORT_BITS {
                return None;
            }
            let extra = (next >> (SHORT_BITS - taken)) & ((1 << (taken - length)) - 1);
            Some((taken as u8, difference(category, extra)))
        };
        Self {
            short: (0..1 << SHORT_BITS)
                .map(|next| entry(next).unwrap_or((0, 0)))
                .collect(),
            table: table.clone(),
        }
    }

    /// Takes the next difference, modulo 2¹⁶.
    #[inline]
    fn next(&self, reader: &mut BitReader<'_>) -> Result<u16> {
        let (taken, difference) = self.short[reader.peek() >> (16 - SHORT_BITS)];
        if taken > 0 {
            reader.skip(u32::from(taken));
            return Ok(difference);
        }
        self.long(reader)
    }

    #[cold]
    fn long(&self, reader: &mut BitReader<'_>) -> Result<u16> {
        match self.table.decode(reader)? {
            16 => Ok(difference(16, 0)),
            category @ 0..16 => Ok(reader.signed(u32::from(category)) as u16),
            _ => Err(damaged(
                "the JPEG picture holds a difference of no category",
            )),
        }
    }
}

/// The difference of a category with its extra bits, modulo 2¹⁶.
fn difference(category: u32, extra: u32) -> u16 {
    match category {
        0 => 0,
        // Without extra bits.
        16 => 1 << 15,
        _ if extra < 1 << (category - 1) => (extra + 1).wrapping_sub(1 << category) as u16,
        _ => extra as u16,
    }
}

#[cfg(test)]
mod tests;
