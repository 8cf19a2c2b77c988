//! Colour maps for overlays; all but grey are perceptually ordered and safe for colour-blind eyes.

/// A colour map over [0, 1].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
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

    /// The number of entries of [`Self::table`].
    pub const ENTRIES: usize = 256;

    /// Returns the colours at 256 even steps from 0 to 1, as 8-bit sRGB.
    pub fn table(self) -> [[u8; 3]; Self::ENTRIES] {
        let last = (Self::ENTRIES - 1) as f32;
        std::array::from_fn(|index| self.color(index as f32 / last))
    }

    /// Returns the colour at `t` in [0, 1], as 8-bit sRGB.
    pub fn color(self, t: f32) -> [u8; 3] {
        let stops = self.stops();
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

    /// Returns the colours at even steps between which the map is straight.
    ///
    /// Inferno: van der Walt and Smith 2015 (CC0), every tenth. Cividis: Nuñez, Anderton and
    /// Renslow 2018, every ninth.
    fn stops(self) -> &'static [[u8; 3]] {
        match self {
            Self::Inferno => &[
                [0, 0, 4],
                [22, 11, 57],
                [66, 10, 104],
                [106, 23, 110],
                [147, 38, 103],
                [188, 55, 84],
                [221, 81, 58],
                [243, 119, 26],
                [252, 165, 10],
                [246, 215, 70],
                [252, 255, 164],
            ],
            Self::Cividis => &[
                [0, 34, 78],
                [18, 53, 112],
                [59, 73, 108],
                [87, 93, 109],
                [112, 113, 115],
                [138, 134, 120],
                [165, 156, 116],
                [195, 179, 105],
                [225, 204, 85],
                [254, 232, 56],
            ],
            Self::Grey => &[[0, 0, 0], [255, 255, 255]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_grows_lighter_from_end_to_end() {
        for colormap in Colormap::ALL {
            let lightness: Vec<f32> = colormap
                .table()
                .iter()
                .map(|&[r, g, b]| {
                    0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b)
                })
                .collect();
            let rises = lightness.windows(2).all(|pair| pair[1] > pair[0] - 0.6);
            assert!(rises, "{}", colormap.name());
            assert!(lightness[255] - lightness[0] > 150.0, "{}", colormap.name());
        }
    }

    #[test]
    fn values_off_the_scale_keep_the_end_colours() {
        assert_eq!(Colormap::Inferno.color(-3.0), [0, 0, 4]);
        assert_eq!(Colormap::Inferno.color(7.0), [252, 255, 164]);
    }
}
