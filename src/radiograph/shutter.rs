//! The display shutter: which parts of a film are not to be shown (PS3.3 C.7.6.11, C.7.6.15).

use super::{OverlayPlane, PixelPoint};

/// One shape that leaves its inside open; coordinates count from 0 at the film's upper left edge,
/// so that the middle of the first pixel is (0.5, 0.5).
#[derive(Clone, Debug, PartialEq)]
pub enum ShutterShape {
    /// Open between two columns and between two rows.
    Rectangle {
        /// The left edge.
        left: f32,
        /// The right edge.
        right: f32,
        /// The upper edge.
        top: f32,
        /// The lower edge.
        bottom: f32,
    },
    /// Open within a circle: an ellipse of pixels where pixels are not square.
    Circle {
        /// The middle.
        center: PixelPoint,
        /// The radius along a row, in pixels.
        radius_px: f32,
        /// The height of a pixel over its width.
        pixel_aspect: f32,
    },
    /// Open within a closed line, by the even–odd rule.
    Polygon(Vec<PixelPoint>),
    /// Closed where the bits are set.
    Bitmap(OverlayPlane),
}

/// The shapes of a shutter: what any of them closes is hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct Shutter {
    /// At least one.
    pub shapes: Vec<ShutterShape>,
    /// The grey shown instead, from 0, black, to 1, white.
    pub shade: f32,
}

impl Shutter {
    /// Reports of every pixel of a row whether it is hidden.
    pub fn hidden_row(&self, row: usize, columns: usize) -> Vec<bool> {
        let mut hidden = vec![false; columns];
        for shape in &self.shapes {
            shape.close(row, &mut hidden);
        }
        hidden
    }

    /// Names its shapes.
    pub fn words(&self) -> String {
        let names: Vec<&str> = self.shapes.iter().map(ShutterShape::name).collect();
        names.join(", ")
    }

    /// Reports whether its numbers can be used and its bitmap lies on a film of this size.
    pub(super) fn fits(&self, columns: usize, rows: usize) -> bool {
        let shapes = self.shapes.iter();
        !self.shapes.is_empty()
            && (0.0..=1.0).contains(&self.shade)
            && shapes.clone().all(|shape| shape.fits(columns, rows))
    }
}

impl ShutterShape {
    /// Returns the standard's word for it, in small letters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rectangle { .. } => "rectangular",
            Self::Circle { .. } => "circular",
            Self::Polygon(_) => "polygonal",
            Self::Bitmap(_) => "bitmap",
        }
    }

    /// Hides the pixels of a row that the shape closes.
    fn close(&self, row: usize, hidden: &mut [bool]) {
        let y = row as f32 + 0.5;
        match self {
            &Self::Rectangle {
                left,
                right,
                top,
                bottom,
            } => close_where(hidden, |_, x| {
                !(x > left && x < right && y > top && y < bottom)
            }),
            Self::Circle {
                center,
                radius_px,
                pixel_aspect,
            } => close_where(hidden, |_, x| {
                let (dx, dy) = (x - center.x, (y - center.y) * pixel_aspect);
                dx * dx + dy * dy > radius_px * radius_px
            }),
            Self::Polygon(vertices) => {
                let line = Scanline::new(vertices, y);
                close_where(hidden, |_, x| !line.inside(x));
            }
            Self::Bitmap(plane) => close_where(hidden, |column, _| plane.covers(column, row)),
        }
    }

    fn fits(&self, columns: usize, rows: usize) -> bool {
        let finite = |point: &PixelPoint| point.x.is_finite() && point.y.is_finite();
        match self {
            Self::Rectangle {
                left,
                right,
                top,
                bottom,
            } => [left, right, top, bottom]
                .iter()
                .all(|edge| edge.is_finite()),
            Self::Circle {
                center,
                radius_px,
                pixel_aspect,
            } => finite(center) && *radius_px >= 0.0 && *pixel_aspect > 0.0,
            Self::Polygon(vertices) => vertices.len() >= 3 && vertices.iter().all(finite),
            Self::Bitmap(plane) => plane.fits(columns, rows),
        }
    }
}

/// Hides pixels by their column and its middle.
fn close_where(hidden: &mut [bool], closed: impl Fn(usize, f32) -> bool) {
    for (column, hidden) in hidden.iter_mut().enumerate() {
        *hidden |= closed(column, column as f32 + 0.5);
    }
}

