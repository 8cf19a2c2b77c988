//! The shapes of marks, and what moving one or a part of one makes of it.

use serde::{Deserialize, Serialize};

use super::bending;
use crate::radiograph::{PixelPoint, PixelRect};

/// The shape of a mark, in image pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The distance between two points.
    Length([PixelPoint; 2]),
    /// The angle at the second of three points.
    Angle([PixelPoint; 3]),
    /// The angle between two lines, from the first point to the second and from the third to the
    /// fourth.
    CobbAngle([PixelPoint; 4]),
    /// A rectangle along rows and columns.
    Rectangle(PixelRect),
    /// The ellipse that touches the sides of a rectangle.
    Ellipse(PixelRect),
    /// The region inside a closed line; its last point is joined to the first.
    Freehand(Vec<PixelPoint>),
    /// An arrow.
    Arrow {
        /// What it points at.
        tip: PixelPoint,
        /// Where it begins.
        tail: PixelPoint,
    },
    /// Words, with the left end of their base line; the mark's label says them.
    Text(PixelPoint),
    /// One pixel's value.
    Point(PixelPoint),
    /// The width of the heart over that of the thorax, by the four borders.
    CardiothoracicRatio {
        /// The border of the heart on the patient's right.
        heart_right: PixelPoint,
        /// The border of the heart on the patient's left.
        heart_left: PixelPoint,
        /// The inner border of the ribs on the patient's right, where the thorax is widest.
        thorax_right: PixelPoint,
        /// The inner border of the ribs on the patient's left, where the thorax is widest.
        thorax_left: PixelPoint,
    },
}

/// What a mark is, whatever its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// The distance between two points.
    Length,
    /// The angle at a point.
    Angle,
    /// The angle between two lines.
    CobbAngle,
    /// A rectangle.
    Rectangle,
    /// An ellipse.
    Ellipse,
    /// A region inside a line drawn by hand.
    Freehand,
    /// An arrow.
    Arrow,
    /// Words.
    Text,
    /// One pixel's value.
    Point,
    /// The cardiothoracic ratio.
    CardiothoracicRatio,
}

impl ShapeKind {
    /// Returns its name at the start of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Length => "Length",
            Self::Angle => "Angle",
            Self::CobbAngle => "Cobb angle",
            Self::Rectangle => "Rectangle",
            Self::Ellipse => "Ellipse",
            Self::Freehand => "Freehand region",
            Self::Arrow => "Arrow",
            Self::Text => "Text",
            Self::Point => "Pixel value",
            Self::CardiothoracicRatio => "Cardiothoracic ratio",
        }
    }

    /// Returns how many points make a shape of this kind; `None` where a line is drawn by hand.
    pub fn points(self) -> Option<usize> {
        match self {
            Self::Text | Self::Point => Some(1),
            Self::Length | Self::Rectangle | Self::Ellipse | Self::Arrow => Some(2),
            Self::Angle => Some(3),
            Self::CobbAngle | Self::CardiothoracicRatio => Some(4),
            Self::Freehand => None,
        }
    }
}

/// The most points of a line drawn by hand that are kept.
pub(super) const MOST_POINTS: usize = 20_000;

/// Coordinates beyond it lie on no film: no side is longer than a sixtieth of it.
const FARTHEST_PX: f32 = 1e6;

impl Shape {
    /// Returns a cardiothoracic ratio whose line of the heart is that of the thorax and the other way
    /// round, for lines that were drawn in the wrong order; `None` for other shapes.
    pub fn with_lines_swapped(&self) -> Option<Self> {
        let Self::CardiothoracicRatio {
            heart_right,
            heart_left,
            thorax_right,
            thorax_left,
        } = *self
        else {
            return None;
        };
        Some(Self::CardiothoracicRatio {
            heart_right: thorax_right,
            heart_left: thorax_left,
            thorax_right: heart_right,
            thorax_left: heart_left,
        })
    }

    /// Makes the shape of a kind from the points that were set for it, in their order; `None` where
    /// their number is another.
    ///
    /// Rectangles and ellipses take two opposite corners, an arrow its tip first, and the
    /// cardiothoracic ratio the heart's borders before those of the thorax.
    pub fn from_points(kind: ShapeKind, points: &[PixelPoint]) -> Option<Self> {
        Some(match (kind, points) {
            (ShapeKind::Length, &[a, b]) => Self::Length([a, b]),
            (ShapeKind::Angle, &[a, b, c]) => Self::Angle([a, b, c]),
            (ShapeKind::CobbAngle, &[a, b, c, d]) => Self::CobbAngle([a, b, c, d]),
            (ShapeKind::Rectangle, &[a, b]) => Self::Rectangle(PixelRect::between(a, b)),
            (ShapeKind::Ellipse, &[a, b]) => Self::Ellipse(PixelRect::between(a, b)),
            (ShapeKind::Freehand, line) if (3..=MOST_POINTS).contains(&line.len()) => {
                Self::Freehand(line.to_vec())
            }
            (ShapeKind::Arrow, &[tip, tail]) => Self::Arrow { tip, tail },
            (ShapeKind::Text, &[at]) => Self::Text(at),
            (ShapeKind::Point, &[at]) => Self::Point(at),
            (
                ShapeKind::CardiothoracicRatio,
                &[heart_right, heart_left, thorax_right, thorax_left],
            ) => Self::CardiothoracicRatio {
                heart_right,
                heart_left,
                thorax_right,
                thorax_left,
            },
            _ => return None,
        })
    }

