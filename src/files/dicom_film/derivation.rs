//! Whether an image is a picture of another one, which it names (PS3.3 C.7.6.1.1.4).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{items, text, texts};
use super::departures::SECONDARY_CAPTURE;
use super::origin::is_uid;
use crate::radiograph::Derivation;

/// The most images that a picture is taken to be made of.
const MOST_SOURCES: usize = 64;

/// Reads what a Secondary Capture says it was derived from. One that names nothing may be the only
/// copy of a film, as digitised ones are.
pub(super) fn of(object: &InMemDicomObject, coloured: bool) -> Option<Derivation> {
    let class = text(object, tags::SOP_CLASS_UID)?;
    let derived = texts(object, tags::IMAGE_TYPE).first()? == "DERIVED";
    if !class.starts_with(SECONDARY_CAPTURE) || !derived {
        return None;
    }
    let named = items(object, tags::SOURCE_IMAGE_SEQUENCE).iter();
    let named = named.filter_map(|one| text(one, tags::REFERENCED_SOP_INSTANCE_UID));
    let sources: Vec<String> = named.filter(|uid| is_uid(uid)).take(MOST_SOURCES).collect();
    let own = text(object, tags::MANUFACTURER).as_deref() == Some("Silhouette");
    let burned_in = text(object, tags::BURNED_IN_ANNOTATION).as_deref() == Some("YES");
    (!sources.is_empty()).then_some(Derivation {
        sources,
        drawn_over: own || coloured || burned_in,
    })
}
