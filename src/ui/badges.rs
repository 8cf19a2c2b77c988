//! What a viewport must never show without saying so: another patient, a prior, greys turned over
//! by hand, filters, and results that are flagged; and that it is a key image.

use std::sync::Arc;

use egui::{Align2, Color32, FontId, Galley, Painter, Rect, vec2};

use super::block::below;
use super::language::{retold, tr};
use super::pane::Content;
use super::{annotations, gate, theme};
use crate::session::Session;

/// A mark that stays whatever words are hidden.
pub(crate) struct Badge {
    /// What it says.
    pub(crate) words: String,
    color: Color32,
}

/// Returns the badges of a viewport, from the top down.
pub(crate) fn badges(session: &Session, content: &Content) -> Vec<Badge> {
    let mut badges = Vec::new();
    let mut add = |words: String, color| badges.push(Badge { words, color });
    if let Some(patient) = content.relations.patient {
        add(tr(patient.words()).to_owned(), theme::OTHER_PATIENT);
    }
    if let Some(prior) = &content.relations.prior {
        add(retold(prior), theme::PRIOR);
    }
    if let Some(aligned) = &content.relations.aligned {
        add(retold(aligned), theme::OVER_FILM);
    }
    if content.reading.is_derived() {
        add(tr("PICTURE OF A FILM").to_owned(), theme::WARNING);
    }
    if content.reading.marks().is_key_image() {
        add(tr("KEY IMAGE").to_owned(), annotations::MARK);
    }
    if !session.overlay().marks && !content.reading.marks().list().is_empty() {
        add(tr("MARKS HIDDEN").to_owned(), theme::WARNING);
    }
    if content.presentation.inverted {
        add(tr("INVERTED").to_owned(), theme::WARNING);
    }
    let outcome = content.reading.shown_outcome();
    if let Some(flag) = outcome.and_then(|outcome| gate::flag_words(outcome)) {
        add(flag, theme::WARNING);
    }
    if let Some(processed) = &content.processed {
        add(processed.clone(), theme::WARNING);
    }
    badges
}

/// Draws the badges at the right edge below what is already there, whether or not the other words
/// are shown; returns where they stand.
pub(crate) fn draw(
    painter: &Painter,
    rect: Rect,
    (badges, taken): (&[Badge], &[Rect]),
) -> Vec<Rect> {
    let upper = taken.iter().filter(|block| block.top() < rect.center().y);
    let upper: Vec<Rect> = upper.copied().collect();
    let mut places = Vec::new();
    let mut at = rect.right_top() + vec2(-10.0, 32.0);
    for badge in badges {
        let galley = laid_out(painter, &badge.words, (rect.width() - 30.0).max(40.0));
        let size = galley.size() + vec2(10.0, 4.0);
        let place = below(Align2::RIGHT_TOP.anchor_size(at, size), &upper);
        painter.rect_filled(place.expand(1.0), 3.0, Color32::BLACK);
        painter.rect_filled(place, 2.0, badge.color);
        painter.galley(place.min + vec2(5.0, 2.0), galley, Color32::BLACK);
        at.y = place.bottom() + 4.0;
        places.push(place);
    }
    places
}

/// Lays a badge out. In a narrow viewport it must not hide the film: its letters shrink, and then its
/// first words alone say what must be said.
fn laid_out(painter: &Painter, words: &str, width: f32) -> Arc<Galley> {
    let lay = |words: &str, size: f32| {
        let font = FontId::proportional(size);
        painter.layout(words.to_owned(), font, Color32::BLACK, width)
    };
    let first = words.split([',', '、', '，']).next().unwrap_or(words);
    let sizes = [(words, 14.0), (words, 11.0)].into_iter();
    let mut laid = sizes.map(|(words, size)| lay(words, size));
    let short = laid.find(|galley| galley.rows.len() <= 2);
    short.unwrap_or_else(|| lay(first, 11.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_is_whole_where_there_is_room_and_short_where_there_is_none() {
        let prior = "PRIOR 2019-03-14, 7 y 7 mo earlier";
        let mut harness = egui_kittest::Harness::new_ui(|ui| {
            let lay = |width: f32| laid_out(ui.painter(), prior, width);
            assert_eq!(lay(400.0).text(), prior);
            assert_eq!(lay(400.0).rows.len(), 1);
            assert_eq!(lay(130.0).text(), prior);
            assert_eq!(lay(70.0).text(), "PRIOR 2019-03-14");
            assert!(lay(70.0).rows.len() <= 2);
        });
        harness.run();
    }
}
