//! What a run leaves on disk: curves, snapshots and the checkpoint it goes on from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::Tensor as Candle;

use super::super::stored::write_tensors;
use super::{Place, Run};
use crate::error::{Error, ErrorKind, Result};
use crate::models::WeightsFile;
use crate::training::Checkpoint;

/// The two networks' names in checkpoints.
const PARTS: [&str; 2] = ["G", "D"];
/// The file a run goes on from.
fn checkpoint_path(out: &Path) -> PathBuf {
    out.join("checkpoint.safetensors")
}

impl Run<'_> {
    pub(super) fn write_curves(&self) -> Result<()> {
        let (out, curves) = (&self.settings.out, &self.place.curves);
        curves.write_csv(&out.join("log.csv"))?;
        if self.place.epoch < 2 {
            return Ok(());
        }
        curves.write_picture(&out.join("curves.png"), "SQUID, training losses")
    }

    /// Keeps this epoch's weights in half precision, for choosing among checkpoints afterwards.
    pub(super) fn snapshot(&self) -> Result<()> {
        let folder = self.settings.out.join("snapshots");
        std::fs::create_dir_all(&folder)
            .map_err(|cause| Error::unwritable("the snapshots", &cause))?;
        let path = self.snapshot_path(self.place.epoch);
        write_tensors(&path, self.tensors())?;
        let average = folder.join(format!("average-{:04}.safetensors", self.place.epoch));
        write_tensors(&average, self.average_tensors()?)
    }

    fn snapshot_path(&self, epoch: u64) -> PathBuf {
        let name = format!("epoch-{epoch:04}.safetensors");
        self.settings.out.join("snapshots").join(name)
    }

    /// The present weights of both networks under `G.…` and `D.…`.
    fn tensors(&self) -> HashMap<String, Candle> {
        let mut all = HashMap::new();
        for (prefix, parameters) in ["G.", "D."].into_iter().zip(&self.weights) {
            for (name, parameter) in &parameters.0 {
                let tensor = parameter.variable.as_tensor().clone();
                all.insert(format!("{prefix}{name}"), tensor);
            }
        }
        all
    }

    /// The networks a finished run is used as: its last, and those of two and of four epochs
    /// before. A single checkpoint's score swings by several points of AUC from epoch to epoch;
    /// their mean does not. Chosen without looking at any film.
    pub(in crate::models::squid) fn members(&self) -> Result<Vec<HashMap<String, Candle>>> {
        let mut members = vec![self.tensors()];
        for back in [2, 4] {
            let Some(epoch) = self.place.epoch.checked_sub(back) else {
                continue;
            };
            let path = self.snapshot_path(epoch);
            if path.is_file() {
                members.push(WeightsFile::read(&path)?.tensors()?);
            }
        }
        Ok(members)
    }

    /// The moving averages of both networks under `G.…` and `D.…`.
    fn average_tensors(&self) -> Result<HashMap<String, Candle>> {
        let mut all = HashMap::new();
        for (index, prefix) in ["G.", "D."].into_iter().enumerate() {
            for (name, tensor) in self.averages[index].tensors(&self.weights[index])? {
                all.insert(format!("{prefix}{name}"), tensor);
            }
        }
        Ok(all)
    }

    pub(super) fn save(&self) -> Result<()> {
        let mut checkpoint = Checkpoint::default();
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.add_parameters(part, &self.weights[index])?;
            checkpoint.add_adam(&format!("adam{part}"), &self.optimisers[index])?;
            let name = format!("average{part}");
            checkpoint.add_average(&name, &self.averages[index], &self.weights[index])?;
        }
        checkpoint.write(&checkpoint_path(&self.settings.out), &self.place)
    }

    pub(super) fn restore(&mut self) -> Result<()> {
        let (checkpoint, place): (_, Place) =
            Checkpoint::read(&checkpoint_path(&self.settings.out))?;
        let now = (&self.place.preset, self.place.seed, self.place.films);
        if (&place.preset, place.seed, place.films) != now {
            return Err(Error::new(
                ErrorKind::Usage,
                format!(
                    "the checkpoint is of preset {}, seed {} and {} films; this run is of {}, {} and {}",
                    place.preset, place.seed, place.films, now.0, now.1, now.2
                ),
                "Resume with the options the run was started with.",
            ));
        }
        let steps = [place.generator_steps, place.steps];
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.restore_parameters(part, &self.weights[index])?;
            let optimiser = &mut self.optimisers[index];
            checkpoint.restore_adam(&format!("adam{part}"), optimiser, steps[index])?;
            let name = format!("average{part}");
            let average = &mut self.averages[index];
            checkpoint.restore_average(&name, average, &self.weights[index])?;
        }
        self.place = place;
        Ok(())
    }
}
