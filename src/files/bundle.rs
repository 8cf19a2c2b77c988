//! A reading as one file: a zip archive with a record of what was seen, marked and chosen, and on
//! request the films' own files. Everything in it is stored as it is: what is not inflated cannot be
//! a bomb.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::damaged;
use super::swallowing::Swallowing;
use super::write::atomically;
use crate::error::{Error, ErrorKind, Result};

/// The ending of a bundle's name.
pub const BUNDLE_ENDING: &str = "silh";

/// The record's name in the archive.
const RECORD: &str = "reading.json";

/// The largest record: thousands of marks.
const MOST_BYTES: u64 = 32 << 20;

/// The largest film: as large as any that is opened.
const MOST_FILM_BYTES: u64 = 512 << 20;

/// The most entries: listing them takes memory before anything is read.
const MOST_ENTRIES: u64 = 4096;

/// How far before a file's end the end of a zip archive's directory is looked for: its greatest
/// comment and its own length, with the longer form's locator and record.
const TAIL_BYTES: u64 = (1 << 16) + 22 + 20 + 56;

/// A film's file in an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    entry: String,
    bytes: u64,
    sha256: String,
}

impl Packed {
    /// Takes the measure of a file that is to be packed as the film of this number.
    ///
    /// # Errors
    /// When it cannot be read or is too large.
    pub fn of(path: &Path, number: usize) -> Result<Self> {
        let unreadable = |cause: &io::Error| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the film {} cannot be packed: {cause}", path.display()),
                "Check the path and the rights, or save the reading without the films.",
            )
        };
        let file = File::open(path).map_err(|cause| unreadable(&cause))?;
        let (bytes, sha256) =
            copied(file, &mut io::sink(), MOST_FILM_BYTES).map_err(|cause| unreadable(&cause))?;
        Ok(Self {
            entry: format!("films/{number}"),
            bytes,
            sha256,
        })
    }
}

/// Reports whether a path is a bundle's, by its ending.
pub fn is_bundle(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(BUNDLE_ENDING))
}

/// Writes a record as a bundle, and films with it.
///
/// # Errors
/// When the file cannot be written, or a film's file is not the one that was measured.
pub fn write_bundle<P: AsRef<Path>>(
    path: &Path,
    record: &[u8],
    films: &[(Packed, P)],
) -> Result<()> {
    atomically(path, "the reading", |file| {
        let mut file = Swallowing::new(file);
        let archived = archive(&mut file, record, films);
        // What the disk says comes first: the archive only repeats it.
        file.failure().and(archived)
    })
}

fn archive<P: AsRef<Path>>(
    file: impl Write + Seek,
    record: &[u8],
    films: &[(Packed, P)],
) -> io::Result<()> {
    let mut archive = ZipWriter::new(file);
    let plain = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o600);
    archive.start_file(RECORD, plain)?;
    archive.write_all(record)?;
    for (packed, film) in films {
        archive.start_file(packed.entry.as_str(), plain)?;
        let copy = copied(File::open(film)?, &mut archive, packed.bytes)?;
        if copy != (packed.bytes, packed.sha256.clone()) {
            return Err(io::Error::other(
                "a film's file changed while it was packed",
            ));
        }
    }
    archive.finish()?;
    Ok(())
}

/// Reads a bundle's record.
///
/// # Errors
/// When the file cannot be read, is no bundle, or holds more than a record may.
pub fn read_bundle(path: &Path) -> Result<Vec<u8>> {
    let mut archive = opened(path)?;
    let record = archive.by_name(RECORD).map_err(no_reading)?;
    stored(record.compression())?;
    let mut bytes = Vec::new();
    record
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| damaged(format!("the reading is damaged: {cause}")))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(damaged(format!(
            "the reading's record has more than {} MiB",
            MOST_BYTES >> 20
        )));
    }
    Ok(bytes)
}

