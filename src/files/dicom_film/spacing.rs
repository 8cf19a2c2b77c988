//! Pixel spacing with its provenance: which attribute, true at which plane (PS3.3 10.7).

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{number, numbers, scope, text};
use crate::radiograph::{PixelSpacing, SpacingPlane};

const PIXEL: &str = "Pixel Spacing (0028,0030)";
const IMAGER: &str = "Imager Pixel Spacing (0018,1164)";
const SCANNED: &str = "Nominal Scanned Pixel Spacing (0018,2010)";
const MAGNIFIED: &str =
    "Imager Pixel Spacing (0018,1164) over Estimated Radiographic Magnification Factor (0018,1114)";

/// Reads the spacing; what cannot be used is said in a warning and left out.
pub(super) fn read(object: &InMemDicomObject, warnings: &mut Vec<String>) -> Option<PixelSpacing> {
    let measures = scope(
        object,
        &[tags::PIXEL_SPACING],
        tags::PIXEL_MEASURES_SEQUENCE,
    );
    let pixel = pair(measures, tags::PIXEL_SPACING, PIXEL, warnings);
    let imager = pair(object, tags::IMAGER_PIXEL_SPACING, IMAGER, warnings);
    let calibration = calibration(object, warnings);
    let tomographic = text(object, tags::MODALITY)
        .is_some_and(|modality| matches!(modality.as_str(), "CT" | "MR" | "PT" | "NM"));
    if let Some(spacing) = pixel {
        if let Some(kind) = calibration {
            let source = format!("{PIXEL}, Calibration Type (0028,0A02) {kind}");
            return PixelSpacing::checked(spacing.0, spacing.1, SpacingPlane::Calibrated, source);
        }
        let plane = if tomographic {
            SpacingPlane::Calibrated
        } else {
            match imager {
                Some(imager) if same(imager, spacing) => SpacingPlane::Detector,
                Some(_) => SpacingPlane::Calibrated,
                None => SpacingPlane::Unknown,
            }
        };
        return PixelSpacing::checked(spacing.0, spacing.1, plane, PIXEL);
    }
    if let Some((row_mm, column_mm)) = imager {
        let magnification = magnification(object, warnings);
        return if magnification > 1.0 {
            let (row_mm, column_mm) = (row_mm / magnification, column_mm / magnification);
            PixelSpacing::checked(row_mm, column_mm, SpacingPlane::Calibrated, MAGNIFIED)
        } else {
            PixelSpacing::checked(row_mm, column_mm, SpacingPlane::Detector, IMAGER)
        };
    }
    let (row_mm, column_mm) = pair(
        object,
        tags::NOMINAL_SCANNED_PIXEL_SPACING,
        SCANNED,
        warnings,
    )?;
    PixelSpacing::checked(row_mm, column_mm, SpacingPlane::Unknown, SCANNED)
}

/// Reads how Pixel Spacing was calibrated; what is no defined term calibrates nothing.
fn calibration(object: &InMemDicomObject, warnings: &mut Vec<String>) -> Option<&'static str> {
    match text(object, tags::PIXEL_SPACING_CALIBRATION_TYPE).as_deref() {
        None | Some("") => None,
        Some("GEOMETRY") => Some("GEOMETRY"),
        Some("FIDUCIAL") => Some("FIDUCIAL"),
        Some(_) => {
            warnings.push(
                "Pixel Spacing Calibration Type (0028,0A02) is neither GEOMETRY nor FIDUCIAL; \
                 the spacing was not taken for calibrated by it"
                    .to_owned(),
            );
            None
        }
    }
}

/// Reads how much larger the patient is at the detector; nothing on a detector is smaller.
fn magnification(object: &InMemDicomObject, warnings: &mut Vec<String>) -> f32 {
    match number(object, tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR) {
        None => 1.0,
        Some(factor) if (1.0..=10.0).contains(&factor) => factor as f32,
        Some(factor) => {
            warnings.push(format!(
                "Estimated Radiographic Magnification Factor (0018,1114) of {factor} was left out"
            ));
            1.0
        }
    }
}

/// Reads Pixel Aspect Ratio (0028,0034), the height of a pixel over its width.
pub(super) fn aspect(object: &InMemDicomObject) -> Option<f32> {
    match numbers(object, tags::PIXEL_ASPECT_RATIO).as_slice() {
        &[height, width] if height > 0.0 && width > 0.0 => Some((height / width) as f32),
        _ => None,
    }
}

fn pair(
    object: &InMemDicomObject,
    tag: Tag,
    name: &str,
    warnings: &mut Vec<String>,
) -> Option<(f32, f32)> {
    let values = numbers(object, tag);
    match values.as_slice() {
        [] => None,
        &[row_mm, column_mm]
            if row_mm > 0.0 && column_mm > 0.0 && (row_mm + column_mm).is_finite() =>
        {
            Some((row_mm as f32, column_mm as f32))
        }
        _ => {
            warnings.push(format!(
                "{name} is no pair of positive numbers and was left out"
            ));
            None
        }
    }
}

