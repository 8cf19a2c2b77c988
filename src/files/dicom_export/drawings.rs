//! Marks and boxes as graphic objects of a presentation state (PS3.3 C.10.5), a layer for each
//! kind of mark.

use dicom::dictionary_std::tags;

use super::common::film_reference;
use super::elements::Item;
use super::findings::{mark_uid, outline};
use super::{Findings, Subject, region_uid};
use crate::radiograph::{Annotation, Origin, PixelPoint, Shape, ShapeKind};

/// The layer of what models found.
pub(in crate::files) const MODEL_LAYER: &str = "MODEL REGIONS";

/// The layer of a kind of mark.
pub(in crate::files) fn layer_of(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Length => "LENGTH",
        ShapeKind::Angle => "ANGLE",
        ShapeKind::CobbAngle => "COBB ANGLE",
        ShapeKind::Rectangle => "RECTANGLE",
        ShapeKind::Ellipse => "ELLIPSE",
        ShapeKind::Freehand => "FREEHAND REGION",
        ShapeKind::Arrow => "ARROW",
        ShapeKind::Text => "TEXT",
        ShapeKind::Point => "PIXEL VALUE",
        ShapeKind::CardiothoracicRatio => "CT RATIO",
    }
}

/// One graphic object: its type and its points.
struct Graphic {
    name: &'static str,
    points: Vec<PixelPoint>,
}

/// One drawing: its layer, its lines, its words and where they stand.
struct Drawing {
    layer: &'static str,
    graphics: Vec<Graphic>,
    words: String,
    at: PixelPoint,
    /// The corners of their box, where the reader put them elsewhere.
    apart: Option<[PixelPoint; 2]>,
    tracking: (String, String),
}