    /// Returns what it is, whatever its place.
    pub fn kind(&self) -> ShapeKind {
        match self {
            Self::Length(_) => ShapeKind::Length,
            Self::Angle(_) => ShapeKind::Angle,
            Self::CobbAngle(_) => ShapeKind::CobbAngle,
            Self::Rectangle(_) => ShapeKind::Rectangle,
            Self::Ellipse(_) => ShapeKind::Ellipse,
            Self::Freehand(_) => ShapeKind::Freehand,
            Self::Arrow { .. } => ShapeKind::Arrow,
            Self::Text(_) => ShapeKind::Text,
            Self::Point(_) => ShapeKind::Point,
            Self::CardiothoracicRatio { .. } => ShapeKind::CardiothoracicRatio,
        }
    }

    /// Returns the points that make it, as [`Self::from_points`] takes them.
    pub fn points(&self) -> Vec<PixelPoint> {
        match self {
            Self::Length(ends) => ends.to_vec(),
            Self::Angle(points) => points.to_vec(),
            Self::CobbAngle(points) => points.to_vec(),
            Self::Rectangle(rect) | Self::Ellipse(rect) => vec![rect.top_left(), rect.end()],
            Self::Freehand(line) => line.clone(),
            Self::Arrow { tip, tail } => vec![*tip, *tail],
            Self::Text(at) | Self::Point(at) => vec![*at],
            Self::CardiothoracicRatio {
                heart_right,
                heart_left,
                thorax_right,
                thorax_left,
            } => vec![*heart_right, *heart_left, *thorax_right, *thorax_left],
        }
    }

    /// Returns the smallest rectangle that holds it; words take no room in it.
    pub fn bounds(&self) -> PixelRect {
        let of_point = |point: &PixelPoint| PixelRect::new(point.x, point.y, 0.0, 0.0);
        self.points()
            .iter()
            .map(of_point)
            .reduce(|all, one| all.around(&one))
            .unwrap_or_default()
    }

    /// Reports whether it can lie on a film: marks read from files may say anything.
    pub fn is_sound(&self) -> bool {
        let near = |value: f32| value.is_finite() && value.abs() <= FARTHEST_PX;
        let points = self.points();
        let enough = !matches!(self, Self::Freehand(_)) || points.len() >= 3;
        let straight = match self {
            Self::Rectangle(rect) | Self::Ellipse(rect) => rect.width >= 0.0 && rect.height >= 0.0,
            _ => true,
        };
        enough
            && straight
            && points.len() <= MOST_POINTS
            && points.iter().all(|point| near(point.x) && near(point.y))
    }

    /// Returns it moved by so many pixels to the right and down.
    pub fn moved(&self, right_px: f32, down_px: f32) -> Self {
        let shifted = |point: &PixelPoint| PixelPoint {
            x: point.x + right_px,
            y: point.y + down_px,
        };
        match self {
            Self::Rectangle(rect) => Self::Rectangle(rect.moved(right_px, down_px)),
            Self::Ellipse(rect) => Self::Ellipse(rect.moved(right_px, down_px)),
            other => {
                let points: Vec<PixelPoint> = other.points().iter().map(shifted).collect();
                Self::from_points(other.kind(), &points).unwrap_or_else(|| other.clone())
            }
        }
    }

    /// Returns the places by which its parts are moved: corners of a rectangle, the ends of an
    /// ellipse's axes (top, right, bottom, left), some points of a line drawn by hand, else its points.
    pub fn handles(&self) -> Vec<PixelPoint> {
        match self {
            Self::Rectangle(rect) => rect.corners().to_vec(),
            Self::Ellipse(rect) => {
                let center = rect.center();
                let at = |x, y| PixelPoint { x, y };
                vec![
                    at(center.x, rect.y),
                    at(rect.right(), center.y),
                    at(center.x, rect.bottom()),
                    at(rect.x, center.y),
                ]
            }
            Self::Freehand(line) => {
                let handles = bending::handles(line).into_iter();
                handles.map(|index| line[index]).collect()
            }
            other => other.points(),
        }
    }

    /// Returns it with one of its [`Self::handles`] moved to a point; itself where it has no such
    /// handle.
    pub fn with_handle(&self, handle: usize, to: PixelPoint) -> Self {
        match self {
            Self::Rectangle(rect) => {
                let opposite = rect.corners().get((handle + 2) % 4).copied();
                let opposite = opposite.filter(|_| handle < 4);
                opposite.map_or_else(
                    || self.clone(),
                    |corner| Self::Rectangle(PixelRect::between(corner, to)),
                )
            }
            Self::Ellipse(rect) => {
                let (mut first, mut last) = (rect.top_left(), rect.end());
                match handle {
                    0 => first.y = to.y,
                    1 => last.x = to.x,
                    2 => last.y = to.y,
                    3 => first.x = to.x,
                    _ => {}
                }
                Self::Ellipse(PixelRect::between(first, last))
            }
            Self::Freehand(line) => Self::Freehand(bending::bent(line, handle, to)),
            other => {
                let mut points = other.points();
                if let Some(point) = points.get_mut(handle) {
                    *point = to;
                }
                Self::from_points(other.kind(), &points).unwrap_or_else(|| other.clone())
            }
        }
    }
}
