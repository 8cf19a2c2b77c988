//! Does a model point at what a reader has boxed?

use serde::Serialize;

use super::detection::{DetectedFilm, FrocPoint, detection_average_precision, froc};
use super::intervals::{Mean, Share};
use super::overlap::{box_iou, holds};
use super::{BoxTable, FilmRow, Label};
use crate::error::Result;
use crate::radiograph::PixelRect;

/// The overlaps at which average precision is read.
const OVERLAPS: [f64; 3] = [0.1, 0.3, 0.5];

/// How well maps and regions meet a reader's boxes.
///
/// A region *hits* when the centre of its box lies in a reader's box; a map's peak hits when the
/// centre of the map's greatest cell does. Regions are those of the default map above the model's
/// own threshold: what the window boxes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Localisation {
    /// Films with at least one box.
    pub boxed_films: usize,
    /// The boxes on them.
    pub boxes: usize,
    /// Films without lesions: normal ones, and those that the table lists without a box.
    pub films_without_lesions: usize,
    /// Abnormal films that the table does not know, which are left out.
    pub left_out_films: usize,
    /// The regions found on the films that count.
    pub regions: usize,
    /// Boxed films whose region with the highest peak hits; a film without region does not.
    pub top_region_hits: Share,
    /// Boxed films of which any region hits.
    pub any_region_hits: Share,
    /// The greatest intersection over union of the top region with a box, 0 without region.
    pub top_region_iou: Mean,
    /// Boxed films on which a map's peak hits, for each map.
    pub peak_hits: Vec<NamedShare>,
    /// The average precision of the regions' boxes.
    pub average_precision: Vec<OverlapPrecision>,
    /// The free-response ROC curve of the regions over all films that count.
    pub froc: Vec<FrocPoint>,
}

/// A share of films by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedShare {
    /// Which map.
    pub name: String,
    /// The share.
    pub share: Share,
}

/// An average precision at one overlap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OverlapPrecision {
    /// The least intersection over union of a right detection.
    pub iou: f64,
    /// The average precision.
    pub value: f64,
}

/// A row with its boxes.
struct Boxed<'a> {
    row: &'a FilmRow,
    boxes: Vec<PixelRect>,
}

impl Localisation {
    /// Measures the rows that the table knows, and the normal ones.
    ///
    /// # Errors
    /// When no film has a box.
    pub fn of(rows: &[FilmRow], table: &BoxTable) -> Result<Self> {
        let known: Vec<Boxed<'_>> = rows
            .iter()
            .filter_map(|row| {
                let normal = (row.label == Label::Normal).then(Vec::new);
                let boxes = table.boxes_on(row.path(), row.size_px).or(normal)?;
                Some(Boxed { row, boxes })
            })
            .collect();
        let boxed: Vec<&Boxed<'_>> = known.iter().filter(|film| !film.boxes.is_empty()).collect();
        if boxed.is_empty() {
            table.expect_one_of(rows.iter().map(FilmRow::path))?;
        }
        let films: Vec<DetectedFilm> = known.iter().map(Boxed::detected).collect();
        Ok(Self {
            boxed_films: boxed.len(),
            boxes: boxed.iter().map(|film| film.boxes.len()).sum(),
            films_without_lesions: known.len() - boxed.len(),
            left_out_films: rows.len() - known.len(),
            regions: films.iter().map(|film| film.detections.len()).sum(),
            top_region_hits: Share::of(boxed.iter().map(|film| film.hit_by_region(1))),
            any_region_hits: Share::of(boxed.iter().map(|film| film.hit_by_region(usize::MAX))),
            top_region_iou: Mean::of(&boxed.iter().map(|film| film.iou()).collect::<Vec<f64>>()),
            peak_hits: peak_hits(&boxed),
            average_precision: OVERLAPS
                .iter()
                .filter_map(|&iou| {
                    let value = detection_average_precision(&films, iou)?;
                    Some(OverlapPrecision { iou, value })
                })
                .collect(),
            froc: froc(&films),
        })
    }
}

impl Boxed<'_> {
    fn detected(&self) -> DetectedFilm {
        DetectedFilm {
            lesions: self.boxes.clone(),
            detections: self.row.regions.clone(),
        }
    }

    /// Tells whether one of the first `count` regions hits.
    fn hit_by_region(&self, count: usize) -> bool {
        let mut regions = self.row.regions.iter().take(count);
        regions.any(|region| {
            let center = region.bounds.center();
            self.boxes.iter().any(|bounds| holds(bounds, center))
        })
    }

    fn iou(&self) -> f64 {
        let Some(top) = self.row.regions.first() else {
            return 0.0;
        };
        let overlaps = self.boxes.iter().map(|bounds| box_iou(bounds, &top.bounds));
        overlaps.fold(0.0, f64::max)
    }
}

fn peak_hits(boxed: &[&Boxed<'_>]) -> Vec<NamedShare> {
    let maps = boxed.first().map_or(&[][..], |film| &film.row.maps);
    let shares = maps.iter().map(|map| {
        let hits = boxed.iter().filter_map(|film| {
            let numbers = film.row.maps.iter().find(|other| other.kind == map.kind)?;
            let mut boxes = film.boxes.iter();
            Some(boxes.any(|bounds| holds(bounds, numbers.peak)))
        });
        NamedShare {
            name: map.kind.clone(),
            share: Share::of(hits),
        }
    });
    shares.collect()
}

#[cfg(test)]
mod tests {
    use super::super::film_row::tests::row;
    use super::*;
    use crate::error::ErrorKind;

    fn table(text: &str) -> BoxTable {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("boxes.csv");
        std::fs::write(&path, text).unwrap();
        BoxTable::read(&path).unwrap()
    }

    #[test]
    fn a_hit_a_miss_and_a_normal_film_are_counted() {
        // Each film has the region (1, 2, 3.5, 4), centre (2.75, 4), and the peak (0.5, 9.25).
        let rows = [
            row("hit.png", Label::Abnormal, 4.0),
            row("miss.png", Label::Abnormal, 3.0),
            row("unknown.png", Label::Abnormal, 3.0),
            row("normal.png", Label::Normal, 1.0),
        ];
        let table = table("file,x,y,w,h\nhit.png,1,2,3.5,16\nmiss.png,50,50,9,9\n");
        let measured = Localisation::of(&rows, &table).unwrap();
        assert_eq!((measured.boxed_films, measured.boxes), (2, 2));
        assert_eq!(
            (measured.films_without_lesions, measured.left_out_films),
            (1, 1)
        );
        assert_eq!(measured.top_region_hits.hits, 1);
        assert_eq!(measured.top_region_hits.interval, None);
        assert_eq!(measured.top_region_iou.value, Some(0.125));
        assert_eq!(measured.peak_hits[0].share.hits, 0);
        let precisions: Vec<f64> = measured
            .average_precision
            .iter()
            .map(|ap| ap.value)
            .collect();
        assert_eq!(precisions, [0.5, 0.0, 0.0]);
        assert_eq!(measured.froc[0].sensitivity.hits, 1);
    }

    #[test]
    fn a_table_of_other_films_is_refused() {
        let rows = [row("a.png", Label::Abnormal, 1.0)];
        let error = Localisation::of(&rows, &table("file,x,y,w,h\nb.png,1,1,1,1\n")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
    }
}
