//! What a file draws over its film: overlay planes and shutters, read, shown, and left out.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use std::path::Path;
use std::process::Command;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};
use phantoms::{Phantom, save};
use silhouette::files::{inspect, open};
use silhouette::radiograph::{Film, OverlayKind};

/// A film of 8 × 4 pixels with samples from 0 to 3100.
fn film() -> Phantom {
    let samples: Vec<u16> = (0..32).map(|sample| 100 * sample).collect();
    Phantom::row(&samples)
        .number(tags::ROWS, 4)
        .number(tags::COLUMNS, 8)
}

fn opened(phantom: &Phantom) -> Film {
    let folder = tempfile::tempdir().unwrap();
    open(&phantom.save(folder.path())).unwrap()
}

/// The film's pixels that its overlays draw on.
fn picture(film: &Film) -> Vec<String> {
    let raster = &film.radiograph.raster;
    let planes = &film.graphics.overlays;
    let drawn = |x, y| planes.iter().any(|plane| plane.covers(x, y));
    (0..raster.height())
        .map(|y| {
            let row = (0..raster.width()).map(|x| if drawn(x, y) { '#' } else { '.' });
            row.collect()
        })
        .collect()
}

#[test]
fn an_overlay_lies_where_its_origin_says() {
    // 3 × 2 pixels: the first row 1 0 1, the second 0 1 1, the lowest bit first.
    let pixels = [0b110_101];
    let drawn = picture(&opened(&film().overlay(0x6000, (3, 2), [2, 3], &pixels)));
    assert_eq!(drawn, ["........", "..#.#...", "...##...", "........"]);
    // Half of it lies beyond the upper left corner.
    let drawn = picture(&opened(&film().overlay(0x601e, (3, 2), [0, -1], &pixels)));
    assert_eq!(drawn, ["#.......", "........", "........", "........"]);
    let beside = opened(&film().overlay(0x6000, (3, 2), [9, 9], &pixels));
    assert!(beside.graphics.is_empty());
    assert!(beside.source.warnings[0].contains("beside the image"));
}

#[test]
fn bits_come_in_the_same_order_from_words_of_any_byte_order() {
    let pixels = [0x8001, 0x0180];
    let phantom = film().overlay(0x6002, (8, 4), [1, 1], &pixels);
    let expected = ["#.......", ".......#", ".......#", "#......."];
    let folder = tempfile::tempdir().unwrap();
    for syntax in [
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        "1.2.840.10008.1.2.2",
    ] {
        let path = save(folder.path(), "film.dcm", &phantom.bytes_as(syntax));
        assert_eq!(picture(&open(&path).unwrap()), expected, "{syntax}");
    }
}

#[test]
fn an_overlay_in_unused_bits_is_read_and_does_not_touch_the_samples() {
    let mut samples: Vec<u16> = (0..32).map(|sample| 100 * sample).collect();
    for index in [0, 9, 31] {
        samples[index] |= 0x2000;
    }
    let phantom = film()
        .words(tags::PIXEL_DATA, &samples)
        .number(Tag(0x6000, 0x0010), 4)
        .number(Tag(0x6000, 0x0011), 8)
        .text(Tag(0x6000, 0x0040), VR::CS, "R")
        .shorts(Tag(0x6000, 0x0050), &[1, 1])
        .number(Tag(0x6000, 0x0100), 16)
        .number(Tag(0x6000, 0x0102), 13);
    let embedded = opened(&phantom);
    assert_eq!(
        picture(&embedded),
        ["#.......", ".#......", "........", ".......#"]
    );
    assert_eq!(embedded.graphics.overlays[0].kind, OverlayKind::Region);
    let plain = opened(&film());
    assert_eq!(
        embedded.radiograph.raster.samples(),
        plain.radiograph.raster.samples()
    );
    // A bit of the samples themselves is none of an overlay.
    let wrong = opened(&phantom.number(Tag(0x6000, 0x0102), 11));
    assert!(wrong.graphics.is_empty());
    assert!(wrong.source.warnings[0].contains("no unused one"));
}

#[test]
fn short_data_is_filled_up_and_said() {
    let short = opened(&film().overlay(0x6000, (8, 4), [1, 1], &[0xffff]));
    assert_eq!(
        picture(&short),
        ["########", "########", "........", "........"]
    );
    assert!(short.source.warnings[0].contains("takes 32 pixels and 16 are there"));
}

#[test]
fn overlays_of_later_frames_are_not_drawn_on_the_first() {
    let phantom = film()
        .overlay(0x6000, (8, 4), [1, 1], &[0xffff, 0xffff])
        .text(Tag(0x6000, 0x0015), VR::IS, "2");
    let first = phantom.clone().number(Tag(0x6000, 0x0051), 1);
    assert_eq!(opened(&first).graphics.overlays.len(), 1);
    let second = opened(&phantom.number(Tag(0x6000, 0x0051), 2));
    assert!(second.graphics.is_empty() && second.source.warnings.is_empty());
}

