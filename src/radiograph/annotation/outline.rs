//! The lines of a mark, the same for the window, for exports and for hitting it with a pointer.

use super::Shape;
use crate::radiograph::{PixelPoint, PixelRect};

/// A line through points; a closed one returns to its first point.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    /// The points, in image pixels.
    pub points: Vec<PixelPoint>,
    /// Whether the last point is joined to the first.
    pub closed: bool,
    /// Whether it only helps to see what belongs together: drawn in dashes.
    pub auxiliary: bool,
}

/// An ellipse is drawn with so many corners: on the largest film its line is off by less than half
/// a pixel for radii up to 3,000.
const ELLIPSE_CORNERS: usize = 180;

impl Stroke {
    fn open(points: Vec<PixelPoint>) -> Self {
        Self {
            points,
            closed: false,
            auxiliary: false,
        }
    }

    fn closed(points: Vec<PixelPoint>) -> Self {
        Self {
            closed: true,
            ..Self::open(points)
        }
    }

    fn auxiliary(points: Vec<PixelPoint>) -> Self {
        Self {
            auxiliary: true,
            ..Self::open(points)
        }
    }

    /// Returns the straight parts of the line, from end to end.
    pub fn segments(&self) -> impl Iterator<Item = (PixelPoint, PixelPoint)> + '_ {
        let last = self.points.last().filter(|_| self.closed);
        let closing = last.zip(self.points.first());
        let parts = self.points.windows(2).map(|pair| (pair[0], pair[1]));
        parts.chain(closing.map(|(last, first)| (*last, *first)))
    }
}

impl Shape {
    /// Returns the lines to draw: none for words and single pixels. The head of an arrow depends on
    /// the size at which it is drawn and is not among them.
    pub fn strokes(&self) -> Vec<Stroke> {
        match self {
            Self::Length(ends) => vec![Stroke::open(ends.to_vec())],
            Self::Angle(points) => vec![Stroke::open(points.to_vec())],
            Self::CobbAngle([a, b, c, d]) => vec![
                Stroke::open(vec![*a, *b]),
                Stroke::open(vec![*c, *d]),
                Stroke::auxiliary(vec![middle(*a, *b), middle(*c, *d)]),
            ],
            Self::Rectangle(rect) => vec![Stroke::closed(rect.corners().to_vec())],
            Self::Ellipse(rect) => vec![Stroke::closed(ellipse(rect))],
            Self::Freehand(line) => vec![Stroke::closed(line.clone())],
            Self::Arrow { tip, tail } => vec![Stroke::open(vec![*tail, *tip])],
            Self::Text(_) | Self::Point(_) => Vec::new(),
            Self::CardiothoracicRatio {
                heart_right,
                heart_left,
                thorax_right,
                thorax_left,
            } => vec![
                Stroke::open(vec![*heart_right, *heart_left]),
                Stroke::open(vec![*thorax_right, *thorax_left]),
            ],
        }
    }

    /// Returns the ends of lines that measure from border to border, each with the other end: they
    /// are drawn with a tick across.
    pub fn ticked_ends(&self) -> Vec<(PixelPoint, PixelPoint)> {
        let both = |a: PixelPoint, b: PixelPoint| [(a, b), (b, a)];
        match self {
            Self::Length([a, b]) => both(*a, *b).to_vec(),
            Self::CardiothoracicRatio {
                heart_right,
                heart_left,
                thorax_right,
                thorax_left,
            } => [
                both(*heart_right, *heart_left),
                both(*thorax_right, *thorax_left),
            ]
            .concat(),
            _ => Vec::new(),
        }
    }

    /// Returns the point beside which its measurement is written.
    pub fn label_anchor(&self) -> PixelPoint {
        match self {
            // Where the reader looks: at the end drawn last, and at the vertex of an angle.
            Self::Length([_, end]) | Self::Angle([_, end, _]) => *end,
            Self::CobbAngle([a, b, c, d]) => middle(middle(*a, *b), middle(*c, *d)),
            Self::Rectangle(rect) => PixelPoint {
                x: rect.right(),
                y: rect.y,
            },
            Self::Ellipse(rect) => PixelPoint {
                x: rect.right(),
                y: rect.center().y,
            },
            Self::Freehand(line) => {
                let right = line.iter().max_by(|a, b| a.x.total_cmp(&b.x));
                right.copied().unwrap_or_default()
            }
            Self::Arrow { tail, .. } => *tail,
            Self::Text(at) | Self::Point(at) => *at,
            Self::CardiothoracicRatio { thorax_left, .. } => *thorax_left,
        }
    }
}

fn middle(a: PixelPoint, b: PixelPoint) -> PixelPoint {
    PixelPoint {
        x: (a.x + b.x) / 2.0,
        y: (a.y + b.y) / 2.0,
    }
}

fn ellipse(rect: &PixelRect) -> Vec<PixelPoint> {
    let center = rect.center();
    (0..ELLIPSE_CORNERS)
        .map(|corner| {
            let turn = std::f32::consts::TAU * corner as f32 / ELLIPSE_CORNERS as f32;
            PixelPoint {
                x: center.x + rect.width / 2.0 * turn.cos(),
                y: center.y + rect.height / 2.0 * turn.sin(),
            }
        })
        .collect()
}
