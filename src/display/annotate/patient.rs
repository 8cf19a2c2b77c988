//! The patient on an annotated picture, in every script.

use super::ExportRequest;
use super::lettering::Lettering;
use super::wording::film_line;
use crate::display::{legible, written_name};
use crate::radiograph::{Identity, readable_date};

/// Returns everything to print that may be of any script.
pub(super) fn foreign_text(request: &ExportRequest) -> String {
    let mut text = film_line(request);
    let labels = request.marks.iter().map(|mark| &*mark.annotation.label);
    text.extend(labels);
    if let Some(identity) = &request.identity {
        let groups = identity.patient_name_groups.iter();
        text.extend(groups.map(String::as_str));
        text.extend(facts_of(identity));
    }
    text
}

/// Writes whom a film shows.
pub(super) fn line(identity: &Identity, lettering: &Lettering) -> String {
    let mut has = |text: &str| lettering.has(text);
    let mut known: Vec<String> = written_name(identity, &mut has).into_iter().collect();
    known.extend(facts_of(identity).map(|fact| legible(&fact, &mut has).into_owned()));
    if known.is_empty() {
        "Patient not stated".to_owned()
    } else {
        format!("Patient {}", known.join(" · "))
    }
}

/// Returns what is known of a patient beside the name.
fn facts_of(identity: &Identity) -> impl Iterator<Item = String> {
    let date = |stored: &Option<String>| stored.as_deref().map(readable_date);
    let facts = [
        identity.patient_id.clone(),
        date(&identity.birth_date).map(|date| format!("born {date}")),
        identity.sex.clone(),
        date(&identity.study_date),
        identity.institution.clone(),
        identity.accession.clone(),
    ];
    facts.into_iter().flatten()
}
