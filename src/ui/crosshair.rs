//! Marks without a mouse: arrows move a crosshair or the selected mark, Enter sets a point.

use egui::{Key, Response, Ui, Vec2, vec2};

use super::pointer::Stage;
use super::writing::Writing;
use super::{Commands, Shell};
use crate::radiograph::PixelPoint;
use crate::session::{Command, MarkCommand, Tool};

/// How far the crosshair moves by an arrow, in points; with Shift by one pixel of the image.
const STEP_POINTS: f32 = 10.0;

/// Takes in arrows and Enter while the viewport has the focus: they draw with a drawing tool, and
/// move the selected mark without one. Returns whether the arrows belong to marks.
pub(crate) fn keys(
    ui: &Ui,
    response: &Response,
    stage: &Stage<'_>,
    (shell, commands): (&mut Shell, &mut Commands),
) -> bool {
    if !response.has_focus() {
        return false;
    }
    let steers = stage.session.tool().drawn().is_some()
        || stage.marks().draft().is_some()
        || stage.session.tool() == Tool::Magnifier;
    let (steps, fine, enter) = ui.input(|input| {
        let pressed = |key| input.num_presses(key) as f32;
        let steps = vec2(
            pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
            pressed(Key::ArrowDown) - pressed(Key::ArrowUp),
        );
        let enter = input.key_pressed(Key::Enter);
        (steps, input.modifiers.shift, enter)
    });
    if steers {
        steer(stage, (steps, fine, enter), (shell, commands));
        return true;
    }
    let Some(mark) = stage.marks().selected() else {
        return false;
    };
    if enter {
        let anchor = mark.annotation.shape.label_anchor();
        let at = stage.place.screen_from_image(anchor);
        shell.pointer.writing = Some(Writing::name(&mark.annotation, at));
    }
    if steps != Vec2::ZERO {
        let px = if fine { 10.0 } else { 1.0 };
        commands.push(Command::Marks(MarkCommand::Nudge {
            right_px: steps.x * px,
            down_px: steps.y * px,
        }));
    }
    true
}

fn steer(
    stage: &Stage<'_>,
    (steps, fine, enter): (Vec2, bool, bool),
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let reach_px = stage.reach_px();
    let pointer = &mut shell.pointer;
    let raster = &stage.open.layer.raster;
    let seen = |at: &PixelPoint| {
        stage
            .place
            .rect
            .contains(stage.place.screen_from_image(*at))
    };
    let mut at = pointer
        .crosshair
        .filter(seen)
        .unwrap_or(stage.place.view.center_in_image);
    if steps != Vec2::ZERO {
        let step = if fine {
            1.0
        } else {
            (STEP_POINTS / stage.place.view.zoom).max(1.0)
        };
        at.x = (at.x + steps.x * step).clamp(0.0, raster.width() as f32);
        at.y = (at.y + steps.y * step).clamp(0.0, raster.height() as f32);
        if stage.marks().draft().is_some() {
            let path = vec![at];
            commands.push(Command::Marks(MarkCommand::Aim { path, reach_px }));
        }
    }
    pointer.crosshair = Some(at);
    pointer.by_keys |= steps != Vec2::ZERO || enter;
    if enter && stage.session.tool() != Tool::Magnifier {
        pointer.pressed = stage.place.screen_from_image(at);
        commands.push(Command::Marks(MarkCommand::Place { at, reach_px }));
        commands.push(Command::Marks(MarkCommand::Release { at, reach_px }));
    }
}
