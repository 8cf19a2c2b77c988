//! Lines of words over a film, each on a ground of its own width.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Vec2, pos2, vec2};

use super::theme;

/// Lines that are laid out and not drawn yet.
pub(crate) struct Block {
    galleys: Vec<Arc<Galley>>,
    size: Vec2,
}

impl Block {
    /// Lays lines out, each cut to a width.
    pub(crate) fn new(painter: &Painter, width: f32, lines: &[String]) -> Self {
        let format = TextFormat::simple(FontId::proportional(12.0), theme::OVER_FILM);
        let galleys = lines.iter().map(|line| {
            let mut job = LayoutJob::single_section(line.clone(), format.clone());
            job.wrap = TextWrapping::truncate_at_width(width.max(1.0));
            painter.layout_job(job)
        });
        let galleys: Vec<_> = galleys.collect();
        let size = galleys.iter().fold(Vec2::ZERO, |size, galley| {
            vec2(size.x.max(galley.size().x), size.y + galley.size().y)
        });
        Self { galleys, size }
    }

    /// Returns where it would stand.
    pub(crate) fn rect(&self, (at, align): (Pos2, Align2)) -> Rect {
        align.anchor_size(at, self.size)
    }

    /// Draws it; returns where it stands.
    pub(crate) fn draw(self, painter: &Painter, (at, align): (Pos2, Align2)) -> Rect {
        let whole = self.rect((at, align));
        let mut y = whole.top();
        for galley in self.galleys {
            let x = match align.x() {
                Align::Max => whole.right() - galley.size().x,
                _ => whole.left(),
            };
            // No line darkens more of the film than it needs.
            let ground = Rect::from_min_size(pos2(x, y), galley.size());
            let dark = Color32::from_black_alpha(130);
            painter.rect_filled(ground.expand2(vec2(3.0, 0.0)), 2.0, dark);
            y = ground.bottom();
            painter.galley(ground.min, galley, theme::OVER_FILM);
        }
        whole
    }
}

/// Moves a place down until none of those that are taken lies over it.
pub(crate) fn below(mut place: Rect, taken: &[Rect]) -> Rect {
    let mut taken: Vec<&Rect> = taken.iter().collect();
    taken.sort_by(|a, b| a.top().total_cmp(&b.top()));
    for other in taken {
        if other.expand(GAP - 1.0).intersects(place) {
            place = place.translate(vec2(0.0, other.bottom() + GAP - place.top()));
        }
    }
    place
}

/// Moves a place up until none of those that are taken lies over it.
pub(crate) fn above(mut place: Rect, taken: &[Rect]) -> Rect {
    let mut taken: Vec<&Rect> = taken.iter().collect();
    taken.sort_by(|a, b| b.bottom().total_cmp(&a.bottom()));
    for other in taken {
        if other.expand(GAP - 1.0).intersects(place) {
            place = place.translate(vec2(0.0, other.top() - GAP - place.bottom()));
        }
    }
    place
}

/// How far what is moved stays off what was in its way, in points.
const GAP: f32 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(x, y), vec2(width, height))
    }

    #[test]
    fn what_is_moved_stands_clear_of_everything() {
        let taken = [
            rect(0.0, 60.0, 80.0, 20.0),
            rect(0.0, 0.0, 50.0, 40.0),
            rect(0.0, 42.0, 50.0, 10.0),
        ];
        let wanted = rect(40.0, 5.0, 60.0, 15.0);
        assert_eq!(below(wanted, &taken).top(), 83.0);
        let wanted = rect(40.0, 70.0, 60.0, 15.0);
        assert_eq!(above(wanted, &taken).bottom(), -3.0);
        let free = rect(90.0, 5.0, 60.0, 15.0);
        assert_eq!(below(free, &taken), free);
    }
}
