//! What a compressed picture says about itself, read before it is decoded.
//!
//! Codecs allocate what a codestream's header demands, whatever the file around it says: a lying
//! header must be found here. JPEG, JPEG-LS and JPEG 2000; nothing is decompressed.

const JPEG_2000_START: &[u8] = b"\xff\x4f\xff\x51";
const JP2_SIGNATURE: &[u8] = b"\0\0\0\x0cjP  \r\n";

/// A codestream's own header.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::files) struct Codestream {
    pub(in crate::files) columns: usize,
    pub(in crate::files) rows: usize,
    /// Samples per pixel.
    pub(in crate::files) components: usize,
    /// Bits per sample.
    pub(in crate::files) precision: u32,
    pub(in crate::files) family: Family,
    /// Whether each component has a scan of its own, so that the planes follow each other.
    pub(in crate::files) planar: bool,
}

/// The kinds of codestream told apart here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Family {
    /// Lossy JPEG, whose decoder also transforms colours.
    JpegDct,
    /// Lossless JPEG (process 14).
    JpegLossless,
    JpegLs,
    /// JPEG 2000 and its high-throughput form.
    Jpeg2000,
}

/// Reads the header of a codestream, or `None` where it is of another kind.
pub(in crate::files) fn header(data: &[u8]) -> Option<Codestream> {
    if data.starts_with(b"\xff\xd8") {
        jpeg(data)
    } else if data.starts_with(JP2_SIGNATURE) {
        // The boxes of a JP2 file do not belong into DICOM, and occur; the codestream follows them.
        let start = data.windows(4).position(|four| four == JPEG_2000_START)?;
        jpeg_2000(&data[start..])
    } else if data.starts_with(JPEG_2000_START) {
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
                let frame = data.get(position + 4..position + 10)?;
                return Some(Codestream {
                    planar: marker == 0xf7 && frame[5] > 1 && scans_one(data, position),
                    components: usize::from(frame[5]),
                    precision: u32::from(frame[0]),
                    rows: usize::from(u16::from_be_bytes([frame[1], frame[2]])),
                    columns: usize::from(u16::from_be_bytes([frame[3], frame[4]])),
                    family: match marker {
                        0xf7 => Family::JpegLs,
                        0xc3 | 0xc7 | 0xcb | 0xcf => Family::JpegLossless,
                        _ => Family::JpegDct,
                    },
                });
            }
            0xda => return None,
            _ => position += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

/// Reports whether the first scan behind a frame header holds one component.
fn scans_one(data: &[u8], mut position: usize) -> bool {
    while let Some(&[0xff, marker, high, low]) = data.get(position..position + 4) {
        if marker == 0xda {
            return data.get(position + 4) == Some(&1);
        }
        position += match marker {
            0xff => 1,
            _ => 2 + usize::from(u16::from_be_bytes([high, low])),
        };
    }
    false
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
        components: usize::from(u16::from_be_bytes([*data.get(40)?, *data.get(41)?])),
        precision: u32::from(data.get(42)? & 0x7f) + 1,
        family: Family::Jpeg2000,
        planar: false,
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
        assert_eq!((found.precision, found.family), (12, Family::JpegLossless));
    }

    #[test]
    fn bytes_of_no_codestream_have_no_header() {
        assert_eq!(header(b"\xff\xd8\xff"), None);
        assert_eq!(header(b"hello, world"), None);
    }
}
