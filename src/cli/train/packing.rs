//! The pack of a run or of a campaign: opened, or made of all films that its runs need.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Place, Run, with_bar};
use crate::cli::report::say;
use crate::compute::Device;
use crate::error::Result;
use crate::models;
use crate::task::Progress;
use crate::training::{Pack, PackMaker, Packing, WeightsFolders};

/// Opens the pack; where there is none, makes it.
///
/// # Errors
/// When it does not fit or cannot be written, when a run's films cannot be read, or when cancelled.
pub(super) fn opened(
    path: &Path,
    runs: &[Run],
    weights: &WeightsFolders,
    progress: &Progress,
) -> Result<Packing> {
    let pack = match path.is_file() {
        true => Pack::open(path)?,
        false => made(path, runs, weights, progress)?,
    };
    let (sets, films) = pack.counts();
    say(&format!("The pack holds {films} films in {sets} sets."));
    Ok(Packing::Whole(Arc::new(pack)))
}

/// Reads the films of every run as its training would: no device is needed for that but the processor.
fn made(path: &Path, runs: &[Run], weights: &WeightsFolders, progress: &Progress) -> Result<Pack> {
    let maker = Arc::new(Mutex::new(PackMaker::create(path)?));
    let place = Place {
        weights,
        packing: Some(Packing::Making(maker.clone())),
    };
    for run in runs {
        say(&format!("{}: films are packed", run.id));
        let read = models::film_reader(&run.id)?;
        let settings = run.settings(&place, Device::Cpu)?;
        with_bar(progress, |watch| read(&settings, watch))?;
    }
    let mut maker = maker.lock().unwrap_or_else(PoisonError::into_inner);
    maker.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_png_grey16;

    fn run(folder: &Path) -> Run {
        let films = folder.join("films");
        Run {
            id: "lungs".to_owned(),
            normal: films.clone(),
            abnormal: None,
            mixture: None,
            masks: Some(films),
            from: None,
            preset: "tiny".to_owned(),
            device: crate::compute::DeviceKind::Cpu,
            tf32: false,
            epochs: None,
            steps: Some(1),
            minutes: None,
            seed: 1,
            resume: false,
            out: folder.join("out"),
        }
    }

    fn write_films(folder: &Path) {
        std::fs::create_dir(folder.join("films")).unwrap();
        for film in 0..24_u16 {
            let greys: Vec<u16> = (0..64 * 64).map(|place| place * (film % 7 + 1)).collect();
            let path = folder.join("films").join(format!("film-{film:02}.png"));
            write_png_grey16(&path, 64, 64, &greys).unwrap();
        }
    }

    #[test]
    fn a_pack_is_made_once_and_then_stands_for_the_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (root, progress) = (folder.path(), Progress::new());
        let weights = &WeightsFolders::only(root);
        let pack = root.join("films.pack");
        let runs = vec![run(root)];
        // No folder of films: nothing is made and nothing is left.
        assert!(opened(&pack, &runs, weights, &progress).is_err());
        assert_eq!(std::fs::read_dir(root).unwrap().count(), 0);
        write_films(root);
        opened(&pack, &runs, weights, &progress).unwrap();
        assert!(!root.join("out").exists());
        let made = std::fs::read(&pack).unwrap();
        std::fs::remove_dir_all(root.join("films")).unwrap();
        let place = Place {
            weights,
            packing: Some(opened(&pack, &runs, weights, &progress).unwrap()),
        };
        runs[0].train(&place, &progress).unwrap();
        assert!(root.join("out/lungs.safetensors").is_file());
        assert_eq!(std::fs::read(&pack).unwrap(), made);
        // A run that the pack was not made for is refused, and says so.
        let other = Run {
            preset: "small".to_owned(),
            ..runs[0].clone()
        };
        let error = other.train(&place, &progress).err().unwrap();
        assert!(error.message.contains("prepared otherwise"), "{error}");
    }
}
