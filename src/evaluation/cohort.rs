//! A folder run that survives being killed: one table line per film, written as soon as it is
//! known, and not computed again for the same weights.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::film_row::HEADER;
use super::{FilmRow, Label};
use crate::error::{Error, Result};

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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, score: f64) -> FilmRow {
        crate::evaluation::film_row::tests::row(path, Label::Abnormal, score)
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
