//! How a point of one film is found on another of the same patient.

use super::PixelPoint;

/// A similarity between two images: a turn, one scale and a shift, from points of the one to points
/// of the other. Both are meant on square pixels: where a film's pixels are not, y is counted in
/// pixel widths.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Similarity {
    /// Lengths on the second image over lengths on the first.
    pub scale: f32,
    /// The turn from the first image to the second, clockwise as seen on a screen, in radians.
    pub turn_rad: f32,
    /// A point of the first image.
    pub from: PixelPoint,
    /// The same point of the second image.
    pub to: PixelPoint,
}

impl Similarity {
    /// Makes the similarity that leaves every point where it is.
    pub const SAME: Self = Self {
        scale: 1.0,
        turn_rad: 0.0,
        from: PixelPoint { x: 0.0, y: 0.0 },
        to: PixelPoint { x: 0.0, y: 0.0 },
    };

    /// Makes the similarity that takes two points of one image to two of another; `None` where two
    /// points of one image are nearer to each other than 8 pixels, which would say nothing about
    /// scale and turn.
    pub fn through(from: [PixelPoint; 2], to: [PixelPoint; 2]) -> Option<Self> {
        const NEAREST_PX: f32 = 8.0;
        let (a, b) = (between(from), between(to));
        let (length_a, length_b) = (a.0.hypot(a.1), b.0.hypot(b.1));
        if length_a.min(length_b) < NEAREST_PX {
            return None;
        }
        Some(Self {
            scale: length_b / length_a,
            turn_rad: wrapped(b.1.atan2(b.0) - a.1.atan2(a.0)),
            from: middle(from),
            to: middle(to),
        })
    }

    /// Returns the point of the second image that is this point of the first.
    pub fn apply(&self, point: PixelPoint) -> PixelPoint {
        let (sin, cos) = self.turn_rad.sin_cos();
        let (x, y) = (point.x - self.from.x, point.y - self.from.y);
        PixelPoint {
            x: self.to.x + self.scale * (cos * x - sin * y),
            y: self.to.y + self.scale * (sin * x + cos * y),
        }
    }

    /// Reports whether every point has a place under it, and back.
    pub fn is_sound(&self) -> bool {
        let Self {
            scale, from, to, ..
        } = self;
        let finite = [self.turn_rad, *scale, from.x, from.y, to.x, to.y];
        finite.iter().all(|value| value.is_finite()) && *scale > 0.0
    }

    /// Returns the similarity from the second image to the first.
    pub fn inverse(&self) -> Self {
        Self {
            scale: 1.0 / self.scale,
            turn_rad: -self.turn_rad,
            from: self.to,
            to: self.from,
        }
    }
}

fn between([a, b]: [PixelPoint; 2]) -> (f32, f32) {
    (b.x - a.x, b.y - a.y)
}

fn middle([a, b]: [PixelPoint; 2]) -> PixelPoint {
    PixelPoint {
        x: (a.x + b.x) / 2.0,
        y: (a.y + b.y) / 2.0,
    }
}

fn wrapped(turn_rad: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (turn_rad + PI).rem_euclid(TAU) - PI
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> PixelPoint {
        PixelPoint { x, y }
    }

    fn near(a: PixelPoint, b: PixelPoint) -> bool {
        (a.x - b.x).hypot(a.y - b.y) < 0.01
    }

    #[test]
    fn the_points_it_was_made_of_are_met_and_the_way_back_leads_back() {
        let (from, to) = (
            [at(100.0, 200.0), at(900.0, 260.0)],
            [at(310.0, 120.0), at(1300.0, 90.0)],
        );
        let similarity = Similarity::through(from, to).unwrap();
        for (a, b) in from.into_iter().zip(to) {
            assert!(near(similarity.apply(a), b));
            assert!(near(similarity.inverse().apply(b), a));
        }
        let other = at(512.0, 700.0);
        let there = similarity.apply(other);
        assert!(near(similarity.inverse().apply(there), other));
    }

    #[test]
    fn lengths_grow_by_the_scale_and_by_nothing_else() {
        let similarity = Similarity {
            scale: 1.25,
            turn_rad: 0.3,
            from: at(5.0, 6.0),
            to: at(70.0, 80.0),
        };
        let (a, b) = (at(10.0, 20.0), at(13.0, 24.0));
        let (a, b) = (similarity.apply(a), similarity.apply(b));
        assert!(((a.x - b.x).hypot(a.y - b.y) - 6.25).abs() < 1e-4);
    }

    #[test]
    fn points_too_near_to_each_other_make_none() {
        let near = [at(100.0, 100.0), at(104.0, 104.0)];
        let far = [at(0.0, 0.0), at(500.0, 0.0)];
        assert_eq!(Similarity::through(near, far), None);
        assert_eq!(Similarity::through(far, near), None);
    }
}
