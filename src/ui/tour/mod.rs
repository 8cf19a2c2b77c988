//! The tour of the first start: eight cards that point at the real controls.
//!
//! A control notes where it is ([`note`]) in every frame; the tour frames what its step is about. It
//! covers nothing but its own card, so that what it tells can be tried at once.

mod steps;

use std::path::PathBuf;

use egui::{
    Align2, Button, Color32, Context, EventFilter, Id, Key, LayerId, Modifiers, Order, Rect,
    RichText, Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};

use super::language::{filled, tr, tr_with};
use super::{Commands, Shell, theme};
use crate::display::RESEARCH_USE;
use crate::session::{Command, Deed, Session, Settings, action_for, demonstration_study};

pub(crate) use steps::Spot;
use steps::{STEPS, Step};

/// The width of a card, in points.
const WIDTH: f32 = 380.0;

/// Where the tour is.
#[derive(Default)]
pub(crate) struct Tour {
    step: usize,
    /// The step whose button has been given the focus.
    focused: Option<usize>,
}

/// Notes where a control is in this frame; what is noted twice counts as one.
pub(crate) fn note(context: &Context, spot: Spot, rect: Rect) {
    let pass = context.cumulative_pass_nr();
    context.data_mut(|places| {
        let place: &mut (u64, Rect) = places.get_temp_mut_or_insert_with(id(spot), || (pass, rect));
        *place = match place.0 == pass {
            true => (pass, place.1.union(rect)),
            false => (pass, rect),
        };
    });
}

/// Returns where a control was noted in this frame or the one before.
fn noted(context: &Context, spot: Spot) -> Option<Rect> {
    let pass = context.cumulative_pass_nr();
    let place: Option<(u64, Rect)> = context.data(|places| places.get_temp(id(spot)));
    place
        .filter(|(at, rect)| at + 1 >= pass && rect.is_positive())
        .map(|(_, rect)| rect)
}

fn id(spot: Spot) -> Id {
    Id::unique(("tour", spot))
}

/// Reports whether whoever opens these may be shown around: nothing, or the study that comes with the
/// program. Whoever opens films of their own is at work.
pub(crate) fn fits(paths: &[PathBuf]) -> bool {
    let study = demonstration_study().canonicalize().ok();
    let of_study = |path: &PathBuf| {
        let path = path.canonicalize().ok();
        path.zip(study.as_ref())
            .is_some_and(|(path, study)| path.starts_with(study))
    };
    paths.iter().all(of_study)
}

/// Takes the tour's keys: arrows step, Escape leaves; returns whether one was pressed.
pub(crate) fn keys(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) -> bool {
    if shell.tour.is_none() || ui.text_edit_focused() {
        return false;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::Escape) {
        finish(session, shell, commands);
        return true;
    }
    let by = isize::from(pressed(Key::ArrowRight)) - isize::from(pressed(Key::ArrowLeft));
    if by != 0 {
        step(by, session, (shell, commands));
    }
    by != 0
}

/// Goes on or back; going on from the last step ends the tour.
fn step(by: isize, session: &Session, (shell, commands): (&mut Shell, &mut Commands)) {
    let Some(tour) = &mut shell.tour else {
        return;
    };
    tour.step = tour.step.saturating_add_signed(by);
    if tour.step >= STEPS.len() {
        finish(session, shell, commands);
    }
}

/// Ends the tour, and keeps it from starting by itself again.
fn finish(session: &Session, shell: &mut Shell, commands: &mut Commands) {
    shell.tour = None;
    let settings = session.settings();
    if !settings.tour_over {
        commands.push(Command::Settings(Settings {
            tour_over: true,
            ..settings.clone()
        }));
    }
}

/// Draws the card of the step, and a frame around what it is about.
pub(crate) fn tour_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let Some(tour) = &mut shell.tour else {
        return;
    };
    let index = tour.step;
    let Some(step_now) = STEPS.get(index) else {
        return;
    };
    let focus = tour.focused.replace(index) != Some(index);
    let spot = noted(ui.ctx(), step_now.spot);
    if let Some(rect) = spot {
        frame(ui.ctx(), rect);
    }
    let mut by = 0;
    let mut leave = false;
    let at = card_place(ui.content_rect(), spot);
    egui::Area::new(Id::unique("tour card"))
        .order(Order::Foreground)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style())
                .inner_margin(12.0)
                .stroke(Stroke::new(1.5, theme::FOCUS))
                .show(ui, |ui| {
                    ui.set_width(WIDTH);
                    words_ui(ui, session, (step_now, index, spot.is_some()));
                    (by, leave) = buttons_ui(ui, index, focus);
                });
        });
    if leave {
        finish(session, shell, commands);
    } else if by != 0 {
        step(by, session, (shell, commands));
    }
}

