//! Key Object Selection: which films of a study the reader marked (PS3.3 A.35.4, PS3.16 TID 2010).

use std::sync::Arc;

use dicom::dictionary_std::{tags, uids};

use super::Subject;
use super::common::{Kind, content_moment, evidence, object, origin};
use super::concepts as c;
use super::elements::Item;
use super::tree::{CONTAINS, MODIFIER, concept, image, template, words};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::Origin;

/// Names films of the subject's study as key images; those of other studies are left out.
///
/// # Errors
/// When the film belongs to no study, or none of the films to that one.
pub fn key_objects(subject: &Subject<'_>, films: &[Arc<Origin>]) -> Result<Vec<u8>> {
    let about = origin(subject)?;
    let mut of_study: Vec<&Origin> = Vec::new();
    for film in films {
        let known = |known: &&Origin| known.sop_instance == film.sop_instance;
        if film.study == about.study && !of_study.iter().any(known) {
            of_study.push(film);
        }
    }
    if of_study.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "no film of this study is marked as a key image",
            "Mark one first (K).",
        ));
    }
    let kind = Kind {
        sop_class: uids::KEY_OBJECT_SELECTION_DOCUMENT_STORAGE,
        modality: "KO",
        series_number: 9006,
        description: "Silhouette key images",
    };
    let object = object(subject, &kind)?
        .empty(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE)
        .items(
            tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
            vec![evidence(&about.study, &of_study)],
        );
    let mut children = vec![
        concept(MODIFIER, c::LANGUAGE, c::ENGLISH),
        words(CONTAINS, c::KEY_DESCRIPTION, subject.statement),
    ];
    let images = of_study.iter().map(|film| image(CONTAINS, None, film));
    children.extend(images);
    let root = Item::new()
        .text(tags::VALUE_TYPE, "CONTAINER")
        .code(tags::CONCEPT_NAME_CODE_SEQUENCE, c::OF_INTEREST)
        .text(tags::CONTINUITY_OF_CONTENT, "SEPARATE")
        .items(tags::CONTENT_SEQUENCE, children);
    content_moment(object, subject)
        .and(template(root, "2010"))
        .file()
}
