//! Huffman tables (T.81 annex C and F.2.2.3).

use super::bits::{BitReader, extended};
use crate::error::Result;
use crate::files::damaged;

/// Codes of at most this many bits are looked up at once, and coefficients with their codes.
const SHORT_BITS: u32 = 12;

/// An AC coefficient with its code (T.81 F.2.2.2).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ShortCoefficient {
    /// The bits it takes; 0 where the bits at hand hold none, or not all of it.
    pub(super) taken: u8,
    /// How many zeros precede it.
    pub(super) run: u8,
    /// Its value.
    pub(super) value: i16,
}

/// A Huffman table.
#[derive(Clone, Debug)]
pub(super) struct HuffmanTable {
    /// For the next [`SHORT_BITS`] bits the code's length and its value; length 0 for longer codes.
    short: Vec<(u8, u8)>,
    /// For the same bits the coefficient that they hold whole.
    coefficients: Vec<ShortCoefficient>,
    /// For each length the first code that is too large for it, from the top of 16 bits.
    ends: [u32; 17],
    /// For each length what its codes lie above their values' places.
    above: [i32; 17],
    values: Vec<u8>,
}

impl HuffmanTable {
    /// Makes a table from the number of codes of each length and the codes' values.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self> {
        let mut table = Self {
            short: vec![(0, 0); 1 << SHORT_BITS],
            coefficients: Vec::new(),
            ends: [0; 17],
            above: [0; 17],
            values: values.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            code <<= 1;
            table.above[length as usize] = code as i32 - place as i32;
            for &value in values.iter().skip(place).take(usize::from(count)) {
                if code >= 1 << length {
                    return Err(damaged("a JPEG Huffman table has too many codes"));
                }
                if length <= SHORT_BITS {
                    let first = (code << (SHORT_BITS - length)) as usize;
                    let span = 1 << (SHORT_BITS - length);
                    table.short[first..first + span].fill((length as u8, value));
                }
                code += 1;
            }
            place += usize::from(count);
            table.ends[length as usize] = code << (16 - length);
        }
        let short = table.short.iter().enumerate();
        table.coefficients = short
            .map(|(bits, &code)| coefficient(bits, code).unwrap_or_default())
            .collect();
        Ok(table)
    }

    /// Takes the next coefficient, if the next [`SHORT_BITS`] bits hold a whole one.
    pub(super) fn coefficient(&self, reader: &mut BitReader<'_>) -> Option<ShortCoefficient> {
        let found = self.coefficients[reader.peek() >> (16 - SHORT_BITS)];
        reader.skip(u32::from(found.taken));
        (found.taken > 0).then_some(found)
    }

    /// Takes the next code and returns its value.
    pub(super) fn decode(&self, reader: &mut BitReader<'_>) -> Result<u8> {
        let next = reader.peek();
        let (length, value) = self.short[next >> (16 - SHORT_BITS)];
        if length > 0 {
            reader.skip(u32::from(length));
            return Ok(value);
        }
        let (length, value) = self
            .look(next as u32)
            .ok_or_else(|| damaged("the JPEG picture holds a code that stands for nothing"))?;
        reader.skip(length);
        Ok(value)
    }

    /// Returns the length and the value of the code at the top of 16 bits, if there is one.
    pub(super) fn look(&self, next: u32) -> Option<(u32, u8)> {
        let length = (1..=16).find(|&length| next < self.ends[length as usize])?;
        let place = (next >> (16 - length)) as i32 - self.above[length as usize];
        let value = self.values.get(usize::try_from(place).ok()?)?;
        Some((length, *value))
    }
}

/// Returns the coefficient at the top of [`SHORT_BITS`] bits that begin with a code.
fn coefficient(bits: usize, (length, code): (u8, u8)) -> Option<ShortCoefficient> {
    let (run, category) = (code >> 4, u32::from(code & 15));
    let taken = u32::from(length) + category;
    if length == 0 || category == 0 || taken > SHORT_BITS {
        return None;
    }
    let magnitude = (bits >> (SHORT_BITS - taken)) as i32 & ((1 << category) - 1);
    Some(ShortCoefficient {
        taken: taken as u8,
        run,
        value: extended(magnitude, category) as i16,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_codes_are_told_apart() {
        // 0, 10, then one of 12 bits: 1100 0000 0000.
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[11]) = (1, 1, 1);
        let table = HuffmanTable::new(&counts, &[7, 8, 9]).unwrap();
        let mut reader = BitReader::new(&[0b0101_1000, 0b0000_0000], 0);
        let values: Vec<u8> = (0..3).map(|_| table.decode(&mut reader).unwrap()).collect();
        assert_eq!(values, [7, 8, 9]);
        let mut reader = BitReader::new(&[0b1111_1111, 0, 0b1111_0000], 0);
        assert!(table.decode(&mut reader).is_err());
    }

    #[test]
    fn more_codes_than_bits_allow_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(HuffmanTable::new(&counts, &[1, 2, 3]).is_err());
    }
}
