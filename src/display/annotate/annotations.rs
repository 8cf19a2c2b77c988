//! The reader's marks on an annotated picture: at the same places of the film as in the window, in
//! lines that stay legible, with what they measure.

use serde_json::{Value, json};

use super::canvas::{Area, Canvas};
use super::lettering::Lettering;
use super::marks::Pen;
use crate::display::{Words, drawn_lines, legible};
use crate::radiograph::{MeasuredMark, PixelPoint, PixelRect, Shape};

/// The colour of marks, as 8-bit sRGB.
pub const MARK_COLOR: [u8; 3] = [150, 235, 130];

const CASING: [u8; 3] = [0, 0, 0];

/// The least width of a line, as a share of the film's height.
const LINE_SHARE: f32 = 1.0 / 600.0;

/// The size of the words beside marks, in letter heights.
const WORDS: f32 = 0.8;

/// The height of a line of words, in its letters' heights: that of a plate.
const LINE_HEIGHT: f32 = 1.15;

/// The most marks listed below the picture; all are drawn, and all are in the JSON.
const MOST_LISTED: usize = 12;

/// Returns what is written beside a mark: its label and what it measures, or its label alone.
pub(super) fn words(mark: &MeasuredMark, measured: bool) -> Vec<String> {
    let label = Some(mark.annotation.label.clone()).filter(|label| !label.is_empty());
    let lines = measured.then(|| {
        let doubt = mark.measurement.doubt().map(str::to_owned);
        mark.measurement.lines().into_iter().chain(doubt)
    });
    label
        .into_iter()
        .chain(lines.into_iter().flatten())
        .collect()
}

/// Returns the line below the picture that lists the marks; `None` where there are none.
pub(super) fn line(marks: &[MeasuredMark], lettering: &Lettering) -> Option<String> {
    if marks.is_empty() {
        return None;
    }
    let mut listed: Vec<String> = marks
        .iter()
        .take(MOST_LISTED)
        .map(|mark| {
            let name = mark.annotation.name();
            let name = legible(&name, &mut |text| lettering.has(text));
            match mark.measurement.text().as_str() {
                "" => name.into_owned(),
                text => format!("{name}: {text}"),
            }
        })
        .collect();
    let more = marks.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    Some(format!("Marks by the reader: {}", listed.join(" — ")))
}

/// Returns the marks for programs.
pub(super) fn facts(marks: &[MeasuredMark]) -> Value {
    let marks = marks.iter().map(|mark| {
        let annotation = &mark.annotation;
        json!({
            "id": annotation.id,
            "kind": annotation.shape.kind(),
            "label": annotation.label,
            "source": annotation.source,
            "shape": annotation.shape,
            "words_apart": annotation.words_apart,
            "measurement": mark.measurement,
        })
    });
    marks.collect()
}

