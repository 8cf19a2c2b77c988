//! The marker segments of a JPEG, in all its forms and JPEG-LS (T.81 B.1, T.87 C.1): where each
//! lies, to take some out. Nothing is decoded.

use std::ops::Range;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

/// A segment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Segment {
    pub(super) marker: u8,
    /// From its marker to its end, for a scan with the data behind it.
    pub(super) range: Range<usize>,
    /// Behind its length; for markers without content empty.
    pub(super) content: Range<usize>,
}

/// Lists the segments up to and including the end of the image, or `None` where they cannot be
/// followed that far.
pub(super) fn segments(data: &[u8]) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut position = 0;
    loop {
        let &[0xff, marker] = data.get(position..position + 2)? else {
            return None;
        };
        if marker == 0xff {
            position += 1;
            continue;
        }
        let alone = matches!(marker, 0x01 | 0xd0..=0xd7 | START | END);
        let content = if alone {
            position + 2..position + 2
        } else {
            content(data, position)?
        };
        let end = if marker == SCAN {
            scan_end(data, content.end)?
        } else {
            content.end
        };
        segments.push(Segment {
            marker,
            range: position..end,
            content,
        });
        if marker == END {
            return Some(segments);
        }
        position = end;
    }
}

/// The range of a marker segment's content: its length counts itself (T.81 B.1.1.4).
pub(super) fn content(data: &[u8], position: usize) -> Option<Range<usize>> {
    let length = data.get(position + 2..position + 4)?;
    let end = position + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
    (end >= position + 4 && end <= data.len()).then_some(position + 4..end)
}

/// Returns where the next marker stands behind entropy-coded data: not a stuffed byte (below 0x80
/// in JPEG-LS, 0 in JPEG), and no restart.
pub(super) fn scan_end(data: &[u8], start: usize) -> Option<usize> {
    let pairs = data.get(start..)?.windows(2);
    pairs
        .enumerate()
        .find(|(_, pair)| pair[0] == 0xff && pair[1] >= 0x80 && !(0xd0..=0xd7).contains(&pair[1]))
        .map(|(at, _)| start + at)
}

impl Segment {
    /// Returns how many bytes of the content decoders may go by, where the segment is no part of
    /// the picture; `None` where it is.
    pub(super) fn essential(&self, data: &[u8]) -> Option<usize> {
        let content = &data[self.content.clone()];
        match self.marker {
            // JFIF without its thumbnail, whose size goes with it; Adobe's colour transform;
            // Hewlett Packard's in JPEG-LS.
            0xe0 if content.starts_with(b"JFIF\0") => Some(12.min(content.len())),
            0xee if content.starts_with(b"Adobe") => Some(12.min(content.len())),
            0xe8 if content.starts_with(b"mrfx") => Some(5.min(content.len())),
            0xe0..=0xef | 0xfe => Some(0),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_follow_each_other_to_the_end() {
        let data = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xda\0\x02\x01\xff\0\xff\xd0\x02\xff\xd9more";
        let found = segments(data).unwrap();
        let markers: Vec<u8> = found.iter().map(|segment| segment.marker).collect();
        assert_eq!(markers, [START, 0xe0, SCAN, END]);
        assert_eq!(found[1].content, 6..8);
        assert_eq!(found[1].essential(data), Some(0));
        assert_eq!(found[2].essential(data), None);
        assert_eq!(found[3].range.end, data.len() - 4);
    }

    #[test]
    fn what_cannot_be_followed_has_no_segments() {
        for data in [
            &b"\xff\xd8"[..],
            b"\xff\xd8\xff\xe0\0\x40ab",
            b"\xff\xd8ab",
            b"",
        ] {
            assert_eq!(segments(data), None);
        }
    }
}
