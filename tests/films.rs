//! Films in: phantoms whose every stage is known, and the corpus with the values of reference
//! decoders, when it is at hand.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use dicom::core::VR;
use dicom::dictionary_std::{tags, uids};
use phantoms::{Phantom, save};
use silhouette::files::{Inspection, inspect};
use silhouette::radiograph::{Polarity, SpacingPlane};

fn inspected(phantom: &Phantom) -> Inspection {
    let folder = tempfile::tempdir().unwrap();
    let path = phantom.save(folder.path());
    let columns: Vec<(usize, usize)> = (0..8).map(|x| (x, 0)).collect();
    let mut inspection = inspect(&path, &columns).unwrap();
    inspection.points.retain(|point| point.stored.is_some());
    inspection
}

fn stored(film: &Inspection) -> Vec<i64> {
    let number = |value: &serde_json::Value| value.as_i64().unwrap();
    film.points
        .iter()
        .map(|point| number(point.stored.as_ref().unwrap()))
        .collect()
}

fn modality(film: &Inspection) -> Vec<f32> {
    film.points
        .iter()
        .map(|point| point.modality.unwrap())
        .collect()
}

fn display(film: &Inspection) -> Vec<u8> {
    film.points
        .iter()
        .map(|point| point.display.unwrap())
        .collect()
}

fn windowed(samples: &[u16], center: &str, width: &str) -> Phantom {
    Phantom::row(samples)
        .text(tags::WINDOW_CENTER, VR::DS, center)
        .text(tags::WINDOW_WIDTH, VR::DS, width)
}

#[test]
fn a_plain_film_goes_through_every_stage() {
    let film = inspected(&windowed(&[0, 1024, 2048, 4095], "2048", "4096"));
    assert_eq!(
        (film.kind, film.rows, film.columns, film.frames),
        ("dicom", 1, 4, 1)
    );
    assert_eq!(stored(&film), [0, 1024, 2048, 4095]);
    assert_eq!(display(&film), [0, 64, 128, 255]);
    assert_eq!(
        (&film.stored_min, &film.stored_max),
        (&0.into(), &4095.into())
    );
    // SHA-256 of the eight bytes 00 00 00 04 00 08 ff 0f.
    assert_eq!(film.stored_sha256, sha256(&[0, 0, 0, 4, 0, 8, 0xff, 0x0f]));
    assert!(film.warnings.is_empty(), "{:?}", film.warnings);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    format!("{:x}", Sha256::digest(bytes))
}

#[test]
fn every_native_transfer_syntax_holds_the_same_film() {
    let phantom = windowed(&[0, 1024, 2048, 4095], "2048", "4096");
    let folder = tempfile::tempdir().unwrap();
    for syntax in [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        "1.2.840.10008.1.2.2",
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    ] {
        let path = save(folder.path(), "film", &phantom.bytes_as(syntax));
        let film = inspect(&path, &[(1, 0)]).unwrap();
        assert_eq!(
            film.stored_sha256,
            inspected(&phantom).stored_sha256,
            "{syntax}"
        );
        assert_eq!(film.transfer_syntax.as_deref(), Some(syntax));
        assert_eq!(film.points[0].display, Some(64));
    }
}

#[test]
fn a_film_without_preamble_or_meta_group_opens_with_a_note() {
    let bytes = windowed(&[0, 4095], "2048", "4096").bytes();
    let folder = tempfile::tempdir().unwrap();
    let headless = save(folder.path(), "headless", &bytes[132..]);
    let film = inspect(&headless, &[]).unwrap();
    assert!(film.warnings[0].contains("preamble"));
    let group_length = 132 + 12 + u32::from_le_bytes(bytes[140..144].try_into().unwrap()) as usize;
    let bare = save(folder.path(), "bare", &bytes[group_length..]);
    assert_eq!(
        inspect(&bare, &[]).unwrap().stored_sha256,
        film.stored_sha256
    );
}

#[test]
fn junk_after_the_pixels_does_no_harm() {
    let mut bytes = windowed(&[0, 4095], "2048", "4096").bytes();
    bytes.extend(b"junk that is no element");
    let folder = tempfile::tempdir().unwrap();
    assert!(inspect(&save(folder.path(), "film", &bytes), &[]).is_ok());
}

#[test]
fn dirt_alignment_and_sign_are_resolved_from_the_stored_bits() {
    let dirty = Phantom::row(&[0xf001, 0xe7ff]);
    assert_eq!(stored(&inspected(&dirty)), [1, 0x7ff]);
    let left = Phantom::row(&[0x0010, 0xfff0]).bits(16, 12, 15);
    assert_eq!(stored(&inspected(&left)), [1, 4095]);
    let signed = Phantom::row(&[0x0fff, 0x07ff]).number(tags::PIXEL_REPRESENTATION, 1);
    assert_eq!(stored(&inspected(&signed)), [-1, 2047]);
}

