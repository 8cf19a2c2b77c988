//! The DICOM objects of an export.

use super::{ExportJob, findings, masks, picture, rows};
use crate::display::{RESEARCH_USE, SYNTHETIC_MARK};
use crate::error::{Error, ErrorKind, Result};
use crate::files::dicom_export::{
    self, Algorithm, Capture, Presented, Subject, presentation_state, secondary_capture,
    structured_report,
};

fn subject(job: &ExportJob) -> Subject<'_> {
    Subject {
        film: &job.film,
        made: job.made,
        statement: RESEARCH_USE,
    }
}

/// Returns the models that had a part in what is shown.
fn algorithms(job: &ExportJob) -> Vec<Algorithm> {
    match &job.concord {
        Some(concord) => vec![findings::joined(concord)],
        None => {
            let shown = job.shown.iter();
            shown
                .map(|(outcome, _)| findings::algorithm(outcome))
                .collect()
        }
    }
}

pub(super) fn capture(job: &ExportJob) -> Result<Vec<u8>> {
    let algorithms = algorithms(job);
    // Only the shown model's picture is in it.
    let drawn = algorithms.get(..1).unwrap_or_default();
    let description = match (&job.concord, drawn) {
        (Some(_), [model]) => format!("Film, and the {} over it", model.name),
        (None, [model]) => format!(
            "Film; healthy counterpart by {} ({SYNTHETIC_MARK}); map over the film",
            model.name
        ),
        _ => "Film as shown".to_owned(),
    };
    let picture = picture::drawn(job)?;
    let capture = Capture {
        picture: rows(&picture),
        description: &description,
        identity: job.choice.identity,
        algorithms: drawn,
    };
    secondary_capture(&subject(job), &capture)
}

pub(super) fn segmentation(job: &ExportJob) -> Result<Vec<u8>> {
    let subject = subject(job);
    dicom_export::segmentation(&subject, &masks::segments(job, &subject))
}

pub(super) fn report(job: &ExportJob) -> Result<Vec<u8>> {
    structured_report(&subject(job), &findings::of(job))
}

pub(super) fn presentation(job: &ExportJob) -> Result<Vec<u8>> {
    let presented = Presented {
        voi: job.voi.clone(),
        polarity: job.polarity,
        part: job.part,
        shutter: job.file_marks.shutter,
    };
    presentation_state(&subject(job), &presented, &findings::of(job))
}

pub(super) fn key_objects(job: &ExportJob) -> Result<Vec<u8>> {
    dicom_export::key_objects(&subject(job), &job.key_films)
}

pub(super) fn parametric_map(job: &ExportJob) -> Result<Vec<u8>> {
    let algorithms = algorithms(job);
    let map = match (&job.concord, job.shown.first()) {
        (Some(concord), _) => &concord.agreement.above,
        (None, Some((_, cut))) if cut.shows_map() => &cut.map,
        (None, _) => {
            return Err(Error::new(
                ErrorKind::Usage,
                "no map is shown, so that none can be written",
                "Analyse the film first, show the results, and choose a map where none is shown by itself.",
            ));
        }
    };
    let made_by: Vec<&Algorithm> = algorithms.iter().take(1).collect();
    dicom_export::parametric_map(&subject(job), map, &made_by)
}
