//! The pixels of regions: of a model's map cell by cell, of a mark by its inside.

use super::{ExportJob, findings};
use crate::anomaly::{AnomalyMap, cells_of};
use crate::files::dicom_export::{ModelResult, Segment, Subject, region_uid, tracking_uid};
use crate::radiograph::{Annotation, BitMask};

/// Returns every region as a segment: of the models first.
pub(super) fn segments(job: &ExportJob, subject: &Subject<'_>) -> Vec<Segment> {
    let found = findings::of(job);
    let maps: Vec<&AnomalyMap> = match &job.concord {
        Some(concord) => vec![&*concord.agreement.above],
        None => job.shown.iter().map(|(_, cut)| &*cut.map).collect(),
    };
    let results = found.results.iter().zip(maps);
    let mut segments: Vec<Segment> = results
        .flat_map(|(result, map)| of_result(job, subject, (result, map)))
        .collect();
    segments.extend(job.marks.iter().filter_map(|mark| of_mark(job, mark)));
    segments
}

fn of_result(
    job: &ExportJob,
    subject: &Subject<'_>,
    (result, map): (&ModelResult, &AnomalyMap),
) -> Vec<Segment> {
    let raster = &job.film.radiograph.raster;
    let size = (raster.width(), raster.height());
    let regions = result.regions.iter().filter_map(|region| {
        let cells = cells_of(map, result.threshold, region);
        Some(Segment {
            label: format!("{} region {}", result.algorithm.name, region.id),
            description: format!(
                "{} at or above {} {}: peak {}, mean {}",
                result.map.name(),
                result.threshold,
                result.unit,
                region.peak,
                region.mean
            ),
            mask: under_cells(map, &cells, size)?,
            algorithm: Some(result.algorithm.clone()),
            tracking_uid: region_uid(subject, result, region),
        })
    });
    regions.collect()
}

/// Sets the pixels whose centre lies in one of a map's cells; `None` where no cell lies on the film.
fn under_cells(
    map: &AnomalyMap,
    cells: &[usize],
    (columns, rows): (usize, usize),
) -> Option<BitMask> {
    let raster = &map.placed.raster;
    let place = &map.placed.place;
    let (width, height) = map.placed.cell_size();
    let mut inside = vec![false; raster.width() * raster.height()];
    for cell in cells {
        inside[*cell] = true;
    }
    // The cell over each column and each row, found once.
    let over = |count: usize, start: f32, size: f32, cells: usize| -> Vec<Option<usize>> {
        let cell = |pixel: usize| {
            let cell = ((pixel as f32 + 0.5 - start) / size).floor();
            (cell >= 0.0 && cell < cells as f32).then_some(cell as usize)
        };
        (0..count).map(cell).collect()
    };
    let across = over(columns, place.x, width, raster.width());
    let down = over(rows, place.y, height, raster.height());
    let mask = BitMask::from_fn(columns, rows, |x, y| match (across[x], down[y]) {
        (Some(column), Some(row)) => inside[row * raster.width() + column],
        _ => false,
    })?;
    (mask.count() > 0).then_some(mask)
}

fn of_mark(job: &ExportJob, mark: &Annotation) -> Option<Segment> {
    let raster = &job.film.radiograph.raster;
    let mask = mark.shape.mask(raster.width(), raster.height())?;
    let origin = job.film.source.origin.as_ref()?;
    let points = format!("{:?}", mark.shape.points());
    Some(Segment {
        label: mark.name(),
        description: mark.measure(&job.film).text(),
        mask,
        algorithm: None,
        tracking_uid: tracking_uid(&[&origin.sop_instance, &mark.id.0.to_string(), &points]),
    })
}
