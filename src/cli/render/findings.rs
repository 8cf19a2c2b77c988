//! The findings of `silhouette render`: which model, and how much of what it says is shown.

use std::sync::Arc;

use super::usage;
use crate::anomaly::{AnomalyMap, MapKind, Outcome};
use crate::cli::{loading, report};
use crate::compute::{Device, DeviceKind};
use crate::display::{Analysis, Colormap, Panel, PanelContent};
use crate::error::Result;
use crate::radiograph::Film;
use crate::training::WeightsFolders;

/// The opacity of overlays unless told otherwise, as in the window.
const DEFAULT_OPACITY: f32 = 0.6;

/// The options about findings.
#[derive(clap::Args)]
pub(in crate::cli) struct Findings {
    /// The model to run.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// The map laid over the film; the model's default one when not given.
    #[arg(long, value_name = "MAP", value_parser = map_kind, requires = "model")]
    map: Option<MapKind>,
    /// The cut through the map, in its unit; the model's default when not given.
    #[arg(long, value_name = "T", requires = "model", allow_hyphen_values = true)]
    threshold: Option<f32>,
    /// The overlay's opacity, from 0 to 1.
    #[arg(long, value_name = "A", default_value_t = DEFAULT_OPACITY, value_parser = share)]
    opacity: f32,
    /// The overlay's colours: inferno, cividis or grey.
    #[arg(long, value_name = "NAME", default_value = "inferno", value_parser = colormap)]
    colormap: Colormap,
    /// Draws numbered boxes around the regions at or above the threshold.
    #[arg(long, requires = "model")]
    boxes: bool,
    /// Adds the healthy counterpart beside the film.
    #[arg(long, requires = "model")]
    counterpart: bool,
    /// Shows original, counterpart, and map with boxes, side by side.
    #[arg(long, requires = "model", conflicts_with = "counterpart")]
    side_by_side: bool,
    /// The device the model runs on: auto, cpu, wgpu or cuda.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceKind,
}

impl Findings {
    /// Opens the device the model runs on; without a model nothing is opened.
    ///
    /// # Errors
    /// When this machine or this build lacks it.
    pub(in crate::cli) fn device(&self) -> Result<Device> {
        self.device_for(false)
    }

    /// Opens the device that models run on, also where one is to run that was not named.
    ///
    /// # Errors
    /// When this machine or this build lacks it.
    pub(in crate::cli) fn device_for(&self, unnamed: bool) -> Result<Device> {
        match self.model {
            None if !unnamed => Ok(Device::Cpu),
            _ => self.device.open(),
        }
    }

    /// Returns the panels from left to right. A map that is withheld is shown where it was named.
    pub(in crate::cli) fn panels(&self, analysis: Option<&Analysis>) -> Vec<Panel> {
        let withheld = analysis.and_then(|analysis| self.withheld(&analysis.outcome));
        if let Some(why) = withheld {
            report::say(&format!(
                "The map is not shown: {why}. Name it with --map to see it."
            ));
        }
        if self.side_by_side && withheld.is_some() {
            return vec![Panel::FILM, Panel::COUNTERPART];
        }
        if self.side_by_side {
            return vec![Panel::FILM, Panel::COUNTERPART, Panel::MAP];
        }
        let mut panels = vec![Panel {
            content: PanelContent::Film,
            overlay: self.model.is_some() && withheld.is_none(),
            boxes: self.boxes && withheld.is_none(),
        }];
        if self.counterpart {
            panels.push(Panel::COUNTERPART);
        }
        panels
    }

    /// Returns why the map that is shown unless one is named is not.
    pub(in crate::cli) fn withheld<'a>(&self, outcome: &'a Outcome) -> Option<&'a str> {
        outcome.withheld.as_deref().filter(|_| self.map.is_none())
    }

    /// Runs the model, when one was named.
    ///
    /// # Errors
    /// When there is no such model or map, when the weights are unusable, or when the film is.
    pub(in crate::cli) fn analysis(
        &self,
        film: &Film,
        (weights, device): (&WeightsFolders, &Device),
    ) -> Result<Option<Analysis>> {
        let Some(id) = &self.model else {
            return Ok(None);
        };
        let entry = crate::models::entry(id).ok_or_else(|| {
            let known: Vec<&str> = crate::models::registry()
                .iter()
                .map(|entry| entry.id)
                .collect();
            usage(
                format!("there is no model “{id}”"),
                &format!("Use one of: {}.", known.join(", ")),
            )
        })?;
        let radiograph = &film.radiograph;
        let mut model = (entry.load)(weights, device)?;
        let outcome = Arc::new(loading::analyze(model.as_mut(), film)?);
        let map = chosen_map(self, &outcome)?;
        let threshold = threshold(self, &outcome, &map)?;
        Ok(Some(Analysis {
            regions: outcome.regions(&map, threshold, radiograph.spacing.as_ref()),
            outcome,
            map,
            threshold,
            opacity: self.opacity,
            colormap: self.colormap,
        }))
    }
}

fn chosen_map(findings: &Findings, outcome: &Outcome) -> Result<Arc<AnomalyMap>> {
    outcome.map(findings.map).cloned().ok_or_else(|| {
        let known: Vec<&str> = outcome.maps.iter().map(|map| map.kind.name()).collect();
        usage(
            format!("model {} makes no such map", outcome.model),
            &format!("It makes: {}.", known.join(", ")),
        )
    })
}

fn threshold(findings: &Findings, outcome: &Outcome, map: &Arc<AnomalyMap>) -> Result<f32> {
    let is_default = outcome
        .map(None)
        .is_some_and(|first| Arc::ptr_eq(first, map));
    match findings.threshold {
        Some(threshold) if threshold.is_finite() => Ok(threshold),
        None if is_default => Ok(outcome.threshold.value),
        _ => Err(usage(
            format!("the {} map has no default threshold", map.kind.name()),
            &format!("Give one with --threshold, in {}.", map.unit),
        )),
    }
}

fn map_kind(name: &str) -> std::result::Result<MapKind, String> {
    let kind = MapKind::ALL.into_iter().find(|kind| kind.name() == name);
    kind.ok_or_else(|| format!("use one of: {}", MapKind::ALL.map(MapKind::name).join(", ")))
}

fn colormap(name: &str) -> std::result::Result<Colormap, String> {
    Colormap::ALL
        .into_iter()
        .find(|colormap| colormap.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| "use inferno, cividis or grey".to_owned())
}

fn share(text: &str) -> std::result::Result<f32, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "use a number from 0 to 1".to_owned())
}
