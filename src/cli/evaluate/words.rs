//! The report of an evaluation, for people.

use super::Report;
use super::pasted::Pasted;
use crate::cli::report;
use crate::evaluation::{
    Estimate, Localisation, LungField, NamedArea, NamedShare, OperatingPoint, PastedLevel,
    PastedMap, Summary,
};
use crate::models::Card;

/// Prints the report of one model.
pub(super) fn say(card: &Card, report: &Report<'_>) {
    let summary = report.summary;
    report::line(&format!(
        "{} ({}) on {} normal and {} abnormal films; {} failed, {} taken from an earlier run",
        card.title,
        card.preset,
        summary.normal_films,
        summary.abnormal_films,
        report.failed_films,
        report.resumed_films,
    ));
    say_scores(summary);
    say_areas("Without a model, AUC", &summary.baselines);
    say_areas("Other scores of the model, AUC", &summary.variants);
    say_areas("Mean of each map, AUC", &summary.maps);
    let field = field_words(summary.lung_field);
    say_areas(&format!("Mean in {field}, AUC"), &summary.maps_in_lungs);
    say_areas(
        &format!("99th percentile in {field}, AUC"),
        &summary.maps_p99,
    );
    say_areas("By kind of abnormality, AUC", &summary.subtypes);
    if let Some(localisation) = &report.localisation {
        say_localisation(localisation);
    }
    if let Some(pasted) = &report.pasted {
        say_pasted(pasted);
    }
    report::line(&format!(
        "Median time of one analysis: {:.3} s",
        summary.median_seconds
    ));
}

/// Prints some AUCs of the same films on one line; nothing when there are none.
pub(super) fn say_areas(title: &str, areas: &[NamedArea]) {
    if areas.is_empty() {
        return;
    }
    let words: Vec<String> = areas
        .iter()
        .map(|area| {
            let NamedArea { name, auc, .. } = area;
            format!("{name} {:.3} ({:.3}–{:.3})", auc.value, auc.low, auc.high)
        })
        .collect();
    report::line(&format!("{title}: {}", words.join(", ")));
}

fn say_scores(summary: &Summary) {
    let auc = &summary.auc;
    report::line(&format!(
        "AUC {:.3}, 95 % CI {:.3}–{:.3} (DeLong), {:.3}–{:.3} (bootstrap); average precision {:.3}",
        auc.value,
        auc.delong[0],
        auc.delong[1],
        auc.bootstrap[0],
        auc.bootstrap[1],
        summary.average_precision,
    ));
    say_point("At the model's own threshold", &summary.own_threshold);
    say_point("At the best threshold", &summary.best_threshold);
}

fn say_point(title: &str, point: &OperatingPoint) {
    let share = |estimate: Option<Estimate>| {
        estimate.map_or_else(
            || "none".to_owned(),
            |share| format!("{:.3} ({:.3}–{:.3})", share.value, share.low, share.high),
        )
    };
    report::line(&format!(
        "{title}, {:.4} ({}): sensitivity {}, specificity {}, accuracy {}, F1 {:.3}",
        point.threshold,
        point.source,
        share(point.sensitivity),
        share(point.specificity),
        share(point.accuracy),
        point.f1,
    ));
}

fn field_words(field: LungField) -> String {
    match field {
        LungField { whole_map: 0, .. } => "the lung boxes".to_owned(),
        LungField { lung_boxes: 0, .. } => "the whole map (no lung boxes)".to_owned(),
        LungField { whole_map, .. } => {
            format!("the lung boxes (the whole map on {whole_map} films without)")
        }
    }
}

fn say_localisation(found: &Localisation) {
    report::line(&format!(
        "Against {} boxes on {} films, with {} films without lesions and {} regions in all \
         ({} films left out, not in the table): top region hits on {}; any region on {}; \
         IoU of the top region {}",
        found.boxes,
        found.boxed_films,
        found.films_without_lesions,
        found.regions,
        found.left_out_films,
        found.top_region_hits,
        found.any_region_hits,
        found.top_region_iou,
    ));
    say_shares("Peak of each map hits on", &found.peak_hits);
    let precisions = found.average_precision.iter();
    let precisions = precisions.map(|ap| format!("{:.3} at IoU {}", ap.value, ap.iou));
    report::line(&format!(
        "Average precision of the boxes: {}",
        precisions.collect::<Vec<_>>().join(", ")
    ));
    let points = found.froc.iter().map(|point| {
        let sensitivity = point.sensitivity.value.unwrap_or_default();
        format!("{sensitivity:.2} at {}", point.false_positives_per_film)
    });
    report::line(&format!(
        "Sensitivity at false positives per film, of {} boxes: {}",
        found.boxes,
        points.collect::<Vec<_>>().join(", ")
    ));
}

fn say_shares(title: &str, shares: &[NamedShare]) {
    let words = shares
        .iter()
        .map(|NamedShare { name, share }| format!("{name} {share}"));
    report::line(&format!(
        "{title}: {}",
        words.collect::<Vec<_>>().join("; ")
    ));
}

fn say_pasted(pasted: &Pasted) {
    let known = pasted.levels.first();
    report::line(&format!(
        "Opacities pasted into {} normal films ({} failed), one place each, seed {}; lungs found on \
         {}, else taken where they usually lie; “untouched” is the same place without opacity",
        pasted.films,
        pasted.failed_films,
        pasted.seed,
        known.map_or(0, |level| level.films_with_lung_boxes),
    ));
    for level in &pasted.levels {
        say_level(level);
    }
}

fn say_level(level: &PastedLevel) {
    let area = level.score_auc.map_or(f64::NAN, |auc| auc.value);
    report::line(&format!(
        "Added {} of the grey range: top region hits on {} (untouched: {}), Dice {}; score rises on \
         {}, AUC against the untouched films {area:.2}",
        level.amplitude,
        level.top_region_hits,
        level.top_region_hits_untouched.hits,
        level.dice,
        level.score_rises,
    ));
    for map in &level.maps {
        let PastedMap {
            name,
            peak_hits,
            peak_hits_untouched,
            pixel_auc,
            pixel_auc_untouched,
            pixel_average_precision,
        } = map;
        report::line(&format!(
            "  {name}: peak hits on {peak_hits} (untouched: {}); pixel AUC {pixel_auc} \
             (untouched: {pixel_auc_untouched}), pixel AP {pixel_average_precision}",
            peak_hits_untouched.hits,
        ));
    }
}
