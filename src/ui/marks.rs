//! What is drawn over a picture: frames, directions, boxes, lines.

use egui::{Align2, Color32, FontId, Painter, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::inspector::Inspector;
use super::pane::Content;
use super::viewport::Place;
use super::{badges, corners, theme};
use crate::anomaly::Outcome;
use crate::display::{OUTSIDE_COUNTERPART, OUTSIDE_MAP, SYNTHETIC_MARK};
use crate::radiograph::{PixelPoint, PixelRect};
use crate::session::{OpenFilm, Session};

/// Draws a viewport's title strip.
pub(crate) fn title(ui: &Ui, strip: Rect, content: &Content) {
    let (color, fill) = if content.synthetic {
        (theme::SYNTHETIC, Color32::from_rgb(46, 34, 6))
    } else {
        (theme::OVER_FILM, Color32::from_gray(34))
    };
    let painter = ui.painter().with_clip_rect(strip);
    painter.rect_filled(strip, 0.0, fill);
    let font = FontId::proportional(13.0);
    painter.text(
        strip.left_center() + vec2(6.0, 0.0),
        Align2::LEFT_CENTER,
        &content.title,
        font,
        color,
    );
}

/// Draws everything over the picture.
pub(crate) fn over_picture(
    ui: &Ui,
    (session, open): (&Session, &OpenFilm),
    (content, inspector): (&Content, &Inspector),
    place: &Place,
) {
    let painter = ui.painter().with_clip_rect(place.rect);
    if let Some(pixel) = inspector.pixel(open).filter(|_| inspector.open) {
        inspected(&painter, pixel, place);
    }
    if let Some(share) = content.swipe {
        swipe_line(&painter, place, share * open.layer.raster.width() as f32);
    }
    if let Some(outcome) = &content.outcome {
        outside(&painter, (content, outcome), open, place);
    }
    if content.consensus {
        for outcome in session.outcomes() {
            outside(&painter, (content, outcome), open, place);
        }
    }
    if content.boxes
        && let Some(reading) = session.reading()
    {
        let model = content.outcome.as_ref().map(|outcome| &outcome.model);
        let answer = model.and_then(|model| reading.answer(model));
        let regions = answer.map_or(reading.regions(), |answer| &answer.regions);
        let listed = std::ptr::eq(regions, reading.regions());
        for (index, region) in regions.iter().enumerate() {
            let rect = place.screen_rect(&region.bounds);
            let chosen = listed && reading.region == Some(index);
            numbered_box(&painter, rect, region.id, chosen);
        }
    }
    letters(&painter, (open, content), place.rect);
    if session.overlay().words {
        corners::corners(&painter, (session, open), content, place);
        if let Some(probe) = inspector.probe(open).filter(|_| inspector.hovered) {
            corners::probe(&painter, content, (place, probe));
        }
    }
    badges::draw(&painter, place.rect, &badges::badges(content, open));
    frame(&painter, place.rect, content.synthetic);
}

/// Marks the pixel that the inspector follows: four lines that leave it free.
fn inspected(painter: &Painter, (x, y): (usize, usize), place: &Place) {
    let pixel = place.screen_rect(&PixelRect::new(x as f32, y as f32, 1.0, 1.0));
    let free = pixel.expand(2.0);
    let center = pixel.center();
    for (near, away) in [
        (free.left_center(), vec2(-8.0, 0.0)),
        (free.right_center(), vec2(8.0, 0.0)),
        (free.center_top(), vec2(0.0, -8.0)),
        (free.center_bottom(), vec2(0.0, 8.0)),
    ] {
        let near = if away.x == 0.0 {
            pos2(center.x, near.y)
        } else {
            pos2(near.x, center.y)
        };
        let ends = [near, near + away];
        painter.line_segment(ends, Stroke::new(3.5, Color32::BLACK));
        painter.line_segment(ends, Stroke::new(1.5, Color32::from_rgb(240, 228, 66)));
    }
}

/// Draws the outline of the part of the film that a model looked at, where that is not all of it,
/// and says what lies beyond it.
fn outside(
    painter: &Painter,
    (content, outcome): (&Content, &Outcome),
    open: &OpenFilm,
    place: &Place,
) {
    let raster = &open.layer.raster;
    let Some(seen) = outcome.partial_view(raster.width(), raster.height()) else {
        return;
    };
    let (color, words) = if content.synthetic {
        (theme::SYNTHETIC, OUTSIDE_COUNTERPART)
    } else {
        (theme::OVER_FILM, OUTSIDE_MAP)
    };
    let rect = place.screen_rect(&seen);
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    painter.add(Shape::line(
        corners.to_vec(),
        Stroke::new(3.0, Color32::BLACK),
    ));
    painter.extend(Shape::dashed_line(
        &corners,
        Stroke::new(1.5, color),
        4.0,
        4.0,
    ));
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::proportional(12.0), color);
    let size = galley.size();
    // Within the outline at its top, below the mark of generated pictures: the lower corners are full.
    let visible = rect.intersect(place.rect);
    let top = (visible.top() + 5.0).max(place.rect.top() + 32.0);
    let left = visible.center().x - size.x / 2.0;
    let ground = Rect::from_min_size(pos2(left, top), size);
    painter.rect_filled(ground.expand(2.0), 2.0, Color32::from_black_alpha(190));
    painter.galley(ground.min, galley, color);
}

