//! What a frame takes on a GPU, from its first line of code to its last pixel, alone and while networks
//! compute on the same device and queue. It is drawn into a picture of its own, so no display is
//! needed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use egui::{ClippedPrimitive, TexturesDelta};
use egui_wgpu::{RenderState, RendererOptions, ScreenDescriptor, WgpuConfiguration};

use super::frame_cost::{Drag, arranged, drag};
use super::{FrameTimes, Window, native, theme};
use crate::compute::{DeviceKind, Gpu, GpuWatch, completed};
use crate::display;
use crate::error::{Error, ErrorKind, Result};
use crate::inference::Models;

/// A frame is begun at most so often, as on a screen of 60 Hz.
const PERIOD: Duration = Duration::from_nanos(16_666_667);
/// The picture's pixels.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Bgra8Unorm;

/// What frames took.
pub struct DrawnFrames {
    /// The GPU's name.
    pub gpu: String,
    /// With nothing else on the GPU.
    pub alone: FrameTimes,
    /// While networks computed.
    pub beside: FrameTimes,
    /// How often they ran meanwhile.
    pub runs: u64,
}

/// Shows up to four films in linked viewports, drags the window over them, and does so again while
/// `networks` run: they are handed the GPU that draws and the sign to stop, and count their runs.
///
/// # Errors
/// When there is no GPU, a film cannot be opened or a network fails.
pub fn drawn_frames(
    models: Arc<dyn Models>,
    paths: Vec<PathBuf>,
    course: Drag,
    networks: impl Fn(&Gpu, &AtomicBool) -> Result<u64> + Sync,
) -> Result<DrawnFrames> {
    let context = egui::Context::default();
    theme::dress(&context);
    let mut window = Window::without_display(&context, models, DeviceKind::Cpu);
    let screen = Screen::new(course)?;
    arranged(&mut window.session, paths)?;
    let alone = screen.measure(&context, &mut window)?;
    let (device, queue) = (&screen.state.device, &screen.state.queue);
    let gpu = Gpu::sharing(device.clone(), queue.clone(), GpuWatch::of(device, || {}))?;
    let over = AtomicBool::new(false);
    let (beside, runs) = std::thread::scope(|scope| {
        let computing = scope.spawn(|| networks(&gpu, &over));
        let beside = {
            let _end = End(&over);
            screen.measure(&context, &mut window)
        };
        let panicked = |_| Err(Error::internal("the networks' thread panicked"));
        (beside, computing.join().unwrap_or_else(panicked))
    });
    Ok(DrawnFrames {
        gpu: screen.state.adapter.get_info().name,
        alone,
        beside: beside?,
        runs: runs?,
    })
}

/// Gives the sign to stop when it goes out of scope, after a panic too.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A picture that frames are drawn into.
struct Screen {
    state: RenderState,
    view: wgpu::TextureView,
    size: ScreenDescriptor,
    course: Drag,
}

impl Screen {
    fn new(course: Drag) -> Result<Self> {
        let setup = native::wgpu_setup();
        let instance = completed(setup.new_instance());
        let configuration = WgpuConfiguration {
            wgpu_setup: setup,
            ..Default::default()
        };
        let options = RendererOptions::default();
        let state = RenderState::create(&configuration, &instance, None, options);
        let mut state = completed(state).map_err(|cause| {
            Error::new(
                ErrorKind::Device,
                format!("no GPU draws: {cause}"),
                "Install the GPU's Vulkan driver (Debian: mesa-vulkan-drivers draws by program).",
            )
        })?;
        let [width, height] = course.screen_px.map(|side| side as u32);
        let texture = state.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("screen"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        state.target_format = FORMAT;
        let renderer = egui_wgpu::Renderer::new(&state.device, FORMAT, options);
        *state.renderer.write() = renderer;
        display::install(&state);
        Ok(Self {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            state,
            size: ScreenDescriptor {
                size_in_pixels: [width, height],
                pixels_per_point: 1.0,
            },
            course,
        })
    }

    fn measure(&self, context: &egui::Context, window: &mut Window) -> Result<FrameTimes> {
        let mut times = FrameTimes::default();
        let mut failed = None;
        let mut begun = Instant::now();
        drag(context, window, self.course, |frame, mut drawn| {
            if let Err(error) = self.draw(&drawn.textures, &drawn.triangles) {
                failed.get_or_insert(error);
            }
            drawn.textures.clear();
            let took = begun.elapsed();
            if frame >= self.course.warm_up {
                times.add(took, None);
            }
            std::thread::sleep(PERIOD.saturating_sub(took));
            begun = Instant::now();
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(times),
        }
    }

    /// Draws a frame and waits for its last pixel.
    fn draw(&self, textures: &TexturesDelta, triangles: &[ClippedPrimitive]) -> Result<()> {
        let RenderState { device, queue, .. } = &self.state;
        let mut renderer = self.state.renderer.write();
        for (id, deltas) in &textures.set {
            for delta in deltas {
                renderer.update_texture(device, queue, *id, delta);
            }
        }
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut commands =
            renderer.update_buffers(device, queue, &mut encoder, triangles, &self.size);
        {
            let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("frame"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &self.view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            renderer.render(&mut pass.forget_lifetime(), triangles, &self.size);
        }
        commands.push(encoder.finish());
        let submission = queue.submit(commands);
        for id in &textures.free {
            renderer.free_texture(id);
        }
        drop(renderer);
        let waited = device.poll(wgpu::PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        });
        let _done = waited.map_err(|cause| {
            Error::new(
                ErrorKind::Device,
                format!("a frame was not drawn: {cause}"),
                "Check the GPU's driver.",
            )
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::testing::Stubs;
    use crate::session::tests::picture;

    #[test]
    fn frames_are_drawn_while_something_else_computes() {
        let folder = tempfile::tempdir().unwrap();
        let paths = (0..2).map(|film| picture(&folder, &format!("{film}.png")));
        let counted = |_: &Gpu, over: &AtomicBool| {
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(7)
        };
        let course = Drag {
            screen_px: [640.0, 400.0],
            warm_up: 3,
            frames: 1,
        };
        let drawn = drawn_frames(Arc::new(Stubs), paths.collect(), course, counted);
        let drawn = match drawn {
            Err(error) if error.kind == ErrorKind::Device => {
                let required = std::env::var("SILHOUETTE_REQUIRE_ALL");
                assert!(required.as_deref() != Ok("1"), "{error}");
                eprintln!("SKIPPED: {error}");
                return;
            }
            other => other.unwrap(),
        };
        assert_eq!((drawn.alone.total(), drawn.beside.total()), (1, 1));
        assert_eq!(drawn.runs, 7);
    }
}
