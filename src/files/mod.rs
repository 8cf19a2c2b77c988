//! Disk to domain and back: films are opened by content, never by extension.
//!
//! [`open`] turns a file into a [`Film`]; [`inspect`] reports every stage from stored sample to
//! grey; [`gather`] lists what a folder holds; the `write_*` functions put results on disk whole
//! or not at all. Whatever a file holds, the caller gets a film or an error: it is read once,
//! bounded, on a thread of its own, and in a process apart once the program has asked for that
//! ([`decode_apart`]). Nothing here knows models, screens or the session.

mod apart;
mod bundle;
mod content;
mod data_folder;
pub mod deidentification;
pub mod dicom_export;
mod dicom_film;
mod folder;
#[cfg(fuzzing)]
pub mod fuzzing;
mod inspection;
mod jpeg_2000;
mod jpeg_segments;
mod modality;
mod overlay_summary;
mod page;
mod picture;
mod pipeline;
mod private_folder;
mod returned;
mod stored;
mod swallowing;
mod write;

pub use apart::{
    COMMAND as DECODER_COMMAND, decode_apart, end_decoders, serve_films, this_program,
};
pub use bundle::{BUNDLE_ENDING, Packed, is_bundle, read_bundle, unpack_film, write_bundle};
pub use data_folder::{data_folder, free_beside, make_private_folder};
pub use folder::{MOST_FILES, gather};
pub use inspection::{Inspection, ModalityLut, Padding, Rescale, VoiSummary, inspect};
pub use overlay_summary::OverlaySummary;
pub use page::{Page, PageText, page_words, pdf_page};
pub use private_folder::PrivateFolder;
pub use returned::{Content, Returned, ReturnedKind, ReturnedMark, ReturnedView};
pub use write::{
    RgbaPicture, jpeg_bytes, write_bytes, write_jpeg, write_json, write_png, write_png_grey16,
};

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::radiograph::{Film, Memory, Preview};
use crate::task::Progress;
use content::Kind;
use modality::{LookupTable, ModalityTransform};
use pipeline::Provenance;
use stored::StoredFrame;

/// Stack of the decoding thread: nested sequences recurse in the DICOM parser.
const STACK_BYTES: usize = 64 << 20;

/// Frames of at least so many pixels take long enough for a preview to be seen.
const WORTH_A_PREVIEW: usize = 2 << 20;

/// What is said of a colour profile (PS3.3 C.11.15).
const ICC_IGNORED: &str = "the file's ICC profile was ignored: greys are shown without it";

/// Called with every frame in turn, when all are wanted.
type EachFrame<'a> = &'a mut (dyn FnMut(&StoredFrame<'_>) + Send);

/// What is wanted besides a film.
#[derive(Default)]
struct Wishes<'a> {
    each_frame: Option<EachFrame<'a>>,
    /// Hears what is known of the film long before the film itself.
    ahead: Option<HearAhead<'a>>,
    /// Whether a coarse picture of the film is made for who hears, where that is quick.
    preview: bool,
    /// The file's own memory, for a film to keep where it is most of that.
    file: Option<Arc<Memory>>,
}

/// The memory of a film's samples, as far as it is known before they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    columns: usize,
    rows: usize,
    bytes_per_sample: usize,
}

/// What is known of a film before it is decoded.
enum Ahead {
    /// What its samples take: who waits for them can make room meanwhile.
    Room(Room),
    /// A coarse picture of it.
    Preview(Preview),
}

type HearAhead<'a> = &'a mut (dyn FnMut(Ahead) + Send);

/// Called with a film's coarse picture.
type HearPreview<'a> = &'a mut (dyn FnMut(Preview) + Send);

/// A film with what its decoding learnt on the way.
struct Opened<'a> {
    film: Film,
    /// The first frame as stored.
    first: StoredFrame<'a>,
    facts: Facts,
}

impl Opened<'_> {
    /// Returns the film, complete.
    fn finished(self) -> Film {
        let Self {
            mut film,
            first,
            facts,
        } = self;
        film.pipeline = pipeline::of(first, &facts).into();
        film
    }
}

/// How a file stores its samples, and what turns them into modality values.
#[derive(Clone, Debug, Default)]
struct Facts {
    frames: usize,
    photometric: Option<String>,
    bits_allocated: u32,
    bits_stored: u32,
    modality: ModalityTransform,
    /// Whether stored samples are places in a palette.
    indexed: bool,
    /// Pixel Padding Value and its Range Limit, as stored.
    padding: Option<(f64, Option<f64>)>,
    provenance: Provenance,
}

/// Opens a film by its content: its first frame, with everything the file says about it.
///
/// # Errors
/// When the file cannot be read, is no picture this program knows, or is damaged.
pub fn open(path: &Path) -> Result<Film> {
    open_for(&Progress::new(), path)
}

