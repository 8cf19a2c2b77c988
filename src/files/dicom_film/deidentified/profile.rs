//! The table of the Basic Application Level Confidentiality Profile and its options (PS3.15 table
//! E.1-1), which lies beside this file as `profile.csv`: one attribute a line, what the profile
//! does with it, and which options say otherwise. No decision is made here.

use std::collections::HashMap;
use std::sync::OnceLock;

use dicom::core::Tag;

const TABLE: &str = include_str!("profile.csv");
/// Private elements that the standard holds to be safe (PS3.15 table E.3.10-1): those of them that
/// are numbers and codes.
const SAFE_PRIVATE: &str = include_str!("safe_private.csv");

/// What the profile does with an attribute. Where the table leaves a choice by the object's
/// definition (“X/Z/D”), it is the one that suits every definition: a dummy value before none, an
/// empty value before no attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// D: a value that means nothing.
    Dummy,
    /// Z: an empty value.
    Empty,
    /// X: no attribute.
    Remove,
    /// U: another UID, the same wherever the first one stood; in sequences, for every UID.
    Uid,
}

/// What an option does instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exception {
    /// K: the attribute is kept.
    Keep,
    /// C: what might identify is taken out of its value.
    Clean,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) action: Action,
    pub(super) uids: Option<Exception>,
    pub(super) device: Option<Exception>,
    pub(super) institution: Option<Exception>,
    pub(super) patient: Option<Exception>,
    /// Kept with full dates, cleaned (moved) with modified ones.
    pub(super) dates: Option<Exception>,
    pub(super) descriptors: Option<Exception>,
}

/// Returns the table's line about an attribute. Curves, overlays and private elements have no
/// lines of their own.
pub(super) fn row(tag: Tag) -> Option<&'static Row> {
    static ROWS: OnceLock<HashMap<u32, Row>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| TABLE.lines().skip(1).filter_map(parsed).collect());
    rows.get(&number(tag))
}

fn number(tag: Tag) -> u32 {
    u32::from(tag.0) << 16 | u32::from(tag.1)
}

fn parsed(line: &str) -> Option<(u32, Row)> {
    let mut fields = line.split(',');
    let tag = u32::from_str_radix(fields.next()?, 16).ok()?;
    let (_keyword, code, options) = (fields.next()?, fields.next()?, fields.next()?);
    let has = |letter| code.split('/').any(|one| one.starts_with(letter));
    let action = if has('U') {
        Action::Uid
    } else if has('D') {
        Action::Dummy
    } else if has('Z') {
        Action::Empty
    } else if code == "X" {
        Action::Remove
    } else {
        return None;
    };
    let option = |name: &str| {
        options
            .split(' ')
            .find_map(|one| match one.split_once(':')? {
                (found, "K") if found == name => Some(Exception::Keep),
                (found, "C") if found == name => Some(Exception::Clean),
                _ => None,
            })
    };
    let row = Row {
        action,
        uids: option("uids"),
        device: option("device"),
        institution: option("institution"),
        patient: option("patient"),
        dates: option("dates"),
        descriptors: option("descriptors"),
    };
    Some((tag, row))
}

/// Reports whether a private element is one of those that are safe: by the name its block was
/// reserved under, and its number within the block.
pub(super) fn safe_private(creator: &str, tag: Tag) -> bool {
    SAFE_PRIVATE.lines().skip(1).any(|line| {
        let mut fields = line.split(',');
        let mut next = || fields.next().unwrap_or_default();
        let (name, group, element) = (next(), next(), next());
        name == creator
            && group == format!("{:04X}", tag.0)
            && element == format!("{:02X}", tag.1 & 0xff)
    })
}

#[cfg(test)]
mod tests {
    use dicom::dictionary_std::tags;

    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines: Vec<&str> = TABLE.lines().skip(1).collect();
        assert!(lines.len() > 640);
        for line in lines {
            assert!(parsed(line).is_some(), "{line}");
        }
    }

    #[test]
    fn codes_with_a_choice_suit_every_definition() {
        let action = |tag| row(tag).unwrap().action;
        assert_eq!(action(tags::PATIENT_NAME), Action::Empty);
        assert_eq!(action(tags::SERIES_DATE), Action::Dummy);
        assert_eq!(action(tags::ACQUISITION_DATE), Action::Empty);
        assert_eq!(action(tags::PATIENT_ADDRESS), Action::Remove);
        assert_eq!(action(tags::REFERENCED_IMAGE_SEQUENCE), Action::Uid);
        assert_eq!(row(tags::ROWS), None);
        let study_date = row(tags::STUDY_DATE).unwrap();
        assert_eq!(study_date.dates, Some(Exception::Keep));
        assert_eq!(study_date.device, None);
    }

    #[test]
    fn private_elements_are_safe_by_the_name_of_their_block() {
        let spacing = Tag(0x0019, 0x1023);
        assert!(safe_private("GEMS_ACQU_01", spacing));
        assert!(!safe_private("ACME", spacing));
        assert!(!safe_private("GEMS_ACQU_01", Tag(0x0019, 0x1002)));
    }
}
