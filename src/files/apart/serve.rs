//! The decoder's own side: it confines itself, then answers requests until nobody asks any more.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use super::answer::{self, ERROR, INSPECTION, ROOM};
use super::request::{LONGEST_REQUEST, Request, path_of};
use super::{GREETING, limits, preview, returned, wire};
use crate::error::Error;
use crate::files::{Ahead, Wishes, content, decode_bytes, inspection, read_returned};
use crate::radiograph::Memory;

/// What is asked of a pipe's buffer: a large one spares the switching between two processes.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// Serves films on standard input and output until the input ends: the whole of a decoder's life.
pub fn serve_films() -> ExitCode {
    limits::confine();
    // A panic is answered as the error it becomes; its words may be a patient's.
    std::panic::set_hook(Box::new(|_| {}));
    let (sender, requests) = mpsc::channel();
    let listener = std::thread::Builder::new().name("requests".to_owned());
    let served = listener
        .spawn(move || listen(&sender))
        .and_then(|_| answer_all(&requests));
    if served.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Passes requests on. Where the input ends, so does the process, whatever it is busy with: who
/// asked is gone.
fn listen(requests: &Sender<Request>) {
    let mut input = io::stdin().lock();
    while let Some(request) = next(&mut input) {
        if requests.send(request).is_err() {
            break;
        }
    }
    std::process::exit(0);
}

fn next(input: &mut impl Read) -> Option<Request> {
    let mut length = [0; 4];
    input.read_exact(&mut length).ok()?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_REQUEST {
        return None;
    }
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes).ok()?;
    wire::whole(&bytes)
}

fn answer_all(requests: &Receiver<Request>) -> io::Result<()> {
    let mut out = output()?;
    out.write_all(GREETING.as_bytes())?;
    for request in requests {
        limits::allow_processor(request.processor_seconds);
        reply(request, &mut out)?;
    }
    Ok(())
}

/// Standard output without its buffer, which looks for line ends.
fn output() -> io::Result<File> {
    #[cfg(unix)]
    let out = {
        use std::os::fd::AsFd as _;
        File::from(io::stdout().as_fd().try_clone_to_owned()?)
    };
    #[cfg(windows)]
    let out = {
        use std::os::windows::io::AsHandle as _;
        File::from(io::stdout().as_handle().try_clone_to_owned()?)
    };
    // A smaller buffer is only slower.
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(&out, PIPE_BYTES).ok();
    Ok(out)
}

fn reply(request: Request, out: &mut File) -> io::Result<()> {
    let Some(path) = path_of(request.path) else {
        return answer::head(ERROR, &wire::written(&unusable_path()), out);
    };
    match request.inspect {
        Some(points) => match inspection::inspect_here(&path, &points) {
            Ok(inspection) => answer::head(INSPECTION, &wire::written(&inspection), out),
            Err(error) => answer::head(ERROR, &wire::written(&error), out),
        },
        None => match content::read(&path) {
            Ok(bytes) => match request.content.then(|| read_returned(&bytes)).flatten() {
                Some(Ok(found)) => returned::send(found, out),
                Some(Err(error)) => answer::head(ERROR, &wire::written(&error), out),
                None => film((&path, &bytes), request.preview, out),
            },
            Err(error) => answer::head(ERROR, &wire::written(&error), out),
        },
    }
}

/// Sends a film, from the bytes of its file as far as they hold its samples.
fn film((path, bytes): (&Path, &Arc<Memory>), preview: bool, out: &mut File) -> io::Result<()> {
    let mut ahead = out.try_clone()?;
    let mut sent = Ok(());
    let mut send = |known| {
        if sent.is_ok() {
            sent = match known {
                Ahead::Room(room) => answer::head(ROOM, &wire::written(&room), &mut ahead),
                Ahead::Preview(seen) => preview::send(&seen, &mut ahead),
            };
        }
    };
    let wishes = Wishes {
        ahead: Some(&mut send),
        preview,
        ..Wishes::default()
    };
    let answered = decode_bytes((path, bytes), wishes, |opened| {
        answer::send_film(&opened.finished(), out)
    });
    sent?;
    answered.unwrap_or_else(|error| answer::head(ERROR, &wire::written(&error), out))
}

fn unusable_path() -> Error {
    Error::internal("the file's path cannot be written on this system")
}
