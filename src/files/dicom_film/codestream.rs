//! What a compressed picture says about itself, read before it is decoded.
//!
//! Codecs allocate what a codestream's header demands, whatever the file around it says: a lying
//! header must be found here. JPEG, JPEG-LS and JPEG 2000; nothing is decompressed.

/// A codestream's own header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Codestream {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Bits per sample.
    pub(super) precision: u32,
    /// Whether it is a JPEG of the DCT kind, lossy, with colours transformed by its decoder.
    pub(super) dct: bool,
}

/// Reads the header of a codestream, or `None` where it is of another kind.
pub(super) fn header(data: &[u8]) -> Option<Codestream> {
    if data.starts_with(b"\xff\xd8") {
        jpeg(data)
    } else if data.starts_with(b"\xff\x4f\xff\x51") {
        jpeg_2000(data)
    } else {
        None
    }
}

/// Looks for the frame header SOF (T.81 B.2.2), or SOF55 of JPEG-LS (T.87 C.2.2).
fn jpeg(data: &[u8]) -> Option<Codestream> {
    let mut position = 2;
    loop {
        let &[0xff, marker, high, low] = data.get(position..position + 4)? else {
            return None;
        };
        match marker {
            0xff => position += 1,
            // Not a frame header although in the range: DHT, JPG, DAC.
            0xc4 | 0xc8 | 0xcc => position += 2 + usize::from(u16::from_be_bytes([high, low])),
            0xc0..=0xcf | 0xf7 => {
                let frame = data.get(position + 4..position + 9)?;
                return Some(Codestream {
                    precision: u32::from(frame[0]),
                    rows: usize::from(u16::from_be_bytes([frame[1], frame[2]])),
                    columns: usize::from(u16::from_be_bytes([frame[3], frame[4]])),
                    dct: matches!(marker, 0xc0..=0xc2 | 0xc9 | 0xca),
                });
            }
            0xda => return None,
            _ => position += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

/// Reads the SIZ segment (T.800 A.5.1).
fn jpeg_2000(data: &[u8]) -> Option<Codestream> {
    let long = |at: usize| {
        let quad = data.get(at..at + 4)?;
        Some(u32::from_be_bytes([quad[0], quad[1], quad[2], quad[3]]))
    };
    let side =
        |size: usize, offset: usize| Some(long(size)?.saturating_sub(long(offset)?) as usize);
    Some(Codestream {
        columns: side(8, 16)?,
        rows: side(12, 20)?,
        precision: u32::from(data.get(42)? & 0x7f) + 1,
        dct: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpegs_frame_header_is_found_behind_other_segments() {
        let data = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc3\0\x0b\x0c\x02\0\x01\0\x01\x01\x11\0";
        let found = header(data).unwrap();
        assert_eq!((found.rows, found.columns), (512, 256));
        assert_eq!((found.precision, found.dct), (12, false));
    }

    #[test]
    fn bytes_of_no_codestream_have_no_header() {
        assert_eq!(header(b"\xff\xd8\xff"), None);
        assert_eq!(header(b"hello, world"), None);
    }
}