impl Pen<'_> {
    /// Draws marks; with what they measure, except where that was not measured on what is seen.
    pub(super) fn annotations(
        &self,
        canvas: &mut Canvas,
        (marks, measured): (&[MeasuredMark], bool),
        panel: Area,
    ) {
        let width = (panel.height as f32 * LINE_SHARE).max(1.0);
        let to = |point: PixelPoint| self.on_canvas(point, panel);
        for (widened, color) in [(3.0, CASING), (1.0, MARK_COLOR)] {
            for mark in marks {
                lines_of(canvas, &mark.annotation.shape, &to, (width, widened, color));
            }
        }
        let mut taken = Vec::new();
        for mark in marks {
            self.words(canvas, (mark, measured), (panel, &mut taken));
        }
    }

    fn words(
        &self,
        canvas: &mut Canvas,
        (mark, measured): (&MeasuredMark, bool),
        (panel, taken): (Area, &mut Vec<PixelRect>),
    ) {
        let lines: Vec<String> = words(mark, measured)
            .iter()
            .map(|line| legible(line, &mut |text| self.lettering.has(text)).into_owned())
            .collect();
        if lines.is_empty() {
            return;
        }
        let shape = &mark.annotation.shape;
        let text_mark = matches!(shape, Shape::Text(_));
        let font_px = if text_mark { 1.0 } else { WORDS } * self.font_px;
        let widths = lines.iter().map(|line| self.lettering.width(line, font_px));
        let wide = widths.fold(0.0, f32::max) + 0.6 * font_px;
        let size = (wide, LINE_HEIGHT * font_px * lines.len() as f32);
        let (x, y) = self.on_canvas(shape.label_anchor(), panel);
        let [left, top, width, height] = [panel.left, panel.top, panel.width, panel.height];
        let room = PixelRect::new(left as f32, top as f32, width as f32, height as f32);
        let to = |point: PixelPoint| {
            let (x, y) = self.on_canvas(point, panel);
            PixelPoint { x, y }
        };
        let drawn = drawn_lines(shape, to);
        let scale = (
            width as f32 / self.film_size.0 as f32,
            height as f32 / self.film_size.1 as f32,
        );
        let beside = Words {
            kind: shape.kind(),
            anchor: PixelPoint { x, y },
            size,
            gap: 0.5 * font_px,
            lines: &drawn,
            apart: mark.annotation.words_apart.map(|apart| PixelPoint {
                x: apart.x * scale.0,
                y: apart.y * scale.1,
            }),
        };
        let place = beside.place(&room, taken);
        if let Some([from, to]) = beside.leader(&place) {
            let width = (panel.height as f32 * LINE_SHARE).max(1.0);
            let ends = ((from.x, from.y), (to.x, to.y));
            for (widened, color) in [(3.0, CASING), (0.6, MARK_COLOR)] {
                canvas.segment(ends, (width * widened, color));
            }
        }
        for (index, line) in lines.iter().enumerate() {
            let top = place.y + LINE_HEIGHT * font_px * index as f32;
            self.plate(canvas, ((place.x, top), font_px), line, MARK_COLOR);
        }
        taken.push(place);
    }

    /// Returns where a point of the film lies on the canvas.
    fn on_canvas(&self, point: PixelPoint, panel: Area) -> (f32, f32) {
        (
            panel.left as f32 + point.x * panel.width as f32 / self.film_size.0 as f32,
            panel.top as f32 + point.y * panel.height as f32 / self.film_size.1 as f32,
        )
    }
}

/// Draws the lines of a shape in one of their widths.
fn lines_of(
    canvas: &mut Canvas,
    shape: &Shape,
    to: &impl Fn(PixelPoint) -> (f32, f32),
    (width, widened, color): (f32, f32, [u8; 3]),
) {
    for stroke in shape.strokes() {
        for (from, end) in stroke.segments() {
            let ends = (to(from), to(end));
            if stroke.auxiliary {
                dashed(canvas, ends, (0.6 * width * widened, color), 6.0 * width);
            } else {
                canvas.segment(ends, (width * widened, color));
            }
        }
    }
    for (end, from) in shape.ticked_ends() {
        let (end, from) = (to(end), to(from));
        let across = wing(end, from, (std::f32::consts::FRAC_PI_2, 4.0 * width));
        let other = (2.0 * end.0 - across.0, 2.0 * end.1 - across.1);
        canvas.segment((across, other), (width * widened, color));
    }
    match shape {
        Shape::Arrow { tip, tail } => {
            let (tip, tail) = (to(*tip), to(*tail));
            for turn in [0.45_f32, -0.45] {
                let wing = wing(tip, tail, (turn, 12.0 * width));
                canvas.segment((tip, wing), (width * widened, color));
            }
        }
        Shape::Point(at) => {
            let (x, y) = to(*at);
            for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                let at = |far: f32| (x + far * width * dx, y + far * width * dy);
                canvas.segment((at(3.0), at(9.0)), (width * widened, color));
            }
        }
        _ => {}
    }
}

