//! How the preview of a film crosses, before the film.

use std::io::{Error, ErrorKind, Read, Result, Write};

use super::answer::{self, PREVIEW};
use super::wire;
use crate::radiograph::Preview;

/// The most pixels of a preview: a sixteenth of the largest film's.
const MOST_PIXELS: usize = 16 << 20;

/// Writes a preview; one that is too large is left out.
pub(super) fn send(preview: &Preview, out: &mut impl Write) -> Result<()> {
    let Preview {
        columns,
        rows,
        pixel_aspect,
        greys,
    } = preview;
    if greys.len() > MOST_PIXELS {
        return Ok(());
    }
    let head = wire::written(&((*columns, *rows), *pixel_aspect));
    answer::head(PREVIEW, &head, out)?;
    out.write_all(greys)
}

/// Reads what follows a preview's head.
pub(super) fn receive(head: &[u8], from: &mut impl Read) -> Result<Preview> {
    let ((columns, rows), pixel_aspect): ((usize, usize), f32) =
        wire::whole(head).ok_or(ErrorKind::InvalidData)?;
    let pixels = columns
        .checked_mul(rows)
        .filter(|pixels| *pixels <= MOST_PIXELS);
    let usable = columns > 0 && rows > 0 && pixel_aspect.is_finite() && pixel_aspect > 0.0;
    let pixels = pixels.filter(|_| usable).ok_or(ErrorKind::InvalidData)?;
    let mut greys = Vec::new();
    greys
        .try_reserve_exact(pixels)
        .map_err(|_| Error::from(ErrorKind::OutOfMemory))?;
    greys.resize(pixels, 0);
    from.read_exact(&mut greys)?;
    Ok(Preview {
        columns,
        rows,
        pixel_aspect,
        greys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_comes_back_and_lies_are_refused() {
        let preview = Preview {
            columns: 3,
            rows: 2,
            pixel_aspect: 1.25,
            greys: vec![0, 1, 2, 3, 4, 255],
        };
        let mut bytes = Vec::new();
        send(&preview, &mut bytes).unwrap();
        let mut from = bytes.as_slice();
        let (kind, head) = answer::read_head(&mut from).unwrap().unwrap();
        assert_eq!(kind, PREVIEW);
        assert_eq!(receive(&head, &mut from).unwrap(), preview);
        assert!(receive(&head, &mut &preview.greys[..5]).is_err());
        let lies: [((usize, usize), f32); 4] = [
            ((usize::MAX, 2), 1.0),
            ((1 << 13, 1 << 13), 1.0),
            ((0, 5), 1.0),
            ((2, 3), f32::NAN),
        ];
        for lie in lies {
            assert!(receive(&wire::written(&lie), &mut preview.greys.as_slice()).is_err());
        }
    }
}
