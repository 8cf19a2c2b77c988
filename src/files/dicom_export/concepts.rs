//! The coded concepts of a report: the standard's where it has them, else ours.

use super::elements::{Code, Item};
use crate::radiograph::{QuantityKind, ShapeKind};
use dicom::dictionary_std::tags;

/// The designator of our own codes.
pub(in crate::files) const OWN: &str = "99SILHOUETTE";

pub(super) const REPORT: Code<'_> = Code("126000", "DCM", "Imaging Measurement Report");
pub(super) const OF_INTEREST: Code<'_> = Code("113000", "DCM", "Of Interest");
pub(super) const KEY_DESCRIPTION: Code<'_> = Code("113012", "DCM", "Key Object Description");
pub(super) const LANGUAGE: Code<'_> =
    Code("121049", "DCM", "Language of Content Item and Descendants");
pub(super) const ENGLISH: Code<'_> = Code("en", "RFC5646", "English");
pub(super) const OBSERVER_TYPE: Code<'_> = Code("121005", "DCM", "Observer Type");
pub(super) const DEVICE: Code<'_> = Code("121007", "DCM", "Device");
pub(super) const DEVICE_UID: Code<'_> = Code("121012", "DCM", "Device Observer UID");
pub(super) const DEVICE_NAME: Code<'_> = Code("121013", "DCM", "Device Observer Name");
pub(super) const DEVICE_MAKER: Code<'_> = Code("121014", "DCM", "Device Observer Manufacturer");
pub(super) const DEVICE_MODEL: Code<'_> = Code("121015", "DCM", "Device Observer Model Name");
pub(super) const DEVICE_SERIAL: Code<'_> = Code("121016", "DCM", "Device Observer Serial Number");
pub(super) const PROCEDURE: Code<'_> = Code("121058", "DCM", "Procedure reported");
pub(super) const RADIOGRAPHY: Code<'_> = Code("363680008", "SCT", "Radiographic imaging procedure");
pub(super) const LIBRARY: Code<'_> = Code("111028", "DCM", "Image Library");
pub(super) const LIBRARY_GROUP: Code<'_> = Code("126200", "DCM", "Image Library Group");
pub(super) const MEASUREMENTS: Code<'_> = Code("126010", "DCM", "Imaging Measurements");
pub(super) const GROUP: Code<'_> = Code("125007", "DCM", "Measurement Group");
pub(super) const TRACKING_ID: Code<'_> = Code("112039", "DCM", "Tracking Identifier");
pub(super) const TRACKING_UID: Code<'_> = Code("112040", "DCM", "Tracking Unique Identifier");
pub(super) const FINDING: Code<'_> = Code("121071", "DCM", "Finding");
pub(super) const REGION: Code<'_> = Code("111030", "DCM", "Image Region");
pub(super) const SOURCE: Code<'_> = Code("121112", "DCM", "Source of Measurement");
pub(super) const COMMENT: Code<'_> = Code("121106", "DCM", "Comment");
pub(super) const ALGORITHM_NAME: Code<'_> = Code("111001", "DCM", "Algorithm Name");
pub(super) const ALGORITHM_PARAMETERS: Code<'_> = Code("111002", "DCM", "Algorithm Parameters");
pub(super) const ALGORITHM_VERSION: Code<'_> = Code("111003", "DCM", "Algorithm Version");

pub(super) const AREA: Code<'_> = Code("42798000", "SCT", "Area");
pub(super) const MEAN: Code<'_> = Code("373098007", "SCT", "Mean");
pub(super) const MAXIMUM: Code<'_> = Code("56851009", "SCT", "Maximum");

pub(super) const MODEL_RESULT: Code<'_> = Code("MODEL", OWN, "Model result");
/// Our code for the box of a model's region.
pub(in crate::files) const MODEL_REGION_CODE: &str = "MODEL-REGION";
pub(super) const MODEL_REGION: Code<'_> =
    Code(MODEL_REGION_CODE, OWN, "Region at or above threshold");
pub(super) const SCORE: Code<'_> = Code("SCORE", OWN, "Score, not a probability of disease");
pub(super) const PERCENTILE: Code<'_> = Code("PERCENTILE", OWN, "Normal films with a lower score");
pub(super) const P_VALUE: Code<'_> = Code("P-VALUE", OWN, "p-value among normal films");
pub(super) const NORMALS: Code<'_> = Code("NORMALS", OWN, "Normal films compared with");
pub(super) const THRESHOLD: Code<'_> = Code("THRESHOLD", OWN, "Threshold of the map");
pub(super) const REGIONS: Code<'_> = Code("REGIONS", OWN, "Regions at or above threshold");

