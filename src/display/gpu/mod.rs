//! Pictures on the GPU: an egui paint callback per viewport.
//!
//! Samples are uploaded once per layer and let go with it. Dragging the window rewrites one grey
//! ramp, dragging the threshold rewrites one uniform. The main render pass must have one sample per
//! pixel and no depth buffer, which is what eframe gives by default.

mod films;
mod pipeline;
mod reading;
mod stencils;
mod tables;
mod textures;
mod uniforms;

pub use films::reduction;

use std::sync::atomic::{AtomicUsize, Ordering};

use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};

use self::films::Films;
use self::pipeline::{Bindings, Kind, Pipelines};
use self::reading::Reading;
use self::stencils::Stencils;
use self::tables::{Maps, Ramps};
use self::uniforms::Uniforms;
use super::Picture;
use crate::task::Wake;

/// Prepares a window for painting pictures; once per window, before the first frame.
///
/// Large films are uploaded within the frame that first shows them; see [`install_with_wake`].
pub fn install(render_state: &RenderState) {
    put_gpu(render_state, None);
}

/// Prepares a window like [`install`], but uploads large films on a thread of their own: a coarse
/// preview is shown meanwhile, and `wake` is called when the film is there.
pub fn install_with_wake(render_state: &RenderState, wake: Wake) {
    put_gpu(render_state, Some(wake));
}

impl Picture {
    /// Makes the shape that paints this picture into a rectangle of the window, black outside the
    /// film. Nothing is painted in a window without [`install`].
    pub fn paint_callback(self, rect: egui::Rect) -> egui::Shape {
        Callback::new_paint_callback(
            rect,
            PaintPicture {
                picture: self,
                rect,
                slot: AtomicUsize::new(usize::MAX),
            },
        )
        .into()
    }
}

fn put_gpu(render_state: &RenderState, wake: Option<Wake>) {
    let device = &render_state.device;
    let gpu = Gpu {
        pipelines: Pipelines::new(device, render_state.target_format),
        films: Films::new(device, &render_state.queue, wake),
        maps: Maps::new(),
        ramps: Ramps::new(),
        stencils: Stencils::new(),
        colors: tables::colormaps(device, &render_state.queue),
        nothing: tables::nothing(device),
        no_whole_numbers: textures::no_whole_numbers(device),
        slots: Vec::new(),
        used_slots: 0,
    };
    let mut renderer = render_state.renderer.write();
    renderer.callback_resources.insert(gpu);
}

/// Everything a window keeps on the GPU for its pictures.
struct Gpu {
    pipelines: Pipelines,
    films: Films,
    maps: Maps,
    ramps: Ramps,
    stencils: Stencils,
    colors: wgpu::TextureView,
    /// Bound where a picture has no second layer or no map.
    nothing: wgpu::TextureView,
    /// Bound where a layer is not kept as whole numbers.
    no_whole_numbers: wgpu::TextureView,
    /// One for each picture of a frame, in the order of painting.
    slots: Vec<Slot>,
    used_slots: usize,
}

struct Slot {
    pipeline: wgpu::RenderPipeline,
    uniforms: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
}

struct PaintPicture {
    picture: Picture,
    rect: egui::Rect,
    slot: AtomicUsize,
}

impl CallbackTrait for PaintPicture {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(gpu) = resources.get_mut::<Gpu>() {
            let center = self.rect.center() * screen.pixels_per_point;
            let on_screen = OnScreen {
                center_px: [center.x, center.y],
                pixels_per_point: screen.pixels_per_point,
            };
            let slot = gpu.prepare(device, queue, &self.picture, &on_screen);
            self.slot.store(slot, Ordering::Relaxed);
        }
        Vec::new()
    }

    fn finish_prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(gpu) = resources.get_mut::<Gpu>() {
            gpu.end_frame();
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(gpu) = resources.get::<Gpu>() else {
            return;
        };
        if let Some(slot) = gpu.slots.get(self.slot.load(Ordering::Relaxed)) {
            pass.set_pipeline(&slot.pipeline);
            pass.set_bind_group(0, &slot.bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

/// Where a viewport lies on the screen.
struct OnScreen {
    center_px: [f32; 2],
    pixels_per_point: f32,
}

impl Gpu {
    /// Puts everything a picture needs on the GPU and returns the slot that holds it.
    fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        picture: &Picture,
        on_screen: &OnScreen,
    ) -> usize {
        let step = picture.view.step(on_screen.pixels_per_point);
        let base = self
            .films
            .resident(&picture.base.0)
            .reading(&picture.base.0, step);
        let over = picture
            .over
            .as_ref()
            .map(|(layer, _)| self.films.resident(&layer.0).reading(&layer.0, step));
        let map = picture
            .overlay
            .as_ref()
            .filter(|overlay| overlay.opacity > 0.0)
            .map(|overlay| self.maps.view(device, queue, &overlay.map));
        let ramp = self.ramps.view(device, queue, &picture.ramp);
        let mut uniforms = Uniforms::new(picture, on_screen, &base, over.as_ref());
        let mut kind = Kind {
            base: base.taps(step),
            over: over.as_ref().map(|over| over.taps(step)),
            map: map.as_ref().map(|_| uniforms.takes_four_of_map()),
            stencil: None,
        };
        let drawn = picture.drawn.as_ref();
        let stencil = drawn.map(|drawn| {
            let reading = self.stencils.reading((device, queue), drawn, step);
            uniforms = uniforms.with_stencil(drawn, &reading);
            let seen = drawn.overlays || drawn.shutter;
            kind.stencil = seen.then(|| reading.placement.takes_four(step));
            reading.view
        });
        let nothing = self.nothing.clone();
        let none_whole = &self.no_whole_numbers;
        let over = over.map_or((None, None), |over| (over.view, over.whole));
        let bindings = Bindings {
            base: base.view.unwrap_or_else(|| nothing.clone()),
            base_whole: base.whole.unwrap_or_else(|| none_whole.clone()),
            over: over.0.unwrap_or_else(|| nothing.clone()),
            over_whole: over.1.unwrap_or_else(|| none_whole.clone()),
            ramp,
            map: map.unwrap_or_else(|| nothing.clone()),
            colors: self.colors.clone(),
            stencil: stencil.unwrap_or(nothing),
        };
        let pipeline = self.pipelines.of(device, kind);
        self.fill_slot((device, queue), pipeline, &uniforms, &bindings)
    }

    fn fill_slot(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        pipeline: wgpu::RenderPipeline,
        uniforms: &Uniforms,
        bindings: &Bindings,
    ) -> usize {
        let index = self.used_slots;
        self.used_slots += 1;
        let buffer = match self.slots.get(index) {
            Some(slot) => slot.uniforms.clone(),
            None => pipeline::uniform_buffer(device),
        };
        queue.write_buffer(&buffer, 0, bytemuck::bytes_of(uniforms));
        let slot = Slot {
            pipeline,
            bind_group: self.pipelines.bind(device, &buffer, bindings),
            uniforms: buffer,
        };
        if index < self.slots.len() {
            self.slots[index] = slot;
        } else {
            self.slots.push(slot);
        }
        index
    }

    /// Lets go of what no picture can show any more. Called once per picture of a frame, after
    /// all of them have been prepared.
    fn end_frame(&mut self) {
        if self.used_slots > 0 {
            self.slots.truncate(self.used_slots);
            self.used_slots = 0;
            self.films.forget_dropped();
            self.maps.forget_dropped();
            self.stencils.forget_dropped();
        }
    }
}

#[cfg(test)]
mod tests;
