//! Metrics against numbers that scikit-learn, SciPy and NumPy give for the same scores.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::PathBuf;

use safetensors::SafeTensors;
use silhouette::evaluation::{
    DetectedFilm, Detection, LabelledScores, MaskOverlap, box_iou, detection_average_precision,
    percentile, pixel_scores, wilson,
};
use silhouette::radiograph::PixelRect;

/// The reference file's two halves, or `None` (said loudly) where it is absent.
struct Reference {
    numbers: serde_json::Value,
    tensors: Vec<u8>,
}

impl Reference {
    fn read() -> Option<Self> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/oracles"));
        let numbers = folder.join("classic_image_metrics.json");
        if !numbers.exists() {
            let absent = format!("SKIPPED: no reference numbers at {}", numbers.display());
            assert!(
                std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none(),
                "{absent}"
            );
            eprintln!("{absent}");
            return None;
        }
        Some(Self {
            numbers: serde_json::from_slice(&std::fs::read(numbers).unwrap()).unwrap(),
            tensors: std::fs::read(folder.join("classic_image_metrics.safetensors")).unwrap(),
        })
    }

    fn number(&self, pointer: &str) -> f64 {
        self.numbers.pointer(pointer).unwrap().as_f64().unwrap()
    }

    fn tensor<const N: usize>(&self, name: &str) -> Vec<[u8; N]> {
        let tensors = SafeTensors::deserialize(&self.tensors).unwrap();
        let bytes = tensors.tensor(name).unwrap().data().to_vec();
        bytes
            .chunks_exact(N)
            .map(|chunk| chunk.try_into().unwrap())
            .collect()
    }

    fn floats(&self, name: &str) -> Vec<f64> {
        self.tensor(name)
            .into_iter()
            .map(f64::from_le_bytes)
            .collect()
    }

    fn mask(&self, name: &str) -> Vec<bool> {
        let bytes = self.tensor::<1>(name).into_iter();
        bytes.map(|[byte]| byte != 0).collect()
    }

    /// The box at a pointer, stored as left, top, right, bottom.
    fn bounds(&self, pointer: &str) -> PixelRect {
        let side = |index: usize| self.number(&format!("{pointer}/{index}")) as f32;
        PixelRect::new(side(0), side(1), side(2) - side(0), side(3) - side(1))
    }

    /// The number of members of the list or the object at a pointer.
    fn length(&self, pointer: &str) -> usize {
        let value = self.numbers.pointer(pointer).unwrap();
        let list = value.as_array().map(Vec::len);
        list.or_else(|| value.as_object().map(serde_json::Map::len))
            .unwrap()
    }

    fn labels(&self) -> Vec<bool> {
        let labels = self.tensor("roc.labels").into_iter();
        labels.map(|label| i64::from_le_bytes(label) == 1).collect()
    }

    fn scores(&self, name: &str) -> LabelledScores {
        labelled(&self.floats(name), &self.labels())
    }
}

fn labelled(scores: &[f64], labels: &[bool]) -> LabelledScores {
    let of = |wanted: bool| {
        let pairs = scores.iter().zip(labels);
        pairs
            .filter(|pair| *pair.1 == wanted)
            .map(|pair| *pair.0)
            .collect()
    };
    LabelledScores::new(of(false), of(true)).unwrap()
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    assert!(
        (ours - theirs).abs() < 1e-9,
        "{what}: {ours} instead of {theirs}"
    );
}

#[test]
fn areas_and_their_intervals_agree_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let first = reference.scores("roc.scores");
    assert_close(first.auc(), reference.number("/roc/auc"), "AUC");
    assert_close(first.average_precision(), reference.number("/roc/ap"), "AP");
    let delong = first.auc_delong();
    assert_close(
        delong.low,
        reference.number("/delong/ci95_wald/0"),
        "DeLong, low",
    );
    assert_close(
        delong.high,
        reference.number("/delong/ci95_wald/1"),
        "DeLong, high",
    );
    assert_close(
        first.delong_variance(),
        reference.number("/delong/cov/0/0"),
        "variance",
    );
    let second = reference.scores("roc.scores2");
    assert_close(
        second.auc(),
        reference.number("/roc/auc_scores2"),
        "second AUC",
    );
    assert_close(
        second.delong_variance(),
        reference.number("/delong/cov/1/1"),
        "variance",
    );
}

