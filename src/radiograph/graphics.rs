//! What a file draws over its film: overlay planes of one bit a pixel (PS3.3 C.9.2) and the
//! display shutter. Presentation only: models never see either.

use std::sync::Arc;

use super::Shutter;

/// What an overlay's pixels mean (Overlay Type, PS3.3 C.9.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlayKind {
    /// Lines and letters.
    Graphics,
    /// An area.
    Region,
}

/// A rectangle of bits, row-major, every row on whole bytes, the lowest bit first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitMask {
    width: usize,
    height: usize,
    bits: Arc<[u8]>,
}

impl BitMask {
    /// Makes a mask from its packed rows; `None` when it is empty or the bytes do not fit.
    pub fn checked(width: usize, height: usize, bits: Arc<[u8]>) -> Option<Self> {
        let bytes = width.div_ceil(8).checked_mul(height)?;
        (bytes > 0 && bits.len() == bytes).then_some(Self {
            width,
            height,
            bits,
        })
    }

    /// Makes a mask by asking for every bit, at its column and row; `None` when it is empty.
    pub fn from_fn(
        width: usize,
        height: usize,
        mut set: impl FnMut(usize, usize) -> bool,
    ) -> Option<Self> {
        let stride = width.div_ceil(8);
        let mut bits = vec![0_u8; stride * height];
        for y in 0..height {
            for x in 0..width {
                bits[y * stride + x / 8] |= u8::from(set(x, y)) << (x % 8);
            }
        }
        Self::checked(width, height, bits.into())
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns the packed rows.
    pub fn bits(&self) -> &Arc<[u8]> {
        &self.bits
    }

    /// Reports whether the bit at a column and a row inside the mask is set.
    pub fn is_set(&self, x: usize, y: usize) -> bool {
        self.bits[y * self.width.div_ceil(8) + x / 8] >> (x % 8) & 1 == 1
    }

    /// Returns how many bits are set.
    pub fn count(&self) -> usize {
        self.bits
            .iter()
            .map(|byte| byte.count_ones() as usize)
            .sum()
    }
}

/// The part of an overlay plane that lies on the film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayPlane {
    /// The group of its attributes, 0x6000 to 0x601e, even.
    pub group: u16,
    /// What its pixels mean.
    pub kind: OverlayKind,
    /// Overlay Label or Overlay Description, as the file states it; may name the patient.
    pub label: Option<String>,
    /// The film's column and row, from 0, that the mask's first bit lies on.
    pub corner: (usize, usize),
    /// Its pixels.
    pub mask: BitMask,
}

impl OverlayPlane {
    /// Reports whether the plane lies on a film of this size.
    pub fn fits(&self, columns: usize, rows: usize) -> bool {
        let (x, y) = self.corner;
        let right = x.checked_add(self.mask.width);
        let bottom = y.checked_add(self.mask.height);
        right.is_some_and(|right| right <= columns) && bottom.is_some_and(|bottom| bottom <= rows)
    }

    /// Reports whether the film's pixel at a column and a row is drawn on.
    pub fn covers(&self, x: usize, y: usize) -> bool {
        let (left, top) = self.corner;
        let within = x >= left && y >= top;
        within
            && x - left < self.mask.width
            && y - top < self.mask.height
            && self.mask.is_set(x - left, y - top)
    }
}

/// Everything a file draws over its film.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graphics {
    /// The overlay planes, in the order of their groups.
    pub overlays: Vec<OverlayPlane>,
    /// What hides parts of the film.
    pub shutter: Option<Shutter>,
}

impl Graphics {
    /// Reports whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.overlays.is_empty() && self.shutter.is_none()
    }

    /// Reports whether everything lies on a film of this size.
    pub fn fits(&self, columns: usize, rows: usize) -> bool {
        let planes = self.overlays.iter().all(|plane| plane.fits(columns, rows));
        let shutter = self.shutter.as_ref();
        planes && shutter.is_none_or(|shutter| shutter.fits(columns, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_start_on_whole_bytes() {
        let mask = BitMask::from_fn(9, 3, |x, y| x == 8 && y != 1).unwrap();
        assert_eq!(mask.bits()[..], [0, 1, 0, 0, 0, 1]);
        assert!(mask.is_set(8, 2) && !mask.is_set(8, 1) && !mask.is_set(0, 0));
        assert_eq!(mask.count(), 2);
    }

    #[test]
    fn a_mask_with_other_than_its_bytes_is_none() {
        assert!(BitMask::checked(9, 2, Arc::from([0_u8; 3])).is_none());
        assert!(BitMask::checked(0, 2, Arc::from([0_u8; 0])).is_none());
        assert!(BitMask::checked(usize::MAX, usize::MAX, Arc::from([0_u8; 1])).is_none());
    }

    #[test]
    fn a_plane_covers_where_it_lies() {
        let plane = OverlayPlane {
            group: 0x6000,
            kind: OverlayKind::Graphics,
            label: None,
            corner: (3, 2),
            mask: BitMask::from_fn(2, 2, |x, y| x == y).unwrap(),
        };
        assert!(plane.covers(3, 2) && plane.covers(4, 3));
        assert!(!plane.covers(4, 2) && !plane.covers(2, 2) && !plane.covers(5, 4));
        assert!(plane.fits(5, 4) && !plane.fits(4, 4) && !plane.fits(5, 3));
    }
}
