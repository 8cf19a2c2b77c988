//! Structured report: marks, boxes, scores and thresholds as numbers (PS3.16 TID 1500).
//!
//! Each mark is a measurement group, each region of a model too, and a model's score with its
//! threshold is one: a model that found nothing says so. Every model is a device observer, its
//! serial number the hash of its weights.

use dicom::dictionary_std::{tags, uids};

use super::common::{Kind, content_moment, contributors, evidence, object, origin};
use super::concepts as c;
use super::drawings::axes;
use super::elements::{Code, Item};
use super::findings::{mark_uid, outline};
use super::tree::{
    CONTAINS, CONTEXT, INFERRED, MODIFIER, concept, container, coordinates, image, number,
    template, uid, words,
};
use super::{Algorithm, Findings, ModelResult, Subject, region_uid, tracking_uid};
use crate::anomaly::Region;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{Annotation, Origin, PixelPoint, Shape};

/// Writes what is said about a film as a Comprehensive SR.
///
/// # Errors
/// When the film belongs to no study, or there is nothing to report.
pub fn structured_report(subject: &Subject<'_>, findings: &Findings) -> Result<Vec<u8>> {
    let origin = origin(subject)?;
    if findings.annotations.is_empty() && findings.results.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "there is nothing to report: no mark is drawn and no model's result is shown",
            "Draw a mark or analyse the film first.",
        ));
    }
    let kind = Kind {
        sop_class: uids::COMPREHENSIVE_SR_STORAGE,
        modality: "SR",
        series_number: 9005,
        description: "Silhouette measurements",
    };
    let object = object(subject, &kind)?
        .text(tags::COMPLETION_FLAG, "PARTIAL")
        .text(tags::COMPLETION_FLAG_DESCRIPTION, subject.statement)
        .text(tags::VERIFICATION_FLAG, "UNVERIFIED")
        .empty(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE)
        .empty(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE)
        .items(
            tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE,
            vec![c::own_scheme()],
        )
        .items(
            tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
            vec![evidence(&origin.study, &[origin])],
        );
    let results = findings.results.iter();
    let algorithms: Vec<&Algorithm> = results.map(|result| &result.algorithm).collect();
    let object = contributors(content_moment(object, subject), &algorithms);
    object.and(root(subject, origin, findings)).file()
}

fn root(subject: &Subject<'_>, origin: &Origin, findings: &Findings) -> Item {
    let mut children = vec![concept(MODIFIER, c::LANGUAGE, c::ENGLISH)];
    children.extend(observer("silhouette", env!("CARGO_PKG_VERSION")));
    for result in &findings.results {
        let Algorithm {
            name,
            weights_sha256,
        } = &result.algorithm;
        children.extend(observer(name, weights_sha256));
    }
    children.push(concept(MODIFIER, c::PROCEDURE, c::RADIOGRAPHY));
    let library = container(
        CONTAINS,
        c::LIBRARY_GROUP,
        vec![image(CONTAINS, None, origin)],
    );
    children.push(container(CONTAINS, c::LIBRARY, vec![library]));
    let about = (subject, origin);
    let marks = findings.annotations.iter().map(|mark| of_mark(about, mark));
    let mut groups: Vec<Item> = marks.collect();
    for result in &findings.results {
        groups.push(of_result(about, result));
        let regions = result.regions.iter();
        groups.extend(regions.map(|region| of_region(about, result, region)));
    }
    children.push(container(CONTAINS, c::MEASUREMENTS, groups));
    let root = Item::new()
        .text(tags::VALUE_TYPE, "CONTAINER")
        .code(tags::CONCEPT_NAME_CODE_SEQUENCE, c::REPORT)
        .text(tags::CONTINUITY_OF_CONTENT, "SEPARATE")
        .items(tags::CONTENT_SEQUENCE, children);
    template(root, "1500")
}

/// A device observer (TID 1004).
fn observer(name: &str, serial: &str) -> Vec<Item> {
    let known_by = tracking_uid(&["device", name, serial]);
    vec![
        concept(CONTEXT, c::OBSERVER_TYPE, c::DEVICE),
        uid(CONTEXT, c::DEVICE_UID, &known_by),
        words(CONTEXT, c::DEVICE_NAME, name),
        words(CONTEXT, c::DEVICE_MAKER, "Silhouette"),
        words(CONTEXT, c::DEVICE_MODEL, name),
        words(CONTEXT, c::DEVICE_SERIAL, serial),
    ]
}

fn tracked(name: &str, known_by: &str, finding: Code<'_>) -> Vec<Item> {
    vec![
        words(CONTEXT, c::TRACKING_ID, name),
        uid(CONTEXT, c::TRACKING_UID, known_by),
        concept(CONTAINS, c::FINDING, finding),
    ]
}

