//! The bundled demonstration study: two films that differ by one opacity at a known place, and what
//! the bundled model says of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use silhouette::anomaly::{LEAST_REGION_CELLS, Outcome, regions};
use silhouette::compute::Device;
use silhouette::files;
use silhouette::models::{self, weights_folders};
use silhouette::radiograph::{PixelRect, Radiograph};
use silhouette::task::Progress;

/// The opacity's box, as `assets/study/README.md` states it.
const OPACITY: PixelRect = PixelRect {
    x: 161.0,
    y: 390.0,
    width: 185.0,
    height: 174.0,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn film(name: &str) -> std::sync::Arc<Radiograph> {
    files::open(&root().join("assets/study").join(name))
        .unwrap()
        .radiograph
}

#[test]
fn the_films_differ_by_ten_greys_exactly_in_the_stated_box() {
    let (clear, opacity) = (film("clear.png"), film("opacity.png"));
    let (width, height) = (clear.raster.width(), clear.raster.height());
    assert_eq!(
        (opacity.raster.width(), opacity.raster.height()),
        (width, height)
    );
    let [mut left, mut top, mut right, mut bottom] = [width, height, 0, 0];
    for y in 0..height {
        for x in 0..width {
            if opacity.raster.at(x, y) - clear.raster.at(x, y) >= 10.0 {
                (left, right) = (left.min(x), right.max(x + 1));
                (top, bottom) = (top.min(y), bottom.max(y + 1));
            }
        }
    }
    let found = [left, top, right - left, bottom - top].map(|edge| edge as f32);
    assert_eq!(found, OPACITY.xywh());
}

#[test]
fn the_readme_names_the_box() {
    let readme = std::fs::read_to_string(root().join("assets/study/README.md")).unwrap();
    let words: Vec<&str> = readme.split_whitespace().collect();
    let [x, y, width, height] = OPACITY.xywh();
    let named = format!("x {x}, y {y}, width {width}, height {height}.");
    assert!(
        words.join(" ").contains(&named),
        "the README does not say “{named}”"
    );
}

fn analysed(name: &str) -> Outcome {
    let entry = models::known("squid").unwrap();
    let mut model = (entry.load)(&weights_folders(None), &Device::Cpu).unwrap();
    model.analyze(&film(name), &Progress::new()).unwrap()
}

#[test]
fn the_bundled_model_finds_the_opacity_and_nothing_on_the_clear_film() {
    let boxes = |outcome: &Outcome| {
        let threshold = outcome.threshold.value;
        regions(&outcome.maps[0], threshold, LEAST_REGION_CELLS, None)
    };
    assert_eq!(boxes(&analysed("clear.png")), []);
    let outcome = analysed("opacity.png");
    let found = boxes(&outcome);
    let centre = found.first().unwrap().bounds.center();
    assert!(
        (OPACITY.x..OPACITY.right()).contains(&centre.x)
            && (OPACITY.y..OPACITY.bottom()).contains(&centre.y),
        "the first region lies at {centre:?}"
    );
    assert_eq!(outcome.gate, [], "the model doubts its own demonstration");
}

#[test]
fn the_score_is_the_mean_over_the_film_and_its_shifts() {
    let entry = models::known("squid").unwrap();
    let mut model = (entry.load)(&weights_folders(None), &Device::Cpu).unwrap();
    let film = film("opacity.png");
    let scores = model.scores_of_shifts(&film, &Progress::new()).unwrap();
    assert_eq!(scores.len(), 5);
    assert!(scores[1..].iter().all(|&score| score != scores[0]));
    let outcome = model.analyze(&film, &Progress::new()).unwrap();
    let mean = scores.iter().sum::<f32>() / 5.0;
    assert!((outcome.score.raw - mean).abs() < 1e-5);
    let unmoved = outcome
        .variants
        .iter()
        .find(|(name, _)| *name == "film not moved");
    assert!((unmoved.unwrap().1 - scores[0]).abs() < 1e-5);
}
