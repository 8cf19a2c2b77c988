//! A folder that only this user can look into, and that is gone with the program.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};

/// How many letters of a name are kept.
const LONGEST_NAME: usize = 100;

/// A folder of its own among the system's temporary ones; removed when it is dropped.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    /// How many files were named.
    files: AtomicU32,
}

impl PrivateFolder {
    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let name = format!(
            "silhouette-{}-{}",
            std::process::id(),
            now.map_or(0, |now| now.as_nanos())
        );
        let path = std::env::temp_dir().join(name);
        made(&path)?;
        Ok(Self {
            path,
            files: AtomicU32::new(0),
        })
    }

    /// Returns a path in it that nothing has, with a file name as much like this one as is safe.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn free(&self, name: &str) -> Result<PathBuf> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let folder = self.path.join(number.to_string());
        made(&folder)?;
        let safe = |letter: char| match letter {
            letter if letter.is_alphanumeric() => letter,
            '.' | '-' | '_' | ' ' | '(' | ')' => letter,
            _ => '_',
        };
        let name: String = name.chars().take(LONGEST_NAME).map(safe).collect();
        let name = name.trim_matches(['.', ' ']);
        Ok(folder.join(if name.is_empty() { "film" } else { name }))
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        if let Err(cause) = std::fs::remove_dir_all(&self.path) {
            log::warn!("temporary films stay in {}: {cause}", self.path.display());
        }
    }
}

/// Makes a folder for this user alone; one that exists, or a link there, is refused.
fn made(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|cause| Error::unwritable("a folder for unpacked films", &cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder_and_it_goes_with_what_is_in_it() {
        let folder = PrivateFolder::new().unwrap();
        let root = folder.path.clone();
        for name in [
            "a.dcm",
            "a.dcm",
            "../../etc/passwd",
            "",
            "...",
            "/x",
            "C:\\y",
        ] {
            let path = folder.free(name).unwrap();
            assert_eq!(path.parent().unwrap().parent(), Some(root.as_path()));
            assert!(!path.exists(), "{name}");
            std::fs::write(&path, b"film").unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&root).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        drop(folder);
        assert!(!root.exists());
    }
}
