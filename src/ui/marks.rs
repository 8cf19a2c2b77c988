//! What is drawn over a picture: titles, directions, boxes, lines.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::inspector::Inspector;
use super::language::tr_with;
use super::pane::Content;
use super::viewport::Place;
use super::{badges, corners, frames, lens, letters, theme};
use crate::anomaly::Outcome;
use crate::radiograph::PixelRect;
use crate::session::{Mix, OpenFilm, Session, Verdict, Words};

/// The width from which on a title strip has a switch for each link, in points. Narrower ones have
/// one for both and leave the room to the title.
pub(crate) const LINKS_FROM: f32 = 260.0;

/// Draws a viewport's title strip.
pub(crate) fn title(ui: &Ui, strip: Rect, content: &Content) {
    let (color, fill) = if content.synthetic {
        (theme::SYNTHETIC, Color32::from_rgb(46, 34, 6))
    } else {
        content
            .standing()
            .unwrap_or((theme::OVER_FILM, Color32::from_gray(34)))
    };
    let painter = ui.painter().with_clip_rect(strip);
    painter.rect_filled(strip, 0.0, fill);
    title_words(&painter, strip, (&content.title, color));
}

/// Draws the title strip of a viewport without a picture.
pub(crate) fn plain_title(painter: &Painter, strip: Rect, title: &str) {
    painter.rect_filled(strip, 0.0, Color32::from_gray(34));
    title_words(painter, strip, (title, theme::OVER_FILM));
}

fn title_words(painter: &Painter, strip: Rect, (title, color): (&str, Color32)) {
    let format = TextFormat::simple(FontId::proportional(13.0), color);
    let mut job = LayoutJob::single_section(title.to_owned(), format);
    // The switches of links stand on the right.
    let switches = if strip.width() < LINKS_FROM {
        26.0
    } else {
        125.0
    };
    job.wrap = TextWrapping::truncate_at_width(strip.width() - 12.0 - switches);
    let galley = painter.layout_job(job);
    let at = strip.left_center() + vec2(6.0, -galley.size().y / 2.0);
    painter.galley(at, galley, color);
}

/// Draws everything over the picture; returns where words stand.
pub(crate) fn over_picture(
    ui: &Ui,
    (session, open): (&Session, &OpenFilm),
    (content, inspector): (&Content, &Inspector),
    place: &Place,
) -> Vec<Rect> {
    let painter = ui.painter().with_clip_rect(place.rect);
    let selected = session.selected() == Some(content.film);
    if let Some(pixel) = inspector.pixel(open).filter(|_| inspector.open && selected) {
        inspected(&painter, pixel, place);
    }
    match content.mix {
        Some(Mix::Swipe(share)) => {
            swipe_line(&painter, place, (open, share));
        }
        Some(Mix::Lens(lens)) => lens::outline(&painter, place, (lens, open)),
        _ => {}
    }
    let outlined: Vec<&Arc<Outcome>> = match content.consensus {
        Some(_) => session.outcomes_of(content.reading),
        None => content.outcome.iter().collect(),
    };
    let raster = &open.layer.raster;
    let size = (raster.width(), raster.height());
    let views = outlined
        .iter()
        .filter_map(|outcome| outcome.partial_view(size.0, size.1));
    let views: Vec<PixelRect> = views.collect();
    for seen in &views {
        frames::outside(&painter, content, place.screen_corners(seen));
    }
    boxes(&painter, content, place);
    let mut taken = corners::corners(&painter, (session, open), content, place);
    if let Some(Mix::Difference(most)) = content.mix {
        let legend = lens::difference_legend(&painter, (place.rect, &taken), most);
        taken.push(legend);
    }
    if content.synthetic {
        taken.push(frames::synthetic_mark(&painter, place.rect).1);
    }
    let badges = badges::badges(session, content);
    taken.extend(badges::draw(&painter, place.rect, (&badges, &taken)));
    letters::letters(&painter, (open, content), (place.rect, &mut taken));
    if session.overlay().words == Words::All
        && let Some(probe) = inspector
            .probe(open)
            .filter(|_| inspector.hovered && selected)
    {
        taken.push(corners::probe(&painter, (place, &taken), probe));
    }
    if let Some(seen) = views.first() {
        let around = Rect::from_points(&place.screen_corners(seen));
        frames::outside_words(&painter, content, (place, around, &taken));
    }
    frames::frame(&painter, place.rect, content);
    taken
}

