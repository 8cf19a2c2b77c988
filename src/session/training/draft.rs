//! What a training run is to be, as it is being filled in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::anomaly::ModelId;
use crate::compute::{Device, DeviceKind};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Budget, RunSettings, WeightsFolders};

/// The configurations on offer.
pub const PRESETS: [&str; 3] = ["paper", "small", "tiny"];

/// A folder that a run reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrainingFolder {
    /// Normal films.
    Normal,
    /// Abnormal films.
    Abnormal,
    /// Unlabelled films, normal and abnormal.
    Mixture,
    /// Lung masks under the films' names.
    Masks,
    /// Weights to begin with.
    From,
    /// Where checkpoints, curves, weights and card go.
    Out,
}

impl TrainingFolder {
    /// Every folder, in the order the form lists them.
    pub const ALL: [Self; 6] = [
        Self::Normal,
        Self::Abnormal,
        Self::Mixture,
        Self::Masks,
        Self::From,
        Self::Out,
    ];

    /// Returns the name in the form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal films",
            Self::Abnormal => "Abnormal films",
            Self::Mixture => "Unlabelled mixture",
            Self::Masks => "Lung masks",
            Self::From => "Weights to begin with",
            Self::Out => "Output folder",
        }
    }

    /// Returns what it is for, as a sentence.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Normal => "What the model learns to draw. Every model needs it.",
            Self::Abnormal => "For models that learn from labels.",
            Self::Mixture => {
                "Normal and abnormal films without telling which: some models learn from them, \
                 others compare their epochs on them."
            }
            Self::Masks => "PNG pictures of the lungs under the films' names.",
            Self::From => {
                "A folder with weights of this model and preset, as the program's own: a run on few films \
                 had better begin with them than with noise."
            }
            Self::Out => "Checkpoints, curves, sample pictures, weights and card go there.",
        }
    }

    /// Reports whether no run can do without it.
    pub fn required(self) -> bool {
        matches!(self, Self::Normal | Self::Out)
    }
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TrainingEnd {
    /// After so many passes over the films.
    Epochs(u64),
    /// After so many minutes, earlier parts of a resumed run included.
    Minutes(f64),
}

/// What a training run is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingDraft {
    /// The model; `None` where nothing can be trained.
    pub model: Option<ModelId>,
    /// The configuration, as in [`PRESETS`].
    pub preset: String,
    /// When it ends.
    pub end: TrainingEnd,
    /// The seed of everything random.
    pub seed: u64,
    /// What computes.
    pub device: DeviceKind,
    folders: BTreeMap<TrainingFolder, String>,
}

impl TrainingDraft {
    pub(super) fn new(model: Option<ModelId>) -> Self {
        Self {
            model,
            preset: "small".to_owned(),
            end: TrainingEnd::Epochs(50),
            seed: 1,
            device: DeviceKind::Auto,
            folders: BTreeMap::new(),
        }
    }

    /// Returns a folder as it stands in the form; empty when it is not filled in.
    pub fn folder(&self, folder: TrainingFolder) -> &str {
        self.folders.get(&folder).map_or("", String::as_str)
    }

    /// Fills a folder in.
    pub fn set_folder(&mut self, folder: TrainingFolder, path: String) {
        self.folders.insert(folder, path);
    }

    /// Returns the folder that the run writes to.
    pub(super) fn out(&self) -> PathBuf {
        PathBuf::from(self.folder(TrainingFolder::Out).trim())
    }

    /// Checks the form and makes a run's settings of it, but for the folder of weights, which whoever
    /// trains knows.
    pub(super) fn settings(&self, device: Device, resume: bool) -> Result<RunSettings> {
        // A run that goes on has in its checkpoint what it began with.
        let needed = |folder: &TrainingFolder| !resume || *folder != TrainingFolder::From;
        for folder in TrainingFolder::ALL.into_iter().filter(needed) {
            self.check(folder)?;
        }
        let out = self.out();
        let taken = RunSettings::checkpoint(&out).is_file();
        if taken && !resume {
            return Err(Error::new(
                ErrorKind::Usage,
                "the output folder holds a run already, and starting would overwrite it",
                "Resume that run, or name another folder.",
            ));
        }
        if resume && !taken {
            return Err(Error::new(
                ErrorKind::Usage,
                "the output folder holds no run to resume",
                "Start a run, or name the folder of an earlier one.",
            ));
        }
        Ok(RunSettings {
            normal: self.path(TrainingFolder::Normal).unwrap_or_default(),
            abnormal: self.path(TrainingFolder::Abnormal),
            mixture: self.path(TrainingFolder::Mixture),
            masks: self.path(TrainingFolder::Masks),
            from: self.path(TrainingFolder::From),
            packing: None,
            preset: self.preset.clone(),
            device,
            budget: self.budget(),
            seed: self.seed,
            resume,
            out,
            command: self.command(),
            weights: WeightsFolders::only(""),
        })
    }

    fn path(&self, folder: TrainingFolder) -> Option<PathBuf> {
        let text = self.folder(folder).trim();
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    fn check(&self, folder: TrainingFolder) -> Result<()> {
        let name = folder.name().to_lowercase();
        match self.path(folder) {
            None if folder.required() => Err(Error::new(
                ErrorKind::Usage,
                format!("training needs a folder: {name}"),
                "Type its path into the form, or choose it with the button beside the field.",
            )),
            Some(path) if folder != TrainingFolder::Out && !Path::is_dir(&path) => Err(Error::new(
                ErrorKind::Usage,
                format!("the folder for “{name}” does not exist"),
                "Correct its path in the form.",
            )),
            _ => Ok(()),
        }
    }

    fn budget(&self) -> Budget {
        match self.end {
            TrainingEnd::Epochs(epochs) => Budget {
                epochs: Some(epochs.max(1)),
                ..Budget::default()
            },
            TrainingEnd::Minutes(minutes) => Budget {
                minutes: Some(minutes.max(0.1)),
                ..Budget::default()
            },
        }
    }

    /// The command line that does the same, for the card; folders are nobody's business.
    fn command(&self) -> String {
        let model = self.model.as_ref().map_or("", |model| &model.0);
        let mut words = vec![format!("silhouette train {model}")];
        for (folder, option) in [
            (TrainingFolder::Normal, "--normal DIR"),
            (TrainingFolder::Abnormal, "--abnormal DIR"),
            (TrainingFolder::Mixture, "--mixture DIR"),
            (TrainingFolder::Masks, "--masks DIR"),
            (TrainingFolder::From, "--from DIR"),
        ] {
            words.extend(self.path(folder).map(|_| option.to_owned()));
        }
        words.push(format!("--preset {}", self.preset));
        words.push(match self.end {
            TrainingEnd::Epochs(epochs) => format!("--epochs {epochs}"),
            TrainingEnd::Minutes(minutes) => format!("--minutes {minutes}"),
        });
        words.push(format!("--seed {} --out DIR", self.seed));
        words.join(" ")
    }
}
