//! Windows computed from a film's own samples.
//!
//! Of a projection radiograph no number means “lung”: exposure and processing differ from film to
//! film. What holds for all of them is the order. Air and lung let more radiation through than
//! anything else and are the dark part, mediastinum and bone are the bright part. So these windows
//! are shares of the histogram, counted from the dark end as the film is shown, and say so.

use super::{Histogram, NamedVoi, Polarity, Voi, VoiFunction, VoiWindow};

/// The shares that a window shows as black and as white, counted from the film's dark end.
const AUTO: (f64, f64) = (0.01, 0.99);
const LUNG: (f64, f64) = (0.02, 0.7);
const MEDIASTINUM: (f64, f64) = (0.3, 0.995);

/// Returns the window between the 1st and the 99th percentile.
pub fn auto_voi(histogram: &Histogram) -> NamedVoi {
    NamedVoi::computed(spanning(histogram, AUTO), "Auto 1–99 %")
}

/// Returns the windows that a film's histogram and its polarity give, the automatic one first.
pub fn computed_vois(histogram: &Histogram, polarity: Polarity) -> Vec<NamedVoi> {
    let between = |(dark, bright): (f64, f64)| {
        let (low, high) = match polarity {
            Polarity::Identity => (dark, bright),
            Polarity::Inverse => (1.0 - bright, 1.0 - dark),
        };
        spanning(histogram, (low, high))
    };
    let auto = auto_voi(histogram);
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

fn spanning(histogram: &Histogram, (lower, upper): (f64, f64)) -> Voi {
    let low = histogram.value_at(lower);
    Voi::spanning(low, histogram.value_at(upper).max(low))
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
    use crate::radiograph::{Radiograph, Raster};

    fn computed(polarity: Polarity) -> Vec<NamedVoi> {
        let samples: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
        let raster = Raster::new(77, 13, samples).unwrap();
        let film = Radiograph::new(raster, Vec::new(), polarity).unwrap();
        computed_vois(&Histogram::of(&film), polarity)
    }

    fn span(polarity: Polarity, name: &str) -> (f32, f32) {
        let vois = computed(polarity);
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
        let vois = computed(Polarity::Identity);
        let (auto, soft) = (&vois[0].voi, &vois[3].voi);
        assert!((auto.apply(500.0) - soft.apply(500.0)).abs() < 1e-3);
        let slope = |voi: &Voi| voi.apply(510.0) - voi.apply(500.0);
        assert!((slope(auto) - slope(soft)).abs() < 1e-3);
        assert!(soft.apply(0.0) > 0.05 && soft.apply(1000.0) < 0.95);
    }
}