#[test]
fn greys_are_turned_over_once_whoever_says_so() {
    let plain = windowed(&[0, 1024, 4095], "2048", "4096");
    let mono1 = plain
        .clone()
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1");
    let inverse = plain.text(tags::PRESENTATION_LUT_SHAPE, VR::CS, "INVERSE");
    let both = mono1
        .clone()
        .text(tags::PRESENTATION_LUT_SHAPE, VR::CS, "INVERSE");
    for phantom in [mono1, inverse, both] {
        let film = inspected(&phantom);
        assert_eq!(film.polarity, Polarity::Inverse);
        assert_eq!(display(&film), [255, 191, 0]);
    }
}

#[test]
fn the_sigmoid_is_the_standards() {
    let film = inspected(&windowed(&[1000, 2000, 3000], "2000", "4000").text(
        tags::VOILUT_FUNCTION,
        VR::CS,
        "SIGMOID",
    ));
    // 255 / (1 + e^±1): PS3.3 C.11.2.1.3.1 with x − c = ∓1000, w = 4000.
    assert_eq!(display(&film), [69, 128, 186]);
}

#[test]
fn rescale_and_window_are_applied_in_order() {
    let film = inspected(
        &windowed(&[0, 100, 200], "0", "200")
            .text(tags::VOILUT_FUNCTION, VR::CS, "LINEAR_EXACT")
            .text(tags::RESCALE_SLOPE, VR::DS, "2")
            .text(tags::RESCALE_INTERCEPT, VR::DS, "-200"),
    );
    assert_eq!(modality(&film), [-200.0, 0.0, 200.0]);
    assert_eq!(display(&film), [0, 128, 255]);
}

#[test]
fn a_modality_table_replaces_the_rescale() {
    let film = inspected(
        &Phantom::row(&[0, 10, 11, 12, 99])
            .text(tags::RESCALE_SLOPE, VR::DS, "7")
            .table(tags::MODALITY_LUT_SEQUENCE, [3, 10, 16], &[500, 300, 100]),
    );
    assert_eq!(modality(&film), [500.0, 500.0, 300.0, 100.0, 100.0]);
    assert_eq!(film.modality_lut.unwrap().entries, 3);
    assert_eq!(film.rescale, None);
}

#[test]
fn voi_tables_come_before_windows() {
    let film = inspected(&windowed(&[0, 1, 2, 9], "1", "2").table(
        tags::VOILUT_SEQUENCE,
        [3, 0, 8],
        &[0, 51, 255],
    ));
    let kinds: Vec<_> = film
        .voi
        .iter()
        .map(|voi| (voi.kind, voi.explanation.as_str()))
        .collect();
    assert_eq!(kinds, [("table", "TABLE"), ("window", "")]);
    assert_eq!(display(&film), [0, 51, 255, 255]);
}

#[test]
fn windows_keep_their_order_and_names_and_unusable_ones_go() {
    let film = inspected(&windowed(&[0, 4095], "2048\\100\\50", "4096\\0\\25").text(
        tags::WINDOW_CENTER_WIDTH_EXPLANATION,
        VR::LO,
        "NORMAL\\BROKEN\\HARD",
    ));
    let names: Vec<_> = film
        .voi
        .iter()
        .map(|voi| voi.explanation.as_str())
        .collect();
    assert_eq!(names, ["NORMAL", "HARD"]);
    assert!(film.warnings[0].contains("width 0"), "{:?}", film.warnings);
}

#[test]
fn automatic_windows_leave_padding_out() {
    let film = inspected(&Phantom::row(&[0, 1000, 3000]).number(tags::PIXEL_PADDING_VALUE, 0));
    assert!(film.voi[0].automatic);
    assert_eq!(display(&film), [0, 0, 255]);
    assert_eq!(film.padding.unwrap().value, 0.into());
}

#[test]
fn spacing_names_its_attribute_and_plane() {
    let film = inspected(
        &Phantom::row(&[1, 2])
            .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.4\\0.2")
            .text(
                tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR,
                VR::DS,
                "2",
            ),
    );
    let spacing = film.spacing.unwrap();
    assert_eq!(spacing.plane, SpacingPlane::Calibrated);
    assert_eq!((spacing.row_mm, spacing.column_mm), (0.2, 0.1));
    assert!(spacing.source.contains("(0018,1114)"));
}

#[test]
fn what_is_missing_and_clear_is_mended_with_a_note() {
    let film = inspected(
        &Phantom::row(&[1, 2])
            .without(tags::PIXEL_REPRESENTATION)
            .without(tags::SAMPLES_PER_PIXEL)
            .without(tags::PHOTOMETRIC_INTERPRETATION),
    );
    assert_eq!(film.warnings.len(), 3, "{:?}", film.warnings);
    assert_eq!(stored(&film), [1, 2]);
}

