//! Where the pixels of maps lie, in the order they are computed.

use super::super::program::Maps;

/// Addresses of pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) first: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) image_stride: usize,
    pub(super) row_stride: usize,
    pub(super) pixel_stride: usize,
}

/// A position in a grid that moves on pixel by pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    grid: Grid,
    row: usize,
    column: usize,
    image_at: usize,
    row_at: usize,
    at: usize,
}

impl Grid {
    /// The pixels of maps.
    pub(super) fn of(maps: &Maps) -> Self {
        Self {
            first: maps.first,
            height: maps.height,
            width: maps.width,
            image_stride: maps.image_stride,
            row_stride: maps.row_stride,
            pixel_stride: maps.pixel_stride,
        }
    }

    /// One row of pixels.
    pub(super) fn line(first: usize, width: usize, pixel_stride: usize) -> Self {
        Self {
            first,
            height: 1,
            width,
            image_stride: 0,
            row_stride: 0,
            pixel_stride,
        }
    }

    /// Begins at a pixel, counted over all images.
    pub(super) fn walk(self, pixel: usize) -> Walk {
        let (rows, column) = (pixel / self.width, pixel % self.width);
        let (image, row) = (rows / self.height, rows % self.height);
        let image_at = self.first + image * self.image_stride;
        let row_at = image_at + row * self.row_stride;
        Walk {
            grid: self,
            row,
            column,
            image_at,
            row_at,
            at: row_at + column * self.pixel_stride,
        }
    }
}

impl Walk {
    /// Where the pixel lies; moves on.
    #[inline(always)]
    pub(super) fn step(&mut self) -> usize {
        let here = self.at;
        self.column += 1;
        self.at += self.grid.pixel_stride;
        if self.column == self.grid.width {
            self.column = 0;
            self.row += 1;
            self.row_at += self.grid.row_stride;
            if self.row == self.grid.height {
                self.row = 0;
                self.image_at += self.grid.image_stride;
                self.row_at = self.image_at;
            }
            self.at = self.row_at;
        }
        here
    }
}
