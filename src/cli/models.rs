//! `silhouette models`: the registry and the model cards.

use std::path::Path;

use serde::Serialize;

use super::report::{self, Done};
use crate::anomaly::{Threshold, short_hash};
use crate::error::{Error, Result};
use crate::models::{
    Card, Entry, MapWorth, Metric, PartCard, TrainingFacts, gate, lungs, registry,
};
use crate::training::WeightsFolders;

/// The options of `silhouette models`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Print one JSON object per model.
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    paper: &'a str,
    task: &'a str,
    #[serde(flatten)]
    card: Option<CardLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

/// What the card adds.
#[derive(Serialize)]
struct CardLine<'a> {
    preset: &'a str,
    input: Input,
    weights: &'a str,
    weights_found: bool,
    sha256: &'a str,
    training: &'a TrainingFacts,
    metrics: &'a [Metric],
    maps: &'a [MapWorth],
    default_map: &'static str,
    /// Why that map is not shown unless it is chosen, where that is so.
    map_withheld: Option<String>,
    map_scale: [f32; 2],
    threshold: &'a Threshold,
    score_threshold: &'a Threshold,
    calibration_films: usize,
    intended_use: &'a str,
    limits: &'a [String],
}

#[derive(Serialize)]
struct Input {
    width: usize,
    height: usize,
}

impl<'a> Line<'a> {
    fn new(entry: &'a Entry, card: &'a Result<Card>, folder: &Path) -> Self {
        Self {
            id: entry.id,
            title: entry.title,
            paper: entry.paper,
            task: entry.task,
            card: card.as_ref().ok().map(|card| CardLine::new(card, folder)),
            error: card.as_ref().err(),
        }
    }
}

impl<'a> CardLine<'a> {
    fn new(card: &'a Card, folder: &Path) -> Self {
        Self {
            preset: &card.preset,
            input: Input {
                width: card.input_size.0,
                height: card.input_size.1,
            },
            weights: &card.weights,
            weights_found: folder.join(&card.weights).is_file(),
            sha256: &card.sha256,
            training: &card.training,
            metrics: &card.metrics,
            maps: &card.maps,
            default_map: card.default_map.name(),
            map_withheld: card.map_withheld(),
            map_scale: [card.map_scale.0, card.map_scale.1],
            threshold: &card.threshold,
            score_threshold: &card.score_threshold,
            calibration_films: card.normal_scores.len(),
            intended_use: &card.intended_use,
            limits: &card.limits,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    let mut done = Done::All;
    for entry in registry() {
        let card = entry.card(weights);
        if card.is_err() {
            done = Done::SomeFailed;
        }
        let line = Line::new(entry, &card, weights.of(entry.id));
        if args.json {
            report::json_line(&line);
        } else {
            report::line(&words(&line));
        }
    }
    for id in [lungs::ID, gate::ID] {
        match PartCard::read(weights, id) {
            Ok(card) if args.json => report::json_line(&card),
            Ok(card) => report::line(&words_of_part(&card)),
            Err(error) => {
                report::say(&format!("{id}: {error}"));
                done = Done::SomeFailed;
            }
        }
    }
    Ok(done)
}

/// The lines for people about a network that the models share.
fn words_of_part(card: &PartCard) -> String {
    let mut lines = vec![
        format!("{} – {}", card.id, card.title),
        card.paper.clone(),
        card.task.clone(),
        format!("{0} × {0} px, {1}", card.side, card.weights),
        format!(
            "trained on {} films: {}",
            card.training.films, card.training.data
        ),
    ];
    lines.extend(words_of_worth(
        &card.metrics,
        &card.intended_use,
        &card.limits,
    ));
    lines.join("\n  ")
}

/// The lines for people.
fn words(line: &Line<'_>) -> String {
    let mut lines = vec![
        format!("{} – {}", line.id, line.title),
        line.paper.to_owned(),
        line.task.to_owned(),
    ];
    lines.extend(line.error.map(ToString::to_string));
    if let Some(card) = &line.card {
        lines.extend(words_of_card(card));
    }
    lines.join("\n  ")
}

fn words_of_card(card: &CardLine<'_>) -> Vec<String> {
    let found = if card.weights_found { "" } else { " (missing)" };
    let mut lines = vec![
        format!(
            "{} at {} × {} px, {}{found}, SHA-256 {}…",
            card.preset,
            card.input.width,
            card.input.height,
            card.weights,
            short_hash(card.sha256),
        ),
        format!(
            "trained on {} films: {}",
            card.training.films, card.training.data
        ),
        format!(
            "threshold {} {} ({})",
            card.threshold.value, card.threshold.unit, card.threshold.source
        ),
    ];
    lines.extend(words_of_worth(card.metrics, card.intended_use, card.limits));
    lines
}

fn words_of_worth(metrics: &[Metric], intended_use: &str, limits: &[String]) -> Vec<String> {
    let metrics = metrics.iter().map(|metric| {
        let interval = metric
            .low
            .zip(metric.high)
            .map_or_else(String::new, |(low, high)| {
                format!(" (95 % CI {low:.3}–{high:.3})")
            });
        format!(
            "{} {:.3}{interval} on {}",
            metric.name, metric.value, metric.data
        )
    });
    let mut lines: Vec<String> = metrics.collect();
    lines.push(format!("intended use: {intended_use}"));
    lines.extend(limits.iter().map(|limit| format!("limit: {limit}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::super::stub::Stub;
    use super::*;

    fn entry() -> Entry {
        Entry {
            id: "stub",
            title: "Stub",
            paper: "none",
            task: "measures the mean grey",
            slow: false,
            load: |_, _| Ok(Box::new(Stub::new())),
            read: |_, _| Ok(()),
            train: |_, _| Ok(()),
        }
    }

    #[test]
    fn a_card_is_listed_with_every_key_of_the_contract() {
        let (entry, card) = (entry(), Ok(Stub::new().card));
        let line = Line::new(&entry, &card, Path::new("/nowhere"));
        let value = serde_json::to_value(&line).unwrap();
        for key in [
            "id",
            "paper",
            "task",
            "input",
            "weights",
            "sha256",
            "training",
            "metrics",
            "threshold",
            "intended_use",
            "limits",
        ] {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert_eq!(value["weights_found"], false);
        assert!(value.get("error").is_none());
        assert!(words(&line).contains("stub.safetensors (missing)"));
    }

    #[test]
    fn a_model_without_card_says_what_is_missing() {
        let entry = entry();
        let card = entry.card(&WeightsFolders::only("/nowhere"));
        let line = Line::new(&entry, &card, Path::new("/nowhere"));
        let value = serde_json::to_value(&line).unwrap();
        assert_eq!(value["error"]["kind"], "missing_weights");
        assert!(words(&line).contains("--weights-dir"));
    }
}
