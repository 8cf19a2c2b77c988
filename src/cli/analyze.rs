//! `silhouette analyze`: runs models on films.

mod line;
mod pipeline;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::line::Line;
use self::pipeline::Opened;
use super::pictures::{Pictures, write_pictures};
use super::report::{self, Done};
use super::{gated::Gated, loading, names::Names};
use crate::anomaly::{Outcome, Region, Threshold};
use crate::compute::DeviceKind;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::Film;
use crate::training::WeightsFolders;

/// The options of `silhouette analyze`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Films or folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Models by id, or `all`; the first of `silhouette models` when none is named.
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    model: Vec<String>,
    /// Where to compute: auto, cpu, wgpu or cuda.
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
    /// The cut through the default map, in its unit; auto takes the model's own.
    #[arg(long, default_value = "auto", value_name = "T")]
    threshold: Cut,
    /// Write pictures and JSON per film into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Lay and invert films as the input gate offers, for the models only; what they find is laid on
    /// the film as it is stored. Without, such films are analysed as they are. Both are flagged.
    #[arg(long)]
    mend: bool,
    /// Print one JSON object per film and model.
    #[arg(long)]
    json: bool,
}

/// Which cut through the map to take.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    Auto,
    At(f32),
}

impl FromStr for Cut {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(Self::At(value)),
            _ => Err(Error::new(
                ErrorKind::Usage,
                format!("“{text}” is no threshold"),
                "Give a number or auto.",
            )),
        }
    }
}

impl Cut {
    /// Whether the default map is shown: where it is withheld, only who names a cut asks for it.
    fn shows(self, outcome: &Outcome) -> bool {
        outcome.withheld.is_none() || self != Self::Auto
    }

    fn threshold(self, default: &Threshold) -> Threshold {
        match self {
            Self::Auto => default.clone(),
            Self::At(value) => Threshold {
                value,
                unit: default.unit.clone(),
                source: "chosen on the command line".to_owned(),
            },
        }
    }
}

/// One film's result, with the cut and what it leaves standing.
struct Analysis {
    outcome: Arc<Outcome>,
    threshold: Threshold,
    regions: Vec<Region>,
    /// Why the default map is not shown and has no regions.
    withheld: Option<String>,
}

impl Analysis {
    fn new(mut outcome: Outcome, film: &Film, decode_secs: f64, cut: Cut) -> Self {
        outcome.seconds.decode = decode_secs;
        let threshold = cut.threshold(&outcome.threshold);
        let spacing = film.radiograph.spacing.as_ref();
        let default = outcome.map(None).filter(|_| cut.shows(&outcome));
        let regions = default.map_or_else(Vec::new, |map| {
            outcome.regions(map, threshold.value, spacing)
        });
        Self {
            withheld: outcome.withheld.clone().filter(|_| !cut.shows(&outcome)),
            outcome: Arc::new(outcome),
            threshold,
            regions,
        }
    }

    fn words(&self, path: &Path) -> String {
        let score = self.outcome.score;
        let place = score.percentile.map_or_else(String::new, |percentile| {
            let normals = score.calibration_films;
            format!(", above {percentile:.0} % of {normals} normal films")
        });
        let flag = self.outcome.flag();
        let flag = flag.map_or_else(String::new, |flag| format!(" – {flag}"));
        let found = match (&self.withheld, self.regions.len()) {
            (Some(why), _) => format!("map not shown: {why}"),
            (None, 1) => format!("1 region above {}", self.cut_words()),
            (None, count) => format!("{count} regions above {}", self.cut_words()),
        };
        format!(
            "{} – {}: score {:.4}{place}; {found}{flag}",
            path.display(),
            self.outcome.model,
            score.raw,
        )
    }

