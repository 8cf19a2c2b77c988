//! Objects about films: reports, presentation states, segmentations, parametric maps, key images.
//!
//! Files from others may say anything. Nothing here believes a count or a length; what is too much is
//! left out and said.

mod areas;
mod drawn;
mod graphics;
mod map;
mod on_film;
mod outlines;
mod report;
mod selection;
mod views;

use dicom::core::Tag;
use dicom::dictionary_std::{tags, uids};
use dicom::object::InMemDicomObject;

use super::attributes::{items, text};
use super::dataset::{self, Dataset};
use super::origin::is_uid;
use crate::error::Result;
use crate::files::returned::{Returned, ReturnedKind};
use crate::radiograph::{Annotation, AnnotationId, AnnotationSource, Shape};

/// The most marks that are taken over from one object.
const MOST_MARKS: usize = 2_000;

/// The most films that an object may name.
const MOST_FILMS: usize = 1_000;

/// Deeper items are not looked into: reports stay far below.
const DEEPEST: usize = 32;

/// The longest label that is taken over, in characters.
const LONGEST_LABEL: usize = 200;

/// Reports what kind of object about a film a file says it is, by the file meta group alone.
pub(in crate::files) fn kind(bytes: &[u8]) -> Option<ReturnedKind> {
    let class = super::deidentified::meta_value(bytes, Tag(2, 2))?;
    let class = std::str::from_utf8(&class).ok()?;
    Some(match class {
        uids::COMPREHENSIVE_SR_STORAGE
        | uids::COMPREHENSIVE3_DSR_STORAGE
        | uids::ENHANCED_SR_STORAGE
        | uids::BASIC_TEXT_SR_STORAGE => ReturnedKind::Report,
        uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE => ReturnedKind::Presentation,
        uids::SEGMENTATION_STORAGE => ReturnedKind::Segmentation,
        uids::PARAMETRIC_MAP_STORAGE => ReturnedKind::ParametricMap,
        uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE => ReturnedKind::KeyObjects,
        _ => return None,
    })
}

/// Reads an object about films.
///
/// # Errors
/// When it is damaged, or its pixels are of a kind that is not read.
pub(in crate::files) fn read(bytes: &[u8], kind: ReturnedKind) -> Result<Returned> {
    let dataset = dataset::read_all(bytes, &mut Vec::new())?;
    let object = &dataset.attributes;
    let mut films = Vec::new();
    named(object, 0, &mut films);
    let mut returned = Returned {
        kind,
        own: text(object, tags::MANUFACTURER).as_deref() == Some("Silhouette"),
        films,
        study: text(object, tags::STUDY_INSTANCE_UID).unwrap_or_default(),
        marks: Vec::new(),
        views: Vec::new(),
        key_films: Vec::new(),
        map: None,
        size: None,
        said: Vec::new(),
        ignored: Vec::new(),
    };
    fill(&mut returned, &dataset)?;
    let found = returned.marks.len();
    if found > MOST_MARKS {
        returned.marks.truncate(MOST_MARKS);
        let left = found - MOST_MARKS;
        returned.ignored.push(format!("{left} more marks"));
    }
    for (number, mark) in (1..).zip(&mut returned.marks) {
        mark.annotation.id = AnnotationId(number);
    }
    Ok(returned)
}

fn fill(returned: &mut Returned, dataset: &Dataset<'_>) -> Result<()> {
    match returned.kind {
        ReturnedKind::Report => report::read(&dataset.attributes, returned),
        ReturnedKind::Presentation => graphics::read(&dataset.attributes, returned),
        ReturnedKind::Segmentation => areas::read(dataset, returned)?,
        ReturnedKind::ParametricMap => map::read(dataset, returned)?,
        ReturnedKind::KeyObjects => selection::read(&dataset.attributes, returned),
    }
    Ok(())
}

/// Collects the objects that a data set names, each once.
fn named(object: &InMemDicomObject, depth: usize, films: &mut Vec<String>) {
    if depth > DEEPEST || films.len() >= MOST_FILMS {
        return;
    }
    if let Some(uid) = text(object, tags::REFERENCED_SOP_INSTANCE_UID)
        && is_uid(&uid)
        && !films.contains(&uid)
    {
        films.push(uid);
    }
    for element in object {
        for item in element.items().unwrap_or_default() {
            named(item, depth + 1, films);
        }
    }
}

/// Returns the films that an item names in one of its sequences.
fn films_in(item: &InMemDicomObject, sequence: Tag) -> Vec<String> {
    let named = items(item, sequence).iter();
    named
        .filter_map(|one| text(one, tags::REFERENCED_SOP_INSTANCE_UID))
        .take(MOST_FILMS)
        .collect()
}

/// Makes a mark; its number comes later.
fn mark(shape: Shape, label: &str) -> Annotation {
    Annotation {
        id: AnnotationId(0),
        shape,
        label: label.chars().take(LONGEST_LABEL).collect(),
        source: AnnotationSource::Imported,
        words_apart: None,
    }
}

/// Counts what is left out, in words.
fn left_out(count: usize, one: &str, several: &str, ignored: &mut Vec<String>) {
    match count {
        0 => {}
        1 => ignored.push(format!("1 {one}")),
        count => ignored.push(format!("{count} {several}")),
    }
}