pub(super) const NO_UNITS: Code<'_> = Code("1", "UCUM", "no units");
pub(super) const PERCENT: Code<'_> = Code("%", "UCUM", "percent");
const MILLIMETRES: Code<'_> = Code("mm", "UCUM", "mm");
const SQUARE_MILLIMETRES: Code<'_> = Code("mm2", "UCUM", "mm2");
const SQUARE_CENTIMETRES: Code<'_> = Code("cm2", "UCUM", "cm2");
const PIXELS: Code<'_> = Code("{pixels}", "UCUM", "pixels");
const SQUARE_PIXELS: Code<'_> = Code("{pixels}", "UCUM", "square pixels");
const DEGREES: Code<'_> = Code("deg", "UCUM", "degree");
const HOUNSFIELD: Code<'_> = Code("[hnsf'U]", "UCUM", "Hounsfield unit");

/// Says what our own codes are.
pub(super) fn own_scheme() -> Item {
    Item::new()
        .text(tags::CODING_SCHEME_DESIGNATOR, OWN)
        .text(tags::CODING_SCHEME_NAME, "Silhouette's own codes")
        .text(tags::CODING_SCHEME_RESPONSIBLE_ORGANIZATION, "Silhouette")
}

/// Our codes for marks.
const MARKS: [(ShapeKind, &str); 10] = [
    (ShapeKind::Length, "LENGTH"),
    (ShapeKind::Angle, "ANGLE"),
    (ShapeKind::CobbAngle, "COBB-ANGLE"),
    (ShapeKind::Rectangle, "RECTANGLE"),
    (ShapeKind::Ellipse, "ELLIPSE"),
    (ShapeKind::Freehand, "FREEHAND"),
    (ShapeKind::Arrow, "ARROW"),
    (ShapeKind::Text, "TEXT"),
    (ShapeKind::Point, "POINT"),
    (ShapeKind::CardiothoracicRatio, "CTR"),
];

/// Returns what a mark is.
pub(super) fn mark(kind: ShapeKind) -> Code<'static> {
    let known = MARKS.iter().find(|(known, _)| *known == kind);
    Code(known.map_or("MARK", |(_, code)| code), OWN, kind.name())
}

/// Returns the kind of mark that one of our codes means.
pub(in crate::files) fn mark_of_code(code: &str) -> Option<ShapeKind> {
    let known = MARKS.iter().find(|(_, known)| *known == code);
    known.map(|(kind, _)| *kind)
}

/// Returns what was measured.
pub(super) fn quantity(kind: QuantityKind) -> Code<'static> {
    match kind {
        QuantityKind::Length => Code("410668003", "SCT", "Length"),
        QuantityKind::Angle => Code("1483009", "SCT", "Angle"),
        QuantityKind::CobbAngle => Code("COBB-ANGLE", OWN, "Cobb angle"),
        QuantityKind::Area => AREA,
        QuantityKind::Mean => MEAN,
        QuantityKind::StandardDeviation => Code("386136009", "SCT", "Standard Deviation"),
        QuantityKind::Minimum => Code("255605001", "SCT", "Minimum"),
        QuantityKind::Maximum => MAXIMUM,
        QuantityKind::Sample => Code("SAMPLE", OWN, "Sample value"),
        QuantityKind::HeartWidth => Code("HEART-WIDTH", OWN, "Width of the heart"),
        QuantityKind::ThoraxWidth => Code("THORAX-WIDTH", OWN, "Width of the thorax"),
        QuantityKind::CardiothoracicRatio => Code("CTR", OWN, "Cardiothoracic ratio"),
    }
}

/// Returns the code of a unit; where it holds stands beside it in words.
pub(super) fn unit(unit: &str) -> Code<'static> {
    let first = unit.split(' ').next().unwrap_or_default();
    match first {
        "mm" => MILLIMETRES,
        "mm²" => SQUARE_MILLIMETRES,
        "cm²" => SQUARE_CENTIMETRES,
        "px" => PIXELS,
        "px²" => SQUARE_PIXELS,
        "°" => DEGREES,
        "%" => PERCENT,
        "HU" => HOUNSFIELD,
        _ => NO_UNITS,
    }
}
