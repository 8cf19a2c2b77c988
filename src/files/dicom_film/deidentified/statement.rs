//! What a copy says about its de-identification (PS3.3 C.7.1.1 and C.7.6.1, PS3.16 CID 7050).

use dicom::core::VR;
use dicom::dictionary_std::tags;

use super::super::attributes::{items, text};
use super::super::dataset::Dataset;
use super::tree::{Element, Value};
use crate::files::deidentification::{Dates, Options};

const METHOD: &str = concat!(
    "PS3.15 Basic Profile and options, Silhouette ",
    env!("CARGO_PKG_VERSION")
);

/// The codes of the profile and its options, with what they mean.
const CODES: [(&str, &str); 12] = [
    ("113100", "Basic Application Confidentiality Profile"),
    ("113101", "Clean Pixel Data Option"),
    ("113102", "Clean Recognizable Visual Features Option"),
    ("113103", "Clean Graphics Option"),
    ("113104", "Clean Structured Content Option"),
    ("113105", "Clean Descriptors Option"),
    (
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    (
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    ("113108", "Retain Patient Characteristics Option"),
    ("113109", "Retain Device Identity Option"),
    ("113110", "Retain UIDs Option"),
    ("113111", "Retain Safe Private Option"),
];
const INSTITUTION: (&str, &str) = ("113112", "Retain Institution Identity Option");

/// Returns the elements that state what was done; codes that an earlier de-identification left in
/// the source stay.
pub(super) fn elements<'b>(
    source: &Dataset<'_>,
    options: &Options,
    identity_removed: bool,
) -> Vec<Element<'b>> {
    let text = |tag, vr, value: &str| Element::new(tag, vr, value.as_bytes().to_vec());
    let removed = if identity_removed { "YES" } else { "NO" };
    let times = match options.dates {
        Dates::Removed => "REMOVED",
        Dates::Kept => "UNMODIFIED",
        Dates::Moved => "MODIFIED",
    };
    let mut elements = vec![
        text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, removed),
        text(tags::DEIDENTIFICATION_METHOD, VR::LO, METHOD),
        Element {
            tag: tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
            vr: VR::SQ,
            value: Value::Items(applied(source, options).map(item).collect()),
        },
        text(
            tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED,
            VR::CS,
            times,
        ),
    ];
    if options.pixels_clean {
        elements.push(text(tags::BURNED_IN_ANNOTATION, VR::CS, "NO"));
    }
    elements
}

fn applied<'a>(
    source: &'a Dataset<'_>,
    options: &'a Options,
) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    let before: Vec<String> = items(
        &source.attributes,
        tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
    )
    .iter()
    .filter(|item| text(item, tags::CODING_SCHEME_DESIGNATOR).as_deref() == Some("DCM"))
    .filter_map(|item| text(item, tags::CODE_VALUE))
    .collect();
    let now = move |code: &str| match code {
        "113100" => true,
        "113101" => options.pixels_clean,
        "113105" => options.clean_descriptors,
        "113106" => options.dates == Dates::Kept,
        "113107" => options.dates == Dates::Moved,
        "113108" => options.retain_patient,
        "113109" => options.retain_device,
        "113110" => options.retain_uids,
        "113111" => options.retain_safe_private,
        "113112" => options.retain_institution,
        _ => false,
    };
    let codes = CODES.into_iter().chain([INSTITUTION]);
    codes.filter(move |(code, _)| now(code) || before.iter().any(|found| found == code))
}

fn item<'b>((code, meaning): (&'static str, &'static str)) -> Vec<Element<'b>> {
    vec![
        Element::new(tags::CODE_VALUE, VR::SH, code.as_bytes()),
        Element::new(tags::CODING_SCHEME_DESIGNATOR, VR::SH, &b"DCM"[..]),
        Element::new(tags::CODE_MEANING, VR::LO, meaning.as_bytes()),
    ]
}