#[test]
fn real_numbers_are_films_like_others() {
    let phantom = Phantom::row(&[])
        .real_numbers(&[-0.5, 0.25, 1.5, -99.0])
        .text(tags::WINDOW_CENTER, VR::DS, "0.5")
        .text(tags::WINDOW_WIDTH, VR::DS, "2")
        .text(tags::VOILUT_FUNCTION, VR::CS, "LINEAR_EXACT");
    let film = inspected(&phantom);
    let values: Vec<f64> = (0..4)
        .map(|x| film.points[x].stored.as_ref().unwrap().as_f64().unwrap())
        .collect();
    assert_eq!(values, [-0.5, 0.25, 1.5, -99.0]);
    assert_eq!(display(&film), [0, 96, 255, 0]);
    assert_eq!((film.bits_allocated, film.signed), (32, true));
    assert!(film.warnings.is_empty(), "{:?}", film.warnings);
}

#[test]
fn a_functional_groups_rescale_is_applied_unless_it_gives_no_unit() {
    let film = |rescale_type: &str| {
        let rescale: &[_] = &[
            (tags::RESCALE_INTERCEPT, VR::DS, "-1000"),
            (tags::RESCALE_SLOPE, VR::DS, "2"),
            (tags::RESCALE_TYPE, VR::LO, rescale_type),
        ];
        let window: &[_] = &[
            (tags::WINDOW_CENTER, VR::DS, "40"),
            (tags::WINDOW_WIDTH, VR::DS, "400"),
        ];
        inspected(&Phantom::row(&[0, 450, 520, 600, 1000]).shared_group(&[
            (tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, rescale),
            (tags::FRAME_VOILUT_SEQUENCE, window),
        ]))
    };
    let (hounsfield, unspecified) = (film("HU"), film("US"));
    assert_eq!(
        modality(&hounsfield),
        [-1000.0, -100.0, 40.0, 200.0, 1000.0]
    );
    assert_eq!(modality(&unspecified), [0.0, 450.0, 520.0, 600.0, 1000.0]);
    assert_eq!(display(&hounsfield), [0, 38, 128, 230, 255]);
    assert_eq!(display(&unspecified), display(&hounsfield));
    assert!(unspecified.warnings[0].contains("no unit"));
}

#[test]
fn every_stage_names_the_attribute_that_decided_it() {
    let stages = |phantom: &Phantom| {
        let film = inspected(phantom);
        let stage = |index: usize| {
            let stage = &film.pipeline[index];
            (stage.rule.clone(), stage.decided_by.clone())
        };
        [stage(0), stage(1), stage(2), stage(3)]
    };
    let phantom = windowed(&[0, 2048, 4095], "40", "400")
        .text(tags::RESCALE_INTERCEPT, VR::DS, "-1024")
        .text(tags::RESCALE_SLOPE, VR::DS, "2")
        .text(tags::RESCALE_TYPE, VR::LO, "HU")
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1");
    let [stored, modality, voi, display] = stages(&phantom);
    assert_eq!(stored.0, "unsigned samples of 12 bits in 16");
    assert_eq!(modality.0, "stored × 2 + -1024");
    assert!(modality.1.starts_with("Rescale Slope"), "{}", modality.1);
    assert_eq!(voi.0, "LINEAR window of width 400 around 40");
    assert!(voi.1.starts_with("Window Center"), "{}", voi.1);
    assert!(display.0.starts_with("turned over") && display.1.contains("(0028,0004)"));
    let film = inspected(&phantom);
    assert_eq!(film.pipeline[1].unit.as_deref(), Some("HU"));
    // 2048 · 2 − 1024 lies above the window: white, turned over to black.
    assert_eq!(
        (film.points[1].modality, film.points[1].voi),
        (Some(3072.0), Some(1.0))
    );
    assert_eq!(film.points[1].display, Some(0));

    let phantom = Phantom::row(&[5, 9])
        .number(tags::PIXEL_PADDING_VALUE, 5)
        .text(tags::PRESENTATION_LUT_SHAPE, VR::CS, "INVERSE");
    let [_, modality, voi, display] = stages(&phantom);
    assert_eq!(
        modality,
        ("values as stored".to_owned(), "no attribute".to_owned())
    );
    assert!(voi.1.contains("computed"), "{}", voi.1);
    assert!(
        display.1.contains("Presentation LUT Shape"),
        "{}",
        display.1
    );
    assert!(inspected(&phantom).points[0].padding && !inspected(&phantom).points[1].padding);

    let table = Phantom::row(&[0, 1]).table(tags::VOILUT_SEQUENCE, [2, 0, 12], &[0, 4095]);
    let [_, _, voi, _] = stages(&table);
    assert_eq!(voi.0, "table of 2 entries from 0, 12 bits");
    assert_eq!(voi.1, "VOI LUT Sequence (0028,3010)");
}