/// Draws the boxes of the regions above the threshold.
fn boxes(painter: &Painter, content: &Content, place: &Place) {
    if !content.boxes {
        return;
    }
    let reading = content.reading;
    let model = content.outcome.as_ref().map(|outcome| &outcome.model);
    let answer = model.and_then(|model| reading.answer(model));
    let regions = answer.map_or(reading.regions(), |answer| &answer.regions);
    let listed = std::ptr::eq(regions, reading.regions());
    for (index, region) in regions.iter().enumerate() {
        let corners = place.screen_corners(&region.bounds);
        let chosen = listed && reading.region == Some(index);
        let judged = model.and_then(|model| reading.pace().judged(model, region));
        let verdict = judged.map(|judged| judged.verdict);
        numbered_box(painter, corners, (region.id, verdict), chosen);
    }
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

/// A white box in a dark casing: visible on any grey, and told apart by its number. A region that
/// the reader rejected has a broken one.
fn numbered_box(
    painter: &Painter,
    corners: [Pos2; 4],
    (number, verdict): (usize, Option<Verdict>),
    chosen: bool,
) {
    let width = if chosen { 3.0 } else { 1.5 };
    let casing = Stroke::new(width + 2.5, Color32::from_black_alpha(200));
    let line = Stroke::new(width, Color32::WHITE);
    let [first, ..] = corners;
    if verdict == Some(Verdict::Rejected) {
        let around: Vec<Pos2> = corners.into_iter().chain([first]).collect();
        painter.extend(Shape::dashed_line(&around, casing, 3.0, 6.0));
        painter.extend(Shape::dashed_line(&around, line, 3.0, 6.0));
    } else {
        painter.add(Shape::closed_line(corners.to_vec(), casing));
        painter.add(Shape::closed_line(corners.to_vec(), line));
    }
    let words = match verdict {
        None => number.to_string(),
        Some(Verdict::Accepted) => tr_with("{number} accepted", &[("number", &number)]),
        Some(Verdict::Rejected) => tr_with("{number} rejected", &[("number", &number)]),
    };
    let (text, fill) = if chosen {
        (Color32::BLACK, Color32::WHITE)
    } else {
        (Color32::WHITE, Color32::from_black_alpha(220))
    };
    let galley = painter.layout_no_wrap(words, FontId::proportional(13.0), text);
    let label = Rect::from_min_size(
        pos2(first.x - 1.0, first.y - galley.size().y - 2.0),
        galley.size() + vec2(7.0, 2.0),
    );
    painter.rect_filled(label, 0.0, fill);
    painter.galley(label.min + vec2(3.5, 1.0), galley, text);
}

/// Draws the line between original and counterpart: a column of the film, turned where that is.
fn swipe_line(painter: &Painter, place: &Place, (open, share): (&OpenFilm, f32)) {
    let [top, bottom] = place.column(open, share);
    let along = (bottom - top).normalized();
    let far = place.rect.width() + place.rect.height();
    let at = |y: f32| top + along * ((y - top.y) / along.y.abs().max(0.01));
    let handle = at(place.rect.center().y);
    let ends = [handle - far * along, handle + far * along];
    painter.line_segment(ends, Stroke::new(4.0, Color32::BLACK));
    painter.line_segment(ends, Stroke::new(2.0, theme::SYNTHETIC));
    painter.circle(
        handle,
        7.0,
        theme::SYNTHETIC,
        Stroke::new(2.0, Color32::BLACK),
    );
}
