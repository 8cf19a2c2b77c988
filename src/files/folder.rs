//! The files of a folder, in the order a person expects.
//!
//! Nothing is opened here: a bad file costs its own opening and never stops a folder.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Bytes;

/// The most files gathered at once.
pub const MOST_FILES: usize = 100_000;

/// Endings of the files that accompany films without being any.
const COMPANIONS: [&str; 9] = [
    "csv",
    "tsv",
    "txt",
    "json",
    "md",
    "xml",
    "html",
    "safetensors",
    "zip",
];

/// Lists the files to open: named files as they are, folders with all they hold, in natural order.
///
/// Hidden files, tables, texts and DICOMDIR are left out of folders; links are followed, each
/// folder once; at most [`MOST_FILES`] are returned. A named file is kept even when it does not
/// exist, so that opening it tells the reader.
pub fn gather(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut seen_folders = HashSet::new();
    // A stack, last in first out: folders are read where they stand in the order.
    let mut waiting: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = waiting.pop() {
        if files.len() == MOST_FILES {
            break;
        }
        if path.is_dir() {
            let place = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen_folders.insert(place) {
                waiting.extend(entries(&path).into_iter().rev());
            }
        } else {
            files.push(path);
        }
    }
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(listing) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut entries: Vec<PathBuf> = listing
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| film_or_folder(path))
        .take(MOST_FILES)
        .collect();
    entries.sort_by(|a, b| natural_order(&name(a), &name(b)));
    entries
}

fn film_or_folder(path: &Path) -> bool {
    let name = name(path);
    if name.starts_with('.') || name == "DICOMDIR" {
        return false;
    }
    let companion = path
        .extension()
        .and_then(OsStr::to_str)
        .is_some_and(|ending| COMPANIONS.contains(&ending.to_ascii_lowercase().as_str()));
    // Pipes and devices of a folder are not worth an error each; broken links are.
    let regular = path.metadata().map_or(true, |facts| facts.is_file());
    path.is_dir() || (regular && !companion)
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Compares names as people do: `film2` before `film10`, upper and lower case alike.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.bytes().peekable(), b.bytes().peekable());
    loop {
        let order = match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (digits(&mut left), digits(&mut right));
                x.len().cmp(&y.len()).then_with(|| x.cmp(&y))
            }
            (Some(x), Some(y)) => {
                left.next();
                right.next();
                x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase())
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes a run of digits, without leading zeros: of any length, so never as a number.
fn digits(bytes: &mut Peekable<Bytes<'_>>) -> Vec<u8> {
    let mut run = Vec::new();
    while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
        if digit != b'0' || !run.is_empty() {
            run.push(digit);
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_compared_as_numbers() {
        let mut names = ["film10", "Film2", "film1", "film02b", "film"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["film", "film1", "Film2", "film02b", "film10"]);
    }

    #[test]
    fn a_folder_gives_its_films_in_natural_order_without_companions() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("b")).unwrap();
        for name in [
            "a10.png",
            "a9.png",
            "manifest.csv",
            ".hidden",
            "b/x",
            "README.md",
        ] {
            std::fs::write(root.join(name), b"x").unwrap();
        }
        let found = gather(&[root.to_owned()]);
        let expected = ["a9.png", "a10.png", "b/x"].map(|name| root.join(name));
        assert_eq!(found, expected);
    }

    #[test]
    fn named_files_are_kept_whatever_they_are() {
        let missing = PathBuf::from("/no/such/manifest.csv");
        assert_eq!(gather(std::slice::from_ref(&missing)), [missing]);
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/film"), b"x").unwrap();
        std::os::unix::fs::symlink(root, root.join("sub/again")).unwrap();
        assert_eq!(gather(&[root.to_owned()]), [root.join("sub/film")]);
    }
}
