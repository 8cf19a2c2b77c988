//! How what is about films crosses: marks as text, the samples of a map behind everything else.

use std::io::{self, Read, Write};

use super::wire::{Received, Wire, fields, variants};
use super::{answer, samples, wire};
use crate::anomaly::{AnomalyMap, MapKind, Placed};
use crate::files::{Returned, ReturnedKind, ReturnedMark, ReturnedView};
use crate::radiograph::{Annotation, PixelRect};

/// What is about films, without its map's samples.
struct ReturnedHead {
    kind: ReturnedKind,
    own: bool,
    films: Vec<String>,
    study: String,
    marks: Vec<ReturnedMark>,
    views: Vec<ReturnedView>,
    key_films: Vec<String>,
    map: Option<MapHead>,
    size: Option<(usize, usize)>,
    said: Vec<String>,
    ignored: Vec<String>,
}

/// A map without its samples; it lies on its own pixels.
struct MapHead {
    kind: MapKind,
    columns: usize,
    rows: usize,
    scale: (f32, f32),
    unit: String,
}

fields!(ReturnedHead {
    kind,
    own,
    films,
    study,
    marks,
    views,
    key_films,
    map,
    size,
    said,
    ignored,
});
fields!(MapHead {
    kind,
    columns,
    rows,
    scale,
    unit,
});
fields!(ReturnedMark { films, annotation });
fields!(ReturnedView {
    films,
    voi,
    modality,
    polarity,
    part,
});
fields!(PixelRect {
    x,
    y,
    width,
    height,
});
variants!(ReturnedKind {
    Report,
    Presentation,
    Segmentation,
    ParametricMap,
    KeyObjects,
});
variants!(MapKind {
    Residue,
    Saliency,
    Difference,
    Fidelity,
    Agreement,
    Imported,
});

/// A mark that cannot lie on a film is none.
impl Wire for Annotation {
    fn put(&self, out: &mut Vec<u8>) {
        serde_json::to_string(self).unwrap_or_default().put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        let annotation: Self = serde_json::from_str(&String::take(from)?).ok()?;
        annotation.is_sound().then_some(annotation)
    }
}

/// Writes what is about films.
///
/// # Errors
/// When nobody reads.
pub(super) fn send(returned: Returned, out: &mut impl Write) -> io::Result<()> {
    let (map, raster) = match returned.map {
        Some(map) => {
            let raster = map.placed.raster;
            let head = MapHead {
                kind: map.kind,
                columns: raster.width(),
                rows: raster.height(),
                scale: map.scale,
                unit: map.unit,
            };
            (Some(head), Some(raster))
        }
        None => (None, None),
    };
    let head = wire::written(&ReturnedHead {
        kind: returned.kind,
        own: returned.own,
        films: returned.films,
        study: returned.study,
        marks: returned.marks,
        views: returned.views,
        key_films: returned.key_films,
        map,
        size: returned.size,
        said: returned.said,
        ignored: returned.ignored,
    });
    if !answer::fits(&head) {
        return answer::head(answer::ERROR, &wire::written(&answer::too_wordy()), out);
    }
    answer::head(answer::RETURNED, &head, out)?;
    match raster {
        Some(raster) => samples::write(raster.samples(), out),
        None => Ok(()),
    }
}

/// Reads what [`send`] wrote behind its kind.
///
/// # Errors
/// When it ends early or makes no sense.
pub(super) fn receive(head: &[u8], from: &mut impl Read) -> io::Result<Returned> {
    let head: ReturnedHead = wire::whole(head).ok_or(io::ErrorKind::InvalidData)?;
    let map = match head.map {
        Some(map) => {
            let raster = samples::read((map.columns, map.rows), None, from)?;
            let (low, high) = map.scale;
            if !(low.is_finite() && high.is_finite()) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let place = PixelRect::of_image(map.columns, map.rows);
            Some(AnomalyMap {
                kind: map.kind,
                placed: Placed { raster, place },
                scale: map.scale,
                unit: map.unit,
            })
        }
        None => None,
    };
    Ok(Returned {
        kind: head.kind,
        own: head.own,
        films: head.films,
        study: head.study,
        marks: head.marks,
        views: head.views,
        key_films: head.key_films,
        map,
        size: head.size,
        said: head.said,
        ignored: head.ignored,
    })
}
