//! The model card, one click away from everything the model says.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::{Shell, states, status, theme};
use crate::anomaly::Threshold;
use crate::inference::Listing;
use crate::models::{Card, Metric, TrainingFacts};
use crate::session::Session;

/// Draws the card while it is open.
pub(crate) fn card_ui(ui: &Ui, session: &Session, shell: &mut Shell) {
    let Some(id) = shell.card.clone() else {
        return;
    };
    let shelf = session.shelf();
    let listing = shelf.listings.iter().find(|listing| listing.id == id);
    let mut open = true;
    egui::Window::new(format!("Model card: {}", shelf.title(&id)))
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
                        ui.label("The card is being read.");
                    }
                    (Some(Err(error)), None) => states::error_text_ui(ui, error),
                });
        });
    if !open {
        shell.card = None;
    }
}

fn missing_ui(ui: &mut Ui, listing: &Listing, error: &crate::Error) {
    ui.label(format!("{}.", status::capitalised(&listing.task)));
    ui.label(RichText::new("This model has no card here, so it cannot run.").color(theme::WARNING));
    states::error_text_ui(ui, error);
}

fn contents_ui(ui: &mut Ui, card: &Card) {
    ui.label(format!("{}.", status::capitalised(&card.task)));
    ui.weak(&card.paper);
    section(ui, "Intended use");
    ui.label(&card.intended_use);
    section(ui, "Limits");
    for limit in &card.limits {
        ui.label(RichText::new(format!("• {limit}")).color(theme::WARNING));
    }
    section(ui, "What it measured");
    metrics_ui(ui, &card.metrics);
    section(ui, "What its maps are worth");
    maps_ui(ui, card);
    section(ui, "Thresholds");
    threshold_ui(ui, "Map", &card.threshold);
    threshold_ui(ui, "Score", &card.score_threshold);
    let films = card.normal_scores.len();
    ui.label(format!(
        "Scores are placed among {films} normal films kept out of training."
    ));
    section(ui, "Training");
    training_ui(ui, &card.training);
    section(ui, "Weights");
    let (width, height) = card.input_size;
    rows_ui(
        ui,
        "weights",
        &[
            ("Configuration", card.preset.clone()),
            ("Input", format!("{width} × {height} pixels")),
            ("File", card.weights.clone()),
            ("SHA-256", card.sha256.clone()),
        ],
    );
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(8.0);
    ui.label(theme::heading(title));
}

fn metrics_ui(ui: &mut Ui, metrics: &[Metric]) {
    if metrics.is_empty() {
        ui.weak("Nothing was measured.");
    }
    let mut data = "";
    for metric in metrics {
        if metric.data != data {
            ui.weak(format!("On {}", metric.data));
            data = &metric.data;
        }
        let interval = match (metric.low, metric.high) {
            (Some(low), Some(high)) => format!(" (95 % CI {low:.3}–{high:.3})"),
            _ => " (no interval)".to_owned(),
        };
        ui.label(format!("• {} {:.3}{interval}", metric.name, metric.value));
    }
}

fn maps_ui(ui: &mut Ui, card: &Card) {
    let mut data = "";
    for worth in &card.maps {
        if worth.data != data {
            ui.weak(format!("On {}", worth.data));
            data = &worth.data;
        }
        let default = if worth.map == card.default_map.name() {
            ", shown by default"
        } else {
            ""
        };
        let name = status::capitalised(&worth.map);
        ui.label(format!(
            "• {name}{default}: AUC of its mean {:.3}",
            worth.auc
        ));
    }
    if card.maps.is_empty() {
        ui.weak("No map was measured.");
    }
}

fn threshold_ui(ui: &mut Ui, what: &str, threshold: &Threshold) {
    ui.label(format!("{what}: {:.3} {}", threshold.value, threshold.unit));
    ui.weak(status::capitalised(&threshold.source));
}

fn training_ui(ui: &mut Ui, facts: &TrainingFacts) {
    rows_ui(
        ui,
        "training",
        &[
            ("Films", format!("{} of {}", facts.films, facts.data)),
            ("Licence", facts.licence.clone()),
            ("Command", facts.command.clone()),
            (
                "Cost",
                format!(
                    "{:.0} epochs in {:.0} minutes on {}",
                    facts.epochs, facts.minutes, facts.device
                ),
            ),
            ("Chosen by", facts.choice.clone()),
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
