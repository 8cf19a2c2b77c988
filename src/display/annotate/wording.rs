//! The words on an annotated picture.

use super::annotations;
use super::lettering::Lettering;
use super::patient;
use super::result_words::{score_line, threshold_line};
use super::{Analysis, Concord, ExportRequest, Panel, PanelContent, RESEARCH_USE, SYNTHETIC_MARK};
use crate::anomaly::{Region, Severity, short_hash};
use crate::display::legible;
use crate::display::scale::plain;
use crate::radiograph::{PixelSpacing, Polarity, Voi};

/// The most regions listed one by one; all are counted, and all are in the JSON.
const MOST_LISTED: usize = 9;

/// A line to print.
pub(super) struct Line {
    pub(super) text: String,
    /// Whether it names the patient, and so stays out of the JSON.
    pub(super) identifies: bool,
}

impl Line {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            identifies: false,
        }
    }
}

/// Returns the lines below the panels, the most important first.
pub(super) fn lines(request: &ExportRequest, lettering: &Lettering) -> Vec<Line> {
    let mut lines = vec![Line::new(RESEARCH_USE)];
    if let Some(identity) = &request.identity {
        lines.push(Line {
            text: patient::line(identity, lettering),
            identifies: true,
        });
    }
    let shows_analysis = |panel: &Panel| *panel != Panel::FILM;
    let shown = request.panels.iter().any(shows_analysis);
    if let Some(analysis) = request.analysis.as_ref().filter(|_| shown) {
        lines.extend(analysis_lines(analysis, request));
    }
    if let Some(concord) = &request.concord {
        lines.extend(
            concord
                .lines(request.film.radiograph.spacing.as_ref())
                .into_iter()
                .map(Line::new),
        );
    }
    lines.extend(annotations::line(&request.marks, lettering).map(Line::new));
    if let Some(earlier) = &request.prior {
        lines.push(Line::new(format!(
            "PRIOR: {earlier} older than the newest film of this patient that was open"
        )));
    }
    if request.key_image {
        lines.push(Line::new("Key image, marked by the reader"));
    }
    let film = film_line(request);
    lines.push(Line::new(legible(&film, &mut |text| lettering.has(text))));
    if let Some(processed) = &request.processed {
        let mark = processed.filter.mark();
        lines.push(Line::new(format!("{mark}: not the film's own contrast")));
    }
    lines.extend(drawn_line(request).map(Line::new));
    let spacing = &request.film.radiograph.spacing;
    lines.push(Line::new(spacing_line(spacing.as_ref())));
    lines.push(Line::new(sides_line(request)));
    lines.push(Line::new(format!(
        "Written {} · silhouette {}",
        request.time.format("%Y-%m-%d %H:%M:%S %:z"),
        env!("CARGO_PKG_VERSION")
    )));
    lines
}

/// Returns a panel's title.
pub(super) fn title(request: &ExportRequest, panel: Panel) -> String {
    let map = request.analysis.as_ref().filter(|_| panel.overlay);
    let over = map.map_or(String::new(), |analysis| {
        format!(" with {}", analysis.map.kind.name())
    });
    let mut title = match panel.content {
        PanelContent::Film => format!("Original{over}"),
        PanelContent::Agreement => request
            .concord
            .as_ref()
            .map_or_else(String::new, Concord::title),
        PanelContent::Counterpart => format!("Healthy counterpart{over} · {SYNTHETIC_MARK}"),
    };
    for badge in badges(request, panel) {
        title = format!("{title} · {badge}");
    }
    title
}

/// Returns what no panel is shown without, in capitals.
pub(super) fn badges(request: &ExportRequest, panel: Panel) -> Vec<String> {
    let inverted = is_inverted(request).then(|| "INVERTED".to_owned());
    let analysis = request.analysis.as_ref();
    let flag = analysis.and_then(|analysis| analysis.outcome.flag());
    let processed = request.processed_on(panel);
    let processed = processed.map(|processed| processed.filter.mark());
    let prior = request.prior.as_ref().map(|_| "PRIOR".to_owned());
    let marks = prior.into_iter().chain(inverted);
    marks.chain(flag).chain(processed).collect()
}

fn analysis_lines(analysis: &Analysis, request: &ExportRequest) -> Vec<Line> {
    let spacing = request.film.radiograph.spacing.as_ref();
    let outcome = &analysis.outcome;
    let (width, height) = outcome.input_size;
    let mut lines = vec![Line::new(format!(
        "Model {} · weights {} · input {width} × {height} px · {}",
        outcome.model,
        short_hash(&outcome.weights_sha256),
        outcome.device
    ))];
    let flag = outcome.flag();
    let flag = flag.map_or_else(String::new, |flag| format!("{flag}. "));
    lines.push(Line::new(format!("{flag}{}", score_line(&outcome.score))));
    lines.push(Line::new(threshold_line(analysis)));
    lines.push(Line::new(regions_line(&analysis.regions, spacing)));
    lines.extend(outcome.gate.iter().map(|finding| {
        let label = match finding.severity {
            Severity::Note => "Note",
            Severity::Warning => "Warning",
            Severity::Unfit => "FLAGGED",
        };
        Line::new(format!("{label}: {}", finding.reason))
    }));
    lines
}

