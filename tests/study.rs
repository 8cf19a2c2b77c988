//! The bundled demonstration study is what the phantom generator draws.
//!
//! After a change to the phantom, `SILHOUETTE_WRITE_STUDY=1 cargo test --test study` writes it anew.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use silhouette::files;
use silhouette::radiograph::Raster;
use silhouette::radiograph::phantom::Phantom;

const FILMS: [(&str, Phantom); 2] = [
    ("clear.png", Phantom::CLEAR),
    ("opacity.png", Phantom::WITH_OPACITY),
];

fn study() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/study")
}

fn write(name: &str, drawn: &Raster) {
    let greys: Vec<u16> = drawn
        .samples()
        .iter()
        .map(|&sample| sample as u16)
        .collect();
    let (width, height) = (drawn.width() as u32, drawn.height() as u32);
    files::write_png_grey16(&study().join(name), width, height, &greys).unwrap();
}

#[test]
fn the_bundled_films_are_what_the_generator_draws() {
    for (name, phantom) in FILMS {
        let drawn = phantom.draw().unwrap();
        if std::env::var_os("SILHOUETTE_WRITE_STUDY").is_some() {
            write(name, &drawn);
        }
        let film = files::open(&study().join(name)).unwrap();
        let raster = &film.radiograph.raster;
        assert_eq!(
            (raster.width(), raster.height()),
            (drawn.width(), drawn.height()),
            "{name}"
        );
        let pairs = raster.samples().iter().zip(drawn.samples());
        let worst = pairs
            .map(|(stored, drawn)| (stored - drawn).abs())
            .fold(0.0, f32::max);
        // Exponentials may differ in their last bit between machines.
        assert!(
            worst <= 1.0,
            "{name} is {worst} grey levels off the generator"
        );
    }
}

#[test]
fn the_readme_names_the_box_of_the_opacity() {
    let readme = std::fs::read_to_string(study().join("README.md")).unwrap();
    let bounds = Phantom::WITH_OPACITY.opacity.unwrap().bounds();
    let [x, y, width, height] = bounds.xywh();
    let named = format!("x {x}, y {y}, width {width}, height {height}");
    assert!(readme.contains(&named), "the README does not say “{named}”");
}
