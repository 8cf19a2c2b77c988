//! How original and counterpart are compared.

use crate::radiograph::PixelPoint;

/// How original and counterpart are compared in the automatic arrangement.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Compare {
    /// Original, counterpart and residue beside each other.
    #[default]
    SideBySide,
    /// Both in one viewport, the residue beside them.
    Mixed(Mix),
    /// The original beside one view of each picked model.
    Models(Face),
    /// The original beside the places that several of the picked models find unusual.
    Agreement,
}

/// Original and counterpart in one viewport.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Mix {
    /// A mixture, from 0, the original, to 1, the counterpart.
    Fade(f32),
    /// The original left of a line at this share of the image's width, the counterpart right.
    Swipe(f32),
    /// Both in turn, at this many full turns a second, from 0.5 to 3.
    Blink(f32),
    /// The counterpart within a circle.
    Lens(Lens),
    /// How much brighter the original is than the counterpart; white and black stand for this
    /// share of all greys, from 0.05 to 1.
    Difference(f32),
}

/// A circle through which the counterpart is seen.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Lens {
    /// Its centre, as shares of the image's width and height.
    pub center: PixelPoint,
    /// Its radius, as a share of the image's width.
    pub radius: f32,
}

impl Lens {
    /// The lens that choosing it starts with.
    pub const FIRST: Self = Self {
        center: PixelPoint { x: 0.5, y: 0.5 },
        radius: 0.12,
    };
}

/// What of each model is shown where several are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Face {
    /// The film as the model expects it healthy.
    #[default]
    Counterpart,
    /// The model's map over the film.
    Map,
}

/// The slowest and the fastest blinking, in full turns a second: above 3 it may trigger seizures
/// (WCAG 2.3.1).
const BLINK_HZ: (f32, f32) = (0.5, 3.0);

impl Compare {
    pub(super) fn within_limits(self) -> Self {
        match self {
            Self::Mixed(mix) => Self::Mixed(mix.within_limits()),
            other => other,
        }
    }
}

impl Mix {
    pub(super) fn within_limits(self) -> Self {
        // Unlike `clamp`, this order leaves no way for a NaN to pass.
        let within = |value: f32, (least, most): (f32, f32)| value.max(least).min(most);
        let share = |value| within(value, (0.0, 1.0));
        match self {
            Self::Fade(mixture) => Self::Fade(share(mixture)),
            Self::Swipe(line) => Self::Swipe(share(line)),
            Self::Blink(hz) => Self::Blink(within(hz, BLINK_HZ)),
            Self::Lens(Lens { center, radius }) => Self::Lens(Lens {
                center: PixelPoint {
                    x: share(center.x),
                    y: share(center.y),
                },
                radius: within(radius, (0.02, 0.5)),
            }),
            Self::Difference(most) => Self::Difference(within(most, (0.05, 1.0))),
        }
    }
}
