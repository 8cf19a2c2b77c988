//! The rules, carried out: a tree of elements in, what may stay of it out. Every value that stays
//! is looked through for the words that the file itself says identify somebody.

use std::collections::HashMap;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;

use super::super::header::dictionary_vr;
use super::rules::{Verdict, verdict};
use super::tokens::Tokens;
use super::tree::{Element, Value};
use super::{codes, dates, profile, sound, words};
use crate::files::deidentification::{Changes, Options, Pseudonyms};

/// Ages above are written as this one: few people reach them.
const OLDEST_YEARS: u32 = 89;
const OLDER: &[u8] = b"090Y";

/// Whom a file shows, under another name.
pub(super) struct Person {
    pub(super) pseudonym: Option<String>,
    /// By how many days the dates are moved.
    pub(super) days: i64,
}

/// Carries out the rules for one file.
pub(super) struct Judge<'a> {
    pub(super) options: &'a Options,
    pub(super) pseudonyms: &'a Pseudonyms,
    pub(super) tokens: &'a Tokens,
    pub(super) person: &'a Person,
    pub(super) changes: Changes,
}

impl Judge<'_> {
    /// Judges the elements of a data set or of an item. In the items of a sequence that an option
    /// keeps (`kept`), texts stay that nothing is known against.
    pub(super) fn elements<'b>(
        &mut self,
        elements: Vec<Element<'b>>,
        kept: bool,
    ) -> Vec<Element<'b>> {
        let creators = creators(&elements);
        let mut staying = if kept {
            Vec::new()
        } else {
            codes::kept(&elements)
        };
        staying.retain(|element| !self.tokens.in_text(element.bytes()));
        let answered = !staying.is_empty();
        for element in elements {
            let before = self.changes.removed;
            let (tag, private) = (element.tag, element.tag.0 % 2 == 1);
            let judged = if private {
                self.private(element, &creators)
            } else if answered && codes::answered(tag) {
                continue;
            } else {
                self.element(element, kept)
            };
            if judged.is_none() {
                self.changes.removed = before + 1;
                self.changes.private_removed += usize::from(private);
            }
            staying.extend(judged);
        }
        with_creators(&mut staying, &creators);
        staying.sort_by_key(|element| element.tag);
        // Of two elements with one tag, which no reader expects, the first one counts.
        staying.dedup_by_key(|element| element.tag);
        staying
    }

    fn private<'b>(
        &mut self,
        element: Element<'b>,
        creators: &HashMap<Tag, String>,
    ) -> Option<Element<'b>> {
        let tag = element.tag;
        let block = Tag(tag.0, tag.1 >> 8);
        let creator = creators.get(&block)?;
        let safe = self.options.retain_safe_private && profile::safe_private(creator, tag);
        safe.then(|| self.if_sound(element)).flatten()
    }

    fn element<'b>(&mut self, element: Element<'b>, kept: bool) -> Option<Element<'b>> {
        let (tag, vr) = (element.tag, element.vr);
        if matches!(tag, tags::PATIENT_NAME | tags::PATIENT_ID) {
            let pseudonym = self.person.pseudonym.clone().unwrap_or_default();
            return Some(self.replaced(tag, vr, pseudonym.into_bytes()));
        }
        let verdict = match verdict(tag, vr, self.options) {
            Verdict::Clean if kept => Verdict::Keep,
            verdict => verdict,
        };
        let empty = matches!(&element.value, Value::Bytes(bytes) if bytes.is_empty());
        match verdict {
            Verdict::Remove => None,
            // Nothing is nothing to hide.
            _ if empty => Some(element),
            Verdict::Keep => self.kept(element),
            Verdict::KeepIfSound => self.if_sound(element),
            Verdict::Recurse => self.recurse(element, false),
            Verdict::Empty if vr == VR::SQ => {
                self.changes.replaced += 1;
                let value = Value::Items(Vec::new());
                Some(Element { tag, vr, value })
            }
            Verdict::Empty => Some(self.replaced(tag, vr, Vec::new())),
            Verdict::Dummy => {
                let dummy = dummy(written_vr(tag, vr))?;
                Some(self.replaced(tag, vr, dummy.to_vec()))
            }
            Verdict::Uid => Some(self.other_uids(&element)),
            Verdict::Clean => Some(self.cleaned(&element)),
            Verdict::Move => Some(self.moved(&element)),
        }
    }

    fn replaced<'b>(&mut self, tag: Tag, vr: VR, value: Vec<u8>) -> Element<'b> {
        self.changes.replaced += 1;
        Element::new(tag, written_vr(tag, vr), value)
    }

    fn kept<'b>(&mut self, element: Element<'b>) -> Option<Element<'b>> {
        if element.vr == VR::SQ {
            return self.recurse(element, true);
        }
        if self.tokens.in_text(element.bytes()) || self.tokens.in_bytes(element.bytes()) {
            return None;
        }
        let years = std::str::from_utf8(element.bytes()).ok();
        let years = years.and_then(|age| age.trim().strip_suffix('Y')?.parse::<u32>().ok());
        if element.tag == tags::PATIENT_AGE && years.is_some_and(|years| years > OLDEST_YEARS) {
            return Some(self.replaced(element.tag, VR::AS, OLDER.to_vec()));
        }
        let as_uids = element.vr == VR::UI && !sound::uids(element.bytes());
        if as_uids {
            return Some(self.other_uids(&element));
        }
        Some(element)
    }

    fn if_sound<'b>(&mut self, element: Element<'b>) -> Option<Element<'b>> {
        if element.vr == VR::SQ {
            return self.recurse(element, false);
        }
        if element.vr == VR::CS {
            return self.codes(&element);
        }
        let bytes = element.bytes();
        let text = matches!(element.vr, VR::SH | VR::LO | VR::UI);
        let identifies = self.tokens.in_bytes(bytes) || (text && self.tokens.in_text(bytes));
        (sound::value(&element) && !identifies).then_some(element)
    }

    /// The terms of a code string that are codes: one that is none must not cost the others.
    fn codes<'b>(&self, element: &Element<'_>) -> Option<Element<'b>> {
        let terms = element.bytes().split(|&byte| byte == b'\\');
        let sound = |term: &&[u8]| sound::code(term, element.tag.0) && !self.tokens.in_text(term);
        let terms: Vec<&[u8]> = terms.filter(sound).collect();
        let some = terms.iter().any(|term| !sound::trimmed(term).is_empty());
        some.then(|| Element::new(element.tag, VR::CS, terms.join(&b'\\')))
    }

    fn recurse<'b>(&mut self, element: Element<'b>, kept: bool) -> Option<Element<'b>> {
        let Value::Items(items) = element.value else {
            return None;
        };
        let items = items
            .into_iter()
            .filter(|item| kept || codes::is_public(item))
            .map(|item| self.elements(item, kept))
            .collect();
        Some(Element {
            value: Value::Items(items),
            ..element
        })
    }

    fn other_uids<'b>(&mut self, element: &Element<'_>) -> Element<'b> {
        let others: Vec<String> = element
            .bytes()
            .split(|&byte| byte == b'\\')
            .map(|uid| self.other_uid(uid))
            .collect();
        let value = others.join("\\").into_bytes();
        Element::new(element.tag, written_vr(element.tag, element.vr), value)
    }

    fn other_uid(&mut self, uid: &[u8]) -> String {
        let uid = sound::trimmed(uid);
        match std::str::from_utf8(uid) {
            Ok("") => String::new(),
            // The standard's own, such as well-known frames of reference.
            Ok(known) if known.starts_with("1.2.840.10008.") && sound::uids(uid) => {
                known.to_owned()
            }
            _ => {
                self.changes.uids += 1;
                self.pseudonyms.uid(uid)
            }
        }
    }

    /// What is left of a text; where nothing is, the profile's value.
    fn cleaned<'b>(&mut self, element: &Element<'_>) -> Element<'b> {
        let (tag, vr) = (element.tag, element.vr);
        self.changes.texts_cleaned += 1;
        let words = words::cleaned(element.bytes(), &|word| self.tokens.in_text(word));
        if let Some(words) = words {
            return Element::new(tag, written_vr(tag, vr), words.into_bytes());
        }
        // What the table does not list may be required, with a value, by the object's definition.
        let required = profile::row(tag).is_none_or(|row| row.action == profile::Action::Dummy);
        let value = if required { dummy_text() } else { Vec::new() };
        self.replaced(tag, vr, value)
    }

    fn moved<'b>(&mut self, element: &Element<'_>) -> Element<'b> {
        let (tag, vr) = (element.tag, element.vr);
        match dates::moved(element.bytes(), self.person.days) {
            Some(moved) => {
                self.changes.dates_moved += 1;
                Element::new(tag, vr, moved.into_bytes())
            }
            None => self.replaced(tag, vr, Vec::new()),
        }
    }
}