/// Writes a film's file out of a bundle. Its name in the archive leads nowhere.
///
/// # Errors
/// When the bundle cannot be read, the film in it is not the one that was packed, or the file cannot
/// be written; none is left then.
pub fn unpack_film(bundle: &Path, packed: &Packed, to: &Path) -> Result<()> {
    if packed.bytes > MOST_FILM_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "a film in the reading has {} MiB; the limit is {} MiB",
                packed.bytes >> 20,
                MOST_FILM_BYTES >> 20
            ),
            "Open the film's own file.",
        ));
    }
    let mut archive = opened(bundle)?;
    let film = archive.by_name(&packed.entry).map_err(no_reading)?;
    stored(film.compression())?;
    if film.size() != packed.bytes {
        return Err(other_film());
    }
    let mut changed = false;
    let written = atomically(to, "a film of the reading", |file| {
        let copy = copied(film, file, packed.bytes)?;
        changed = copy != (packed.bytes, packed.sha256.clone());
        match changed {
            true => Err(io::Error::other("it is not the film that was packed")),
            false => Ok(()),
        }
    });
    match changed {
        true => Err(other_film()),
        false => written,
    }
}

/// Copies no more bytes than that; returns how many there were, and their hash.
fn copied(from: impl Read, to: &mut impl Write, most: u64) -> io::Result<(u64, String)> {
    let mut from = from.take(most + 1);
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    let mut count = 0;
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            return Ok((count, format!("{:x}", hash.finalize())));
        }
        count += read as u64;
        if count > most {
            return Err(io::Error::other(format!("it has more than {most} bytes")));
        }
        hash.update(&block[..read]);
        to.write_all(&block[..read])?;
    }
}

fn opened(path: &Path) -> Result<ZipArchive<File>> {
    let regular = || match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        // A pipe would wait for somebody to write into it.
        false => Err(io::Error::other("it is no regular file")),
    };
    let mut file = regular().map_err(|cause| {
        Error::new(
            ErrorKind::Unreadable,
            format!("the reading cannot be opened: {cause}"),
            "Check the path and the rights.",
        )
    })?;
    let entries = most_entries(&mut file)
        .map_err(|cause| damaged(format!("the file is no saved reading: {cause}")))?;
    if entries > MOST_ENTRIES {
        return Err(damaged(format!(
            "the file is no saved reading: it lists {entries} entries"
        )));
    }
    ZipArchive::new(file).map_err(no_reading)
}

