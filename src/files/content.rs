//! What a file is, judged by its first bytes, and its bytes, read with care.
//!
//! Extensions are never looked at. Nothing is decoded here.

use std::fs::{File, FileType, Metadata};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use image::ImageFormat;

use super::jpeg_2000;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::Memory;

/// The largest file read into memory: a decoder apart needs room for its pixels too.
const MOST_BYTES: u64 = 512 << 20;

/// What is read of a file before it is known to be worth the rest.
const HEAD_BYTES: usize = 1 << 16;

/// What the first bytes promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Dicom,
    Picture(ImageFormat),
    Jpeg2000,
}

/// Reads a regular file whole; pipes and devices are refused before they can block, and what is no
/// picture before it is read to its end.
pub(super) fn read(path: &Path) -> Result<Arc<Memory>> {
    let (file, facts) = opened(path)?;
    if facts.len() > MOST_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "the file has {} MiB; the limit is {} MiB",
                facts.len() >> 20,
                MOST_BYTES >> 20
            ),
            "Export a single film from it.",
        ));
    }
    // Never more than was there at first: a file may grow faster than it is read.
    let mut bytes = Memory::zeroed(facts.len() as usize).ok_or_else(|| {
        Error::new(
            ErrorKind::TooLarge,
            format!("there is no memory for a file of {} MiB", facts.len() >> 20),
            "Close other programs, or open a smaller file.",
        )
    })?;
    let head = bytes.len().min(HEAD_BYTES);
    let found = fill(&file, &mut bytes[..head])?;
    kind(&bytes[..found])?;
    let found = found + fill(&file, &mut bytes[found..])?;
    unchanged(&file, &facts, found)?;
    Ok(Arc::new(bytes))
}

/// Reads until the bytes are full or the file ends, and returns how many were there.
fn fill(mut file: &File, bytes: &mut [u8]) -> Result<usize> {
    let mut found = 0;
    while found < bytes.len() {
        match file.read(&mut bytes[found..]) {
            Ok(0) => break,
            Ok(count) => found += count,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(unreadable(&cause)),
        }
    }
    Ok(found)
}

/// Opens a regular file. It is looked at twice: between the first look and the opening it may have
/// become something else.
fn opened(path: &Path) -> Result<(File, Metadata)> {
    let regular = |facts: Metadata| {
        if facts.is_file() {
            Ok(facts)
        } else {
            Err(not_a_file(facts.file_type()))
        }
    };
    regular(std::fs::metadata(path).map_err(|cause| unreadable(&cause))?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe would block until somebody writes.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path).map_err(|cause| unreadable(&cause))?;
    let facts = regular(file.metadata().map_err(|cause| unreadable(&cause))?)?;
    Ok((file, facts))
}

/// Refuses what was written to while it was read: half of one film and half of another pass for
/// one.
fn unchanged(file: &File, before: &Metadata, bytes: usize) -> Result<()> {
    let after = file.metadata().map_err(|cause| unreadable(&cause))?;
    let same_time = match (before.modified(), after.modified()) {
        (Ok(before), Ok(after)) => before == after,
        // Not every system keeps the time.
        _ => true,
    };
    if before.len() == bytes as u64 && after.len() == before.len() && same_time {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unreadable,
        format!(
            "the file changed while it was read ({} bytes at first, {} at last)",
            before.len(),
            after.len()
        ),
        "Wait until it has been written or copied, and open it again.",
    ))
}

/// Judges a file by its first bytes.
pub(super) fn kind(bytes: &[u8]) -> Result<Kind> {
    if bytes.is_empty() {
        return Err(not_an_image("the file is empty (0 bytes)"));
    }
    // Before TIFF: a DICOM preamble may hold a TIFF header (PS3.10 7.1).
    if bytes.get(128..132) == Some(b"DICM") || bytes.starts_with(b"DICM") {
        return Ok(Kind::Dicom);
    }
    if jpeg_2000::STARTS
        .iter()
        .any(|start| bytes.starts_with(start))
    {
        return Ok(Kind::Jpeg2000);
    }
    if let Some(format) = picture_format(bytes) {
        return Ok(Kind::Picture(format));
    }
    if let Some(name) = known_other(bytes) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("the file is {name}, which this program does not read"),
            "Open a DICOM, PNG, JPEG or TIFF file.",
        ));
    }
    if headless_dicom(bytes) {
        return Ok(Kind::Dicom);
    }
    Err(not_an_image(
        "the file's first bytes are those of no picture this program knows",
    ))
}

fn picture_format(bytes: &[u8]) -> Option<ImageFormat> {
    let netpbm = matches!(bytes, [b'P', b'1'..=b'7', space, ..] if space.is_ascii_whitespace());
    // Bytes 6 to 9 of a bitmap are reserved and 0; “BM” alone is too little to go by.
    let bitmap = bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]);
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some(ImageFormat::Jpeg)
    } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        Some(ImageFormat::Tiff)
    } else if bitmap {
        Some(ImageFormat::Bmp)
    } else if netpbm {
        Some(ImageFormat::Pnm)
    } else {
        None
    }
}

