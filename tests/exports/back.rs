//! What was written is read again: marks within half a pixel, curves, areas and maps.

use std::path::Path;

use silhouette::files::dicom_export::{
    Findings, Presented, parametric_map, presentation_state, segmentation, structured_report,
};
use silhouette::files::{self, Content, Returned, ReturnedKind};
use silhouette::radiograph::{
    Annotation, Film, NamedVoi, PixelRect, Polarity, ShapeKind, Voi, VoiFunction, VoiOrigin,
    VoiWindow,
};
use silhouette::task::Progress;

use super::films::{self, algorithm, findings, map, marks, opened, phantom, subject};
use super::objects::{presented, segments};
use super::tools::saved;

fn read_back(path: &Path) -> Returned {
    match files::open_content(&Progress::new(), path, &mut |_| {}).unwrap() {
        Content::Returned(returned) => *returned,
        Content::Film(_) => panic!("{} was taken for a film", path.display()),
    }
}

fn on<'a>(returned: &'a Returned, film: &'a Film) -> Vec<&'a Annotation> {
    assert!(returned.is_about(film));
    let origin = film.source.origin.as_ref().unwrap();
    returned.marks_on(origin).collect()
}

/// Fails unless the same marks are found, in order, each point within half a pixel, and their words
/// where they were put.
fn same_marks(found: &[&Annotation], wanted: &[Annotation], presented: bool) {
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(found.shape.kind(), wanted.shape.kind());
        assert_eq!(found.label, wanted.label);
        if presented {
            assert_eq!(found.words_apart, wanted.words_apart);
        }
        let (found, wanted) = (found.shape.points(), wanted.shape.points());
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            let off = (found.x - wanted.x).hypot(found.y - wanted.y);
            assert!(off <= 0.5, "{found:?} is not {wanted:?}");
        }
    }
}

#[test]
fn a_report_comes_back_with_its_marks_boxes_scores_and_thresholds() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let written = findings(&film);
    let bytes = structured_report(&subject(&film), &written).unwrap();
    let returned = read_back(&saved(folder.path(), "sr.dcm", &bytes));
    assert_eq!(returned.kind, ReturnedKind::Report);
    assert!(returned.own && returned.ignored.is_empty(), "{returned:#?}");
    let found = on(&returned, &film);
    let (hand, boxes) = found.split_at(marks().len());
    same_marks(hand, &marks(), false);
    same_boxes(boxes, &film);
    let said = returned.said.join("\n");
    assert!(
        said.contains("Score, not a probability of disease: 1.5"),
        "{said}"
    );
    assert!(said.contains("Threshold of the map: 0.5"), "{said}");
}

fn same_boxes(boxes: &[&Annotation], film: &Film) {
    let regions = films::found(film);
    assert_eq!(boxes.len(), regions.len());
    assert!(!boxes.is_empty());
    for (found, region) in boxes.iter().zip(&regions) {
        assert_eq!(found.label, format!("phantom-model region {}", region.id));
        assert_eq!(found.shape.kind(), ShapeKind::Rectangle);
        let (found, wanted) = (found.shape.bounds().xywh(), region.bounds.xywh());
        let near = found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(near, "{found:?} is not {wanted:?}");
    }
}

#[test]
fn a_presentation_state_comes_back_with_its_marks_window_and_part() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let window = VoiWindow::new(1810.5, 905.25, VoiFunction::Sigmoid);
    let shown = Presented {
        voi: NamedVoi {
            voi: Voi::Window(window),
            explanation: String::new(),
            origin: VoiOrigin::Chosen,
        },
        polarity: Polarity::Inverse,
        part: Some(PixelRect::new(10.0, -4.0, 50.0, 33.0)),
        shutter: true,
    };
    let bytes = presentation_state(&subject(&film), &shown, &findings(&film)).unwrap();
    let returned = read_back(&saved(folder.path(), "gsps.dcm", &bytes));
    assert!(returned.ignored.is_empty(), "{:?}", returned.ignored);
    let found = on(&returned, &film);
    let (hand, boxes) = found.split_at(marks().len());
    same_marks(hand, &marks(), true);
    same_boxes(boxes, &film);
    let origin = film.source.origin.as_ref().unwrap();
    let views: Vec<_> = returned.views_of(origin).collect();
    assert!(views.iter().all(|view| view.fits(origin)));
    let voi = views.iter().find_map(|view| view.voi.as_ref()).unwrap();
    assert_eq!(voi.voi, shown.voi.voi);
    let polarity = views.iter().find_map(|view| view.polarity);
    assert_eq!(polarity, Some(Polarity::Inverse));
    let part = views.iter().find_map(|view| view.part);
    assert_eq!(part, shown.part);
}