/// Draws the outline of the viewport that has the keyboard's focus.
pub(crate) fn focus(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(2.0, Color32::from_rgb(120, 190, 255));
    ui.painter()
        .rect_stroke(rect.shrink(5.0), 0.0, stroke, StrokeKind::Inside);
}

/// A generated picture has a dashed amber frame and says so, at any zoom.
fn frame(painter: &Painter, rect: Rect, synthetic: bool) {
    if !synthetic {
        let stroke = Stroke::new(1.0, Color32::from_gray(90));
        painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
        return;
    }
    let inner = rect.shrink(2.0);
    let path = [
        inner.left_top(),
        inner.right_top(),
        inner.right_bottom(),
        inner.left_bottom(),
        inner.left_top(),
    ];
    painter.rect_stroke(
        inner,
        0.0,
        Stroke::new(4.0, Color32::BLACK),
        StrokeKind::Middle,
    );
    painter.extend(Shape::dashed_line(
        &path,
        Stroke::new(3.0, theme::SYNTHETIC),
        9.0,
        6.0,
    ));
    let font = FontId::proportional(14.0);
    let galley = painter.layout_no_wrap(SYNTHETIC_MARK.to_owned(), font, theme::SYNTHETIC);
    let at = pos2(rect.center().x - galley.size().x / 2.0, rect.top() + 8.0);
    let behind = Rect::from_min_size(at, galley.size()).expand2(vec2(6.0, 2.0));
    painter.rect_filled(behind, 2.0, Color32::from_black_alpha(220));
    painter.galley(at, galley, theme::SYNTHETIC);
}

/// A white box in a dark casing: visible on any grey, and told apart by its number.
fn numbered_box(painter: &Painter, rect: Rect, number: usize, chosen: bool) {
    let width = if chosen { 3.0 } else { 1.5 };
    let casing = Stroke::new(width + 2.5, Color32::from_black_alpha(200));
    painter.rect_stroke(rect, 0.0, casing, StrokeKind::Middle);
    painter.rect_stroke(
        rect,
        0.0,
        Stroke::new(width, Color32::WHITE),
        StrokeKind::Middle,
    );
    let (text, fill) = if chosen {
        (Color32::BLACK, Color32::WHITE)
    } else {
        (Color32::WHITE, Color32::from_black_alpha(220))
    };
    let galley = painter.layout_no_wrap(number.to_string(), FontId::proportional(13.0), text);
    let label = Rect::from_min_size(
        pos2(rect.left() - 1.0, rect.top() - galley.size().y - 2.0),
        galley.size() + vec2(7.0, 2.0),
    );
    painter.rect_filled(label, 0.0, fill);
    painter.galley(label.min + vec2(3.5, 1.0), galley, text);
}

fn swipe_line(painter: &Painter, place: &Place, x_in_image: f32) {
    let x = place
        .screen_from_image(PixelPoint {
            x: x_in_image,
            y: 0.0,
        })
        .x;
    let ends = [pos2(x, place.rect.top()), pos2(x, place.rect.bottom())];
    painter.line_segment(ends, Stroke::new(4.0, Color32::BLACK));
    painter.line_segment(ends, Stroke::new(2.0, theme::SYNTHETIC));
    let handle = pos2(x, place.rect.center().y);
    painter.circle(
        handle,
        7.0,
        theme::SYNTHETIC,
        Stroke::new(2.0, Color32::BLACK),
    );
}

/// Draws the directions at the edges, from the file's orientation and from nothing else.
fn letters(painter: &Painter, (open, content): (&OpenFilm, &Content), rect: Rect) {
    let Some((row, column)) = &open.film.source.orientation else {
        return;
    };
    let rect = rect.shrink(10.0);
    // The mark of generated pictures has the upper edge for itself.
    let below_mark = if content.synthetic { 26.0 } else { 0.0 };
    for (at, align, text) in [
        (rect.right_center(), Align2::RIGHT_CENTER, row.clone()),
        (rect.left_center(), Align2::LEFT_CENTER, opposite(row)),
        (rect.center_bottom(), Align2::CENTER_BOTTOM, column.clone()),
        (
            rect.center_top() + vec2(0.0, below_mark),
            Align2::CENTER_TOP,
            opposite(column),
        ),
    ] {
        shadowed(painter, (at, align), &text);
    }
}

fn shadowed(painter: &Painter, (at, align): (egui::Pos2, Align2), text: &str) {
    let font = FontId::proportional(18.0);
    painter.text(
        at + vec2(1.0, 1.0),
        align,
        text,
        font.clone(),
        Color32::BLACK,
    );
    painter.text(at, align, text, font, theme::OVER_FILM);
}

fn opposite(directions: &str) -> String {
    directions
        .chars()
        .map(|direction| match direction {
            'L' => 'R',
            'R' => 'L',
            'A' => 'P',
            'P' => 'A',
            'H' => 'F',
            'F' => 'H',
            other => other,
        })
        .collect()
}
