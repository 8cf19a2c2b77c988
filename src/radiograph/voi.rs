//! VOI curves: from modality values to greys in [0, 1] (PS3.3 C.11.2).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The shape of a window's curve (VOI LUT Function, PS3.3 C.11.2.1.2 and C.11.2.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoiFunction {
    /// `((x − (c − 0.5)) / (w − 1) + 0.5)`, the default.
    #[default]
    Linear,
    /// `((x − c) / w + 0.5)`.
    LinearExact,
    /// `1 / (1 + exp(−4 (x − c) / w))`.
    Sigmoid,
}

impl VoiFunction {
    /// Every function.
    pub const ALL: [Self; 3] = [Self::Linear, Self::LinearExact, Self::Sigmoid];

    /// Returns the standard's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "LINEAR",
            Self::LinearExact => "LINEAR_EXACT",
            Self::Sigmoid => "SIGMOID",
        }
    }
}

/// A window: centre and width in modality units, and the function they parametrise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiWindow {
    /// The modality value shown as middle grey.
    pub center: f32,
    /// The width, at least 1 for [`VoiFunction::Linear`] and above 0 otherwise.
    pub width: f32,
    /// The curve.
    pub function: VoiFunction,
}

/// A VOI LUT: an explicit table (PS3.3 C.11.2.1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct VoiTable {
    /// The modality value that the first entry stands for.
    pub first_mapped: f32,
    /// The outputs, from 0 to `2^bits − 1`; at least one.
    pub entries: Arc<[u16]>,
    /// The number of bits of an output, 8 to 16.
    pub bits: u32,
}

/// A curve from modality values to greys.
#[derive(Clone, Debug, PartialEq)]
pub enum Voi {
    /// A window.
    Window(VoiWindow),
    /// A table.
    Table(VoiTable),
}

/// A VOI with the name its file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedVoi {
    /// The curve.
    pub voi: Voi,
    /// The file's explanation (“HARD”, “Lung”), or ours for computed ones; may be empty.
    pub explanation: String,
    /// Who made the curve.
    pub origin: VoiOrigin,
}

/// Who made a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiOrigin {
    /// The file states it.
    File,
    /// This program, from the samples.
    Computed,
    /// The user, by hand.
    Chosen,
}

impl NamedVoi {
    /// Makes a curve that this program computed.
    pub fn computed(voi: Voi, explanation: &str) -> Self {
        Self {
            voi,
            explanation: explanation.to_owned(),
            origin: VoiOrigin::Computed,
        }
    }

    /// Returns what to call the curve where it is in use: “LUT: HARD”, “window 2048/4096 SIGMOID”,
    /// “Auto 1–99 %”, “set by hand 1000/300 LINEAR”.
    pub fn title(&self) -> String {
        let name = self.explanation.as_str();
        match (self.origin, &self.voi) {
            (VoiOrigin::Computed, _) => name.to_owned(),
            (VoiOrigin::Chosen, voi) => format!("set by hand {}", voi.numbers()),
            (VoiOrigin::File, Voi::Table(_)) if name.is_empty() => {
                format!("LUT {}", self.voi.numbers())
            }
            (VoiOrigin::File, Voi::Table(_)) => format!("LUT: {name}"),
            (VoiOrigin::File, voi) if name.is_empty() => format!("window {}", voi.numbers()),
            (VoiOrigin::File, voi) => format!("window {name} {}", voi.numbers()),
        }
    }

    /// Returns who made the curve and what they call it: “of the file: HARD”, “computed: Lung …”.
    pub fn source(&self) -> String {
        let maker = match self.origin {
            VoiOrigin::File => "of the file",
            VoiOrigin::Computed => "computed from the samples",
            VoiOrigin::Chosen => return "set by hand".to_owned(),
        };
        if self.explanation.is_empty() {
            maker.to_owned()
        } else {
            format!("{maker}: {}", self.explanation)
        }
    }
}

impl Voi {
    /// Makes the window that shows `low` as black and `high` as white.
    pub fn spanning(low: f32, high: f32) -> Self {
        let width = (high - low).max(f32::MIN_POSITIVE);
        Self::Window(VoiWindow {
            center: low + width / 2.0,
            width,
            function: VoiFunction::LinearExact,
        })
    }

    /// Returns the numbers that tell it from others: “2048/4096 SIGMOID” for centre, width and
    /// function, “of 4096 entries from 0” for a table.
    pub fn numbers(&self) -> String {
        match self {
            Self::Window(window) => format!(
                "{}/{} {}",
                Short(window.center),
                Short(window.width),
                window.function.name()
            ),
            Self::Table(table) => format!(
                "of {} entries from {}",
                table.entries.len(),
                Short(table.first_mapped)
            ),
        }
    }

