//! Charts as PNG files: loss curves, ROC and precision–recall curves.

use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::register_font;

use super::LabelledScores;
use crate::error::{Error, Result};

const SIZE_PX: (u32, u32) = (960, 720);
const FONT: &str = "ubuntu";

/// The colours of Okabe and Ito (2008), which colour-blind eyes tell apart.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(40, 40, 40),
];

/// One line of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points in drawing order; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// Where a chart's legend covers the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LegendCorner {
    /// For falling lines, such as losses.
    #[default]
    UpperRight,
    /// For rising lines.
    LowerRight,
    /// For lines that fall late.
    LowerLeft,
}

/// A chart of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What the horizontal axis measures, with its unit.
    pub x_label: String,
    /// What the vertical axis measures, with its unit.
    pub y_label: String,
    /// The horizontal range; the points' own when none is given.
    pub x_range: Option<Range<f64>>,
    /// The vertical range; the points' own when none is given.
    pub y_range: Option<Range<f64>>,
    /// Where the legend goes.
    pub legend: LegendCorner,
    /// The lines.
    pub series: Vec<Series>,
}

/// Draws a chart of lines into a PNG file, replacing it whole.
///
/// # Errors
/// When the file cannot be written.
pub fn line_chart(path: &Path, chart: &Chart) -> Result<()> {
    register_fonts()?;
    let mut pixels = vec![255; (SIZE_PX.0 * SIZE_PX.1 * 3) as usize];
    draw(chart, &mut pixels)
        .map_err(|cause| Error::internal(format!("the chart cannot be drawn: {cause}")))?;
    write_png(path, &pixels)
}

/// Draws the ROC curve of a set of scores.
///
/// # Errors
/// When the file cannot be written.
pub fn roc_chart(path: &Path, title: &str, scores: &LabelledScores) -> Result<()> {
    let auc = scores.auc_delong();
    let roc = scores.roc();
    let points = roc
        .iter()
        .map(|point| (point.false_positive_rate, point.true_positive_rate));
    let curve = Series {
        name: format!(
            "AUC {:.3} (95 % CI {:.3}–{:.3})",
            auc.value, auc.low, auc.high
        ),
        points: points.collect(),
    };
    let chance = Series {
        name: "chance".to_owned(),
        points: vec![(0.0, 0.0), (1.0, 1.0)],
    };
    line_chart(
        path,
        &Chart {
            title: title.to_owned(),
            x_label: "1 − specificity".to_owned(),
            y_label: "Sensitivity".to_owned(),
            x_range: Some(0.0..1.0),
            y_range: Some(0.0..1.0),
            legend: LegendCorner::LowerRight,
            series: vec![curve, chance],
        },
    )
}

/// Draws the precision–recall curve of a set of scores.
///
/// # Errors
/// When the file cannot be written.
pub fn precision_recall_chart(path: &Path, title: &str, scores: &LabelledScores) -> Result<()> {
    // Precision holds over the whole step of recall it was reached with.
    let mut points = Vec::new();
    let mut recall = 0.0;
    for point in scores.precision_recall() {
        points.extend([(recall, point.precision), (point.recall, point.precision)]);
        recall = point.recall;
    }
    let (m, n) = (scores.abnormal().len(), scores.normal().len());
    let prevalence = m as f64 / (m + n) as f64;
    let curve = Series {
        name: format!("average precision {:.3}", scores.average_precision()),
        points,
    };
    let chance = Series {
        name: format!("share of abnormal films {prevalence:.3}"),
        points: vec![(0.0, prevalence), (1.0, prevalence)],
    };
    line_chart(
        path,
        &Chart {
            title: title.to_owned(),
            x_label: "Recall (sensitivity)".to_owned(),
            y_label: "Precision".to_owned(),
            x_range: Some(0.0..1.0),
            y_range: Some(0.0..1.0),
            legend: LegendCorner::LowerLeft,
            series: vec![curve, chance],
        },
    )
}

/// Makes the embedded font known to the drawing library, once.
fn register_fonts() -> Result<()> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = REGISTERED.get_or_init(|| {
        register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT).is_ok()
    });
    if *registered {
        Ok(())
    } else {
        Err(Error::internal("the embedded font cannot be read"))
    }
}

