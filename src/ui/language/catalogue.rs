//! A catalogue in the form of gettext's PO files, as far as this program needs it: no contexts and
//! no plural forms.

use std::collections::HashMap;

/// What stands above an entry whose text a room below puts together: its English is found again by
/// its form.
const MESSAGE: &str = "message";

/// Translations by their English text.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    texts: HashMap<String, String>,
    /// The texts of messages with names in them, those that say most first.
    forms: Vec<String>,
}

/// The marks of an entry, which stand above it.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    fuzzy: bool,
    message: bool,
}

/// Which of an entry's strings a line belongs to.
#[derive(Clone, Copy)]
enum Part {
    Key,
    Text,
}

impl Catalogue {
    /// Reads a file. The header, entries without a translation and those marked fuzzy are left
    /// out, as gettext does.
    pub(super) fn parse(file: &str) -> Self {
        let mut catalogue = Self::default();
        let (mut key, mut text) = (String::new(), String::new());
        let mut part = Part::Text;
        let (mut marks, mut next) = (Marks::default(), Marks::default());
        for line in file.lines().map(str::trim) {
            let quoted = if let Some(quoted) = line.strip_prefix("msgid ") {
                catalogue.add((&mut key, &mut text), marks);
                marks = std::mem::take(&mut next);
                part = Part::Key;
                quoted
            } else if let Some(quoted) = line.strip_prefix("msgstr ") {
                part = Part::Text;
                quoted
            } else if let Some(flags) = line.strip_prefix("#,") {
                next.fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
                continue;
            } else if let Some(comment) = line.strip_prefix("#.") {
                next.message |= comment.trim() == MESSAGE;
                continue;
            } else {
                line
            };
            match part {
                Part::Key => key.push_str(&unquoted(quoted)),
                Part::Text => text.push_str(&unquoted(quoted)),
            }
        }
        catalogue.add((&mut key, &mut text), marks);
        let letters = |form: &String| {
            form.split('{')
                .map(behind_name)
                .map(str::len)
                .sum::<usize>()
        };
        catalogue
            .forms
            .sort_by_key(|form| std::cmp::Reverse(letters(form)));
        catalogue
    }

    /// Returns the translation of a text.
    pub(super) fn get(&self, english: &str) -> Option<&str> {
        self.texts.get(english).map(String::as_str)
    }

    /// Returns the texts of messages with names in them; of two that fit a sentence, the first is
    /// meant.
    pub(super) fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(String::as_str)
    }

    /// Returns every English text.
    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    fn add(&mut self, (key, text): (&mut String, &mut String), marks: Marks) {
        let (key, text) = (std::mem::take(key), std::mem::take(text));
        if key.is_empty() || text.is_empty() || marks.fuzzy {
            return;
        }
        if marks.message && key.contains('{') {
            self.forms.push(key.clone());
        }
        self.texts.insert(key, text);
    }
}

/// Returns what of a part of a form stands behind its name.
fn behind_name(part: &str) -> &str {
    part.split_once('}').map_or(part, |(_, behind)| behind)
}

/// Returns what stands between a line's quotes; nothing where there are none.
fn unquoted(line: &str) -> String {
    let inner = line
        .strip_prefix('"')
        .and_then(|line| line.strip_suffix('"'));
    let mut text = String::new();
    let mut letters = inner.unwrap_or_default().chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().map(|escaped| match escaped {
                'n' => '\n',
                't' => '\t',
                other => other,
            })),
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_gettext_reads_them() {
        let file = r#"
# A comment.
msgid ""
msgstr "Language: xx\n"

#: somewhere
msgid "one \"two\""
msgstr "eins "
"\\ zwei\n"

#, fuzzy
msgid "unsure"
msgstr "vielleicht"

#. message
msgid "{a} of {b}"
msgstr "{b}: {a}"

#. message
msgid "part {a} of {b}"
msgstr "{b}: {a}"

msgid "missing"
msgstr ""

msgid "last"
msgstr "letztes""#;
        let catalogue = Catalogue::parse(file);
        assert_eq!(catalogue.get("one \"two\""), Some("eins \\ zwei\n"));
        assert_eq!(catalogue.get("last"), Some("letztes"));
        assert_eq!(catalogue.keys().count(), 4);
        let forms: Vec<&str> = catalogue.forms().collect();
        assert_eq!(forms, ["part {a} of {b}", "{a} of {b}"]);
    }
}
