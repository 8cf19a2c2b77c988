//! A mark while it is being drawn.

use crate::radiograph::{Film, Measurement, PixelPoint, Shape, ShapeKind};

/// A mark while it is being drawn: some points are set, the next one follows the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it will be.
    pub kind: ShapeKind,
    /// The points that are set.
    pub points: Vec<PixelPoint>,
    /// Where the next point would be.
    pub aim: PixelPoint,
    /// What it measures so far, once it measures anything.
    pub measurement: Measurement,
    /// Whether the button is held since the last point.
    held: bool,
    /// Whether the line was drawn in one go, and not point by point.
    swept: bool,
}

impl Draft {
    pub(super) fn begin(kind: ShapeKind, at: PixelPoint) -> Self {
        Self {
            kind,
            points: vec![at],
            aim: at,
            measurement: Measurement::default(),
            held: true,
            swept: false,
        }
    }

    /// Returns the shape with its next point where the pointer is, once that is all it takes; a line
    /// by hand as if it were closed now.
    pub fn shape(&self) -> Option<Shape> {
        Shape::from_points(self.kind, &self.with_aim())
    }

    /// Returns the lines to draw so far.
    pub fn lines(&self) -> Vec<Vec<PixelPoint>> {
        let points = self.with_aim();
        match self.kind {
            ShapeKind::Text | ShapeKind::Point => Vec::new(),
            // Two lines, one after the other.
            ShapeKind::CobbAngle | ShapeKind::CardiothoracicRatio => {
                points.chunks(2).map(<[PixelPoint]>::to_vec).collect()
            }
            ShapeKind::Length | ShapeKind::Angle | ShapeKind::Freehand => vec![points],
            ShapeKind::Rectangle | ShapeKind::Ellipse | ShapeKind::Arrow => {
                let strokes = self.shape().map(|shape| shape.strokes());
                let closed = strokes.into_iter().flatten().map(|stroke| {
                    let first = stroke.points.first().filter(|_| stroke.closed).copied();
                    stroke.points.iter().copied().chain(first).collect()
                });
                closed.collect()
            }
        }
    }

    /// Reports whether it waits for its words: once the button that placed it is up.
    pub fn awaits_words(&self) -> bool {
        self.kind == ShapeKind::Text && !self.held
    }

    fn with_aim(&self) -> Vec<PixelPoint> {
        let mut points = self.points.clone();
        let full = self.kind.points() == Some(points.len());
        let rests = self.kind == ShapeKind::Freehand && points.last() == Some(&self.aim);
        if !full && !rests {
            points.push(self.aim);
        }
        points
    }

    /// Sets the next point; returns the shape once it is whole.
    pub(super) fn place(&mut self, at: PixelPoint, reach_px: f32) -> Option<Shape> {
        self.aim = at;
        if self.kind == ShapeKind::Text {
            // Somewhere else, before it said anything.
            self.points = vec![at];
            self.held = true;
            return None;
        }
        if self.kind == ShapeKind::Freehand && self.points.len() >= 3 {
            let near = |point: Option<&PixelPoint>| {
                point.is_some_and(|point| distance(*point, at) <= reach_px)
            };
            if near(self.points.first()) || near(self.points.last()) {
                return Shape::from_points(self.kind, &self.points);
            }
        }
        self.held = true;
        self.push(at)
    }

    /// Follows the pointer; a line by hand is drawn as it goes.
    pub(super) fn aim_at(&mut self, at: PixelPoint, reach_px: f32) {
        self.aim = at;
        let last = self.points.last().copied().unwrap_or(at);
        // Closer points make the line no smoother and its file larger.
        if self.kind == ShapeKind::Freehand && self.held && distance(last, at) >= reach_px / 4.0 {
            self.points.push(at);
            self.swept = true;
        }
    }

    /// Lets go of the button: the end of a drag is a point as well; returns the shape once it is
    /// whole.
    pub(super) fn release(&mut self, at: PixelPoint, reach_px: f32) -> Option<Shape> {
        let dragged = self.is_dragged(at, reach_px);
        self.held = false;
        self.aim = at;
        if self.kind == ShapeKind::Freehand {
            // A click instead begins a line of straight parts.
            let whole = std::mem::take(&mut self.swept) && encloses(&self.points, reach_px);
            return whole
                .then(|| Shape::from_points(self.kind, &self.points))
                .flatten();
        }
        if dragged { self.push(at) } else { None }
    }

    /// Lets go of the button without setting a point.
    pub(super) fn let_go(&mut self) {
        self.held = false;
    }

    /// Reports whether the button was held from the last point to here.
    pub(super) fn is_dragged(&self, at: PixelPoint, reach_px: f32) -> bool {
        let last = self.points.last();
        let far = last.is_some_and(|last| distance(*last, at) > reach_px / 2.0);
        self.held && self.kind != ShapeKind::Text && far
    }

    fn push(&mut self, at: PixelPoint) -> Option<Shape> {
        self.points.push(at);
        let whole = self.kind.points() == Some(self.points.len());
        whole
            .then(|| Shape::from_points(self.kind, &self.points))
            .flatten()
    }

    pub(super) fn measure(&mut self, film: &Film) {
        let unit = film.pipeline.modality.unit.as_deref().unwrap_or_default();
        let partial = match (self.kind, self.with_aim().as_slice()) {
            // The first leg of an angle and the first of two lines tell their length.
            (
                ShapeKind::Angle | ShapeKind::CobbAngle | ShapeKind::CardiothoracicRatio,
                &[from, to],
            ) => Some(Shape::Length([from, to])),
            _ => self.shape(),
        };
        self.measurement = partial.map_or_else(Measurement::default, |shape| {
            shape.measure(&film.radiograph, unit)
        });
    }
}

fn distance(a: PixelPoint, b: PixelPoint) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// Whether a line encloses anything that a hand meant to.
fn encloses(points: &[PixelPoint], reach_px: f32) -> bool {
    let bounds = Shape::Freehand(points.to_vec()).bounds();
    bounds.width.max(bounds.height) > reach_px
}
