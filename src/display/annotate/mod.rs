//! The annotated picture: what the window shows, at the film's own resolution, with everything a
//! reader needs to know about it printed beside it.
//!
//! Film pixels stay untouched but for the overlay and the boxes: legend, scale bar and text lie in
//! strips above and below. Nothing here writes files, and nothing prints an identity that was not
//! handed over for printing.

mod agreement;
mod annotations;
mod canvas;
mod facts;
mod layout;
mod legend;
mod lettering;
mod marks;
mod panel;
mod patient;
mod resized;
mod result_words;
mod scene;
mod wording;

use std::sync::Arc;

use chrono::{DateTime, Local};

pub use self::agreement::Concord;
pub use self::annotations::MARK_COLOR;
use self::canvas::{Area, Canvas};
use self::layout::Layout;
use self::legend::Legend;
use self::lettering::Lettering;
pub use self::panel::{Panel, PanelContent};
pub use self::resized::drawn_text;
use super::{Colormap, Drawn, FileMarks, Overlay, Processed, Stencil, compose};
use crate::anomaly::{AnomalyMap, Outcome, Region};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{Film, Identity, MeasuredMark, NamedVoi, PixelRect, Polarity};

/// What a generated picture is marked with, wherever it is shown.
pub const SYNTHETIC_MARK: &str = "SYNTHETIC – not acquired";
/// What is said of the rest of the film where a counterpart covers only a part of it.
pub const OUTSIDE_COUNTERPART: &str = "outside: the film itself";
/// What is said of the rest of the film where a map covers only a part of it.
pub const OUTSIDE_MAP: &str = "outside: not looked at";
/// The line every export and every window carries.
pub const RESEARCH_USE: &str = "Research use – not for diagnosis";
/// The colour of the frame around generated pictures, as 8-bit sRGB; the frame is dashed as well.
pub const SYNTHETIC_AMBER: [u8; 3] = [255, 176, 0];

/// The most pixels an annotated picture may have: 4 bytes each, held in memory once.
const MOST_PIXELS: usize = 400_000_000;

/// What to export.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// The film. Of its source only the file's name is printed, of its identity nothing.
    pub film: Film,
    /// The VOI shown.
    pub voi: NamedVoi,
    /// The polarity shown.
    pub polarity: Polarity,
    /// Which of the things that the file draws over the film are shown.
    pub shown: FileMarks,
    /// The film after a display filter, shown in its place; counterparts are not filtered.
    pub processed: Option<Processed>,
    /// The panels from left to right, at least one.
    pub panels: Vec<Panel>,
    /// What a model said and how it is shown, when it is.
    pub analysis: Option<Analysis>,
    /// What several models say together, when it is shown.
    pub concord: Option<Concord>,
    /// The reader's marks, drawn on every panel.
    pub marks: Vec<MeasuredMark>,
    /// Whether the reader marked the film as a key image.
    pub key_image: bool,
    /// Parts of the film that are blacked out on every panel: names drawn into its pixels.
    pub blacked_out: Vec<PixelRect>,
    /// By how much the film is older than the newest open one of its patient, as in “3 y 2 mo”.
    pub prior: Option<String>,
    /// Whom the film shows, only when it is to be printed.
    pub identity: Option<Identity>,
    /// When the picture was asked for.
    pub time: DateTime<Local>,
}

impl ExportRequest {
    /// Reports whether the file's overlays are drawn: not where the identity is left out, for they
    /// may spell it.
    fn draws_overlays(&self) -> bool {
        self.shown.overlays && self.identity.is_some()
    }

    /// Returns the filtered film where a panel shows it.
    fn processed_on(&self, panel: Panel) -> Option<&Processed> {
        let counterpart = panel.content == PanelContent::Counterpart;
        self.processed.as_ref().filter(|_| !counterpart)
    }
}

/// What a model said about the film, and how it is shown.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The model's outcome.
    pub outcome: Arc<Outcome>,
    /// The map shown, one of the outcome's.
    pub map: Arc<AnomalyMap>,
    /// The regions of that map at the threshold.
    pub regions: Vec<Region>,
    /// The cut, in the map's unit.
    pub threshold: f32,
    /// The overlay's opacity, from 0 to 1.
    pub opacity: f32,
    /// The overlay's colours.
    pub colormap: Colormap,
}

impl Analysis {
    fn overlay(&self) -> Overlay {
        Overlay {
            map: self.map.clone(),
            colormap: self.colormap,
            opacity: self.opacity,
            threshold: self.threshold,
            discrete: false,
        }
    }
}

/// A finished export.
#[derive(Clone, Debug)]
pub struct AnnotatedPicture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The pixels, 8-bit sRGB and alpha, row by row.
    pub rgba: Vec<u8>,
    /// Everything printed, and where each panel lies; never an identity.
    pub facts: serde_json::Value,
}

