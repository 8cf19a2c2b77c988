//! Disk to domain and back: films are opened by content, never by extension.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{Film, Identity, Polarity, Radiograph, Raster, Source};

/// Opens a film by its content.
///
/// # Errors
/// When the file cannot be read or is no picture this program knows.
pub fn open(path: &Path) -> Result<Film> {
    let picture = image::open(path).map_err(|cause| {
        Error::new(
            ErrorKind::NotAnImage,
            format!("the file is no picture: {cause}"),
            "Open a DICOM, PNG or JPEG file.",
        )
    })?;
    let grey = picture.to_luma32f();
    let raster = Raster::new(
        grey.width() as usize,
        grey.height() as usize,
        grey.into_raw(),
    )?;
    Ok(Film {
        radiograph: Radiograph::new(raster, Vec::new(), Polarity::Identity)?.into(),
        source: Source {
            path: path.to_owned(),
            kind: "png",
            ..Source::default()
        },
        identity: Identity::default(),
    })
}
