//! The marker segments of a JPEG codestream: frame, scans and tables (T.81 annex B).

use super::huffman::HuffmanTable;
use crate::error::{Error, Result};
use crate::files::{damaged, unsupported};

/// One marker with its segment's content.
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    /// Without its length; empty for markers that stand alone.
    pub(super) content: &'a [u8],
    /// Where the bytes behind the segment start.
    pub(super) end: usize,
}

/// Finds the next marker at or behind a position, or `None` where the codestream ends.
pub(super) fn next_segment(data: &[u8], mut position: usize) -> Result<Option<Segment<'_>>> {
    loop {
        let Some(&[first, marker]) = data.get(position..position + 2) else {
            return Ok(None);
        };
        // Fill bytes, a stuffed byte and what a scan left over are passed by.
        if first != 0xff || matches!(marker, 0x00 | 0xff) {
            position += 1;
            continue;
        }
        let start = position + 2;
        if matches!(marker, 0x01 | 0xd0..=0xd9) {
            return Ok(Some(Segment {
                marker,
                content: &[],
                end: start,
            }));
        }
        let length = match data.get(start..start + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        let content = data
            .get(start + 2..start + length)
            .ok_or_else(|| damaged("a JPEG segment is longer than the codestream"))?;
        return Ok(Some(Segment {
            marker,
            content,
            end: start + length,
        }));
    }
}

/// Names the kinds of JPEG that are not read.
pub(super) fn refused(marker: u8) -> Error {
    match marker {
        0xc9..=0xcb => unsupported("the picture is a JPEG with arithmetic coding"),
        0xc5..=0xc7 | 0xcd..=0xcf => unsupported("the picture is a hierarchical JPEG"),
        _ => damaged("the JPEG picture has several frame headers"),
    }
}

/// One component of a frame.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: u8,
    /// Horizontal and vertical sampling factor, 1 to 4.
    pub(super) sampling: (usize, usize),
    pub(super) quantisation: usize,
}

/// The frame header.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    /// 8 or 12, and 2 to 16 of a lossless picture.
    pub(super) precision: u32,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// At least one.
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Reads a frame header (B.2.2).
    pub(super) fn read(marker: u8, content: &[u8]) -> Result<Self> {
        let &[
            precision,
            row_high,
            row_low,
            column_high,
            column_low,
            count,
            ..,
        ] = content
        else {
            return Err(damaged("the JPEG frame header is too short"));
        };
        let components: Vec<Component> = content[6..]
            .chunks_exact(3)
            .take(usize::from(count))
            .map(|entry| Component {
                name: entry[0],
                sampling: (usize::from(entry[1] >> 4), usize::from(entry[1] & 15)),
                quantisation: usize::from(entry[2]),
            })
            .collect();
        let frame = Self {
            progressive: marker == 0xc2,
            precision: u32::from(precision),
            columns: usize::from(u16::from_be_bytes([column_high, column_low])),
            rows: usize::from(u16::from_be_bytes([row_high, row_low])),
            components,
        };
        let usable = frame.components.iter().all(|component| {
            let (across, down) = component.sampling;
            (1..=4).contains(&across) && (1..=4).contains(&down) && component.quantisation < 4
        });
        let empty = frame.columns == 0 || frame.rows == 0 || count == 0 || count > 4;
        if empty || !usable || frame.components.len() != usize::from(count) {
            return Err(damaged("the JPEG frame header contradicts itself"));
        }
        if marker == 0xc3 {
            if !(2..=16).contains(&precision) {
                return Err(damaged("the JPEG frame header contradicts itself"));
            }
        } else if precision != 8 && precision != 12 {
            return Err(unsupported(format!(
                "the picture is a lossy JPEG of {precision} bits per sample, not 8 or 12"
            )));
        }
        Ok(frame)
    }

    /// Returns the greatest sampling factors.
    pub(super) fn sampling(&self) -> (usize, usize) {
        let most = |of: fn(&Component) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        (
            most(|component| component.sampling.0),
            most(|component| component.sampling.1),
        )
    }
}

/// One component of a scan, with its Huffman tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanComponent {
    /// Its place in the frame.
    pub(super) index: usize,
    pub(super) dc_table: usize,
    pub(super) ac_table: usize,
}