/// A film of three frames whose overlay has a frame of its own for some of them.
#[test]
fn of_an_overlay_of_several_frames_the_first_frame_shows_its_own() {
    let samples: Vec<u16> = (0..96).map(|sample| 30 * sample).collect();
    let film = film()
        .words(tags::PIXEL_DATA, &samples)
        .text(tags::NUMBER_OF_FRAMES, VR::IS, "3");
    // Each frame of the overlay is a row of its own, in the order of the frames.
    let pixels = [0x00ff, 0, 0xff00, 0, 0, 0x00ff];
    let plane = film.overlay(0x6000, (8, 4), [1, 1], &pixels);
    let of_three = plane.clone().text(Tag(0x6000, 0x0015), VR::IS, "3");
    let own = ["########", "........", "........", "........"];
    // Without an origin, and with the first frame as origin.
    assert_eq!(picture(&opened(&of_three)), own);
    assert_eq!(opened(&of_three).source.later_frames, 2);
    let origin = |phantom: &Phantom, frame| phantom.clone().number(Tag(0x6000, 0x0051), frame);
    assert_eq!(picture(&opened(&origin(&of_three, 1))), own);
    // Its frames are those of the second and the third.
    let later = opened(&origin(
        &plane.clone().text(Tag(0x6000, 0x0015), VR::IS, "2"),
        2,
    ));
    assert!(later.graphics.is_empty() && later.source.warnings.is_empty());
    // A plane that is no frame of several is for every frame.
    assert_eq!(picture(&opened(&origin(&plane, 2))), own);
}

#[test]
fn overlays_that_make_no_sense_cost_no_film() {
    for (element, value) in [(0x0010, 0), (0x0011, 0)] {
        let phantom = film().overlay(0x6000, (8, 4), [1, 1], &[0xffff, 0xffff]);
        let film = opened(&phantom.number(Tag(0x6000, element), value));
        assert!(film.graphics.is_empty());
        assert!(film.source.warnings[0].contains("overlay 6000 was left out"));
    }
    // 65535 × 65535 pixels of which four bytes are there.
    let phantom = film().overlay(0x6000, (65_535, 65_535), [1, 1], &[0xffff, 0xffff]);
    let film = opened(&phantom);
    assert_eq!(picture(&film)[0], "########");
}

fn hidden(film: &Film) -> Vec<String> {
    let raster = &film.radiograph.raster;
    let shutter = film.graphics.shutter.as_ref().unwrap();
    (0..raster.height())
        .map(|y| {
            let hidden = shutter.hidden_row(y, raster.width()).into_iter();
            hidden
                .map(|hidden| if hidden { '#' } else { '.' })
                .collect()
        })
        .collect()
}

fn rectangular() -> Phantom {
    film()
        .text(tags::SHUTTER_SHAPE, VR::CS, "RECTANGULAR")
        .text(tags::SHUTTER_LEFT_VERTICAL_EDGE, VR::IS, "2")
        .text(tags::SHUTTER_RIGHT_VERTICAL_EDGE, VR::IS, "6")
        .text(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, VR::IS, "2")
        .text(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, VR::IS, "4")
}

#[test]
fn every_shape_of_shutter_is_read() {
    assert_eq!(
        hidden(&opened(&rectangular())),
        ["########", "#.....##", "#.....##", "#.....##"]
    );
    let circular = film()
        .text(tags::SHUTTER_SHAPE, VR::CS, "CIRCULAR")
        .text(tags::CENTER_OF_CIRCULAR_SHUTTER, VR::IS, "2\\3")
        .text(tags::RADIUS_OF_CIRCULAR_SHUTTER, VR::IS, "1");
    assert_eq!(
        hidden(&opened(&circular)),
        ["##.#####", "#...####", "##.#####", "########"]
    );
    let polygonal = film().text(tags::SHUTTER_SHAPE, VR::CS, "POLYGONAL").text(
        tags::VERTICES_OF_THE_POLYGONAL_SHUTTER,
        VR::IS,
        "0\\0\\0\\9\\5\\9\\5\\5\\3\\5\\3\\0",
    );
    assert_eq!(
        hidden(&opened(&polygonal)),
        ["........", "........", "........", "####...."]
    );
    let both = rectangular()
        .text(tags::SHUTTER_SHAPE, VR::CS, "RECTANGULAR\\CIRCULAR")
        .text(tags::CENTER_OF_CIRCULAR_SHUTTER, VR::IS, "2\\3")
        .text(tags::RADIUS_OF_CIRCULAR_SHUTTER, VR::IS, "1");
    assert_eq!(
        hidden(&opened(&both)),
        ["########", "#...####", "##.#####", "########"]
    );
    let bitmap = film()
        .overlay(0x6000, (3, 2), [2, 3], &[0b110_101])
        .text(tags::SHUTTER_SHAPE, VR::CS, "BITMAP")
        .number(tags::SHUTTER_OVERLAY_GROUP, 0x6000)
        .number(tags::SHUTTER_PRESENTATION_VALUE, 0xffff);
    let bitmap = opened(&bitmap);
    assert_eq!(
        hidden(&bitmap),
        ["........", "..#.#...", "...##...", "........"]
    );
    assert!(bitmap.graphics.overlays.is_empty(), "it is no overlay then");
    assert_eq!(bitmap.graphics.shutter.unwrap().shade, 1.0);
}

