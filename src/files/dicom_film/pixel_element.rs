//! Where a file's pixels lie: one run of bytes, or compressed fragments. Nothing is decoded here.

use std::ops::Range;

use dicom::core::{Tag, VR};

use super::header::{Encoding, Header, ITEM, header_at};
use crate::error::Result;
use crate::files::damaged;

/// Where the pixels lie.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PixelElement {
    pub(super) tag: Tag,
    pub(super) vr: VR,
    pub(super) content: PixelContent,
}

/// The pixels' bytes within the data set.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PixelContent {
    /// One run of bytes, cut where the file ends.
    Native(Range<usize>),
    /// Compressed fragments, with the basic offset table, which may be empty.
    Encapsulated {
        offsets: Vec<usize>,
        fragments: Vec<Range<usize>>,
    },
}

/// Reads where the pixels of a header lie.
pub(super) fn pixels(bytes: &[u8], header: &Header, encoding: Encoding) -> Result<PixelElement> {
    let content = match header.length {
        Some(length) => {
            let end = header.value.saturating_add(length).min(bytes.len());
            PixelContent::Native(header.value..end)
        }
        None if starts_with_items(bytes, header.value, encoding) => {
            fragments(bytes, header.value, encoding)?
        }
        // Uncompressed pixels of undefined length do not belong into DICOM, and occur.
        None => PixelContent::Native(header.value..bytes.len()),
    };
    Ok(PixelElement {
        tag: header.tag,
        vr: header.vr,
        content,
    })
}

fn starts_with_items(bytes: &[u8], position: usize, encoding: Encoding) -> bool {
    let group = match encoding {
        Encoding::ExplicitBig => ITEM.0.to_be_bytes(),
        _ => ITEM.0.to_le_bytes(),
    };
    let start = bytes.get(position..position.saturating_add(2));
    start.is_none_or(|start| start == group)
}

fn fragments(bytes: &[u8], start: usize, encoding: Encoding) -> Result<PixelContent> {
    let mut items: Vec<Range<usize>> = Vec::new();
    let mut position = start;
    // A missing delimiter at the end of the file is forgiven; a missing piece of pixels is not.
    while let Some(header) = header_at(bytes, position, encoding) {
        if header.tag != ITEM {
            break;
        }
        let end = header
            .value
            .saturating_add(header.length.unwrap_or(usize::MAX));
        if end > bytes.len() {
            return Err(damaged("the file ends inside its compressed pixels"));
        }
        items.push(header.value..end);
        position = end;
    }
    let mut items = items.into_iter();
    let offsets = items
        .next()
        .and_then(|table| bytes.get(table))
        .unwrap_or_default()
        .chunks_exact(4)
        .map(|offset| u32::from_le_bytes([offset[0], offset[1], offset[2], offset[3]]) as usize)
        .collect();
    let fragments: Vec<_> = items.filter(|fragment| !fragment.is_empty()).collect();
    if fragments.is_empty() {
        return Err(damaged("the file's compressed pixels are empty"));
    }
    Ok(PixelContent::Encapsulated { offsets, fragments })
}
