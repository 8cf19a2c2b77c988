//! How a picture lies, and what is done to a film before a model sees it.

use serde::{Deserialize, Serialize};

use super::{PixelPoint, PixelRect, Polarity, Radiograph, Raster};
use crate::error::Result;

/// One of the eight ways a picture can lie: mirrored left to right or not, and then turned clockwise
/// by quarter turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pose {
    /// Whether left and right change places, before any turn.
    pub mirrored: bool,
    /// Clockwise quarter turns, from 0 to 3.
    pub quarter_turns: u8,
}

impl Pose {
    /// As it is.
    pub const UPRIGHT: Self = Self::new(false, 0);

    /// All eight, in the order of [`Self::index`].
    pub const ALL: [Self; 8] = [
        Self::new(false, 0),
        Self::new(false, 1),
        Self::new(false, 2),
        Self::new(false, 3),
        Self::new(true, 0),
        Self::new(true, 1),
        Self::new(true, 2),
        Self::new(true, 3),
    ];

    const fn new(mirrored: bool, quarter_turns: u8) -> Self {
        Self {
            mirrored,
            quarter_turns: quarter_turns % 4,
        }
    }

    /// Returns its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        4 * usize::from(self.mirrored) + usize::from(self.quarter_turns % 4)
    }

    /// Returns the pose of a picture that is put in this one and then in another.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        // A mirrored turn runs the other way.
        let first = match next.mirrored {
            true => 4 - self.quarter_turns % 4,
            false => self.quarter_turns,
        };
        Self::new(self.mirrored != next.mirrored, first + next.quarter_turns)
    }

    /// Returns the pose that undoes this one.
    #[must_use]
    pub fn undone(self) -> Self {
        match self.mirrored {
            true => self,
            false => Self::new(false, 4 - self.quarter_turns % 4),
        }
    }

    /// Reports whether width and height change places.
    pub fn lies_across(self) -> bool {
        self.quarter_turns % 2 == 1
    }

    /// Returns the size of a picture of some size once it lies so.
    pub fn size<T>(self, (width, height): (T, T)) -> (T, T) {
        match self.lies_across() {
            true => (height, width),
            false => (width, height),
        }
    }

    /// Returns where a point of a picture of some size comes to lie.
    pub fn point(self, point: PixelPoint, (width, height): (f32, f32)) -> PixelPoint {
        let x = match self.mirrored {
            true => width - point.x,
            false => point.x,
        };
        let (x, y) = match self.quarter_turns % 4 {
            0 => (x, point.y),
            1 => (height - point.y, x),
            2 => (width - x, height - point.y),
            _ => (point.y, width - x),
        };
        PixelPoint { x, y }
    }

    /// Returns where a rectangle of a picture of some size comes to lie.
    pub fn rect(self, rect: &PixelRect, size: (f32, f32)) -> PixelRect {
        PixelRect::between(
            self.point(rect.top_left(), size),
            self.point(rect.end(), size),
        )
    }

    /// Returns row-major samples of some size once they lie so.
    pub fn samples(self, samples: &[f32], (width, height): (usize, usize)) -> Vec<f32> {
        let (new_width, new_height) = self.size((width, height));
        let back = self.undone();
        let size = (new_width as f32, new_height as f32);
        let origin = |x: usize, y: usize| {
            let middle = PixelPoint {
                x: x as f32 + 0.5,
                y: y as f32 + 0.5,
            };
            let from = back.point(middle, size);
            from.y as usize * width + from.x as usize
        };
        // Along a row the samples come from places that lie equally far apart.
        let mut posed = Vec::with_capacity(samples.len());
        for y in 0..new_height {
            let first = origin(0, y) as isize;
            let step = match new_width {
                1 => 0,
                _ => origin(1, y) as isize - first,
            };
            posed.extend((0..new_width as isize).map(|x| samples[(first + x * step) as usize]));
        }
        posed
    }

    /// Returns a raster once it lies so.
    ///
    /// # Errors
    /// Never for a raster that exists.
    pub fn raster(self, raster: &Raster) -> Result<Raster> {
        if self == Self::UPRIGHT {
            return Ok(raster.clone());
        }
        let size = (raster.width(), raster.height());
        let (width, height) = self.size(size);
        Raster::new(
            width,
            height,
            self.samples(&raster.samples().values(), size),
        )
    }

    /// Says in words what putting a picture in this pose does to it; `None` where it does nothing.
    pub fn words(self) -> Option<&'static str> {
        match (self.mirrored, self.quarter_turns % 4) {
            (false, 0) => None,
            (false, 1) => Some("turned by 90° to the right"),
            (false, 2) => Some("turned by 180°"),
            (false, _) => Some("turned by 90° to the left"),
            (true, 0) => Some("mirrored left to right"),
            (true, 1) => Some("mirrored and turned by 90° to the right"),
            (true, 2) => Some("turned upside down"),
            (true, _) => Some("mirrored and turned by 90° to the left"),
        }
    }
}

