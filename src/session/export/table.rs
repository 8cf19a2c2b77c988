//! Everything shown as a table and as JSON.

use serde_json::{Value, json};

use super::{ExportJob, findings, picture};
use crate::error::{Error, Result};
use crate::files::dicom_export::ModelResult;
use crate::radiograph::{Annotation, PixelRect};

const HEAD: &str = "what,name,made_by,x_px,y_px,width_px,height_px,quantity,value,unit,points_px\n";

/// One line of the table.
struct Line<'a> {
    what: &'a str,
    name: &'a str,
    made_by: &'a str,
    bounds: Option<PixelRect>,
    quantity: &'a str,
    value: Option<f64>,
    unit: &'a str,
    points: &'a str,
}

/// Writes a line for every number, and one for every mark that measures nothing.
pub(super) fn csv(job: &ExportJob) -> String {
    let mut out = HEAD.to_owned();
    let found = findings::of(job);
    for mark in &found.annotations {
        of_mark(job, mark, &mut out);
    }
    for result in &found.results {
        of_result(result, &mut out);
    }
    out
}

fn of_mark(job: &ExportJob, mark: &Annotation, out: &mut String) {
    let points = mark.shape.points();
    let points: Vec<String> = points
        .iter()
        .map(|point| format!("{} {}", point.x, point.y))
        .collect();
    let points = points.join(";");
    let name = mark.name();
    let line = |quantity, value, unit| Line {
        what: mark.shape.kind().name(),
        name: &name,
        made_by: "reader",
        bounds: Some(mark.shape.bounds()),
        quantity,
        value,
        unit,
        points: &points,
    };
    let measured = mark.measure(&job.film);
    if measured.quantities.is_empty() {
        write(&line("", None, ""), out);
    }
    for quantity in &measured.quantities {
        let name = quantity.kind.name();
        write(&line(name, Some(quantity.value), &quantity.unit), out);
    }
}

fn of_result(result: &ModelResult, out: &mut String) {
    let name = result.map.name();
    let film = |quantity, value, unit| Line {
        what: "film",
        name,
        made_by: &result.algorithm.name,
        bounds: None,
        quantity,
        value: Some(value),
        unit,
        points: "",
    };
    if let Some(flag) = &result.flag {
        let flagged = Line {
            value: None,
            ..film(flag, 0.0, "")
        };
        write(&flagged, out);
    }
    if let Some(score) = &result.score {
        write(&film("score", f64::from(score.raw), ""), out);
        if let (Some(percentile), Some(p_value)) = (score.percentile, score.p_value) {
            write(&film("percentile", f64::from(percentile), "%"), out);
            write(&film("p-value", f64::from(p_value), ""), out);
        }
    }
    let threshold = f64::from(result.threshold);
    write(&film("threshold", threshold, &result.unit), out);
    write(&film("regions", result.regions.len() as f64, ""), out);
    for region in &result.regions {
        let number = region.id.to_string();
        let line = |quantity, value, unit| Line {
            what: "region",
            name: &number,
            made_by: &result.algorithm.name,
            bounds: Some(region.bounds),
            quantity,
            value: Some(value),
            unit,
            points: "",
        };
        write(&line("area", f64::from(region.area_px), "px²"), out);
        if let Some(area_mm2) = region.area_mm2 {
            write(&line("area", f64::from(area_mm2), "mm²"), out);
        }
        write(&line("peak", f64::from(region.peak), &result.unit), out);
        write(&line("mean", f64::from(region.mean), &result.unit), out);
    }
}

fn write(line: &Line<'_>, out: &mut String) {
    let bounds = line.bounds.map(|bounds| bounds.xywh());
    let bounds = bounds.map_or_else(
        || ",,,".to_owned(),
        |bounds| bounds.map(|number| number.to_string()).join(","),
    );
    let value = line
        .value
        .map_or_else(String::new, |value| value.to_string());
    let [what, name, made_by, quantity, unit, points] = [
        line.what,
        line.name,
        line.made_by,
        line.quantity,
        line.unit,
        line.points,
    ]
    .map(cell);
    out.push_str(&format!(
        "{what},{name},{made_by},{bounds},{quantity},{value},{unit},{points}\n"
    ));
}

/// Quotes a cell where it must be (RFC 4180). What a spreadsheet would compute is kept a text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Writes everything shown as JSON: the facts of the picture, and marks and results in full.
///
/// # Errors
/// When the picture would be too large.
pub(super) fn json(job: &ExportJob) -> Result<Vec<u8>> {
    let found = findings::of(job);
    let marks: Vec<Value> = found
        .annotations
        .iter()
        .map(|mark| {
            json!({
                "mark": mark,
                "name": mark.name(),
                "measurement": mark.measure(&job.film),
            })
        })
        .collect();
    let results: Vec<Value> = found.results.iter().map(of_model).collect();
    let everything = json!({
        "facts": &picture::drawn(job)?.facts,
        "marks": marks,
        "results": results,
    });
    let mut bytes = serde_json::to_vec_pretty(&everything)
        .map_err(|cause| Error::internal(format!("the JSON cannot be written: {cause}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn of_model(result: &ModelResult) -> Value {
    json!({
        "model": result.algorithm.name,
        "weights_sha256": result.algorithm.weights_sha256,
        "score": result.score,
        "flag": result.flag,
        "map": result.map,
        "threshold": {
            "value": result.threshold,
            "unit": result.unit,
            "source": result.threshold_source,
        },
        "regions": result.regions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_cells_and_texts_stay_texts() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
