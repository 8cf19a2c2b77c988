//! How one film is shown: its window, its polarity and where it lies in its viewports.

use std::sync::Arc;

use super::{Look, WindowChange};
use crate::display::GreyRamp;
use crate::radiograph::{NamedVoi, Polarity, Radiograph, Voi, VoiFunction, VoiWindow};

/// The presentation of one film.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// The windows on offer: the file's own first, then computed ones.
    pub presets: Vec<NamedVoi>,
    /// The preset in use; `None` once the user changed the window.
    pub preset: Option<usize>,
    /// The curve in use.
    pub voi: Voi,
    /// Whether the user turned the greys over.
    pub inverted: bool,
    /// Curve and polarity as the display takes them.
    pub ramp: Arc<GreyRamp>,
    /// Where the image lies.
    pub look: Look,
    polarity: Polarity,
}

impl Presentation {
    /// Makes the presentation a film opens with. Reads every sample: not for the window's thread.
    pub fn new(radiograph: &Radiograph) -> Self {
        let mut presets = radiograph.vois.clone();
        presets.push(computed(central_voi(radiograph, 0.01, 0.99), "Auto 1–99 %"));
        if !presets[0].automatic {
            let (low, high) = radiograph.extremes;
            presets.push(computed(Voi::spanning(low, high), "Full range"));
        }
        let voi = presets[0].voi.clone();
        Self {
            ramp: Arc::new(GreyRamp::new(&voi, radiograph.polarity)),
            presets,
            preset: Some(0),
            voi,
            inverted: false,
            look: Look::Fit,
            polarity: radiograph.polarity,
        }
    }

    /// Returns the window in use, fitted to the table's span where a table is in use.
    pub fn window(&self) -> VoiWindow {
        match &self.voi {
            Voi::Window(window) => *window,
            Voi::Table(_) => {
                let (low, high) = self.voi.span();
                VoiWindow::new((low + high) / 2.0, high - low, VoiFunction::LinearExact)
            }
        }
    }

    /// Returns the polarity shown: the film's, turned over when the user asked for it.
    pub fn polarity(&self) -> Polarity {
        match (self.polarity, self.inverted) {
            (Polarity::Identity, false) | (Polarity::Inverse, true) => Polarity::Identity,
            (Polarity::Identity, true) | (Polarity::Inverse, false) => Polarity::Inverse,
        }
    }

    /// Returns the name of the curve in use.
    pub fn voi_name(&self) -> String {
        let chosen = self.preset.and_then(|index| self.presets.get(index));
        match chosen {
            Some(preset) if preset.explanation.is_empty() => "file window".to_owned(),
            Some(preset) => preset.explanation.clone(),
            None => "set by hand".to_owned(),
        }
    }

    /// Returns the curve in use with its name.
    pub fn named_voi(&self) -> NamedVoi {
        NamedVoi {
            voi: self.voi.clone(),
            explanation: self.voi_name(),
            automatic: false,
        }
    }

    pub(super) fn choose(&mut self, index: usize) {
        if let Some(preset) = self.presets.get(index) {
            self.voi = preset.voi.clone();
            self.preset = Some(index);
            self.tabulate();
        }
    }

    pub(super) fn change(&mut self, change: WindowChange) {
        let VoiWindow {
            mut center,
            mut width,
            function,
        } = self.window();
        match change {
            WindowChange::Drag { wider, brighter } => {
                // Brighter means a lower centre, unless the greys are turned over.
                let sign = match self.polarity() {
                    Polarity::Identity => -1.0,
                    Polarity::Inverse => 1.0,
                };
                center += sign * brighter * width;
                width *= wider.clamp(-2.0, 2.0).exp();
            }
            WindowChange::Center(value) => center = value,
            WindowChange::Width(value) => width = value,
        }
        if center.is_finite() && width.is_finite() {
            self.voi = Voi::Window(VoiWindow::new(center, width, function));
            self.preset = None;
            self.tabulate();
        }
    }

    pub(super) fn invert(&mut self) {
        self.inverted = !self.inverted;
        self.tabulate();
    }

    fn tabulate(&mut self) {
        self.ramp = Arc::new(GreyRamp::new(&self.voi, self.polarity()));
    }
}