fn words_ui(ui: &mut Ui, session: &Session, (step, index, there): (&Step, usize, bool)) {
    ui.weak(tr_with(
        "Step {step} of {count}",
        &[("step", &(index + 1)), ("count", &STEPS.len())],
    ));
    ui.label(RichText::new(tr(step.title)).strong().size(16.0));
    let keys: Vec<String> = step
        .deeds
        .iter()
        .map(|deed| keys_of(session, deed))
        .collect();
    let keys = |number: usize| keys.get(number).map_or("", String::as_str);
    let values: [(&str, &dyn std::fmt::Display); 2] = [("1", &keys(0)), ("2", &keys(1))];
    ui.label(filled(tr(step.words), &values));
    if !there && !step.before.is_empty() {
        ui.weak(tr(step.before));
    }
    if index == 0 {
        ui.label(
            RichText::new(tr(RESEARCH_USE))
                .strong()
                .color(theme::WARNING),
        );
    }
}

fn keys_of(session: &Session, deed: &Deed) -> String {
    let keymap = &session.settings().keymap;
    action_for(deed).map_or_else(String::new, |action| keymap.text(action))
}

/// Draws the buttons; returns how far to step, and whether the tour is left.
fn buttons_ui(ui: &mut Ui, index: usize, focus: bool) -> (isize, bool) {
    let last = index + 1 == STEPS.len();
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let words = if last { tr("Finish") } else { tr("Next") };
        let next = ui.add(Button::new(RichText::new(words).strong()).min_size(vec2(90.0, 26.0)));
        if focus {
            next.request_focus();
        }
        // Left and right step; they would move the focus as well.
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(next.id, filter));
        let back = ui.add_enabled(index > 0, Button::new(tr("Back")));
        let leave = !last
            && ui
                .button(tr("Leave the tour"))
                .on_hover_text(tr("Escape does so too; the Help menu has it again."))
                .clicked();
        let by = isize::from(next.clicked()) - isize::from(back.clicked());
        (by, leave)
    })
    .inner
}

/// Draws a frame around a control, above everything.
fn frame(context: &Context, rect: Rect) {
    let layer = LayerId::new(Order::Foreground, Id::unique("tour frame"));
    let painter = context.layer_painter(layer);
    let rect = rect
        .expand(4.0)
        .intersect(context.content_rect().shrink(2.0));
    for (width, color) in [(5.0, Color32::BLACK), (2.5, theme::FOCUS)] {
        painter.rect_stroke(rect, 4.0, Stroke::new(width, color), StrokeKind::Middle);
    }
}

/// Where the card lies: below what it is about, or above it, within the window and off it.
fn card_place(window: Rect, spot: Option<Rect>) -> egui::Pos2 {
    let size = vec2(WIDTH + 28.0, 210.0);
    let room = window.shrink(8.0);
    let Some(spot) = spot else {
        return Align2::CENTER_CENTER.align_size_within_rect(size, room).min;
    };
    let below = spot.bottom() + 14.0;
    let y = match below + size.y <= room.bottom() {
        true => below,
        false => (spot.top() - 14.0 - size.y).max(room.top()),
    };
    let x = spot.center().x - size.x / 2.0;
    let most = (room.right() - size.x).max(room.left());
    let at = pos2(x.clamp(room.left(), most), y);
    // Beside a control that is as tall as the window.
    match Rect::from_min_size(at, size).intersects(spot) {
        true => at - Vec2::new(spot.width() / 2.0 + size.x / 2.0 + 14.0, 0.0),
        false => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_lies_within_the_window_and_off_its_control() {
        let window = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
        for spot in [
            Rect::from_min_size(pos2(4.0, 30.0), vec2(60.0, 24.0)),
            Rect::from_min_size(pos2(1200.0, 700.0), vec2(230.0, 30.0)),
            Rect::from_min_size(pos2(1390.0, 2.0), vec2(40.0, 20.0)),
        ] {
            let card = Rect::from_min_size(card_place(window, Some(spot)), vec2(WIDTH, 190.0));
            assert!(window.contains_rect(card), "{spot:?}");
            assert!(!card.intersects(spot), "{spot:?}");
        }
    }

    #[test]
    fn only_the_bundled_study_is_toured() {
        assert!(fits(&[]));
        assert!(fits(&[demonstration_study()]));
        assert!(fits(&[demonstration_study().join("clear.png")]));
        let folder = tempfile::tempdir().unwrap();
        assert!(!fits(&[demonstration_study(), folder.path().to_owned()]));
        assert!(!fits(&[folder.path().join("gone.dcm")]));
    }

    #[test]
    fn the_words_name_only_keys_that_there_are() {
        for step in &STEPS {
            let names = step.words.matches('{').count();
            assert_eq!(names, step.deeds.len(), "{}", step.title);
            let known = step.deeds.iter().all(|deed| action_for(deed).is_some());
            assert!(known, "{}", step.title);
        }
    }
}
