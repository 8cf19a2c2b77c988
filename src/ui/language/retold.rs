//! Sentences that the rooms below compose, told again in the language spoken.
//!
//! Those rooms know no languages: they write English, for files, the log and the command line as
//! well, and some of it comes from a process apart. The English text in their source is the key
//! here too; where it has names in it (`{path}`), a sentence is known again by its form. Catalogues
//! mark such texts as messages, and the tests find in the sources which there are. What is not
//! known stays as it is.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;

use super::catalogue::Catalogue;
use super::{catalogue, filled, spoken};
use crate::session::Language;

/// What people and files call something, and what stays as it is written.
const VERBATIM: [&str; 6] = ["path", "name", "film", "date", "part", "numbers"];

/// What parts of a sentence are joined by; sentences first.
const JOINTS: [&str; 4] = [". ", "; ", ", ", " · "];

/// How many sentences are remembered as told: a window shows a few dozen at a time.
const REMEMBERED: usize = 500;

thread_local! {
    /// What was told in which language: a window tells the same sentences in every frame, and to
    /// find their forms takes longer than to draw them.
    static TOLD: RefCell<HashMap<(Language, String), String>> = RefCell::default();
}

/// Tells a sentence again in the language spoken, as far as its form is known.
pub(crate) fn retold(english: &str) -> String {
    let language = spoken();
    let Some(catalogue) = catalogue(language) else {
        return english.to_owned();
    };
    let key = (language, english.to_owned());
    TOLD.with_borrow_mut(|remembered| {
        if let Some(sentence) = remembered.get(&key) {
            return sentence.clone();
        }
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        let sentence = told(catalogue, english);
        remembered.insert(key, sentence.clone());
        sentence
    })
}

fn told(catalogue: &Catalogue, english: &str) -> String {
    if let Some(known) = known(catalogue, english) {
        return known;
    }
    for joint in JOINTS {
        if let Some((first, rest)) = english.split_once(joint) {
            let stop = if joint == ". " { "." } else { "" };
            let first = told(catalogue, &format!("{first}{stop}"));
            let joint = joint.trim_start_matches(stop);
            return format!("{first}{joint}{}", told(catalogue, rest));
        }
    }
    english.to_owned()
}

/// Tells a sentence that a catalogue has, as it is or by its form.
fn known(catalogue: &Catalogue, english: &str) -> Option<String> {
    if let Some(text) = catalogue.get(english) {
        return Some(text.to_owned());
    }
    let fitting = |form| {
        let values = values_in(form, english)?;
        is_one_part(form, values.first()?).then_some((form, values))
    };
    let (form, values) = catalogue.forms().find_map(fitting)?;
    let values: Vec<(&str, String)> = values
        .into_iter()
        .map(|(name, value)| match VERBATIM.contains(&name) {
            true => (name, value.to_owned()),
            false => (name, told(catalogue, value)),
        })
        .collect();
    let values: Vec<(&str, &dyn Display)> = values
        .iter()
        .map(|(name, value)| (*name, value as &dyn Display))
        .collect();
    Some(filled(catalogue.get(form)?, &values))
}

/// Whether what a form begins with is one part and no row of them, which is told part by part: of
/// “window; 2 marks” the form “{count} marks” is not the whole.
fn is_one_part(form: &str, (name, value): &(&str, &str)) -> bool {
    let begins = form.starts_with('{') && !VERBATIM.contains(name);
    !begins || form.contains("; ") || !JOINTS.iter().any(|joint| value.contains(joint))
}

/// Returns what a sentence has where its form has names; `None` where it has another form.
fn values_in<'a>(form: &'a str, mut sentence: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut values = Vec::new();
    let mut parts = form.split('{');
    sentence = sentence.strip_prefix(parts.next()?)?;
    for part in parts {
        let (name, behind) = part.split_once('}')?;
        let end = match behind {
            "" => sentence.len(),
            behind => sentence.find(behind)?,
        };
        values.push((name, &sentence[..end]));
        sentence = &sentence[end + behind.len()..];
    }
    sentence.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_taken_apart_by_its_form() {
        let form = "PRIOR {date}, {span} earlier";
        let values = values_in(form, "PRIOR 2019-03-02, 3 y 2 mo earlier");
        assert_eq!(
            values,
            Some(vec![("date", "2019-03-02"), ("span", "3 y 2 mo")])
        );
        assert_eq!(values_in(form, "PRIOR 2019-03-02"), None);
        assert_eq!(values_in("set by hand", "set by hand 40/400"), None);
        let path = values_in("Saved to {path}", "Saved to /a/{b}");
        assert_eq!(path, Some(vec![("path", "/a/{b}")]));
    }

    #[test]
    fn what_is_joined_is_told_part_by_part_and_names_stay() {
        let catalogue = Catalogue::parse(
            r#"
msgid "window"
msgstr "WINDOW"

#. message
msgid "{count} marks"
msgstr "MARKS: {count}"

#. message
msgid "{name} ({kind}): {shown} on {film}"
msgstr "{film}: {shown} <- {name} ({kind})"

#. message
msgid "Not shown: {what}."
msgstr "MISSED {what}."
"#,
        );
        let told = |english| told(&catalogue, english);
        assert_eq!(
            told("a, b.dcm (window): 3 marks, window, zoom on window"),
            "window: MARKS: 3, WINDOW, zoom <- a, b.dcm (WINDOW)"
        );
        assert_eq!(
            told("Nobody knows. Not shown: window; 2 marks."),
            "Nobody knows. MISSED WINDOW; MARKS: 2."
        );
    }
}