#[test]
fn a_shutter_without_its_numbers_is_left_out_and_said() {
    let film = opened(&rectangular().without(tags::SHUTTER_LEFT_VERTICAL_EDGE));
    assert!(film.graphics.shutter.is_none());
    assert!(film.source.warnings[0].contains("RECTANGULAR"));
    let inside_out = rectangular().text(tags::SHUTTER_RIGHT_VERTICAL_EDGE, VR::IS, "0");
    assert!(opened(&inside_out).graphics.shutter.is_none());
}

#[test]
fn an_icc_profile_is_ignored_and_that_is_said() {
    let film = opened(&film().words(tags::ICC_PROFILE, &[1, 2, 3]));
    assert!(film.source.warnings[0].contains("ICC profile was ignored"));
}

/// Renders a film as the program does, its decoder apart; returns its panel's pixels and facts.
fn rendered(path: &Path, options: &[&str]) -> (Vec<[u8; 3]>, serde_json::Value) {
    let out = path.with_extension("png");
    let done = Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .arg("render")
        .args([path, Path::new("--out"), &out])
        .args(options)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let facts = std::fs::read_to_string(out.with_extension("json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let side = |name: &str| facts["panels"][0][name].as_u64().unwrap() as u32;
    let picture = image::open(&out).unwrap().to_rgb8();
    let pixels = (0..side("height"))
        .flat_map(|y| (0..side("width")).map(move |x| (x, y)))
        .map(|(x, y)| picture.get_pixel(side("left") + x, side("top") + y).0)
        .collect();
    (pixels, facts)
}

#[test]
fn overlays_and_shutter_reach_the_picture_and_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = rectangular()
        .overlay(0x6000, (3, 2), [2, 3], &[0b110_101])
        .text(Tag(0x6000, 0x1500), VR::LO, "Doe^Jane")
        .number(tags::SHUTTER_PRESENTATION_VALUE, 0xffff);
    let path = phantom.save(folder.path());
    let at = |pixels: &[[u8; 3]], x: usize, y: usize| pixels[8 * y + x];
    let (all, facts) = rendered(&path, &["--identity"]);
    let blue = silhouette::display::OVERLAY_COLOR;
    assert_eq!((at(&all, 2, 1), at(&all, 3, 2)), (blue, blue));
    assert_eq!(at(&all, 0, 0), [255; 3]);
    assert_eq!(
        (&facts["overlays"]["planes"], &facts["overlays"]["shown"]),
        (&1.into(), &true.into())
    );
    assert_eq!(facts["shutter"]["applied"], true);
    assert!(
        !facts.to_string().contains("Doe"),
        "a label may name the patient"
    );
    let (unnamed, facts) = rendered(&path, &[]);
    assert_ne!(at(&unnamed, 2, 1), blue, "an overlay may name the patient");
    assert_eq!(facts["overlays"]["shown"], false);
    assert!(
        facts["printed"]
            .to_string()
            .contains("may name the patient")
    );
    let (none, facts) = rendered(&path, &["--no-overlays", "--no-shutter"]);
    assert!(none.iter().all(|[r, g, b]| r == g && g == b));
    assert_eq!(at(&none, 0, 0), [0; 3]);
    assert!(facts["printed"].to_string().contains("NOT shown"));
    // What is seen of the film itself is the same.
    assert_eq!(at(&all, 1, 1), at(&none, 1, 1));
}

#[test]
fn a_filtered_film_is_marked_and_otherwise_the_same_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = film().save(folder.path());
    let (plain, facts) = rendered(&path, &[]);
    assert!(facts["panels"][0]["processed"].is_null());
    let (filtered, facts) = rendered(&path, &["--filter", "unsharp:strong"]);
    let mark = "PROCESSED: unsharp mask, strong";
    assert_eq!(facts["panels"][0]["processed"], mark);
    assert!(facts["panels"][0]["title"].as_str().unwrap().contains(mark));
    assert_eq!(plain.len(), filtered.len());
    assert_ne!(plain, filtered);
}

#[test]
fn inspect_lists_overlays_and_shutters() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = rectangular().overlay(0x6004, (3, 2), [2, 3], &[0b110_101]);
    let inspection = inspect(&phantom.save(folder.path()), &[]).unwrap();
    let overlay = &inspection.overlays[0];
    assert_eq!((overlay.group.as_str(), overlay.drawn), ("6004", 4));
    assert_eq!((overlay.x, overlay.y), (2, 1));
    assert_eq!(inspection.shutter.as_deref(), Some("rectangular"));
}