/// A mark: a region with what was measured in it (TID 1410), or numbers that were read off lines
/// and points (TID 1501).
fn of_mark((subject, origin): (&Subject<'_>, &Origin), mark: &Annotation) -> Item {
    let finding = c::mark(mark.shape.kind());
    let mut children = tracked(&mark.name(), &mark_uid(origin, mark), finding);
    let measured = mark.measure(subject.film);
    let (graphic_type, points) = place(&mark.shape);
    let at = |relationship| coordinates((relationship, c::REGION), (graphic_type, &points), origin);
    let region = matches!(
        mark.shape,
        Shape::Rectangle(_) | Shape::Ellipse(_) | Shape::Freehand(_)
    );
    let read_off = !region && !measured.quantities.is_empty();
    if !read_off {
        children.push(at(CONTAINS));
    }
    children.extend(measured.quantities.iter().map(|quantity| {
        number(
            c::quantity(quantity.kind),
            (quantity.value, c::unit(&quantity.unit)),
            read_off.then(|| at(INFERRED)),
        )
    }));
    let said = [mark.label.trim().to_owned(), measured.text()];
    let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
    if !said.is_empty() {
        children.push(words(CONTAINS, c::COMMENT, &said.join(": ")));
    }
    let group = container(CONTAINS, c::GROUP, children);
    template(group, if read_off { "1501" } else { "1410" })
}

/// Returns the graphic type and the points of a mark (PS3.3 C.18.6).
fn place(shape: &Shape) -> (&'static str, Vec<PixelPoint>) {
    match shape {
        Shape::Text(_) | Shape::Point(_) => ("POINT", shape.points()),
        Shape::Ellipse(_) => ("ELLIPSE", axes(shape)),
        Shape::Rectangle(rect) => {
            let corners = rect.corners();
            ("POLYLINE", [&corners[..], &corners[..1]].concat())
        }
        Shape::Freehand(line) => {
            let first = line.iter().take(1);
            ("POLYLINE", line.iter().chain(first).copied().collect())
        }
        _ => ("POLYLINE", shape.points()),
    }
}

/// Names a model (TID 4019).
fn made_by(result: &ModelResult) -> Vec<Item> {
    vec![
        words(MODIFIER, c::ALGORITHM_NAME, &result.algorithm.name),
        words(
            MODIFIER,
            c::ALGORITHM_VERSION,
            &result.algorithm.weights_sha256,
        ),
        words(
            MODIFIER,
            c::ALGORITHM_PARAMETERS,
            &format!(
                "{} map cut at {} {} ({})",
                result.map.name(),
                result.threshold,
                result.unit,
                result.threshold_source
            ),
        ),
    ]
}

/// What a model says about the whole film.
fn of_result((subject, origin): (&Subject<'_>, &Origin), result: &ModelResult) -> Item {
    let film = subject.film.source.origin.as_ref();
    let film = film.map_or("", |origin| origin.sop_instance.as_str());
    let Algorithm {
        name,
        weights_sha256,
    } = &result.algorithm;
    let known_by = tracking_uid(&[film, name, weights_sha256, result.map.name()]);
    let mut children = tracked(
        &format!("{name} {}", result.map.name()),
        &known_by,
        c::MODEL_RESULT,
    );
    children.extend(made_by(result));
    children.push(image(CONTAINS, Some(c::SOURCE), origin));
    let mut put = |name, value: f64, unit| children.push(number(name, (value, unit), None));
    if let Some(score) = &result.score {
        put(c::SCORE, f64::from(score.raw), c::NO_UNITS);
        if let (Some(percentile), Some(p_value)) = (score.percentile, score.p_value) {
            put(c::PERCENTILE, f64::from(percentile), c::PERCENT);
            put(c::P_VALUE, f64::from(p_value), c::NO_UNITS);
            put(c::NORMALS, score.calibration_films as f64, c::NO_UNITS);
        }
    }
    put(c::THRESHOLD, f64::from(result.threshold), c::NO_UNITS);
    put(c::REGIONS, result.regions.len() as f64, c::NO_UNITS);
    let flag = result.flag.iter();
    children.extend(flag.map(|flag| words(CONTAINS, c::COMMENT, flag)));
    template(container(CONTAINS, c::GROUP, children), "1501")
}

/// A region that a model found: its box and what was measured in it.
fn of_region(
    (subject, origin): (&Subject<'_>, &Origin),
    result: &ModelResult,
    region: &Region,
) -> Item {
    let name = format!("{} region {}", result.algorithm.name, region.id);
    let known_by = region_uid(subject, result, region);
    let mut children = tracked(&name, &known_by, c::MODEL_REGION);
    children.extend(made_by(result));
    children.push(coordinates(
        (CONTAINS, c::REGION),
        ("POLYLINE", &outline(region)),
        origin,
    ));
    let area = match region.area_mm2 {
        Some(area_mm2) => (f64::from(area_mm2), c::unit("mm²")),
        None => (f64::from(region.area_px), c::unit("px²")),
    };
    children.push(number(c::AREA, area, None));
    children.push(number(
        c::MAXIMUM,
        (f64::from(region.peak), c::NO_UNITS),
        None,
    ));
    children.push(number(c::MEAN, (f64::from(region.mean), c::NO_UNITS), None));
    template(container(CONTAINS, c::GROUP, children), "1410")
}