fn regions_line(regions: &[Region], spacing: Option<&PixelSpacing>) -> String {
    if regions.is_empty() {
        return "No region reaches the threshold".to_owned();
    }
    let listed: Vec<String> = regions
        .iter()
        .take(MOST_LISTED)
        .map(|region| format!("{} peak {}", region.id, plain(region.peak)))
        .collect();
    let more = if regions.len() > MOST_LISTED {
        " …"
    } else {
        ""
    };
    let noun = if regions.len() == 1 {
        "region"
    } else {
        "regions"
    };
    format!(
        "{} {noun} at or above the threshold, {} in all: {}{more}",
        regions.len(),
        total_area(regions, spacing),
        listed.join(" · ")
    )
}

pub(super) fn total_area(regions: &[Region], spacing: Option<&PixelSpacing>) -> String {
    let area_mm2: Option<f32> = regions.iter().map(|region| region.area_mm2).sum();
    match (area_mm2, spacing) {
        (Some(area_mm2), Some(spacing)) => {
            format!("{} {}", plain(area_mm2 / 100.0), spacing.area_unit())
        }
        _ => {
            let area_px: f32 = regions.iter().map(|region| region.area_px).sum();
            format!("{} square pixels", plain(area_px))
        }
    }
}

pub(super) fn film_line(request: &ExportRequest) -> String {
    let raster = &request.film.radiograph.raster;
    let of_file = request.film.radiograph.polarity;
    let polarity = match (of_file, is_inverted(request)) {
        (Polarity::Identity, false) => "",
        (Polarity::Inverse, false) => " · inverse, as the file says",
        (Polarity::Identity, true) => " · INVERTED by hand (the file: not inverse)",
        (Polarity::Inverse, true) => " · INVERTED by hand (the file: inverse)",
    };
    let frame = match request.film.source.later_frames {
        0 => String::new(),
        later => format!(" · frame 1 of {}", later + 1),
    };
    format!(
        "{} · {} × {} px{frame} · {}{polarity}",
        request.film.public_name(),
        raster.width(),
        raster.height(),
        voi_line(request)
    )
}

/// Returns what the file draws over the film, and whether it is seen; nothing of what it says,
/// which may name the patient.
fn drawn_line(request: &ExportRequest) -> Option<String> {
    let graphics = &request.film.graphics;
    let mut parts = Vec::new();
    if !graphics.overlays.is_empty() {
        let count = graphics.overlays.len();
        let shown = match request.shown.overlays {
            true if request.draws_overlays() => "drawn in blue",
            true => "NOT shown, for they may name the patient",
            false => "NOT shown",
        };
        parts.push(format!("Overlays of the file: {count}, {shown}"));
    }
    if let Some(shutter) = &graphics.shutter {
        let shown = if request.shown.shutter {
            "applied"
        } else {
            "NOT applied"
        };
        parts.push(format!("Shutter of the file: {}, {shown}", shutter.words()));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Reports whether the greys are turned over against the film's own polarity.
pub(super) fn is_inverted(request: &ExportRequest) -> bool {
    request.polarity != request.film.radiograph.polarity
}

fn voi_line(request: &ExportRequest) -> String {
    let curve = match &request.voi.voi {
        Voi::Window(window) => {
            let (center, width) = (plain(window.center), plain(window.width));
            format!("window C {center} W {width} {}", window.function.name())
        }
        Voi::Table(table) => format!("VOI table of {} entries", table.entries.len()),
    };
    format!("{curve}, {}", request.voi.source())
}

fn spacing_line(spacing: Option<&PixelSpacing>) -> String {
    match spacing {
        Some(spacing) => {
            let stretch = spacing.row_mm / spacing.column_mm;
            let shape = if (0.99..=1.01).contains(&stretch) {
                ""
            } else {
                " · not square, drawn true"
            };
            format!(
                "Pixel {} × {} {} · {}{shape}",
                plain(spacing.column_mm),
                plain(spacing.row_mm),
                spacing.unit(),
                spacing.source
            )
        }
        None => "Pixel size not stated".to_owned(),
    }
}

/// Says which side of the picture is which side of the patient, where the file does.
fn sides_line(request: &ExportRequest) -> String {
    match &request.film.source.orientation {
        Some((row, column)) => format!(
            "Patient Orientation (0020,0020): {row} at the picture's right, {column} at its bottom"
        ),
        None => "Side: not stated".to_owned(),
    }
}
