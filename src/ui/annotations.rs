//! The reader's marks over a picture: their lines in a dark casing, seen on any grey, and what they
//! measure beside them.

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Painter, Pos2, Rect, Response, Shape, Stroke, StrokeKind, Ui, Vec2,
    pos2, vec2,
};

use super::language::retold;
use super::pointer::Stage;
use super::viewport::Place;
use super::{Shell, fonts, tools};
use crate::display::{MARK_COLOR, Words, drawn_lines};
use crate::radiograph::{self, MeasuredMark, PixelPoint, PixelRect};
use crate::session::Draft;

/// The colour of marks.
pub(crate) const MARK: Color32 = Color32::from_rgb(MARK_COLOR[0], MARK_COLOR[1], MARK_COLOR[2]);

/// The colour of the selected mark, which has handles as well.
const SELECTED: Color32 = Color32::from_rgb(255, 230, 90);

/// The side of a handle, in points.
const HANDLE: f32 = 8.0;

/// By how much the ground of words is larger than they, in points.
const PLATE: Vec2 = vec2(8.0, 2.0);

/// Draws the marks of a viewport's film, and the one being drawn, where no other words stand.
pub(crate) fn draw(
    ui: &Ui,
    response: &Response,
    (stage, mut taken): (&Stage<'_>, Vec<Rect>),
    shell: &mut Shell,
) {
    let painter = ui.painter().with_clip_rect(stage.place.rect);
    let marks = stage.marks();
    shell.pointer.words.retain(|(of, _, _)| *of != response.id);
    if !stage.session.overlay().marks {
        return;
    }
    let selected = marks.selected().map(|mark| mark.annotation.id);
    for mark in marks.list() {
        let chosen = selected == Some(mark.annotation.id);
        lines(&painter, stage.place, (mark, chosen));
    }
    // Words lie over all lines, and not over each other.
    for mark in marks.list() {
        let chosen = selected == Some(mark.annotation.id);
        let rect = words(&painter, stage, (mark, chosen), &taken);
        taken.extend(rect);
        let of_mark = rect.map(|rect| (response.id, mark.annotation.id, rect));
        shell.pointer.words.extend(of_mark);
        if chosen {
            handles(&painter, stage.place, (mark, marks.chosen_handle()));
        }
    }
    if let Some(draft) = marks.draft() {
        drawn_now(&painter, (stage, &taken), draft);
    }
    let steers = stage.session.tool().drawn().is_some() && response.has_focus();
    if let Some(at) = shell
        .pointer
        .crosshair
        .filter(|_| steers && shell.pointer.by_keys)
    {
        crosshair(&painter, stage.place.screen_from_image(at));
    }
}

/// Draws the lines of a mark.
pub(crate) fn lines(painter: &Painter, place: &Place, (mark, chosen): (&MeasuredMark, bool)) {
    let color = if chosen { SELECTED } else { MARK };
    let width = if chosen { 2.5 } else { 1.75 };
    let shape = &mark.annotation.shape;
    for stroke in shape.strokes() {
        let mut points: Vec<Pos2> = on_screen(place, &stroke.points);
        if stroke.closed {
            points.extend(points.first().copied());
        }
        if stroke.auxiliary {
            for thin in [Stroke::new(3.0, Color32::BLACK), Stroke::new(1.25, color)] {
                painter.extend(Shape::dashed_line(&points, thin, 5.0, 5.0));
            }
        } else {
            cased(painter, points, (width, color));
        }
    }
    for (end, from) in shape.ticked_ends() {
        let (end, from) = (place.screen_from_image(end), place.screen_from_image(from));
        let across = 5.0 * (end - from).normalized().rot90();
        cased(painter, vec![end - across, end + across], (width, color));
    }
    match shape {
        radiograph::Shape::Arrow { tip, tail } => {
            let (tip, tail) = (
                place.screen_from_image(*tip),
                place.screen_from_image(*tail),
            );
            arrow_head(painter, (tip, tail), (width, color));
        }
        radiograph::Shape::Point(at) => {
            cross(painter, place.screen_from_image(*at), (width, color));
        }
        _ => {}
    }
}

fn on_screen(place: &Place, points: &[PixelPoint]) -> Vec<Pos2> {
    let to_screen = |point: &PixelPoint| place.screen_from_image(*point);
    points.iter().map(to_screen).collect()
}

/// Draws a line in a dark casing.
fn cased(painter: &Painter, points: Vec<Pos2>, (width, color): (f32, Color32)) {
    let casing = Stroke::new(width + 2.0, Color32::from_black_alpha(190));
    painter.add(Shape::line(points.clone(), casing));
    painter.add(Shape::line(points, Stroke::new(width, color)));
}

fn arrow_head(painter: &Painter, (tip, tail): (Pos2, Pos2), (width, color): (f32, Color32)) {
    let back = (tail - tip).normalized() * 14.0;
    let wings = [0.45_f32, -0.45].map(|turn| tip + egui::emath::Rot2::from_angle(turn) * back);
    cased(painter, vec![wings[0], tip, wings[1]], (width, color));
}

/// A cross that leaves its pixel free.
fn cross(painter: &Painter, at: Pos2, (width, color): (f32, Color32)) {
    for away in [
        vec2(1.0, 0.0),
        vec2(-1.0, 0.0),
        vec2(0.0, 1.0),
        vec2(0.0, -1.0),
    ] {
        cased(
            painter,
            vec![at + 3.0 * away, at + 9.0 * away],
            (width, color),
        );
    }
}

fn crosshair(painter: &Painter, at: Pos2) {
    for away in [
        vec2(1.0, 0.0),
        vec2(-1.0, 0.0),
        vec2(0.0, 1.0),
        vec2(0.0, -1.0),
    ] {
        let ends = vec![at + 4.0 * away, at + 16.0 * away];
        cased(painter, ends, (1.5, Color32::WHITE));
    }
}

fn handles(painter: &Painter, place: &Place, (mark, chosen): (&MeasuredMark, Option<usize>)) {
    for (index, at) in mark.annotation.shape.handles().into_iter().enumerate() {
        let rect = Rect::from_center_size(place.screen_from_image(at), Vec2::splat(HANDLE));
        let fill = if chosen == Some(index) {
            SELECTED
        } else {
            Color32::from_black_alpha(160)
        };
        painter.rect(
            rect,
            1.0,
            fill,
            Stroke::new(1.5, SELECTED),
            StrokeKind::Middle,
        );
    }
}

/// Writes what a mark is called and measures beside it; returns where.
fn words(
    painter: &Painter,
    stage: &Stage<'_>,
    (mark, chosen): (&MeasuredMark, bool),
    taken: &[Rect],
) -> Option<Rect> {
    let color = if chosen { SELECTED } else { MARK };
    let shape = &mark.annotation.shape;
    let label = fonts::legible(painter.ctx(), tools::label_of(&mark.annotation));
    let mut lines: Vec<String> = Some(label)
        .filter(|label| !label.is_empty())
        .into_iter()
        .collect();
    // Regions of a generated picture would be given numbers that were measured on the film.
    if !stage.synthetic {
        lines.extend(mark.measurement.lines_in(&retold));
        lines.extend(mark.measurement.doubt().map(retold));
    }
    let apart = mark.annotation.words_apart;
    beside(painter, stage.place, (shape, apart, lines), (color, taken))
}

/// Writes lines beside a shape, within the viewport and off other words.
fn beside(
    painter: &Painter,
    place: &Place,
    (shape, apart, lines): (&radiograph::Shape, Option<PixelPoint>, Vec<String>),
    (color, taken): (Color32, &[Rect]),
) -> Option<Rect> {
    let anchor = place.screen_from_image(shape.label_anchor());
    if lines.is_empty() || !place.rect.contains(anchor) {
        return None;
    }
    let text_mark = matches!(shape, radiograph::Shape::Text(_));
    let size = if text_mark { 16.0 } else { 13.0 };
    let galley = painter.layout_no_wrap(lines.join("\n"), FontId::proportional(size), color);
    let to = |point: PixelPoint| point_of(place.screen_from_image(point));
    let lines = drawn_lines(shape, to);
    let words = Words {
        kind: shape.kind(),
        anchor: point_of(anchor),
        size: (galley.size() + PLATE).into(),
        gap: 8.0,
        lines: &lines,
        // What the reader put somewhere on the film stays there at any zoom.
        apart: apart.map(|apart| {
            let at = shape.label_anchor();
            let put = PixelPoint {
                x: at.x + apart.x,
                y: at.y + apart.y,
            };
            let put = place.screen_from_image(put) - anchor;
            PixelPoint { x: put.x, y: put.y }
        }),
    };
    let taken: Vec<PixelRect> = taken.iter().map(flat).collect();
    let at = words.place(&flat(&place.rect.shrink(3.0)), &taken);
    if let Some([from, to]) = words.leader(&at) {
        let ends = vec![pos2(from.x, from.y), pos2(to.x, to.y)];
        cased(painter, ends, (1.0, color));
    }
    let ground = Rect::from_min_size(pos2(at.x, at.y), vec2(at.width, at.height));
    plate(painter, (ground, galley), color);
    Some(ground)
}

fn point_of(at: Pos2) -> PixelPoint {
    PixelPoint { x: at.x, y: at.y }
}

/// A rectangle of the screen in points, as the display takes those of pictures.
fn flat(rect: &Rect) -> PixelRect {
    PixelRect::new(rect.left(), rect.top(), rect.width(), rect.height())
}

fn plate(painter: &Painter, (ground, galley): (Rect, Arc<Galley>), color: Color32) {
    painter.rect_filled(ground, 2.0, Color32::from_black_alpha(150));
    painter.galley(ground.min + PLATE / 2.0, galley, color);
}

/// Draws the mark that is being drawn, with what it measures so far.
fn drawn_now(painter: &Painter, (stage, taken): (&Stage<'_>, &[Rect]), draft: &Draft) {
    for line in draft.lines() {
        cased(painter, on_screen(stage.place, &line), (2.0, SELECTED));
    }
    for &point in &draft.points {
        if draft.kind != radiograph::ShapeKind::Freehand {
            let at = stage.place.screen_from_image(point);
            painter.circle(at, 3.0, SELECTED, Stroke::new(1.0, Color32::BLACK));
        }
    }
    if let Some(radiograph::Shape::Arrow { tip, tail }) = draft.shape() {
        let ends = (
            stage.place.screen_from_image(tip),
            stage.place.screen_from_image(tail),
        );
        arrow_head(painter, ends, (2.0, SELECTED));
    }
    let at = radiograph::Shape::Point(draft.aim);
    let lines = draft.measurement.lines_in(&retold);
    beside(painter, stage.place, (&at, None, lines), (SELECTED, taken));
}
