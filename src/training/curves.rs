//! The losses of a run, one row an epoch, as CSV and as a picture.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::evaluation::plot::{Chart, LegendCorner, Series, line_chart};

/// Named numbers per epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// The columns' names after the epoch.
    pub names: Vec<String>,
    /// The rows: epoch, then one number per name.
    pub rows: Vec<(u64, Vec<f64>)>,
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
    pub fn add(&mut self, epoch: u64, numbers: Vec<f64>) {
        self.rows.push((epoch, numbers));
    }

    /// Writes `log.csv`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut text = format!("epoch,{}\n", self.names.join(","));
        for (epoch, numbers) in &self.rows {
            let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
            writeln!(text, "{epoch},{}", numbers.join(",")).ok();
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
        let signed = rows.flatten().any(|number| *number < 0.0);
        let series = self.names[..losses].iter().enumerate();
        let series = series
            .map(|(column, name)| Series {
                name: name.clone(),
                points: self
                    .rows
                    .iter()
                    .map(|(epoch, numbers)| (*epoch as f64, numbers[column]))
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
