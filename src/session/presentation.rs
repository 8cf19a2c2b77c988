//! How one film is shown: its window, its polarity and where it lies in its viewports.

use std::sync::Arc;

use super::{Look, WindowChange};
use crate::display::{FileMarks, GreyRamp};
use crate::radiograph::{
    Histogram, NamedVoi, Polarity, Radiograph, Voi, VoiFunction, VoiOrigin, VoiWindow,
    computed_vois,
};

/// The presentation of one film.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// The curves on offer, each once: the file's own first, then computed ones.
    pub presets: Vec<NamedVoi>,
    /// The preset in use; `None` once the user changed the window.
    pub preset: Option<usize>,
    /// The curve in use.
    pub voi: Voi,
    /// Whether the user turned the greys over.
    pub inverted: bool,
    /// Whether the file's overlays and its shutter are applied.
    pub shown: FileMarks,
    /// Curve and polarity as the display takes them.
    pub ramp: Arc<GreyRamp>,
    /// Where the image lies.
    pub look: Look,
    /// How often each value occurs.
    pub histogram: Arc<Histogram>,
    polarity: Polarity,
}

/// The greys of a film: the curve in use and the polarity.
#[derive(Clone, Debug)]
pub(super) struct Greys {
    preset: Option<usize>,
    voi: Voi,
    inverted: bool,
    ramp: Arc<GreyRamp>,
}

impl Presentation {
    /// Makes the presentation a film opens with. Reads every sample: not for the window's thread.
    pub fn new(radiograph: &Radiograph) -> Self {
        let (low, high) = radiograph.extremes;
        let full = NamedVoi::computed(Voi::spanning(low, high), "Full range");
        let own = radiograph.vois.iter().cloned();
        let histogram = Histogram::of(radiograph);
        let computed = computed_vois(&histogram, radiograph.polarity);
        let presets = distinct(own.chain(computed).chain([full]));
        let voi = presets[0].voi.clone();
        Self {
            ramp: Arc::new(GreyRamp::new(&voi, radiograph.polarity)),
            presets,
            preset: Some(0),
            voi,
            inverted: false,
            shown: FileMarks::default(),
            look: Look::Fit,
            histogram: Arc::new(histogram),
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
        turned(self.polarity, self.inverted)
    }

    /// Returns the curve in use with its name and who made it.
    pub fn named_voi(&self) -> NamedVoi {
        let preset = self.preset.and_then(|index| self.presets.get(index));
        preset.cloned().unwrap_or_else(|| NamedVoi {
            voi: self.voi.clone(),
            explanation: String::new(),
            origin: VoiOrigin::Chosen,
        })
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
            mut function,
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
            WindowChange::Function(chosen) => function = chosen,
        }
        if center.is_finite() && width.is_finite() {
            self.voi = Voi::Window(VoiWindow::new(center, width, function));
            self.preset = None;
            self.tabulate();
        }
    }

    pub(super) fn invert(&mut self) {
        self.set_inverted(!self.inverted);
    }

    pub(super) fn set_inverted(&mut self, inverted: bool) {
        self.inverted = inverted;
        self.tabulate();
    }

    /// Shows the film through a curve, and inverted or not; what is `None` stays.
    pub(super) fn show(&mut self, voi: Option<NamedVoi>, inverted: Option<bool>) {
        if let Some(named) = voi {
            self.preset = self
                .presets
                .iter()
                .position(|preset| preset.voi == named.voi);
            self.voi = named.voi;
        }
        self.inverted = inverted.unwrap_or(self.inverted);
        self.tabulate();
    }

    /// Chooses the preset that is to this film what another film's is to that one: of the same
    /// name, or the file's own first.
    pub(super) fn choose_like(&mut self, other: &NamedVoi) {
        let named = |preset: &NamedVoi| {
            preset.origin == other.origin && preset.explanation == other.explanation
        };
        let by_name = self.presets.iter().position(named);
        let first = || {
            let of_file = |preset: &NamedVoi| preset.origin == VoiOrigin::File;
            let first = self.presets.iter().position(of_file);
            first.filter(|_| other.origin == VoiOrigin::File)
        };
        if let Some(index) = by_name.or_else(first) {
            self.choose(index);
        }
    }

    /// Changes the window as another film's was, relative to its own width.
    pub(super) fn change_like(&mut self, before: VoiWindow, after: VoiWindow) {
        let own = self.window();
        let center = own.center + (after.center - before.center) / before.width * own.width;
        let width = own.width * after.width / before.width;
        if center.is_finite() && width.is_finite() {
            self.voi = Voi::Window(VoiWindow::new(center, width, after.function));
            self.preset = None;
            self.tabulate();
        }
    }