/// The VR of a value that is made here.
fn written_vr(tag: Tag, written: VR) -> VR {
    match dictionary_vr(tag) {
        VR::UN => written,
        known => known,
    }
}

fn dummy_text() -> Vec<u8> {
    b"REMOVED".to_vec()
}

/// A value that means nothing (PS3.15 E.1: a dummy value), or `None` where there is none.
fn dummy(vr: VR) -> Option<&'static [u8]> {
    Some(match vr {
        VR::DA => b"19000101",
        VR::DT => b"19000101000000",
        VR::TM => b"000000",
        VR::AS => b"000Y",
        VR::DS | VR::IS => b"0",
        VR::AE | VR::CS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT => {
            b"REMOVED"
        }
        VR::OB | VR::OW | VR::SS | VR::US => &[0; 2],
        VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => &[0; 4],
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => &[0; 8],
        _ => return None,
    })
}

/// The names under which blocks of private elements are reserved, by group and block.
fn creators(elements: &[Element<'_>]) -> HashMap<Tag, String> {
    let reserving =
        |element: &&Element<'_>| element.tag.0 % 2 == 1 && (0x10..=0xff).contains(&element.tag.1);
    let named = |element: &Element<'_>| {
        let name = String::from_utf8_lossy(sound::trimmed(element.bytes())).into_owned();
        (element.tag, name)
    };
    elements.iter().filter(reserving).map(named).collect()
}

/// Adds the reservations of the private blocks that something stays of. Only names of the table of
/// safe elements get here.
fn with_creators(staying: &mut Vec<Element<'_>>, creators: &HashMap<Tag, String>) {
    let mut blocks: Vec<Tag> = staying
        .iter()
        .filter(|element| element.tag.0 % 2 == 1)
        .map(|element| Tag(element.tag.0, element.tag.1 >> 8))
        .collect();
    blocks.dedup();
    for block in blocks {
        if let Some(name) = creators.get(&block) {
            staying.push(Element::new(block, VR::LO, name.clone().into_bytes()));
        }
    }
}
