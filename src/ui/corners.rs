//! The words in a viewport's corners: whom it shows, through which window, what a model said.

use egui::{Align2, Color32, Painter, Rect, Stroke, vec2};

use super::block::{Block, below};
use super::language::{filled, retold, tr, tr_with};
use super::pane::Content;
use super::viewport::Place;
use super::{agreement, fonts, frames, legend, theme};
use crate::display::ScaleBar;
use crate::radiograph::{Polarity, Source, Voi, readable_date};
use crate::session::{Mix, OpenFilm, Session, Words};

/// The width below which a viewport says the zoom alone of its greys, in points: the tool bar has the
/// active one's window.
const CROWDED_POINTS: f32 = 240.0;

/// The height below which a viewport says the window's numbers and the zoom alone, in points: the scale
/// bar has the unit, the tool bar whose window it is.
const LOW_POINTS: f32 = 340.0;

/// About how high a line of words is, in points.
const LINE_POINTS: f32 = 15.0;

/// Draws the words of the corners as far as they are wanted; returns where they stand.
pub(crate) fn corners(
    painter: &Painter,
    (session, open): (&Session, &OpenFilm),
    content: &Content,
    place: &Place,
) -> Vec<Rect> {
    let words = session.overlay().words;
    if words == Words::None {
        return Vec::new();
    }
    let rect = place.rect.shrink2(vec2(8.0, 7.0));
    // The SYNTHETIC mark keeps the first lines for itself.
    let mut top = rect.left_top();
    if content.synthetic {
        top.y = frames::synthetic_mark(painter, place.rect).1.bottom() + 2.0;
    }
    // A small viewport is left to its film: the person comes first, and lesser words go.
    let most = (rect.height() / 3.0 / LINE_POINTS) as usize;
    let mut identity = identity_lines(painter.ctx(), open);
    identity.truncate(most.max(1));
    let identity = Block::new(painter, rect.width(), &identity);
    let mut taken = vec![identity.draw(painter, (top, Align2::LEFT_TOP))];
    let all = words == Words::All;
    let narrow = rect.width() < 420.0;
    let mut said = said_lines(session, content);
    said.truncate(most);
    let mapped = content.cut.is_some() || content.consensus.is_some();
    let legended = mapped || matches!(content.mix, Some(Mix::Difference(_)));
    // Two blocks side by side do not fit into a narrow viewport: the map's own words matter more.
    if !(narrow && legended && all) {
        let share = if narrow || said.is_empty() { 1.0 } else { 0.5 };
        let mut lines = match all {
            true if rect.height() < LOW_POINTS => low_lines(painter.ctx(), content, place),
            true => grey_lines(painter.ctx(), content, (open, place)),
            false => vec![zoom_words(painter.ctx(), place)],
        };
        lines.extend(filtering_line(content).filter(|_| all));
        if lines.len() > most || rect.width() < CROWDED_POINTS {
            lines = vec![zoom_words(painter.ctx(), place)];
        }
        let ground = Block::new(painter, rect.width() * share, &lines)
            .draw(painter, (rect.left_bottom(), Align2::LEFT_BOTTOM));
        let bar = scale_bar(painter, ground.left_top() - vec2(0.0, 8.0), (open, place));
        taken.extend([ground, bar]);
    }
    if all && (!narrow || legended) {
        let at = (rect.right_bottom(), Align2::RIGHT_BOTTOM);
        let ground = Block::new(painter, rect.width() * 0.9, &said).draw(painter, at);
        taken.push(ground);
        let at = egui::pos2(rect.right(), ground.top() - 8.0);
        let colormap = session.overlay().colormap;
        if let Some(cut) = &content.cut {
            taken.push(legend::over_picture(painter, at, cut, colormap));
        }
        if let Some(consensus) = content.consensus {
            let legend = agreement::legend_over_picture(painter, at, consensus, colormap);
            taken.push(legend);
        }
    }
    taken
}