#[test]
fn curves_agree_point_by_point() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let scores = reference.scores("roc.scores");
    let roc = scores.roc();
    let (fpr, tpr) = (reference.floats("roc.fpr"), reference.floats("roc.tpr"));
    let thresholds = reference.floats("roc.thr");
    assert_eq!(roc.len(), fpr.len());
    for (index, point) in roc.iter().enumerate() {
        assert_close(point.false_positive_rate, fpr[index], "FPR");
        assert_close(point.true_positive_rate, tpr[index], "TPR");
        if index > 0 {
            assert_close(point.threshold, thresholds[index], "threshold");
        }
    }
    // The reference runs by rising threshold and closes with the point (recall 0, precision 1).
    let (precision, recall) = (
        reference.floats("pr.precision"),
        reference.floats("pr.recall"),
    );
    let ours = scores.precision_recall();
    assert_eq!(ours.len() + 1, precision.len());
    for (index, point) in ours.iter().rev().enumerate() {
        assert_close(point.precision, precision[index], "precision");
        assert_close(point.recall, recall[index], "recall");
    }
}

#[test]
fn the_operating_point_agrees_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let scores = reference.scores("roc.scores");
    let point = scores.best_point();
    assert_close(
        point.threshold,
        reference.number("/roc/youden/threshold"),
        "threshold",
    );
    let count = |pointer: &str| reference.number(pointer) as usize;
    assert_eq!(point.true_positives, count("/roc/youden/tp"));
    assert_eq!(point.false_positives, count("/roc/youden/fp"));
    assert_eq!(point.true_negatives, count("/roc/youden/tn"));
    assert_eq!(point.false_negatives, count("/roc/youden/fn"));
    assert_close(
        point.accuracy.unwrap().value,
        reference.number("/roc/acc"),
        "accuracy",
    );
    assert_close(
        point.precision.unwrap().value,
        reference.number("/roc/precision"),
        "precision",
    );
    assert_close(point.f1, reference.number("/roc/f1"), "F1");
}

#[test]
fn shares_and_their_intervals_agree_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let scores = reference.scores("roc.scores");
    let point = scores.best_point();
    let (sensitivity, specificity) = (point.sensitivity.unwrap(), point.specificity.unwrap());
    assert_close(
        sensitivity.low,
        reference.number("/roc/wilson95_sens/0"),
        "Wilson",
    );
    assert_close(
        sensitivity.high,
        reference.number("/roc/wilson95_sens/1"),
        "Wilson",
    );
    assert_close(
        specificity.low,
        reference.number("/roc/wilson95_spec/0"),
        "Wilson",
    );
    assert_close(
        specificity.high,
        reference.number("/roc/wilson95_spec/1"),
        "Wilson",
    );
    assert_close(
        scores.sensitivity_at_specificity(0.9),
        reference.number("/roc/sens_at_spec_0p90"),
        "sensitivity at a specificity of 0.9",
    );
    assert_eq!(wilson(47, 83).unwrap(), sensitivity);
}

