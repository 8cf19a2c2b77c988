//! Where nothing can be written, nothing is left behind: every kind of export, in a process of its
//! own that may not write, on a disk that is full, and on one that is read-only.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use silhouette::compute::DeviceKind;
use silhouette::session::{self, ExportKind, Session, write_export};
use silhouette::task::{Progress, no_wake};

use super::films::{opened, phantom};
use super::stub::Stubs;

/// Where the process is told to write, and where its film lies.
const OUT: &str = "SILHOUETTE_TEST_OUT";
const FILM: &str = "SILHOUETTE_TEST_FILM";

/// Fills what is left of a folder's disk, then has every kind of export try to write into it. Does
/// nothing unless it is told where.
#[test]
fn every_kind_tries() {
    let Some(out) = std::env::var_os(OUT).map(PathBuf::from) else {
        return;
    };
    let filler = out.join("filler");
    // Ends when the disk is full, or at once where nothing may be written.
    std::fs::write(&filler, vec![0; 1 << 20]).unwrap_err();
    let there = || {
        let files = std::fs::read_dir(&out).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = there();
    let mut said = String::new();
    let film = PathBuf::from(std::env::var_os(FILM).unwrap());
    for kind in ExportKind::ALL {
        let path = out.join(format!("out.{}", kind.extension()));
        let radiograph = silhouette::files::open(&film).unwrap();
        let job = super::files::job(&radiograph, kind, &path);
        let error = write_export(&job, &Progress::new()).unwrap_err();
        said += &format!("{}: {error}\n", kind.name());
        assert_eq!(error.kind, silhouette::ErrorKind::Unwritable, "{error}");
        assert!(error.message.starts_with("cannot write"), "{error}");
        assert!(error.advice.contains("space left"), "{error}");
        assert_eq!(there(), before, "{} left something", kind.title());
    }
    for films in [false, true] {
        let error = saved(&film, &out.join("out.silh"), films);
        said += &format!("reading: {error}\n");
        assert!(error.starts_with("cannot write the reading"), "{error}");
        assert_eq!(there(), before, "a saved reading left something");
    }
    std::io::stdout().write_all(said.as_bytes()).unwrap();
}

/// Saves a reading and returns what is said of it.
fn saved(film: &Path, path: &Path, films: bool) -> String {
    let mut session = Session::new(Arc::new(Stubs), DeviceKind::Cpu.into(), no_wake());
    session.apply(session::Command::Open(vec![film.to_owned()]));
    let until = |done: &dyn Fn(&Session) -> bool, session: &mut Session| {
        let start = Instant::now();
        while !done(session) {
            session.poll();
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let open = |session: &Session| {
        let reading = session.reading();
        reading.is_some_and(|reading| reading.open_film().is_some())
    };
    until(&open, &mut session);
    session.apply(session::Command::SaveReading {
        path: path.to_owned(),
        films,
    });
    until(&|session| !session.notices().is_empty(), &mut session);
    let said = &session.notices()[0];
    assert!(said.is_error, "{said:?}");
    said.message.clone()
}

/// Runs the trial in a process of its own, behind a shell script that ends in `exec "$0" "$@"`.
fn tried(shell: &[&str], out: &Path, film: &Path) -> Output {
    let mut command = Command::new(shell[0]);
    command
        .args(&shell[1..])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full::every_kind_tries", "--nocapture"])
        .env(OUT, out)
        .env(FILM, film);
    command.output().unwrap()
}

fn words(output: &Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("ZipWriter"), "{err}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &err
}

fn film(folder: &Path) -> PathBuf {
    opened(&phantom(), folder).0
}

#[cfg(unix)]
#[test]
fn a_process_that_may_not_write_leaves_nothing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path());
    let out = tempfile::tempdir().unwrap();
    // Without the trap the kernel ends the process; with it, writing fails.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let output = tried(&["sh", "-c", script], out.path(), &film);
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said.matches("too large").count(),
        ExportKind::ALL.len() + 2,
        "{said}"
    );
}

/// Whether this system lets a test have a file system of its own.
#[cfg(target_os = "linux")]
fn may_mount(folder: &Path) -> bool {
    let script = format!("mount -t tmpfs -o size=16k none '{}'", folder.display());
    let mounted = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .output();
    let may = mounted.is_ok_and(|output| output.status.success());
    if !may {
        super::phantoms::skip("no file system of one's own can be mounted here");
    }
    may
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_nothing_is_left_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path());
    let out = tempfile::tempdir().unwrap();
    if !may_mount(out.path()) {
        return;
    }
    let script = format!(
        "mount -t tmpfs -o size=16k none '{}' && exec \"$0\" \"$@\"",
        out.path().display()
    );
    let output = tried(&["unshare", "-rm", "sh", "-c", &script], out.path(), &film);
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    let named = said.matches("No space left on device").count();
    assert_eq!(named, ExportKind::ALL.len() + 2, "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path());
    let out = tempfile::tempdir().unwrap();
    if !may_mount(out.path()) {
        return;
    }
    let script = format!(
        "mount -t tmpfs -o ro none '{}' && exec \"$0\" \"$@\"",
        out.path().display()
    );
    let output = tried(&["unshare", "-rm", "sh", "-c", &script], out.path(), &film);
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    let named = said.matches("Read-only file system").count();
    assert_eq!(named, ExportKind::ALL.len() + 2, "{said}");
}
