//! What a cohort says about a model: one object, ready to be printed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::{
    BOOTSTRAP_REPEATS, BOOTSTRAP_SEED, Estimate, FilmRow, Label, LabelledScores, Manifest,
    MapNumbers, OperatingPoint, percentile,
};
use crate::error::Result;

/// Everything measured on one cohort.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The number of normal films.
    pub normal_films: usize,
    /// The number of abnormal films.
    pub abnormal_films: usize,
    /// The area under the ROC curve.
    pub auc: Area,
    /// The average precision; it depends on the share of abnormal films.
    pub average_precision: f64,
    /// The sensitivity at a specificity of 0.9.
    pub sensitivity_at_specificity_0_90: f64,
    /// What happens at the model's own threshold, which these films did not choose.
    pub own_threshold: OperatingPoint,
    /// What happens at the best threshold, which these very films chose.
    pub best_threshold: OperatingPoint,
    /// What can be told without a model.
    pub baselines: Vec<NamedArea>,
    /// The AUC of the model's other scores, the paper's own among them.
    pub variants: Vec<NamedArea>,
    /// The AUC of each map's mean.
    pub maps: Vec<NamedArea>,
    /// Where the lungs were, for the next two.
    pub lung_field: LungField,
    /// The AUC of each map's mean inside the lungs.
    pub maps_in_lungs: Vec<NamedArea>,
    /// The AUC of each map's 99th percentile inside the lungs.
    pub maps_p99: Vec<NamedArea>,
    /// The AUC of each kind of abnormality against all normal films.
    pub subtypes: Vec<NamedArea>,
    /// The median time of one analysis, in seconds.
    pub median_seconds: f64,
}

/// An AUC with both intervals.
#[derive(Clone, Debug, Serialize)]
pub struct Area {
    /// The AUC.
    pub value: f64,
    /// DeLong's 95 % interval.
    pub delong: [f64; 2],
    /// The stratified percentile bootstrap's 95 % interval.
    pub bootstrap: [f64; 2],
    /// The bootstrap's number of resamplings.
    pub bootstrap_repeats: usize,
    /// The bootstrap's seed.
    pub bootstrap_seed: u64,
}

/// The AUC of some other number of the same films.
#[derive(Clone, Debug, Serialize)]
pub struct NamedArea {
    /// Which number.
    pub name: String,
    /// Its AUC, with DeLong's interval; below 0.5 when abnormal films have less of it.
    pub auc: Estimate,
    /// The AUC in the better direction: what a trivial rule could reach.
    pub either_way: f64,
    /// The number of abnormal films it was measured on.
    pub abnormal_films: usize,
}

/// What “inside the lungs” means on a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LungField {
    /// On how many films the model found the lungs: there it is the union of their boxes.
    pub lung_boxes: usize,
    /// On how many it did not: there it is the whole map.
    pub whole_map: usize,
}

/// A score threshold that was fixed before these films were seen.
#[derive(Clone, Debug)]
pub struct OwnThreshold<'a> {
    /// Films at or above it are called abnormal.
    pub value: f64,
    /// How it was chosen.
    pub source: &'a str,
}