/// Draws the pixel under the pointer at the right edge, as high as nothing else is said; returns
/// where.
pub(crate) fn probe(painter: &Painter, (place, taken): (&Place, &[Rect]), line: String) -> Rect {
    let rect = place.rect.shrink2(vec2(8.0, 7.0));
    let block = Block::new(painter, rect.width(), &[line]);
    let highest = block.rect((rect.right_top(), Align2::RIGHT_TOP));
    let at = below(highest, taken).right_top();
    block.draw(painter, (at, Align2::RIGHT_TOP))
}

/// Draws a round length of the film with its left end at a point, and says where it holds; returns
/// where it stands.
fn scale_bar(painter: &Painter, left: egui::Pos2, (open, place): (&OpenFilm, &Place)) -> Rect {
    let zoom = place.view.zoom;
    let most = (place.rect.width() / 4.0).min(200.0) / zoom;
    let bar = ScaleBar::new(open.film.radiograph.spacing.as_ref(), most);
    let right = left + vec2(bar.columns * zoom, 0.0);
    let tick = vec2(0.0, 4.0);
    let lines = [
        [left, right],
        [left - tick, left + tick],
        [right - tick, right + tick],
    ];
    for (width, color) in [(3.5, Color32::BLACK), (1.5, theme::OVER_FILM)] {
        for ends in lines {
            painter.line_segment(ends, Stroke::new(width, color));
        }
    }
    let above = left - vec2(0.0, 6.0);
    let width = place.rect.right() - above.x - 8.0;
    let words = Block::new(
        painter,
        width,
        &[format!("{} {}", bar.length, tr(bar.unit))],
    );
    let words = words.draw(painter, (above, Align2::LEFT_BOTTOM));
    words.union(Rect::from_two_pos(left - tick, right + tick))
}

fn identity_lines(context: &egui::Context, open: &OpenFilm) -> Vec<String> {
    let (source, identity) = (&open.film.source, &open.film.identity);
    let mut lines = Vec::new();
    let born = identity.birth_date.as_deref().map(readable_date);
    let born = born.map(|date| tr_with("born {date}", &[("date", &date)]));
    let facts = [&identity.patient_id, &identity.sex, &born];
    let facts = facts.into_iter().flatten();
    let mut person: Vec<String> = fonts::name(context, identity).into_iter().collect();
    person.extend(facts.map(|fact| fonts::legible(context, fact)));
    if !person.is_empty() {
        lines.push(person.join(" · "));
    }
    lines.push(fonts::legible(context, &open.film.name()));
    let taken = identity.study_date.as_deref().map(readable_date);
    let view = [&source.modality, &source.view_position, &taken];
    let view: Vec<&str> = view.into_iter().flatten().map(String::as_str).collect();
    if !view.is_empty() {
        lines.push(view.join(" · "));
    }
    lines.extend(frame_line(source));
    // Why is said in the panel: the whole would lie over the apices.
    if !source.departures.is_empty() {
        lines.push(tr("not original samples").to_owned());
    }
    match (&source.orientation, &source.laterality) {
        (Some(_), _) => {}
        (None, Some(side)) => lines.push(tr_with(
            "laterality {side}; orientation not stated",
            &[("side", &side)],
        )),
        (None, None) => lines.push(tr("side: not stated").to_owned()),
    }
    lines
}

/// Says which frame of a file with several is seen.
fn frame_line(source: &Source) -> Option<String> {
    let count = source.later_frames + 1;
    (count > 1).then(|| tr_with("frame 1 of {count}", &[("count", &count)]))
}

/// The lines about greys where more of them would lie over the lungs.
fn low_lines(context: &egui::Context, content: &Content, place: &Place) -> Vec<String> {
    let named = content.presentation.named_voi();
    vec![greys_words(&named.voi), zoom_words(context, place)]
}

fn greys_words(voi: &Voi) -> String {
    match voi {
        Voi::Window(_) => tr_with("window {numbers}", &[("numbers", &voi.numbers())]),
        Voi::Table(_) => tr_with("VOI LUT {numbers}", &[("numbers", &voi.numbers())]),
    }
}

