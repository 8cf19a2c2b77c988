//! The model card, one click away from everything the model says.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::language::{retold, spoken, tr, tr_with};
use super::{Shell, states, status, theme};
use crate::anomaly::Threshold;
use crate::inference::Listing;
use crate::models::{Card, Metric, TrainingFacts};
use crate::session::{Language, Session};

/// Draws the card while it is open.
pub(crate) fn card_ui(ui: &Ui, session: &Session, shell: &mut Shell) {
    let Some(id) = shell.card.clone() else {
        return;
    };
    let shelf = session.shelf();
    let listing = shelf.listings.iter().find(|listing| listing.id == id);
    let mut open = true;
    egui::Window::new(tr_with(
        "Model card: {model}",
        &[("model", &shelf.title(&id))],
    ))
    .id(egui::Id::unique("model card"))
    .open(&mut open)
    .collapsible(false)
    .pivot(egui::Align2::CENTER_CENTER)
    .default_pos(ui.content_rect().center())
    .default_width(620.0)
    .default_height(640.0)
    .show(ui, |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .show(ui, |ui| match (shelf.card(&id), listing) {
                (Some(Ok(card)), _) => contents_ui(ui, card),
                (Some(Err(error)), Some(listing)) => missing_ui(ui, listing, error),
                (None, _) => {
                    ui.label(tr("The card is being read."));
                }
                (Some(Err(error)), None) => states::error_text_ui(ui, error),
            });
    });
    if !open {
        shell.card = None;
    }
}

fn missing_ui(ui: &mut Ui, listing: &Listing, error: &crate::Error) {
    sentence_ui(ui, &listing.task);
    ui.label(
        RichText::new(tr("This model has no card here, so it cannot run.")).color(theme::WARNING),
    );
    states::error_text_ui(ui, error);
}

fn contents_ui(ui: &mut Ui, card: &Card) {
    sentence_ui(ui, &card.task);
    ui.weak(&card.paper);
    if spoken() != Language::English {
        ui.weak(tr("What stands here in English are the card's own words."));
    }
    section(ui, tr("Intended use"));
    ui.label(retold(&card.intended_use));
    section(ui, tr("Limits"));
    for limit in &card.limits {
        ui.label(RichText::new(format!("• {}", retold(limit))).color(theme::WARNING));
    }
    section(ui, tr("What it measured"));
    metrics_ui(ui, &card.metrics);
    section(ui, tr("What its maps are worth"));
    maps_ui(ui, card);
    section(ui, tr("Thresholds"));
    threshold_ui(ui, tr("Map"), &card.threshold);
    threshold_ui(ui, tr("Score"), &card.score_threshold);
    let films = card.normal_scores.len();
    ui.label(tr_with(
        "Scores are placed among {films} normal films kept out of training.",
        &[("films", &films)],
    ));
    section(ui, tr("Training"));
    training_ui(ui, &card.training);
    section(ui, tr("Weights"));
    let (width, height) = card.input_size;
    rows_ui(
        ui,
        "weights",
        &[
            (tr("Configuration"), card.preset.clone()),
            (
                tr("Input"),
                tr_with(
                    "{width} × {height} pixels",
                    &[("width", &width), ("height", &height)],
                ),
            ),
            (tr("File"), card.weights.clone()),
            ("SHA-256", card.sha256.clone()),
        ],
    );
}

/// Draws what a model does, which is told without a capital letter and a full stop.
fn sentence_ui(ui: &mut Ui, task: &str) {
    ui.label(tr_with(
        "{sentence}.",
        &[("sentence", &status::capitalised(&retold(task)))],
    ));
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(8.0);
    ui.label(theme::heading(title));
}

fn metrics_ui(ui: &mut Ui, metrics: &[Metric]) {
    if metrics.is_empty() {
        ui.weak(tr("Nothing was measured."));
    }
    let mut data = "";
    for metric in metrics {
        if metric.data != data {
            ui.weak(tr_with("On {data}", &[("data", &retold(&metric.data))]));
            data = &metric.data;
        }
        let interval = match (metric.low, metric.high) {
            (Some(low), Some(high)) => tr_with(
                " (95 % CI {low}–{high})",
                &[
                    ("low", &format_args!("{low:.3}")),
                    ("high", &format_args!("{high:.3}")),
                ],
            ),
            _ => tr(" (no interval)").to_owned(),
        };
        let name = retold(&metric.name);
        ui.label(format!("• {name} {:.3}{interval}", metric.value));
    }
}

fn maps_ui(ui: &mut Ui, card: &Card) {
    let mut data = "";
    for worth in &card.maps {
        if worth.data != data {
            ui.weak(tr_with("On {data}", &[("data", &retold(&worth.data))]));
            data = &worth.data;
        }
        let default = match worth.map == card.default_map.name() {
            true if card.map_withheld().is_some() => tr(", shown only when chosen"),
            true => tr(", shown by default"),
            false => "",
        };
        let name = status::capitalised(&retold(&worth.map));
        ui.label(tr_with(
            "• {name}{default}: AUC of its mean {auc}",
            &[
                ("name", &name),
                ("default", &default),
                ("auc", &format_args!("{:.3}", worth.auc)),
            ],
        ));
        if let Some((hits, of)) = worth.pasted {
            let words = tr_with(
                "its peak lay in {hits} of {of} opacities pasted into normal films",
                &[("hits", &hits), ("of", &of)],
            );
            ui.label(format!("   {words}"));
        }
    }
    if card.maps.is_empty() {
        ui.weak(tr("No map was measured."));
    }
}

fn threshold_ui(ui: &mut Ui, what: &str, threshold: &Threshold) {
    let unit = retold(&threshold.unit);
    ui.label(format!("{what}: {:.3} {unit}", threshold.value));
    ui.weak(status::capitalised(&retold(&threshold.source)));
}

fn training_ui(ui: &mut Ui, facts: &TrainingFacts) {
    rows_ui(
        ui,
        "training",
        &[
            (
                tr("Films"),
                tr_with(
                    "{films} of {data}",
                    &[("films", &facts.films), ("data", &facts.data)],
                ),
            ),
            (tr("Licence"), facts.licence.clone()),
            (
                tr("Begun with"),
                facts.begun_with.clone().unwrap_or_default(),
            ),
            (tr("Command"), facts.command.clone()),
            (
                tr("Cost"),
                tr_with(
                    "{epochs} epochs in {minutes} minutes on {device}",
                    &[
                        ("epochs", &format_args!("{:.0}", facts.epochs)),
                        ("minutes", &format_args!("{:.0}", facts.minutes)),
                        ("device", &facts.device),
                    ],
                ),
            ),
            (tr("Chosen by"), facts.choice.clone()),
        ],
    );
}

/// Draws names and texts; texts wrap, and those that are empty are left out.
fn rows_ui(ui: &mut Ui, id: &str, rows: &[(&str, String)]) {
    let width = (ui.available_width() - 110.0).max(120.0);
    Grid::new(id)
        .num_columns(2)
        .max_col_width(width)
        .show(ui, |ui| {
            for (name, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
                ui.weak(*name);
                ui.add(egui::Label::new(text.as_str()).wrap());
                ui.end_row();
            }
        });
}
