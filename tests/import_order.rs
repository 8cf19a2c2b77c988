//! The order of the rooms, and the few rules about files, held by reading the sources.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// From left to right; a room imports only rooms of a lower rank. Rooms of one rank do not know
/// each other.
const ORDER: [&[&str]; 11] = [
    &["error"],
    &["task"],
    &["radiograph"],
    &["anomaly"],
    &["files", "compute", "display", "evaluation"],
    &["training"],
    &["models"],
    &["inference"],
    &["session"],
    &["ui"],
    &["cli"],
];

const LONGEST_FILE_LINES: usize = 300;

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|rooms| rooms.contains(&room))
}

/// The room that a name after `crate::` belongs to: `crate::Error` is the error room's.
fn room_of(name: &str) -> &str {
    match name {
        "Error" | "ErrorKind" | "Result" => "error",
        other => other,
    }
}

fn sources() -> Vec<PathBuf> {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    assert!(found.len() > 20, "only {} sources found", found.len());
    found
}

/// The path below `src`, such as `files/mod.rs`.
fn below_src(path: &Path) -> PathBuf {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    path.strip_prefix(src).unwrap().to_owned()
}

/// The room a file belongs to; none for `lib.rs` and `main.rs`, which see everything.
fn room_of_file(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    let room = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(room, "lib" | "main")).then(|| room.to_owned())
}

/// The source with comments blanked, line by line.
fn without_comments(source: &str) -> String {
    let lines = source.lines().map(|line| match line.find("//") {
        Some(start) => &line[..start],
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The names directly inside a brace group that starts at `text`'s first character.
fn names_in_group(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut depth = 0;
    for (place, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(character, '{' | ',') {
            names.push(leading_name(text[place + 1..].trim_start()));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Every room a source names, with the line it stands on.
fn rooms_named(source: &str, file_is_room: bool) -> Vec<(usize, String)> {
    let text = without_comments(source);
    let mut named = Vec::new();
    let mut note = |place: usize, after: &str| {
        let line = text[..place].matches('\n').count() + 1;
        let names = if after.starts_with('{') {
            names_in_group(after)
        } else {
            vec![leading_name(after)]
        };
        for name in names {
            if rank(room_of(name)).is_some() {
                named.push((line, room_of(name).to_owned()));
            }
        }
    };
    for (place, found) in text.match_indices("crate::") {
        note(place, &text[place + found.len()..]);
    }
    // From a room's own file one `super` is the crate; elsewhere it takes at least two.
    let upwards = if file_is_room {
        "super::"
    } else {
        "super::super::"
    };
    for (place, found) in text.match_indices(upwards) {
        note(
            place,
            text[place + found.len()..].trim_start_matches("super::"),
        );
    }
    named
}

/// The imports of a file that its room must not make, as messages.
fn upward_imports(path: &Path, source: &str) -> Vec<String> {
    let Some(room) = room_of_file(path) else {
        return Vec::new();
    };
    let own = rank(&room).unwrap_or_else(|| panic!("src/{room} has no place in the order"));
    let file_is_room = path.components().count() == 1 || path == Path::new(&room).join("mod.rs");
    rooms_named(source, file_is_room)
        .into_iter()
        .filter(|(_, target)| *target != room && rank(target).is_some_and(|rank| rank >= own))
        .map(|(line, target)| {
            format!(
                "src/{}:{line}: {room} must not know {target}",
                path.display()
            )
        })
        .collect()
}

#[test]
fn every_room_imports_only_rooms_to_its_left() {
    let mut faults = Vec::new();
    for path in sources() {
        faults.extend(upward_imports(
            &below_src(&path),
            &fs::read_to_string(&path).unwrap(),
        ));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn an_upward_import_is_named_with_its_line() {
    let source = "//! See crate::ui.\nuse crate::{\n    error::Result,\n    models::{Card, Entry},\n};\n\
                  fn f() { crate::cli::main(); }\n";
    let faults = upward_imports(Path::new("files/folder.rs"), source);
    assert_eq!(
        faults,
        [
            "src/files/folder.rs:2: files must not know models",
            "src/files/folder.rs:6: files must not know cli",
        ]
    );
    let sideways = upward_imports(Path::new("display/mod.rs"), "use super::files::open;\n");
    assert_eq!(
        sideways,
        ["src/display/mod.rs:1: display must not know files"]
    );
    assert!(upward_imports(Path::new("display/mod.rs"), "use crate::anomaly::Region;").is_empty());
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut faults = Vec::new();
    for path in sources() {
        if path.ends_with("tests.rs") {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let before_tests = source.split("#[cfg(test)]\nmod tests {").next();
        let lines = before_tests.map_or(0, |text| text.lines().count());
        if lines > LONGEST_FILE_LINES {
            let path = below_src(&path);
            faults.push(format!(
                "src/{}: {lines} lines before its tests",
                path.display()
            ));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_module_shadows_a_crate() {
    let shadows: Vec<PathBuf> = sources()
        .iter()
        .map(|path| below_src(path))
        .filter(|path| {
            let mut names = path
                .components()
                .filter_map(|part| part.as_os_str().to_str());
            names.any(|name| matches!(name.trim_end_matches(".rs"), "dicom" | "image" | "png"))
        })
        .collect();
    assert!(shadows.is_empty(), "{shadows:?}");
}
