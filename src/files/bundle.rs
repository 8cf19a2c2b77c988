//! A reading as one file: a zip archive with a record of what was seen, marked and chosen.

use std::fs::File;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{damaged, write_bytes};
use crate::error::{Error, ErrorKind, Result};

/// The ending of a bundle's name.
pub const BUNDLE_ENDING: &str = "silh";

/// The record's name in the archive.
const RECORD: &str = "reading.json";

/// The largest record: thousands of marks.
const MOST_BYTES: u64 = 32 << 20;

/// Reports whether a path is a bundle's, by its ending.
pub fn is_bundle(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(BUNDLE_ENDING))
}

/// Writes a record as a bundle.
///
/// # Errors
/// When the file cannot be written.
pub fn write_bundle(path: &Path, record: &[u8]) -> Result<()> {
    let archived = || {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        // As it is: a record is small, and what is not inflated cannot be a bomb.
        let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        archive.start_file(RECORD, plain)?;
        archive.write_all(record)?;
        archive.finish()
    };
    let archive = archived()
        .map_err(|cause| Error::internal(format!("the reading could not be packed: {cause}")))?;
    write_bytes(path, "the reading", &archive.into_inner())
}

/// Reads a bundle's record.
///
/// # Errors
/// When the file cannot be read, is no bundle, or holds more than a record.
pub fn read_bundle(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|cause| {
        Error::new(
            ErrorKind::Unreadable,
            format!("the reading cannot be opened: {cause}"),
            "Check the path and the rights.",
        )
    })?;
    let mut archive = ZipArchive::new(file)
        .map_err(|cause| damaged(format!("the file is no saved reading: {cause}")))?;
    let record = archive
        .by_name(RECORD)
        .map_err(|cause| damaged(format!("the file is no saved reading: {cause}")))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_anything_else_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.silh");
        write_bundle(&path, b"{}").unwrap();
        assert!(is_bundle(&path) && !is_bundle(Path::new("a.dcm")));
        assert_eq!(read_bundle(&path).unwrap(), b"{}");
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 4, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(read_bundle(&path).is_err(), "{length}");
        }
        let error = read_bundle(&folder.path().join("none.silh")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreadable);
    }
}