fn draw(chart: &Chart, pixels: &mut [u8]) -> std::result::Result<(), String> {
    let root = BitMapBackend::with_buffer(pixels, SIZE_PX).into_drawing_area();
    root.fill(&WHITE).map_err(words)?;
    let points = || {
        chart
            .series
            .iter()
            .flat_map(|series| &series.points)
            .filter(is_finite)
    };
    let x_range = chart
        .x_range
        .clone()
        .unwrap_or_else(|| span(points().map(|point| point.0)));
    let y_range = chart
        .y_range
        .clone()
        .unwrap_or_else(|| span(points().map(|point| point.1)));
    let mut context = ChartBuilder::on(&root)
        .caption(&chart.title, (FONT, 26))
        .margin(18)
        .x_label_area_size(56)
        .y_label_area_size(84)
        .build_cartesian_2d(x_range, y_range)
        .map_err(words)?;
    context
        .configure_mesh()
        .x_desc(&chart.x_label)
        .y_desc(&chart.y_label)
        .label_style((FONT, 17))
        .axis_desc_style((FONT, 20))
        .light_line_style(RGBColor(245, 245, 245))
        .draw()
        .map_err(words)?;
    draw_series(&mut context, &chart.series)?;
    context
        .configure_series_labels()
        .position(match chart.legend {
            LegendCorner::UpperRight => SeriesLabelPosition::UpperRight,
            LegendCorner::LowerRight => SeriesLabelPosition::LowerRight,
            LegendCorner::LowerLeft => SeriesLabelPosition::LowerLeft,
        })
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(200, 200, 200))
        .label_font((FONT, 18))
        .legend_area_size(30)
        .draw()
        .map_err(words)?;
    root.present().map_err(words)
}

type Axes<'a, 'b> =
    ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn draw_series(axes: &mut Axes<'_, '_>, lines: &[Series]) -> std::result::Result<(), String> {
    for (index, series) in lines.iter().enumerate() {
        let style = COLORS[index % COLORS.len()].stroke_width(2);
        let points = series.points.iter().filter(is_finite).copied();
        // Every second line is dashed: colour is never the only difference.
        let drawn = if index % 2 == 0 {
            axes.draw_series(LineSeries::new(points, style))
        } else {
            axes.draw_series(DashedLineSeries::new(points, 7, 5, style))
        };
        drawn
            .map_err(words)?
            .label(series.name.as_str())
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 22, y)], style));
    }
    Ok(())
}

fn is_finite(point: &&(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

fn words(cause: impl std::fmt::Display) -> String {
    cause.to_string()
}

/// The range of some values with a margin, never empty.
fn span(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return 0.0..1.0;
    }
    let margin = if high > low { 0.03 * (high - low) } else { 0.5 };
    low - margin..high + margin
}

fn write_png(path: &Path, pixels: &[u8]) -> Result<()> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIZE_PX.0, SIZE_PX.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels))
        .map_err(|cause| Error::internal(format!("the chart cannot be packed: {cause}")))?;
    // Whoever watches the file while training goes on never sees half of it.
    let fresh = path.with_extension("png.part");
    std::fs::write(&fresh, bytes)
        .and_then(|()| std::fs::rename(&fresh, path))
        .map_err(|cause| Error::unwritable("the chart", &cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(path: &Path) -> image::RgbImage {
        image::open(path).unwrap().to_rgb8()
    }

    fn count(picture: &image::RgbImage, color: RGBColor) -> usize {
        let wanted = image::Rgb([color.0, color.1, color.2]);
        picture.pixels().filter(|&&pixel| pixel == wanted).count()
    }

    #[test]
    fn every_line_of_a_chart_reaches_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("curves.png");
        let line = |name: &str, height: f64| Series {
            name: name.to_owned(),
            points: vec![
                (0.0, height),
                (1.0, height + 1.0),
                (2.0, f64::NAN),
                (3.0, height),
            ],
        };
        let chart = Chart {
            title: "Losses".to_owned(),
            series: vec![line("one", 0.0), line("two", 2.0), line("three", 4.0)],
            ..Chart::default()
        };
        line_chart(&path, &chart).unwrap();
        let picture = pixels(&path);
        assert_eq!(picture.dimensions(), SIZE_PX);
        for color in &COLORS[..3] {
            assert!(count(&picture, *color) > 200, "{color:?}");
        }
        assert_eq!(count(&picture, COLORS[3]), 0);
    }

    #[test]
    fn a_chart_without_points_is_drawn_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.png");
        line_chart(&path, &Chart::default()).unwrap();
        assert_eq!(count(&pixels(&path), COLORS[0]), 0);
    }

    #[test]
    fn a_missing_folder_is_named_as_unwritable() {
        let folder = tempfile::tempdir().unwrap();
        let error = line_chart(&folder.path().join("no/such.png"), &Chart::default()).unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Unwritable);
    }
}
