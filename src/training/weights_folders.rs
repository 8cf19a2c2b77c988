//! Where the weights and cards that training wrote are looked for.

use std::path::{Path, PathBuf};

/// Folders of weights. A network's card and weights are those of the first folder that has its card:
/// whoever trained one model goes on with the others' bundled weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightsFolders {
    first: PathBuf,
    others: Vec<PathBuf>,
}

impl WeightsFolders {
    /// One folder alone.
    pub fn only(folder: impl Into<PathBuf>) -> Self {
        Self {
            first: folder.into(),
            others: Vec::new(),
        }
    }

    /// Looks in another folder first.
    pub fn after(self, folder: impl Into<PathBuf>) -> Self {
        let first = folder.into();
        let others = std::iter::once(self.first).chain(self.others);
        Self {
            others: others.filter(|other| *other != first).collect(),
            first,
        }
    }

    /// Returns the folder that is looked in first.
    pub fn first(&self) -> &Path {
        &self.first
    }

    /// Returns the folder that has a network's card; the first where none has, so that what is missing
    /// is missed there.
    pub fn of(&self, id: &str) -> &Path {
        let all = std::iter::once(&self.first).chain(&self.others);
        let mut having = all.filter(|folder| Self::card(folder, id).is_file());
        having.next().unwrap_or(&self.first)
    }

    /// Returns where a network's card is in a folder.
    pub fn card(folder: &Path, id: &str) -> PathBuf {
        folder.join(format!("{id}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_that_has_a_card_has_the_weights() {
        let folder = tempfile::tempdir().unwrap();
        let [own, bundled] = ["own", "bundled"].map(|name| folder.path().join(name));
        for (folder, ids) in [(&own, &["a"][..]), (&bundled, &["a", "b"])] {
            std::fs::create_dir(folder).unwrap();
            for id in ids {
                std::fs::write(WeightsFolders::card(folder, id), "{}").unwrap();
            }
        }
        let folders = WeightsFolders::only(&bundled).after(&own);
        assert_eq!(folders.first(), own);
        assert_eq!(folders.of("a"), own);
        assert_eq!(folders.of("b"), bundled);
        assert_eq!(folders.of("c"), own);
        assert_eq!(folders.clone().after(&own), folders);
        assert_eq!(folders.after(&bundled).of("a"), bundled);
    }
}