/// The scan header.
#[derive(Clone, Debug)]
pub(super) struct ScanHeader {
    /// At least one.
    pub(super) components: Vec<ScanComponent>,
    /// The first and the last coefficient, in zigzag order.
    pub(super) band: (usize, usize),
    /// Successive approximation: the bits left by the scan before this one, 0 for a first scan.
    pub(super) high: u32,
    /// Successive approximation: the bits left for later scans.
    pub(super) low: u32,
}

impl ScanHeader {
    /// Reads a scan header (B.2.3).
    pub(super) fn read(content: &[u8], frame: &Frame) -> Result<Self> {
        let (components, [first, last, approximation]) = named_components(content, frame)?;
        let scan = if frame.progressive {
            Self {
                components,
                band: (usize::from(first), usize::from(last)),
                high: u32::from(approximation >> 4),
                low: u32::from(approximation & 15),
            }
        } else {
            Self {
                components,
                band: (0, 63),
                high: 0,
                low: 0,
            }
        };
        let (first, last) = scan.band;
        let mixed = frame.progressive && first == 0 && last != 0;
        let several = first > 0 && scan.components.len() > 1;
        let empty = scan.components.is_empty() || scan.components.len() > 4;
        if empty || first > last || last > 63 || mixed || several || scan.low > 13 {
            return Err(contradicting());
        }
        Ok(scan)
    }
}

/// Reads what all scan headers share: their components, and the three bytes behind them.
pub(super) fn named_components(
    content: &[u8],
    frame: &Frame,
) -> Result<(Vec<ScanComponent>, [u8; 3])> {
    let (&count, rest) = content.split_first().ok_or_else(contradicting)?;
    let named = rest
        .get(..2 * usize::from(count))
        .ok_or_else(contradicting)?;
    let &[first, second, third, ..] = &rest[named.len()..] else {
        return Err(contradicting());
    };
    let mut components = Vec::new();
    for entry in named.chunks_exact(2) {
        let index = frame
            .components
            .iter()
            .position(|component| component.name == entry[0])
            .ok_or_else(contradicting)?;
        components.push(ScanComponent {
            index,
            dc_table: usize::from(entry[1] >> 4),
            ac_table: usize::from(entry[1] & 15),
        });
    }
    Ok((components, [first, second, third]))
}

fn contradicting() -> Error {
    damaged("a JPEG scan header contradicts its frame")
}

/// The tables in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) dc: [Option<HuffmanTable>; 4],
    pub(super) ac: [Option<HuffmanTable>; 4],
    /// In zigzag order.
    pub(super) quantisation: [Option<[u16; 64]>; 4],
    /// The number of units between restart markers; 0 for none.
    pub(super) restart_interval: usize,
}

impl Tables {
    /// Reads Huffman tables (B.2.4.2).
    pub(super) fn add_huffman(&mut self, mut content: &[u8]) -> Result<()> {
        while let Some((&place, rest)) = content.split_first() {
            let (counts, rest) = rest
                .split_first_chunk::<16>()
                .ok_or_else(|| damaged("a JPEG Huffman table is too short"))?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let values = rest
                .get(..total)
                .ok_or_else(|| damaged("a JPEG Huffman table is too short"))?;
            let table = HuffmanTable::new(counts, values)?;
            let tables = if place >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            tables[usize::from(place & 3)] = Some(table);
            content = &rest[total..];
        }
        Ok(())
    }

    /// Reads quantisation tables, kept in zigzag order (B.2.4.1).
    pub(super) fn add_quantisation(&mut self, mut content: &[u8]) -> Result<()> {
        while let Some((&place, rest)) = content.split_first() {
            let width = if place >> 4 == 0 { 1 } else { 2 };
            let bytes = rest
                .get(..64 * width)
                .ok_or_else(|| damaged("a JPEG quantisation table is too short"))?;
            let mut table = [0; 64];
            for (step, bytes) in table.iter_mut().zip(bytes.chunks_exact(width)) {
                *step = bytes
                    .iter()
                    .fold(0, |step, &byte| (step << 8) | u16::from(byte));
            }
            self.quantisation[usize::from(place & 3)] = Some(table);
            content = &rest[64 * width..];
        }
        Ok(())
    }

    /// Reads the restart interval (B.2.4.4).
    pub(super) fn set_restart_interval(&mut self, content: &[u8]) -> Result<()> {
        let &[high, low, ..] = content else {
            return Err(damaged("a JPEG restart interval is too short"));
        };
        self.restart_interval = usize::from(u16::from_be_bytes([high, low]));
        Ok(())
    }
}
