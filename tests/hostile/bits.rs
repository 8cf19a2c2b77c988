//! Small encoders: just enough of deflate, PNG, TIFF and lossless JPEG to lie in.

/// Bits into bytes, the first bit highest (JPEG) or lowest (deflate).
#[derive(Default)]
pub(crate) struct Bits {
    pub(crate) bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Appends `count` bits, the highest first, each at the highest free place of a byte.
    pub(crate) fn high(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            self.bit(value >> bit & 1, 7 - self.used % 8);
        }
    }

    /// Appends `count` bits, the highest first, each at the lowest free place of a byte.
    pub(crate) fn low(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            self.bit(value >> bit & 1, self.used % 8);
        }
    }

    fn bit(&mut self, bit: u32, place: u32) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= (bit as u8) << place;
        }
        self.used += 1;
    }
}

/// Deflate of `count` zeros in 13 bits for 258 of them: 159 : 1, whatever a guard allows.
pub(crate) fn deflated_zeros(count: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, fixed Huffman codes: bits 1, then 01 from its lowest bit.
    bits.low(1, 1);
    bits.low(0b10, 2);
    bits.low(0x30, 8);
    for _ in 0..count.saturating_sub(1) / 258 {
        // Length 258 (code 285), distance 1 (code 0).
        bits.low(0b1100_0101, 8);
        bits.low(0, 5);
    }
    // The end of the block.
    bits.low(0, 7);
    bits.bytes
}

/// The same within zlib's frame, without the checksum, which no decoder reaches in a bomb.
pub(crate) fn zlib_zeros(count: usize) -> Vec<u8> {
    [&[0x78, 0x01], deflated_zeros(count).as_slice(), &[0; 4]].concat()
}

/// Appends a PNG chunk with its checksum.
pub(crate) fn chunk(kind: &[u8; 4], content: &[u8], out: &mut Vec<u8>) {
    let start = out.len() + 4;
    out.extend((content.len() as u32).to_be_bytes());
    out.extend(kind);
    out.extend(content);
    let sum = crc32(&out[start..]);
    out.extend(sum.to_be_bytes());
}

/// Starts a PNG with its header: width, height, bits a sample, colour type, interlacing.
pub(crate) fn png_start(width: u32, height: u32, [bits, colour, interlace]: [u8; 3]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(
        b"IHDR",
        &[&sides, [bits, colour, 0, 0, interlace].as_slice()].concat(),
        &mut bytes,
    );
    bytes
}

/// A whole PNG around compressed pixels.
pub(crate) fn png(width: u32, height: u32, kind: [u8; 3], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = png_start(width, height, kind);
    chunk(b"IDAT", pixels, &mut bytes);
    chunk(b"IEND", b"", &mut bytes);
    bytes
}

/// Brings the checksums of a PNG's chunks in line with whatever they hold, as far as they go.
pub(crate) fn mend_checksums(png: &mut [u8]) {
    let mut position = 8;
    while let Some(length) = png.get(position..position + 4) {
        let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
        let Some(end) = (position + 8)
            .checked_add(length)
            .filter(|end| end + 4 <= png.len())
        else {
            break;
        };
        let sum = crc32(&png[position + 4..end]);
        png[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        position = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

/// A little-endian TIFF of one IFD: tag, type, count and value or offset of every entry; the pixels
/// lie at offset 8, the IFD after them.
pub(crate) fn tiff(pixels: &[u8], entries: &[(u16, u16, u32, u32)], next: Option<u32>) -> Vec<u8> {
    let place = 8 + pixels.len() as u32;
    let mut bytes = b"II*\0".to_vec();
    bytes.extend(place.to_le_bytes());
    bytes.extend(pixels);
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(next.unwrap_or(0).to_le_bytes());
    bytes
}

/// Lossless JPEG (process 14, selection value 1) of a ramp with 12 bits a sample.
pub(crate) fn jpeg_lossless(columns: u16, rows: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xc3\0\x0b\x0c".to_vec();
    bytes.extend(rows.to_be_bytes());
    bytes.extend(columns.to_be_bytes());
    bytes.extend(b"\x01\x01\x11\0");
    // One table: 16 categories with codes of 5 bits.
    bytes.extend(b"\xff\xc4\0\x23\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(0..16_u8);
    bytes.extend(b"\xff\xda\0\x08\x01\x01\0\x01\0\0");
    let mut bits = Bits::default();
    for y in 0..rows {
        for x in 0..columns {
            // What precedes a sample: 2¹¹ at first, above at a row's start, else to the left.
            let difference: i32 = match (x, y) {
                (0, 0) => -2048,
                (0, _) => 3,
                _ => 5,
            };
            let category = 32 - difference.unsigned_abs().leading_zeros();
            bits.high(category, 5);
            let value = if difference < 0 {
                difference - 1
            } else {
                difference
            };
            bits.high(value.cast_unsigned() & ((1 << category) - 1), category);
        }
    }
    for byte in bits.bytes {
        bytes.push(byte);
        if byte == 0xff {
            bytes.push(0);
        }
    }
    bytes.extend(b"\xff\xd9");
    bytes
}

/// JPEG 2000 with one tile whose packets are all empty: a flat picture in a hundred bytes.
pub(crate) fn jpeg_2000(columns: u32, rows: u32) -> Vec<u8> {
    let mut bytes = b"\xff\x4f\xff\x51\0\x29\0\0".to_vec();
    // Image size, image offset, tile size, tile offset.
    for side in [columns, rows, 0, 0, columns, rows, 0, 0] {
        bytes.extend(side.to_be_bytes());
    }
    bytes.extend(b"\0\x01\x0b\x01\x01");
    // One layer, no decomposition, blocks of 64 × 64, reversible; then its step sizes.
    bytes.extend(b"\xff\x52\0\x0c\0\0\0\x01\0\0\x04\x04\0\x01");
    bytes.extend(b"\xff\x5c\0\x04\x40\x60");
    bytes.extend(b"\xff\x90\0\x0a\0\0\0\0\0\x0f\0\x01\xff\x93\0");
    bytes.extend(b"\xff\xd9");
    bytes
}
