//! What a panel shows, before anything is drawn on it.

use std::sync::Arc;

use super::{Analysis, ExportRequest, Panel, PanelContent};
use crate::display::{Blend, GreyRamp, Layer, Picture, ViewTransform};
use crate::radiograph::Radiograph;

/// Returns what a panel shows, at the film's own resolution.
pub(super) fn picture(request: &ExportRequest, panel: Panel) -> Picture {
    let radiograph = &request.film.radiograph;
    let analysis = request.analysis.as_ref();
    let generated = analysis.filter(|_| panel.content == PanelContent::Counterpart);
    // Where the model did not look the film itself stays.
    let over = generated.map(|analysis| {
        let counterpart = Layer(analysis.outcome.counterpart.clone());
        (counterpart, Blend::Fade(1.0))
    });
    let overlay = match (panel.content, &request.concord) {
        (PanelContent::Agreement, Some(concord)) => Some(concord.overlay()),
        _ => analysis.filter(|_| panel.overlay).map(Analysis::overlay),
    };
    let processed = request.processed_on(panel);
    Picture {
        base: processed.map_or_else(
            || Layer::of_film(radiograph),
            |processed| Layer(processed.layer.clone()),
        ),
        over,
        ramp: Arc::new(GreyRamp::new(&request.voi.voi, request.polarity)),
        overlay,
        drawn: None,
        view: true_view(radiograph),
    }
}

/// Returns the view that draws a film with square pixels at its own resolution.
fn true_view(film: &Radiograph) -> ViewTransform {
    let (width, height) = (film.raster.width(), film.raster.height());
    let (columns, rows) = film.square_size();
    let mut view = ViewTransform::native(width, height);
    view.zoom = columns as f32 / width as f32;
    view.pixel_aspect = rows as f32 / height as f32 / view.zoom;
    view
}
