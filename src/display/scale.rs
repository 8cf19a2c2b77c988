//! A round length to draw beside a film, and what it means.

use super::annotate::plain;
use crate::radiograph::PixelSpacing;

/// A length on the film, in millimetres at the plane where its spacing holds, or in pixels where
/// none is stated.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleBar {
    /// Its length in image columns.
    pub columns: f32,
    /// Its length with its unit and where that holds, as in “50 mm (at detector)”.
    pub label: String,
}

impl ScaleBar {
    /// Chooses a round length of at most so many image columns.
    pub fn new(spacing: Option<&PixelSpacing>, most_columns: f32) -> Self {
        let (column, unit) = match spacing {
            Some(spacing) => (spacing.column_mm, spacing.unit()),
            None => (1.0, "px"),
        };
        let most = most_columns * column;
        let decade = 10_f32.powf(most.log10().floor());
        let round = [5.0, 2.0, 1.0]
            .into_iter()
            .map(|step| step * decade)
            .find(|&length| length <= most)
            .unwrap_or(most);
        Self {
            columns: round / column,
            label: format!("{} {unit}", plain(round)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::SpacingPlane;

    #[test]
    fn a_bar_is_a_round_length_within_what_is_allowed() {
        for (column_mm, most) in [(0.143, 750.0), (0.2, 128.0), (1.0, 16.0), (0.139, 505.25)] {
            let plane = SpacingPlane::Detector;
            let spacing = PixelSpacing::checked(0.2, column_mm, plane, "test").unwrap();
            let bar = ScaleBar::new(Some(&spacing), most);
            assert!(bar.columns <= most && bar.columns > most / 2.6);
            let mm: f32 = bar.label.split(' ').next().unwrap().parse().unwrap();
            assert!((mm / column_mm - bar.columns).abs() < 1e-2);
            assert!(bar.label.ends_with("mm (at detector)"), "{}", bar.label);
        }
    }

    #[test]
    fn without_a_spacing_lengths_are_pixels() {
        let bar = ScaleBar::new(None, 640.0);
        assert_eq!((bar.columns, bar.label.as_str()), (500.0, "500 px"));
    }
}