impl Summary {
    /// Measures a cohort; `manifest` adds native sizes and kinds of abnormality.
    ///
    /// # Errors
    /// When a class has no film or a number is not finite.
    pub fn of(
        rows: &[FilmRow],
        manifest: Option<&Manifest>,
        own: &OwnThreshold<'_>,
    ) -> Result<Self> {
        let scores = split(rows, |row| Some(row.score))?;
        let mut seconds: Vec<f64> = rows.iter().map(|row| row.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        Ok(Self {
            normal_films: scores.normal().len(),
            abnormal_films: scores.abnormal().len(),
            auc: Area::of(&scores),
            average_precision: scores.average_precision(),
            sensitivity_at_specificity_0_90: scores.sensitivity_at_specificity(0.9),
            own_threshold: scores.at_threshold(own.value, own.source),
            best_threshold: scores.best_point(),
            baselines: baselines(rows, manifest),
            variants: variants(rows),
            maps: maps(rows, |map| map.mean),
            lung_field: LungField::of(rows),
            maps_in_lungs: maps(rows, |map| map.lung_mean),
            maps_p99: maps(rows, |map| map.lung_p99),
            subtypes: subtypes(rows, manifest),
            median_seconds: percentile(&seconds, 50.0).unwrap_or_default(),
        })
    }
}

impl LungField {
    fn of(rows: &[FilmRow]) -> Self {
        let found = rows.iter().filter(|row| row.lung_boxes > 0).count();
        Self {
            lung_boxes: found,
            whole_map: rows.len() - found,
        }
    }
}

impl Area {
    /// Measures scores by both intervals.
    pub fn of(scores: &LabelledScores) -> Self {
        let delong = scores.auc_delong();
        let bootstrap = scores.auc_bootstrap(BOOTSTRAP_REPEATS, BOOTSTRAP_SEED);
        Self {
            value: delong.value,
            delong: [delong.low, delong.high],
            bootstrap: [bootstrap.low, bootstrap.high],
            bootstrap_repeats: BOOTSTRAP_REPEATS,
            bootstrap_seed: BOOTSTRAP_SEED,
        }
    }
}

impl NamedArea {
    /// Measures scores and names them.
    pub fn of(name: &str, scores: &LabelledScores) -> Self {
        let auc = scores.auc_delong();
        Self {
            name: name.to_owned(),
            auc,
            either_way: auc.value.max(1.0 - auc.value),
            abnormal_films: scores.abnormal().len(),
        }
    }
}

/// Returns the scores of a cohort's films by label.
///
/// # Errors
/// When a class has no film or a score is not finite.
pub fn scores_of(rows: &[FilmRow]) -> Result<LabelledScores> {
    split(rows, |row| Some(row.score))
}

/// One number of each film, by label; films without it are left out.
fn split(rows: &[FilmRow], number: impl Fn(&FilmRow) -> Option<f64>) -> Result<LabelledScores> {
    let of = |label: Label| {
        let rows = rows.iter().filter(|row| row.label == label);
        rows.filter_map(&number).collect()
    };
    LabelledScores::new(of(Label::Normal), of(Label::Abnormal))
}

fn baselines(rows: &[FilmRow], manifest: Option<&Manifest>) -> Vec<NamedArea> {
    type Number<'a> = Box<dyn Fn(&FilmRow) -> Option<f64> + 'a>;
    let native = |row: &FilmRow| manifest?.row(Path::new(&row.path))?.native_size_px;
    let mut numbers: Vec<(&str, Number<'_>)> = vec![
        (
            "aspect ratio",
            Box::new(|row| Some(row.baselines.aspect_ratio)),
        ),
        ("mean", Box::new(|row| Some(row.baselines.mean))),
        ("std", Box::new(|row| Some(row.baselines.deviation))),
    ];
    // Half a manifest would compare different films.
    if rows.iter().all(|row| native(row).is_some()) {
        numbers.push((
            "native aspect ratio",
            Box::new(move |row| native(row).map(|(w, h)| w / h)),
        ));
        numbers.push((
            "native width",
            Box::new(move |row| native(row).map(|(w, _)| w)),
        ));
    }
    let areas = numbers.into_iter().filter_map(|(name, number)| {
        let scores = split(rows, number).ok()?;
        Some(NamedArea::of(name, &scores))
    });
    areas.collect()
}

/// The AUC of each of the model's other scores.
fn variants(rows: &[FilmRow]) -> Vec<NamedArea> {
    let names = rows.iter().flat_map(|row| &row.variants);
    let areas = distinct(names.map(|(name, _)| name.as_str())).filter_map(|name| {
        let of = |row: &FilmRow| {
            let found = row.variants.iter().find(|(other, _)| other == name);
            found.map(|(_, score)| *score)
        };
        Some(NamedArea::of(name, &split(rows, of).ok()?))
    });
    areas.collect()
}

/// Names in the order of their first mention.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found.into_iter()
}

