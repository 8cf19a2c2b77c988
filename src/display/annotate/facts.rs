//! The facts of an annotated picture as JSON, for programs that read it.

use serde_json::{Value, json};

use super::layout::Layout;
use super::wording::{Line, is_inverted, title};
use super::{Analysis, ExportRequest, Panel, PanelContent, RESEARCH_USE};
use crate::radiograph::{PixelRect, Voi};

/// Returns everything printed, and where the panels lie, without the identity.
pub(super) fn facts(request: &ExportRequest, layout: &Layout, lines: &[Line]) -> Value {
    let radiograph = &request.film.radiograph;
    let panels: Vec<Value> = request
        .panels
        .iter()
        .zip(&layout.panels)
        .map(|(panel, area)| {
            json!({
                "title": title(request, *panel),
                "synthetic": is_synthetic(panel),
                "processed": request.processed_on(*panel).map(|one| one.filter.mark()),
                "overlay": panel.overlay,
                "boxes": panel.boxes,
                "left": area.left,
                "top": area.top,
                "width": area.width,
                "height": area.height,
            })
        })
        .collect();
    let printed: Vec<&str> = lines
        .iter()
        .filter(|line| !line.identifies)
        .map(|line| line.text.as_str())
        .collect();
    json!({
        "program": { "name": "silhouette", "version": env!("CARGO_PKG_VERSION") },
        "notice": RESEARCH_USE,
        "time": request.time.to_rfc3339(),
        "film": {
            "file": request.film.public_name(),
            "kind": request.film.source.kind,
            "columns": radiograph.raster.width(),
            "rows": radiograph.raster.height(),
            "frame": 1,
            "frames": request.film.source.later_frames + 1,
        },
        "voi": voi_facts(request),
        "polarity": request.polarity,
        "polarity_of_file": radiograph.polarity,
        "inverted": is_inverted(request),
        "overlays": {
            "planes": request.film.graphics.overlays.len(),
            "shown": request.draws_overlays(),
        },
        "shutter": request.film.graphics.shutter.as_ref().map(|shutter| json!({
            "shapes": shutter.words(),
            "applied": request.shown.shutter,
        })),
        "marks": super::annotations::facts(&request.marks),
        "key_image": request.key_image,
        "prior": request.prior,
        "blacked_out": request.blacked_out.iter().map(PixelRect::xywh).collect::<Vec<_>>(),
        "spacing": radiograph.spacing,
        "pixel_aspect": radiograph.pixel_aspect(),
        "synthetic": request.panels.iter().any(is_synthetic),
        "panels": panels,
        "analysis": request.analysis.as_ref().map(analysis_facts),
        "agreement": request.concord.as_ref().map(super::Concord::facts),
        "identity_shown": request.identity.is_some(),
        "printed": printed,
    })
}

fn is_synthetic(panel: &Panel) -> bool {
    panel.content == PanelContent::Counterpart
}

fn voi_facts(request: &ExportRequest) -> Value {
    let explanation = &request.voi.explanation;
    let source = request.voi.source();
    match &request.voi.voi {
        Voi::Window(window) => json!({
            "kind": "window",
            "center": window.center,
            "width": window.width,
            "function": window.function,
            "explanation": explanation,
            "source": source,
        }),
        Voi::Table(table) => json!({
            "kind": "table",
            "first_mapped": table.first_mapped,
            "entries": table.entries.len(),
            "bits": table.bits,
            "explanation": explanation,
            "source": source,
        }),
    }
}

fn analysis_facts(analysis: &Analysis) -> Value {
    let outcome = &analysis.outcome;
    json!({
        "model": outcome.model,
        "weights_sha256": outcome.weights_sha256,
        "device": outcome.device,
        "input": {
            "width": outcome.input_size.0,
            "height": outcome.input_size.1,
            "region": outcome.input_region.xywh(),
        },
        "score": outcome.score,
        "map": {
            "kind": analysis.map.kind,
            "unit": analysis.map.unit,
            "scale": [analysis.map.scale.0, analysis.map.scale.1],
            "colormap": analysis.colormap,
            "opacity": analysis.opacity,
        },
        "threshold": { "value": analysis.threshold, "unit": analysis.map.unit },
        "default_threshold": outcome.threshold,
        "regions": analysis.regions,
        "gate": outcome.gate,
        "flag": outcome.flag(),
        "seen_as": outcome.seen_as,
    })
}
