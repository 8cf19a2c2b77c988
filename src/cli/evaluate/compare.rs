//! Two scores of the same films held against each other, and `--compare`, which does that with two
//! per-film tables.

use std::path::Path;

use serde::Serialize;

use crate::cli::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::{
    Comparison, Label, LabelledScores, NamedArea, films_in_common, read_scores, split_by_label,
};

/// Two named scores and how their AUCs differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct NamedComparison {
    /// The first score.
    pub(super) first: String,
    /// The second score.
    pub(super) second: String,
    /// The first's AUC less the second's.
    #[serde(flatten)]
    pub(super) comparison: Comparison,
}

/// The object of `--compare --json`.
#[derive(Serialize)]
struct Report {
    normal_films: usize,
    abnormal_films: usize,
    left_out_films: usize,
    areas: Vec<NamedArea>,
    comparison: NamedComparison,
}

impl NamedComparison {
    /// Compares two scores of the same films in the same order.
    pub(super) fn of(
        first: (&str, &LabelledScores),
        second: (&str, &LabelledScores),
    ) -> Result<Self> {
        Ok(Self {
            first: first.0.to_owned(),
            second: second.0.to_owned(),
            comparison: first.1.compare(second.1)?,
        })
    }

    /// Prints it for people.
    pub(super) fn say(&self) {
        let Comparison {
            difference,
            z,
            p_value,
        } = self.comparison;
        let test = z.zip(p_value).map_or_else(
            || "no doubt to measure it by".to_owned(),
            |(z, p)| format!("z {z:.2}, p {p:.3}"),
        );
        report::line(&format!(
            "AUC of {} less that of {}: {:+.3}, 95 % CI {:+.3} to {:+.3}; {test} (paired DeLong)",
            self.first, self.second, difference.value, difference.low, difference.high,
        ));
    }
}

/// Runs `--compare`.
pub(super) fn run(first: &Path, second: &Path, json: bool) -> Result<Done> {
    let report = compared(first, second)?;
    if json {
        report::json_line(&report);
    } else {
        report::line(&format!(
            "{} normal and {} abnormal films in both tables; {} left out, in one only",
            report.normal_films, report.abnormal_films, report.left_out_films
        ));
        super::words::say_areas("AUC", &report.areas);
        report.comparison.say();
    }
    Ok(Done::All)
}

fn compared(first: &Path, second: &Path) -> Result<Report> {
    let lists = [read_scores(first)?, read_scores(second)?];
    let films = films_in_common(&lists);
    if films.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "of {} and {} films the tables share none",
                lists[0].len(),
                lists[1].len()
            ),
            "Score the same films, named by the same paths, with both models.",
        ));
    }
    let labels: Vec<Label> = films.iter().map(|(film, _)| film.label).collect();
    let scores = |list: usize| split_by_label(&labels, |film| films[film].1[list]);
    let (one, other) = (scores(0)?, scores(1)?);
    let (name, other_name) = (first.display().to_string(), second.display().to_string());
    Ok(Report {
        normal_films: one.normal().len(),
        abnormal_films: one.abnormal().len(),
        left_out_films: lists[0].len() + lists[1].len() - 2 * films.len(),
        areas: vec![
            NamedArea::of(&name, &one),
            NamedArea::of(&other_name, &other),
        ],
        comparison: NamedComparison::of((&name, &one), (&other_name, &other))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tables_are_compared_on_the_films_they_share() {
        let folder = tempfile::tempdir().unwrap();
        let table = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("path,label,score\n{text}")).unwrap();
            path
        };
        let first = table(
            "one.csv",
            "a,normal,1\nb,normal,2\nc,abnormal,3\nd,abnormal,4\ne,normal,9\n",
        );
        let second = table(
            "two.csv",
            "d,abnormal,1.5\nc,abnormal,3\nb,normal,2\na,normal,1\n",
        );
        let report = compared(&first, &second).unwrap();
        assert_eq!((report.normal_films, report.abnormal_films), (2, 2));
        assert_eq!(report.left_out_films, 1);
        assert_eq!(report.comparison.comparison.difference.value, 0.25);
        let other = table("three.csv", "z,normal,1\n");
        assert_eq!(
            compared(&first, &other).err().unwrap().kind,
            ErrorKind::Usage
        );
    }
}
