//! Decoding in a process apart, so that no file can hurt the one that shows films.
//!
//! Codecs abort: on nesting that ends the stack, on headers that ask for all memory. Nothing in
//! their own process can stop that, so the program starts itself once more, as a *decoder*
//! (`silhouette decode-apart`, hidden): it confines itself ([`limits`]), reads files, and sends
//! back films over a pipe. It is kept and asked again, because starting one takes longer than
//! sending a film; one that failed is ended and replaced. A decoder ends
//!
//! * when its file uses up its processor time (the system), memory (its own allocator) or the time
//!   on the clock (the watch, [`decoder`]); on systems that count neither, the clock alone;
//! * when the work that asked is cancelled (the watch);
//! * when the program that asked is gone, whatever way it went: its input ends then. Linux's
//!   signal on a parent's death is not used, for it comes when the *thread* that started the
//!   decoder ends.
//!
//! What arrives is not trusted: every length is checked before memory is asked for ([`wire`],
//! [`samples`]), and what a decoder says on its standard error is never shown ([`ending`]).
//!
//! Films are decoded in place, guarded as `files` tells, where [`decode_apart`] was not called
//! (programs that use this library and its tests), where no process can be started, and for a
//! request that is too long for one (some fifty thousand points to inspect).

mod answer;
mod decoder;
mod ending;
mod graphics;
mod limits;
mod messages;
mod origin;
mod preview;
mod request;
mod returned;
mod samples;
mod serve;
mod stages;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::{Mutex, OnceLock, PoisonError};

use self::answer::{FILM, INSPECTION, PREVIEW, RETURNED, ROOM};
use self::decoder::Decoder;
use self::ending::Ending;
use self::limits::Budget;
use self::messages::FilmHead;
use self::request::{LONGEST_REQUEST, Request, path_bytes};
use super::{Content, HearPreview, Inspection};
use crate::error::Result;
use crate::radiograph::Film;
use crate::task::Progress;

pub use serve::serve_films;

/// The command that makes this program a decoder.
pub const COMMAND: &str = "decode-apart";

/// The first thing a decoder says: another version would not understand the requests.
const GREETING: &str = concat!("silhouette decoder ", env!("CARGO_PKG_VERSION"), "\n");

/// The most decoders kept while nobody asks them.
const MOST_KEPT: usize = 2;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
static KEPT: Mutex<Vec<Decoder>> = Mutex::new(Vec::new());

/// Has films decoded apart from now on, by a program that answers to [`COMMAND`]; without one, by
/// this very program. Only the first call counts.
pub fn decode_apart(program: Option<PathBuf>) {
    if let Some(program) = program.or_else(this_program) {
        PROGRAM.set(program).ok();
    }
}

/// Ends the decoders that are kept; new ones are started when needed.
pub fn end_decoders() {
    let kept = std::mem::take(&mut *KEPT.lock().unwrap_or_else(PoisonError::into_inner));
    drop(kept);
}

/// Returns where this program can be started from again.
pub fn this_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    if cfg!(target_os = "linux") && !program.exists() {
        // It was replaced by another version while it runs; this name still leads to it.
        return Some(PathBuf::from("/proc/self/exe"));
    }
    Some(program)
}

/// Opens a film apart; `None` when it must be done in place.
pub(super) fn film(path: &Path, progress: &Progress) -> Option<Result<Film>> {
    let take = |from: &mut ChildStdout| received_film(from, &mut |_| {});
    let mut film = ask(path, Wishes::default(), progress, take)?;
    if let Ok(film) = &mut film {
        path.clone_into(&mut film.source.path);
    }
    Some(film)
}

/// Opens a film or what is about films apart; `None` when it must be done in place.
pub(super) fn content(
    path: &Path,
    progress: &Progress,
    hear: HearPreview<'_>,
) -> Option<Result<Content>> {
    let take = |from: &mut ChildStdout| received_content(from, hear);
    let wishes = Wishes {
        preview: true,
        content: true,
        inspect: None,
    };
    let mut content = ask(path, wishes, progress, take)?;
    if let Ok(Content::Film(film)) = &mut content {
        path.clone_into(&mut film.source.path);
    }
    Some(content)
}

/// What is asked besides the film.
#[derive(Default)]
struct Wishes {
    inspect: Option<Vec<(usize, usize)>>,
    preview: bool,
    content: bool,
}

/// Inspects a film apart; `None` when it must be done in place.
pub(super) fn inspection(path: &Path, points: &[(usize, usize)]) -> Option<Result<Inspection>> {
    let wishes = Wishes {
        inspect: Some(points.to_vec()),
        ..Wishes::default()
    };
    let mut inspection = ask(path, wishes, &Progress::new(), |from| {
        let received = answer::read_head(from)?;
        received.map_or_else(
            |error| Ok(Err(error)),
            |(kind, head)| expected::<Inspection>(kind == INSPECTION, &head).map(Ok),
        )
    })?;
    if let Ok(inspection) = &mut inspection {
        path.clone_into(&mut inspection.path);
    }
    Some(inspection)
}

