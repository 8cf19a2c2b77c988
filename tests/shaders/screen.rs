//! A window off screen: paints pictures as egui does, on a software GPU, and reads them back.

use std::sync::Arc;

use egui_wgpu::{RenderState, Renderer, RendererOptions, ScreenDescriptor};
use silhouette::display::Picture;

/// The window's size in pixels. A row is a whole multiple of the 256 bytes that copies demand.
pub(crate) const WIDTH: usize = 192;
pub(crate) const HEIGHT: usize = 128;

pub(crate) fn whole_window() -> egui::Rect {
    egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(WIDTH as f32, HEIGHT as f32))
}

/// Returns a software GPU, or says loudly that there is none.
pub(crate) fn software_render_state() -> Option<RenderState> {
    software_render_state_with(None)
}

/// Returns a software GPU whose textures have at most so many pixels a side.
pub(crate) fn software_render_state_with(largest_side_px: Option<u32>) -> Option<RenderState> {
    let made = std::panic::catch_unwind(|| {
        let mut setup = egui_kittest::wgpu::default_wgpu_setup();
        if let (egui_wgpu::WgpuSetup::CreateNew(new), Some(side)) = (&mut setup, largest_side_px) {
            new.device_descriptor = Arc::new(move |_| wgpu::DeviceDescriptor {
                required_limits: wgpu::Limits {
                    max_texture_dimension_2d: side,
                    ..wgpu::Limits::default()
                },
                ..wgpu::DeviceDescriptor::default()
            });
        }
        egui_kittest::wgpu::create_render_state(setup, RendererOptions::PREDICTABLE)
    });
    if made.is_err() {
        let required = std::env::var("SILHOUETTE_REQUIRE_ALL").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "no graphics adapter; install mesa-vulkan-drivers"
        );
        eprintln!("SKIPPED: no graphics adapter; install mesa-vulkan-drivers");
    }
    made.ok()
}

pub(crate) fn with_target(state: &RenderState, format: wgpu::TextureFormat) -> RenderState {
    let renderer = Renderer::new(&state.device, format, RendererOptions::PREDICTABLE);
    RenderState {
        target_format: format,
        renderer: Arc::new(egui::mutex::RwLock::new(renderer)),
        ..state.clone()
    }
}

/// Paints pictures as egui does and reads the window back as RGBA.
pub(crate) fn paint(
    state: &RenderState,
    views: Vec<(egui::Rect, Picture)>,
    pixels_per_point: f32,
) -> Vec<u8> {
    let jobs: Vec<egui::ClippedPrimitive> = views
        .into_iter()
        .map(|(rect, picture)| {
            let egui::Shape::Callback(callback) = picture.paint_callback(rect) else {
                panic!("a picture is painted by a callback");
            };
            egui::ClippedPrimitive {
                clip_rect: rect,
                primitive: egui::epaint::Primitive::Callback(callback),
            }
        })
        .collect();
    let screen = ScreenDescriptor {
        size_in_pixels: [WIDTH as u32, HEIGHT as u32],
        pixels_per_point,
    };
    let target = target_texture(state);
    let mut encoder = state
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut renderer = state.renderer.write();
    let prepared =
        renderer.update_buffers(&state.device, &state.queue, &mut encoder, &jobs, &screen);
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    let attachment = wgpu::RenderPassColorAttachment {
        view: &view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations {
            load: wgpu::LoadOp::Clear(wgpu::Color::GREEN),
            store: wgpu::StoreOp::Store,
        },
    };
    let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        color_attachments: &[Some(attachment)],
        ..Default::default()
    });
    renderer.render(&mut pass.forget_lifetime(), &jobs, &screen);
    read_back(state, encoder, prepared, &target)
}

fn target_texture(state: &RenderState) -> wgpu::Texture {
    state.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("window"),
        size: wgpu::Extent3d {
            width: WIDTH as u32,
            height: HEIGHT as u32,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: state.target_format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

fn read_back(
    state: &RenderState,
    mut encoder: wgpu::CommandEncoder,
    prepared: Vec<wgpu::CommandBuffer>,
    target: &wgpu::Texture,
) -> Vec<u8> {
    let bytes = (WIDTH * HEIGHT * 4) as u64;
    let buffer = state.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("window"),
        size: bytes,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(WIDTH as u32 * 4),
                rows_per_image: None,
            },
        },
        target.size(),
    );
    let commands = prepared.into_iter().chain([encoder.finish()]);
    state.queue.submit(commands);
    buffer
        .slice(..)
        .map_async(wgpu::MapMode::Read, |mapped| mapped.unwrap());
    state
        .device
        .poll(wgpu::PollType::wait_indefinitely())
        .unwrap();
    let range = buffer.slice(..).get_mapped_range().unwrap();
    range.to_vec()
}
