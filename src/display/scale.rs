//! Numbers as people write them, and a round length to draw beside a film.

use crate::radiograph::PixelSpacing;

/// A length on the film, in millimetres at the plane where its spacing holds, or in pixels where
/// none is stated.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleBar {
    /// Its length in image columns.
    pub columns: f32,
    /// Its length as a person writes it, in its unit.
    pub length: String,
    /// The unit and where it holds, as in “mm (at detector)”.
    pub unit: &'static str,
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
            length: plain(round),
            unit,
        }
    }

    /// Returns its length with its unit, as in “50 mm (at detector)”.
    pub fn label(&self) -> String {
        format!("{} {}", self.length, self.unit)
    }
}

/// Returns a number as a person writes it: three significant digits, no needless zeros.
pub(in crate::display) fn plain(value: f32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 6) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        let trimmed = text.trim_end_matches('0').trim_end_matches('.');
        return trimmed.to_owned();
    }
    text
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
            let mm: f32 = bar.length.split(' ').next().unwrap().parse().unwrap();
            assert!((mm / column_mm - bar.columns).abs() < 1e-2);
            assert!(bar.label().ends_with("mm (at detector)"), "{bar:?}");
        }
    }

    #[test]
    fn without_a_spacing_lengths_are_pixels() {
        let bar = ScaleBar::new(None, 640.0);
        assert_eq!((bar.columns, bar.label().as_str()), (500.0, "500 px"));
    }

    #[test]
    fn numbers_are_written_with_three_significant_digits() {
        let written = [0.0, 3.0, 0.12345, 97.46, 1234.6, -2.5, 0.004_321, 50.0].map(plain);
        assert_eq!(
            written,
            ["0", "3", "0.123", "97.5", "1235", "-2.5", "0.00432", "50"]
        );
    }
}