fn wing(tip: (f32, f32), tail: (f32, f32), (turn, length): (f32, f32)) -> (f32, f32) {
    let (x, y) = (tail.0 - tip.0, tail.1 - tip.1);
    let scale = length / x.hypot(y).max(1e-6);
    let (sin, cos) = turn.sin_cos();
    (
        tip.0 + scale * (x * cos - y * sin),
        tip.1 + scale * (x * sin + y * cos),
    )
}

fn dashed(
    canvas: &mut Canvas,
    (from, to): ((f32, f32), (f32, f32)),
    pen: (f32, [u8; 3]),
    dash: f32,
) {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    let at = |along: f32| {
        let share = (along / length).min(1.0);
        (
            from.0 + share * (to.0 - from.0),
            from.1 + share * (to.1 - from.1),
        )
    };
    let mut start = 0.0;
    while start < length {
        canvas.segment((at(start), at(start + dash)), pen);
        start += 2.0 * dash;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::Local;

    use super::*;
    use crate::display::{AnnotatedPicture, ExportRequest, FileMarks, Panel, export};
    use crate::radiograph::{
        Annotation, AnnotationId, AnnotationSource, Film, Graphics, Identity, PixelSpacing,
        Polarity, Radiograph, Raster, Source, SpacingPlane,
    };

    fn film(width: usize, height: usize, row_mm: f32) -> Film {
        let samples: Vec<f32> = (0..width * height)
            .map(|index| (index % 7) as f32)
            .collect();
        let raster = Raster::new(width, height, samples).unwrap();
        let spacing = PixelSpacing::checked(row_mm, 0.2, SpacingPlane::Detector, "test");
        let radiograph = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
        Film {
            radiograph: Arc::new(radiograph.with_spacing(spacing)),
            source: Source::default(),
            identity: Identity::default(),
            pipeline: Arc::default(),
            graphics: Graphics::default(),
        }
    }

    fn mark(shape: Shape, label: &str, film: &Film) -> MeasuredMark {
        let annotation = Annotation {
            id: AnnotationId(7),
            shape,
            label: label.to_owned(),
            source: AnnotationSource::Reader,
            words_apart: None,
        };
        MeasuredMark::new(annotation, film)
    }

    fn exported(film: Film, marks: Vec<MeasuredMark>) -> AnnotatedPicture {
        export(&ExportRequest {
            voi: film.radiograph.vois[0].clone(),
            polarity: Polarity::Identity,
            shown: FileMarks::default(),
            processed: None,
            panels: vec![Panel::FILM],
            analysis: None,
            concord: None,
            marks,
            key_image: true,
            blacked_out: Vec::new(),
            prior: None,
            identity: None,
            time: Local::now(),
            film,
        })
        .unwrap()
    }

    fn at(x: f32, y: f32) -> PixelPoint {
        PixelPoint { x, y }
    }

    /// How much of a pixel of the panel has the colour of marks: between grey and green.
    fn share(picture: &AnnotatedPicture, (x, y): (usize, usize)) -> f32 {
        let corner = |name: &str| picture.facts["panels"][0][name].as_u64().unwrap() as usize;
        let index = (corner("top") + y) * picture.width + corner("left") + x;
        let [red, green, ..] = picture.rgba[index * 4..][..4] else {
            unreachable!()
        };
        let [of_red, of_green, _] = MARK_COLOR.map(f32::from);
        ((f32::from(green) - f32::from(red)) / (of_green - of_red)).clamp(0.0, 1.0)
    }

    #[test]
    fn lines_lie_where_they_were_drawn_and_stay_legible() {
        for (size, row_mm) in [((900, 1300), 0.2), ((500, 650), 0.4), ((80, 60), 0.2)] {
            let film = film(size.0, size.1, row_mm);
            let (width, height) = (size.0 as f32, size.1 as f32);
            // Across the film, at a height between two rows.
            let y = (0.55 * height).floor() + 0.25;
            let line = Shape::Length([at(0.1 * width, y), at(0.9 * width, y)]);
            let picture = exported(film.clone(), vec![mark(line, "", &film)]);
            let rows = picture.facts["panels"][0]["height"].as_u64().unwrap() as usize;
            let drawn_y = y * rows as f32 / height;
            let column = size.0 / 3;
            // Words stand a little farther off.
            let near = |row: usize| (row as f32 + 0.5 - drawn_y).abs() < 4.0;
            let of_row = |row| {
                if near(row) {
                    share(&picture, (column, row))
                } else {
                    0.0
                }
            };
            let shares: Vec<f32> = (0..rows).map(of_row).collect();
            let thickness: f32 = shares.iter().sum();
            let weighted: f32 = shares
                .iter()
                .enumerate()
                .map(|(row, share)| share * (row as f32 + 0.5))
                .sum();
            let found = weighted / thickness;
            assert!(
                (found - drawn_y).abs() <= 0.5,
                "{found} instead of {drawn_y}"
            );
            let least = (rows as f32 / 600.0).max(1.0);
            assert!(thickness >= 0.9 * least, "{thickness} of {least}");
        }
    }

    #[test]
    fn the_facts_hold_places_and_numbers_with_their_unit() {
        let film = film(300, 200, 0.2);
        let line = Shape::Length([at(50.0, 40.0), at(150.0, 40.0)]);
        let picture = exported(film.clone(), vec![mark(line, "rib", &film)]);
        let marks = &picture.facts["marks"][0];
        assert_eq!(marks["kind"], "length");
        assert_eq!(marks["label"], "rib");
        assert_eq!(marks["shape"]["length"][1]["x"], 150.0);
        let quantity = &marks["measurement"]["quantities"][0];
        assert_eq!(quantity["unit"], "mm (at detector)");
        let length_mm = quantity["value"].as_f64().unwrap();
        assert!((length_mm - 20.0).abs() < 1e-4, "{length_mm}");
        let printed = picture.facts["printed"].to_string();
        assert!(printed.contains("rib: 20.0 mm (at detector)"), "{printed}");
        assert!(printed.contains("Key image"), "{printed}");
    }

    #[test]
    fn nothing_measured_on_the_film_is_said_of_a_generated_picture() {
        let film = film(300, 200, 0.2);
        let region = Shape::Ellipse(PixelRect::new(10.0, 10.0, 40.0, 30.0));
        let named = mark(region.clone(), "hilum", &film);
        assert_eq!(words(&named, false), ["hilum"]);
        assert_eq!(words(&named, true).len(), 4);
        assert!(words(&mark(region, "", &film), false).is_empty());
    }

    #[test]
    fn every_kind_is_drawn_even_at_and_beyond_the_edges() {
        let film = film(300, 200, 0.2);
        let corners = [
            at(-40.0, -30.0),
            at(300.0, 0.0),
            at(310.0, 250.0),
            at(0.0, 200.0),
        ];
        for points in 1..=4 {
            for kind in [
                crate::radiograph::ShapeKind::Length,
                crate::radiograph::ShapeKind::Angle,
                crate::radiograph::ShapeKind::CobbAngle,
                crate::radiograph::ShapeKind::Rectangle,
                crate::radiograph::ShapeKind::Ellipse,
                crate::radiograph::ShapeKind::Freehand,
                crate::radiograph::ShapeKind::Arrow,
                crate::radiograph::ShapeKind::Text,
                crate::radiograph::ShapeKind::Point,
                crate::radiograph::ShapeKind::CardiothoracicRatio,
            ] {
                if let Some(shape) = Shape::from_points(kind, &corners[..points]) {
                    let marks = vec![mark(shape, "x", &film)];
                    let plain = exported(film.clone(), Vec::new());
                    assert_ne!(exported(film.clone(), marks).rgba, plain.rgba, "{kind:?}");
                }
            }
        }
    }
}