    /// Returns the grey in [0, 1] for a modality value.
    pub fn apply(&self, value: f32) -> f32 {
        match self {
            Self::Window(window) => window.apply(value),
            Self::Table(table) => table.apply(value),
        }
    }

    /// Returns a modality value whose grey is `grey`: for flat stretches the middle of the
    /// stretch's inner edge, for greys outside [0, 1] the nearest end.
    pub fn invert(&self, grey: f32) -> f32 {
        match self {
            Self::Window(window) => window.invert(grey),
            Self::Table(table) => table.invert(grey),
        }
    }

    /// Returns the modality values between which the curve does all its work: outside, the grey
    /// is constant to within 1/4096.
    pub fn span(&self) -> (f32, f32) {
        match self {
            Self::Window(window) => window.span(),
            Self::Table(table) => table.span(),
        }
    }
}

impl VoiWindow {
    /// Makes a window with a width its function allows.
    pub fn new(center: f32, width: f32, function: VoiFunction) -> Self {
        let least = match function {
            VoiFunction::Linear => 1.0,
            VoiFunction::LinearExact | VoiFunction::Sigmoid => f32::MIN_POSITIVE,
        };
        Self {
            center,
            width: width.max(least),
            function,
        }
    }

    /// Makes the window whose curve does all its work between two values ([`Voi::span`]).
    pub fn between(low: f32, high: f32, function: VoiFunction) -> Self {
        let (middle, span) = (low + (high - low) / 2.0, high - low);
        match function {
            VoiFunction::Linear => Self::new(middle + 0.5, span + 1.0, function),
            VoiFunction::LinearExact => Self::new(middle, span, function),
            VoiFunction::Sigmoid => Self::new(middle, span / 4.5, function),
        }
    }

    fn apply(&self, x: f32) -> f32 {
        // f64: with 32-bit samples, `x − c` in f32 loses the last greys.
        let (x, c, w) = (f64::from(x), f64::from(self.center), f64::from(self.width));
        let y = match self.function {
            VoiFunction::Linear if w <= 1.0 => return if x > c - 0.5 { 1.0 } else { 0.0 },
            VoiFunction::Linear => (x - (c - 0.5)) / (w - 1.0) + 0.5,
            VoiFunction::LinearExact => (x - c) / w + 0.5,
            VoiFunction::Sigmoid => 1.0 / (1.0 + (-4.0 * (x - c) / w).exp()),
        };
        y.clamp(0.0, 1.0) as f32
    }

    fn invert(&self, grey: f32) -> f32 {
        let y = grey.clamp(0.0, 1.0);
        let (c, w) = (self.center, self.width);
        match self.function {
            VoiFunction::Linear => c - 0.5 + (y - 0.5) * (w - 1.0).max(0.0),
            VoiFunction::LinearExact => c + (y - 0.5) * w,
            VoiFunction::Sigmoid => {
                let y = y.clamp(1.0 / 8192.0, 1.0 - 1.0 / 8192.0);
                c + w / 4.0 * (y / (1.0 - y)).ln()
            }
        }
    }

    fn span(&self) -> (f32, f32) {
        let (c, w) = (self.center, self.width);
        match self.function {
            VoiFunction::Linear => {
                let half = (w - 1.0).max(0.0) / 2.0;
                (c - 0.5 - half, c - 0.5 + half)
            }
            VoiFunction::LinearExact => (c - w / 2.0, c + w / 2.0),
            // 1 / (1 + e^9) < 1/8000.
            VoiFunction::Sigmoid => (c - 2.25 * w, c + 2.25 * w),
        }
    }
}

impl VoiTable {
    fn apply(&self, x: f32) -> f32 {
        // Values between two integers take the lower one's entry, as integer samples do.
        let last = self.entries.len() - 1;
        let index = (x - self.first_mapped).floor().clamp(0.0, last as f32) as usize;
        self.grey(index)
    }

    fn invert(&self, grey: f32) -> f32 {
        let rising = self.grey(self.entries.len() - 1) >= self.grey(0);
        let index = self.entries.partition_point(|&entry| {
            let y = self.scaled(entry);
            if rising { y < grey } else { y > grey }
        });
        self.first_mapped + index.min(self.entries.len() - 1) as f32
    }

    fn span(&self) -> (f32, f32) {
        (
            self.first_mapped,
            self.first_mapped + (self.entries.len() - 1) as f32,
        )
    }

    fn grey(&self, index: usize) -> f32 {
        self.scaled(self.entries[index])
    }

    fn scaled(&self, entry: u16) -> f32 {
        (f32::from(entry) / ((1_u32 << self.bits) - 1) as f32).min(1.0)
    }
}

