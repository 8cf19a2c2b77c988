//! The bundled lung segmenter on films with masks and boxes by people: children it never saw, and
//! adults, whom it did not learn from.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod phantoms;

use std::path::{Path, PathBuf};

use phantoms::skip;
use silhouette::compute::Device;
use silhouette::files;
use silhouette::models::lungs::{Lungs, dice};
use silhouette::models::weights_folders;
use silhouette::radiograph::PixelRect;
use silhouette::training::{film_at_side, mask_path};

/// Films of each kind: enough to notice a broken segmenter in a few seconds.
const FILMS: usize = 40;

fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if !folder.is_dir() {
        skip(&format!("the films of {name} are not beside the project"));
        return None;
    }
    Some(folder)
}

fn segmenter() -> Lungs {
    Lungs::load(&weights_folders(None), &Device::Cpu).unwrap()
}

#[test]
fn lungs_of_children_kept_out_of_training_are_covered() {
    let (Some(films), Some(masks)) = (folder("zhanglab/val"), folder("zhanglab/masks")) else {
        return;
    };
    let mut lungs = segmenter();
    let mut dices = Vec::new();
    for kind in ["normal", "pneumonia"] {
        let paths = files::gather(&[films.join(kind)]);
        let with_masks = paths
            .iter()
            .filter_map(|path| Some((path, mask_path(&masks, path)?)));
        for (path, mask) in with_masks.take(FILMS / 2) {
            let film = files::open(path).unwrap().radiograph;
            let field = lungs.find(&film).unwrap();
            let side = field.mask.raster.width();
            let mask = films_mask(&mask, side);
            dices.push(dice(&field.mask.raster.values(), &mask));
        }
    }
    let (kinds, _) = dices.split_at(FILMS / 2);
    let of_normals = kinds.iter().sum::<f64>() / kinds.len() as f64;
    let mean = dices.iter().sum::<f64>() / dices.len() as f64;
    eprintln!(
        "Dice {mean:.4} on {} films, {of_normals:.4} on the normal ones",
        dices.len()
    );
    assert!(
        dices.len() == FILMS && mean >= 0.95,
        "{mean} on {}",
        dices.len()
    );
}

fn films_mask(path: &Path, side: usize) -> Vec<f32> {
    film_at_side(&files::open(path).unwrap().radiograph, side).unwrap()
}

/// The share that two boxes have in common of what they cover together.
fn overlap(a: PixelRect, b: PixelRect) -> f32 {
    let width = a.right().min(b.right()) - a.x.max(b.x);
    let height = a.bottom().min(b.bottom()) - a.y.max(b.y);
    let both = width.max(0.0) * height.max(0.0);
    both / (a.area() + b.area() - both)
}

fn numbers(text: &str) -> PixelRect {
    let numbers: Vec<f32> = text.split(' ').map(|word| word.parse().unwrap()).collect();
    PixelRect::new(numbers[0], numbers[1], numbers[2], numbers[3])
}

#[test]
fn the_box_around_the_lungs_of_most_adults_is_right_too() {
    let Some(films) = folder("covid") else { return };
    let table = std::fs::read_to_string(films.join("manifest.csv")).unwrap();
    let mut lungs = segmenter();
    let mut overlaps = Vec::new();
    for line in table.lines().skip(1).take(FILMS) {
        let cells: Vec<&str> = line.split(',').collect();
        let name = Path::new(cells[0]).file_name().unwrap();
        let film = files::open(&films.join(name)).unwrap().radiograph;
        let wanted = numbers(cells[3]).around(&numbers(cells[4]));
        let found = lungs.find(&film).unwrap().around();
        overlaps.push(found.map_or(0.0, |found| overlap(found, wanted)));
    }
    let mean = overlaps.iter().sum::<f32>() / overlaps.len() as f32;
    let right = overlaps.iter().filter(|overlap| **overlap >= 0.7).count();
    eprintln!(
        "overlap {mean:.3}, at least 0.7 on {right} of {} films",
        overlaps.len()
    );
    assert!(
        right * 5 >= overlaps.len() * 4,
        "{right} of {}: {overlaps:?}",
        overlaps.len()
    );
}
