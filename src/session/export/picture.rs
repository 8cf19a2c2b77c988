//! The annotated picture of an export, at the film's own resolution or at a chosen width.

use std::sync::Arc;

use super::ExportJob;
use crate::display::{self, AnnotatedPicture, ExportRequest, Panel};
use crate::error::Result;
use crate::radiograph::{Annotation, MeasuredMark};

/// Draws the picture.
///
/// # Errors
/// When it would be too large.
pub(super) fn drawn(job: &ExportJob) -> Result<Arc<AnnotatedPicture>> {
    if let Some(drawn) = &job.drawn {
        return Ok(drawn.clone());
    }
    let picture = display::export(&request(job))?;
    let picture = match job.choice.width {
        Some(width) => picture.at_width(width)?,
        None => picture,
    };
    Ok(picture.into())
}

fn request(job: &ExportJob) -> ExportRequest {
    let measured = |mark: &Annotation| MeasuredMark::new(mark.clone(), &job.film);
    let spacing = job.film.radiograph.spacing.as_ref();
    let alone = job.shown.first().filter(|_| job.concord.is_none());
    let analysis = alone.map(|(outcome, cut)| display::Analysis {
        outcome: outcome.clone(),
        map: cut.map.clone(),
        regions: cut.regions(spacing),
        threshold: cut.value,
        opacity: job.settings.opacity,
        colormap: job.settings.colormap,
    });
    let mapped = alone.is_some_and(|(_, cut)| cut.shows_map());
    ExportRequest {
        film: job.film.clone(),
        voi: job.voi.clone(),
        polarity: job.polarity,
        shown: job.file_marks,
        processed: job.processed.clone(),
        panels: panels(job, analysis.is_some(), mapped),
        analysis,
        concord: job.concord.clone(),
        marks: job.marks.iter().map(measured).collect(),
        key_image: job.key_image,
        blacked_out: job.blacked_out.clone(),
        prior: job.prior.clone(),
        identity: job.choice.identity.then(|| job.film.identity.clone()),
        time: job.made,
    }
}

fn panels(job: &ExportJob, analysed: bool, mapped: bool) -> Vec<Panel> {
    let boxes = job.settings.boxes;
    if job.concord.is_some() {
        return vec![
            Panel::FILM,
            Panel {
                boxes,
                ..Panel::AGREEMENT
            },
        ];
    }
    if !analysed {
        return vec![Panel::FILM];
    }
    if !mapped {
        return vec![Panel::FILM, Panel::COUNTERPART];
    }
    vec![
        Panel::FILM,
        Panel::COUNTERPART,
        Panel {
            boxes,
            ..Panel::MAP
        },
    ]
}
