//! What an image was made of, where it is no radiograph but a picture of one.

use crate::error::{Error, ErrorKind};

/// That an image is a picture made of other images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derivation {
    /// The images it was made of, by their SOP Instance UIDs; at least one.
    pub sources: Vec<String>,
    /// Whether lines, colours or words are drawn into it, as far as its file tells.
    pub drawn_over: bool,
}

impl Derivation {
    /// Says why no model is asked about it; `None` where it shows nothing but its film.
    pub fn refusal(&self) -> Option<Error> {
        let source = self.sources.first().filter(|_| self.drawn_over)?;
        Some(Error::new(
            ErrorKind::Unsupported,
            "this is a picture made of another film, with drawings in it, and no radiograph: a model \
             would judge the drawings",
            format!("Open the film itself and analyse that (SOP Instance UID {source})."),
        ))
    }
}
