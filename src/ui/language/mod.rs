//! The window's words in the reader's language.
//!
//! As with gettext, the English text is the key, and stays where a catalogue has nothing better.
//! Catalogues are `assets/languages/*.po`; `tests` holds that they have every key and no other.
//! What the rooms below say in English is told again where it is shown ([`retold`]); names that
//! files give, and everything that is written to a file, stay as they are. The language belongs to the thread that draws the window,
//! so that windows of several threads do not disturb each other.

mod catalogue;
mod retold;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt::Display;
use std::sync::OnceLock;

use crate::session::Language;

use catalogue::Catalogue;
pub(crate) use retold::retold;

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

static KOREAN: OnceLock<Catalogue> = OnceLock::new();
static JAPANESE: OnceLock<Catalogue> = OnceLock::new();
static CHINESE: OnceLock<Catalogue> = OnceLock::new();

/// Makes this thread speak a language from now on.
pub(crate) fn speak(language: Language) {
    SPOKEN.set(language);
}

/// Returns the language that this thread speaks.
pub(crate) fn spoken() -> Language {
    SPOKEN.get()
}

/// Marks a text to be translated where it stands in a table; [`tr`] does it where it is shown.
pub(crate) const fn msg(english: &'static str) -> &'static str {
    english
}

/// Returns a text in the language spoken.
pub(crate) fn tr(english: &str) -> &str {
    match catalogue(spoken()) {
        Some(catalogue) => catalogue.get(english).unwrap_or(english),
        None => english,
    }
}

/// Returns a sentence in the language spoken, with every `{name}` in it replaced by a value.
pub(crate) fn tr_with(english: &str, values: &[(&str, &dyn Display)]) -> String {
    filled(tr(english), values)
}

/// Returns a translated sentence with every `{name}` in it replaced by a value.
pub(crate) fn filled(translated: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut rest = translated;
    let mut sentence = String::with_capacity(2 * rest.len());
    while let Some((before, after)) = rest.split_once('{') {
        sentence.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            sentence.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => sentence.push_str(&value.to_string()),
            None => sentence.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    sentence.push_str(rest);
    sentence
}

fn catalogue(language: Language) -> Option<&'static Catalogue> {
    let (parsed, text) = match language {
        Language::English => return None,
        Language::Korean => (&KOREAN, include_str!("../../../assets/languages/ko.po")),
        Language::Japanese => (&JAPANESE, include_str!("../../../assets/languages/ja.po")),
        Language::Chinese => (&CHINESE, include_str!("../../../assets/languages/zh.po")),
    };
    Some(parsed.get_or_init(|| Catalogue::parse(text)))
}