/// Opens a film like [`open`], for work that may be cancelled meanwhile.
///
/// # Errors
/// As [`open`]; and, while the film is decoded apart, when the work is cancelled.
pub fn open_for(progress: &Progress, path: &Path) -> Result<Film> {
    apart::film(path, progress).unwrap_or_else(|| open_here(path, Wishes::default()))
}

/// Opens a film in this process, and passes on its preview.
fn film_here(
    file: (&Path, &Arc<Memory>),
    preview: &mut (dyn FnMut(Preview) + Send),
) -> Result<Film> {
    let mut hear = |ahead| match ahead {
        Ahead::Preview(seen) => preview(seen),
        Ahead::Room(_) => {}
    };
    let wishes = Wishes {
        ahead: Some(&mut hear),
        preview: true,
        ..Wishes::default()
    };
    decode_bytes(file, wishes, |opened| opened.finished())
}

/// Opens a film like [`open_for`], or what is about films as such and not as a picture. Of a film that
/// takes long to decode and holds coarser levels of itself (JPEG 2000), `preview` hears a quarter
/// each way first.
///
/// # Errors
/// As [`open_for`].
pub fn open_content(
    progress: &Progress,
    path: &Path,
    preview: &mut (dyn FnMut(Preview) + Send),
) -> Result<Content> {
    if let Some(content) = apart::content(path, progress, &mut *preview) {
        return content;
    }
    let bytes = content::read(path)?;
    match read_returned(&bytes) {
        Some(returned) => returned.map(|found| Content::Returned(Box::new(found))),
        None => film_here((path, &bytes), preview).map(|film| Content::Film(Box::new(film))),
    }
}

/// Reads what is about films, where the bytes say that they are such; `None` for everything else.
fn read_returned(bytes: &[u8]) -> Option<Result<Returned>> {
    let kind = dicom_film::returned::kind(bytes)?;
    Some(on_deep_stack(|| dicom_film::returned::read(bytes, kind)))
}

/// Opens a film in this process.
fn open_here(path: &Path, wishes: Wishes<'_>) -> Result<Film> {
    decode(path, wishes, |opened| opened.finished())
}

/// Decodes a file, and passes on what is wanted of it while its bytes are still there: stored
/// samples are theirs where nothing had to be decoded.
fn decode<T: Send>(
    path: &Path,
    wishes: Wishes<'_>,
    wanted: impl FnOnce(Opened<'_>) -> T + Send,
) -> Result<T> {
    decode_bytes((path, &content::read(path)?), wishes, wanted)
}

/// Decodes the bytes of a file like [`decode`].
fn decode_bytes<T: Send>(
    (path, bytes): (&Path, &Arc<Memory>),
    wishes: Wishes<'_>,
    wanted: impl FnOnce(Opened<'_>) -> T + Send,
) -> Result<T> {
    let wishes = Wishes {
        file: Some(Arc::clone(bytes)),
        ..wishes
    };
    on_deep_stack(move || {
        let mut opened = match content::kind(bytes)? {
            Kind::Dicom => dicom_film::open(bytes, wishes)?,
            Kind::Picture(format) => picture::open(bytes, format, wishes.each_frame)?,
            Kind::Jpeg2000 => jpeg_2000::open(bytes, wishes)?,
        };
        path.clone_into(&mut opened.film.source.path);
        Ok(wanted(opened))
    })
}

/// Runs a decoder on a thread of its own: deep nesting does not end the process, and a panic in
/// a codec becomes an error about its file.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("decode".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)
            .map_err(|cause| Error::internal(format!("no thread for decoding: {cause}")))?
            .join()
            .unwrap_or_else(|_| {
                Err(damaged(
                    "the decoder stopped at something it did not expect",
                ))
            })
    })
}

/// Makes the error for a file that ends early or contradicts itself; libraries' own words, which a
/// message may end with, lose their full stop.
fn damaged(message: impl Into<String>) -> Error {
    Error::new(
        crate::ErrorKind::Damaged,
        message.into().trim_end_matches('.'),
        "Copy or export it again from its source.",
    )
}

/// Makes the error for a valid file of a kind that is not read.
fn unsupported(message: impl Into<String>) -> Error {
    Error::new(
        crate::ErrorKind::Unsupported,
        message.into().trim_end_matches('.'),
        "Export it as an uncompressed greyscale DICOM or PNG file.",
    )
}

/// Tells a library's error with its causes, each once.
fn story(error: &dyn std::error::Error) -> String {
    let mut story = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !story.contains(&words) {
            story = format!("{story}: {words}");
        }
        next = cause.source();
    }
    story
}
