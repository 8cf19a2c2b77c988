//! Shaders are valid, and the GPU draws what the CPU reference draws, to one grey level in 255.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod cases;
mod screen;

use std::path::Path;
use std::sync::Arc;

use silhouette::display::{
    Layer, Picture, ViewTransform, compose, install, install_with_wake, reduction,
};

use cases::{cases, smooth_film};
use screen::{
    HEIGHT, WIDTH, paint, software_render_state, software_render_state_with, whole_window,
    with_target,
};

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
                // The networks' shaders are parts; what is made of them is validated beside it.
                if !path.ends_with("compute") {
                    folders.push(path);
                }
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
        Err(error) => {
            return Some(error.emit_to_string_with_path(&source, &path.display().to_string()));
        }
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
    let mut failures = Vec::new();
    for format in [
        wgpu::TextureFormat::Rgba8Unorm,
        wgpu::TextureFormat::Rgba8UnormSrgb,
    ] {
        let state = with_target(&state, format);
        install(&state);
        for (name, picture) in cases() {
            let expected = compose(&picture, WIDTH, HEIGHT);
            let found = paint(&state, vec![(whole_window(), picture.clone())], 1.0);
            let name = format!("{name} on {format:?}");
            failures.extend(difference(&name, &picture, &expected, &found));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
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
    assert_eq!(
        difference("two pixels a point", &picture, &expected, &found),
        None
    );
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
    assert_eq!(
        difference("a large film", &picture, &expected, &sharp),
        None
    );
}

#[test]
fn a_film_beyond_the_devices_textures_is_still_shown() {
    let Some(state) = software_render_state_with(Some(4096)) else {
        return;
    };
    install(&state);
    let (_, mut picture) = cases().remove(0);
    picture.base = Layer(smooth_film(5000, 301));
    picture.view = ViewTransform {
        zoom: 0.25,
        ..ViewTransform::native(5000, 301)
    };
    assert_eq!(reduction(5000, 301, 4096), 2);
    let expected = compose(&picture, WIDTH, HEIGHT);
    let found = paint(&state, vec![(whole_window(), picture.clone())], 1.0);
    assert_eq!(
        difference("a film wider than a texture", &picture, &expected, &found),
        None
    );
}

/// Returns what is wrong with a picture the GPU drew, if a channel is off by more than 1.
fn difference(name: &str, picture: &Picture, expected: &[u8], found: &[u8]) -> Option<String> {
    let differing: Vec<usize> = (0..WIDTH * HEIGHT)
        .filter(|pixel| {
            let range = pixel * 4..pixel * 4 + 4;
            let pairs = expected[range.clone()].iter().zip(&found[range]);
            pairs.into_iter().any(|(a, b)| a.abs_diff(*b) > 1)
        })
        .filter(|&pixel| !on_the_threshold(picture, pixel))
        .collect();
    let first = *differing.first()?;
    Some(format!(
        "{name}: {} pixels differ by more than 1, first at {:?}: {:?} on the CPU, {:?} on the GPU",
        differing.len(),
        (first % WIDTH, first / WIDTH),
        &expected[first * 4..][..4],
        &found[first * 4..][..4],
    ))
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
