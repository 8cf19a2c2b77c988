//! The agreement of several models on an annotated picture: its words, its facts and its legend.

use std::sync::Arc;

use serde_json::{Value, json};

use super::canvas::{Area, Canvas};
use super::legend::LEGEND_WIDTH;
use super::lettering::Lettering;
use super::wording::total_area;
use super::{Colormap, Overlay};
use crate::anomaly::{Agreement, Region, short_hash};
use crate::display::scale::plain;
use crate::radiograph::PixelSpacing;

const INK: [u8; 3] = [226, 228, 230];
const UNMARKED: [u8; 3] = [48, 51, 56];

/// What several models say together about a film, and how it is shown.
#[derive(Clone, Debug)]
pub struct Concord {
    /// The models' votes and their count at every place.
    pub agreement: Arc<Agreement>,
    /// How many models must agree on a place to mark it.
    pub least: usize,
    /// The regions where at least so many agree.
    pub regions: Vec<Region>,
    /// The overlay's opacity, from 0 to 1.
    pub opacity: f32,
    /// The overlay's colours.
    pub colormap: Colormap,
}

impl Concord {
    fn count(&self) -> usize {
        self.agreement.votes.len()
    }

    /// Returns the overlay that a panel of it shows.
    pub(super) fn overlay(&self) -> Overlay {
        Overlay {
            map: self.agreement.above.clone(),
            colormap: self.colormap,
            opacity: self.opacity,
            threshold: self.least as f32,
            discrete: true,
        }
    }

    /// Returns the title of a panel of it.
    pub(super) fn title(&self) -> String {
        format!("Original with the agreement of {} models", self.count())
    }

    /// Returns the lines to print.
    pub(super) fn lines(&self, spacing: Option<&PixelSpacing>) -> Vec<String> {
        let mut lines = vec![format!(
            "Marked where at least {} of {} models are at or above their own threshold; a model that \
             does not look at a place has no say there",
            self.least,
            self.count()
        )];
        lines.extend(self.agreement.votes.iter().map(|vote| {
            let hash = short_hash(&vote.weights_sha256);
            format!(
                "Model {} · weights {hash} · {} threshold {} {}",
                vote.model,
                vote.map.kind.name(),
                plain(vote.threshold),
                vote.map.unit
            )
        }));
        lines.push(self.regions_line(spacing));
        lines
    }

    fn regions_line(&self, spacing: Option<&PixelSpacing>) -> String {
        if self.regions.is_empty() {
            return "No region where so many agree".to_owned();
        }
        let listed = self.regions.iter().take(9).map(|region| {
            let (low, high) = self.agreement.looked_within(&region.bounds);
            let looked = if low == high {
                format!("{high}")
            } else {
                format!("{low} to {high}")
            };
            format!("{} up to {} of {looked}", region.id, region.peak)
        });
        let listed: Vec<String> = listed.collect();
        let noun = if self.regions.len() == 1 {
            "region"
        } else {
            "regions"
        };
        let area = total_area(&self.regions, spacing);
        format!(
            "{} {noun}, {area} in all: {}",
            self.regions.len(),
            listed.join(" · ")
        )
    }

    /// Returns everything about it, for programs.
    pub(super) fn facts(&self) -> Value {
        let votes = self.agreement.votes.iter();
        let models: Vec<Value> = votes
            .map(|vote| {
                json!({
                    "model": vote.model,
                    "weights_sha256": vote.weights_sha256,
                    "map": vote.map.kind,
                    "unit": vote.map.unit,
                    "threshold": vote.threshold,
                    "place": vote.map.placed.place.xywh(),
                })
            })
            .collect();
        let regions = self.regions.iter().map(|region| {
            let (low, high) = self.agreement.looked_within(&region.bounds);
            json!({
                "region": region,
                "k": region.peak,
                "n": [low, high],
            })
        });
        let raster = &self.agreement.above.placed.raster;
        json!({
            "models": models,
            "at_least": self.least,
            "of": self.count(),
            "grid": [raster.width(), raster.height()],
            "opacity": self.opacity,
            "colormap": self.colormap,
            "regions": regions.collect::<Vec<Value>>(),
        })
    }

    /// Draws the discrete legend: a title above one numbered swatch per count.
    pub(super) fn draw_legend(
        &self,
        canvas: &mut Canvas,
        lettering: &Lettering,
        ((left, top), font_px): ((f32, f32), f32),
    ) {
        let (count, least) = (self.count(), self.least);
        let title = format!("Models above threshold, of {count}; marked from {least}");
        lettering.draw(canvas, (left, top), &title, (font_px, INK));
        let step = LEGEND_WIDTH * font_px / self.count().max(1) as f32;
        for k in 1..=self.count() {
            let swatch = Area::new(
                (left + (k - 1) as f32 * step).round() as i64,
                (top + 1.9 * font_px).round() as i64,
                (step - 0.2 * font_px) as i64,
                (1.5 * font_px).round() as i64,
            );
            let marked = k >= self.least;
            let color = if marked {
                self.colormap.color(k as f32 / self.count() as f32)
            } else {
                UNMARKED
            };
            canvas.fill(swatch.grown(1), INK);
            canvas.fill(swatch, color);
            let words = k.to_string();
            let below = swatch.bottom() as f32 + 0.1 * font_px;
            lettering.draw(canvas, (swatch.left as f32, below), &words, (font_px, INK));
        }
    }
}
