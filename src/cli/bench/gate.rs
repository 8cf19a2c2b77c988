//! `silhouette bench --gate`: what the input gate says of films as they are, and of films that were
//! spoilt on purpose.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use super::Args;
use crate::anomaly::{Doubt, Severity};
use crate::cli::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::{Corruption, Estimate, wilson};
use crate::files;
use crate::models::gate::{Gate, Measured};
use crate::radiograph::Radiograph;

/// One film looked at.
#[derive(Serialize)]
struct Look<'a> {
    path: &'a Path,
    corruption: &'static str,
    seconds: f64,
    #[serde(flatten)]
    measured: &'a Measured,
}

/// How often what was expected was said.
struct Tally {
    name: String,
    right: usize,
    films: usize,
    seconds: f64,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &Path) -> Result<Done> {
    files::decode_apart(None);
    let mut gate = Gate::load(weights, &args.device.open()?)?;
    let films = opened(&args.gate, args.most);
    let others = opened(&args.others, usize::MAX);
    if films.is_empty() && others.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "there are no films to look at",
            "Name folders of frontal chest films.",
        ));
    }
    let mut tallies = vec![look_at(&mut gate, args, (&films, None), &|measured| {
        measured.findings.iter().any(worries)
    })?];
    for corruption in Corruption::ALL {
        let doubt = corruption.doubt();
        tallies.push(look_at(
            &mut gate,
            args,
            (&films, Some(corruption)),
            &|measured| {
                measured
                    .findings
                    .iter()
                    .any(|finding| finding.kind == doubt)
            },
        )?);
    }
    let mut turned_away = look_at(&mut gate, args, (&others, None), &|measured| {
        let kinds = [Doubt::NotAChest, Doubt::Blank];
        measured
            .findings
            .iter()
            .any(|finding| kinds.contains(&finding.kind))
    })?;
    turned_away.name = "pictures of other things: “not a chest film” or “no contrast”".to_owned();
    tallies.push(turned_away);
    if !args.json {
        tallies.iter().for_each(Tally::say);
    }
    Ok(Done::All)
}

fn worries(finding: &crate::anomaly::Finding) -> bool {
    finding.severity > Severity::Note
}

/// Opens films spread evenly over folders; those that cannot be opened are left out.
fn opened(folders: &[PathBuf], most: usize) -> Vec<(PathBuf, std::sync::Arc<Radiograph>)> {
    let paths = files::gather(folders);
    let count = most.min(paths.len());
    let chosen = (0..count).map(|place| &paths[place * paths.len() / count]);
    chosen
        .filter_map(|path| Some((path.clone(), files::open(path).ok()?.radiograph)))
        .collect()
}

fn look_at(
    gate: &mut Gate,
    args: &Args,
    (films, corruption): (&[(PathBuf, std::sync::Arc<Radiograph>)], Option<Corruption>),
    expected: &dyn Fn(&Measured) -> bool,
) -> Result<Tally> {
    let name = corruption.map_or("as they are: any warning", Corruption::name);
    let mut tally = Tally {
        name: name.to_owned(),
        right: 0,
        films: films.len(),
        seconds: 0.0,
    };
    for (index, (path, film)) in films.iter().enumerate() {
        let film = match corruption {
            Some(corruption) => std::sync::Arc::new(corruption.of(film, index as u64)?),
            None => film.clone(),
        };
        let start = Instant::now();
        let measured = gate.measure(&film)?;
        let seconds = start.elapsed().as_secs_f64();
        tally.seconds += seconds;
        tally.right += usize::from(expected(&measured));
        if args.json {
            report::json_line(&Look {
                path,
                corruption: corruption.map_or("", Corruption::name),
                seconds,
                measured: &measured,
            });
        }
    }
    Ok(tally)
}

impl Tally {
    fn say(&self) {
        let Some(Estimate { value, low, high }) = wilson(self.right, self.films) else {
            return;
        };
        let milliseconds = 1000.0 * self.seconds / self.films as f64;
        report::line(&format!(
            "{}: {} of {}, {:.1} % [{:.1} – {:.1}], {milliseconds:.1} ms a film",
            self.name,
            self.right,
            self.films,
            100.0 * value,
            100.0 * low,
            100.0 * high
        ));
    }
}