fn grey_lines(
    context: &egui::Context,
    content: &Content,
    (open, place): (&OpenFilm, &Place),
) -> Vec<String> {
    let presentation = &content.presentation;
    let named = presentation.named_voi();
    let greys = greys_words(&named.voi);
    let source = fonts::legible(
        context,
        &tr_with("VOI {source}", &[("source", &retold(&named.source()))]),
    );
    let polarity = match (open.film.radiograph.polarity, presentation.inverted) {
        (Polarity::Identity, false) => None,
        (Polarity::Inverse, false) => Some(tr("inverse, as the file says")),
        (Polarity::Identity, true) => Some(tr("INVERTED by hand; the file: not inverse")),
        (Polarity::Inverse, true) => Some(tr("INVERTED by hand; the file: inverse")),
    };
    let raster = &open.layer.raster;
    let size = (raster.width(), raster.height());
    let spacing = match &open.film.radiograph.spacing {
        Some(spacing) if open.film.radiograph.square_size() != size => tr_with(
            "{column} × {row} {unit} a pixel, drawn true",
            &[
                ("column", &format_args!("{:.3}", spacing.column_mm)),
                ("row", &format_args!("{:.3}", spacing.row_mm)),
                ("unit", &tr(spacing.unit())),
            ],
        ),
        Some(spacing) => tr_with(
            "{column} {unit} a pixel",
            &[
                ("column", &format_args!("{:.3}", spacing.column_mm)),
                ("unit", &tr(spacing.unit())),
            ],
        ),
        None => tr("pixel size not stated").to_owned(),
    };
    let mut lines = vec![greys, source];
    lines.extend(polarity.map(str::to_owned));
    lines.extend(drawn_line(open));
    lines.extend([zoom_words(context, place), spacing]);
    lines
}

fn zoom_words(context: &egui::Context, place: &Place) -> String {
    let zoom = place.view.zoom * context.pixels_per_point() * 100.0;
    tr_with("zoom {zoom} %", &[("zoom", &format_args!("{zoom:.0}"))])
}

/// Returns what the file draws over the film, and whether it is seen.
fn drawn_line(open: &OpenFilm) -> Option<String> {
    let (graphics, shown) = (&open.film.graphics, open.presentation.shown);
    let mut parts = Vec::new();
    if !graphics.overlays.is_empty() {
        let count = graphics.overlays.len();
        let words = match (count, shown.overlays) {
            (1, true) => tr("1 overlay of the file"),
            (1, false) => tr("1 overlay of the file hidden"),
            (_, true) => tr("{count} overlays of the file"),
            (_, false) => tr("{count} overlays of the file hidden"),
        };
        parts.push(filled(words, &[("count", &count)]));
    }
    if let Some(shutter) = &graphics.shutter {
        let words = match shown.shutter {
            true => tr("{shapes} shutter"),
            false => tr("{shapes} shutter off"),
        };
        parts.push(filled(words, &[("shapes", &tr(&shutter.words()))]));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn filtering_line(content: &Content) -> Option<String> {
    let reading = Some(content.reading).filter(|reading| reading.filtering())?;
    let name = reading.filter()?.kind.name();
    Some(tr_with("{name} is being computed", &[("name", &tr(name))]))
}

fn said_lines(session: &Session, content: &Content) -> Vec<String> {
    if let Some(consensus) = content.consensus {
        let votes = consensus.agreement.votes.iter();
        let titles = votes.map(|vote| session.shelf().title(&vote.model));
        let titles: Vec<String> = titles.collect();
        return vec![
            titles.join(", "),
            tr("models above their threshold").to_owned(),
        ];
    }
    let Some(outcome) = &content.outcome else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "{} · {}",
        session.shelf().title(&outcome.model),
        outcome.device
    )];
    if let Some(cut) = &content.cut {
        lines.push(tr_with(
            "threshold {value} {unit}",
            &[
                ("value", &format_args!("{:.2}", cut.value)),
                ("unit", &tr(&cut.map.unit)),
            ],
        ));
    }
    lines
}