/// Reads a decoder's answer to who opens a film: what the program believes of a process that a file may
/// have taken over.
///
/// # Errors
/// Outside when the answer ends early or makes no sense, inside when the decoder states a reason.
fn received_film(from: &mut impl io::Read, preview: HearPreview<'_>) -> io::Result<Result<Film>> {
    Ok(match received_content(from, preview)? {
        Ok(Content::Film(film)) => Ok(*film),
        Ok(Content::Returned(_)) => return Err(io::ErrorKind::InvalidData.into()),
        Err(error) => Err(error),
    })
}

/// Reads a decoder's answer like [`received_film`], to who also takes what is about films.
fn received_content(
    from: &mut impl io::Read,
    preview: HearPreview<'_>,
) -> io::Result<Result<Content>> {
    let mut received = answer::read_head(from)?;
    let mut room = None;
    if let Ok((ROOM, head)) = &received {
        room = samples::room_ahead(expected(true, head)?);
        received = answer::read_head(from)?;
    }
    if let Ok((PREVIEW, head)) = &received {
        preview(preview::receive(head, from)?);
        received = answer::read_head(from)?;
    }
    let (kind, head) = match received {
        Ok(received) => received,
        Err(error) => return Ok(Err(error)),
    };
    if kind == RETURNED {
        let returned = returned::receive(&head, from)?;
        return Ok(Ok(Content::Returned(Box::new(returned))));
    }
    let mut head: FilmHead = expected(kind == FILM, &head)?;
    let raster = samples::read((head.columns, head.rows), room, from)?;
    stages::receive(&mut head.pipeline, (head.columns, head.rows), from)?;
    let film = head.film(raster);
    film.map(|film| Ok(Content::Film(Box::new(film))))
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Reads bytes as a decoder's answer, of a film and of an inspection, for the fuzzer.
#[cfg(fuzzing)]
pub fn fuzz_answer(bytes: &[u8]) {
    if let Ok(Ok(film)) = received_film(&mut &*bytes, &mut |_| {}) {
        super::fuzzing::curve_of(&film);
        let mut sent = Vec::new();
        answer::send_film(&film, &mut sent).ok();
        assert!(
            matches!(received_film(&mut &*sent, &mut |_| {}), Ok(Ok(_))),
            "a film is not read again"
        );
    }
    if let Ok(Ok((kind, head))) = answer::read_head(&mut &*bytes) {
        expected::<Inspection>(kind == INSPECTION, &head).ok();
    }
}

fn expected<T: wire::Wire>(kind_fits: bool, head: &[u8]) -> io::Result<T> {
    let value = if kind_fits { wire::whole(head) } else { None };
    value.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn ask<T>(
    path: &Path,
    wishes: Wishes,
    progress: &Progress,
    take: impl FnOnce(&mut ChildStdout) -> io::Result<Result<T>>,
) -> Option<Result<T>> {
    let program = PROGRAM.get()?;
    let budget = Budget::of_file(bytes_on_disk(path));
    let request = wire::written(&Request {
        path: path_bytes(&std::path::absolute(path).ok()?)?,
        processor_seconds: budget.processor_seconds,
        inspect: wishes.inspect,
        preview: wishes.preview,
        content: wishes.content,
    });
    if request.len() > LONGEST_REQUEST {
        return None;
    }
    let mut decoder = kept_or_new(program)?;
    match decoder.ask(&request, budget, progress, take) {
        Ok(answer) => {
            keep(decoder);
            Some(answer)
        }
        Err(Ending::Failed(error)) => Some(Err(error)),
        Err(Ending::NeverStarted) => {
            log::warn!("a decoder did not come to life; films are decoded in place");
            None
        }
    }
}

/// Returns a file's size, without the holes of a sparse one: they buy no time.
fn bytes_on_disk(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |facts| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            facts.len().min(facts.blocks().saturating_mul(512))
        }
        #[cfg(not(unix))]
        facts.len()
    })
}

fn kept_or_new(program: &Path) -> Option<Decoder> {
    loop {
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match kept {
            Some(decoder) if decoder.lives() => return Some(decoder),
            Some(_) => {}
            None => break,
        }
    }
    Decoder::start(program)
        .inspect_err(|cause| {
            log::warn!("no decoder can be started ({cause}); films are decoded in place");
        })
        .ok()
}

fn keep(decoder: Decoder) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() < MOST_KEPT {
        kept.push(decoder);
    }
}