#[test]
fn resampled_areas_agree_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let (scores, labels) = (reference.floats("roc.scores"), reference.labels());
    let indices = reference
        .tensor("boot.indices")
        .into_iter()
        .map(i32::from_le_bytes);
    let indices: Vec<usize> = indices.map(|index| index as usize).collect();
    let mut areas: Vec<f64> = indices
        .chunks_exact(scores.len())
        .map(|draw| {
            let scores: Vec<f64> = draw.iter().map(|&index| scores[index]).collect();
            let labels: Vec<bool> = draw.iter().map(|&index| labels[index]).collect();
            labelled(&scores, &labels).auc()
        })
        .collect();
    for (ours, theirs) in areas.iter().zip(reference.floats("boot.aucs")) {
        assert_close(*ours, theirs, "resampled AUC");
    }
    areas.sort_by(f64::total_cmp);
    let low = reference.number("/bootstrap/ci95_percentile_linear/0");
    let high = reference.number("/bootstrap/ci95_percentile_linear/1");
    assert_close(percentile(&areas, 2.5).unwrap(), low, "percentile");
    assert_close(percentile(&areas, 97.5).unwrap(), high, "percentile");
    // Ours resamples within each class: another scheme, so it agrees only roughly.
    let stratified = reference.scores("roc.scores").auc_bootstrap(2000, 1);
    assert!((stratified.low - low).abs() < 0.02 && (stratified.high - high).abs() < 0.02);
}

#[test]
fn the_paired_comparison_agrees_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let (first, second) = (
        reference.scores("roc.scores"),
        reference.scores("roc.scores2"),
    );
    let compared = first.compare(&second).unwrap();
    assert_close(
        compared.z.unwrap(),
        reference.number("/delong/z_diff"),
        "z of the difference",
    );
    assert_close(
        compared.p_value.unwrap(),
        reference.number("/delong/p_diff"),
        "p of the difference",
    );
}

#[test]
fn masks_and_maps_agree_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let (truth, found) = (reference.mask("overlap.gt"), reference.mask("cc.mask"));
    let overlap = MaskOverlap::count(found.into_iter().zip(truth.iter().copied()));
    assert_close(overlap.dice(), reference.number("/overlap/dice"), "Dice");
    assert_close(overlap.iou(), reference.number("/overlap/iou"), "IoU");
    let map = reference.tensor("resid.f32").into_iter();
    let pixels = pixel_scores(map.map(f32::from_le_bytes).zip(truth)).unwrap();
    assert_close(
        pixels.auc(),
        reference.number("/overlap/pixel_auc"),
        "pixel AUC",
    );
    assert_close(
        pixels.average_precision(),
        reference.number("/overlap/pixel_ap"),
        "pixel AP",
    );
}

#[test]
fn boxes_agree_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let count = reference.length("/box_iou/boxes_xyxy");
    for (one, other) in (0..count).flat_map(|one| (0..count).map(move |other| (one, other))) {
        let bounds = |index: usize| reference.bounds(&format!("/box_iou/boxes_xyxy/{index}"));
        assert_close(
            box_iou(&bounds(one), &bounds(other)),
            reference.number(&format!("/box_iou/iou/{one}/{other}")),
            "IoU of two boxes",
        );
    }
}

#[test]
fn detections_agree_with_the_reference() {
    let Some(reference) = Reference::read() else {
        return;
    };
    let mut films: Vec<DetectedFilm> = (0..reference.length("/detection_ap/gts"))
        .map(|film| {
            let pointer = format!("/detection_ap/gts/{film}");
            let lesions = 0..reference.length(&pointer);
            DetectedFilm {
                lesions: lesions
                    .map(|lesion| reference.bounds(&format!("{pointer}/{lesion}")))
                    .collect(),
                detections: Vec::new(),
            }
        })
        .collect();
    for detection in 0..reference.length("/detection_ap/dets") {
        let pointer = format!("/detection_ap/dets/{detection}");
        let film = reference.number(&format!("{pointer}/0")) as usize;
        films[film].detections.push(Detection {
            score: reference.number(&format!("{pointer}/1")),
            bounds: reference.bounds(&format!("{pointer}/2")),
        });
    }
    for iou in ["0.1", "0.3", "0.5", "0.75"] {
        assert_close(
            detection_average_precision(&films, iou.parse().unwrap()).unwrap(),
            reference.number(&format!("/detection_ap/ap/{iou}")),
            "average precision of detections",
        );
    }
}
