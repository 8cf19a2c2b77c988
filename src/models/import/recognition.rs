//! Which networks' state dicts checkpoints hold, told by their names and dimensions.

use super::{Checkpoint, Importer, Known, wrong_model};
use crate::error::{Error, ErrorKind, Result};
use crate::models::{Network, networks};

/// A state dict of the wanted network.
pub(super) struct Find {
    /// The checkpoint's place among those given.
    pub(super) checkpoint: usize,
    /// What stands before the names of its tensors, as in `state_dict.module.`.
    pub(super) prefix: String,
    /// The network's part that it is.
    pub(super) part: &'static str,
}

/// Finds the wanted network's parts, below the path `below` if one is given.
///
/// # Errors
/// When a checkpoint holds none of them, when one is found twice or a required one is not.
pub(super) fn recognise(
    network: &Network,
    importer: &Importer,
    checkpoints: &[Checkpoint],
    below: Option<&str>,
) -> Result<Vec<Find>> {
    let mut finds: Vec<Find> = Vec::new();
    for (index, checkpoint) in checkpoints.iter().enumerate() {
        let before = finds.len();
        for known in importer.known {
            for prefix in prefixes(checkpoint, known, below) {
                let part = known.part;
                if let Some(other) = finds.iter().find(|find| find.part == part) {
                    let what = format!("{}'s {}", network.title, title(importer, part));
                    let places = [
                        (other.checkpoint, other.prefix.as_str()),
                        (index, prefix.as_str()),
                    ];
                    return Err(twice(&what, places));
                }
                finds.push(Find {
                    checkpoint: index,
                    prefix,
                    part,
                });
            }
        }
        if finds.len() == before {
            return Err(another(network, checkpoint, below));
        }
    }
    match absent(network, importer, &finds) {
        None => Ok(finds),
        Some(error) => Err(error),
    }
}

/// Returns what stands before the names of each state dict of a kind.
fn prefixes(checkpoint: &Checkpoint, known: &Known, below: Option<&str>) -> Vec<String> {
    let Some((first, _)) = known.marks.first() else {
        return Vec::new();
    };
    let candidates = checkpoint.names().filter_map(|name| {
        let prefix = name.strip_suffix(first)?;
        let whole = prefix.is_empty() || prefix.ends_with('.');
        (whole && within(prefix, below)).then_some(prefix)
    });
    let all_marks = |prefix: &&str| {
        known.marks.iter().all(|(mark, dimensions)| {
            let dims = checkpoint.dims(&format!("{prefix}{mark}"));
            dims.is_some_and(|dims| dims.len() == *dimensions)
        })
    };
    let of_its_size = |prefix: &&str| {
        known.one_output.is_none_or(|(name, one)| {
            let dims = checkpoint.dims(&format!("{prefix}{name}"));
            dims.is_some_and(|dims| (dims.first() == Some(&1)) == one)
        })
    };
    let candidates = candidates.filter(all_marks).filter(of_its_size);
    candidates.map(str::to_owned).collect()
}

fn within(prefix: &str, below: Option<&str>) -> bool {
    let rest = below.map(|below| prefix.strip_prefix(below.trim_end_matches('.')));
    match rest {
        None => true,
        Some(rest) => rest.is_some_and(|rest| rest.starts_with('.')),
    }
}

fn twice(what: &str, places: [(usize, &str); 2]) -> Error {
    let named = places.map(|(index, prefix)| {
        let place = match prefix.trim_end_matches('.') {
            "" => "the top".to_owned(),
            place => format!("“{place}”"),
        };
        format!("{place} of file {}", index + 1)
    });
    Error::new(
        ErrorKind::Usage,
        format!(
            "there are two state dicts for {what}, at {} and at {}",
            named[0], named[1]
        ),
        "Name one file for each part, and where a file holds several, take one with --below PATH.",
    )
}

fn title(importer: &Importer, name: &str) -> &'static str {
    let part = importer.parts.iter().find(|part| part.name == name);
    part.map_or("network", |part| part.title)
}

/// Says which required parts were not found.
fn absent(network: &Network, importer: &Importer, finds: &[Find]) -> Option<Error> {
    let found = |name: &str| finds.iter().any(|find| find.part == name);
    let titles = |wanted: bool| {
        let parts = importer.parts.iter();
        let parts = parts.filter(|part| found(part.name) == wanted && (wanted || part.required));
        let titles: Vec<&str> = parts.map(|part| part.title).collect();
        titles.join(" and its ")
    };
    let missing = titles(false);
    (!missing.is_empty()).then(|| {
        wrong_model(
            format!(
                "this is {}'s {} without its {missing}",
                network.title,
                titles(true)
            ),
            "Name the other parts' files as well, one after the other.",
        )
    })
}

/// Says that a network has no public checkpoints, or which other network these are for.
pub(super) fn nothing_public(
    network: &Network,
    checkpoints: &[Checkpoint],
    below: Option<&str>,
) -> Error {
    let mut others = checkpoints.iter();
    let other = others.find_map(|checkpoint| other_network(network, checkpoint, below));
    other.unwrap_or_else(|| {
        wrong_model(
            format!(
                "there are no public weights of {}: its authors published neither code nor a checkpoint",
                network.title
            ),
            "There is nothing to import; use weights that this program trained.",
        )
    })
}

/// Says which other network a checkpoint is for, or what its names are.
fn another(network: &Network, checkpoint: &Checkpoint, below: Option<&str>) -> Error {
    other_network(network, checkpoint, below).unwrap_or_else(|| {
        let names: Vec<&str> = checkpoint.names().take(3).collect();
        wrong_model(
            format!(
                "no state dict of {} is in the checkpoint; its tensors are called {}, …",
                network.title,
                names.join(", ")
            ),
            "Use a checkpoint that the paper's public code wrote.",
        )
    })
}

fn other_network(network: &Network, checkpoint: &Checkpoint, below: Option<&str>) -> Option<Error> {
    let known = networks().iter().flat_map(|other| {
        let known = other.import.iter().flat_map(|importer| importer.known);
        known.map(|known| (other.id, known))
    });
    let mut found = known.filter(|(_, known)| !prefixes(checkpoint, known, below).is_empty());
    let (id, known) = found.next()?;
    Some(wrong_model(
        format!(
            "this looks like {}, not like {}",
            known.title, network.title
        ),
        format!("Use --as {id}."),
    ))
}
