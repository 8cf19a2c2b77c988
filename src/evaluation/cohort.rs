//! A folder run that survives being killed: one table line per film, written as soon as it is
//! known, and not computed again for the same weights.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Baselines, Label, table};
use crate::error::{Error, Result};

const HEADER: [&str; 11] = [
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
];

/// The mean of one anomaly map over a film.
#[derive(Clone, Debug, PartialEq)]
pub struct MapMean {
    /// Which map.
    pub kind: String,
    /// Its mean, in its own unit.
    pub mean: f64,
}

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
    /// The mean of each map.
    pub map_means: Vec<MapMean>,
}

/// The films scored so far, on disk when a file was named.
#[derive(Debug)]
pub struct Cohort {
    file: Option<PathBuf>,
    rows: Vec<FilmRow>,
}

impl Cohort {
    /// Takes up the table in `file`, if there is one. Lines that a kill cut short are dropped.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub fn resume(file: Option<PathBuf>) -> Result<Self> {
        let mut cohort = Self {
            file,
            rows: Vec::new(),
        };
        let Some(file) = &cohort.file else {
            return Ok(cohort);
        };
        // A missing table is an empty one; an unreadable one shows when it is written.
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let rows: Vec<FilmRow> = text
            .split_inclusive('\n')
            .skip(1)
            // A number cut short by a kill is still a number: only ended lines count.
            .filter(|line| line.ends_with('\n'))
            .filter_map(FilmRow::parse)
            .collect();
        let mut whole = HEADER.join(",") + "\n";
        for row in &rows {
            whole += &(row.line() + "\n");
        }
        let fresh = file.with_extension("csv.part");
        std::fs::write(&fresh, whole)
            .and_then(|()| std::fs::rename(&fresh, file))
            .map_err(|cause| Error::unwritable("the per-film table", &cause))?;
        cohort.rows = rows;
        Ok(cohort)
    }

    /// Returns the row of a film that these weights have scored under this label.
    pub fn done(&self, path: &str, label: Label, weights_sha256: &str) -> Option<&FilmRow> {
        self.rows.iter().find(|row| {
            row.path == path && row.label == label && row.weights_sha256 == weights_sha256
        })
    }

    /// Adds a film, to the table on disk before anything else happens.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub fn add(&mut self, row: FilmRow) -> Result<()> {
        if let Some(file) = &self.file {
            std::fs::OpenOptions::new()
                .append(true)
                .open(file)
                .and_then(|mut table| table.write_all((row.line() + "\n").as_bytes()))
                .map_err(|cause| Error::unwritable("the per-film table", &cause))?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// Returns the table's place on disk.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl FilmRow {
    fn line(&self) -> String {
        let optional =
            |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let maps: Vec<String> = self
            .map_means
            .iter()
            .map(|map| format!("{}={}", map.kind, map.mean))
            .collect();
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
            maps.join(";"),
        ])
    }

    fn parse(line: &str) -> Option<Self> {
        let fields: [String; HEADER.len()] = table::split(line)?.try_into().ok()?;
        let [
            path,
            label,
            weights,
            score,
            percentile,
            p_value,
            aspect,
            mean,
            std,
            seconds,
            maps,
        ] = fields;
        let optional = |text: &str| -> Option<Option<f64>> {
            if text.is_empty() {
                return Some(None);
            }
            text.parse().ok().map(Some)
        };
        let map_means = maps.split(';').filter(|map| !map.is_empty()).map(|map| {
            let (kind, mean) = map.split_once('=')?;
            Some(MapMean {
                kind: kind.to_owned(),
                mean: mean.parse().ok()?,
            })
        });
        Some(Self {
            path,
            label: Label::from_name(&label)?,
            weights_sha256: weights,
            score: score.parse().ok()?,
            percentile: optional(&percentile)?,
            p_value: optional(&p_value)?,
            baselines: Baselines {
                aspect_ratio: aspect.parse().ok()?,
                mean: mean.parse().ok()?,
                deviation: std.parse().ok()?,
            },
            seconds: seconds.parse().ok()?,
            map_means: map_means.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, score: f64) -> FilmRow {
        FilmRow {
            path: path.to_owned(),
            label: Label::Abnormal,
            weights_sha256: "abc".to_owned(),
            score,
            percentile: Some(12.5),
            p_value: None,
            baselines: Baselines {
                aspect_ratio: 1.0 / 3.0,
                mean: 0.5,
                deviation: 0.25,
            },
            seconds: 0.1,
            map_means: vec![MapMean {
                kind: "residue".to_owned(),
                mean: 1e-7,
            }],
        }
    }

    #[test]
    fn a_row_survives_the_table_exactly() {
        let there = row("odd, \"name\".png", 0.1 + 0.2);
        assert_eq!(FilmRow::parse(&there.line()), Some(there));
    }

    #[test]
    fn a_killed_run_is_taken_up_without_its_half_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("films.csv");
        let mut first = Cohort::resume(Some(file.clone())).unwrap();
        first.add(row("a.png", 1.0)).unwrap();
        first.add(row("b.png", 2.0)).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, &text[..text.len() - 9]).unwrap();

        let mut second = Cohort::resume(Some(file.clone())).unwrap();
        assert_eq!(
            second.done("a.png", Label::Abnormal, "abc"),
            Some(&row("a.png", 1.0))
        );
        assert_eq!(second.done("b.png", Label::Abnormal, "abc"), None);
        second.add(row("b.png", 2.0)).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }

    #[test]
    fn other_weights_or_another_label_do_not_count() {
        let mut cohort = Cohort::resume(None).unwrap();
        cohort.add(row("a.png", 1.0)).unwrap();
        assert!(cohort.done("a.png", Label::Abnormal, "abd").is_none());
        assert!(cohort.done("a.png", Label::Normal, "abc").is_none());
    }
}
