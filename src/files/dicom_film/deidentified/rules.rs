//! What becomes of an attribute: by the profile's table where it has a line, and by its VR where
//! it has none. Nothing is changed here.
//!
//! The table lists what is known to identify. Everything else may too, wherever somebody typed the
//! wrong thing into the wrong field, so what it does not list stays only if its VR leaves no room
//! for it: numbers, codes, UIDs; of texts the radiographer's words; of bytes lookup tables.

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;

use super::super::header::dictionary_vr;
use super::profile::{Action, Exception, Row, row};
use crate::files::deidentification::{Dates, Options};

/// What becomes of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Stays as it is, with all its content.
    Keep,
    /// Stays if its value is what its VR says, by the characters it is made of.
    KeepIfSound,
    Remove,
    Empty,
    Dummy,
    /// Each UID becomes another.
    Uid,
    /// Known words of its text stay.
    Clean,
    /// Its dates are moved.
    Move,
    /// A sequence that stays, with its items judged.
    Recurse,
}

/// Judges an attribute that is not private.
pub(super) fn verdict(tag: Tag, vr: VR, options: &Options) -> Verdict {
    // Groups of commands and of directories have no place here; curves and overlays are drawings
    // and texts (PS3.15 table E.1-1: 50xx, 60xx); group lengths are wrong afterwards.
    let unwanted = matches!(tag.0, 0..=7 | 0x5000..=0x50ff | 0x6000..=0x60ff);
    if unwanted || tag.1 == 0 {
        return Verdict::Remove;
    }
    match row(tag) {
        Some(row) => listed(row, vr, options),
        None => unlisted(tag, vr, options),
    }
}

fn listed(row: &Row, vr: VR, options: &Options) -> Verdict {
    let retained = [
        (options.retain_uids, row.uids),
        (options.retain_device, row.device),
        (options.retain_institution, row.institution),
        (options.retain_patient, row.patient),
        (options.clean_descriptors, row.descriptors),
    ];
    for (wanted, exception) in retained {
        match exception {
            Some(Exception::Keep) if wanted => return Verdict::Keep,
            Some(Exception::Clean) if wanted && vr == VR::SQ => return Verdict::Recurse,
            Some(Exception::Clean) if wanted => return Verdict::Clean,
            _ => {}
        }
    }
    if row.dates.is_some() {
        match (options.dates, vr) {
            (Dates::Kept, _) => return Verdict::KeepIfSound,
            (Dates::Moved, VR::DA | VR::DT) => return Verdict::Move,
            (Dates::Moved, VR::TM) => return Verdict::KeepIfSound,
            _ => {}
        }
    }
    match (row.action, vr) {
        (Action::Uid, VR::SQ) => Verdict::Recurse,
        (Action::Uid, _) => Verdict::Uid,
        // A sequence without items means as little as one with meaningless items.
        (Action::Dummy | Action::Empty, VR::SQ) => Verdict::Empty,
        (Action::Dummy, _) => Verdict::Dummy,
        (Action::Empty, _) => Verdict::Empty,
        (Action::Remove, _) => Verdict::Remove,
    }
}

fn unlisted(tag: Tag, vr: VR, options: &Options) -> Verdict {
    // What the standard does not know is somebody's own.
    if dictionary_vr(tag) == VR::UN && !is_table(tag) {
        return Verdict::Remove;
    }
    match vr {
        VR::SQ => Verdict::Recurse,
        VR::PN => Verdict::Empty,
        VR::UI if is_class(tag) || options.retain_uids => Verdict::KeepIfSound,
        VR::UI => Verdict::Uid,
        VR::DA | VR::DT => match options.dates {
            Dates::Removed => Verdict::Remove,
            Dates::Kept => Verdict::KeepIfSound,
            Dates::Moved => Verdict::Move,
        },
        VR::TM => match options.dates {
            Dates::Removed => Verdict::Remove,
            Dates::Kept | Dates::Moved => Verdict::KeepIfSound,
        },
        VR::LO | VR::SH | VR::ST | VR::LT | VR::UT | VR::UC => Verdict::Clean,
        VR::OB | VR::OW | VR::UN if is_table(tag) => Verdict::KeepIfSound,
        VR::AE | VR::AS | VR::UR | VR::UN => Verdict::Remove,
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW => Verdict::Remove,
        _ => Verdict::KeepIfSound,
    }
}

/// UIDs that name kinds of things, not things.
fn is_class(tag: Tag) -> bool {
    matches!(
        tag,
        tags::SOP_CLASS_UID
            | tags::REFERENCED_SOP_CLASS_UID
            | tags::RELATED_GENERAL_SOP_CLASS_UID
            | tags::ORIGINAL_SPECIALIZED_SOP_CLASS_UID
            | tags::CODING_SCHEME_UID
            | tags::CONTEXT_UID
            | tags::MAPPING_RESOURCE_UID
    )
}

/// Lookup tables and palettes: bytes without which the picture is another.
fn is_table(tag: Tag) -> bool {
    matches!(tag, Tag(0x0028, 0x3006 | 0x1201..=0x1204 | 0x1221..=0x1224))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(tag: Tag, vr: VR) -> Verdict {
        verdict(tag, vr, &Options::default())
    }

    #[test]
    fn the_table_comes_first_and_the_vr_after_it() {
        assert_eq!(judged(tags::PATIENT_ADDRESS, VR::LO), Verdict::Remove);
        assert_eq!(judged(tags::STUDY_DATE, VR::DA), Verdict::Empty);
        assert_eq!(judged(tags::ROWS, VR::US), Verdict::KeepIfSound);
        assert_eq!(judged(tags::ICC_PROFILE, VR::OB), Verdict::Remove);
        assert_eq!(judged(tags::LUT_DATA, VR::OW), Verdict::KeepIfSound);
        assert_eq!(
            judged(tags::WINDOW_CENTER_WIDTH_EXPLANATION, VR::LO),
            Verdict::Clean
        );
        assert_eq!(
            judged(tags::REFERENCED_IMAGE_SEQUENCE, VR::SQ),
            Verdict::Recurse
        );
        assert_eq!(judged(tags::SOP_CLASS_UID, VR::UI), Verdict::KeepIfSound);
        for tag in [
            Tag(0x6002, 0x3000),
            Tag(0x5000, 0x3000),
            Tag(8, 0),
            Tag(8, 0xfff0),
        ] {
            assert_eq!(judged(tag, VR::OW), Verdict::Remove, "{tag}");
        }
    }

    #[test]
    fn options_make_exceptions() {
        let options = Options {
            retain_patient: true,
            retain_device: true,
            clean_descriptors: true,
            dates: Dates::Moved,
            ..Options::default()
        };
        let judged = |tag, vr| verdict(tag, vr, &options);
        assert_eq!(judged(tags::PATIENT_SEX, VR::CS), Verdict::Keep);
        assert_eq!(judged(tags::DEVICE_SERIAL_NUMBER, VR::LO), Verdict::Keep);
        assert_eq!(judged(tags::STUDY_DESCRIPTION, VR::LO), Verdict::Clean);
        assert_eq!(judged(tags::STUDY_DATE, VR::DA), Verdict::Move);
        assert_eq!(judged(tags::STUDY_TIME, VR::TM), Verdict::KeepIfSound);
        assert_eq!(judged(tags::PATIENT_BIRTH_DATE, VR::DA), Verdict::Empty);
        assert_eq!(judged(tags::INSTITUTION_NAME, VR::LO), Verdict::Dummy);
    }
}
