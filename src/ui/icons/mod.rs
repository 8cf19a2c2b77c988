//! Small drawings beside the words of buttons: lines of this program's own, in the words' colour, so
//! that they stay readable in a dim room.

mod parts;

use egui::{Atom, Color32, Painter, Pos2, Rect, Shape, Stroke, vec2};

use crate::radiograph::ShapeKind;
use crate::session::{Compare, Mix, Tick, Tool};

/// The side of a drawing, in points.
pub(crate) const SIDE: f32 = 15.0;

/// What a drawing stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    /// Opening files.
    File,
    /// Opening a folder.
    Folder,
    /// The window: half dark, half bright.
    Contrast,
    /// Moving the image.
    Move,
    /// Zooming.
    Zoom,
    /// The magnifier.
    Magnifier,
    /// A length.
    Length,
    /// An angle.
    Angle,
    /// An ellipse.
    Ellipse,
    /// An arrow.
    Arrow,
    /// Words.
    Text,
    /// Taking back.
    Undo,
    /// Doing again.
    Redo,
    /// A key image.
    Star,
    /// Greys turned over.
    Invert,
    /// The whole image.
    Fit,
    /// Pixel for pixel.
    Pixels,
    /// Asking the models.
    Analyse,
    /// Stopping.
    Stop,
    /// Side by side.
    Beside,
    /// One over the other.
    Fade,
    /// A line between both.
    Swipe,
    /// One after the other.
    Blink,
    /// A circle of the other.
    Lens,
    /// The difference.
    Difference,
    /// Several models.
    Models,
    /// Where models agree.
    Agreement,
    /// Viewports that go along with each other.
    Link,
    /// On.
    Checked,
    /// Off.
    Unchecked,
    /// The one of several.
    Chosen,
    /// Another of several.
    Unchosen,
}

/// A part of a drawing, in sixteenths of its side.
enum Part {
    Line(&'static [(f32, f32)]),
    Circle((f32, f32), f32),
    Disc((f32, f32), f32),
    Box((f32, f32), (f32, f32)),
    Filled(&'static [(f32, f32)]),
}

use Part::{Box as Frame, Circle, Disc, Filled, Line};
use parts::parts;

/// Returns a drawing to stand beside a button's words.
pub(crate) fn icon(icon: Icon) -> Atom<'static> {
    Atom::paint(vec2(SIDE, SIDE), move |ui, args| {
        draw(ui.painter(), args.rect, icon, args.fallback_text_color);
    })
}

/// Returns the drawing before a menu's entry: a tick in a box, a dot in a circle, each empty while it
/// is not so; room alone where nothing can be ticked.
pub(crate) fn tick(tick: Option<Tick>) -> Atom<'static> {
    Atom::paint(vec2(SIDE, SIDE), move |ui, args| {
        let Some(tick) = tick else {
            return;
        };
        let strength = if tick.on() { 1.0 } else { 0.45 };
        let color = args.fallback_text_color.gamma_multiply(strength);
        let shape = match tick {
            Tick::Check(true) => Icon::Checked,
            Tick::Check(false) => Icon::Unchecked,
            Tick::Radio(true) => Icon::Chosen,
            Tick::Radio(false) => Icon::Unchosen,
        };
        draw(ui.painter(), args.rect, shape, color);
    })
}

/// Returns the drawing of a tool; none for those without a button of their own.
pub(crate) fn of_tool(tool: Tool) -> Option<Icon> {
    Some(match tool {
        Tool::Window => Icon::Contrast,
        Tool::Pan => Icon::Move,
        Tool::Zoom => Icon::Zoom,
        Tool::Magnifier => Icon::Magnifier,
        Tool::Draw(ShapeKind::Length) => Icon::Length,
        Tool::Draw(ShapeKind::Angle) => Icon::Angle,
        Tool::Draw(ShapeKind::Ellipse) => Icon::Ellipse,
        Tool::Draw(ShapeKind::Arrow) => Icon::Arrow,
        Tool::Draw(ShapeKind::Text) => Icon::Text,
        Tool::Draw(_) => return None,
    })
}

/// Returns the drawing of a way to compare.
pub(crate) fn of_comparison(compare: Compare) -> Icon {
    match compare {
        Compare::SideBySide => Icon::Beside,
        Compare::Mixed(Mix::Fade(_)) => Icon::Fade,
        Compare::Mixed(Mix::Swipe(_)) => Icon::Swipe,
        Compare::Mixed(Mix::Blink(_)) => Icon::Blink,
        Compare::Mixed(Mix::Lens(_)) => Icon::Lens,
        Compare::Mixed(Mix::Difference(_)) => Icon::Difference,
        Compare::Models(_) => Icon::Models,
        Compare::Agreement => Icon::Agreement,
    }
}

fn draw(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let unit = rect.width() / 16.0;
    let at = |(x, y): (f32, f32)| -> Pos2 { rect.min + unit * vec2(x, y) };
    let points = |places: &[(f32, f32)]| places.iter().map(|place| at(*place)).collect();
    let stroke = Stroke::new(1.4 * unit.max(1.0), color);
    for part in parts(icon) {
        painter.add(match part {
            Line(places) => Shape::line(points(places), stroke),
            Circle(center, radius) => Shape::circle_stroke(at(*center), radius * unit, stroke),
            Disc(center, radius) => Shape::circle_filled(at(*center), radius * unit, color),
            Frame(min, max) => {
                let corners = [*min, (max.0, min.1), *max, (min.0, max.1)];
                Shape::closed_line(points(&corners), stroke)
            }
            Filled(places) => Shape::convex_polygon(points(places), color, Stroke::NONE),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_stay_on_their_ground() {
        let all = Icon::File as usize..=Icon::Unchosen as usize;
        assert_eq!(all.count(), ALL.len());
        for icon in ALL {
            for part in parts(icon) {
                let places: Vec<(f32, f32)> = match part {
                    Line(places) | Filled(places) => places.to_vec(),
                    Frame(min, max) => vec![*min, *max],
                    Circle((x, y), r) | Disc((x, y), r) => vec![(x - r, y - r), (x + r, y + r)],
                };
                let inside =
                    |(x, y): &(f32, f32)| (0.0..=16.0).contains(x) && (0.0..=16.0).contains(y);
                assert!(places.iter().all(inside), "{icon:?}");
            }
        }
    }

    const ALL: [Icon; 32] = [
        Icon::File,
        Icon::Folder,
        Icon::Contrast,
        Icon::Move,
        Icon::Zoom,
        Icon::Magnifier,
        Icon::Length,
        Icon::Angle,
        Icon::Ellipse,
        Icon::Arrow,
        Icon::Text,
        Icon::Undo,
        Icon::Redo,
        Icon::Star,
        Icon::Invert,
        Icon::Fit,
        Icon::Pixels,
        Icon::Analyse,
        Icon::Stop,
        Icon::Beside,
        Icon::Fade,
        Icon::Swipe,
        Icon::Blink,
        Icon::Lens,
        Icon::Difference,
        Icon::Models,
        Icon::Agreement,
        Icon::Link,
        Icon::Checked,
        Icon::Unchecked,
        Icon::Chosen,
        Icon::Unchosen,
    ];
}
