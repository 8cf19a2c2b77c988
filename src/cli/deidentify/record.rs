//! What a folder of copies says about itself: which key and options made it, so that a run is only
//! taken up with the same ones, and a table of the copies. Both identify nobody.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::files::deidentification::{Options, Pseudonyms, Report};
use crate::files::write_json;

const RUN: &str = "deidentification.json";
const TABLE: &str = "report.csv";
const HEAD: &str = "source,copy,kind,sop_class,modality,transfer_syntax,patient,identity_removed,\
    burned_in,removed,private_removed,replaced,uids,dates_moved,texts_cleaned,warnings,error";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Run {
    program: String,
    /// What the key can be recognised by.
    key: String,
    options: String,
}

/// The table of a folder of copies.
pub(super) struct Record {
    out: PathBuf,
    table: File,
    /// The sources copied before.
    done: HashSet<String>,
}

impl Record {
    /// Opens the folder's table, or starts one in an empty folder.
    pub(super) fn open(
        out: &Path,
        options: &Options,
        pseudonyms: &Pseudonyms,
        kept_key: bool,
    ) -> Result<Self> {
        std::fs::create_dir_all(out)
            .map_err(|cause| Error::unwritable("the folder of the copies", &cause))?;
        let mut entries = std::fs::read_dir(out)
            .map_err(|cause| Error::unwritable("the folder of the copies", &cause))?;
        let run = Run {
            program: concat!("silhouette ", env!("CARGO_PKG_VERSION")).to_owned(),
            key: pseudonyms.fingerprint(),
            options: format!("{options:?}"),
        };
        if entries.next().is_none() {
            write_json(&out.join(RUN), &run)?;
        } else {
            same(&run, out, kept_key)?;
        }
        let path = out.join(TABLE);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        let mut table = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|cause| unwritable(&cause))?;
        if before.is_empty() {
            writeln!(table, "{HEAD}").map_err(|cause| unwritable(&cause))?;
        }
        let done = before.lines().skip(1).filter_map(|line| copied(line, out));
        Ok(Self {
            done: done.collect(),
            out: out.to_owned(),
            table,
        })
    }

    /// Reports whether a source was copied before.
    pub(super) fn holds(&self, source: &str) -> bool {
        self.done.contains(source)
    }

    /// Adds a copy.
    pub(super) fn add(&mut self, source: &str, copy: &Path, report: &Report) -> Result<()> {
        let copy = copy.strip_prefix(&self.out).unwrap_or(copy);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let changes = report.changes;
        let numbers = [
            changes.removed,
            changes.private_removed,
            changes.replaced,
            changes.uids,
            changes.dates_moved,
            changes.texts_cleaned,
        ];
        let mut fields = vec![
            source.to_owned(),
            copy.to_string_lossy().into_owned(),
            report.kind.to_owned(),
            text(&report.sop_class),
            text(&report.modality),
            text(&report.transfer_syntax),
            text(&report.patient),
            report.identity_removed.to_string(),
            report.burned_in.to_owned(),
        ];
        fields.extend(numbers.map(|number| number.to_string()));
        fields.push(report.warnings.join("; "));
        fields.push(String::new());
        self.line(&fields)
    }

    /// Adds a file that could not be copied: which one it was, only the terminal says.
    pub(super) fn add_failure(&mut self, error: &Error) -> Result<()> {
        let mut fields = vec![String::new(); 16];
        let kind = serde_json::to_value(error.kind).unwrap_or_default();
        fields.push(kind.as_str().unwrap_or_default().to_owned());
        self.line(&fields)
    }

    fn line(&mut self, fields: &[String]) -> Result<()> {
        let quoted = |field: &String| match field.contains([',', '"', '\n']) {
            true => format!("\"{}\"", field.replace('"', "\"\"")),
            false => field.clone(),
        };
        let fields: Vec<String> = fields.iter().map(quoted).collect();
        writeln!(self.table, "{}", fields.join(",")).map_err(|cause| unwritable(&cause))
    }
}

/// Refuses to add to a folder that another key or other options made, or that holds anything else.
fn same(run: &Run, out: &Path, kept_key: bool) -> Result<()> {
    let there = std::fs::read_to_string(out.join(RUN)).ok();
    let there = there.and_then(|text| serde_json::from_str::<Run>(&text).ok());
    let (found, advice) = match there {
        None => (
            "the folder for the copies holds other files",
            "Name an empty or a new folder with --out.",
        ),
        Some(_) if !kept_key => (
            "the folder holds the copies of another run, whose pseudonyms cannot be made again",
            "Name the key of that run with --key to go on with it, or a new folder with --out.",
        ),
        Some(there) if there.key != run.key => (
            "the folder holds copies that were made with another key",
            "Name their key with --key, or a new folder with --out.",
        ),
        Some(there) if there != *run => (
            "the folder holds copies that were made with other options or by another version",
            "Use the same options, or name a new folder with --out.",
        ),
        Some(_) => return Ok(()),
    };
    Err(Error::new(ErrorKind::Usage, found, advice))
}

/// Returns a line's source, if its copy is still there.
fn copied(line: &str, out: &Path) -> Option<String> {
    let (source, rest) = line.split_once(',')?;
    let copy = rest.split(',').next()?;
    let there = !source.is_empty() && !copy.is_empty() && out.join(copy).is_file();
    there.then(|| source.to_owned())
}

fn unwritable(cause: &std::io::Error) -> Error {
    Error::unwritable("the table of the copies", cause)
}