fn same(a: (f32, f32), b: (f32, f32)) -> bool {
    let close = |x: f32, y: f32| (x - y).abs() <= 1e-4 * y.abs();
    close(a.0, b.0) && close(a.1, b.1)
}

#[cfg(test)]
mod tests {
    use dicom::core::{DataElement, PrimitiveValue, VR};

    use super::*;

    fn spacing(values: &[(Tag, &str)]) -> (Option<PixelSpacing>, Vec<String>) {
        let object = InMemDicomObject::from_element_iter(
            values
                .iter()
                .map(|&(tag, text)| DataElement::new(tag, VR::DS, PrimitiveValue::from(text))),
        );
        let mut warnings = Vec::new();
        (read(&object, &mut warnings), warnings)
    }

    #[test]
    fn the_plane_follows_the_attributes() {
        use SpacingPlane::{Calibrated, Detector, Unknown};
        let plane = |values: &[(Tag, &str)]| spacing(values).0.unwrap().plane;
        let pixel = (tags::PIXEL_SPACING, "0.2\\0.2");
        let calibration = (tags::PIXEL_SPACING_CALIBRATION_TYPE, "FIDUCIAL");
        assert_eq!(plane(&[pixel]), Unknown);
        assert_eq!(plane(&[pixel, calibration]), Calibrated);
        assert_eq!(
            plane(&[(tags::IMAGER_PIXEL_SPACING, "0.20\\0.2"), pixel]),
            Detector
        );
        assert_eq!(
            plane(&[(tags::IMAGER_PIXEL_SPACING, "0.3\\0.3"), pixel]),
            Calibrated
        );
        assert_eq!(plane(&[(tags::IMAGER_PIXEL_SPACING, "0.3\\0.3")]), Detector);
        assert_eq!(plane(&[pixel, (tags::MODALITY, "CT")]), Calibrated);
    }

    #[test]
    fn magnification_brings_the_detector_to_the_patient() {
        let values = [
            (tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR, "1.25"),
            (tags::IMAGER_PIXEL_SPACING, "0.4\\0.2"),
        ];
        let spacing = spacing(&values).0.unwrap();
        assert!((spacing.row_mm - 0.32).abs() < 1e-6 && (spacing.column_mm - 0.16).abs() < 1e-6);
        assert!(spacing.source.contains("Magnification"));
    }

    #[test]
    fn nothing_is_calibrated_by_words_that_mean_nothing() {
        let pixel = (tags::PIXEL_SPACING, "0.2\\0.2");
        let (found, warnings) = spacing(&[pixel, (tags::PIXEL_SPACING_CALIBRATION_TYPE, "YES")]);
        assert_eq!(found.unwrap().unit(), "mm (plane not stated)");
        assert_eq!(warnings.len(), 1);
        for kind in ["GEOMETRY", "FIDUCIAL"] {
            let (found, warnings) = spacing(&[pixel, (tags::PIXEL_SPACING_CALIBRATION_TYPE, kind)]);
            let found = found.unwrap();
            assert_eq!(found.unit(), "mm (calibrated)");
            assert!(found.source.ends_with(kind) && warnings.is_empty());
        }
    }

    #[test]
    fn a_magnification_that_cannot_be_leaves_the_detector() {
        let imager = (tags::IMAGER_PIXEL_SPACING, "0.2\\0.2");
        for factor in ["0.5", "0", "-1", "1000"] {
            let factor = (tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR, factor);
            let (found, warnings) = spacing(&[imager, factor]);
            let found = found.unwrap();
            assert_eq!((found.unit(), found.row_mm), ("mm (at detector)", 0.2));
            assert_eq!(warnings.len(), 1);
        }
        let one = (tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR, "1");
        let (found, warnings) = spacing(&[imager, one]);
        assert_eq!(
            (found.unwrap().unit(), warnings.len()),
            ("mm (at detector)", 0)
        );
    }

    #[test]
    fn a_shape_is_read_where_no_distance_is_stated() {
        let object = |text| {
            let value = PrimitiveValue::from(text);
            let element = DataElement::new(tags::PIXEL_ASPECT_RATIO, VR::IS, value);
            aspect(&InMemDicomObject::from_element_iter([element]))
        };
        assert_eq!(object("2\\1"), Some(2.0));
        for text in ["0\\1", "1", "x\\y", "-2\\1"] {
            assert_eq!(object(text), None, "{text}");
        }
    }

    #[test]
    fn unusable_spacing_is_none_and_said() {
        for text in ["NaN\\NaN", "0\\0.1", "-0.1\\0.1", "inf\\1", "x\\y", "0.1"] {
            let (spacing, warnings) = spacing(&[(tags::PIXEL_SPACING, text)]);
            assert_eq!((spacing, warnings.len()), (None, 1), "{text}");
        }
    }
}
