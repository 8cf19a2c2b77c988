//! What a file says of whom: the words that must be found nowhere in what is left of it. Rules by
//! attribute cannot know that somebody typed the patient's name into Body Part Examined; these do.

use std::collections::HashSet;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;

use super::super::character_set::CharacterSet;
use super::tree::{Element, Value};
use crate::error::Result;
use crate::files::damaged;

/// Shorter parts of names are too common among codes to look for.
const SHORTEST: usize = 3;
/// Shorter sequences of bytes stand in pixels by chance.
const SHORTEST_ANYWHERE: usize = 6;

/// The most words that are looked for among all bytes: films name a dozen people at most.
const MOST_ANYWHERE: usize = 200;

/// The words that identify, as the file writes them, in lower case where they are ASCII.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    words: HashSet<Vec<u8>>,
}

impl Tokens {
    /// Gathers the words of a data set.
    ///
    /// # Errors
    /// When there are so many that looking for each would take minutes.
    pub(super) fn of(elements: &[Element<'_>]) -> Result<Self> {
        let set = elements
            .iter()
            .find(|element| element.tag == tags::SPECIFIC_CHARACTER_SET)
            .map_or_else(String::new, |element| {
                String::from_utf8_lossy(element.bytes()).into_owned()
            });
        let mut tokens = Self::default();
        tokens.gather(elements, CharacterSet::read(&set));
        if tokens.longer().count() > MOST_ANYWHERE {
            return Err(damaged(format!(
                "the file holds more than {MOST_ANYWHERE} words of names"
            )));
        }
        Ok(tokens)
    }

    fn gather(&mut self, elements: &[Element<'_>], set: CharacterSet) {
        for element in elements {
            match &element.value {
                Value::Items(items) => items.iter().for_each(|item| self.gather(item, set)),
                Value::Bytes(bytes) if identifies(element) => {
                    self.add(bytes);
                    // The same in another encoding, as texts typed elsewhere would have it.
                    if !bytes.is_ascii() {
                        self.add(set.decode(bytes).as_bytes());
                    }
                }
                Value::Bytes(_) => {}
            }
        }
    }

    fn add(&mut self, value: &[u8]) {
        for part in value.split(|&byte| parts(byte)) {
            if part.len() >= SHORTEST {
                self.words.insert(part.to_ascii_lowercase());
            }
        }
    }

    /// Reports whether a text holds one of the words as a word of its own.
    pub(super) fn in_text(&self, text: &[u8]) -> bool {
        let mut words = text.split(|&byte| parts(byte) || matches!(byte, b'_' | b'/' | b':'));
        let found = words.any(|word| self.words.contains(&word.to_ascii_lowercase()));
        found || self.longer().any(|word| contains(text, word))
    }

    /// Reports whether bytes of any kind hold one of the longer words, as the file wrote it or in
    /// lower or upper case.
    pub(super) fn in_bytes(&self, bytes: &[u8]) -> bool {
        self.longer().any(|word| contains(bytes, word))
    }

    fn longer(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.words
            .iter()
            .filter(|word| word.len() >= SHORTEST_ANYWHERE)
    }
}

/// Reports whether bytes hold a word, in whatever case its ASCII letters are.
fn contains(bytes: &[u8], word: &[u8]) -> bool {
    let first = word[0];
    let upper = first.to_ascii_uppercase();
    let last = bytes.len().saturating_sub(word.len() - 1);
    (0..last).any(|at| {
        (bytes[at] == first || bytes[at] == upper)
            && bytes[at..at + word.len()].eq_ignore_ascii_case(word)
    })
}

fn parts(byte: u8) -> bool {
    matches!(
        byte,
        b'^' | b'=' | b'\\' | b' ' | b',' | b';' | b'.' | b'\0' | b'\t'..=b'\r'
    )
}

/// Names of persons, and what numbers, addresses and telephones lead to one.
fn identifies(element: &Element<'_>) -> bool {
    let text = matches!(
        element.vr,
        VR::LO | VR::SH | VR::ST | VR::LT | VR::UT | VR::UC | VR::UN | VR::OB | VR::CS
    );
    let patient = matches!(
        element.tag,
        tags::PATIENT_NAME
            | tags::PATIENT_ID
            | tags::OTHER_PATIENT_NAMES
            | tags::PATIENT_ADDRESS
            | tags::PATIENT_TELEPHONE_NUMBERS
            | tags::PATIENT_BIRTH_NAME
            | tags::PATIENT_MOTHER_BIRTH_NAME
            | tags::ACCESSION_NUMBER
            | tags::ADMISSION_ID
            | Tag(0x0010, 0x1000 | 0x1050 | 0x1090)
    );
    element.vr == VR::PN || (patient && text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::of(&[
            Element::new(tags::PATIENT_NAME, VR::PN, b"Doe^Janina^X".to_vec()),
            Element::new(tags::PATIENT_ID, VR::LO, b"4711-0815".to_vec()),
        ])
        .unwrap()
    }

    #[test]
    fn a_crowd_of_names_is_refused_before_it_is_looked_for() {
        let crowd: Vec<String> = (0..300).map(|number| format!("person{number}")).collect();
        let names = Element::new(tags::PATIENT_NAME, VR::PN, crowd.join("^").into_bytes());
        assert!(Tokens::of(&[names]).is_err());
    }

    #[test]
    fn words_are_found_as_words_and_long_ones_anywhere() {
        let tokens = tokens();
        for text in ["CHEST DOE", "doe", "xjaninax", "4711-0815", "A_DOE"] {
            assert!(tokens.in_text(text.as_bytes()), "{text}");
        }
        for text in ["DOES", "JAN", "X", ""] {
            assert!(!tokens.in_text(text.as_bytes()), "{text}");
        }
        assert!(tokens.in_bytes(b"\0\x01JANINA\0") && !tokens.in_bytes(b"DOE^"));
    }
}
