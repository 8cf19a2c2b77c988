//! Scores of films from a per-film table, of this program or another.

use std::path::Path;

use super::{FilmRow, Label, LabelledScores, table};
use crate::error::{Error, ErrorKind, Result};

/// One film's score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredFilm {
    /// The film's path, as it was given.
    pub path: String,
    /// Its label.
    pub label: Label,
    /// Its score; larger is more abnormal.
    pub score: f64,
}

impl From<&FilmRow> for ScoredFilm {
    fn from(row: &FilmRow) -> Self {
        Self {
            path: row.path.clone(),
            label: row.label,
            score: row.score,
        }
    }
}

/// Reads the columns `path`, `label` (normal or abnormal) and `score` of a comma-separated table.
/// A film listed twice counts as listed last, as when a model was trained further in between.
///
/// # Errors
/// When the file cannot be read, a column is missing or a line has no label or score.
pub fn read_scores(path: &Path) -> Result<Vec<ScoredFilm>> {
    let text = std::fs::read_to_string(path).map_err(|cause| {
        Error::new(
            ErrorKind::Unreadable,
            format!("the per-film table cannot be read: {cause}"),
            "Name a table that `silhouette evaluate --out` wrote.",
        )
    })?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<ScoredFilm>> {
    let mut lines = text.lines().enumerate();
    let header = lines.next().and_then(|(_, line)| table::split(line));
    let header = header.unwrap_or_default();
    let column = |name: &str| {
        let found = header.iter().position(|title| title.trim() == name);
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::Usage,
                format!("the per-film table has no column {name}, but {header:?}"),
                "Name a table with the columns path, label and score.",
            )
        })
    };
    let (path, label, score) = (column("path")?, column("label")?, column("score")?);
    let mut films: Vec<ScoredFilm> = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let film = table::split(line).and_then(|fields| {
            Some(ScoredFilm {
                path: fields.get(path)?.clone(),
                label: Label::from_name(fields.get(label)?)?,
                score: fields.get(score)?.parse().ok()?,
            })
        });
        let film = film.ok_or_else(|| {
            Error::new(
                ErrorKind::Damaged,
                format!("line {} of the per-film table is no scored film", index + 1),
                "Give every line a path, the label normal or abnormal, and a score.",
            )
        })?;
        match films.iter_mut().find(|known| same_film(known, &film)) {
            Some(known) => *known = film,
            None => films.push(film),
        }
    }
    Ok(films)
}

/// Tells whether two lines speak of one film under one label.
fn same_film(a: &ScoredFilm, b: &ScoredFilm) -> bool {
    a.path == b.path && a.label == b.label
}

/// Returns the films of the first list that all lists have, each with its scores in the lists'
/// order.
pub fn films_in_common(lists: &[Vec<ScoredFilm>]) -> Vec<(&ScoredFilm, Vec<f64>)> {
    let first = lists.first().map_or(&[][..], |list| list);
    let films = first.iter().filter_map(|film| {
        let scores: Option<Vec<f64>> = lists
            .iter()
            .map(|list| {
                let found = list.iter().find(|other| same_film(other, film))?;
                Some(found.score)
            })
            .collect();
        Some((film, scores?))
    });
    films.collect()
}

/// Splits films by label, keeping their order; `number` is called with each film's place.
///
/// # Errors
/// When a class has no film or a number is not finite.
pub fn split_by_label(labels: &[Label], number: impl Fn(usize) -> f64) -> Result<LabelledScores> {
    let of = |wanted: Label| {
        let films = labels.iter().enumerate();
        let films = films.filter(|(_, label)| **label == wanted);
        films.map(|(film, _)| number(film)).collect()
    };
    LabelledScores::new(of(Label::Normal), of(Label::Abnormal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_about_a_film_counts() {
        let films =
            parse("score,path,label\n1,a.png,normal\n2,b.png,abnormal\n3,a.png,normal\n").unwrap();
        assert_eq!(films.len(), 2);
        assert_eq!(films[0].score, 3.0);
    }

    #[test]
    fn only_films_of_all_lists_are_compared() {
        let list = |text: &str| parse(&format!("path,label,score\n{text}")).unwrap();
        let lists = [
            list("a,normal,1\nb,abnormal,2\nc,normal,3\n"),
            list("c,normal,30\na,normal,10\nb,normal,20\n"),
        ];
        let common: Vec<(&str, Vec<f64>)> = films_in_common(&lists)
            .into_iter()
            .map(|(film, scores)| (film.path.as_str(), scores))
            .collect();
        assert_eq!(common, [("a", vec![1.0, 10.0]), ("c", vec![3.0, 30.0])]);
    }

    #[test]
    fn a_line_without_score_is_named() {
        let error = parse("path,label,score\na,normal,1\nb,ill,2\n").unwrap_err();
        assert!(error.message.contains("line 3"));
        assert_eq!(parse("a,b\n").unwrap_err().kind, ErrorKind::Usage);
    }
}
