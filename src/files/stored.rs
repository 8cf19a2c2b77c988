//! How much memory a film may take, before any of it is decoded.

use crate::error::{Error, ErrorKind, Result};

pub(super) use crate::radiograph::{SampleKind, SampleLayout, StoredFrame, luminance_of};

/// The most memory a film may take on its way to the screen: what its frame decodes to, and a
/// 32-bit sample a pixel. A decoder has a little more (`apart`).
const MOST_BYTES: usize = 880 << 20;

/// Refuses a film that will not fit, before any of it is decoded.
pub(super) fn require_room(columns: usize, rows: usize, decoded_bytes: usize) -> Result<()> {
    let pixels = columns.saturating_mul(rows);
    let needed = decoded_bytes.saturating_add(pixels.saturating_mul(size_of::<f32>()));
    if needed <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        format!(
            "the picture is {columns} × {rows} pixels and takes {} MiB to decode and show; the \
             limit is {} MiB",
            needed >> 20,
            MOST_BYTES >> 20
        ),
        "Export it at a smaller size.",
    ))
}

/// Makes the error for decoded pixels that there is no memory for.
pub(super) fn no_memory() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        "there is no memory for the decoded pixels",
        "Close other programs, or open a smaller file.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_will_not_fit_is_refused_by_size() {
        assert_eq!(require_room(12_000, 12_000, 2 * 12_000 * 12_000), Ok(()));
        let error = require_room(16_384, 16_384, 16_384 * 16_384).unwrap_err();
        assert!(error.message.contains("takes 1280 MiB"), "{error}");
        assert!(require_room(usize::MAX, 2, usize::MAX).is_err());
    }
}
