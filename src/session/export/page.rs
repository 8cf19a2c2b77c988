//! One page that a person can read: film, overlay, what was measured, and what said so.

use std::sync::Arc;

use super::{ExportJob, findings, picture, rows};
use crate::anomaly::short_hash;
use crate::display::{AnnotatedPicture, RESEARCH_USE, drawn_text};
use crate::error::Result;
use crate::files::dicom_export::Findings;
use crate::files::{Page, PageText, RgbaPicture, page_words, pdf_page};
use crate::models::Card;

/// The widest picture on a page: some 320 dots an inch.
const MOST_WIDTH: u32 = 2300;
/// Letters that are drawn have so many pixels for their height of 8.5 points: 300 dots an inch.
const DRAWN_PX: f32 = 36.0;
/// The characters that fit on a line and into the columns of the table.
const LINE: usize = 118;
const CELLS: [usize; 3] = [32, 24, 66];

/// Says of a model's card what a page has room for.
pub fn card_line(card: &Card) -> String {
    let metric = card.metrics.first().map(|metric| {
        let range = match (metric.low, metric.high) {
            (Some(low), Some(high)) => format!(" (95 % CI {low:.3}–{high:.3})"),
            _ => String::new(),
        };
        format!(
            " · {} {:.3}{range} on {}",
            metric.name, metric.value, metric.data
        )
    });
    let hash = short_hash(&card.sha256);
    format!(
        "Model card: {} · weights {hash} · trained on {} films of {}{}",
        card.title,
        card.training.films,
        card.training.data,
        metric.unwrap_or_default()
    )
}

/// A line or a cell before it is set.
enum Line {
    Words(String),
    Drawn(AnnotatedPicture),
}

impl Line {
    fn of(text: &str) -> Result<Self> {
        if page_words(text).is_some() {
            return Ok(Self::Words(text.to_owned()));
        }
        drawn_text(text, DRAWN_PX).map(Self::Drawn)
    }

    fn set(&self) -> PageText<'_> {
        match self {
            Self::Words(words) => PageText::Words(words.clone()),
            Self::Drawn(picture) => PageText::Drawn(rows(picture)),
        }
    }
}

/// Draws the page.
///
/// # Errors
/// When the picture would be too large.
pub(super) fn pdf(job: &ExportJob) -> Result<Vec<u8>> {
    let mut native = job.clone();
    native.choice.width = None;
    native.drawn = None;
    let drawn = picture::drawn(&native)?;
    let printed: Vec<String> = drawn.facts["printed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| line.as_str().map(str::to_owned))
        // It stands at the foot of the page.
        .filter(|line| line != RESEARCH_USE)
        .collect();
    let mut lines = Vec::new();
    for text in identity(job).iter().chain(&printed) {
        for part in wrapped(text, LINE) {
            lines.push(Line::of(&part)?);
        }
    }
    let panels = Arc::unwrap_or_clone(drawn).without_strips();
    let wanted = job.choice.width.unwrap_or(MOST_WIDTH).min(MOST_WIDTH);
    let panels = if panels.width as u32 > wanted {
        panels.at_width(wanted)?
    } else {
        panels
    };
    let table = table(job, &findings::of(job))?;
    let mut foot = Vec::new();
    for part in job.card_lines.iter().flat_map(|line| wrapped(line, LINE)) {
        foot.push(Line::of(&part)?);
    }
    foot.push(Line::of(RESEARCH_USE)?);
    let title = format!("Silhouette – {}", job.film.public_name());
    pdf_page(&Page {
        title: &title,
        picture: RgbaPicture {
            width: panels.width as u32,
            height: panels.height as u32,
            rgba: &panels.rgba,
        },
        lines: lines.iter().map(Line::set).collect(),
        columns: vec![("What", 0.27), ("By", 0.2), ("Measured", 0.53)],
        rows: table
            .iter()
            .map(|cells| cells.iter().map(Line::set).collect())
            .collect(),
        foot: foot.iter().map(Line::set).collect(),
    })
}

/// Names the patient, where that was asked for.
fn identity(job: &ExportJob) -> Option<String> {
    let identity = &job.film.identity;
    let parts = [
        identity.names().first().cloned(),
        identity.patient_id.clone(),
        identity.birth_date.clone(),
        identity.sex.clone(),
        identity.study_date.clone(),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let known = if parts.is_empty() {
        "not stated".to_owned()
    } else {
        parts.join(" · ")
    };
    job.choice.identity.then(|| format!("Patient {known}"))
}

/// A row for every mark and every region.
fn table(job: &ExportJob, found: &Findings) -> Result<Vec<Vec<Line>>> {
    let mut rows = Vec::new();
    let mut row = |cells: [String; 3]| -> Result<()> {
        let [what, by, measured] = cells;
        // What was measured may take several rows.
        for (index, part) in wrapped(&measured, CELLS[2]).iter().enumerate() {
            let first = |text: &str, most| {
                let text = if index == 0 {
                    cut(text, most)
                } else {
                    String::new()
                };
                Line::of(&text)
            };
            let cells = [
                first(&what, CELLS[0])?,
                first(&by, CELLS[1])?,
                Line::of(part)?,
            ];
            rows.push(Vec::from(cells));
        }
        Ok(())
    };
    for mark in &found.annotations {
        let measured = mark.measure(&job.film).text();
        row([mark.name(), "reader".to_owned(), measured])?;
    }
    for result in &found.results {
        for region in &result.regions {
            let area = match region.area_mm2 {
                Some(area_mm2) => format!("{:.2} cm²", area_mm2 / 100.0),
                None => format!("{:.0} px²", region.area_px),
            };
            let [x, y, width, height] = region.bounds.xywh().map(f32::round);
            let measured = format!(
                "{area} · peak {:.3} · mean {:.3} · at {x}, {y}, {width} × {height} px",
                region.peak, region.mean
            );
            let name = result.algorithm.name.clone();
            row([format!("Region {}", region.id), name, measured])?;
        }
    }
    Ok(rows)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{kept}…")
}

/// Breaks a text at spaces.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut();
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_cells_are_cut() {
        assert_eq!(wrapped("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 4), "abc");
    }
}