    /// Returns the greys, to be put back later.
    pub(super) fn greys(&self) -> Greys {
        Greys {
            preset: self.preset,
            voi: self.voi.clone(),
            inverted: self.inverted,
            ramp: self.ramp.clone(),
        }
    }

    /// Returns this film's greys through a curve, turned over or not.
    pub(super) fn greys_through(&self, voi: Voi, inverted: bool) -> Greys {
        let polarity = turned(self.polarity, inverted);
        Greys {
            preset: self.presets.iter().position(|preset| preset.voi == voi),
            ramp: Arc::new(GreyRamp::new(&voi, polarity)),
            voi,
            inverted,
        }
    }

    /// Puts greys in place of the present ones.
    pub(super) fn put(&mut self, greys: Greys) {
        self.preset = greys.preset;
        self.voi = greys.voi;
        self.inverted = greys.inverted;
        self.ramp = greys.ramp;
    }

    fn tabulate(&mut self) {
        self.ramp = Arc::new(GreyRamp::new(&self.voi, self.polarity()));
    }
}

impl Greys {
    /// Returns the curve, and whether the greys are turned over.
    pub(super) fn parts(&self) -> (&Voi, bool) {
        (&self.voi, self.inverted)
    }
}

fn turned(polarity: Polarity, over: bool) -> Polarity {
    match (polarity, over) {
        (Polarity::Identity, false) | (Polarity::Inverse, true) => Polarity::Identity,
        (Polarity::Identity, true) | (Polarity::Inverse, false) => Polarity::Inverse,
    }
}

/// Lists every curve once, under all the names the file gives it; a computed one that is the same
/// as one of the file's adds nothing.
fn distinct(vois: impl IntoIterator<Item = NamedVoi>) -> Vec<NamedVoi> {
    let mut kept: Vec<NamedVoi> = Vec::new();
    for named in vois {
        let Some(known) = kept.iter_mut().find(|known| known.voi == named.voi) else {
            kept.push(named);
            continue;
        };
        let mut names = known.explanation.split(" / ");
        let new = named.origin == VoiOrigin::File && !named.explanation.is_empty();
        if new && names.all(|name| name != named.explanation) {
            if !known.explanation.is_empty() {
                known.explanation.push_str(" / ");
            }
            known.explanation.push_str(&named.explanation);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Raster, VoiTable};

    fn film(samples: Vec<f32>) -> Radiograph {
        let raster = Raster::new(samples.len(), 1, samples).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
    }

    fn named(explanation: &str, center: f32) -> NamedVoi {
        NamedVoi {
            voi: Voi::Window(VoiWindow::new(center, 300.0, VoiFunction::Linear)),
            explanation: explanation.to_owned(),
            origin: VoiOrigin::File,
        }
    }

    #[test]
    fn every_curve_is_listed_once_under_all_its_names() {
        let mut film = film((0..=1000).map(|i| i as f32).collect());
        let given = [("", 500.0), ("HARD", 400.0), ("NORMAL", 500.0), ("", 400.0)];
        film.vois = given.map(|(name, center)| named(name, center)).to_vec();
        let (low, high) = film.extremes;
        film.vois.push(NamedVoi {
            voi: Voi::spanning(low, high),
            ..named("ALL", 0.0)
        });
        let presentation = Presentation::new(&film);
        let names: Vec<&str> = presentation
            .presets
            .iter()
            .map(|preset| preset.explanation.as_str())
            .collect();
        assert_eq!(names[..4], ["NORMAL", "HARD", "ALL", "Auto 1–99 %"]);
        assert!(!names.contains(&"Full range"), "it is the file's “ALL”");
        assert_eq!(presentation.voi, film.vois[0].voi);
    }

    #[test]
    fn another_function_keeps_the_numbers_and_is_set_by_hand() {
        let mut film = film((0..=1000).map(|i| i as f32).collect());
        film.vois = vec![named("HARD", 400.0)];
        let mut presentation = Presentation::new(&film);
        assert_eq!(presentation.named_voi().source(), "of the file: HARD");
        presentation.change(WindowChange::Function(VoiFunction::Sigmoid));
        let sigmoid = VoiWindow::new(400.0, 300.0, VoiFunction::Sigmoid);
        assert_eq!(presentation.window(), sigmoid);
        assert_eq!(presentation.named_voi().source(), "set by hand");
        presentation.choose(0);
        assert_eq!(presentation.named_voi().source(), "of the file: HARD");
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
            origin: VoiOrigin::File,
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
