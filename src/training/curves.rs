//! The losses of a run, one row an epoch, as CSV and as a picture.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::evaluation::plot::{Chart, LegendCorner, Series, line_chart};

/// Named numbers per epoch; a loss that no step of an epoch had has none there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// The columns' names after the epoch.
    pub names: Vec<String>,
    /// The rows: epoch, then one number per name, where there is one.
    pub rows: Vec<(u64, Vec<Option<f64>>)>,
}

impl Curves {
    /// Begins with the names of the columns.
    pub fn new(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds an epoch's numbers.
    pub fn add(&mut self, epoch: u64, numbers: Vec<Option<f64>>) {
        self.rows.push((epoch, numbers));
    }

    /// Writes `log.csv`; a number that is not there leaves its cell empty.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut text = format!("epoch,{}\n", self.names.join(","));
        for (epoch, numbers) in &self.rows {
            let cell = |number: &Option<f64>| number.map_or_else(String::new, |it| it.to_string());
            let cells: Vec<String> = numbers.iter().map(cell).collect();
            writeln!(text, "{epoch},{}", cells.join(",")).ok();
        }
        std::fs::write(path, text).map_err(|cause| Error::unwritable("the log", &cause))
    }

    /// Draws the first columns, the losses, over the epochs: as logarithms, or as they are where a
    /// loss is negative, as a critic's is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_picture(&self, path: &Path, title: &str, losses: usize) -> Result<()> {
        let rows = self.rows.iter().map(|(_, numbers)| &numbers[..losses]);
        let signed = rows.flatten().flatten().any(|number| *number < 0.0);
        let series = self.names[..losses].iter().enumerate();
        let series = series
            .map(|(column, name)| Series {
                name: name.clone(),
                points: self
                    .rows
                    .iter()
                    .filter_map(|(epoch, numbers)| Some((*epoch as f64, numbers[column]?)))
                    .filter(|(_, number)| signed || *number > 0.0)
                    .map(|(epoch, number)| (epoch, if signed { number } else { number.log10() }))
                    .collect(),
            })
            .collect();
        let chart = Chart {
            title: title.to_owned(),
            x_label: "epoch".to_owned(),
            y_label: if signed { "loss" } else { "log10 of the loss" }.to_owned(),
            x_range: None,
            y_range: None,
            legend: LegendCorner::UpperRight,
            series,
        };
        line_chart(path, &chart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_an_epoch_does_not_have_is_absent_and_not_zero() {
        let folder = tempfile::tempdir().unwrap();
        let mut curves = Curves::new(&["critic", "encoder"]);
        curves.add(1, vec![Some(-0.5), None]);
        curves.add(2, vec![None, Some(0.0)]);
        let log = folder.path().join("log.csv");
        curves.write_csv(&log).unwrap();
        let text = std::fs::read_to_string(log).unwrap();
        assert_eq!(text, "epoch,critic,encoder\n1,-0.5,\n2,,0\n");
        let picture = folder.path().join("curves.png");
        curves.write_picture(&picture, "losses", 2).unwrap();
        assert!(picture.is_file());
    }

    #[test]
    fn curves_of_older_checkpoints_are_still_read() {
        let older = r#"{"names":["copy"],"rows":[[1,[0.5]],[2,[0.0]]]}"#;
        let mut curves: Curves = serde_json::from_str(older).unwrap();
        assert_eq!(curves.rows, [(1, vec![Some(0.5)]), (2, vec![Some(0.0)])]);
        curves.add(3, vec![None]);
        let kept = serde_json::to_string(&curves).unwrap();
        assert_eq!(serde_json::from_str::<Curves>(&kept).unwrap(), curves);
    }
}
