//! Shaders are valid, and the GPU draws what the CPU reference draws, to one grey level in 255.

use std::path::Path;
use std::sync::Arc;

use egui_wgpu::{RenderState, Renderer, RendererOptions, ScreenDescriptor};
use silhouette::anomaly::{AnomalyMap, MapKind, Placed};
use silhouette::display::{
    Blend, Colormap, GreyRamp, Layer, Overlay, Picture, ViewTransform, compose, install,
    install_with_wake,
};
use silhouette::radiograph::{
    PixelPoint, PixelRect, Polarity, Raster, Voi, VoiFunction, VoiTable, VoiWindow,
};

const WIDTH: usize = 192;
const HEIGHT: usize = 128;

#[test]
fn every_shader_parses_and_validates() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut failures = Vec::new();
    let mut shaders = 0;
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "wgsl")
            {
                shaders += 1;
                failures.extend(fault_of(&path));
            }
        }
    }
    assert!(shaders > 0, "no shader found");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn fault_of(path: &Path) -> Option<String> {
    let source = std::fs::read_to_string(path).unwrap();
    let module = match naga::front::wgsl::parse_str(&source) {
        Ok(module) => module,
        Err(error) => return Some(error.emit_to_string_with_path(&source, path)),
    };
    let mut validator = naga::valid::Validator::new(
        naga::valid::ValidationFlags::all(),
        naga::valid::Capabilities::default(),
    );
    let error = validator.validate(&module).err()?;
    Some(error.emit_to_string_with_path(&source, &path.display().to_string()))
}

#[test]
fn the_gpu_draws_what_the_cpu_draws() {
    let Some(state) = software_render_state() else {
        return;
    };
    for format in [
        wgpu::TextureFormat::Rgba8Unorm,
        wgpu::TextureFormat::Rgba8UnormSrgb,
    ] {
        let state = with_target(&state, format);
        install(&state);
        for (name, picture) in cases() {
            let expected = compose(&picture, WIDTH, HEIGHT);
            let found = paint(&state, vec![(whole_window(), picture.clone())], 1.0);
            assert_close(
                &format!("{name} on {format:?}"),
                &picture,
                &expected,
                &found,
            );
        }
    }
}

#[test]
fn two_viewports_of_one_frame_do_not_mix() {
    let Some(state) = software_render_state() else {
        return;
    };
    install(&state);
    let mut cases = cases().into_iter();
    let (_, first) = cases.next().unwrap();
    let (_, second) = cases.next().unwrap();
    let half = egui::vec2(WIDTH as f32 / 2.0, HEIGHT as f32);
    let left = egui::Rect::from_min_size(egui::Pos2::ZERO, half);
    let right = left.translate(egui::vec2(half.x, 0.0));
    for _ in 0..2 {
        let views = vec![(left, first.clone()), (right, second.clone())];
        let found = paint(&state, views, 1.0);
        let expected_left = compose(&first, WIDTH / 2, HEIGHT);
        let expected_right = compose(&second, WIDTH / 2, HEIGHT);
        let row = WIDTH / 2 * 4;
        for (y, line) in found.chunks_exact(WIDTH * 4).enumerate() {
            let worst = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst(&line[..row], &expected_left[y * row..][..row]) <= Some(1));
            assert!(worst(&line[row..], &expected_right[y * row..][..row]) <= Some(1));
        }
    }
}

#[test]
fn points_of_several_pixels_magnify_the_view() {
    let Some(state) = software_render_state() else {
        return;
    };
    install(&state);
    let (_, mut picture) = cases().remove(0);
    let points = egui::vec2(WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, points);
    let found = paint(&state, vec![(window, picture.clone())], 2.0);
    picture.view.zoom *= 2.0;
    let expected = compose(&picture, WIDTH, HEIGHT);
    assert_close("two pixels a point", &picture, &expected, &found);
}

