//! The saliency pipeline against scikit-image's numbers for the same residue.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use silhouette::anomaly::{
    AnomalyMap, MapKind, Placed, adaptive_cut, kept_saliency, otsu, regions_in_lungs,
};
use silhouette::radiograph::{PixelRect, Raster};

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/oracles"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none(),
        "the reference numbers are missing"
    );
    eprintln!("SKIPPED: the reference numbers are not on this machine");
    None
}

fn samples(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap();
    flat.to_vec1().unwrap()
}

/// A box given as first row, first column, and the row and column behind the last.
fn rect(corners: &serde_json::Value) -> PixelRect {
    let corners: [f32; 4] = serde_json::from_value(corners.clone()).unwrap();
    let [top, left, bottom, right] = corners;
    PixelRect::new(left, top, right - left, bottom - top)
}

#[test]
fn cut_regions_and_saliency_are_the_references() {
    let Some(folder) = folder() else { return };
    let json = std::fs::read(folder.join("classic_image_metrics.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let expected = &json["saliency_pipeline"];
    let file = folder.join("classic_image_metrics.safetensors");
    let tensors = candle_core::safetensors::load(file, &Device::Cpu).unwrap();
    let residue = samples(&tensors["resid.f32"]);
    let map = AnomalyMap {
        kind: MapKind::Residue,
        placed: Placed {
            raster: Raster::new(80, 96, residue).unwrap(),
            place: PixelRect::of_image(80, 96),
        },
        scale: (0.0, 1.0),
        unit: String::new(),
    };
    let lungs = expected["lung_boxes_rc_halfopen"].as_array().unwrap();
    let lungs: Vec<PixelRect> = lungs.iter().map(rect).collect();

    let cut = otsu(&map.placed.raster.values()).unwrap();
    let wanted = expected["threshold"].as_f64().unwrap();
    assert!(
        (f64::from(cut) - wanted).abs() < 1e-6,
        "{cut} is not {wanted}"
    );
    assert_eq!(adaptive_cut(&map, &[], 0.1), cut);

    // The reference lists them by their peaks; ours have numbers that thresholds do not change.
    let mut found = regions_in_lungs(&map, cut, &lungs, None);
    found.sort_by(|a, b| b.peak.total_cmp(&a.peak));
    let kept = expected["kept"].as_array().unwrap();
    assert_eq!(found.len(), kept.len());
    for (found, kept) in found.iter().zip(kept) {
        assert_eq!(found.bounds, rect(&kept["bbox"]));
        let score = kept["score"].as_f64().unwrap();
        assert!((f64::from(found.peak) - score).abs() < 1e-6);
    }
    assert_eq!(
        kept_saliency(&map, cut, &lungs),
        samples(&tensors["sal.saliency"])
    );
}
