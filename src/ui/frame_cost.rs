//! What a frame costs the processor, measured without a display: the real window's content, with
//! the pointer dragging the window of four films at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};

use super::{FrameTimes, Window, theme};
use crate::compute::DeviceKind;
use crate::error::{Error, Result};
use crate::inference::Models;
use crate::session::{Arrangement, Command, FilmState, Grid, LayoutCommand, Session};

/// The window's size in pixels, one to a point: the most that is ever laid out.
pub const SCREEN_PX: [f32; 2] = [3840.0, 2160.0];

/// How many frames are drawn before the measurement, in which fonts are rasterised.
const WARM_UP: usize = 20;

/// What frames cost.
pub struct FrameCost {
    /// Our own code: keys, panels, viewports, commands.
    pub own: FrameTimes,
    /// The same with egui's layout and its triangles, without the GPU's part.
    pub whole: FrameTimes,
}

/// Shows up to four films in linked viewports and drags the window over them.
///
/// # Errors
/// When a film cannot be opened.
pub fn frame_cost(
    models: Arc<dyn Models>,
    paths: Vec<PathBuf>,
    frames: usize,
) -> Result<FrameCost> {
    let context = egui::Context::default();
    theme::dress(&context);
    let mut window = Window::without_display(&context, models, DeviceKind::Cpu);
    arranged(&mut window.session, paths)?;
    let mut cost = FrameCost {
        own: FrameTimes::default(),
        whole: FrameTimes::default(),
    };
    // In the middle of the upper left viewport.
    let start = pos2(0.3 * SCREEN_PX[0], 0.3 * SCREEN_PX[1]);
    for frame in 0..WARM_UP + frames {
        let turn = frame as f32 / 40.0;
        let at = start + 150.0 * vec2(turn.sin(), (1.7 * turn).cos());
        let mut events = vec![Event::PointerMoved(at)];
        if frame == 2 {
            events.push(pressed(at));
        }
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SCREEN_PX.into())),
            time: Some(frame as f64 / 60.0),
            events,
            ..RawInput::default()
        };
        let begun = Instant::now();
        let mut own = Duration::ZERO;
        let output = context.run_ui(input, |ui| {
            let begun = Instant::now();
            window.session.poll();
            window.frame(ui, None);
            own = begun.elapsed();
        });
        let triangles = context.tessellate(output.shapes, output.pixels_per_point);
        let whole = begun.elapsed();
        drop(triangles);
        if frame >= WARM_UP {
            cost.own.add(own, None);
            cost.whole.add(whole, None);
        }
    }
    Ok(cost)
}

fn pressed(at: Pos2) -> Event {
    Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    }
}

/// Opens the films and puts one into each viewport of two rows of two.
fn arranged(session: &mut Session, paths: Vec<PathBuf>) -> Result<()> {
    let count = paths.len().min(4);
    session.apply(Command::Open(paths));
    let grid = Arrangement::Grid(Grid::new(2, 2));
    let mut laid_out = false;
    loop {
        session.poll();
        if session.readings().len() >= count && !laid_out {
            session.apply(Command::Layout(LayoutCommand::Arrange(grid)));
            for cell in (0..count).rev() {
                let show = LayoutCommand::Show { cell, film: cell };
                session.apply(Command::Layout(show));
            }
            laid_out = true;
        }
        let shown = session.readings().iter().take(count);
        let mut waiting = !laid_out;
        for reading in shown {
            match &reading.state {
                FilmState::Failed(error) => return Err(error.clone()),
                FilmState::Open(_) => {}
                FilmState::Listed | FilmState::Opening(_) => waiting = true,
            }
        }
        if !waiting {
            return Ok(());
        }
        if count == 0 {
            return Err(Error::internal("no film to measure with"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