fn known_other(bytes: &[u8]) -> Option<&'static str> {
    let starts: [(&[u8], &str); 6] = [
        (b"GIF8", "a GIF picture"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    ];
    let riff_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    starts
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
        .map(|&(_, name)| name)
        .or_else(|| riff_webp.then_some("a WebP picture"))
        .or_else(|| (bytes.get(4..8) == Some(b"ftyp")).then_some("a HEIC picture or a video"))
}

/// Old DICOM files start with their first element, of group 0002 or 0008, without a preamble.
fn headless_dicom(bytes: &[u8]) -> bool {
    let &[a, b, _, _, e, f, g, h, ..] = bytes else {
        return false;
    };
    let explicit = e.is_ascii_uppercase() && f.is_ascii_uppercase();
    let length = u32::from_le_bytes([e, f, g, h]) as usize;
    match (a, b) {
        (2 | 8, 0) => explicit || (length <= 1024 && length < bytes.len()),
        (0, 8) => explicit,
        (0x10 | 0x18 | 0x20 | 0x28, 0) => two_elements(bytes, explicit),
        _ => false,
    }
}

/// Reports whether little-endian bytes start with two elements, the second one's tag above the
/// first one's: groups other than 0002 and 0008 are too little to go by.
fn two_elements(bytes: &[u8], explicit: bool) -> bool {
    let tag = |at: usize| {
        let head = bytes.get(at..at + 4)?;
        Some((
            u16::from_le_bytes([head[0], head[1]]),
            u16::from_le_bytes([head[2], head[3]]),
        ))
    };
    let length = match bytes.get(4..8) {
        Some(&[_, _, low, high]) if explicit => usize::from(u16::from_le_bytes([low, high])),
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]) as usize,
        _ => return false,
    };
    length <= 1024 && tag(length + 8).is_some_and(|next| Some(next) > tag(0) && next.0 <= 0x7fe0)
}

fn not_an_image(message: &str) -> Error {
    Error::new(
        ErrorKind::NotAnImage,
        message,
        "Open a DICOM, PNG, JPEG or TIFF file.",
    )
}

fn unreadable(cause: &std::io::Error) -> Error {
    let (message, advice) = match cause.kind() {
        _ if leads_to_itself(cause) => (
            "the path is a link that leads back to itself".to_owned(),
            "Open the file that was meant, or make the link anew.",
        ),
        std::io::ErrorKind::NotFound => (
            "there is no such file".to_owned(),
            "Check its name and whether its drive is connected.",
        ),
        std::io::ErrorKind::PermissionDenied => (
            "the file may not be read by this user".to_owned(),
            "Change its permissions, or copy it to a folder of your own.",
        ),
        _ => (
            format!("the file cannot be read: {cause}"),
            "Check the drive it lies on, and try again.",
        ),
    };
    Error::new(ErrorKind::Unreadable, message, advice)
}

fn leads_to_itself(cause: &std::io::Error) -> bool {
    #[cfg(unix)]
    {
        rustix::io::Errno::from_io_error(cause) == Some(rustix::io::Errno::LOOP)
    }
    #[cfg(not(unix))]
    {
        let _ = cause;
        false
    }
}

fn not_a_file(kind: FileType) -> Error {
    let (what, advice) = if kind.is_dir() {
        ("a folder", "Open a file in it, or the folder as a whole.")
    } else {
        (
            "no regular file but a pipe, a socket or a device",
            "Save its content as a file and open that.",
        )
    };
    Error::new(ErrorKind::Unreadable, format!("the path is {what}"), advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dicom_file_is_known_by_its_magic_even_behind_a_tiff_preamble() {
        let mut bytes = vec![0; 132];
        bytes[..4].copy_from_slice(b"II*\0");
        bytes[128..].copy_from_slice(b"DICM");
        assert_eq!(kind(&bytes), Ok(Kind::Dicom));
    }

    #[test]
    fn files_of_other_kinds_are_refused_by_name() {
        let error = kind(b"%PDF-1.7 ...").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains("PDF"));
        assert_eq!(kind(b"hello").unwrap_err().kind, ErrorKind::NotAnImage);
        assert!(kind(b"").unwrap_err().message.contains("0 bytes"));
    }

    #[test]
    fn what_changes_while_it_is_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::fs::write(&path, b"1234").unwrap();
        let (file, facts) = opened(&path).unwrap();
        assert_eq!(unchanged(&file, &facts, 4), Ok(()));
        assert!(unchanged(&file, &facts, 3).is_err());
        std::fs::write(&path, b"12345").unwrap();
        let error = unchanged(&file, &facts, 4).unwrap_err();
        assert!(
            error.message.contains("4 bytes at first, 5 at last"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_itself_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        std::os::unix::fs::symlink(&path, &path).unwrap();
        let error = read(&path).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Unreadable);
        assert!(error.message.contains("leads back to itself"), "{error}");
    }

    #[test]
    fn a_headless_data_set_is_dicom() {
        assert_eq!(
            kind(b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100"),
            Ok(Kind::Dicom)
        );
        let image = b"\x28\0\x02\0\x02\0\0\0\x01\0\x28\0\x04\0\x0c\0\0\0MONOCHROME2 ";
        assert_eq!(kind(image), Ok(Kind::Dicom));
        assert!(kind(b"\x28\0\x02\0\x02\0\0\0\x01\0\x18\0\x04\0").is_err());
    }
}
