//! A presentation state shows others the greys that we show.

use std::path::Path;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use silhouette::files::dicom_export::{Findings, Presented, presentation_state};
use silhouette::radiograph::{
    Film, NamedVoi, Polarity, Voi, VoiFunction, VoiOrigin, VoiTable, VoiWindow,
};

use super::films::{opened, phantom, subject};
use super::phantoms::Phantom;
use super::tools::{run, saved, valid};

/// Reads a binary PGM of 8 bits: its size and its greys.
fn read_pgm(path: &Path) -> (usize, usize, Vec<u8>) {
    let picture = image::open(path).unwrap().into_luma8();
    (
        picture.width() as usize,
        picture.height() as usize,
        picture.into_raw(),
    )
}

fn named(voi: Voi) -> NamedVoi {
    NamedVoi {
        voi,
        explanation: "test".to_owned(),
        origin: VoiOrigin::Chosen,
    }
}

fn expected(film: &Film, presented: &Presented) -> Vec<u8> {
    let samples = film.radiograph.raster.values();
    let grey = |sample: &f32| presented.polarity.apply(presented.voi.voi.apply(*sample));
    samples
        .iter()
        .map(|sample| (255.0 * grey(sample) + 0.5).floor() as u8)
        .collect()
}

/// Renders a film with a state by another's renderer and compares every grey.
fn same_greys(phantom: &Phantom, voi: Voi, polarity: Polarity) {
    let folder = tempfile::tempdir().unwrap();
    let (path, film) = opened(phantom, folder.path());
    let presented = Presented {
        voi: named(voi),
        polarity,
        part: None,
        shutter: false,
    };
    let bytes = presentation_state(&subject(&film), &presented, &Findings::default()).unwrap();
    let state = saved(folder.path(), "state.dcm", &bytes);
    valid(&state);
    let picture = folder.path().join("out.pgm");
    let arguments = [
        "-p".as_ref(),
        state.as_os_str(),
        path.as_os_str(),
        picture.as_os_str(),
    ];
    let Some(output) = run("dcmp2pgm", &arguments) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let (width, height, theirs) = read_pgm(&picture);
    let raster = &film.radiograph.raster;
    assert_eq!((width, height), (raster.width(), raster.height()));
    let ours = expected(&film, &presented);
    let worst = ours.iter().zip(&theirs);
    let worst = worst.map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
    assert!(worst <= Some(1), "greys differ by {worst:?} of 255");
    assert!(ours.iter().max() > ours.iter().min(), "a flat picture");
}

fn window(center: f32, width: f32) -> Voi {
    Voi::Window(VoiWindow::new(center, width, VoiFunction::Linear))
}

#[test]
fn a_window_is_the_same_elsewhere() {
    same_greys(&phantom(), window(1800.0, 900.0), Polarity::Identity);
}

#[test]
fn an_inverted_window_is_the_same_elsewhere() {
    same_greys(&phantom(), window(1800.0, 900.0), Polarity::Inverse);
}

#[test]
fn a_film_whose_small_values_are_white_is_the_same_elsewhere() {
    let film = phantom().text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1");
    same_greys(&film, window(1800.0, 900.0), Polarity::Inverse);
    same_greys(&film, window(1800.0, 900.0), Polarity::Identity);
}

#[test]
fn a_window_on_rescaled_values_is_the_same_elsewhere() {
    let film = phantom().text(tags::RESCALE_SLOPE, VR::DS, "0.5").text(
        tags::RESCALE_INTERCEPT,
        VR::DS,
        "-1024",
    );
    same_greys(&film, window(0.0, 800.0), Polarity::Identity);
}

#[test]
fn a_table_is_the_same_elsewhere() {
    let entries: Vec<u16> = (0..2000_u32)
        .map(|index| (index * index / 4000 * 4) as u16)
        .collect();
    let table = Voi::Table(VoiTable {
        first_mapped: 1000.0,
        entries: entries.into(),
        bits: 12,
    });
    same_greys(&phantom(), table, Polarity::Identity);
}
