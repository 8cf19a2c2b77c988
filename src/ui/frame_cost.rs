//! What a frame costs the processor, measured without a display: the real window's content, with
//! the pointer dragging the window of four films at once. Times are the window's thread's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};

use super::{FrameTimes, Window, theme};
use crate::compute::DeviceKind;
use crate::error::{Error, Result};
use crate::inference::Models;
use crate::session::{Arrangement, Command, FilmState, Grid, LayoutCommand, Session};

/// The window's size in pixels, one to a point: the most that is ever laid out.
pub const SCREEN_PX: [f32; 2] = [3840.0, 2160.0];

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
    let course = Drag::of(frames);
    drag(&context, &mut window, course, |frame, mut drawn| {
        // No GPU takes the fonts' picture.
        drawn.textures.clear();
        if frame >= course.warm_up {
            cost.own.add(drawn.own, None);
            cost.whole.add(drawn.whole, None);
        }
    });
    Ok(cost)
}

/// What is drawn: a drag of so many frames on a screen.
#[derive(Clone, Copy)]
pub struct Drag {
    /// The screen's size in pixels, one to a point.
    pub screen_px: [f32; 2],
    /// Frames before the measurement, in which fonts are rasterised.
    pub warm_up: usize,
    /// Frames that are measured.
    pub frames: usize,
}

impl Drag {
    /// On the largest screen that is ever laid out.
    pub fn of(frames: usize) -> Self {
        Self {
            screen_px: SCREEN_PX,
            warm_up: 20,
            frames,
        }
    }
}

/// A frame as it would go to a GPU.
pub(super) struct Drawn {
    /// What our own code took.
    own: Duration,
    /// What all of it took.
    whole: Duration,
    pub(super) textures: egui::TexturesDelta,
    pub(super) triangles: Vec<egui::ClippedPrimitive>,
}

/// Draws frames in which the pointer drags, and hands each over.
pub(super) fn drag(
    context: &egui::Context,
    window: &mut Window,
    course: Drag,
    mut drawn: impl FnMut(usize, Drawn),
) {
    // In the middle of the upper left viewport.
    let [width, height] = course.screen_px;
    let start = pos2(0.3 * width, 0.3 * height);
    for frame in 0..course.warm_up + course.frames {
        let turn = frame as f32 / 40.0;
        let at = start + 0.04 * width * vec2(turn.sin(), (1.7 * turn).cos());
        let mut events = vec![Event::PointerMoved(at)];
        if frame == 2 {
            events.push(pressed(at));
        }
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, course.screen_px.into())),
            time: Some(context.input(|input| input.time) + 1.0 / 60.0),
            events,
            ..RawInput::default()
        };
        let begun = spent();
        let mut own = Duration::ZERO;
        let output = context.run_ui(input, |ui| {
            let begun = spent();
            window.session.poll();
            window.frame(ui, None);
            own = spent().saturating_sub(begun);
        });
        let triangles = context.tessellate(output.shapes, output.pixels_per_point);
        let whole = spent().saturating_sub(begun);
        let frame_drawn = Drawn {
            own,
            whole,
            textures: output.textures_delta,
            triangles,
        };
        drawn(frame, frame_drawn);
    }
}

/// The processor time that this thread has spent: what else runs on the machine adds nothing.
#[cfg(unix)]
fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = Duration::from_secs(time.tv_sec.unsigned_abs());
    seconds + Duration::from_nanos(time.tv_nsec.unsigned_abs())
}

/// Where no clock counts a thread's own time: the time that has passed.
#[cfg(not(unix))]
fn spent() -> Duration {
    use std::time::SystemTime;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
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
pub(super) fn arranged(session: &mut Session, paths: Vec<PathBuf>) -> Result<()> {
    let count = paths.len().min(4);
    if count == 0 {
        return Err(Error::internal("no film to measure with"));
    }
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
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::testing::Stubs;
    use crate::session::tests::picture;

    #[test]
    fn frames_are_drawn_and_timed_without_a_display() {
        let folder = tempfile::tempdir().unwrap();
        let paths = (0..4).map(|film| picture(&folder, &format!("{film}.png")));
        let cost = frame_cost(Arc::new(Stubs), paths.collect(), 30).unwrap();
        assert_eq!((cost.own.total(), cost.whole.total()), (30, 30));
        assert!(cost.own.percentile_ms(0.5) <= cost.whole.percentile_ms(0.5));
        let missing = vec![folder.path().join("none.png")];
        assert!(frame_cost(Arc::new(Stubs), missing, 1).is_err());
        assert!(frame_cost(Arc::new(Stubs), Vec::new(), 1).is_err());
    }

    #[test]
    fn the_pointer_drags_the_window_of_every_film() {
        let folder = tempfile::tempdir().unwrap();
        let context = egui::Context::default();
        let models = Arc::new(Stubs);
        let mut window = Window::without_display(&context, models, DeviceKind::Cpu);
        let paths = (0..4).map(|film| picture(&folder, &format!("{film}.png")));
        arranged(&mut window.session, paths.collect()).unwrap();
        let widths = |window: &Window| -> Vec<f32> {
            let cells = 0..4;
            let shown = cells.map(|cell| window.session.presentation(cell).unwrap());
            shown
                .map(|presentation| presentation.window().width)
                .collect()
        };
        let before = widths(&window);
        drag(&context, &mut window, Drag::of(10), |_, mut drawn| {
            drawn.textures.clear();
        });
        for (before, after) in before.into_iter().zip(widths(&window)) {
            assert_ne!(before, after);
        }
    }
}
