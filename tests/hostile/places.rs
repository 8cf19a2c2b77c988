//! What a path may lead to instead of a film: pipes, devices, loops, nothing, or far too much.

use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::phantoms::{save, skip};
use super::seeds::film;

/// Makes them all in a folder. None of them can be opened.
pub(crate) fn all(folder: &Path) -> Vec<PathBuf> {
    let path = |name: &str| folder.join(name);
    let mut paths = vec![
        path("missing.dcm"),
        path(&"x".repeat(300)),
        path(&"deep/".repeat(2_000)),
        PathBuf::from("/dev/zero"),
        PathBuf::from("/dev/full"),
        PathBuf::from("/proc/self/mem"),
        PathBuf::from("/proc/kmsg"),
    ];
    let mut made = |name: &str, done: bool| {
        if done {
            paths.push(folder.join(name));
        } else {
            skip(name);
        }
    };
    let fifo = Command::new("mkfifo").arg(path("fifo.dcm")).status();
    made("fifo.dcm", fifo.is_ok_and(|status| status.success()));
    made(
        "to_fifo.dcm",
        symlink(path("fifo.dcm"), path("to_fifo.dcm")).is_ok(),
    );
    for (name, target) in [
        ("loop.dcm", "loop.dcm"),
        ("nowhere.dcm", "nothing"),
        ("random.dcm", "/dev/urandom"),
        ("terminal.dcm", "/dev/tty"),
    ] {
        made(name, symlink(target, path(name)).is_ok());
    }
    made("socket.dcm", UnixListener::bind(path("socket.dcm")).is_ok());
    made(
        "sparse_5_gib.dcm",
        sparse(&path("sparse_5_gib.dcm"), 5 << 30, b""),
    );
    made(
        "sparse_plain.dcm",
        sparse(&path("sparse_plain.dcm"), 700 << 20, b""),
    );
    let magic = [&[0; 128], b"DICM".as_slice()].concat();
    made(
        "sparse_dicom.dcm",
        sparse(&path("sparse_dicom.dcm"), 700 << 20, &magic),
    );
    let headers = [
        ("sparse.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice()),
        ("sparse.jpg", b"\xff\xd8\xff\xe0\0\x10"),
        ("sparse.tif", b"II*\0\x08\0\0\0"),
        ("sparse.pgm", b"P2 "),
    ];
    for (name, head) in headers {
        made(name, sparse(&path(name), 500 << 20, head));
    }
    let locked = save(folder, "locked.dcm", &film().bytes());
    std::fs::set_permissions(&locked, Permissions::from_mode(0o0)).expect("it is ours");
    // Root reads everything.
    if File::open(&locked).is_err() {
        paths.push(locked);
    }
    paths
}

/// A file that is nearly all hole.
fn sparse(path: &Path, bytes: u64, start: &[u8]) -> bool {
    let write = || {
        let mut file = File::create(path)?;
        file.set_len(bytes)?;
        file.write_all(start)
    };
    write().is_ok()
}
