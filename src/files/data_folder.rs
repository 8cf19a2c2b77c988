//! The folder in which the program keeps what outlives its window.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Names another folder than the system's; for tests and for several users of one account.
const OVERRIDE: &str = "SILHOUETTE_DATA_DIR";

/// Returns the folder for what the program keeps of this user's work: that named by
/// `SILHOUETTE_DATA_DIR`, else the system's for such things; `None` where the system names none.
pub fn data_folder() -> Option<PathBuf> {
    let named = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        // A relative path would be another folder at every start.
        path.is_absolute().then_some(path)
    };
    if let Some(folder) = named(OVERRIDE) {
        return Some(folder);
    }
    let of_system = if cfg!(windows) {
        named("APPDATA")
    } else if cfg!(target_os = "macos") {
        named("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        named("XDG_DATA_HOME").or_else(|| Some(named("HOME")?.join(".local/share")))
    };
    Some(of_system?.join("silhouette"))
}

/// Makes a folder, and those above it, that only this user can look into.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|cause| Error::unwritable("the program's own folder", &cause))
}

/// Returns a path that does not exist yet, for a file that is set aside: `marks.json` becomes
/// `marks.json.damaged`, then `marks.json.damaged-2` and so on.
pub fn free_beside(path: &Path, word: &str) -> PathBuf {
    let first = PathBuf::from(format!("{}.{word}", path.display()));
    let numbered = (2..).map(|number| PathBuf::from(format!("{}.{word}-{number}", path.display())));
    std::iter::once(first.clone())
        .chain(numbered)
        .find(|candidate| !candidate.exists())
        .unwrap_or(first)
}