/// A number with the digits it needs.
struct Short(f32);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.abs() {
            whole if whole == whole.trunc() => write!(f, "{:.0}", self.0),
            large if large >= 100.0 => write!(f, "{:.0}", self.0),
            middle if middle >= 1.0 => write!(f, "{:.1}", self.0),
            _ => write!(f, "{:.4}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(center: f32, width: f32, function: VoiFunction) -> Voi {
        Voi::Window(VoiWindow::new(center, width, function))
    }

    #[test]
    fn linear_follows_the_standards_example() {
        // PS3.3 C.11.2.1.2.1, note: c = 2048, w = 4096 maps 0 to 0 and 4095 to 1.
        let voi = window(2048.0, 4096.0, VoiFunction::Linear);
        assert_eq!(voi.apply(0.0), 0.0);
        assert_eq!(voi.apply(4095.0), 1.0);
        let exact = window(2048.0, 4096.0, VoiFunction::LinearExact);
        assert_eq!(exact.apply(0.0), 0.0);
        assert_eq!(exact.apply(4096.0), 1.0);
    }

    #[test]
    fn a_linear_window_of_width_one_is_a_threshold() {
        let voi = window(100.0, 1.0, VoiFunction::Linear);
        assert_eq!(voi.apply(99.5), 0.0);
        assert_eq!(voi.apply(99.6), 1.0);
    }

    #[test]
    fn sigmoid_keeps_its_factor_of_four() {
        let voi = window(0.0, 4.0, VoiFunction::Sigmoid);
        assert!((voi.apply(1.0) - 0.731_058_6).abs() < 1e-6);
    }

    #[test]
    fn inverting_a_window_returns_the_value() {
        for function in [
            VoiFunction::Linear,
            VoiFunction::LinearExact,
            VoiFunction::Sigmoid,
        ] {
            let voi = window(1000.0, 800.0, function);
            for value in [700.0, 900.0, 1000.0, 1250.0] {
                assert!((voi.invert(voi.apply(value)) - value).abs() < 0.1);
            }
        }
    }

    #[test]
    fn a_window_between_two_values_spans_them() {
        for function in [
            VoiFunction::Linear,
            VoiFunction::LinearExact,
            VoiFunction::Sigmoid,
        ] {
            let (low, high) = Voi::Window(VoiWindow::between(120.0, 900.0, function)).span();
            assert!((low - 120.0).abs() < 1e-3 && (high - 900.0).abs() < 1e-3);
        }
    }

    #[test]
    fn a_curve_is_called_by_its_maker_its_name_and_its_numbers() {
        let named = |origin, explanation: &str, voi| NamedVoi {
            voi,
            explanation: explanation.to_owned(),
            origin,
        };
        let plain = || window(2048.0, 4096.0, VoiFunction::Sigmoid);
        let file = named(VoiOrigin::File, "", plain());
        assert_eq!(file.title(), "window 2048/4096 SIGMOID");
        assert_eq!(file.source(), "of the file");
        let table = Voi::Table(VoiTable {
            first_mapped: 0.0,
            entries: Arc::from([0_u16, 255]),
            bits: 8,
        });
        let hard = named(VoiOrigin::File, "HARD", table);
        assert_eq!(hard.title(), "LUT: HARD");
        assert_eq!(hard.source(), "of the file: HARD");
        let by_hand = named(
            VoiOrigin::Chosen,
            "",
            window(-0.25, 1.5, VoiFunction::Linear),
        );
        assert_eq!(by_hand.title(), "set by hand -0.2500/1.5 LINEAR");
        assert_eq!(
            NamedVoi::computed(plain(), "Auto 1–99 %").title(),
            "Auto 1–99 %"
        );
    }

    #[test]
    fn windows_are_monotone() {
        for function in [
            VoiFunction::Linear,
            VoiFunction::LinearExact,
            VoiFunction::Sigmoid,
        ] {
            let voi = window(10.0, 7.0, function);
            let greys: Vec<f32> = (-40..80).map(|x| voi.apply(x as f32 / 2.0)).collect();
            assert!(greys.is_sorted());
        }
    }

    #[test]
    fn a_table_clamps_at_its_ends() {
        let voi = Voi::Table(VoiTable {
            first_mapped: 10.0,
            entries: Arc::from([0_u16, 1000, 4095]),
            bits: 12,
        });
        assert_eq!(voi.apply(-5.0), 0.0);
        assert_eq!(voi.apply(11.9), 1000.0 / 4095.0);
        assert_eq!(voi.apply(99.0), 1.0);
        assert_eq!(voi.invert(1.0), 12.0);
    }
}
