//! Opacities pasted into normal films, for `--pasted`.

use std::path::PathBuf;
use std::sync::Arc;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::cli::loading;
use crate::cli::scoring::progress_bar;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::{
    PASTED_AMPLITUDES, PastedLevel, PastedOpacity, PastedTrial, pasted_levels,
};
use crate::models::Model;
use crate::radiograph::Film;

/// What a model makes of pasted opacities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Pasted {
    /// The films that took opacities, one place each.
    pub(super) films: usize,
    /// Decided which films and places.
    pub(super) seed: u64,
    /// Films that could not be read or analysed.
    pub(super) failed_films: usize,
    /// By amplitude, weakest first, each on the same places of the same films.
    pub(super) levels: Vec<PastedLevel>,
}

/// Pastes one opacity into each of some normal films, in every amplitude at the same place, and
/// compares what the model says with what it says of the untouched film.
///
/// # Errors
/// When no film can be analysed.
pub(super) fn measure(
    model: &mut (dyn Model + 'static),
    normal: &[PathBuf],
    films: u32,
    seed: u64,
) -> Result<Pasted> {
    let mut paths = crate::files::gather(normal);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    paths.shuffle(&mut random);
    paths.truncate(films as usize);
    let bar = progress_bar(paths.len());
    let (mut trials, mut failed) = (Vec::new(), 0);
    for (index, path) in paths.iter().enumerate() {
        // A seed of its own for each film: a film that fails must not move the others' opacities.
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(1 + index as u64));
        match crate::files::open(path).and_then(|film| try_film(model, &film, &mut random)) {
            Ok(of_film) => trials.extend(of_film),
            Err(_) => failed += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if trials.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("none of {} normal films could take an opacity", paths.len()),
            "Give normal films that the model can analyse.",
        ));
    }
    Ok(Pasted {
        films: paths.len() - failed,
        seed,
        failed_films: failed,
        levels: pasted_levels(&trials),
    })
}

fn try_film(
    model: &mut (dyn Model + 'static),
    film: &Film,
    random: &mut ChaCha8Rng,
) -> Result<Vec<PastedTrial>> {
    let untouched = loading::analyze(model, film)?;
    let raster = &film.radiograph.raster;
    let size = (raster.width(), raster.height());
    let opacity = PastedOpacity::random(random, size, &untouched.lung_boxes);
    let trials = PASTED_AMPLITUDES.iter().map(|&amplitude| {
        let pasted = Film {
            radiograph: Arc::new(opacity.pasted(&film.radiograph, amplitude)?),
            // What was pasted is in no file.
            pipeline: Arc::default(),
            ..film.clone()
        };
        let outcome = loading::analyze(model, &pasted)?;
        Ok(PastedTrial::of(&opacity, amplitude, &outcome, &untouched))
    });
    trials.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::stub::Stub;

    fn normals(parent: &std::path::Path) -> Vec<PathBuf> {
        let films = (0..3).map(|film| {
            let path = parent.join(format!("{film}.png"));
            // Dark, with a bright corner where no lung is.
            image::GrayImage::from_fn(64, 64, |x, y| {
                image::Luma([if x < 8 && y > 56 { 150 } else { 40 + film }])
            })
            .save(&path)
            .unwrap();
            path
        });
        films.collect()
    }

    #[test]
    fn a_map_of_greys_answers_and_a_mean_grey_rises() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = normals(folder.path());
        let broken = folder.path().join("broken.png");
        std::fs::write(&broken, b"").unwrap();
        paths.push(broken);
        let mut model = Stub::new();
        model.card.threshold.value = 0.57;
        let measured = measure(&mut model, &paths, 9, 5).unwrap();
        assert_eq!((measured.films, measured.failed_films), (3, 1));
        assert_eq!(model.films_seen, 15);
        let levels = &measured.levels;
        assert_eq!(levels.len(), PASTED_AMPLITUDES.len());
        // The stub's map is the film, its score the mean grey: every opacity raises both, and none
        // is as bright as the corner.
        assert_eq!(levels[3].score_rises.hits, 3);
        for level in levels {
            let map = &level.maps[0];
            assert!(map.pixel_auc.value.unwrap() > 0.9, "{:?}", level.amplitude);
            assert!(map.pixel_auc_untouched.value.unwrap() <= 0.5);
            assert_eq!((map.peak_hits.hits, level.top_region_hits.hits), (0, 0));
        }
    }

    #[test]
    fn a_seed_gives_the_same_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let paths = normals(folder.path());
        let with = |seed| measure(&mut Stub::new(), &paths, 2, seed).unwrap();
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn films_that_cannot_be_read_end_with_advice() {
        let nowhere = [PathBuf::from("/nowhere/a.png")];
        let error = measure(&mut Stub::new(), &nowhere, 2, 1).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
    }
}
