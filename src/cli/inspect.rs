//! `silhouette inspect`.

use std::path::PathBuf;

use super::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{self, Inspection, VoiSummary};
use crate::radiograph::{PipelineStage, PointSample};

/// The options of `silhouette inspect`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Films or folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Prints one JSON object a film.
    #[arg(long)]
    json: bool,
    /// Pixels to follow through the stages, as column:row.
    #[arg(long, value_name = "X:Y", value_delimiter = ',', value_parser = point)]
    points: Vec<(usize, usize)>,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let paths = files::gather(&args.paths);
    if paths.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "the folders given hold no files",
            "Name a film, or a folder that holds some.",
        ));
    }
    let mut done = Done::All;
    for path in &paths {
        match files::inspect(path, &args.points) {
            Ok(inspection) if args.json => report::json_line(&inspection),
            Ok(inspection) => words(&inspection)
                .iter()
                .for_each(|line| report::line(line)),
            Err(error) => {
                report::failure(path, &error, args.json);
                done = Done::SomeFailed;
            }
        }
    }
    Ok(done)
}

fn point(text: &str) -> std::result::Result<(usize, usize), String> {
    text.split_once(':')
        .and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)))
        .ok_or_else(|| format!("“{text}” is no column:row, as in 120:80"))
}

fn words(film: &Inspection) -> Vec<String> {
    let mut lines = vec![film.path.display().to_string()];
    lines.extend(stored_words(film));
    lines.push(format!("  modality LUT: {}", modality_words(film)));
    lines.extend(film.voi.iter().map(voi_words));
    lines.push(format!("  polarity: {:?}", film.polarity).to_lowercase());
    let spacing = film.spacing.as_ref().map_or_else(
        || "not stated".to_owned(),
        |spacing| {
            let (row_mm, column_mm, unit) = (spacing.row_mm, spacing.column_mm, spacing.unit());
            format!("{row_mm} × {column_mm} {unit}, {}", spacing.source)
        },
    );
    lines.push(format!("  spacing: {spacing}"));
    lines.extend(film.pipeline.iter().map(stage_words));
    lines.extend(film.points.iter().map(point_words));
    let notes = film.warnings.iter();
    lines.extend(notes.map(|warning| format!("  note: {warning}")));
    lines
}

fn stored_words(film: &Inspection) -> [String; 3] {
    let or_dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    [
        format!(
            "  {}: {} × {} pixels, {} frame(s), transfer syntax {}",
            film.kind,
            film.columns,
            film.rows,
            film.frames,
            or_dash(&film.transfer_syntax)
        ),
        format!(
            "  modality {}, {}, view {}, laterality {}",
            or_dash(&film.modality),
            or_dash(&film.photometric_interpretation),
            or_dash(&film.view_position),
            or_dash(&film.laterality)
        ),
        format!(
            "  stored: {} of {} bits{}, {} to {}, sha256 {}",
            film.bits_stored,
            film.bits_allocated,
            if film.signed { ", signed" } else { "" },
            film.stored_min,
            film.stored_max,
            film.stored_sha256
        ),
    ]
}

fn modality_words(film: &Inspection) -> String {
    match (film.rescale, film.modality_lut) {
        (_, Some(table)) => format!("table of {} entries from {}", table.entries, table.first),
        (Some(rescale), None) => format!("× {} + {}", rescale.slope, rescale.intercept),
        (None, None) => "–".to_owned(),
    }
}

fn voi_words(voi: &VoiSummary) -> String {
    let name = &voi.explanation;
    match (voi.center, voi.width) {
        (Some(center), Some(width)) => format!("  window: centre {center}, width {width} {name}"),
        _ => format!("  table: {} entries {name}", voi.entries.unwrap_or(0)),
    }
}

fn stage_words(stage: &PipelineStage) -> String {
    let unit = stage.unit.as_ref();
    let unit = unit.map_or_else(String::new, |unit| format!(" [{unit}]"));
    let (name, rule, decided_by) = (stage.stage, &stage.rule, &stage.decided_by);
    format!("  {name}: {rule}{unit}, by {decided_by}")
}

fn point_words(point: &PointSample) -> String {
    match (&point.stored, point.modality, point.display) {
        (Some(stored), Some(modality), Some(display)) => format!(
            "  at {}:{} stored {stored}, modality {modality}, display {display}",
            point.x, point.y
        ),
        _ => format!("  at {}:{} outside the image", point.x, point.y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_columns_and_rows() {
        assert_eq!(point("120:80"), Ok((120, 80)));
        assert!(point("120").is_err() && point("-1:2").is_err());
    }
}
