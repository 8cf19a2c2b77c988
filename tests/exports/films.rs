//! Phantom films, and what is said about them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Local, TimeZone as _};
use dicom::core::VR;
use dicom::dictionary_std::{tags, uids};
use silhouette::anomaly::{AnomalyMap, MapKind, Placed, Region, Score, regions};
use silhouette::files;
use silhouette::files::dicom_export::{Algorithm, Findings, ModelResult, Subject};
use silhouette::radiograph::{
    Annotation, AnnotationId, AnnotationSource, Film, PixelPoint, PixelRect, Raster, Shape,
};

use super::phantoms::Phantom;

pub(crate) const COLUMNS: u16 = 97;
pub(crate) const ROWS: u16 = 61;

/// A DX film of 97 × 61 pixels with a ramp in both directions, 12 bits, and everything that its
/// module demands.
pub(crate) fn phantom() -> Phantom {
    let (columns, rows) = (usize::from(COLUMNS), usize::from(ROWS));
    let samples: Vec<u16> = (0..columns * rows)
        .map(|index| (1000 + 20 * (index % columns) + 5 * (index / columns)) as u16)
        .collect();
    Phantom::row(&samples)
        .number(tags::ROWS, ROWS)
        .number(tags::COLUMNS, COLUMNS)
        .text(
            tags::SOP_CLASS_UID,
            VR::UI,
            uids::DIGITAL_X_RAY_IMAGE_STORAGE_FOR_PRESENTATION,
        )
        .text(tags::SOP_INSTANCE_UID, VR::UI, "2.25.111")
        .text(tags::STUDY_INSTANCE_UID, VR::UI, "2.25.222")
        .text(tags::SERIES_INSTANCE_UID, VR::UI, "2.25.333")
        .text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
        .text(tags::PATIENT_NAME, VR::PN, "Phantom^Groß=幽霊^太郎")
        .text(tags::PATIENT_ID, VR::LO, "PH-4711")
        .text(tags::PATIENT_BIRTH_DATE, VR::DA, "19700102")
        .text(tags::PATIENT_SEX, VR::CS, "O")
        .text(tags::STUDY_DATE, VR::DA, "20260102")
        .text(tags::STUDY_TIME, VR::TM, "101112.5")
        .text(tags::STUDY_ID, VR::SH, "S1")
        .text(tags::ACCESSION_NUMBER, VR::SH, "ACC-77")
        .text(tags::REFERRING_PHYSICIAN_NAME, VR::PN, "Refer^Ring")
        .text(tags::BURNED_IN_ANNOTATION, VR::CS, "NO")
        .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2")
        .text(tags::PATIENT_ORIENTATION, VR::CS, "L\\F")
        .text(tags::WINDOW_CENTER, VR::DS, "2000")
        .text(tags::WINDOW_WIDTH, VR::DS, "1500")
}

/// Saves a phantom and opens it.
pub(crate) fn opened(phantom: &Phantom, folder: &Path) -> (PathBuf, Film) {
    let path = phantom.save(folder);
    let film = files::open(&path).unwrap();
    (path, film)
}

pub(crate) fn moment() -> DateTime<Local> {
    Local.with_ymd_and_hms(2026, 3, 4, 5, 6, 7).unwrap()
}

pub(crate) fn subject(film: &Film) -> Subject<'_> {
    Subject {
        film,
        made: moment(),
        statement: "Research use – not for diagnosis",
    }
}

pub(crate) fn algorithm() -> Algorithm {
    Algorithm {
        name: "phantom-model".to_owned(),
        weights_sha256: "0123456789abcdef".repeat(4),
    }
}

fn at(x: f32, y: f32) -> PixelPoint {
    PixelPoint { x, y }
}

/// One mark of every kind, at places between pixels.
pub(crate) fn marks() -> Vec<Annotation> {
    let shapes = [
        (Shape::Length([at(10.25, 12.5), at(40.75, 30.125)]), "spina"),
        (
            Shape::Angle([at(5.0, 5.5), at(20.0, 20.25), at(30.5, 6.0)]),
            "",
        ),
        (
            Shape::CobbAngle([at(8.0, 10.0), at(30.0, 14.0), at(9.0, 44.0), at(31.0, 40.0)]),
            "",
        ),
        (
            Shape::Rectangle(PixelRect::new(12.5, 8.25, 20.0, 10.5)),
            "Größe",
        ),
        (Shape::Ellipse(PixelRect::new(50.0, 20.5, 12.0, 24.0)), ""),
        (
            Shape::Freehand(vec![
                at(60.0, 10.0),
                at(80.5, 12.0),
                at(75.0, 30.25),
                at(62.0, 25.0),
            ]),
            "by hand",
        ),
        (
            Shape::Arrow {
                tip: at(70.0, 40.0),
                tail: at(85.5, 50.5),
            },
            "look",
        ),
        (Shape::Text(at(3.5, 55.0)), "two words"),
        (Shape::Point(at(44.5, 33.5)), ""),
        (
            Shape::CardiothoracicRatio {
                heart_right: at(35.0, 30.0),
                heart_left: at(60.0, 33.0),
                thorax_right: at(10.0, 40.0),
                thorax_left: at(88.0, 41.0),
            },
            "",
        ),
    ];
    let numbered = (1..).zip(shapes);
    numbered
        .map(|(number, (shape, label))| Annotation {
            id: AnnotationId(number),
            shape,
            label: label.to_owned(),
            source: AnnotationSource::Reader,
            words_apart: (number == 4).then_some(at(30.0, -5.5)),
        })
        .collect()
}

/// A map of 8 × 6 cells over most of the film, with two regions at or above 0.5.
pub(crate) fn map() -> AnomalyMap {
    let mut cells = vec![0.1; 48];
    cells[10..12].fill(0.9);
    cells[18..20].fill(0.75);
    cells[37] = 0.6;
    cells[38] = 0.5;
    cells[45..47].fill(0.55);
    AnomalyMap {
        kind: MapKind::Residue,
        placed: Placed {
            raster: Raster::new(8, 6, cells).unwrap(),
            place: PixelRect::new(8.0, 0.0, 80.0, 61.0),
        },
        scale: (0.0, 1.0),
        unit: "σ of normals".to_owned(),
    }
}

pub(crate) fn found(film: &Film) -> Vec<Region> {
    regions(&map(), 0.5, 4, film.radiograph.spacing.as_ref())
}

pub(crate) fn findings(film: &Film) -> Findings {
    Findings {
        annotations: marks(),
        results: vec![ModelResult {
            algorithm: algorithm(),
            score: Some(Score::among(1.5, &[0.5, 1.0, 2.0])),
            flag: Some("FLAGGED: turned or mirrored".to_owned()),
            map: MapKind::Residue,
            threshold: 0.5,
            unit: "σ of normals".to_owned(),
            threshold_source: "default".to_owned(),
            regions: found(film),
        }],
    }
}
