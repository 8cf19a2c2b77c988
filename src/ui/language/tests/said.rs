//! What the rooms below say to people, found in their sources, so that no message is forgotten.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms whose messages reach the window.
const ROOMS: [&str; 11] = [
    "anomaly",
    "compute",
    "error.rs",
    "files",
    "inference",
    "models",
    "radiograph",
    "session",
    "task.rs",
    "training",
    "display/annotate/mod.rs",
];

/// What only the command line asks for, and the stand-in of the tests.
const SILENT: [&str; 19] = [
    "compute/gpu/engine.rs",
    "compute/gpu/mod.rs",
    "compute/gpu/resources.rs",
    "compute/gpu/setup.rs",
    "files/deidentification",
    "files/dicom_film/deidentified",
    "files/fuzzing.rs",
    "inference/testing.rs",
    "models/bare.rs",
    "models/dgm",
    "models/fanogan",
    "models/formula.rs",
    "models/gate",
    "models/healthygan",
    "models/import",
    "models/lungs",
    "models/other_device.rs",
    "models/squid",
    "models/stored.rs",
];

/// The calls that are given what people read.
const CALLS: [&str; 8] = [
    "Error::new(",
    "Error::unwritable(",
    "Notice::done(",
    "damaged(",
    "not_an_image(",
    "push(",
    "refused(",
    "unsupported(",
];

/// What these calls are given that is no message, or of a form that would fit anything.
const OTHERS: [&str; 4] = ["{} is {}", "{} in {}", "a saved reading", "unpacking films"];

/// Returns the texts of every message, with their names as the sources have them.
pub(super) fn said() -> BTreeSet<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let silent: Vec<PathBuf> = SILENT.iter().map(|path| sources.join(path)).collect();
    let mut waiting: Vec<PathBuf> = ROOMS.iter().map(|room| sources.join(room)).collect();
    let mut said = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        let name = path.file_name().unwrap().to_string_lossy();
        if silent.contains(&path) || name == "tests.rs" || name == "tests" {
            continue;
        }
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            said.extend(said_in(&source));
        }
    }
    said.retain(|text| !OTHERS.contains(&shape(text).as_str()));
    said
}

/// A text with its names left out: the same message has other names in a catalogue.
pub(super) fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        shape.push_str(before);
        shape.push_str("{}");
        rest = behind.split_once('}').map_or("", |(_, behind)| behind);
    }
    shape + rest
}

fn said_in(source: &str) -> Vec<String> {
    let end = source.find("#[cfg(test)]\nmod tests {");
    let source = &source[..end.unwrap_or(source.len())];
    let literals = literals(source);
    let mut said = Vec::new();
    for call in CALLS {
        for (place, _) in source.match_indices(call) {
            let before = &source[..place];
            let named = |letter: char| letter.is_alphanumeric() || letter == '_';
            if before.ends_with("fn ") || before.ends_with(named) {
                continue;
            }
            let end = end_of_call(source, place + call.len(), &literals);
            let given = literals
                .iter()
                .filter(|(at, _, _)| (place..end).contains(at));
            said.extend(given.map(|(_, _, text)| text.clone()));
        }
    }
    said.retain(|text| is_said(text));
    said
}

/// Whether a literal has words in it, and not only a name, an option or what joins others.
fn is_said(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    !text.starts_with("--")
        && letters.windows(3).any(|three| {
            three[0].is_ascii_lowercase()
                && three[1] == ' '
                && (three[2].is_alphabetic() || "“{(".contains(three[2]))
        })
}

/// Returns where a call ends whose arguments begin at a place.
fn end_of_call(source: &str, from: usize, literals: &[(usize, usize, String)]) -> usize {
    let mut depth = 1;
    for (at, letter) in source[from..].char_indices() {
        let at = from + at;
        if literals
            .iter()
            .any(|(start, end, _)| (*start..*end).contains(&at))
        {
            continue;
        }
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    source.len()
}

/// Returns every string literal with the places where it begins and ends; no raw ones.
fn literals(source: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = source[at..].find(['"', '/', '\'']) {
        let start = at + next;
        let rest = &source[start..];
        if rest.starts_with("//") {
            at = start + rest.find('\n').unwrap_or(rest.len());
        } else if let Some(literal) = rest.strip_prefix('"') {
            let end = start + 1 + length(literal);
            found.push((start, end, super::unescaped(literal)));
            at = end;
        } else if let Some(letter) = rest.strip_prefix('\'') {
            at = start + 1 + quoted_letter(letter);
        } else {
            at = start + 1;
        }
    }
    found
}

/// Returns how long a literal is from behind its first quote, its last one included.
fn length(literal: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in literal.char_indices() {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    literal.len()
}

/// Returns how long a letter in quotes is from behind its first quote; 0 for a lifetime.
fn quoted_letter(rest: &str) -> usize {
    let start = usize::from(rest.starts_with('\\'));
    let mut letters = rest.char_indices().skip(start + 1);
    match (start, letters.find(|(_, letter)| *letter == '\'')) {
        (0, Some((end, _))) if rest[..end].chars().count() == 1 => end + 1,
        (1, Some((end, _))) if end < 12 => end + 1,
        _ => 0,
    }
}

#[test]
fn what_is_said_is_found_in_a_source() {
    let source = r#"
        fn damaged(message: &str) -> Error { todo() } // a "comment" with words
        let quote = ('"', '\'', "a name");
        damaged(&format!("the file has {} of {most:?} bytes (\"{name}\")", names.join(", ")));
        self.list.push(format!("{} joined", one));
        other("not said at all");
    "#;
    let said = said_in(source);
    assert_eq!(
        said,
        ["the file has {} of {most:?} bytes (\"{name}\")"],
        "{said:?}"
    );
    assert_eq!(shape(&said[0]), "the file has {} of {} bytes (\"{}\")");
}
