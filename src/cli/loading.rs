//! Models for the command line: chosen by name, loaded once, run so that a panic costs one film.

use crate::anomaly::Outcome;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::{Entry, Model, entry, registry};
use crate::radiograph::{Derivation, Film};
use crate::task::{Task, no_wake};
use crate::training::WeightsFolders;

/// Returns the registry's lines for some ids, all but the slow ones for `all`.
pub(super) fn entries(ids: &[String]) -> Result<Vec<&'static Entry>> {
    if ids.iter().any(|id| id == "all") {
        return Ok(registry().iter().filter(|entry| !entry.slow).collect());
    }
    ids.iter().map(|id| named(id)).collect()
}

/// Returns the registry's line for an id.
pub(super) fn named(id: &str) -> Result<&'static Entry> {
    entry(id).ok_or_else(|| {
        let known: Vec<&str> = registry().iter().map(|entry| entry.id).collect();
        Error::new(
            ErrorKind::Usage,
            format!("there is no model “{id}”"),
            format!("Choose among: {}.", known.join(", ")),
        )
    })
}

/// The model taken when none is named: the registry's first.
pub(super) fn default_model() -> String {
    registry()
        .first()
        .map_or_else(String::new, |entry| entry.id.to_owned())
}

/// Loads a model.
pub(super) fn load(
    entry: &Entry,
    weights: &WeightsFolders,
    device: &Device,
) -> Result<Box<dyn Model>> {
    (entry.load)(weights, device)
}

/// Analyses a film; a panic of the model becomes an error of this film.
pub(super) fn analyze(model: &mut (dyn Model + 'static), film: &Film) -> Result<Outcome> {
    let derivation = film.source.derivation.as_ref();
    if let Some(refusal) = derivation.and_then(Derivation::refusal) {
        return Err(refusal);
    }
    let radiograph = film.radiograph.clone();
    let (task, job) = Task::split(
        no_wake(),
        move |model: &mut (dyn Model + 'static), progress| model.analyze(&radiograph, progress),
    );
    job.run(model);
    task.wait()
}

/// Lets matrix products round their factors to TF32 from now on (`--tf32`).
///
/// # Errors
/// When the device is no NVIDIA GPU.
pub(super) fn round_factors(device: &Device) -> Result<()> {
    if crate::compute::round_factors(device) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Usage,
        format!("TF32 was asked for on {device}, and only NVIDIA GPUs compute with it"),
        "Leave --tf32 away, or use it with --device cuda.",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::stub::{Stub, film};
    use super::*;

    #[test]
    fn an_unknown_model_is_answered_with_the_known_ones() {
        let error = named("oracle-of-delphi").err().unwrap();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(error.advice.contains(&default_model()));
    }

    #[test]
    fn a_panicking_model_costs_one_film() {
        let mut model = Stub::new();
        model.panics_on_white = true;
        let error = analyze(&mut model, &film(1.0)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(analyze(&mut model, &film(0.25)).is_ok());
    }
}
