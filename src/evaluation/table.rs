//! Comma-separated lines (RFC 4180), one record a line.

use std::path::Path;

use crate::error::{Error, Result};

/// Writes a table of records, the column names first.
///
/// # Errors
/// When the file cannot be written.
pub fn write_table(file: &Path, records: &[Vec<String>]) -> Result<()> {
    let text: String = records.iter().map(|record| join(record) + "\n").collect();
    std::fs::write(file, text).map_err(|cause| Error::unwritable("the table", &cause))
}

/// Splits a line into its fields; `None` when a quote is never closed.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.trim_end_matches(['\r', '\n']).chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut()?;
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    (!quoted).then_some(fields)
}

/// Joins fields into a line without its end.
pub(super) fn join(fields: &[String]) -> String {
    let spelled: Vec<String> = fields
        .iter()
        .map(|field| {
            if field.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", field.replace('"', "\"\""))
            } else {
                field.clone()
            }
        })
        .collect();
    spelled.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_joined_can_be_split() {
        let fields = ["plain", "a,b", "say \"ah\"", "", "ünïcode"].map(str::to_owned);
        assert_eq!(split(&join(&fields)).unwrap(), fields);
    }

    #[test]
    fn an_open_quote_is_no_record() {
        assert_eq!(split("a,\"b"), None);
    }
}
