//! What a training run has told so far.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::files;
use crate::training::{LOOP_COLUMNS, TrainingEvent};

/// The pictures that show the state of a run, side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleGrid {
    /// The number of columns, in pixels.
    pub width: usize,
    /// The number of rows, in pixels.
    pub height: usize,
    /// The greys, row by row.
    pub greys: Vec<u8>,
}

impl SampleGrid {
    /// Reads a run's pictures; `None` while it has written none.
    pub(super) fn read(out: &Path) -> Option<Self> {
        let film = files::open(&out.join("samples.png")).ok()?;
        let raster = &film.radiograph.raster;
        // Written with 16 bits, whatever the greatest grey in them.
        let grey = |sample: &f32| (sample / f32::from(u16::MAX) * 255.0 + 0.5) as u8;
        Some(Self {
            width: raster.width(),
            height: raster.height(),
            greys: raster.values().iter().map(grey).collect(),
        })
    }
}

/// What a run has told so far.
#[derive(Clone, Debug, Default)]
pub struct TrainingLog {
    /// The films it trains on and those it keeps apart, once they are read.
    pub films: Option<(usize, usize)>,
    /// The films it leaves out, by file name, and why.
    pub left_out: Vec<(String, String)>,
    /// The share of the budget that is spent, from 0 to 1.
    pub share: f32,
    /// Whole epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// The names of an epoch's numbers.
    pub names: Vec<String>,
    /// The numbers of each epoch, of this run and of the parts it goes on from; none for a loss that
    /// no step of an epoch had.
    pub epochs: Vec<(u64, Vec<Option<f64>>)>,
    /// The newest sample pictures.
    pub samples: Option<Arc<SampleGrid>>,
    /// When the first step of this run was done, and the share then.
    first: Option<(Instant, f32)>,
}

impl TrainingLog {
    /// Begins the log of a run that goes on where its folder's `log.csv` ends: its curves are one run's.
    pub(super) fn resumed(out: &Path) -> Self {
        let text = std::fs::read_to_string(out.join("log.csv")).unwrap_or_default();
        let mut lines = text.lines();
        let names = lines.next().unwrap_or_default().split(',').skip(1);
        let names: Vec<String> = names.map(str::to_owned).collect();
        let row = |line: &str| {
            let (epoch, numbers) = line.split_once(',')?;
            let number = |cell: &str| match cell {
                "" => Some(None),
                cell => cell.parse().ok().map(Some),
            };
            let numbers = numbers.split(',').map(number);
            Some((epoch.parse().ok()?, numbers.collect::<Option<Vec<_>>>()?))
        };
        Self {
            epochs: lines.map_while(row).collect(),
            names,
            ..Self::default()
        }
    }

    /// Returns the names of the losses: all numbers but those that the loop adds itself.
    pub fn losses(&self) -> &[String] {
        let count = self.names.len().saturating_sub(LOOP_COLUMNS.len());
        &self.names[..count]
    }

    /// Returns an epoch's number by its name, of the last epoch.
    pub fn latest(&self, name: &str) -> Option<f64> {
        let column = self.names.iter().position(|known| known == name)?;
        self.epochs.last()?.1.get(column).copied().flatten()
    }

    /// Returns the share of the last epoch's time that went into loading films, from 0 to 1.
    pub fn loading(&self) -> Option<f64> {
        self.latest(LOOP_COLUMNS[0])
    }

    /// Returns how long the rest of the budget will take, from the pace of this run so far.
    pub fn left(&self) -> Option<Duration> {
        let (since, share) = self.first?;
        let done = self.share - share;
        if done <= 0.0 {
            return None;
        }
        let left = f64::from((1.0 - self.share) / done) * since.elapsed().as_secs_f64();
        Duration::try_from_secs_f64(left).ok()
    }

    /// Takes an event in.
    pub(super) fn hear(&mut self, event: TrainingEvent<'_>) {
        match event {
            TrainingEvent::Films { training, held_out } => self.films = Some((training, held_out)),
            TrainingEvent::LeftOut { path, error } => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                let name = name.to_string_lossy().into_owned();
                self.left_out.push((name, error.message.clone()));
            }
            TrainingEvent::Step { share, epoch, step } => {
                self.first.get_or_insert_with(|| (Instant::now(), share));
                (self.share, self.epoch, self.step) = (share, epoch, step);
            }
            TrainingEvent::Epoch {
                epoch,
                names,
                numbers,
            } => {
                self.names = names.iter().map(|&name| name.to_owned()).collect();
                self.epochs.push((epoch, numbers.to_vec()));
                self.epoch = epoch;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_loop_adds_is_no_loss() {
        let mut log = TrainingLog::default();
        let names = ["critic", "generator", LOOP_COLUMNS[0], LOOP_COLUMNS[1]];
        log.hear(TrainingEvent::Epoch {
            epoch: 1,
            names: &names,
            numbers: &[0.5, 0.25, 0.125, 3.0].map(Some),
        });
        assert_eq!(log.losses(), ["critic", "generator"]);
        assert_eq!(
            (log.loading(), log.latest("generator")),
            (Some(0.125), Some(0.25))
        );
    }

    #[test]
    fn a_resumed_runs_curves_go_on_where_its_log_ends() {
        let folder = tempfile::tempdir().unwrap();
        let csv = "epoch,copy,loading,minutes\n1,0.5,0.1,2\n2,,0.1,4\n3,brok";
        std::fs::write(folder.path().join("log.csv"), csv).unwrap();
        let log = TrainingLog::resumed(folder.path());
        assert_eq!(log.losses(), ["copy"]);
        assert_eq!(
            log.epochs,
            [
                (1, vec![Some(0.5), Some(0.1), Some(2.0)]),
                (2, vec![None, Some(0.1), Some(4.0)])
            ]
        );
        assert!(
            TrainingLog::resumed(&folder.path().join("none"))
                .epochs
                .is_empty()
        );
    }

    #[test]
    fn a_resumed_run_is_paced_by_its_own_part() {
        let mut log = TrainingLog::default();
        let step = |share| TrainingEvent::Step {
            share,
            epoch: 0,
            step: 1,
        };
        log.hear(step(0.5));
        assert_eq!(log.left(), None);
        std::thread::sleep(Duration::from_millis(20));
        log.hear(step(0.75));
        // As much again is left as was done since.
        let left = log.left().unwrap().as_secs_f64();
        assert!((0.02..5.0).contains(&left), "{left}");
    }
}
