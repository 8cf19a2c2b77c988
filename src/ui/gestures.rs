//! Drags with a tool that draws nothing, and the wheel: window, pan, zoom, and the films of a study.

use egui::{MouseWheelSource, MouseWheelUnit, PointerButton, Response, Ui, Vec2};

use super::pointer::Stage;
use super::viewport::{moved, zoomed};
use super::{Commands, Shell};
use crate::session::{Command, Tool, Wheel, WindowChange};

/// How far a drag goes that changes the window by its own width, in points.
const DRAG_POINTS: f32 = 400.0;

/// How far a drag goes that zooms by Euler's number, in points.
const ZOOM_POINTS: f32 = 150.0;

/// How far a trackpad scrolls for one film, in points.
const FILM_POINTS: f32 = 60.0;

/// Takes in a drag with a tool that draws nothing.
pub(crate) fn drag(ui: &Ui, response: &Response, stage: &Stage<'_>, commands: &mut Commands) {
    let settings = stage.session.settings();
    let tool = match stage.session.tool() {
        Tool::Draw(_) | Tool::Magnifier => None,
        tool => Some(tool),
    };
    for (button, tool) in [
        (PointerButton::Primary, tool),
        (PointerButton::Secondary, Some(settings.right_drag)),
        (PointerButton::Middle, Some(settings.middle_drag)),
    ] {
        let delta = response.drag_delta();
        let Some(tool) = tool.filter(|_| response.dragged_by(button) && delta != Vec2::ZERO) else {
            continue;
        };
        match tool {
            Tool::Pan => commands.push(Command::Look(moved(&stage.place.view, delta))),
            Tool::Zoom => {
                let origin = ui.input(|input| input.pointer.press_origin());
                let origin = origin.unwrap_or(stage.place.rect.center());
                let factor = (-delta.y / ZOOM_POINTS).exp();
                commands.push(Command::Look(zoomed(stage.place, origin, factor)));
            }
            Tool::Window | Tool::Draw(_) | Tool::Magnifier => {
                let sign = if settings.down_is_darker { -1.0 } else { 1.0 };
                commands.push(Command::Window(WindowChange::Drag {
                    wider: delta.x / DRAG_POINTS,
                    brighter: sign * delta.y / DRAG_POINTS,
                }));
            }
        }
    }
}

/// Takes in the wheel: with Ctrl it zooms at the pointer, without it shows the films of this study
/// in turn, or zooms as well, as the user set it.
pub(crate) fn wheel(
    ui: &Ui,
    response: &Response,
    stage: &Stage<'_>,
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let Some(pointer) = response.hover_pos() else {
        return;
    };
    // Ctrl and the wheel, or a pinch, arrive as a zoom; the bare wheel as a scroll.
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    let magnifies = stage.session.tool() == Tool::Magnifier;
    let zooms = stage.session.settings().wheel == Wheel::Zoom && !magnifies;
    let factor = pinch * if zooms { (scroll / 300.0).exp() } else { 1.0 };
    if factor.is_finite() && (factor - 1.0).abs() > 1e-4 {
        commands.push(Command::Look(zoomed(stage.place, pointer, factor)));
    }
    if zooms {
        return;
    }
    let state = &mut shell.pointer;
    state.scrolled += notches(ui);
    let whole = state.scrolled.trunc();
    state.scrolled -= whole;
    if whole == 0.0 {
        return;
    }
    if magnifies {
        state.magnification = (state.magnification + 0.5 * whole).clamp(2.0, 4.0);
        ui.request_repaint();
    } else {
        // Down is onwards; one film at a time, however hard the wheel was turned.
        commands.push(Command::StepInStudy(if whole < 0.0 { 1 } else { -1 }));
    }
}

/// Returns how many notches the bare wheel was turned up in this frame.
fn notches(ui: &Ui) -> f32 {
    ui.input(|input| {
        let turned = input.events.iter().filter_map(|event| match event {
            // Momentum would run through the films of a study after the fingers have left.
            egui::Event::MouseWheel {
                source: MouseWheelSource::Momentum,
                ..
            } => None,
            egui::Event::MouseWheel {
                unit,
                delta,
                modifiers,
                ..
            } if !modifiers.command && !modifiers.ctrl => Some(match unit {
                MouseWheelUnit::Point => delta.y / FILM_POINTS,
                MouseWheelUnit::Line | MouseWheelUnit::Page => delta.y,
            }),
            _ => None,
        });
        turned.sum()
    })
}
