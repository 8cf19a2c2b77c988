//! One scored film as one line of a table.

use std::path::Path;

use super::detection::Detection;
use super::{Baselines, Label, MapNumbers, table};
use crate::radiograph::{PixelPoint, PixelRect};

/// The table's first line.
pub(super) const HEADER: [&str; 19] = [
    "path",
    "label",
    "weights_sha256",
    "score",
    "percentile",
    "p_value",
    "aspect_ratio",
    "mean",
    "std",
    "seconds",
    "map_means",
    "width",
    "height",
    "lung_boxes",
    "map_lung_means",
    "map_lung_p99",
    "map_peaks",
    "regions",
    "variants",
];

/// What is known about one scored film.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmRow {
    /// The film's path, as it was given.
    pub path: String,
    /// Its label.
    pub label: Label,
    /// The weights that scored it.
    pub weights_sha256: String,
    /// The model's score.
    pub score: f64,
    /// The score's percentile among calibration normals.
    pub percentile: Option<f64>,
    /// The score's conformal p-value.
    pub p_value: Option<f64>,
    /// The trivial properties beside it.
    pub baselines: Baselines,
    /// How long the analysis took, in seconds.
    pub seconds: f64,
    /// The film's width and height in pixels.
    pub size_px: (usize, usize),
    /// How many lung boxes the model gave.
    pub lung_boxes: usize,
    /// Each map in numbers, the default one first.
    pub maps: Vec<MapNumbers>,
    /// The regions of the default map above its threshold, by falling peak.
    pub regions: Vec<Detection>,
    /// The model's other scores, by name.
    pub variants: Vec<(String, f64)>,
}

impl FilmRow {
    /// Returns the film's path.
    pub fn path(&self) -> &Path {
        Path::new(&self.path)
    }

    /// Spells the row, without the line's end.
    pub(super) fn line(&self) -> String {
        let optional =
            |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        table::join(&[
            self.path.clone(),
            self.label.name().to_owned(),
            self.weights_sha256.clone(),
            self.score.to_string(),
            optional(self.percentile),
            optional(self.p_value),
            self.baselines.aspect_ratio.to_string(),
            self.baselines.mean.to_string(),
            self.baselines.deviation.to_string(),
            self.seconds.to_string(),
            self.per_map(|map| map.mean.to_string()),
            self.size_px.0.to_string(),
            self.size_px.1.to_string(),
            self.lung_boxes.to_string(),
            self.per_map(|map| map.lung_mean.to_string()),
            self.per_map(|map| map.lung_p99.to_string()),
            self.per_map(|map| format!("{} {}", map.peak.x, map.peak.y)),
            spell_regions(&self.regions),
            spell_variants(&self.variants),
        ])
    }

    /// Reads a row; `None` when the line is none, as one of an earlier version.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let fields: [String; HEADER.len()] = table::split(line)?.try_into().ok()?;
        let optional = |text: &str| -> Option<Option<f64>> {
            if text.is_empty() {
                return Some(None);
            }
            text.parse().ok().map(Some)
        };
        let number = |column: usize| -> Option<f64> { fields[column].parse().ok() };
        let count = |column: usize| -> Option<usize> { fields[column].parse().ok() };
        Some(Self {
            path: fields[0].clone(),
            label: Label::from_name(&fields[1])?,
            weights_sha256: fields[2].clone(),
            score: number(3)?,
            percentile: optional(&fields[4])?,
            p_value: optional(&fields[5])?,
            baselines: Baselines {
                aspect_ratio: number(6)?,
                mean: number(7)?,
                deviation: number(8)?,
            },
            seconds: number(9)?,
            size_px: (count(11)?, count(12)?),
            lung_boxes: count(13)?,
            maps: parse_maps([&fields[10], &fields[14], &fields[15], &fields[16]])?,
            regions: parse_regions(&fields[17])?,
            variants: parse_variants(&fields[18])?,
        })
    }

    fn per_map(&self, number: impl Fn(&MapNumbers) -> String) -> String {
        let maps = self.maps.iter();
        let spelled: Vec<String> = maps
            .map(|map| format!("{}={}", map.kind, number(map)))
            .collect();
        spelled.join(";")
    }
}

