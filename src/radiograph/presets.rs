//! Windows computed from a film's own samples.
//!
//! Of a projection radiograph no number means “lung”: exposure and processing differ from film to
//! film. What holds for all of them is the order. Air and lung let more radiation through than
//! anything else and are the dark part, mediastinum and bone are the bright part. So these windows
//! are shares of the histogram, counted from the dark end as the film is shown, and say so.

use super::{
    AUTO_SHARES, NamedVoi, Percentiles, Polarity, Radiograph, Voi, VoiFunction, VoiWindow,
};

/// The shares that a window shows as black and as white, counted from the film's dark end.
const LUNG: (f64, f64) = (0.02, 0.7);
const MEDIASTINUM: (f64, f64) = (0.3, 0.995);

/// Returns the window between the 1st and the 99th percentile. Reads every sample: not for the
/// window's thread.
pub fn auto_voi(radiograph: &Radiograph) -> NamedVoi {
    auto(&Percentiles::of(radiograph))
}

/// Returns the windows that the film's histogram gives, the automatic one first. Reads every
/// sample: not for the window's thread.
pub fn computed_vois(radiograph: &Radiograph) -> Vec<NamedVoi> {
    let percentiles = Percentiles::of(radiograph);
    let between = |(dark, bright): (f64, f64)| {
        let (low, high) = match radiograph.polarity {
            Polarity::Identity => (dark, bright),
            Polarity::Inverse => (1.0 - bright, 1.0 - dark),
        };
        spanning(&percentiles, (low, high))
    };
    let auto = auto(&percentiles);
    let soft = soft(&auto.voi);
    vec![
        auto,
        NamedVoi::computed(between(LUNG), "Lung (darkest 2–70 %)"),
        NamedVoi::computed(
            between(MEDIASTINUM),
            "Mediastinum, bone (30–99.5 % from dark)",
        ),
        NamedVoi::computed(soft, "Soft (1–99 %, sigmoid)"),
    ]
}

fn auto(percentiles: &Percentiles) -> NamedVoi {
    NamedVoi::computed(spanning(percentiles, AUTO_SHARES), "Auto 1–99 %")
}

fn spanning(percentiles: &Percentiles, (lower, upper): (f64, f64)) -> Voi {
    let low = percentiles.at(lower);
    Voi::spanning(low, percentiles.at(upper).max(low))
}

/// The same stretch through a curve that fades out at both ends instead of clipping.
fn soft(voi: &Voi) -> Voi {
    let (low, high) = voi.span();
    Voi::Window(VoiWindow::new(
        (low + high) / 2.0,
        high - low,
        VoiFunction::Sigmoid,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::Raster;

    fn film(polarity: Polarity) -> Radiograph {
        let samples: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
        Radiograph::new(Raster::new(77, 13, samples).unwrap(), Vec::new(), polarity).unwrap()
    }

    fn span(polarity: Polarity, name: &str) -> (f32, f32) {
        let vois = computed_vois(&film(polarity));
        let named = vois.iter().find(|voi| voi.explanation.starts_with(name));
        named.unwrap().voi.span()
    }

    #[test]
    fn the_auto_window_leaves_out_a_hundredth_at_each_end() {
        let (low, high) = span(Polarity::Identity, "Auto");
        assert!((low - 10.0).abs() < 0.1 && (high - 990.0).abs() < 0.1);
    }

    #[test]
    fn lung_is_the_dark_end_whichever_way_the_greys_run() {
        let (low, high) = span(Polarity::Identity, "Lung");
        assert!((low - 20.0).abs() < 1.1 && (high - 700.0).abs() < 1.1);
        let (low, high) = span(Polarity::Inverse, "Lung");
        assert!((low - 300.0).abs() < 1.1 && (high - 980.0).abs() < 1.1);
    }

    #[test]
    fn mediastinum_and_bone_are_the_bright_end() {
        let (low, high) = span(Polarity::Identity, "Mediastinum");
        assert!((low - 300.0).abs() < 1.1 && (high - 995.0).abs() < 1.1);
    }

    #[test]
    fn soft_keeps_the_slope_of_auto_and_clips_nothing() {
        let vois = computed_vois(&film(Polarity::Identity));
        let (auto, soft) = (&vois[0].voi, &vois[3].voi);
        assert!((auto.apply(500.0) - soft.apply(500.0)).abs() < 1e-3);
        let slope = |voi: &Voi| voi.apply(510.0) - voi.apply(500.0);
        assert!((slope(auto) - slope(soft)).abs() < 1e-3);
        assert!(soft.apply(0.0) > 0.05 && soft.apply(1000.0) < 0.95);
    }
}
