//! `silhouette render` writes what it promises, and says what it cannot do.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const WIDTH: u32 = 40;
const HEIGHT: u32 = 30;

fn grey(x: u32, y: u32) -> u8 {
    (x * 5 + y * 2) as u8
}

/// Writes a film into a folder. Its greys reach both 0 and 255.
fn film(folder: &Path) -> PathBuf {
    let path = folder.join("film.png");
    let mut film = image::GrayImage::from_fn(WIDTH, HEIGHT, |x, y| image::Luma([grey(x, y)]));
    film.put_pixel(WIDTH - 1, HEIGHT - 1, image::Luma([255]));
    film.save(&path).unwrap();
    path
}

fn render(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .arg("render")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_films_greys_and_the_facts_reach_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (film, out) = (film(folder.path()), folder.path().join("out.png"));
    let done = render(&[text(&film), "--out", text(&out), "--voi", "1"]);
    assert!(done.status.success(), "{done:?}");

    let beside = std::fs::read_to_string(out.with_extension("json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&beside).unwrap();
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&out).unwrap()));
    let reader = decoder.read_info().unwrap();
    let texts = &reader.info().utf8_text;
    let inside = texts.iter().find(|text| text.keyword == "silhouette");
    let inside: serde_json::Value =
        serde_json::from_str(&inside.unwrap().get_text().unwrap()).unwrap();
    assert_eq!(inside, facts);
    assert_eq!(facts["film"]["file"], "film.png");
    assert!(!beside.contains(text(folder.path())), "a path was printed");

    let picture = image::open(&out).unwrap().to_rgb8();
    let corner = |name: &str| facts["panels"][0][name].as_u64().unwrap() as u32;
    for y in 0..HEIGHT - 1 {
        for x in 0..WIDTH {
            let code = grey(x, y);
            let found = picture.get_pixel(corner("left") + x, corner("top") + y);
            let off = found.0.map(|channel| channel.abs_diff(code));
            assert!(
                off.iter().all(|&off| off <= 1),
                "{x}, {y}: {found:?} for {code}"
            );
        }
    }
}

#[test]
fn inverting_turns_the_greys_over() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path());
    let top_left = |options: &[&str]| {
        let out = folder.path().join("out.png");
        let mut arguments = vec![text(&film), "--out", text(&out)];
        arguments.extend(options);
        assert!(render(&arguments).status.success());
        let beside = std::fs::read_to_string(out.with_extension("json")).unwrap();
        let facts: serde_json::Value = serde_json::from_str(&beside).unwrap();
        let corner = |name: &str| facts["panels"][0][name].as_u64().unwrap() as u32;
        let picture = image::open(&out).unwrap().to_rgb8();
        picture.get_pixel(corner("left"), corner("top")).0
    };
    assert_eq!(top_left(&["--voi", "1"]), [0; 3]);
    assert_eq!(top_left(&["--voi", "1", "--invert"]), [255; 3]);
}

#[test]
fn a_film_that_cannot_be_read_is_reported_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.png");
    std::fs::write(&path, "no picture").unwrap();
    let out = folder.path().join("out.png");
    let done = render(&[text(&path), "--out", text(&out), "--json"]);
    assert_eq!(done.status.code(), Some(1));
    let line: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    for part in ["kind", "message", "advice"] {
        assert!(line["error"][part].is_string(), "{line}");
    }
    assert!(!out.exists());
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path());
    let out = folder.path().join("out.png");
    let film_bytes = std::fs::read(&film).unwrap();
    for options in [
        &[][..],
        &["--out", text(&film)],
        &["--out", "somewhere.json"],
        &["--out", text(&out), "--voi", "99"],
        &["--out", text(&out), "--window", "5:0"],
        &["--out", text(&out), "--window", "5:9", "--auto"],
        &["--out", text(&out), "--model", "no such model"],
        &["--out", text(&out), "--counterpart"],
        &["--out", text(&out), "--opacity", "1.5"],
    ] {
        let done = render(&[&[text(&film)], options].concat());
        assert_eq!(done.status.code(), Some(2), "{options:?}: {done:?}");
        assert!(!done.stderr.is_empty(), "{options:?}");
    }
    assert_eq!(std::fs::read(&film).unwrap(), film_bytes);
}
