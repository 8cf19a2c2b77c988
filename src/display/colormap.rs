//! Colour maps for overlays; all but grey are perceptually ordered and safe for colour-blind eyes.

/// A colour map over [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Colormap {
    /// Black – purple – orange – pale yellow.
    #[default]
    Inferno,
    /// Blue – grey – yellow, made for colour-vision deficiency.
    Cividis,
    /// Black to white.
    Grey,
}

impl Colormap {
    /// All maps, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Inferno, Self::Cividis, Self::Grey];

    /// Returns the name shown to the user.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inferno => "Inferno",
            Self::Cividis => "Cividis",
            Self::Grey => "Grey",
        }
    }

    /// Returns the colour at `t` in [0, 1], as 8-bit sRGB.
    pub fn color(self, t: f32) -> [u8; 3] {
        let stops: &[[u8; 3]] = match self {
            Self::Inferno => &[
                [0, 0, 4],
                [87, 16, 110],
                [188, 55, 84],
                [249, 142, 9],
                [252, 255, 164],
            ],
            Self::Cividis => &[
                [0, 34, 78],
                [66, 78, 108],
                [124, 123, 120],
                [187, 173, 108],
                [254, 232, 56],
            ],
            Self::Grey => &[[0, 0, 0], [255, 255, 255]],
        };
        let place = t.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
        let index = (place as usize).min(stops.len() - 2);
        let part = place - index as f32;
        std::array::from_fn(|channel| {
            let (a, b) = (
                f32::from(stops[index][channel]),
                f32::from(stops[index + 1][channel]),
            );
            (a + (b - a) * part).round() as u8
        })
    }
}
