//! Points and rectangles on an image, in image pixels.

use serde::{Deserialize, Serialize};

/// A point on an image: x to the right, y down, (0, 0) at the outer corner of the first pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PixelPoint {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the top edge.
    pub y: f32,
}

/// A rectangle on an image, in pixels from its left and top edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PixelRect {
    /// The left edge.
    pub x: f32,
    /// The top edge.
    pub y: f32,
    /// The width, not negative.
    pub width: f32,
    /// The height, not negative.
    pub height: f32,
}

impl PixelRect {
    /// Makes a rectangle from its left and top edges, its width and its height.
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Makes the rectangle that covers a whole image.
    pub fn of_image(width: usize, height: usize) -> Self {
        Self::new(0.0, 0.0, width as f32, height as f32)
    }

    /// Makes the rectangle that has two points as opposite corners.
    pub fn between(a: PixelPoint, b: PixelPoint) -> Self {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        Self::new(x, y, (a.x - b.x).abs(), (a.y - b.y).abs())
    }

    /// Returns the corner of its left and top edges.
    pub fn top_left(&self) -> PixelPoint {
        PixelPoint {
            x: self.x,
            y: self.y,
        }
    }

    /// Returns the corner of its right and bottom edges.
    pub fn end(&self) -> PixelPoint {
        PixelPoint {
            x: self.right(),
            y: self.bottom(),
        }
    }

    /// Returns its corners clockwise, from that of its left and top edges on.
    pub fn corners(&self) -> [PixelPoint; 4] {
        let at = |x, y| PixelPoint { x, y };
        [
            self.top_left(),
            at(self.right(), self.y),
            self.end(),
            at(self.x, self.bottom()),
        ]
    }

    /// Returns it moved by so many pixels to the right and down.
    pub fn moved(&self, right_px: f32, down_px: f32) -> Self {
        Self {
            x: self.x + right_px,
            y: self.y + down_px,
            ..*self
        }
    }

    /// Returns the x of the right edge.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Returns the y of the bottom edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Returns the centre.
    pub fn center(&self) -> PixelPoint {
        PixelPoint {
            x: self.x + self.width / 2.0,
            y: self.y + self.height / 2.0,
        }
    }

    /// Reports whether a point lies inside; the left and top edges belong to the rectangle, the
    /// right and bottom ones do not.
    pub fn contains(&self, point: PixelPoint) -> bool {
        (self.x..self.right()).contains(&point.x) && (self.y..self.bottom()).contains(&point.y)
    }

    /// Returns the area in square pixels.
    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Returns the smallest rectangle that holds this one and another.
    pub fn around(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = self.right().max(other.right());
        let bottom = self.bottom().max(other.bottom());
        Self::new(x, y, right - x, bottom - y)
    }

    /// Returns the part of this rectangle that lies within another; empty where they do not meet.
    pub fn within(&self, other: &Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = self.right().min(other.right()) - x;
        let height = self.bottom().min(other.bottom()) - y;
        Self::new(x, y, width.max(0.0), height.max(0.0))
    }

    /// Returns the rectangle grown about its centre by a share of its own width and height on each
    /// of its sides.
    pub fn grown(&self, share: f32) -> Self {
        Self::new(
            self.x - share * self.width,
            self.y - share * self.height,
            self.width * (1.0 + 2.0 * share),
            self.height * (1.0 + 2.0 * share),
        )
    }

    /// Returns the four numbers x, y, width, height, as files and reports list them.
    pub fn xywh(&self) -> [f32; 4] {
        [self.x, self.y, self.width, self.height]
    }
}
