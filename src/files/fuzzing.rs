//! Doors for the fuzzer in `fuzz/`, which compiles this room by itself with `cfg(fuzzing)`: neither
//! the program nor its library has them.

pub use super::apart::fuzz_answer as answer;
pub use super::dicom_film::fuzzing::{character_set, jpeg, palette, rle};

use image::ImageFormat;

use super::Wishes;
use super::deidentification::{Options, Pseudonyms};

/// Opens bytes as a DICOM film, whatever they start with.
pub fn dicom(bytes: &[u8]) {
    // Every frame, because later ones are found by other ways than the first.
    let opened = super::on_deep_stack(|| {
        let wishes = Wishes {
            each_frame: Some(&mut |_| {}),
            ahead: Some(&mut |_| {}),
            preview: true,
            file: None,
        };
        super::dicom_film::open(bytes, wishes)
    });
    if let Ok(opened) = opened {
        curve_of(&opened.film);
    }
}

/// Reads bytes as every kind of object about films.
pub fn returned(bytes: &[u8]) {
    use super::ReturnedKind::{KeyObjects, ParametricMap, Presentation, Report, Segmentation};
    for kind in [
        Report,
        Presentation,
        Segmentation,
        ParametricMap,
        KeyObjects,
    ] {
        let read = super::on_deep_stack(|| super::dicom_film::returned::read(bytes, kind));
        if let Ok(returned) = read {
            let sound = |mark: &super::ReturnedMark| mark.annotation.shape.is_sound();
            assert!(returned.marks.iter().all(sound), "a mark on no film");
        }
    }
}

/// De-identifies bytes as a DICOM film; what comes out of it is a film again.
pub fn deidentify(bytes: &[u8]) {
    let (options, pseudonyms) = (Options::default(), Pseudonyms::with_key(b"fuzzer"));
    let before = super::on_deep_stack(|| super::dicom_film::open(bytes, Wishes::default()));
    let copy = super::on_deep_stack(|| super::dicom_film::deidentify(bytes, &options, &pseudonyms));
    if let (Ok(before), Ok(copy)) = (before, copy) {
        let after =
            super::on_deep_stack(|| super::dicom_film::open(&copy.bytes, Wishes::default()));
        let same = after.is_ok_and(|after| after.first.bytes == before.first.bytes);
        assert!(same, "the copy shows another picture");
    }
}

/// Opens bytes as whatever picture their start promises.
pub fn picture(bytes: &[u8]) {
    let format = match super::content::kind(bytes) {
        Ok(super::content::Kind::Picture(format)) => format,
        _ => ImageFormat::Tiff,
    };
    let opened = super::on_deep_stack(|| super::picture::open(bytes, format, None));
    if let Ok(opened) = opened {
        curve_of(&opened.film);
    }
}

/// Asks a film for the greys of its extremes by every curve it offers.
pub(super) fn curve_of(film: &crate::radiograph::Film) {
    let radiograph = &film.radiograph;
    for named in &radiograph.vois {
        let (low, high) = radiograph.extremes;
        for sample in [low, high, 0.0, f32::NAN] {
            let grey = radiograph.polarity.apply(named.voi.apply(sample));
            assert!(!(grey < 0.0 || grey > 1.0), "a grey of {grey}");
        }
    }
}
