//! The quantised coefficients of a picture, filled scan by scan.

use super::header::{Frame, ScanHeader, Tables};
use crate::error::Result;
use crate::files::damaged;

/// The bits of a coefficient that no scan has brought yet.
const UNKNOWN: u32 = u32::MAX;

/// The coefficients of all components.
pub(super) struct Coefficients {
    pub(super) planes: Vec<Plane>,
}

/// The coefficients of one component.
pub(super) struct Plane {
    /// The component's own size in samples.
    pub(super) width: usize,
    pub(super) height: usize,
    /// The number of blocks in a row, with those that fill the last unit.
    pub(super) blocks_across: usize,
    /// Blocks of 64 coefficients in zigzag order, row-major.
    pub(super) values: Vec<i16>,
    /// The steps in force when the first scan began, in zigzag order.
    pub(super) quantisation: Option<[u16; 64]>,
    /// For each coefficient how many of its low bits are still to come.
    missing_bits: [u32; 64],
}

impl Coefficients {
    /// Makes room for a frame's coefficients; every block takes a bit of the codestream at least.
    pub(super) fn of(frame: &Frame, codestream_bytes: usize) -> Result<Self> {
        let (most_across, most_down) = frame.sampling();
        let units_across = frame.columns.div_ceil(8 * most_across);
        let units_down = frame.rows.div_ceil(8 * most_down);
        let mut planes = Vec::new();
        for component in &frame.components {
            let (across, down) = component.sampling;
            let blocks = units_across * across * units_down * down;
            if blocks > 8 * codestream_bytes {
                return Err(damaged(
                    "the JPEG picture is larger than its codestream can hold",
                ));
            }
            planes.push(Plane {
                width: (frame.columns * across).div_ceil(most_across),
                height: (frame.rows * down).div_ceil(most_down),
                blocks_across: units_across * across,
                values: vec![0; 64 * blocks],
                quantisation: None,
                missing_bits: [UNKNOWN; 64],
            });
        }
        Ok(Self { planes })
    }

    /// Notes what a scan brings, and the quantisation in force: a later scan may come with another
    /// table of the same number.
    pub(super) fn hold(&mut self, frame: &Frame, scan: &ScanHeader, tables: &Tables) {
        let (first, last) = scan.band;
        for component in &scan.components {
            let plane = &mut self.planes[component.index];
            let table = frame.components[component.index].quantisation;
            plane.quantisation = plane.quantisation.or(tables.quantisation[table]);
            plane.missing_bits[first..=last].fill(scan.low);
        }
    }

    /// Reports whether the scans seen make a picture. Where the codestream stops without its end
    /// marker, they must have brought every bit.
    pub(super) fn complete(&self, ended: bool) -> bool {
        self.planes.iter().all(|plane| {
            let whole = plane.missing_bits.iter().all(|&bits| bits == 0);
            whole || (ended && plane.missing_bits[0] != UNKNOWN)
        })
    }
}

impl Plane {
    /// Returns the block at a column and a row of blocks.
    pub(super) fn block_mut(&mut self, x: usize, y: usize) -> Option<&mut [i16; 64]> {
        let start = 64 * (y * self.blocks_across + x);
        self.values
            .get_mut(start..start + 64)
            .and_then(|block| block.try_into().ok())
    }
}
