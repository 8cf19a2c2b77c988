//! Measured numbers with their names, their units and where those hold.

use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityKind {
    /// A distance.
    Length,
    /// An angle.
    Angle,
    /// A Cobb angle.
    CobbAngle,
    /// An area.
    Area,
    /// The mean of the samples inside.
    Mean,
    /// The standard deviation of the samples inside, of all of them.
    StandardDeviation,
    /// The least sample inside.
    Minimum,
    /// The greatest sample inside.
    Maximum,
    /// The sample of one pixel.
    Sample,
    /// The width of the heart.
    HeartWidth,
    /// The width of the thorax.
    ThoraxWidth,
    /// The width of the heart over that of the thorax.
    CardiothoracicRatio,
}

impl QuantityKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Length,
        Self::Angle,
        Self::CobbAngle,
        Self::Area,
        Self::Mean,
        Self::StandardDeviation,
        Self::Minimum,
        Self::Maximum,
        Self::Sample,
        Self::HeartWidth,
        Self::ThoraxWidth,
        Self::CardiothoracicRatio,
    ];

    /// Returns its name inside a sentence; empty where the number needs none beside its mark.
    pub fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Angle => "angle",
            Self::CobbAngle => "Cobb angle",
            Self::Area => "area",
            Self::Mean => "mean",
            Self::StandardDeviation => "SD",
            Self::Minimum => "min",
            Self::Maximum => "max",
            Self::Sample => "value",
            Self::HeartWidth => "heart",
            Self::ThoraxWidth => "thorax",
            Self::CardiothoracicRatio => "cardiothoracic ratio",
        }
    }
}

/// Says a name or a unit in the words of whoever reads it.
pub type Wording<'a> = &'a dyn Fn(&str) -> String;

/// One measured number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// What was measured.
    pub kind: QuantityKind,
    /// The number, in its unit.
    pub value: f64,
    /// The unit and where it holds, as in “mm (at detector)”; empty where there is none.
    pub unit: String,
}

impl Quantity {
    /// Returns the number with its unit, as in “12.3 mm (at detector)”.
    pub fn text(&self) -> String {
        self.text_in(&str::to_owned)
    }

    /// Returns the number with its unit in other words.
    pub fn text_in(&self, words: Wording<'_>) -> String {
        let number = self.number();
        match self.unit.as_str() {
            "" => number,
            "°" => format!("{number}°"),
            unit => format!("{number} {}", words(unit)),
        }
    }

    /// Returns the number alone, with as many decimals as its kind bears.
    fn number(&self) -> String {
        let value = self.value;
        let decimals = match self.kind {
            QuantityKind::Length | QuantityKind::HeartWidth | QuantityKind::ThoraxWidth => 1,
            QuantityKind::Angle | QuantityKind::CobbAngle => 1,
            QuantityKind::Area if self.unit.starts_with("px") => 0,
            QuantityKind::Area | QuantityKind::CardiothoracicRatio => 2,
            QuantityKind::Mean | QuantityKind::StandardDeviation => sample_decimals(value),
            QuantityKind::Minimum | QuantityKind::Maximum | QuantityKind::Sample
                if value.fract() == 0.0 =>
            {
                0
            }
            QuantityKind::Minimum | QuantityKind::Maximum | QuantityKind::Sample => {
                sample_decimals(value)
            }
        };
        format!("{value:.decimals$}")
    }
}

/// Samples may be counts of thousands or shares of one.
fn sample_decimals(value: f64) -> usize {
    match value.abs() {
        10.0.. => 1,
        0.1.. => 3,
        _ => 5,
    }
}

/// What is asked of a cardiothoracic ratio above 1: a heart lies within its thorax.
pub const HEART_WIDER: &str = "heart wider than the thorax: are the lines swapped?";

/// Everything measured of one mark.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measurement {
    /// The numbers, the most important one first; none for arrows and words.
    pub quantities: Vec<Quantity>,
    /// How many samples the statistics of a region count: those whose centre lies inside and that
    /// are no padding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
}

impl Measurement {
    /// Returns a number of a kind.
    pub fn value(&self, kind: QuantityKind) -> Option<&Quantity> {
        self.quantities
            .iter()
            .find(|quantity| quantity.kind == kind)
    }

    /// Returns what is written beside the mark: the chief number first, others named.
    pub fn lines(&self) -> Vec<String> {
        self.lines_in(&str::to_owned)
    }

    /// Returns what is written beside the mark in other words.
    pub fn lines_in(&self, words: Wording<'_>) -> Vec<String> {
        let mut quantities = self.quantities.iter();
        let Some(chief) = quantities.next() else {
            return Vec::new();
        };
        let mut lines = vec![match chief.kind {
            QuantityKind::CardiothoracicRatio => {
                format!("{} {}", words("CTR"), chief.text_in(words))
            }
            QuantityKind::CobbAngle => format!("{} {}", words("Cobb"), chief.text_in(words)),
            _ => chief.text_in(words),
        }];
        let others: Vec<&Quantity> = quantities.collect();
        lines.extend(others.chunks(2).map(|two| pair(two, words)));
        if self.samples == Some(0) {
            lines.push(words("no sample inside"));
        }
        lines
    }

    /// Returns what there is to ask about the numbers; `None` where they can be.
    pub fn doubt(&self) -> Option<&'static str> {
        let ratio = self.value(QuantityKind::CardiothoracicRatio)?;
        (ratio.value > 1.0).then_some(HEART_WIDER)
    }

    /// Returns everything in one line; empty for arrows and words.
    pub fn text(&self) -> String {
        self.lines().join(" · ")
    }
}

/// Writes numbers that belong together, their common unit once.
fn pair(quantities: &[&Quantity], words: Wording<'_>) -> String {
    let last = quantities.last();
    let texts = quantities.iter().map(|quantity| {
        let repeated =
            last.is_some_and(|last| last.unit == quantity.unit && last.kind != quantity.kind);
        let number = if repeated {
            quantity.number()
        } else {
            quantity.text_in(words)
        };
        format!("{} {number}", words(quantity.kind.name()))
    });
    texts.collect::<Vec<String>>().join(" · ")
}