#[test]
fn a_large_film_is_previewed_at_once_and_sharp_when_woken() {
    let Some(state) = software_render_state() else {
        return;
    };
    let (woken, wakes) = std::sync::mpsc::channel();
    install_with_wake(
        &state,
        Arc::new(move || {
            woken.send(()).ok();
        }),
    );
    let (_, mut picture) = cases().remove(0);
    let film = smooth_film(1400, 900);
    picture.base = Layer(film);
    picture.view = ViewTransform {
        zoom: 0.125,
        ..ViewTransform::native(1400, 900)
    };
    let expected = compose(&picture, WIDTH, HEIGHT);
    let preview = paint(&state, vec![(whole_window(), picture.clone())], 1.0);
    let error: f64 = preview
        .iter()
        .zip(&expected)
        .map(|(a, b)| f64::from(a.abs_diff(*b)))
        .sum();
    let mean_error = error / expected.len() as f64;
    assert!(mean_error < 8.0, "the preview is off by {mean_error}");
    wakes
        .recv_timeout(std::time::Duration::from_secs(60))
        .unwrap();
    let sharp = paint(&state, vec![(whole_window(), picture.clone())], 1.0);
    assert_close("a large film", &picture, &expected, &sharp);
}

fn assert_close(name: &str, picture: &Picture, expected: &[u8], found: &[u8]) {
    let differing: Vec<usize> = (0..WIDTH * HEIGHT)
        .filter(|pixel| {
            let range = pixel * 4..pixel * 4 + 4;
            let pairs = expected[range.clone()].iter().zip(&found[range]);
            pairs.into_iter().any(|(a, b)| a.abs_diff(*b) > 1)
        })
        .filter(|&pixel| !on_the_threshold(picture, pixel))
        .collect();
    assert!(
        differing.is_empty(),
        "{name}: {} pixels differ by more than 1, first at {:?}: {:?} on the CPU, {:?} on the GPU",
        differing.len(),
        (differing[0] % WIDTH, differing[0] / WIDTH),
        &expected[differing[0] * 4..][..4],
        &found[differing[0] * 4..][..4],
    );
}

/// Whether a pixel's map value equals the threshold to within rounding: it may fall on either side.
fn on_the_threshold(picture: &Picture, pixel: usize) -> bool {
    let Some(overlay) = &picture.overlay else {
        return false;
    };
    let dx = (pixel % WIDTH) as f32 + 0.5 - WIDTH as f32 / 2.0;
    let dy = (pixel / WIDTH) as f32 + 0.5 - HEIGHT as f32 / 2.0;
    let point = picture.view.image_from_screen(dx, dy);
    let value = overlay.map.placed.sample(point.x, point.y);
    value.is_some_and(|value| (value - overlay.threshold).abs() < 1e-5)
}

fn cases() -> Vec<(String, Picture)> {
    let plain = plain_picture();
    let mut cases = Vec::new();
    let mut add = |name: &str, change: &dyn Fn(&mut Picture)| {
        let mut picture = plain.clone();
        change(&mut picture);
        cases.push((name.to_owned(), picture));
    };
    add("a linear window", &|_| {});
    add("a narrow exact window, inverted", &|picture| {
        picture.ramp = window(31_000.0, 9_000.0, VoiFunction::LinearExact, true);
    });
    add("a sigmoid", &|picture| {
        picture.ramp = window(25_000.0, 20_000.0, VoiFunction::Sigmoid, false);
    });
    add("a table", &|picture| picture.ramp = table());
    add("a fractional pan and zoom", &|picture| {
        picture.view = view(101.37, 77.91, 2.718);
    });
    add("a magnification of 20", &|picture| {
        picture.view = view(150.2, 90.4, 20.0)
    });
    add("tall pixels", &|picture| picture.view.pixel_aspect = 1.3);
    add("an eighth of the size", &|picture| {
        picture.view = view(150.0, 100.0, 0.125)
    });
    add("a quarter of the size", &|picture| {
        picture.view = view(140.3, 96.2, 0.25)
    });
    add("a third of the size", &|picture| {
        picture.view = view(140.3, 96.2, 0.33)
    });
    for colormap in Colormap::ALL {
        add(&format!("an overlay in {}", colormap.name()), &|picture| {
            picture.overlay = Some(overlay(colormap, 0.6));
        });
    }
    add("an opaque overlay, small", &|picture| {
        picture.overlay = Some(overlay(Colormap::Inferno, 1.0));
        picture.view = view(140.3, 96.2, 0.5);
    });
    add("a fade", &|picture| {
        picture.over = Some((counterpart(), Blend::Fade(0.35)))
    });
    add("a swipe with an overlay", &|picture| {
        picture.over = Some((counterpart(), Blend::Swipe(143.21)));
        picture.overlay = Some(overlay(Colormap::Cividis, 0.5));
    });
    cases
}

fn plain_picture() -> Picture {
    Picture {
        base: Layer(film(301, 203)),
        over: None,
        ramp: window(30_000.0, 50_000.0, VoiFunction::Linear, false),
        overlay: None,
        view: view(150.5, 101.5, 0.6),
    }
}

