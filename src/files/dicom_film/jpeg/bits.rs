//! The bits of an entropy-coded segment (T.81 B.1.1.5, F.2.2.5).

use crate::error::Result;
use crate::files::damaged;

/// Reads bits up to the next marker, and zeros behind it.
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, from the top.
    buffer: u64,
    count: u32,
    /// How many of the bits read or waiting were never in the data.
    invented: u32,
}

/// Returns the number that the bits of a magnitude category stand for (F.2.2.1, EXTEND).
pub(super) fn extended(bits: i32, category: u32) -> i32 {
    if bits < 1 << (category - 1) {
        bits - (1 << category) + 1
    } else {
        bits
    }
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8], position: usize) -> Self {
        Self {
            data,
            position,
            buffer: 0,
            count: 0,
            invented: 0,
        }
    }

    /// Returns where the next marker is to be looked for.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Returns the next 16 bits without taking them.
    pub(super) fn peek(&mut self) -> usize {
        if self.count < 16 {
            self.fill();
        }
        (self.buffer >> 48) as usize
    }

    /// Takes bits that were seen with [`Self::peek`], at most 16.
    pub(super) fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// Takes at most 16 bits as a number.
    pub(super) fn bits(&mut self, bits: u32) -> i32 {
        let value = (self.peek() >> (16 - bits)) as i32;
        self.skip(bits);
        value
    }

    /// Takes a number of a magnitude category (F.2.2.1, RECEIVE and EXTEND).
    pub(super) fn signed(&mut self, category: u32) -> i32 {
        if category == 0 {
            return 0;
        }
        extended(self.bits(category), category)
    }

    /// Reports whether more bits were taken than the data holds.
    pub(super) fn exhausted(&self) -> bool {
        self.invented > self.count
    }

    /// Goes on behind the restart marker that must follow.
    pub(super) fn restart(&mut self) -> Result<()> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let marker = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff));
        let found = marker.filter(|&at| (0xd0..=0xd7).contains(&rest[at + 1]));
        let at = found.ok_or_else(|| damaged("a restart marker of the JPEG picture is missing"))?;
        *self = Self::new(self.data, self.position + at + 2);
        Ok(())
    }

    fn fill(&mut self) {
        if let Some(eight) = self
            .data
            .get(self.position..)
            .and_then(<[u8]>::first_chunk::<8>)
        {
            let next = u64::from_be_bytes(*eight);
            // Whether none of the bytes is 0xff: then they are bits and nothing else.
            let inverse = !next;
            let ff = inverse.wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080;
            if ff == 0 {
                // Bits beyond the whole bytes taken are the right ones, and come once more.
                self.buffer |= next >> self.count;
                self.position += ((63 - self.count) / 8) as usize;
                self.count |= 56;
                return;
            }
        }
        while self.count <= 56 {
            let byte = match self.data.get(self.position..) {
                Some(&[0xff, 0, ..]) => {
                    self.position += 2;
                    0xff
                }
                None | Some(&[] | &[0xff, ..]) => {
                    self.invented += 8;
                    0
                }
                Some(&[byte, ..]) => {
                    self.position += 1;
                    byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_bytes_are_one_and_markers_end_the_bits() {
        let data = [0xff, 0x00, 0x80, 0xff, 0xd9];
        let mut reader = BitReader::new(&data, 0);
        assert_eq!(reader.bits(9), 0x1ff);
        assert_eq!(reader.bits(7), 0);
        assert!(!reader.exhausted());
        assert_eq!(reader.bits(1), 0);
        assert!(reader.exhausted());
        assert_eq!(reader.position(), 3);
    }

    #[test]
    fn magnitudes_extend_to_both_signs() {
        // Category 3: 000 is −7, 111 is 7.
        let mut reader = BitReader::new(&[0b0001_1100], 0);
        assert_eq!((reader.signed(3), reader.signed(3)), (-7, 7));
    }
}
