//! What stays on the GPU, and for how long.

use std::sync::Arc;

use egui_wgpu::{RenderState, RendererOptions};

use super::*;
use crate::anomaly::{AnomalyMap, MapKind, Placed};
use crate::display::GreyRamp;
use crate::radiograph::{PixelRect, Polarity, Raster, Voi};

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

fn placed() -> Placed {
    Placed {
        raster: Raster::new(16, 12, vec![1.0; 16 * 12]).unwrap(),
        place: PixelRect::of_image(16, 12),
    }
}

#[test]
fn a_film_is_uploaded_once_and_let_go_with_its_layer() {
    let Some(state) = software_render_state() else {
        return;
    };
    let mut films = Films::new(&state.device, &state.queue, None);
    let layer = Arc::new(placed());
    let first = films.resident(&layer).view.clone();
    assert_eq!(films.resident(&layer).view, first);
    films.forget_dropped();
    assert_eq!(films.count(), 1);
    drop(layer);
    films.forget_dropped();
    assert_eq!(films.count(), 0);
}

#[test]
fn a_map_is_uploaded_once_and_let_go_with_its_outcome() {
    let Some(state) = software_render_state() else {
        return;
    };
    let mut maps = Maps::new();
    let map = Arc::new(AnomalyMap {
        kind: MapKind::Residue,
        placed: placed(),
        scale: (0.0, 1.0),
        unit: "arbitrary".to_owned(),
    });
    let first = maps.view(&state.device, &state.queue, &map);
    assert_eq!(maps.view(&state.device, &state.queue, &map), first);
    drop(map);
    maps.forget_dropped();
    assert_eq!(maps.count(), 0);
}

#[test]
fn dragging_the_window_reuses_one_ramp_texture() {
    let Some(state) = software_render_state() else {
        return;
    };
    let mut ramps = Ramps::new();
    for step in 1..50 {
        let voi = Voi::spanning(0.0, step as f32);
        let ramp = Arc::new(GreyRamp::new(&voi, Polarity::Identity));
        ramps.view(&state.device, &state.queue, &ramp);
    }
    assert_eq!(ramps.count(), 1);
}
