//! What compressed pictures carry beside their pixels: comments, application segments, boxes of
//! metadata, and bytes behind their end. All of it is blanked where it stands, so that every length
//! and offset stays true and the picture decodes to the same samples.

use crate::files::jpeg_segments::{content, scan_end, segments};

const JP2_SIGNATURE: &[u8] = b"\0\0\0\x0cjP  \r\n";
const JPEG_XL_SIGNATURE: &[u8] = b"\0\0\0\x0cJXL ";
const END: u8 = 0xd9;

/// Blanks what is no part of the picture, and reports whether the codestream could be followed to
/// its end: behind a place where it could not, something may have been overlooked.
pub(super) fn blank(data: &mut [u8]) -> bool {
    if data.starts_with(b"\xff\xd8") {
        jpeg(data).is_some()
    } else if data.starts_with(b"\xff\x4f\xff\x51") {
        jpeg_2000(data, 0).is_some()
    } else if data.starts_with(JP2_SIGNATURE) {
        boxes(data, &[b"jP  ", b"ftyp", b"jp2h", b"jp2c"]).is_some()
    } else if data.starts_with(JPEG_XL_SIGNATURE) {
        boxes(data, &[b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp"]).is_some()
    } else {
        false
    }
}

fn jpeg(data: &mut [u8]) -> Option<()> {
    let segments = segments(data)?;
    for segment in &segments {
        if let Some(kept) = segment.essential(data) {
            data[segment.content.clone()][kept..].fill(0);
        }
    }
    let end = segments.last()?.range.end;
    data[end..].fill(0);
    Some(())
}

/// JPEG 2000 and its high-throughput form (T.800 A.2): the main header, and every tile part.
fn jpeg_2000(data: &mut [u8], start: usize) -> Option<()> {
    let mut position = start + 2;
    let mut tile = None;
    loop {
        let &[0xff, marker] = data.get(position..position + 2)? else {
            return None;
        };
        match marker {
            END => {
                data[position + 2..].fill(0);
                return Some(());
            }
            0x90 => {
                let range = content(data, position)?;
                let size = data.get(position + 6..position + 10)?;
                let size = u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize;
                tile = (size > 0).then_some(position.saturating_add(size));
                position = range.end;
            }
            0x93 => {
                // Within packets no two bytes look like the end (T.800 B.10.1).
                let end = tile.or_else(|| scan_end(data, position + 2))?;
                position = (end > position).then_some(end)?;
            }
            0x64 => {
                let range = content(data, position)?;
                position = range.end;
                // What kind of comment it is stays.
                data[range].get_mut(2..)?.fill(0);
            }
            _ => position = content(data, position)?.end,
        }
    }
}

/// The boxes of a JP2 or JPEG XL file: those not named become ones that readers skip.
fn boxes(data: &mut [u8], kept: &[&[u8; 4]]) -> Option<()> {
    let mut position = 0;
    while position < data.len() {
        let head = data.get(position..position + 8)?;
        let kind = [head[4], head[5], head[6], head[7]];
        let (header, length) = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            0 => (8, data.len() - position),
            1 => {
                let long: [u8; 8] = data.get(position + 8..position + 16)?.try_into().ok()?;
                (16, usize::try_from(u64::from_be_bytes(long)).ok()?)
            }
            length => (8, length as usize),
        };
        let end = position
            .checked_add(length)
            .filter(|&end| end <= data.len())?;
        if length < header {
            return None;
        }
        if kind == *b"jp2c" {
            jpeg_2000(&mut data[..end], position + header)?;
        } else if !kept.contains(&&kind) {
            data[position + 4..position + 8].copy_from_slice(b"skip");
            data[position + header..end].fill(0);
        }
        position = end;
    }
    Some(())
}

/// Blanks what lies between and behind the segments of a run-length coded frame (PS3.5 annex G),
/// each of which unfolds to `plane` bytes.
pub(super) fn blank_runs(data: &mut [u8], plane: usize) -> bool {
    runs(data, plane).is_some()
}

fn runs(data: &mut [u8], plane: usize) -> Option<()> {
    let long = |data: &[u8], at: usize| {
        let quad = data.get(at..at + 4)?;
        Some(u32::from_le_bytes([quad[0], quad[1], quad[2], quad[3]]) as usize)
    };
    let count = long(data, 0).filter(|count| (1..=15).contains(count))?;
    let mut starts: Vec<usize> = (0..count)
        .map(|segment| long(data, 4 + 4 * segment))
        .collect::<Option<_>>()?;
    if starts[0] < 64 || !starts.is_sorted_by(|a, b| a < b) || starts[count - 1] > data.len() {
        return None;
    }
    data[4 + 4 * count..starts[0]].fill(0);
    starts.push(data.len());
    for segment in starts.windows(2) {
        let end = run_end(&data[segment[0]..segment[1]], plane)?;
        data[segment[0] + end..segment[1]].fill(0);
    }
    Some(())
}

/// Returns where a segment's runs end once they have unfolded to so many bytes.
fn run_end(segment: &[u8], plane: usize) -> Option<usize> {
    let (mut position, mut unfolded) = (0, 0);
    while unfolded < plane {
        let (length, taken) = match *segment.get(position)? {
            literal @ 0..=127 => (usize::from(literal) + 1, usize::from(literal) + 2),
            128 => (0, 1),
            run => (257 - usize::from(run), 2),
        };
        unfolded += length;
        position += taken;
    }
    (position <= segment.len()).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_what_follows_the_end_of_a_jpeg_are_blanked() {
        let mut data = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01\
            \xff\xfe\0\x06JANE\xff\xe1\0\x05DOE\xff\xda\0\x02\x01\xff\0\xff\xd0\x02\xff\xd9DOE"
            .to_vec();
        let length = data.len();
        assert!(blank(&mut data));
        assert_eq!(data.len(), length);
        for name in [&b"JANE"[..], b"DOE"] {
            assert!(!data.windows(name.len()).any(|window| window == name));
        }
        assert!(data.windows(4).any(|window| window == b"JFIF"));
        assert!(
            data.windows(6)
                .any(|window| window == b"\x01\xff\0\xff\xd0\x02")
        );
    }

    #[test]
    fn a_codestream_that_cannot_be_followed_is_reported() {
        assert!(!blank(&mut b"\xff\xd8\xff\xe0\0\x40short".to_vec()));
        assert!(!blank(&mut b"\xff\xd8\xff\xda\0\x02no end".to_vec()));
        assert!(!blank(&mut b"hello".to_vec()));
    }

    #[test]
    fn comments_of_jpeg_2000_are_blanked_in_every_header() {
        let mut data = b"\xff\x4f\xff\x51\0\x04\0\0\xff\x64\0\x08\0\x01JANE\
            \xff\x90\0\x0a\0\0\0\0\0\0\0\x01\xff\x64\0\x07\0\x01DOE\xff\x93pixels\xff\xd9JANE"
            .to_vec();
        assert!(blank(&mut data));
        let text = String::from_utf8_lossy(&data).into_owned();
        assert!(!text.contains("JANE") && !text.contains("DOE") && text.contains("pixels"));
    }

    #[test]
    fn boxes_of_metadata_become_ones_to_skip() {
        let mut data = [
            JPEG_XL_SIGNATURE,
            b"\r\n\x87\x0a",
            b"\0\0\0\x0dxml JANE!",
            b"\0\0\0\0jxlcpixels",
        ]
        .concat();
        data[3] = 12;
        assert!(blank(&mut data));
        let text = String::from_utf8_lossy(&data).into_owned();
        assert!(!text.contains("JANE") && text.contains("skip") && text.contains("pixels"));
    }

    #[test]
    fn runs_end_where_their_plane_is_full() {
        let mut data = vec![1, 0, 0, 0, 64, 0, 0, 0];
        data.extend(b"JANE");
        data.resize(64, 0);
        data.extend(b"\xfd\x07\x01\x08\x09DOE");
        assert!(blank_runs(&mut data, 6));
        assert_eq!(data[64..], *b"\xfd\x07\x01\x08\x09\0\0\0");
        assert_eq!(data[8..64], [0; 56]);
        assert!(!blank_runs(&mut data, 600));
    }
}