/// Draws an annotated picture.
///
/// # Errors
/// When no panel is asked for, when a panel needs an analysis that is missing, or when the picture
/// would be too large.
pub fn export(request: &ExportRequest) -> Result<AnnotatedPicture> {
    check(request)?;
    let lettering = Lettering::for_text(&patient::foreign_text(request))?;
    let lines = wording::lines(request, &lettering);
    let layout = Layout::new(request, &lettering, &lines);
    if layout.width * layout.height > MOST_PIXELS {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "the annotated picture would have {} × {} pixels; the limit is {MOST_PIXELS} in all",
                layout.width, layout.height
            ),
            "Export one panel at a time.",
        ));
    }
    let mut canvas = Canvas::new(layout.width, layout.height);
    let raster = &request.film.radiograph.raster;
    let stencil = Stencil::new(&request.film.graphics, raster.width(), raster.height());
    let stencil = stencil.map(Arc::new);
    for (panel, &area) in request.panels.iter().zip(&layout.panels) {
        let mut picture = scene::picture(request, *panel);
        picture.drawn = stencil.clone().map(|stencil| Drawn {
            stencil,
            // Lines of the file belong to the film and not to what a model generated.
            overlays: request.draws_overlays() && panel.content != PanelContent::Counterpart,
            shutter: request.shown.shutter,
        });
        let (width, height) = (area.width as usize, area.height as usize);
        canvas.paste(&compose(&picture, width, height), area);
        draw_marks(&mut canvas, &lettering, &layout, (request, *panel, area));
    }
    draw_strips(&mut canvas, &lettering, &layout, request);
    Ok(AnnotatedPicture {
        width: layout.width,
        height: layout.height,
        rgba: canvas.into_rgba(),
        facts: facts::facts(request, &layout, &lines),
    })
}

fn check(request: &ExportRequest) -> Result<()> {
    if request.panels.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "the export has no panel",
            "Ask for at least one.",
        ));
    }
    let lacks = |panel: &Panel| match panel.content {
        PanelContent::Agreement => request.concord.is_none(),
        PanelContent::Counterpart => request.analysis.is_none(),
        PanelContent::Film => panel.overlay && request.analysis.is_none(),
    };
    if request.panels.iter().any(lacks) {
        return Err(Error::new(
            ErrorKind::Usage,
            "the export asks for a map or a counterpart, but no model has analysed the film",
            "Analyse the film first, or export it alone.",
        ));
    }
    Ok(())
}

fn draw_marks(
    canvas: &mut Canvas,
    lettering: &Lettering,
    layout: &Layout,
    (request, panel, area): (&ExportRequest, Panel, Area),
) {
    let raster = &request.film.radiograph.raster;
    let pen = marks::Pen::new(lettering, layout, (raster.width(), raster.height()));
    let generated = panel.content == PanelContent::Counterpart;
    pen.black_out(canvas, &request.blacked_out, area);
    if let Some(analysis) = request.analysis.as_ref().filter(|_| panel != Panel::FILM) {
        let seen = analysis
            .outcome
            .partial_view(raster.width(), raster.height());
        if let Some(seen) = seen {
            pen.outside(canvas, (&seen, generated), area);
        }
    }
    let regions = match panel.content {
        PanelContent::Agreement => request.concord.as_ref().map(|concord| &concord.regions),
        _ => request.analysis.as_ref().map(|analysis| &analysis.regions),
    };
    if let Some(regions) = regions.filter(|_| panel.boxes) {
        pen.boxes(canvas, regions, area);
    }
    pen.annotations(canvas, (&request.marks, !generated), area);
    if generated {
        pen.synthetic(canvas, area);
    }
    let title = wording::title(request, panel);
    let remarkable = !wording::badges(request, panel).is_empty();
    pen.title(canvas, (&title, remarkable), area);
}

fn draw_strips(
    canvas: &mut Canvas,
    lettering: &Lettering,
    layout: &Layout,
    request: &ExportRequest,
) {
    if let Some(at) = layout.legend {
        let at = (at, layout.font_px);
        match (&request.concord, &request.analysis) {
            (Some(concord), _) => concord.draw_legend(canvas, lettering, at),
            (None, Some(analysis)) => Legend::new(analysis).draw(canvas, lettering, at),
            (None, None) => {}
        }
    }
    let bar = legend::DrawnScale::new(&request.film.radiograph);
    bar.draw(canvas, lettering, (layout.scale_bar, layout.font_px));
    for line in &layout.lines {
        lettering.draw(canvas, line.at, &line.text, (layout.font_px, line.color));
    }
}

#[cfg(test)]
mod tests;
