//! Programs by others that look at what we wrote.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::phantoms::skip;

/// Runs a tool; `None` (said loudly) where it is not installed.
pub(crate) fn run(tool: &str, arguments: &[&std::ffi::OsStr]) -> Option<Output> {
    match Command::new(tool).args(arguments).output() {
        Ok(output) => Some(output),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            skip(&format!(
                "{tool} is not installed (assets/setup-debian.sh test)"
            ));
            None
        }
        Err(cause) => panic!("{tool} cannot be run: {cause}"),
    }
}

/// Fails where `dciodvfy` finds an error in an object.
pub(crate) fn valid(path: &Path) {
    let Some(output) = run("dciodvfy", &["-new".as_ref(), path.as_os_str()]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    let errors: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("Error"))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}\n{said}", path.display());
}

/// Saves an object in a folder; in a place of the user's choice too, to be looked at.
pub(crate) fn saved(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    if let Some(kept) = std::env::var_os("SILHOUETTE_KEEP_EXPORTS") {
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::write(Path::new(&kept).join(name), bytes).unwrap();
    }
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}
