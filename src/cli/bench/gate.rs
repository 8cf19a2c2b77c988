//! `silhouette bench --gate`: what the input gate says of films as they are, and of films that were
//! spoilt on purpose.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use super::Args;
use crate::anomaly::{Doubt, Finding, Severity, fix_of};
use crate::cli::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::{Corruption, Estimate, percentile, wilson};
use crate::files;
use crate::models::gate::{Gate, Measured};
use crate::radiograph::Radiograph;
use crate::training::WeightsFolders;

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
    /// What each film took.
    seconds: Vec<f64>,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
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
    let sound = (films.as_slice(), None);
    let mut tallies = vec![look_at(&mut gate, args, sound, &|measured| {
        measured.findings.iter().any(worries)
    })?];
    for corruption in Corruption::ALL {
        let spoilt = (films.as_slice(), Some(corruption));
        tallies.push(look_at(&mut gate, args, spoilt, &|measured| {
            told(corruption, &measured.findings)
        })?);
    }
    let mut turned_away = look_at(&mut gate, args, (others.as_slice(), None), &|measured| {
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
        let all = tallies.iter().flat_map(|tally| &tally.seconds).copied();
        report::line(&format!("in all: {}", cost(all.collect())));
    }
    Ok(Done::All)
}

fn worries(finding: &Finding) -> bool {
    finding.severity > Severity::Note
}

/// Whether a film so spoilt is doubted for what is wrong with it, and what is offered mends it.
fn told(corruption: Corruption, findings: &[Finding]) -> bool {
    let doubt = corruption.doubt();
    let doubted = findings
        .iter()
        .any(|finding| finding.kind == doubt && worries(finding));
    let mend = corruption.mend();
    doubted && (mend.is_none() || fix_of(findings) == mend)
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
        seconds: Vec::with_capacity(films.len()),
    };
    for (index, (path, film)) in films.iter().enumerate() {
        let film = match corruption {
            Some(corruption) => std::sync::Arc::new(corruption.of(film, index as u64)?),
            None => film.clone(),
        };
        let start = Instant::now();
        let measured = gate.measure(&film)?;
        let seconds = start.elapsed().as_secs_f64();
        tally.seconds.push(seconds);
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
        let films = self.seconds.len();
        let Some(Estimate { value, low, high }) = wilson(self.right, films) else {
            return;
        };
        report::line(&format!(
            "{}: {} of {films}, {:.1} % [{:.1} – {:.1}], {}",
            self.name,
            self.right,
            100.0 * value,
            100.0 * low,
            100.0 * high,
            cost(self.seconds.clone())
        ));
    }
}

/// Says what films took, each.
fn cost(mut seconds: Vec<f64>) -> String {
    seconds.sort_by(f64::total_cmp);
    let milliseconds = |percent| 1000.0 * percentile(&seconds, percent).unwrap_or_default();
    format!(
        "{:.1} ms a film (p95 {:.1})",
        milliseconds(50.0),
        milliseconds(95.0)
    )
}