/// Returns the greatest number of entries that any end of a directory near the file's end states.
fn most_entries(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    file.seek(SeekFrom::Start(0))?;
    let number = |bytes: Option<&[u8]>| {
        let bytes = bytes.unwrap_or_default().iter().rev();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let counts = (0..tail.len()).map(|at| {
        let here = &tail[at..];
        match here {
            // The longer form's number of entries; the shorter one then states its greatest.
            [b'P', b'K', 6, 6, ..] => number(here.get(32..40)),
            [b'P', b'K', 5, 6, ..] => match number(here.get(10..12)) {
                0xffff => 0,
                count => count,
            },
            _ => 0,
        }
    });
    Ok(counts.max().unwrap_or(0))
}

fn stored(compression: CompressionMethod) -> Result<()> {
    match compression {
        CompressionMethod::Stored => Ok(()),
        _ => Err(damaged(
            "the reading is compressed, as this program never writes it".to_owned(),
        )),
    }
}

fn no_reading(cause: impl Display) -> Error {
    damaged(format!("the file is no saved reading: {cause}"))
}

fn other_film() -> Error {
    damaged("a film in the reading is not the one that was packed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(folder: &Path, film: &[u8]) -> (std::path::PathBuf, Packed) {
        let (path, own) = (folder.join("a.silh"), folder.join("film"));
        std::fs::write(&own, film).unwrap();
        let one = Packed::of(&own, 0).unwrap();
        write_bundle(&path, b"{}", &[(one.clone(), own)]).unwrap();
        (path, one)
    }

    #[test]
    fn a_record_comes_back_and_anything_else_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.silh");
        write_bundle::<&Path>(&path, b"{}", &[]).unwrap();
        assert!(is_bundle(&path) && !is_bundle(Path::new("a.dcm")));
        assert_eq!(read_bundle(&path).unwrap(), b"{}");
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 4, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(read_bundle(&path).is_err(), "{length}");
        }
        let error = read_bundle(&folder.path().join("none.silh")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreadable);
        assert!(read_bundle(folder.path()).is_err());
    }

    #[test]
    fn a_packed_film_comes_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let film: Vec<u8> = (0..200_000_u32).map(|i| ((i * 31) >> 3) as u8).collect();
        let (path, one) = packed(folder.path(), &film);
        let to = folder.path().join("out");
        unpack_film(&path, &one, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), film);
        assert_eq!(read_bundle(&path).unwrap(), b"{}");
    }

    #[test]
    fn a_film_that_is_not_the_packed_one_is_refused_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let (path, one) = packed(folder.path(), b"0123456789");
        let to = folder.path().join("out");
        let lies = [
            Packed {
                bytes: 9,
                ..one.clone()
            },
            Packed {
                bytes: 11,
                ..one.clone()
            },
            Packed {
                bytes: MOST_FILM_BYTES + 1,
                ..one.clone()
            },
            Packed {
                sha256: "00".to_owned(),
                ..one.clone()
            },
            Packed {
                entry: "films/7".to_owned(),
                ..one.clone()
            },
            Packed {
                entry: "../film".to_owned(),
                ..one
            },
        ];
        for lie in lies {
            assert!(unpack_film(&path, &lie, &to).is_err(), "{lie:?}");
        }
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "the film and the bundle");
    }

    #[test]
    fn a_film_that_changes_while_it_is_packed_leaves_no_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("film");
        std::fs::write(&own, b"before").unwrap();
        let one = Packed::of(&own, 0).unwrap();
        for now in [b"after!".as_slice(), b"longer than before", b""] {
            std::fs::write(&own, now).unwrap();
            let path = folder.path().join("a.silh");
            let error = write_bundle(&path, b"{}", &[(one.clone(), &own)]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unwritable, "{error}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// A zip archive with one entry, whose local header and directory say what is asked.
    fn forged(method: u16, (packed, unpacked): (u32, u32), entries: u16) -> Vec<u8> {
        let name = RECORD.as_bytes();
        let common = |bytes: &mut Vec<u8>| {
            for number in [20_u16, 0, method, 0, 0] {
                bytes.extend(number.to_le_bytes());
            }
            for number in [0, packed, unpacked] {
                bytes.extend(number.to_le_bytes());
            }
            bytes.extend((name.len() as u16).to_le_bytes());
            bytes.extend([0; 2]);
        };
        let mut bytes = b"PK\x03\x04".to_vec();
        common(&mut bytes);
        bytes.extend(name);
        bytes.extend([3, 0]);
        let directory = bytes.len() as u32;
        bytes.extend(b"PK\x01\x02\x14\x00");
        common(&mut bytes);
        bytes.extend([0; 14]);
        bytes.extend(name);
        let length = bytes.len() as u32 - directory;
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(entries.to_le_bytes());
        bytes.extend(entries.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(directory.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    #[test]
    fn hostile_archives_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.silh");
        let cases = [
            ("compressed", forged(8, (2, 1 << 30), 1)),
            (
                "longer than its file",
                forged(0, (u32::MAX - 1, u32::MAX - 1), 1),
            ),
            ("more entries than there are", forged(0, (0, 0), 9)),
            ("too many entries", forged(0, (0, 0), 60_000)),
        ];
        for (name, bytes) in cases {
            std::fs::write(&path, bytes).unwrap();
            assert!(read_bundle(&path).is_err(), "{name}");
        }
        std::fs::write(&path, forged(0, (0, 0), 1)).unwrap();
        assert_eq!(
            read_bundle(&path),
            Ok(Vec::new()),
            "the forger can write a sound one"
        );
        let mut longer = forged(0, (0, 0), 0xffff);
        let mut end = b"PK\x06\x06".to_vec();
        end.extend([0; 28]);
        end.extend(100_000_u64.to_le_bytes());
        end.extend([0; 16]);
        longer.splice(longer.len() - 22..longer.len() - 22, end);
        std::fs::write(&path, longer).unwrap();
        let error = read_bundle(&path).unwrap_err();
        assert!(error.message.contains("100000 entries"), "{error}");
    }
}