/// Reads the columns of means, lung means, percentiles and peaks, which list the same maps.
fn parse_maps(columns: [&str; 4]) -> Option<Vec<MapNumbers>> {
    let parts = columns.map(|column| column.split(';').filter(|part| !part.is_empty()));
    let [means, mut lung_means, mut percentiles, mut peaks] = parts;
    let maps = means.map(|first| {
        let (kind, mean) = first.split_once('=')?;
        let value = |part: Option<&'_ str>| {
            let (name, value) = part?.split_once('=')?;
            (name == kind).then(|| value.to_owned())
        };
        let peak = value(peaks.next())?;
        let (x, y) = peak.split_once(' ')?;
        Some(MapNumbers {
            kind: kind.to_owned(),
            mean: mean.parse().ok()?,
            lung_mean: value(lung_means.next())?.parse().ok()?,
            lung_p99: value(percentiles.next())?.parse().ok()?,
            peak: PixelPoint {
                x: x.parse().ok()?,
                y: y.parse().ok()?,
            },
        })
    });
    maps.collect()
}

fn spell_regions(regions: &[Detection]) -> String {
    let spelled: Vec<String> = regions
        .iter()
        .map(|region| {
            let [x, y, width, height] = region.bounds.xywh();
            format!("{x} {y} {width} {height} {}", region.score)
        })
        .collect();
    spelled.join(";")
}

fn parse_regions(text: &str) -> Option<Vec<Detection>> {
    let regions = text.split(';').filter(|region| !region.is_empty());
    let regions = regions.map(|region| {
        let (bounds, score) = region.rsplit_once(' ')?;
        let sides: Option<Vec<f32>> = bounds.split(' ').map(|side| side.parse().ok()).collect();
        let [x, y, width, height] = sides?.try_into().ok()?;
        Some(Detection {
            bounds: PixelRect::new(x, y, width, height),
            score: score.parse().ok()?,
        })
    });
    regions.collect()
}

fn spell_variants(variants: &[(String, f64)]) -> String {
    let spelled = variants
        .iter()
        .map(|(name, score)| format!("{name}={score}"));
    spelled.collect::<Vec<String>>().join(";")
}

fn parse_variants(text: &str) -> Option<Vec<(String, f64)>> {
    let variants = text.split(';').filter(|variant| !variant.is_empty());
    let variants = variants.map(|variant| {
        let (name, score) = variant.rsplit_once('=')?;
        Some((name.to_owned(), score.parse().ok()?))
    });
    variants.collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row for tests: what it says follows from its score.
    pub(in crate::evaluation) fn row(path: &str, label: Label, score: f64) -> FilmRow {
        FilmRow {
            path: path.to_owned(),
            label,
            weights_sha256: "abc".to_owned(),
            score,
            percentile: Some(12.5),
            p_value: None,
            baselines: Baselines {
                aspect_ratio: 1.0,
                mean: -score,
                deviation: 0.25,
            },
            seconds: 1.0,
            size_px: (100, 100),
            lung_boxes: 2,
            maps: vec![MapNumbers {
                kind: "residue".to_owned(),
                mean: 2.0 * score,
                lung_mean: -score,
                lung_p99: 1e-7,
                peak: PixelPoint { x: 0.5, y: 9.25 },
            }],
            regions: vec![Detection {
                bounds: PixelRect::new(1.0, 2.0, 3.5, 4.0),
                score,
            }],
            variants: vec![("published".to_owned(), 2.0 * score)],
        }
    }

    #[test]
    fn a_row_survives_the_table_exactly() {
        let mut there = row("odd, \"name\".png", Label::Abnormal, 0.1 + 0.2);
        there.maps.push(MapNumbers {
            kind: "saliency".to_owned(),
            ..there.maps[0].clone()
        });
        there.regions.push(there.regions[0]);
        assert_eq!(FilmRow::parse(&there.line()), Some(there));
        let mut bare = row("a.png", Label::Normal, 1.0 / 3.0);
        (bare.maps, bare.regions) = (Vec::new(), Vec::new());
        assert_eq!(FilmRow::parse(&bare.line()), Some(bare));
    }

    #[test]
    fn a_line_of_an_earlier_version_is_none() {
        assert_eq!(
            FilmRow::parse("a.png,normal,abc,1,,,1,0,0,1,residue=1"),
            None
        );
    }
}