/// Where a row's middle meets the outline of a polygon. Vertices are pixels, so what lies on the
/// outline is inside.
struct Scanline {
    /// In rising order.
    crossings: Vec<f32>,
    /// Edges that run along the row.
    flat: Vec<(f32, f32)>,
}

impl Scanline {
    /// How near the outline counts as on it, in pixels.
    const NEAR_PX: f32 = 0.01;

    fn new(vertices: &[PixelPoint], y: f32) -> Self {
        let ends = vertices.iter().cycle().skip(1);
        let (mut crossings, mut flat) = (Vec::new(), Vec::new());
        for (a, b) in vertices.iter().zip(ends) {
            if (a.y > y) != (b.y > y) {
                crossings.push(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
            } else if a.y == y && b.y == y {
                flat.push((a.x.min(b.x), a.x.max(b.x)));
            }
        }
        crossings.sort_by(f32::total_cmp);
        Self { crossings, flat }
    }

    /// The even–odd rule: the outline is crossed an odd number of times before.
    fn inside(&self, x: f32) -> bool {
        let before = self.crossings.partition_point(|&crossing| crossing < x);
        let near = |index: usize| {
            let crossing = self.crossings.get(index);
            crossing.is_some_and(|crossing| (crossing - x).abs() < Self::NEAR_PX)
        };
        before % 2 == 1
            || near(before)
            || (before > 0 && near(before - 1))
            || self.flat.iter().any(|&(from, to)| from <= x && x <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{BitMask, OverlayKind};

    fn open(shapes: Vec<ShutterShape>, side: usize) -> Vec<String> {
        let shutter = Shutter { shapes, shade: 0.0 };
        (0..side)
            .map(|y| {
                let hidden = shutter.hidden_row(y, side).into_iter();
                hidden
                    .map(|hidden| if hidden { '#' } else { '.' })
                    .collect()
            })
            .collect()
    }

    fn rectangle() -> ShutterShape {
        ShutterShape::Rectangle {
            left: 1.0,
            right: 4.0,
            top: 2.0,
            bottom: 4.0,
        }
    }

    #[test]
    fn a_rectangle_is_open_between_its_edges() {
        assert_eq!(
            open(vec![rectangle()], 5),
            ["#####", "#####", "#...#", "#...#", "#####"]
        );
    }

    #[test]
    fn a_circle_of_tall_pixels_is_low() {
        let circle = ShutterShape::Circle {
            center: PixelPoint { x: 2.5, y: 2.5 },
            radius_px: 2.1,
            pixel_aspect: 2.0,
        };
        assert_eq!(
            open(vec![circle], 5),
            ["#####", "##.##", ".....", "##.##", "#####"]
        );
    }

    #[test]
    fn a_polygon_is_open_inside() {
        let corners = [(0.0, 0.0), (5.2, 0.0), (0.0, 5.2)];
        let corners = corners.map(|(x, y)| PixelPoint { x, y }).to_vec();
        let rows = open(vec![ShutterShape::Polygon(corners)], 5);
        assert_eq!(rows[1..4], ["....#", "...##", "..###"]);
    }

    #[test]
    fn several_shapes_leave_open_what_all_leave_open() {
        let plane = OverlayPlane {
            group: 0x6000,
            kind: OverlayKind::Graphics,
            label: None,
            corner: (2, 2),
            mask: BitMask::from_fn(1, 2, |_, _| true).unwrap(),
        };
        let rows = open(vec![rectangle(), ShutterShape::Bitmap(plane)], 5);
        assert_eq!(rows, ["#####", "#####", "#.#.#", "#.#.#", "#####"]);
    }

    #[test]
    fn numbers_that_are_none_do_not_fit() {
        let shutter = |shape| Shutter {
            shapes: vec![shape],
            shade: 0.0,
        };
        assert!(shutter(rectangle()).fits(5, 5));
        let endless = ShutterShape::Rectangle {
            left: f32::NAN,
            right: 4.0,
            top: 2.0,
            bottom: 4.0,
        };
        assert!(!shutter(endless).fits(5, 5));
        assert!(!shutter(ShutterShape::Polygon(Vec::new())).fits(5, 5));
        let none = Shutter {
            shapes: Vec::new(),
            shade: 0.0,
        };
        assert!(!none.fits(5, 5));
    }
}
