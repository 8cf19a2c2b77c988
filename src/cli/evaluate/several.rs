//! Several models on the same films: who separates better, and what they reach together.

use std::path::Path;

use serde::Serialize;

use super::compare::NamedComparison;
use super::{Args, Evaluated, words};
use crate::cli::report;
use crate::error::{Error, Result};
use crate::evaluation::{
    Area, ENSEMBLE_FORMULA, Label, LabelledScores, NamedArea, NormalScale, ScoredFilm,
    films_in_common, split_by_label,
};

/// The ensemble's name where models have theirs.
pub(super) const ENSEMBLE: &str = "ensemble";

/// The object of `--json`.
#[derive(Serialize)]
struct Report {
    model: &'static str,
    formula: &'static str,
    normal_films: usize,
    abnormal_films: usize,
    left_out_films: usize,
    auc: Area,
    average_precision: f64,
    sensitivity_at_specificity_0_90: f64,
    members: Vec<NamedArea>,
    comparisons: Vec<NamedComparison>,
}

/// The films that every model scored.
struct Common<'a> {
    films: Vec<&'a ScoredFilm>,
    /// By model, then by film: where the film stands among the model's normals.
    placed: Vec<Vec<f64>>,
}

/// Compares the models pair by pair, combines them, and reports both.
///
/// # Errors
/// When the models share no film of a class, a card has no calibration normals, or the results
/// cannot be written.
pub(super) fn conclude(args: &Args, models: &[Evaluated]) -> Result<()> {
    let lists: Vec<Vec<ScoredFilm>> = models
        .iter()
        .map(|model| model.rows.iter().map(ScoredFilm::from).collect())
        .collect();
    let common = Common::of(models, &lists)?;
    let mut report = common.report(models)?;
    let most = lists.iter().map(Vec::len).max().unwrap_or_default();
    report.left_out_films = most - common.films.len();
    if let Some(out) = &args.out {
        crate::files::write_json(&out.join(format!("{ENSEMBLE}.summary.json")), &report)?;
        common.write(models, &out.join(format!("{ENSEMBLE}.films.csv")))?;
    }
    if args.json {
        report::json_line(&report);
    } else {
        report.say();
    }
    Ok(())
}

impl<'a> Common<'a> {
    fn of(models: &[Evaluated], lists: &'a [Vec<ScoredFilm>]) -> Result<Self> {
        let shared = films_in_common(lists);
        let mut placed = Vec::new();
        for (member, model) in models.iter().enumerate() {
            let scale = NormalScale::of(&model.card.normal_scores).map_err(|cause| {
                Error::new(
                    cause.kind,
                    format!(
                        "{} cannot join an ensemble: {}",
                        model.card.id, cause.message
                    ),
                    cause.advice,
                )
            })?;
            let scores = shared.iter().map(|(_, scores)| scale.place(scores[member]));
            placed.push(scores.collect());
        }
        Ok(Self {
            films: shared.into_iter().map(|(film, _)| film).collect(),
            placed,
        })
    }

    /// The ensemble's score of a film.
    fn together(&self, film: usize) -> f64 {
        let places = self.placed.iter().map(|member| member[film]);
        places.sum::<f64>() / self.placed.len() as f64
    }

    fn report(&self, models: &[Evaluated]) -> Result<Report> {
        let labels: Vec<Label> = self.films.iter().map(|film| film.label).collect();
        let ensemble = split_by_label(&labels, |film| self.together(film))?;
        // Placing keeps the order of films, and so each model's AUC.
        let mut scores: Vec<(&str, LabelledScores)> = vec![(ENSEMBLE, ensemble.clone())];
        for (model, placed) in models.iter().zip(&self.placed) {
            scores.push((
                &model.card.id,
                split_by_label(&labels, |film| placed[film])?,
            ));
        }
        let mut comparisons = Vec::new();
        for (index, (first, one)) in scores.iter().enumerate() {
            for (second, other) in &scores[index + 1..] {
                comparisons.push(NamedComparison::of((first, one), (second, other))?);
            }
        }
        Ok(Report {
            model: ENSEMBLE,
            formula: ENSEMBLE_FORMULA,
            normal_films: ensemble.normal().len(),
            abnormal_films: ensemble.abnormal().len(),
            left_out_films: 0,
            auc: Area::of(&ensemble),
            average_precision: ensemble.average_precision(),
            sensitivity_at_specificity_0_90: ensemble.sensitivity_at_specificity(0.9),
            members: scores[1..]
                .iter()
                .map(|(name, scores)| NamedArea::of(name, scores))
                .collect(),
            comparisons,
        })
    }

    /// Writes the ensemble's scores and each model's place, one film a line, as `--compare` reads
    /// them.
    fn write(&self, models: &[Evaluated], file: &Path) -> Result<()> {
        let ids: Vec<String> = models.iter().map(|model| model.card.id.clone()).collect();
        let mut columns = vec!["path".to_owned(), "label".to_owned(), "score".to_owned()];
        columns.extend(ids);
        let mut lines = vec![columns];
        for (index, film) in self.films.iter().enumerate() {
            let mut line = vec![
                film.path.clone(),
                film.label.name().to_owned(),
                self.together(index).to_string(),
            ];
            line.extend(self.placed.iter().map(|member| member[index].to_string()));
            lines.push(line);
        }
        crate::evaluation::write_table(file, &lines)
    }
}

impl Report {
    fn say(&self) {
        let [low, high] = self.auc.delong;
        report::line(&format!(
            "Ensemble of {} models on {} normal and {} abnormal films ({} left out, not scored by all): \
             AUC {:.3}, 95 % CI {low:.3}–{high:.3} (DeLong), {:.3}–{:.3} (bootstrap); average precision {:.3}",
            self.members.len(),
            self.normal_films,
            self.abnormal_films,
            self.left_out_films,
            self.auc.value,
            self.auc.bootstrap[0],
            self.auc.bootstrap[1],
            self.average_precision,
        ));
        words::say_areas("Each model on these films, AUC", &self.members);
        for comparison in &self.comparisons {
            comparison.say();
        }
    }
}