fn computed(voi: Voi, explanation: &str) -> NamedVoi {
    NamedVoi {
        voi,
        explanation: explanation.to_owned(),
        automatic: true,
    }
}

/// The window between two shares of the samples, from a histogram of 65,536 bins without padding.
fn central_voi(radiograph: &Radiograph, lower: f64, upper: f64) -> Voi {
    const BINS: usize = 65_536;
    let (low, high) = radiograph.extremes;
    let scale = (BINS - 1) as f32 / (high - low).max(f32::MIN_POSITIVE);
    let mut histogram = vec![0_u64; BINS];
    for &sample in radiograph.raster.samples() {
        let padded = radiograph
            .padding
            .is_some_and(|(from, to)| (from..=to).contains(&sample));
        if sample.is_finite() && !padded {
            histogram[((sample - low) * scale).clamp(0.0, (BINS - 1) as f32) as usize] += 1;
        }
    }
    let total: u64 = histogram.iter().sum();
    let at = |share: f64| {
        let mut seen = 0;
        let bin = histogram.iter().position(|&count| {
            seen += count;
            seen as f64 >= share * total as f64
        });
        low + bin.unwrap_or(0) as f32 / scale
    };
    Voi::spanning(at(lower), at(upper).max(at(lower)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Raster, VoiTable};

    fn film(samples: Vec<f32>) -> Radiograph {
        let raster = Raster::new(samples.len(), 1, samples).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
    }

    #[test]
    fn the_auto_window_leaves_out_a_hundredth_at_each_end() {
        let presentation = Presentation::new(&film((0..=1000).map(|i| i as f32).collect()));
        let auto = presentation.presets.last().unwrap();
        let (low, high) = auto.voi.span();
        assert!((low - 10.0).abs() < 1.0 && (high - 990.0).abs() < 1.0);
    }

    #[test]
    fn padding_is_left_out_of_the_auto_window() {
        let mut samples = vec![5000.0; 500];
        samples.extend((0..=1000).map(|i| i as f32));
        let film = film(samples).with_padding((5000.0, 5000.0));
        let (_, high) = Presentation::new(&film).presets[1].voi.span();
        assert!((high - 990.0).abs() < 1.0);
    }

    #[test]
    fn dragging_down_brightens_whatever_the_polarity() {
        for polarity in [Polarity::Identity, Polarity::Inverse] {
            let mut film = film((0..=1000).map(|i| i as f32).collect());
            film.polarity = polarity;
            let mut presentation = Presentation::new(&film);
            let before = presentation.ramp.grey(500.0);
            presentation.change(WindowChange::Drag {
                wider: 0.0,
                brighter: 0.1,
            });
            assert!(presentation.ramp.grey(500.0) > before);
        }
    }

    #[test]
    fn dragging_right_widens() {
        let mut presentation = Presentation::new(&film((0..=1000).map(|i| i as f32).collect()));
        let before = presentation.window().width;
        presentation.change(WindowChange::Drag {
            wider: 0.2,
            brighter: 0.0,
        });
        assert!(presentation.window().width > before);
        assert_eq!(presentation.preset, None);
    }

    #[test]
    fn dragging_a_table_starts_from_the_window_that_spans_it() {
        let mut film = film((0..=1000).map(|i| i as f32).collect());
        film.vois[0] = NamedVoi {
            voi: Voi::Table(VoiTable {
                first_mapped: 100.0,
                entries: (0..=400_u16).collect(),
                bits: 12,
            }),
            explanation: "table".to_owned(),
            automatic: false,
        };
        let mut presentation = Presentation::new(&film);
        presentation.change(WindowChange::Drag {
            wider: 0.0,
            brighter: 0.0,
        });
        assert_eq!(presentation.voi.span(), (100.0, 500.0));
    }

    #[test]
    fn inverting_twice_changes_nothing() {
        let mut presentation = Presentation::new(&film((0..=1000).map(|i| i as f32).collect()));
        let before = presentation.ramp.clone();
        presentation.invert();
        assert!(presentation.ramp.grey(900.0) < 0.5);
        presentation.invert();
        assert_eq!(presentation.ramp, before);
    }
}
