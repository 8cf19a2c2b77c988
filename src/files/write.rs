//! Results to disk: pictures and JSON, whole or not at all.
//!
//! Everything is written to a temporary file beside its target and renamed: a full disk or a
//! killed program leaves the old file or none, never half of one.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::error::{Error, Result};

/// A picture to write: rows from the top, four bytes a pixel.
#[derive(Clone, Copy, Debug)]
pub struct RgbaPicture<'a> {
    /// The number of columns.
    pub width: u32,
    /// The number of rows.
    pub height: u32,
    /// Red, green, blue and alpha of every pixel, not premultiplied.
    pub rgba: &'a [u8],
}

/// Writes a colour PNG with text chunks (keyword and text).
///
/// # Errors
/// When the file cannot be written, or the bytes do not fit the size.
pub fn write_png(path: &Path, picture: &RgbaPicture<'_>, text: &[(String, String)]) -> Result<()> {
    atomically(path, "the picture", |file| {
        let mut encoder = png::Encoder::new(file, picture.width, picture.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        for (keyword, text) in text {
            // tEXt is Latin-1: only iTXt holds everything.
            if text.is_ascii() {
                encoder.add_text_chunk(keyword.clone(), text.clone())
            } else {
                encoder.add_itxt_chunk(keyword.clone(), text.clone())
            }
            .map_err(io::Error::other)?;
        }
        finish(encoder, picture.rgba)
    })
}

/// The quality of JPEG files: fine lines of text stay sharp.
const JPEG_QUALITY: u8 = 95;

/// Writes a colour JPEG; its alpha is left out.
///
/// # Errors
/// When the file cannot be written, or the bytes do not fit the size.
pub fn write_jpeg(path: &Path, picture: &RgbaPicture<'_>) -> Result<()> {
    let bytes = jpeg_bytes(picture)?;
    write_bytes(path, "the picture", &bytes)
}

/// Encodes a colour JPEG; its alpha is left out.
///
/// # Errors
/// When the bytes do not fit the size, or a side is above 65535 pixels.
pub fn jpeg_bytes(picture: &RgbaPicture<'_>) -> Result<Vec<u8>> {
    let rgb: Vec<u8> = picture
        .rgba
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .encode(
            &rgb,
            picture.width,
            picture.height,
            image::ExtendedColorType::Rgb8,
        )
        .map_err(|cause| Error::unwritable("the picture", &io::Error::other(cause)))?;
    Ok(bytes)
}

/// Writes a 16-bit grey PNG, row by row from the top.
///
/// # Errors
/// When the file cannot be written, or the samples do not fit the size.
pub fn write_png_grey16(path: &Path, width: u32, height: u32, greys: &[u16]) -> Result<()> {
    atomically(path, "the picture", |file| {
        let mut encoder = png::Encoder::new(file, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Sixteen);
        let bytes: Vec<u8> = greys.iter().flat_map(|grey| grey.to_be_bytes()).collect();
        finish(encoder, &bytes)
    })
}

/// Writes bytes as they are; `what` names the file in an error.
///
/// # Errors
/// When the file cannot be written.
pub fn write_bytes(path: &Path, what: &str, bytes: &[u8]) -> Result<()> {
    atomically(path, what, |file| file.write_all(bytes))
}

/// Writes a value as indented JSON.
///
/// # Errors
/// When the file cannot be written, or the value has no JSON form.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    atomically(path, "the JSON file", |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })
}

fn finish<W: Write>(encoder: png::Encoder<'_, W>, bytes: &[u8]) -> io::Result<()> {
    let mut writer = encoder.write_header().map_err(io_error)?;
    writer.write_image_data(bytes).map_err(io_error)?;
    writer.finish().map_err(io_error)
}

fn io_error(error: png::EncodingError) -> io::Error {
    match error {
        png::EncodingError::IoError(cause) => cause,
        other => io::Error::other(other),
    }
}

/// Writes a file under a temporary name and renames it; nothing is left where that fails.
pub(super) fn atomically(
    path: &Path,
    what: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let attempt = || {
        let part = Part::beside(path)?;
        let mut file = BufWriter::new(File::create_new(&part.0)?);
        write(&mut file)?;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&part.0, path)
    };
    attempt().map_err(|cause| Error::unwritable(what, &cause))
}

/// The temporary file's path; the file is removed unless it has been renamed.
struct Part(PathBuf);

impl Part {
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("the path names no file"))?;
        // Unlikely to exist; `create_new` refuses it if it does.
        let moment = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let process = std::process::id();
        let hidden = format!(".{}.{process}-{moment}.part", name.to_string_lossy());
        Ok(Self(path.with_file_name(hidden)))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove, and that is as it should be.
        std::fs::remove_file(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_with_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.png");
        let picture = RgbaPicture {
            width: 2,
            height: 1,
            rgba: &[1, 2, 3, 255, 4, 5, 6, 128],
        };
        let text = [
            ("Software".to_owned(), "Silhouette".to_owned()),
            ("Comment".to_owned(), "0.5 µm – über".to_owned()),
        ];
        write_png(&path, &picture, &text).unwrap();
        let mut reader = png::Decoder::new(io::BufReader::new(File::open(&path).unwrap()))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, picture.rgba);
        let info = reader.info();
        assert_eq!(info.uncompressed_latin1_text[0].text, "Silhouette");
        assert_eq!(info.utf8_text[0].get_text().unwrap(), "0.5 µm – über");
    }

    #[test]
    fn sixteen_bit_greys_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grey.png");
        write_png_grey16(&path, 2, 2, &[0, 1, 256, 65535]).unwrap();
        let picture = image::open(&path).unwrap().into_luma16();
        assert_eq!(picture.into_raw(), [0, 1, 256, 65535]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.png");
        std::fs::write(&path, b"old").unwrap();
        let error = write_png_grey16(&path, 3, 3, &[0]).unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Unwritable);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn writing_into_no_folder_says_what_and_why() {
        let error = write_json(Path::new("/no/such/folder/x.json"), &1).unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Unwritable);
        assert!(error.message.starts_with("cannot write the JSON file"));
    }
}
