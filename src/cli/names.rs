//! Names for result files: a film's own name, made unique within a run.

use std::collections::HashSet;
use std::path::Path;

/// The names given so far.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Returns the film's name without its extension, with a number when it was given before.
    pub(super) fn unique(&mut self, film: &Path) -> String {
        let stem = film.file_stem().map_or_else(
            || "film".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let mut name = stem.clone();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{stem}-{number}");
            number += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_of_one_name_do_not_overwrite_each_other() {
        let mut names = Names::default();
        let given =
            ["a/x.png", "b/x.png", "x-2.dcm", "x.jpeg"].map(|path| names.unique(path.as_ref()));
        assert_eq!(given, ["x", "x-2", "x-2-2", "x-3"]);
    }
}
