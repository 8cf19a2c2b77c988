//! The sample pictures of a run.

use super::decomposer::Seen;
use crate::training::Grid;

/// Rows of film, normal film, residue about mid-grey, and film drawn again.
pub(super) fn grid<'a>(seen: impl Iterator<Item = &'a Seen>, side: usize) -> Grid {
    let row = |seen: &Seen| {
        let residue = seen.residue.iter().map(|residue| 0.5 + residue);
        vec![
            seen.film.clone(),
            seen.normal.clone(),
            residue.collect(),
            seen.again.clone(),
        ]
    };
    Grid {
        side,
        rows: seen.map(row).collect(),
    }
}
