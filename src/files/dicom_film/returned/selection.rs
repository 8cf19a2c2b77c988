//! Key Object Selections: which films somebody marked, and why (PS3.16 TID 2010).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::MOST_FILMS;
use crate::files::dicom_film::attributes::{items, text};
use crate::files::returned::Returned;

/// Titles that reject films (PS3.16 CID 7011): “Rejected for Quality Reasons”, “… for Patient Safety
/// Reasons”, “Incorrect Modality Worklist Entry”, “Data Retention Policy Expired”, “Quality Issue”.
const REJECTING: [&str; 5] = ["113001", "113037", "113038", "113039", "113010"];

/// “Key Object Description”.
const DESCRIPTION: &str = "113012";

/// Reads a selection. One that rejects films marks none.
pub(super) fn read(object: &InMemDicomObject, returned: &mut Returned) {
    let title = items(object, tags::CONCEPT_NAME_CODE_SEQUENCE).first();
    let of_title = |tag| title.and_then(|title| text(title, tag));
    let code = of_title(tags::CODE_VALUE).unwrap_or_default();
    let meaning = of_title(tags::CODE_MEANING).unwrap_or_else(|| "untitled".to_owned());
    let children = items(object, tags::CONTENT_SEQUENCE);
    let mut films = Vec::new();
    let mut others = 0;
    for child in children {
        let referenced = items(child, tags::REFERENCED_SOP_SEQUENCE).iter();
        let named = referenced.filter_map(|one| text(one, tags::REFERENCED_SOP_INSTANCE_UID));
        match text(child, tags::VALUE_TYPE).as_deref() {
            Some("IMAGE") => films.extend(named.take(MOST_FILMS)),
            Some("COMPOSITE" | "WAVEFORM") => others += 1,
            _ => {}
        }
    }
    films.truncate(MOST_FILMS);
    returned.said.push(format!("It is titled “{meaning}”"));
    let name = |child: &InMemDicomObject| {
        let name = items(child, tags::CONCEPT_NAME_CODE_SEQUENCE).first()?;
        text(name, tags::CODE_VALUE)
    };
    let described = children
        .iter()
        .filter(|child| name(child).as_deref() == Some(DESCRIPTION));
    let described = described.filter_map(|child| text(child, tags::TEXT_VALUE));
    returned.said.extend(described.take(1));
    super::left_out(
        others,
        "object that is no film",
        "objects that are no films",
        &mut returned.ignored,
    );
    if REJECTING.contains(&code.as_str()) {
        let words = format!("its films as key images: it rejects them (“{meaning}”)");
        returned.ignored.push(words);
    } else {
        returned.key_films = films;
    }
}
