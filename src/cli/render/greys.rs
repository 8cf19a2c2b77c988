//! The greys of `silhouette render`: which VOI, and which way round.

use std::str::FromStr;

use super::usage;
use crate::display::{FileMarks, Filter, FilterKind, Processed, Strength};
use crate::error::Result;
use crate::radiograph::{
    Histogram, NamedVoi, Polarity, Radiograph, Voi, VoiFunction, VoiOrigin, VoiWindow, auto_voi,
};
use crate::task::Progress;

/// The options about greys.
#[derive(clap::Args)]
pub(in crate::cli) struct Greys {
    /// The window: centre, width and function (linear, linear-exact or sigmoid).
    #[arg(long, value_name = "C:W[:FUNCTION]", conflicts_with_all = ["voi", "auto"])]
    #[arg(allow_hyphen_values = true)]
    window: Option<ChosenWindow>,
    /// The film's Nth VOI, counted from 1.
    #[arg(long, value_name = "N", conflicts_with = "auto")]
    voi: Option<usize>,
    /// The window between the 1st and the 99th percentile of the samples.
    #[arg(long)]
    auto: bool,
    /// Turns the greys over.
    #[arg(long)]
    invert: bool,
    /// Filters the film for display: clahe or unsharp, light, medium or strong.
    #[arg(long, value_name = "FILTER[:STRENGTH]")]
    filter: Option<ChosenFilter>,
    /// Leaves out the lines and areas that the file draws over the film.
    #[arg(long)]
    no_overlays: bool,
    /// Shows what the file's shutter hides.
    #[arg(long)]
    no_shutter: bool,
}

impl Greys {
    /// Returns the VOI that was chosen; the film's first when none was.
    ///
    /// # Errors
    /// When the film has no VOI of that number.
    pub(in crate::cli) fn voi(&self, radiograph: &Radiograph) -> Result<NamedVoi> {
        if let Some(ChosenWindow(window)) = self.window {
            return Ok(NamedVoi {
                voi: Voi::Window(window),
                explanation: String::new(),
                origin: VoiOrigin::Chosen,
            });
        }
        if self.auto {
            return Ok(auto_voi(&Histogram::of(radiograph)));
        }
        let number = self.voi.unwrap_or(1);
        let index = number.checked_sub(1);
        let found = index.and_then(|index| radiograph.vois.get(index)).cloned();
        found.ok_or_else(|| {
            usage(
                format!(
                    "--voi {number} was asked for, but the film has VOI 1 to {}",
                    radiograph.vois.len()
                ),
                "`silhouette inspect` lists them.",
            )
        })
    }

    /// Returns the film after the filter that was chosen, if one was.
    ///
    /// # Errors
    /// When the filtered film cannot be held.
    pub(in crate::cli) fn processed(&self, radiograph: &Radiograph) -> Result<Option<Processed>> {
        let filter = self.filter.map(|ChosenFilter(filter)| filter);
        filter
            .map(|filter| filter.apply(radiograph, &Progress::new()))
            .transpose()
    }

    /// Returns which of the things that the file draws over the film are shown.
    pub(in crate::cli) fn shown(&self) -> FileMarks {
        FileMarks {
            overlays: !self.no_overlays,
            shutter: !self.no_shutter,
        }
    }

    /// Returns the polarity shown: the film's, turned over when that was asked for.
    pub(in crate::cli) fn polarity(&self, of_film: Polarity) -> Polarity {
        match (of_film, self.invert) {
            (Polarity::Identity, false) | (Polarity::Inverse, true) => Polarity::Identity,
            (Polarity::Identity, true) | (Polarity::Inverse, false) => Polarity::Inverse,
        }
    }
}

/// A window as written on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ChosenWindow(VoiWindow);

impl FromStr for ChosenWindow {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let mut parts = text.split(':');
        let mut number = |what: &str| {
            let value = parts.next().and_then(|part| part.trim().parse().ok());
            let value = value.filter(|value: &f32| value.is_finite());
            value.ok_or_else(|| format!("the {what} of “{text}” is no number"))
        };
        let (center, width) = (number("centre")?, number("width")?);
        let function = match parts.next() {
            None | Some("linear") => VoiFunction::Linear,
            Some("linear-exact") => VoiFunction::LinearExact,
            Some("sigmoid") => VoiFunction::Sigmoid,
            Some(other) => {
                return Err(format!(
                    "“{other}” is no function: use linear, linear-exact or sigmoid"
                ));
            }
        };
        if parts.next().is_some() {
            return Err(format!(
                "“{text}” has too many parts: use C:W or C:W:FUNCTION"
            ));
        }
        let least = if function == VoiFunction::Linear {
            width >= 1.0
        } else {
            width > 0.0
        };
        if !least {
            return Err(format!(
                "a width of {width} shows nothing: a linear window needs 1, the others more than 0"
            ));
        }
        Ok(Self(VoiWindow::new(center, width, function)))
    }
}

/// A filter as written on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ChosenFilter(Filter);

impl FromStr for ChosenFilter {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (kind, strength) = text.split_once(':').unwrap_or((text, "medium"));
        let kind = match kind {
            "clahe" => FilterKind::Clahe,
            "unsharp" => FilterKind::Unsharp,
            other => return Err(format!("“{other}” is no filter: use clahe or unsharp")),
        };
        let named = Strength::ALL.into_iter().find(|one| one.name() == strength);
        let strength = named
            .ok_or_else(|| format!("“{strength}” is no strength: use light, medium or strong"))?;
        Ok(Self(Filter { kind, strength }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> std::result::Result<VoiWindow, String> {
        text.parse().map(|ChosenWindow(window)| window)
    }

    #[test]
    fn a_window_is_centre_width_and_function() {
        let plain = window("2048:4096").unwrap();
        assert_eq!(plain, VoiWindow::new(2048.0, 4096.0, VoiFunction::Linear));
        let sigmoid = window("-600.5:0.25:sigmoid").unwrap();
        assert_eq!(sigmoid, VoiWindow::new(-600.5, 0.25, VoiFunction::Sigmoid));
    }

    #[test]
    fn a_filter_is_a_kind_and_a_strength() {
        let ChosenFilter(plain) = "clahe".parse().unwrap();
        assert_eq!(plain.mark(), "PROCESSED: CLAHE, medium");
        let ChosenFilter(strong) = "unsharp:strong".parse().unwrap();
        assert_eq!(strong.mark(), "PROCESSED: unsharp mask, strong");
        for text in ["", "blur", "clahe:", "clahe:huge"] {
            assert!(text.parse::<ChosenFilter>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_window_that_shows_nothing_is_refused() {
        for text in [
            "",
            "5",
            "5:0",
            "5:0.5",
            "5:-3:sigmoid",
            "5:nan",
            "5:6:cubic",
            "5:6:linear:7",
        ] {
            assert!(window(text).is_err(), "{text}");
        }
    }
}
