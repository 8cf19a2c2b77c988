//! One scan's entropy-coded bits to coefficients (T.81 F.2.2 and G.2).

use super::bits::BitReader;
use super::coefficients::Coefficients;
use super::header::{Frame, ScanComponent, ScanHeader, Tables};
use super::huffman::HuffmanTable;
use crate::error::Result;
use crate::files::damaged;

/// Decodes the scan that starts at a position and returns where the next marker is to be looked
/// for.
pub(super) fn decode(
    data: &[u8],
    position: usize,
    (frame, scan, tables): (&Frame, &ScanHeader, &Tables),
    coefficients: &mut Coefficients,
) -> Result<usize> {
    let mut decoder = ScanDecoder {
        reader: BitReader::new(data, position),
        scan,
        progressive: frame.progressive,
        predictions: [0; 4],
        end_of_band_run: 0,
    };
    let (most_across, most_down) = frame.sampling();
    // A scan of one component goes by its own blocks, others by units of several (A.2).
    let single = scan.components.len() == 1;
    let (across, down) = if single {
        let plane = &coefficients.planes[scan.components[0].index];
        (plane.width.div_ceil(8), plane.height.div_ceil(8))
    } else {
        (
            frame.columns.div_ceil(8 * most_across),
            frame.rows.div_ceil(8 * most_down),
        )
    };
    for unit in 0..across * down {
        if tables.restart_interval > 0 && unit > 0 && unit % tables.restart_interval == 0 {
            decoder.restart()?;
        }
        let at = (unit % across, unit / across);
        for component in &scan.components {
            let sampling = if single {
                (1, 1)
            } else {
                frame.components[component.index].sampling
            };
            decoder.unit(component, (at, sampling), tables, coefficients)?;
        }
        if decoder.reader.exhausted() {
            return Err(damaged("the JPEG picture ends early"));
        }
    }
    Ok(decoder.reader.position())
}

struct ScanDecoder<'a> {
    reader: BitReader<'a>,
    scan: &'a ScanHeader,
    progressive: bool,
    /// The last DC value of each component.
    predictions: [i32; 4],
    /// How many more blocks have nothing in the scan's band.
    end_of_band_run: u32,
}

impl ScanDecoder<'_> {
    fn restart(&mut self) -> Result<()> {
        self.predictions = [0; 4];
        self.end_of_band_run = 0;
        self.reader.restart()
    }

    /// Decodes a component's blocks of one unit, which has a place and a number of blocks each way.
    fn unit(
        &mut self,
        component: &ScanComponent,
        ((x, y), (across, down)): ((usize, usize), (usize, usize)),
        tables: &Tables,
        coefficients: &mut Coefficients,
    ) -> Result<()> {
        let missing = || damaged("a JPEG scan uses a Huffman table that is not there");
        let dc = tables.dc.get(component.dc_table).and_then(Option::as_ref);
        let ac = tables.ac.get(component.ac_table).and_then(Option::as_ref);
        for block in 0..across * down {
            let (column, row) = (x * across + block % across, y * down + block / across);
            let plane = &mut coefficients.planes[component.index];
            let Some(block) = plane.block_mut(column, row) else {
                return Err(damaged("a JPEG scan goes beyond its picture"));
            };
            let prediction = component.index;
            match (self.progressive, self.scan.band.0, self.scan.high) {
                (false, ..) => {
                    self.dc_first(block, prediction, dc.ok_or_else(missing)?)?;
                    self.ac_first(block, 1, ac.ok_or_else(missing)?)?;
                }
                (true, 0, 0) => self.dc_first(block, prediction, dc.ok_or_else(missing)?)?,
                (true, 0, _) => block[0] |= (self.reader.bits(1) << self.scan.low) as i16,
                (true, first, 0) => self.ac_first(block, first, ac.ok_or_else(missing)?)?,
                (true, ..) => self.ac_refined(block, ac.ok_or_else(missing)?)?,
            }
        }
        Ok(())
    }

    fn dc_first(
        &mut self,
        block: &mut [i16; 64],
        prediction: usize,
        table: &HuffmanTable,
    ) -> Result<()> {
        let category = u32::from(table.decode(&mut self.reader)?);
        if category > 15 {
            return Err(damaged("the JPEG picture holds an impossible difference"));
        }
        let value = self.predictions[prediction].wrapping_add(self.reader.signed(category));
        self.predictions[prediction] = value;
        block[0] = (value << self.scan.low) as i16;
        Ok(())
    }

    /// Decodes coefficients from `first` to the end of the band: in sequential scans, and in the
    /// first progressive scan of a band.
    fn ac_first(
        &mut self,
        block: &mut [i16; 64],
        first: usize,
        table: &HuffmanTable,
    ) -> Result<()> {
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            return Ok(());
        }
        let mut place = first;
        while place <= self.scan.band.1 {
            if let Some(found) = table.coefficient(&mut self.reader) {
                place += usize::from(found.run);
                if place <= self.scan.band.1 {
                    block[place] = found.value << self.scan.low;
                }
                place += 1;
                continue;
            }
            let (run, category) = run_and_category(table.decode(&mut self.reader)?);
            match (run, category) {
                (15, 0) => place += 16,
                (run, 0) => {
                    self.end_of_band_run = self.run_length(run) - 1;
                    break;
                }
                _ => {
                    place += run;
                    let value = self.reader.signed(category) << self.scan.low;
                    // Beyond the band lies damage, which must not reach another coefficient.
                    if place <= self.scan.band.1 {
                        block[place] = value as i16;
                    }
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// Adds one bit to the coefficients of a band (G.1.2.3).
    fn ac_refined(&mut self, block: &mut [i16; 64], table: &HuffmanTable) -> Result<()> {
        let bit = 1_i16 << self.scan.low;
        let (first, last) = self.scan.band;
        let mut place = first;
        if self.end_of_band_run == 0 {
            while place <= last {
                let (mut zeros, category) = run_and_category(table.decode(&mut self.reader)?);
                let mut new = 0;
                if category != 0 {
                    new = if self.reader.bits(1) == 1 { bit } else { -bit };
                } else if zeros < 15 {
                    self.end_of_band_run = self.run_length(zeros);
                    break;
                }
                // Coefficients known already take a bit each; zeros are counted.
                while place <= last {
                    if block[place] != 0 {
                        self.refine(&mut block[place], bit);
                    } else if zeros == 0 {
                        block[place] = new;
                        place += 1;
                        break;
                    } else {
                        zeros -= 1;
                    }
                    place += 1;
                }
            }
        }
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            for value in &mut block[place.min(last + 1)..=last] {
                if *value != 0 {
                    self.refine(value, bit);
                }
            }
        }
        Ok(())
    }

    fn refine(&mut self, value: &mut i16, bit: i16) {
        if self.reader.bits(1) == 1 && *value & bit == 0 {
            *value = value.wrapping_add(if *value > 0 { bit } else { -bit });
        }
    }

    /// Reads how many blocks, this one included, have nothing more: 1 in sequential scans.
    fn run_length(&mut self, exponent: usize) -> u32 {
        if !self.progressive {
            return 1;
        }
        let exponent = exponent as u32;
        (1 << exponent) + self.reader.bits(exponent) as u32
    }
}

fn run_and_category(code: u8) -> (usize, u32) {
    (usize::from(code >> 4), u32::from(code & 15))
}