#[test]
fn a_segmentation_comes_back_as_outlines_around_the_same_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let written = segments(&film);
    let bytes = segmentation(&subject(&film), &written).unwrap();
    let returned = read_back(&saved(folder.path(), "seg.dcm", &bytes));
    let found = on(&returned, &film);
    assert_eq!(found.len(), written.len());
    for (outline, segment) in found.iter().zip(&written) {
        assert_eq!(outline.label, segment.label);
        let inside = outline.measure(&film).samples.unwrap();
        assert_eq!(inside, segment.mask.count());
    }
    assert_eq!(returned.size, Some((97, 61)));
}

#[test]
fn a_map_comes_back_with_its_values_its_scale_and_its_unit() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let (written, algorithm) = (map(), algorithm());
    let bytes = parametric_map(&subject(&film), &written, &[&algorithm]).unwrap();
    let returned = read_back(&saved(folder.path(), "pmap.dcm", &bytes));
    assert!(returned.is_about(&film));
    let found = returned.map.unwrap();
    assert_eq!((found.kind, found.scale), (written.kind, written.scale));
    assert_eq!(found.unit, written.unit);
    for y in 0..61 {
        for x in 0..97 {
            let wanted = written.placed.sample(x as f32 + 0.5, y as f32 + 0.5);
            let value = found.placed.raster.at(x, y);
            assert_eq!(wanted, value.is_finite().then_some(value), "at {x}, {y}");
        }
    }
}

#[test]
fn a_window_over_other_modality_values_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let bytes = presentation_state(&subject(&film), &presented(&film), &Findings::default());
    let returned = read_back(&saved(folder.path(), "gsps.dcm", &bytes.unwrap()));
    let rescaled = phantom()
        .text(
            dicom::dictionary_std::tags::RESCALE_SLOPE,
            dicom::core::VR::DS,
            "2",
        )
        .text(
            dicom::dictionary_std::tags::RESCALE_INTERCEPT,
            dicom::core::VR::DS,
            "-1000",
        );
    let (_, other) = opened(&rescaled, folder.path());
    let origin = other.source.origin.as_ref().unwrap();
    assert!(returned.views_of(origin).all(|view| !view.fits(origin)));
}

#[test]
fn what_is_cut_short_or_changed_is_an_error_or_less_but_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let (written, algorithm) = (findings(&film), algorithm());
    let subject = subject(&film);
    let objects = [
        structured_report(&subject, &written).unwrap(),
        presentation_state(&subject, &presented(&film), &written).unwrap(),
        segmentation(&subject, &segments(&film)).unwrap(),
        parametric_map(&subject, &map(), &[&algorithm]).unwrap(),
    ];
    let path = folder.path().join("hurt.dcm");
    let mut state = 7_u32;
    let mut chance = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for whole in &objects {
        for turn in 0..40 {
            let mut hurt = whole.clone();
            if turn % 2 == 0 {
                hurt.truncate(400 + chance() % (whole.len() - 400));
            } else {
                for _ in 0..8 {
                    let place = 400 + chance() % (whole.len() - 400);
                    hurt[place] = chance() as u8;
                }
            }
            std::fs::write(&path, &hurt).unwrap();
            if let Ok(Content::Returned(returned)) =
                files::open_content(&Progress::new(), &path, &mut |_| {})
            {
                assert!(
                    returned
                        .marks
                        .iter()
                        .all(|mark| mark.annotation.shape.is_sound())
                );
            }
        }
    }
}
