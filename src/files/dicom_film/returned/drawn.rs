//! From graphic types and points to marks: this program's own exactly, those of others by their shape.

use dicom::core::Tag;
use dicom::object::InMemDicomObject;

use crate::radiograph::{PixelPoint, PixelRect, Shape, ShapeKind};

/// More points than any drawing has.
const MOST_POINTS: usize = 20_000;

/// Corners of an ellipse that lies askew.
const CORNERS: usize = 90;

/// A drawing: its type and its points.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawing {
    pub(super) name: String,
    pub(super) points: Vec<PixelPoint>,
}

impl Drawing {
    /// Reads pairs of numbers; `None` where they are none, or too many.
    pub(super) fn read(object: &InMemDicomObject, name: String, tag: Tag) -> Option<Self> {
        let numbers = object.get(tag)?.to_multi_float32().ok()?;
        let (pairs, rest) = numbers.as_chunks::<2>();
        let usable = rest.is_empty() && (1..=MOST_POINTS + 1).contains(&pairs.len());
        let points = pairs.iter().map(|&[x, y]| PixelPoint { x, y });
        usable.then(|| Self {
            name,
            points: points.collect(),
        })
    }

    /// Returns the points without the one that closes the line.
    fn opened(&self) -> &[PixelPoint] {
        match self.points.as_slice() {
            [first, middle @ .., last] if middle.len() >= 2 && first == last => {
                &self.points[..self.points.len() - 1]
            }
            points => points,
        }
    }
}

/// Returns the mark of a known kind that drawings make.
pub(super) fn own(kind: ShapeKind, drawings: &[Drawing]) -> Option<Shape> {
    let first = drawings.first()?;
    let shape = match kind {
        ShapeKind::Rectangle => Shape::Rectangle(bounds(first.opened())?),
        ShapeKind::Ellipse => Shape::Ellipse(straight_ellipse(&first.points)?),
        ShapeKind::Freehand => Shape::from_points(kind, first.opened())?,
        _ => {
            let points = drawings.iter().flat_map(|drawing| &drawing.points);
            Shape::from_points(kind, &points.copied().collect::<Vec<_>>())?
        }
    };
    shape.is_sound().then_some(shape)
}

/// Returns the mark that comes nearest to a drawing of others; `None` where none does.
pub(super) fn nearest(drawing: &Drawing) -> Option<Shape> {
    let points = drawing.points.as_slice();
    let shape = match (drawing.name.as_str(), points) {
        ("POINT", &[at]) => Shape::Point(at),
        ("POLYLINE", &[a, b]) => Shape::Length([a, b]),
        ("POLYLINE" | "INTERPOLATED", [first, .., last]) if first == last && points.len() >= 4 => {
            let line = drawing.opened();
            match straight_rectangle(line) {
                Some(rect) => Shape::Rectangle(rect),
                None => Shape::Freehand(line.to_vec()),
            }
        }
        ("CIRCLE", &[center, rim]) => {
            let radius = (rim.x - center.x).hypot(rim.y - center.y);
            let (x, y) = (center.x - radius, center.y - radius);
            Shape::Ellipse(PixelRect::new(x, y, 2.0 * radius, 2.0 * radius))
        }
        ("ELLIPSE", &[a, b, c, d]) => match straight_ellipse(points) {
            Some(rect) => Shape::Ellipse(rect),
            None => Shape::Freehand(askew([a, b], [c, d])),
        },
        _ => return None,
    };
    shape.is_sound().then_some(shape)
}

fn bounds(points: &[PixelPoint]) -> Option<PixelRect> {
    let of_point = |point: &PixelPoint| PixelRect::new(point.x, point.y, 0.0, 0.0);
    let parts = points.iter().map(of_point);
    parts.reduce(|all, one| all.around(&one))
}

/// Four corners whose sides lie along rows and columns.
fn straight_rectangle(points: &[PixelPoint]) -> Option<PixelRect> {
    let &[a, b, c, d] = points else {
        return None;
    };
    let level = |p: PixelPoint, q: PixelPoint| (p.y - q.y).abs() < 1e-3;
    let upright = |p: PixelPoint, q: PixelPoint| (p.x - q.x).abs() < 1e-3;
    let across = level(a, b) && upright(b, c) && level(c, d) && upright(d, a);
    let down = upright(a, b) && level(b, c) && upright(c, d) && level(d, a);
    if across || down { bounds(points) } else { None }
}

/// The ends of two axes that lie along rows and columns.
fn straight_ellipse(points: &[PixelPoint]) -> Option<PixelRect> {
    let &[a, b, c, d] = points else {
        return None;
    };
    let slack = 1e-3;
    let across = (a.y - b.y).abs() < slack && (c.x - d.x).abs() < slack;
    let down = (a.x - b.x).abs() < slack && (c.y - d.y).abs() < slack;
    if across || down { bounds(points) } else { None }
}

fn askew([a, b]: [PixelPoint; 2], [c, d]: [PixelPoint; 2]) -> Vec<PixelPoint> {
    let center = PixelPoint {
        x: (a.x + b.x) / 2.0,
        y: (a.y + b.y) / 2.0,
    };
    let half = |from: PixelPoint, to: PixelPoint| ((to.x - from.x) / 2.0, (to.y - from.y) / 2.0);
    let (major, minor) = (half(a, b), half(c, d));
    (0..CORNERS)
        .map(|corner| {
            let turn = std::f32::consts::TAU * corner as f32 / CORNERS as f32;
            let (sin, cos) = turn.sin_cos();
            PixelPoint {
                x: center.x + cos * major.0 + sin * minor.0,
                y: center.y + cos * major.1 + sin * minor.1,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(name: &str, points: &[(f32, f32)]) -> Drawing {
        let points = points.iter().map(|&(x, y)| PixelPoint { x, y });
        Drawing {
            name: name.to_owned(),
            points: points.collect(),
        }
    }

    #[test]
    fn drawings_of_others_become_the_nearest_mark() {
        let kind =
            |name, points: &[(f32, f32)]| nearest(&drawing(name, points)).map(|shape| shape.kind());
        assert_eq!(kind("POINT", &[(1.0, 2.0)]), Some(ShapeKind::Point));
        assert_eq!(
            kind("POLYLINE", &[(0.0, 0.0), (3.0, 4.0)]),
            Some(ShapeKind::Length)
        );
        let square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)];
        assert_eq!(kind("POLYLINE", &square), Some(ShapeKind::Rectangle));
        let kite = [(2.0, 0.0), (4.0, 2.0), (2.0, 5.0), (0.0, 2.0), (2.0, 0.0)];
        assert_eq!(kind("POLYLINE", &kite), Some(ShapeKind::Freehand));
        assert_eq!(kind("POLYLINE", &kite[..3]), None);
        assert_eq!(
            kind("CIRCLE", &[(5.0, 5.0), (8.0, 9.0)]),
            Some(ShapeKind::Ellipse)
        );
        assert_eq!(kind("POLYLINE", &[(f32::NAN, 0.0), (1.0, 1.0)]), None);
        let turned = [(0.0, 0.0), (10.0, 10.0), (3.0, 7.0), (7.0, 3.0)];
        assert_eq!(kind("ELLIPSE", &turned), Some(ShapeKind::Freehand));
    }
}
