//! The secret that pseudonyms are made with: a file of the user's, or a number nobody keeps.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::files::deidentification::Pseudonyms;

/// Shorter secrets could be tried out.
const SHORTEST: usize = 16;

/// Reads the key, or makes one and keeps it there; without a path, makes one and keeps it nowhere.
pub(super) fn pseudonyms(path: Option<&Path>, out: &Path) -> Result<Pseudonyms> {
    let Some(path) = path else {
        return Ok(Pseudonyms::with_key(&rand::random::<[u8; 32]>()));
    };
    let among = path.parent().is_some_and(|folder| {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        real(folder).starts_with(real(out))
    });
    if among {
        return Err(Error::new(
            ErrorKind::Usage,
            "the key lies in the folder of the copies and would be passed on with them",
            "Keep the key elsewhere: who has it can tell which copy is whose.",
        ));
    }
    let secret = match std::fs::read_to_string(path) {
        Ok(secret) => secret,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => made(path)?,
        Err(cause) => {
            return Err(Error::new(
                ErrorKind::Unreadable,
                format!("the key cannot be read: {cause}"),
                "Name a text file with --key, or one that does not exist yet.",
            ));
        }
    };
    let secret = secret.trim();
    if secret.len() < SHORTEST {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "the key has {} characters; it needs {SHORTEST} at least",
                secret.len()
            ),
            "Name a file that does not exist yet: a key is made there.",
        ));
    }
    Ok(Pseudonyms::with_key(secret.as_bytes()))
}

fn made(path: &Path) -> Result<String> {
    let secret: [u8; 32] = rand::random();
    let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Nobody else's business.
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| writeln!(file, "{secret}"))
        .map_err(|cause| Error::unwritable("the key", &cause))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (key, out) = (folder.path().join("key"), folder.path().join("out"));
        let made = pseudonyms(Some(&key), &out).unwrap().fingerprint();
        assert_eq!(pseudonyms(Some(&key), &out).unwrap().fingerprint(), made);
        assert_ne!(pseudonyms(None, &out).unwrap().fingerprint(), made);
    }

    #[test]
    fn a_key_that_is_short_or_among_the_copies_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, "secret").unwrap();
        let error = pseudonyms(Some(&key), &folder.path().join("out"))
            .err()
            .unwrap();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(pseudonyms(Some(&folder.path().join("new")), folder.path()).is_err());
    }
}