/// The AUC of one number of each map.
fn maps(rows: &[FilmRow], number: impl Fn(&MapNumbers) -> f64) -> Vec<NamedArea> {
    let kinds = distinct(
        rows.iter()
            .flat_map(|row| &row.maps)
            .map(|map| map.kind.as_str()),
    );
    let areas = kinds.filter_map(|kind| {
        let of = |row: &FilmRow| {
            let map = row.maps.iter().find(|map| map.kind == kind)?;
            Some(number(map))
        };
        Some(NamedArea::of(kind, &split(rows, of).ok()?))
    });
    areas.collect()
}

fn subtypes(rows: &[FilmRow], manifest: Option<&Manifest>) -> Vec<NamedArea> {
    let Some(manifest) = manifest else {
        return Vec::new();
    };
    let mut scores: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.label == Label::Abnormal) {
        let subtype = manifest
            .row(Path::new(&row.path))
            .and_then(|row| row.subtype.as_deref());
        if let Some(subtype) = subtype {
            scores.entry(subtype).or_default().push(row.score);
        }
    }
    let normal = rows.iter().filter(|row| row.label == Label::Normal);
    let normal: Vec<f64> = normal.map(|row| row.score).collect();
    let areas = scores.into_iter().filter_map(|(subtype, abnormal)| {
        let scores = LabelledScores::new(normal.clone(), abnormal).ok()?;
        Some(NamedArea::of(subtype, &scores))
    });
    areas.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, label: Label, score: f64) -> FilmRow {
        crate::evaluation::film_row::tests::row(&format!("films/{name}.png"), label, score)
    }

    fn cohort() -> Vec<FilmRow> {
        vec![
            row("a", Label::Normal, 1.0),
            row("b", Label::Normal, 2.0),
            row("c", Label::Abnormal, 2.0),
            row("d", Label::Abnormal, 3.0),
        ]
    }

    fn own() -> OwnThreshold<'static> {
        OwnThreshold {
            value: 2.5,
            source: "by hand",
        }
    }

    #[test]
    fn baselines_and_maps_stand_beside_the_score() {
        let summary = Summary::of(&cohort(), None, &own()).unwrap();
        assert_eq!(summary.auc.value, 0.875);
        assert_eq!(summary.own_threshold.true_positives, 1);
        let baseline = |name: &str| {
            let mut found = summary
                .baselines
                .iter()
                .filter(|baseline| baseline.name == name);
            found.next().unwrap()
        };
        assert_eq!(baseline("aspect ratio").auc.value, 0.5);
        assert_eq!(baseline("mean").auc.value, 0.125);
        assert_eq!(baseline("mean").either_way, 0.875);
        assert_eq!(summary.variants[0].auc.value, 0.875);
        assert_eq!(summary.maps[0].auc.value, 0.875);
        assert_eq!(summary.maps_in_lungs[0].auc.value, 0.125);
        assert_eq!(summary.maps_p99[0].auc.value, 0.5);
        let field = summary.lung_field;
        assert_eq!((field.lung_boxes, field.whole_map), (4, 0));
        assert!(summary.subtypes.is_empty());
    }

    #[test]
    fn a_manifest_adds_native_sizes_and_subtypes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        std::fs::write(
            &path,
            "name,subtype,orig_width,orig_height\na.png,,100,100\nb.png,,110,100\n\
             c.png,virus,90,100\nd.png,bacteria,80,100\n",
        )
        .unwrap();
        let manifest = Manifest::read(&path).unwrap();
        let summary = Summary::of(&cohort(), Some(&manifest), &own()).unwrap();
        let native = summary.baselines.last().unwrap();
        assert_eq!(
            (native.name.as_str(), native.auc.value),
            ("native width", 0.0)
        );
        let subtypes: Vec<(&str, f64)> = summary
            .subtypes
            .iter()
            .map(|area| (area.name.as_str(), area.auc.value))
            .collect();
        assert_eq!(subtypes, [("bacteria", 1.0), ("virus", 0.75)]);
    }

    #[test]
    fn one_class_is_refused() {
        assert!(Summary::of(&cohort()[..2], None, &own()).is_err());
    }
}