    fn cut_words(&self) -> String {
        format!("{:.3} {}", self.threshold.value, self.threshold.unit)
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    let ids = match args.model.as_slice() {
        [] => vec![loading::default_model()],
        named => named.to_vec(),
    };
    let device = args.device.open()?;
    let mut models = Gated::load(&loading::entries(&ids)?, weights, &device)?;
    if let Some(out) = &args.out {
        std::fs::create_dir_all(out).map_err(|cause| Error::unwritable("the folder", &cause))?;
    }
    let films = crate::files::gather(&args.paths);
    let failed = AtomicBool::new(films.is_empty());
    if films.is_empty() {
        report::say("There are no films in these folders.");
    }
    let mut names = Names::default();
    std::thread::scope(|scope| {
        let written = pipeline::workers(scope, |(stem, results): (PathBuf, Results)| {
            if let Err(error) = results.write(&stem) {
                report::failure(&results.path, &error, args.json);
                failed.store(true, Ordering::Relaxed);
            }
        });
        for opened in pipeline::opened(scope, films) {
            let name = names.unique(&opened.path);
            let (results, done) = analyze_film(args, &mut models, opened);
            if done == Done::SomeFailed {
                failed.store(true, Ordering::Relaxed);
            }
            if let (Some(out), Some(results)) = (&args.out, results) {
                // The workers live as long as this sender.
                written.send((out.join(name), results)).ok();
            }
        }
    });
    Ok(match failed.into_inner() {
        true => Done::SomeFailed,
        false => Done::All,
    })
}

/// What the models say of a film, to be written.
struct Results {
    path: PathBuf,
    film: Film,
    analyses: Vec<Analysis>,
}

/// Analyses one film with every model and reports; what fails is reported and left out.
fn analyze_film(args: &Args, gated: &mut Gated, opened: Opened) -> (Option<Results>, Done) {
    let Opened {
        path,
        film,
        seconds,
    } = opened;
    let answered = film.and_then(|film| {
        let answers = gated.answers(&film, args.mend)?;
        Ok((film, answers))
    });
    let (film, answers) = match answered {
        Ok(answered) => answered,
        Err(error) => {
            report::failure(&path, &error, args.json);
            return (None, Done::SomeFailed);
        }
    };
    let mut analyses = Vec::new();
    let mut done = Done::All;
    for answer in answers {
        match answer {
            Ok(outcome) => {
                analyses.push(Analysis::new(outcome, &film, seconds, args.threshold));
            }
            Err(error) => {
                report::failure(&path, &error, args.json);
                done = Done::SomeFailed;
            }
        }
    }
    for analysis in &analyses {
        if args.json {
            report::json_line(&Line::new(analysis, &path));
        } else {
            report::line(&analysis.words(&path));
        }
    }
    let results = Results {
        path,
        film,
        analyses,
    };
    (Some(results), done)
}

impl Results {
    /// Writes the pictures of every model and one JSON file, all beginning with `stem`.
    fn write(&self, stem: &Path) -> Result<()> {
        for analysis in &self.analyses {
            write_pictures(
                stem,
                &Pictures {
                    film: &self.film,
                    outcome: &analysis.outcome,
                    threshold: &analysis.threshold,
                    regions: analysis.withheld.is_none().then_some(&analysis.regions),
                },
            )?;
        }
        let lines = self.analyses.iter();
        let lines: Vec<Line<'_>> = lines
            .map(|analysis| Line::new(analysis, &self.path))
            .collect();
        crate::files::write_json(&super::pictures::with_suffix(stem, ".json"), &lines)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stub::{Stub, film};
    use super::*;

    fn analysis(cut: Cut) -> Analysis {
        let film = film(0.4);
        let outcome = loading::analyze(&mut Stub::new(), &film).unwrap();
        Analysis::new(outcome, &film, 0.25, cut)
    }

    #[test]
    fn a_line_has_every_key_of_the_contract() {
        let analysis = analysis(Cut::Auto);
        let line =
            serde_json::to_value(Line::new(&analysis, Path::new("folder/film.png"))).unwrap();
        for key in [
            "path",
            "model",
            "weights_sha256",
            "device",
            "input",
            "score",
            "site",
            "threshold",
            "regions",
            "lung_boxes",
            "maps",
            "gate",
            "flag",
            "seen_as",
            "seconds",
        ] {
            assert!(line.get(key).is_some(), "{key}");
        }
        assert_eq!(
            line["input"]["region"],
            serde_json::json!([0.0, 0.0, 8.0, 8.0])
        );
        assert_eq!(line["site"]["n"], 3);
        assert_eq!(line["seconds"]["decode"], 0.25);
        assert_eq!(line["maps"][0]["kind"], "residue");
        assert_eq!(
            line["regions"][0]["box"],
            serde_json::json!([0.0, 4.0, 8.0, 4.0])
        );
    }

    #[test]
    fn a_threshold_from_the_command_line_moves_the_boxes() {
        assert_eq!(analysis(Cut::Auto).regions.len(), 1);
        let raised = analysis(Cut::At(0.9));
        assert!(raised.regions.is_empty());
        assert_eq!(raised.threshold.source, "chosen on the command line");
    }

    #[test]
    fn words_tell_the_score_and_its_place() {
        let words = analysis(Cut::Auto).words(Path::new("a.png"));
        assert_eq!(
            words,
            "a.png – stub: score 0.4000, above 100 % of 3 normal films; 1 region above 0.500 grey"
        );
    }

    #[test]
    fn a_map_that_points_nowhere_is_shown_to_who_names_a_cut_alone() {
        let film = film(0.4);
        let mut stub = Stub::new();
        stub.card.maps.push(crate::models::MapWorth {
            map: "residue".to_owned(),
            auc: 0.75,
            data: "films".to_owned(),
            pasted: Some((3, 30)),
        });
        let of = |stub: &mut Stub, cut| {
            let outcome = loading::analyze(stub, &film).unwrap();
            Analysis::new(outcome, &film, 0.0, cut)
        };
        let folder = tempfile::tempdir().unwrap();
        let overlay = folder.path().join("x.stub.overlay.png");
        let quiet = of(&mut stub, Cut::Auto);
        let words = quiet.words(Path::new("a.png"));
        assert!(
            words.ends_with(
                "map not shown: its peak lay in 3 of 30 opacities pasted into normal films"
            ),
            "{words}"
        );
        assert!(quiet.regions.is_empty());
        let line = serde_json::to_value(Line::new(&quiet, Path::new("a.png"))).unwrap();
        assert!(line["map_withheld"].as_str().unwrap().contains("3 of 30"));
        let write = |analysis: Analysis| {
            let results = Results {
                path: "a.png".into(),
                film: film.clone(),
                analyses: vec![analysis],
            };
            results.write(&folder.path().join("x")).unwrap();
        };
        write(quiet);
        assert!(!overlay.exists() && folder.path().join("x.stub.counterpart.png").exists());
        let asked = of(&mut stub, Cut::At(0.5));
        assert_eq!((asked.regions.len(), &asked.withheld), (1, &None));
        write(asked);
        assert!(overlay.exists());
        stub.card.maps[0].pasted = Some((16, 30));
        assert_eq!(of(&mut stub, Cut::Auto).regions.len(), 1);
    }

    #[test]
    fn only_numbers_and_auto_are_thresholds() {
        assert_eq!("auto".parse::<Cut>().unwrap(), Cut::Auto);
        assert_eq!("0.25".parse::<Cut>().unwrap(), Cut::At(0.25));
        assert!("NaN".parse::<Cut>().is_err() && "high".parse::<Cut>().is_err());
    }
}
