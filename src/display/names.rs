//! Names in every script: what is shown of them with the fonts there are.

use std::borrow::Cow;

use crate::radiograph::Identity;

/// Writes a patient's name with all its component groups that can be shown, as in
/// “Gildong Hong (洪 吉洞, 홍 길동)”; `has` reports whether there are glyphs for a text.
///
/// Where no group can be shown, the characters are named by their numbers: never a row of boxes.
pub fn written_name(identity: &Identity, has: &mut dyn FnMut(&str) -> bool) -> Option<String> {
    let mut names = identity.names();
    names.extend(identity.patient_name.clone().filter(|_| names.is_empty()));
    names.dedup();
    let first = names.first()?.clone();
    let all = names.len();
    names.retain(|name| has(name));
    let Some((shown, others)) = names.split_first() else {
        return Some(legible(&first, has).into_owned());
    };
    let mut written = in_reading_order(shown).into_owned();
    if !others.is_empty() {
        let others: Vec<_> = others.iter().map(|name| in_reading_order(name)).collect();
        written = format!("{written} ({})", others.join(", "));
    }
    if names.len() < all {
        written.push_str(" (no font here for the name's other spelling)");
    }
    Some(written)
}

/// Writes a text such that every character can be shown: those without a glyph as their numbers,
/// with a word that says why.
pub fn legible<'a>(text: &'a str, has: &mut dyn FnMut(&str) -> bool) -> Cow<'a, str> {
    if text.is_ascii() || has(text) {
        return in_reading_order(text);
    }
    let mut written = String::new();
    for character in text.chars() {
        if has(character.encode_utf8(&mut [0; 4])) {
            written.push(character);
        } else {
            written.push_str(&format!("‹U+{:04X}›", u32::from(character)));
        }
    }
    format!("{} (no font here for ‹U+…›)", in_reading_order(&written)).into()
}

/// Puts words that are read from right to left into the order in which they stand on a line that
/// is drawn from left to right; each word's own letters are the shaper's work.
pub fn in_reading_order(text: &str) -> Cow<'_, str> {
    if !text.chars().any(from_right) {
        return text.into();
    }
    let mut words: Vec<&str> = text.split(' ').collect();
    let leftwards = |word: &&str| word.chars().any(from_right);
    let mut start = 0;
    while start < words.len() {
        let run = words[start..].iter().take_while(|word| leftwards(word));
        let end = start + run.count();
        words[start..end].reverse();
        start = end + 1;
    }
    words.join(" ").into()
}

/// Whether a letter is written from right to left: Hebrew, Arabic, Syriac, Thaana, N’Ko and their
/// presentation forms.
fn from_right(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn korean() -> Identity {
        Identity {
            patient_name: Some("Gildong Hong".to_owned()),
            patient_name_groups: ["Hong^Gildong", "洪^吉洞", "홍^길동"]
                .map(str::to_owned)
                .to_vec(),
            ..Identity::default()
        }
    }

    #[test]
    fn all_groups_are_written_where_there_are_fonts() {
        let written = written_name(&korean(), &mut |_| true);
        assert_eq!(written.unwrap(), "Gildong Hong (洪 吉洞, 홍 길동)");
    }

    #[test]
    fn without_fonts_the_alphabetic_group_stands_alone_and_says_so() {
        let written = written_name(&korean(), &mut |text| text.is_ascii()).unwrap();
        assert!(
            written.starts_with("Gildong Hong (no font here"),
            "{written}"
        );
        assert!(written.is_ascii());
    }

    #[test]
    fn a_name_of_no_font_is_written_in_numbers() {
        let only = Identity {
            patient_name_groups: vec![String::new(), "洪^吉".to_owned()],
            ..Identity::default()
        };
        let ascii = &mut |text: &str| text.is_ascii();
        let written = written_name(&only, ascii).unwrap();
        assert!(
            written.starts_with("‹U+6D2A› ‹U+5409› (no font"),
            "{written}"
        );
        assert_eq!(written_name(&Identity::default(), ascii), None);
    }

    #[test]
    fn words_from_right_to_left_change_places_and_others_stay() {
        assert_eq!(in_reading_order("Dr קבני לנזר x"), "Dr לנזר קבני x");
        assert_eq!(in_reading_order("Jane Doe"), "Jane Doe");
    }
}
