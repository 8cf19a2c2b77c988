//! Scoring the films of an evaluation, one table line each.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::loading;
use crate::error::{Error, Result};
use crate::evaluation::{Baselines, Cohort, Detection, FilmRow, Label, MapNumbers};
use crate::models::Model;
use crate::task::Progress;

/// A film that could not be scored.
pub(super) struct Failed {
    pub(super) path: PathBuf,
    pub(super) error: Error,
}

/// What a run over a cohort gave.
#[derive(Default)]
pub(super) struct Scored {
    /// The films that have a score, in the order they were listed.
    pub(super) rows: Vec<FilmRow>,
    /// The films that have none.
    pub(super) failed: Vec<Failed>,
    /// How many of the rows an earlier run had computed.
    pub(super) resumed: usize,
}

/// Scores films, or takes their scores from an earlier run with the same weights; with `shifts` also
/// by the mean over small shifts.
///
/// # Errors
/// When the table cannot be written; a bad film is listed and never stops the run.
pub(super) fn score(
    model: &mut (dyn Model + 'static),
    films: &[(PathBuf, Label)],
    cohort: &mut Cohort,
    shifts: bool,
) -> Result<Scored> {
    let bar = progress_bar(films.len());
    let weights = model.card().sha256.clone();
    let mut scored = Scored::default();
    for (path, label) in films {
        let name = path.to_string_lossy();
        if let Some(row) = cohort.done(&name, *label, &weights) {
            scored.rows.push(row.clone());
            scored.resumed += 1;
        } else {
            match score_film(model, path, *label, shifts) {
                Ok(row) => {
                    cohort.add(row.clone())?;
                    scored.rows.push(row);
                }
                Err(error) => scored.failed.push(Failed {
                    path: path.clone(),
                    error,
                }),
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(scored)
}

fn score_film(
    model: &mut (dyn Model + 'static),
    path: &Path,
    label: Label,
    shifts: bool,
) -> Result<FilmRow> {
    let film = crate::files::open(path)?;
    let started = Instant::now();
    let mut outcome = loading::analyze(model, &film)?;
    let seconds = started.elapsed().as_secs_f64();
    if shifts {
        let scores = model.scores_of_shifts(&film.radiograph, &Progress::new())?;
        let mean = scores.iter().sum::<f32>() / scores.len().max(1) as f32;
        outcome.variants.push(("mean over small shifts", mean));
    }
    let score = outcome.score;
    if !score.raw.is_finite() {
        return Err(Error::internal(format!(
            "the model scored the film {}",
            score.raw
        )));
    }
    let lungs = &outcome.lung_boxes;
    let raster = &film.radiograph.raster;
    Ok(FilmRow {
        path: path.to_string_lossy().into_owned(),
        label,
        weights_sha256: outcome.weights_sha256.clone(),
        score: f64::from(score.raw),
        percentile: score.percentile.map(f64::from),
        p_value: score.p_value.map(f64::from),
        baselines: Baselines::of(&film.radiograph),
        seconds,
        size_px: (raster.width(), raster.height()),
        lung_boxes: lungs.len(),
        maps: outcome
            .maps
            .iter()
            .filter_map(|map| MapNumbers::of(map, lungs))
            .collect(),
        regions: Detection::all_of(&outcome),
        variants: outcome
            .variants
            .iter()
            .map(|&(name, score)| (name.to_owned(), f64::from(score)))
            .collect(),
    })
}

/// A bar that counts films.
pub(super) fn progress_bar(films: usize) -> ProgressBar {
    let bar = ProgressBar::new(films as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} films, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

#[cfg(test)]
mod tests {
    use super::super::stub::Stub;
    use super::*;

    fn films(folder: &Path) -> Vec<(PathBuf, Label)> {
        let mut films = Vec::new();
        for (name, grey) in [("a", 10_u8), ("b", 20), ("c", 200), ("d", 100)] {
            let path = folder.join(format!("{name}.png"));
            image::GrayImage::from_pixel(8, 8, image::Luma([grey]))
                .save(&path)
                .unwrap();
            let label = if grey < 50 {
                Label::Normal
            } else {
                Label::Abnormal
            };
            films.push((path, label));
        }
        films
    }

    #[test]
    fn a_bad_film_is_listed_and_the_others_are_scored() {
        let folder = tempfile::tempdir().unwrap();
        let mut films = films(folder.path());
        let bad = folder.path().join("bad.png");
        std::fs::write(&bad, b"no picture").unwrap();
        films.insert(1, (bad.clone(), Label::Normal));
        let mut cohort = Cohort::resume(None).unwrap();
        let scored = score(&mut Stub::new(), &films, &mut cohort, false).unwrap();
        assert_eq!(scored.rows.len(), 4);
        assert_eq!(scored.failed.len(), 1);
        assert_eq!(scored.failed[0].path, bad);
        assert!(scored.rows[2].score > scored.rows[3].score);
    }

    #[test]
    fn a_second_run_computes_nothing_again() {
        let folder = tempfile::tempdir().unwrap();
        let films = films(folder.path());
        let table = Some(folder.path().join("films.csv"));
        let mut model = Stub::new();
        let run = |films: &[(PathBuf, Label)], model: &mut Stub| {
            score(
                model,
                films,
                &mut Cohort::resume(table.clone()).unwrap(),
                false,
            )
            .unwrap()
        };
        let first = run(&films[..3], &mut model);
        assert_eq!((first.resumed, model.films_seen), (0, 3));
        let second = run(&films, &mut model);
        assert_eq!((second.resumed, model.films_seen), (3, 4));
        assert_eq!(second.rows[..3], first.rows);
        model.card.sha256 = "other".to_owned();
        assert_eq!(run(&films, &mut model).resumed, 0);
    }
}
