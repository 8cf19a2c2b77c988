//! A data set's own table about its films: native sizes and kinds of disease.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::table;
use crate::error::{Error, ErrorKind, Result};

/// What a manifest says about one film.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManifestRow {
    /// The kind of abnormality (column `subtype`).
    pub subtype: Option<String>,
    /// Width and height before the data set resized it (columns `orig_width`, `orig_height`).
    pub native_size_px: Option<(f64, f64)>,
}

/// A manifest, looked up by file name.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    rows: HashMap<String, ManifestRow>,
}

impl Manifest {
    /// Reads a comma-separated table whose header names at least `name`, `image` or `path`.
    ///
    /// File names that occur twice are left out: they would be looked up wrongly.
    ///
    /// # Errors
    /// When the file cannot be read or names no films.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the manifest cannot be read: {cause}"),
                "Name a comma-separated table, or leave --manifest out.",
            )
        })?;
        Self::parse(&text)
    }

    /// Returns what the manifest says about a file.
    pub fn row(&self, film: &Path) -> Option<&ManifestRow> {
        self.rows.get(film.file_name()?.to_str()?)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines().filter_map(table::split);
        let header = lines.next().unwrap_or_default();
        let column = |name: &str| header.iter().position(|title| title.trim() == name);
        let Some(film) = column("name").or(column("image")).or(column("path")) else {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the manifest has no column name, image or path, but {header:?}"),
                "Name the column of file names in the first line.",
            ));
        };
        let subtype = column("subtype");
        let (width, height) = (column("orig_width"), column("orig_height"));
        let mut manifest = Self::default();
        let mut ambiguous = HashSet::new();
        for fields in lines {
            let text = |column: Option<usize>| -> Option<String> {
                let field = fields.get(column?)?.trim();
                (!field.is_empty()).then(|| field.to_owned())
            };
            let size = |column| text(column)?.parse::<f64>().ok().filter(|size| *size > 0.0);
            let Some(name) = text(Some(film)) else {
                continue;
            };
            let name = name.rsplit(['/', '\\']).next().unwrap_or(&name).to_owned();
            let row = ManifestRow {
                subtype: text(subtype),
                native_size_px: size(width).zip(size(height)),
            };
            if manifest.rows.insert(name.clone(), row).is_some() {
                ambiguous.insert(name);
            }
        }
        manifest.rows.retain(|name, _| !ambiguous.contains(name));
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_are_found_by_file_name() {
        let manifest = Manifest::parse(
            "label,image,orig_width,orig_height,subtype\n\
             normal,set/train/a.png,2000,1000,\n\
             ill,set/train/b.png,,900,virus\n",
        )
        .unwrap();
        let a = manifest.row(Path::new("/elsewhere/a.png")).unwrap();
        assert_eq!(
            (a.native_size_px, &a.subtype),
            (Some((2000.0, 1000.0)), &None)
        );
        let b = manifest.row(Path::new("b.png")).unwrap();
        assert_eq!(
            (b.native_size_px, b.subtype.as_deref()),
            (None, Some("virus"))
        );
        assert_eq!(manifest.row(Path::new("c.png")), None);
    }

    #[test]
    fn a_name_that_occurs_twice_is_left_out() {
        let manifest = Manifest::parse("path,subtype\na/x.png,virus\nb/x.png,virus\n").unwrap();
        assert_eq!(manifest.row(Path::new("x.png")), None);
    }

    #[test]
    fn a_table_without_films_is_refused() {
        assert_eq!(
            Manifest::parse("id,age\n1,50\n").unwrap_err().kind,
            ErrorKind::Usage
        );
    }
}