/// Adds everything that is drawn.
pub(super) fn drawn(
    object: Item,
    (subject, origin): (&Subject<'_>, &Origin),
    findings: &Findings,
) -> Item {
    let marks = findings.annotations.iter();
    let mut drawings: Vec<Drawing> = marks.map(|mark| of_mark(mark, subject, origin)).collect();
    drawings.extend(of_results(subject, findings));
    if drawings.is_empty() {
        return object;
    }
    let mut layers: Vec<&str> = Vec::new();
    for drawing in &drawings {
        if !layers.contains(&drawing.layer) {
            layers.push(drawing.layer);
        }
    }
    let layers = layers.iter().enumerate().map(|(order, name)| {
        Item::new()
            .text(tags::GRAPHIC_LAYER, name)
            .whole(tags::GRAPHIC_LAYER_ORDER, &[order as i64 + 1])
            .whole(
                tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE,
                &[65_535],
            )
    });
    let layers = layers.collect();
    let items = drawings.iter().map(|drawing| item(drawing, origin));
    object
        .items(tags::GRAPHIC_ANNOTATION_SEQUENCE, items.collect())
        .items(tags::GRAPHIC_LAYER_SEQUENCE, layers)
}

fn of_mark(mark: &Annotation, subject: &Subject<'_>, origin: &Origin) -> Drawing {
    let measured = mark.measure(subject.film).text();
    let words: Vec<&str> = [mark.label.trim(), measured.as_str()]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect();
    Drawing {
        layer: layer_of(mark.shape.kind()),
        graphics: graphics(&mark.shape),
        words: words.join("\r\n"),
        at: mark.shape.label_anchor(),
        apart: apart(mark, &words, subject),
        tracking: (mark.name(), mark_uid(origin, mark)),
    }
}

/// Returns the box of words that stand apart, as large as they are on an annotated picture.
fn apart(mark: &Annotation, words: &[&str], subject: &Subject<'_>) -> Option<[PixelPoint; 2]> {
    /// The height of a letter as a share of the film's, and its usual width over its height.
    const LETTER: (f32, f32) = (0.02, 0.55);
    let apart = mark.words_apart?;
    let anchor = mark.shape.label_anchor();
    let height = LETTER.0 * subject.film.radiograph.raster.height() as f32;
    let lines = words.iter().flat_map(|words| words.lines());
    let longest = lines.clone().map(|line| line.chars().count()).max();
    let width = longest.unwrap_or(1) as f32 * LETTER.1 * height;
    let from = PixelPoint {
        x: anchor.x + apart.x,
        y: anchor.y + apart.y,
    };
    let to = PixelPoint {
        x: from.x + width,
        y: from.y + 1.2 * height * lines.count() as f32,
    };
    Some([from, to])
}

fn graphics(shape: &Shape) -> Vec<Graphic> {
    let line = |points| Graphic {
        name: "POLYLINE",
        points,
    };
    match shape {
        Shape::Ellipse(_) => vec![Graphic {
            name: "ELLIPSE",
            points: axes(shape),
        }],
        Shape::Point(at) => vec![Graphic {
            name: "POINT",
            points: vec![*at],
        }],
        // Its tip first, as the mark is made.
        Shape::Arrow { .. } => vec![line(shape.points())],
        shape => shape
            .strokes()
            .into_iter()
            .filter(|stroke| !stroke.auxiliary)
            .map(|stroke| {
                let mut points = stroke.points;
                if stroke.closed {
                    points.extend(points.first().copied());
                }
                line(points)
            })
            .collect(),
    }
}

/// Returns the ends of an ellipse's major axis, then those of its minor axis.
pub(super) fn axes(shape: &Shape) -> Vec<PixelPoint> {
    let rect = shape.bounds();
    let center = rect.center();
    let across = [rect.x, rect.right()].map(|x| PixelPoint { x, y: center.y });
    let down = [rect.y, rect.bottom()].map(|y| PixelPoint { x: center.x, y });
    if rect.width >= rect.height {
        [across, down].concat()
    } else {
        [down, across].concat()
    }
}

fn of_results(subject: &Subject<'_>, findings: &Findings) -> Vec<Drawing> {
    let results = findings.results.iter().flat_map(|result| {
        result.regions.iter().map(|region| Drawing {
            layer: MODEL_LAYER,
            graphics: vec![Graphic {
                name: "POLYLINE",
                points: outline(region),
            }],
            words: format!("{} {}", result.algorithm.name, region.id),
            at: PixelPoint {
                x: region.bounds.right(),
                y: region.bounds.y,
            },
            apart: None,
            tracking: (
                format!("{} region {}", result.algorithm.name, region.id),
                region_uid(subject, result, region),
            ),
        })
    });
    results.collect()
}

fn item(drawing: &Drawing, origin: &Origin) -> Item {
    let tracked = |item: Item| {
        item.text(tags::TRACKING_ID, &drawing.tracking.0)
            .text(tags::TRACKING_UID, &drawing.tracking.1)
    };
    let graphics = drawing.graphics.iter().map(|graphic| {
        let numbers = graphic.points.iter();
        let numbers = numbers.flat_map(|point| [f64::from(point.x), f64::from(point.y)]);
        let numbers: Vec<f64> = numbers.collect();
        let object = Item::new()
            .text(tags::GRAPHIC_ANNOTATION_UNITS, "PIXEL")
            .whole(tags::GRAPHIC_DIMENSIONS, &[2])
            .whole(
                tags::NUMBER_OF_GRAPHIC_POINTS,
                &[graphic.points.len() as i64],
            )
            .reals(tags::GRAPHIC_DATA, &numbers)
            .text(tags::GRAPHIC_TYPE, graphic.name);
        let closed = graphic.name == "ELLIPSE"
            || (graphic.points.len() > 2 && graphic.points.first() == graphic.points.last());
        tracked(object.with(closed.then_some("N"), |object, filled| {
            object.text(tags::GRAPHIC_FILLED, filled)
        }))
    });
    let graphics: Vec<Item> = graphics.collect();
    let item = Item::new()
        .items(
            tags::REFERENCED_IMAGE_SEQUENCE,
            vec![film_reference(origin)],
        )
        .text(tags::GRAPHIC_LAYER, drawing.layer);
    let item = item.with(
        (!graphics.is_empty()).then_some(graphics),
        |item, graphics| item.items(tags::GRAPHIC_OBJECT_SEQUENCE, graphics),
    );
    let words = (!drawing.words.is_empty()).then_some(drawing.words.as_str());
    item.with(words, |item, words| {
        let at = [f64::from(drawing.at.x), f64::from(drawing.at.y)];
        let text = Item::new()
            .text(tags::ANCHOR_POINT_ANNOTATION_UNITS, "PIXEL")
            .text(tags::UNFORMATTED_TEXT_VALUE, words)
            .reals(tags::ANCHOR_POINT, &at)
            .text(tags::ANCHOR_POINT_VISIBILITY, "N");
        let text = text.with(drawing.apart, |text, corners| {
            let [from, to] = corners.map(|point| [f64::from(point.x), f64::from(point.y)]);
            // Seen, the anchor is joined to the box by a line (PS3.3 C.10.5.1.1).
            text.text(tags::ANCHOR_POINT_VISIBILITY, "Y")
                .text(tags::BOUNDING_BOX_ANNOTATION_UNITS, "PIXEL")
                .reals(tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER, &from)
                .reals(tags::BOUNDING_BOX_BOTTOM_RIGHT_HAND_CORNER, &to)
                .text(tags::BOUNDING_BOX_TEXT_HORIZONTAL_JUSTIFICATION, "LEFT")
        });
        item.items(tags::TEXT_OBJECT_SEQUENCE, vec![tracked(text)])
    })
}
