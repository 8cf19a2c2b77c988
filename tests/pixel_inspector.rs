//! The window's pixel inspector against `inspect`: the same words and the same values, for films of
//! every kind.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use std::path::Path;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use phantoms::{Phantom, skip};
use silhouette::files::inspect;
use silhouette::radiograph::StoredSamples;
use silhouette::session::OpenFilm;
use silhouette::task::Progress;

/// Compares pixels all over a film, and returns how the window finds stored samples.
fn compare(path: &Path) -> StoredSamples {
    let open = OpenFilm::read(path, &Progress::new()).unwrap();
    let raster = &open.layer.raster;
    let (width, height) = (raster.width(), raster.height());
    let points: Vec<(usize, usize)> = (0..400_usize)
        .map(|index| ((index * 7919) % width, (index * 104_729) % height))
        .collect();
    let inspection = inspect(path, &points).unwrap();
    assert_eq!(open.stages(), inspection.pipeline, "{}", path.display());
    for (at, expected) in points.iter().zip(&inspection.points) {
        assert_eq!(open.follow(*at), *expected, "{}", path.display());
        assert!(expected.stored.is_some());
    }
    open.film.pipeline.samples.clone()
}

#[test]
fn films_of_the_corpus_are_followed_as_inspect_follows_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/dicom");
    if !folder.is_dir() {
        skip("the DICOM corpus is not beside the project");
        return;
    }
    // Signed, left-aligned, MONOCHROME1, tables, palette, padding, colour, odd rescales, 32 bits.
    let mut kinds = Vec::new();
    for (name, kept) in [
        ("v064_signed12.dcm", false),
        ("v034_highbit15_left_aligned.dcm", false),
        ("v029_garbage_high_bits.dcm", false),
        ("v040_mono1_nowindow.dcm", false),
        ("v109_CR-MONO1-10-chest", false),
        ("v039_modlut_inverting_mono1.dcm", true),
        ("v121_CR-ModalitySequenceLUT.dcm", true),
        ("v107_voilut_65536_entries.dcm", false),
        ("v106_voilut_signed.dcm", false),
        ("v050_padding_signed.dcm", false),
        ("v049_padding_value_nowindow.dcm", false),
        ("v051_palette_8bit.dcm", true),
        ("v052_palette_16bit.dcm", true),
        ("v058_rgb_planar1.dcm", true),
        ("v108_ybr_full_native.dcm", true),
        ("v056_rescale_negative_slope.dcm", false),
        ("v057_rescale_tiny_float.dcm", false),
        ("v013_bits32.dcm", true),
        ("v009_bits1.dcm", false),
        ("v095_voi_sigmoid_mono1.dcm", false),
        ("v162_parametric_map_double_float.dcm", true),
    ] {
        let samples = compare(&folder.join(name));
        kinds.push((name, kept, matches!(samples, StoredSamples::Kept(_))));
    }
    let wrong: Vec<_> = kinds
        .iter()
        .filter(|(_, kept, found)| kept != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_rescale_that_rounding_spoils_keeps_the_samples() {
    let folder = tempfile::tempdir().unwrap();
    let fine = Phantom::row(&[0, 1, 2, 3000, 4095])
        .text(tags::RESCALE_SLOPE, VR::DS, "0.00001")
        .text(tags::RESCALE_INTERCEPT, VR::DS, "-1024");
    assert!(matches!(
        compare(&fine.save(folder.path())),
        StoredSamples::Kept(_)
    ));
}

#[test]
fn pictures_are_followed_too() {
    let folder = tempfile::tempdir().unwrap();
    let grey = folder.path().join("grey.png");
    let wide = image::ImageBuffer::from_fn(40, 30, |x, y| image::Luma([(x * 999 + y) as u16]));
    wide.save(&grey).unwrap();
    assert!(matches!(compare(&grey), StoredSamples::Rescaled { .. }));
    let colour = folder.path().join("colour.png");
    let rgb = image::ImageBuffer::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 9]));
    rgb.save(&colour).unwrap();
    assert!(matches!(compare(&colour), StoredSamples::Kept(_)));
}