fn view(x: f32, y: f32, zoom: f32) -> ViewTransform {
    ViewTransform {
        center_in_image: PixelPoint { x, y },
        zoom,
        pixel_aspect: 1.0,
    }
}

fn window(center: f32, width: f32, function: VoiFunction, inverted: bool) -> Arc<GreyRamp> {
    let voi = Voi::Window(VoiWindow::new(center, width, function));
    let polarity = if inverted {
        Polarity::Inverse
    } else {
        Polarity::Identity
    };
    Arc::new(GreyRamp::new(&voi, polarity))
}

fn table() -> Arc<GreyRamp> {
    let entries: Vec<u16> = (0..65_536_u32)
        .map(|i| (i * (i / 256) / 256) as u16)
        .collect();
    let voi = Voi::Table(VoiTable {
        first_mapped: 0.0,
        entries: entries.into(),
        bits: 16,
    });
    Arc::new(GreyRamp::new(&voi, Polarity::Identity))
}

/// A film of 16-bit integers: slopes, edges and noise, and a few samples that are not finite.
fn film(width: usize, height: usize) -> Arc<Placed> {
    let mut samples: Vec<f32> = (0..width * height)
        .map(|index| {
            let (x, y) = (index % width, index / width);
            let noise = (index as u32).wrapping_mul(2_654_435_761) >> 20;
            let edge = if (x / 40 + y / 30) % 2 == 0 {
                18_000
            } else {
                0
            };
            (x * 90 + y * 60 + edge) as f32 + noise as f32
        })
        .collect();
    samples[5 * width + 7] = f32::NAN;
    samples[9 * width + 3] = f32::INFINITY;
    placed(width, height, samples)
}

fn smooth_film(width: usize, height: usize) -> Arc<Placed> {
    let samples: Vec<f32> = (0..width * height)
        .map(|index| (index % width * 20 + index / width * 30) as f32)
        .collect();
    placed(width, height, samples)
}

fn placed(width: usize, height: usize, samples: Vec<f32>) -> Arc<Placed> {
    Arc::new(Placed {
        raster: Raster::new(width, height, samples).unwrap(),
        place: PixelRect::of_image(width, height),
    })
}

fn counterpart() -> Layer {
    let samples: Vec<f32> = (0..32 * 32)
        .map(|index| (index % 32 * 1_000 + index / 32 * 700) as f32)
        .collect();
    Layer(Arc::new(Placed {
        raster: Raster::new(32, 32, samples).unwrap(),
        place: PixelRect::new(33.3, 20.7, 230.0, 170.0),
    }))
}

fn overlay(colormap: Colormap, opacity: f32) -> Overlay {
    let samples: Vec<f32> = (0..24 * 20)
        .map(|index| {
            let (x, y) = ((index % 24) as f32 - 9.0, (index / 24) as f32 - 12.0);
            6.0 * (-(x * x + y * y) / 30.0).exp()
        })
        .collect();
    Overlay {
        map: Arc::new(AnomalyMap {
            kind: MapKind::Residue,
            placed: Placed {
                raster: Raster::new(24, 20, samples).unwrap(),
                place: PixelRect::new(20.0, 10.0, 260.0, 180.0),
            },
            scale: (0.0, 5.0),
            unit: "σ of normals".to_owned(),
        }),
        colormap,
        opacity,
        threshold: 1.7,
    }
}

fn whole_window() -> egui::Rect {
    egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(WIDTH as f32, HEIGHT as f32))
}

/// Returns a software GPU, or says loudly that there is none.
fn software_render_state() -> Option<RenderState> {
    let made = std::panic::catch_unwind(|| {
        let setup = egui_kittest::wgpu::default_wgpu_setup();
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

fn with_target(state: &RenderState, format: wgpu::TextureFormat) -> RenderState {
    let renderer = Renderer::new(&state.device, format, RendererOptions::PREDICTABLE);
    RenderState {
        target_format: format,
        renderer: Arc::new(egui::mutex::RwLock::new(renderer)),
        ..state.clone()
    }
}

/// Paints pictures as egui does and reads the window back as RGBA.
fn paint(state: &RenderState, views: Vec<(egui::Rect, Picture)>, pixels_per_point: f32) -> Vec<u8> {
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
    // 192 pixels are 768 bytes: a whole multiple of the 256 that copies demand.
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