/// What is done to a film before a model sees it, where the film is not as models expect it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Correction {
    /// How the film is laid.
    pub pose: Pose,
    /// Whether its greys are turned over.
    pub inverted: bool,
}

impl Correction {
    /// The film as it is stored.
    pub const NONE: Self = Self {
        pose: Pose::UPRIGHT,
        inverted: false,
    };

    /// Reports whether nothing is done.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Returns this one and then another.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self {
            pose: self.pose.then(next.pose),
            inverted: self.inverted != next.inverted,
        }
    }

    /// Returns the correction that undoes this one.
    #[must_use]
    pub fn undone(self) -> Self {
        Self {
            pose: self.pose.undone(),
            inverted: self.inverted,
        }
    }

    /// Says in words what is done, as in “turned by 180° and inverted”; `None`
    /// where nothing is.
    pub fn words(self) -> Option<String> {
        const GREYS: &str = "inverted";
        match (self.pose.words(), self.inverted) {
            (None, false) => None,
            (Some(pose), false) => Some(pose.to_owned()),
            (None, true) => Some(GREYS.to_owned()),
            (Some(pose), true) => Some(format!("{pose} and {GREYS}")),
        }
    }

    /// Returns a film as it is after this. Its samples stay in the film's own units.
    ///
    /// # Errors
    /// Never for a film that exists.
    pub fn of(self, film: &Radiograph) -> Result<Radiograph> {
        let raster = self.pose.raster(&film.raster)?;
        let polarity = match (self.inverted, film.polarity) {
            (false, polarity) => polarity,
            (true, Polarity::Identity) => Polarity::Inverse,
            (true, Polarity::Inverse) => Polarity::Identity,
        };
        let across = self.pose.lies_across();
        let spacing = film.spacing.clone().map(|mut spacing| {
            if across {
                std::mem::swap(&mut spacing.row_mm, &mut spacing.column_mm);
            }
            spacing
        });
        let aspect = film.stated_aspect;
        Ok(Radiograph {
            raster,
            extremes: film.extremes,
            padding: film.padding,
            vois: film.vois.clone(),
            polarity,
            spacing,
            stated_aspect: match across {
                true => aspect.map(f32::recip),
                false => aspect,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 × 2: 1 2 3 over 4 5 6.
    fn picture() -> Raster {
        Raster::new(3, 2, (1..=6).map(|i| i as f32).collect::<Vec<_>>()).unwrap()
    }

    fn posed(mirrored: bool, quarter_turns: u8) -> Vec<f32> {
        let pose = Pose {
            mirrored,
            quarter_turns,
        };
        pose.raster(&picture()).unwrap().samples().values().to_vec()
    }

    #[test]
    fn a_turn_to_the_right_brings_the_left_column_on_top() {
        assert_eq!(posed(false, 1), [4.0, 1.0, 5.0, 2.0, 6.0, 3.0]);
        assert_eq!(posed(false, 2), [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        assert_eq!(posed(false, 3), [3.0, 6.0, 2.0, 5.0, 1.0, 4.0]);
        assert_eq!(posed(true, 0), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(posed(true, 2), [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn poses_chain_as_pictures_do_and_are_undone() {
        let picture = picture();
        for first in Pose::ALL {
            let once = first.raster(&picture).unwrap();
            assert_eq!(first.undone().raster(&once).unwrap(), picture);
            assert_eq!(Pose::ALL[first.index()], first);
            for second in Pose::ALL {
                let chained = first.then(second).raster(&picture).unwrap();
                assert_eq!(second.raster(&once).unwrap(), chained);
            }
        }
    }

    #[test]
    fn boxes_go_where_their_pixels_go() {
        // The sample 6 lies in the last column of the last row.
        let around = PixelRect::new(2.0, 1.0, 1.0, 1.0);
        for pose in Pose::ALL {
            let raster = pose.raster(&picture()).unwrap();
            let there = pose.rect(&around, (3.0, 2.0));
            assert_eq!(raster.at(there.x as usize, there.y as usize), 6.0);
            assert_eq!((there.width, there.height), (1.0, 1.0));
        }
    }

    #[test]
    fn a_film_whose_greys_are_turned_over_twice_is_itself() {
        let film = Radiograph::new(picture(), Vec::new(), Polarity::Identity).unwrap();
        let negative = Correction {
            inverted: true,
            ..Correction::NONE
        };
        let turned = negative.of(&film).unwrap();
        let sums = film.greys().into_iter().zip(turned.greys());
        assert!(
            sums.into_iter()
                .all(|(one, other)| (one + other - 1.0).abs() < 1e-6)
        );
        assert_eq!(negative.of(&turned).unwrap().greys(), film.greys());
        assert!(negative.then(negative).is_none() && Correction::NONE.words().is_none());
    }
}
