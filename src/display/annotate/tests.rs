//! What an annotated picture promises.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Local;

use super::*;
use crate::anomaly::{
    Agreement, Doubt, Finding, MapKind, ModelId, Placed, Score, Seconds, Threshold, Vote, regions,
};
use crate::radiograph::{
    Correction, Graphics, PixelRect, PixelSpacing, Radiograph, Raster, Source, SpacingPlane,
};

fn film(width: usize, height: usize) -> Film {
    let samples: Vec<f32> = (0..width * height)
        .map(|index| ((index % width) * 5 + (index / width) * 3) as f32 % 4096.0)
        .collect();
    let raster = Raster::new(width, height, samples).unwrap();
    let radiograph = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
    Film {
        radiograph: Arc::new(radiograph.with_spacing(PixelSpacing::checked(
            0.2,
            0.2,
            SpacingPlane::Detector,
            "Imager Pixel Spacing (0018,1164)",
        ))),
        source: Source {
            path: PathBuf::from("/somewhere/secret/film.dcm"),
            kind: "dicom",
            ..Source::default()
        },
        identity: Identity {
            patient_name: Some("Doe^Jane".to_owned()),
            ..Identity::default()
        },
        pipeline: Arc::default(),
        graphics: Graphics::default(),
    }
}

fn analysis(film: &Film) -> Analysis {
    let raster = &film.radiograph.raster;
    let place = PixelRect::of_image(raster.width(), raster.height());
    let samples: Vec<f32> = (0..32 * 32)
        .map(|index| {
            let (x, y) = ((index % 32) as f32 - 20.0, (index / 32) as f32 - 12.0);
            8.0 * (-(x * x + y * y) / 12.0).exp()
        })
        .collect();
    let placed = |samples: Vec<f32>| Placed {
        raster: Raster::new(32, 32, samples).unwrap(),
        place,
    };
    let map = Arc::new(AnomalyMap {
        kind: MapKind::Residue,
        placed: placed(samples),
        scale: (0.0, 6.0),
        unit: "σ of normals".to_owned(),
    });
    let outcome = Outcome {
        model: ModelId::new("stub"),
        weights_sha256: "0123456789abcdef".repeat(4),
        device: "cpu".to_owned(),
        input_size: (32, 32),
        input_region: place,
        score: Score::among(0.7, &[0.1, 0.2, 0.9]),
        counterpart: Arc::new(placed(vec![1000.0; 32 * 32])),
        reconstruction: None,
        maps: vec![map.clone()],
        threshold: Threshold {
            value: 3.0,
            unit: "σ of normals".to_owned(),
            source: "99th percentile of 3 normals".to_owned(),
        },
        lung_boxes: Vec::new(),
        variants: Vec::new(),
        gate: vec![Finding::warning(
            Doubt::TooSmall,
            "the film is smaller than those the model was made for",
        )],
        withheld: None,
        seen_as: Correction::NONE,
        seconds: Seconds::default(),
    };
    Analysis {
        outcome: Arc::new(outcome),
        regions: regions(&map, 3.0, 1, film.radiograph.spacing.as_ref()),
        map,
        threshold: 3.0,
        opacity: 0.5,
        colormap: Colormap::Inferno,
    }
}

fn request(width: usize, height: usize, panels: &[Panel]) -> ExportRequest {
    let film = film(width, height);
    ExportRequest {
        voi: film.radiograph.vois[0].clone(),
        polarity: Polarity::Identity,
        shown: FileMarks::default(),
        processed: None,
        panels: panels.to_vec(),
        analysis: Some(analysis(&film)),
        concord: None,
        identity: None,
        marks: Vec::new(),
        key_image: false,
        blacked_out: Vec::new(),
        prior: None,
        time: Local::now(),
        film,
    }
}

/// Returns the pixel of a panel at a film position.
fn pixel(picture: &AnnotatedPicture, panel: usize, (x, y): (usize, usize)) -> [u8; 4] {
    let corner = |name: &str| picture.facts["panels"][panel][name].as_u64().unwrap() as usize;
    let index = (corner("top") + y) * picture.width + corner("left") + x;
    picture.rgba[index * 4..][..4].try_into().unwrap()
}

#[test]
fn film_pixels_stay_untouched_without_overlay_and_boxes() {
    for (width, height) in [(700, 900), (90, 60)] {
        let request = request(width, height, &[Panel::FILM]);
        let exported = export(&request).unwrap();
        let film = compose(&scene::picture(&request, Panel::FILM), width, height);
        for y in 0..height {
            for x in 0..width {
                let expected: [u8; 4] = film[(y * width + x) * 4..][..4].try_into().unwrap();
                assert_eq!(pixel(&exported, 0, (x, y)), expected, "{x}, {y}");
            }
        }
    }
}

#[test]
fn the_box_lies_where_the_region_lies() {
    let request = request(800, 640, &[Panel::MAP]);
    let bounds = request.analysis.as_ref().unwrap().regions[0].bounds;
    let exported = export(&request).unwrap();
    let middle = bounds.center();
    let white = [255, 255, 255, 255];
    let (left, right) = (bounds.x as usize, bounds.right() as usize - 1);
    let (top, bottom) = (bounds.y as usize, bounds.bottom() as usize - 1);
    for point in [
        (left, middle.y as usize),
        (right, middle.y as usize),
        (middle.x as usize, top),
        (middle.x as usize, bottom),
    ] {
        assert_eq!(pixel(&exported, 0, point), white, "{point:?}");
    }
    assert_ne!(pixel(&exported, 0, (left + 8, middle.y as usize)), white);
}

#[test]
fn pixels_that_are_not_square_are_drawn_true() {
    for (row_mm, column_mm, drawn) in [(0.4, 0.2, (600, 960)), (0.2, 0.3, (900, 480))] {
        let mut request = request(600, 480, &[Panel::MAP]);
        let mut radiograph = Radiograph::clone(&request.film.radiograph);
        let plane = SpacingPlane::Detector;
        radiograph.spacing = PixelSpacing::checked(row_mm, column_mm, plane, "test");
        request.film.radiograph = Arc::new(radiograph);
        let exported = export(&request).unwrap();
        let panel = &exported.facts["panels"][0];
        assert_eq!(
            (&panel["width"], &panel["height"]),
            (&drawn.0.into(), &drawn.1.into())
        );
        // The box follows: its middle left edge lies where the stretched region begins.
        let bounds = request.analysis.as_ref().unwrap().regions[0].bounds;
        let across = drawn.0 as f32 / 600.0;
        let down = drawn.1 as f32 / 480.0;
        let left = (bounds.x * across).round() as usize;
        let middle = (bounds.center().y * down) as usize;
        assert_eq!(pixel(&exported, 0, (left, middle)), [255; 4]);
        let text = exported.facts["printed"].to_string();
        assert!(text.contains("not square, drawn true"), "{text}");
        assert!(text.contains("cm² (at detector)"), "{text}");
        assert!(text.contains("Side: not stated"), "{text}");
    }
}

#[test]
fn a_picture_of_a_file_with_several_frames_says_which_one_it_shows() {
    let said = |later_frames: usize| {
        let mut request = request(300, 200, &[Panel::FILM]);
        request.film.source.later_frames = later_frames;
        let exported = export(&request).unwrap();
        assert_eq!(exported.facts["film"]["frames"], later_frames + 1);
        exported.facts["printed"].to_string()
    };
    assert!(said(2).contains("300 × 200 px · frame 1 of 3 · "));
    assert!(!said(0).contains("frame"));
}

#[test]
fn no_text_is_cut_at_any_film_size() {
    let lettering = Lettering::for_text("").unwrap();
    for (width, height) in [(1, 1), (64, 64), (200, 1200), (1500, 300), (2500, 3000)] {
        for panels in [&[Panel::MAP][..], &[Panel::FILM, Panel::COUNTERPART]] {
            let request = request(width, height, panels);
            let lines = wording::lines(&request, &lettering);
            let layout = Layout::new(&request, &lettering, &lines);
            for line in &layout.lines {
                let right = line.at.0 + lettering.width(&line.text, layout.font_px);
                assert!(right <= layout.width as f32, "{width}: {}", line.text);
                assert!(line.at.1 + 1.2 * layout.font_px <= layout.height as f32);
            }
            assert!(layout.font_px >= 12.0 && layout.font_px >= height as f32 / 45.0);
        }
    }
}

#[test]
fn the_facts_name_everything_but_the_patient() {
    let mut request = request(300, 400, &[Panel::FILM, Panel::COUNTERPART, Panel::MAP]);
    request.identity = Some(request.film.identity.clone());
    let facts = export(&request).unwrap().facts;
    let text = facts.to_string();
    for fact in [
        "film.dcm",
        "01234567",
        "σ of normals",
        RESEARCH_USE,
        SYNTHETIC_MARK,
        "99th percentile of 3 normals",
        "mm (at detector)",
        "smaller than those",
        env!("CARGO_PKG_VERSION"),
    ] {
        assert!(text.contains(fact), "{fact} is missing from {text}");
    }
    assert_eq!(
        facts["analysis"]["map"]["scale"],
        serde_json::json!([0.0, 6.0])
    );
    assert_eq!(facts["panels"][1]["synthetic"], true);
    assert!(!text.contains("Doe") && !text.contains("secret"), "{text}");
}

#[test]
fn an_identity_is_printed_only_when_handed_over() {
    let mut request = request(300, 400, &[Panel::FILM]);
    let printed = |request: &ExportRequest| {
        let lettering = Lettering::for_text("").unwrap();
        let lines = wording::lines(request, &lettering);
        lines.iter().any(|line| line.text.contains("Doe^Jane"))
    };
    assert!(!printed(&request));
    request.identity = Some(request.film.identity.clone());
    assert!(printed(&request));
}

#[test]
fn only_greys_turned_over_against_the_film_are_called_inverted() {
    let mut request = request(30, 40, &[Panel::FILM]);
    let mut radiograph = (*request.film.radiograph).clone();
    radiograph.polarity = Polarity::Inverse;
    request.film.radiograph = Arc::new(radiograph);
    for (polarity, inverted) in [(Polarity::Inverse, false), (Polarity::Identity, true)] {
        request.polarity = polarity;
        let facts = export(&request).unwrap().facts;
        assert_eq!(facts["inverted"], inverted);
        assert_eq!(facts["printed"].to_string().contains("INVERTED"), inverted);
        let title = facts["panels"][0]["title"].as_str().unwrap().to_owned();
        assert_eq!(title.ends_with("· INVERTED"), inverted, "{title}");
    }
}

#[test]
fn generated_panels_are_framed_in_amber_dashes() {
    let exported = export(&request(600, 700, &[Panel::FILM, Panel::COUNTERPART])).unwrap();
    let edge: Vec<[u8; 4]> = (0..600).map(|x| pixel(&exported, 1, (x, 0))).collect();
    let [r, g, b] = SYNTHETIC_AMBER;
    let amber = edge
        .iter()
        .filter(|&&color| color == [r, g, b, 255])
        .count();
    assert!((200..=400).contains(&amber), "{amber} of 600 are amber");
    let film_edge = (0..600).map(|x| pixel(&exported, 0, (x, 0)));
    assert_eq!(
        film_edge.filter(|&color| color == [r, g, b, 255]).count(),
        0
    );
}

#[test]
fn a_map_without_an_analysis_is_refused() {
    let mut request = request(30, 40, &[Panel::MAP]);
    request.analysis = None;
    assert_eq!(export(&request).unwrap_err().kind, ErrorKind::Usage);
    request.panels.clear();
    assert_eq!(export(&request).unwrap_err().kind, ErrorKind::Usage);
}

fn concord(film: &Film) -> Concord {
    let one = analysis(film);
    let vote = |name: &str, threshold| Vote {
        model: ModelId::new(name),
        weights_sha256: "0123456789abcdef".to_owned(),
        map: one.map.clone(),
        threshold,
    };
    let raster = &film.radiograph.raster;
    let votes = vec![vote("first", 1.0), vote("second", 3.0)];
    let agreement = Agreement::new(votes, (raster.width(), raster.height())).unwrap();
    Concord {
        regions: agreement.regions(2, None),
        agreement: Arc::new(agreement),
        least: 2,
        opacity: 0.6,
        colormap: Colormap::Inferno,
    }
}

#[test]
fn an_agreement_names_models_thresholds_and_counts() {
    let mut request = request(600, 400, &[Panel::FILM, Panel::AGREEMENT]);
    request.analysis = None;
    assert_eq!(export(&request).unwrap_err().kind, ErrorKind::Usage);
    request.concord = Some(concord(&request.film));
    let facts = export(&request).unwrap().facts;
    let agreement = &facts["agreement"];
    assert_eq!(agreement["at_least"], 2);
    assert_eq!(agreement["of"], 2);
    assert_eq!(agreement["models"][1]["model"], "second");
    assert_eq!(agreement["models"][1]["threshold"], 3.0);
    assert_eq!(agreement["regions"][0]["k"], 2.0);
    assert_eq!(agreement["regions"][0]["n"], serde_json::json!([2, 2]));
    let printed = facts["printed"].to_string();
    for words in [
        "at least 2 of 2 models",
        "first",
        "second",
        "threshold 3 σ of normals",
    ] {
        assert!(printed.contains(words), "{words} is missing in {printed}");
    }
    assert_eq!(facts["synthetic"], false);
}

#[test]
fn beyond_a_models_view_the_counterpart_is_the_film() {
    let plain = request(600, 400, &[Panel::FILM]);
    let film = export(&plain).unwrap();
    let mut request = request(600, 400, &[Panel::COUNTERPART]);
    if let Some(analysis) = &mut request.analysis {
        let place = PixelRect::new(100.0, -50.0, 300.0, 600.0);
        let mut outcome = (*analysis.outcome).clone();
        outcome.input_region = place;
        outcome.counterpart = Arc::new(Placed {
            place,
            ..(*outcome.counterpart).clone()
        });
        analysis.outcome = Arc::new(outcome);
    }
    let counterpart = export(&request).unwrap();
    let pixel = |picture: &AnnotatedPicture, x: usize, y: usize| {
        let panel = &picture.facts["panels"][0];
        let at = |name: &str| panel[name].as_u64().unwrap() as usize;
        let start = ((at("top") + y) * picture.width + at("left") + x) * 4;
        picture.rgba[start..start + 3].to_vec()
    };
    for (x, y) in [(60, 200), (500, 100), (420, 300)] {
        assert_eq!(pixel(&counterpart, x, y), pixel(&film, x, y));
    }
    assert_ne!(pixel(&counterpart, 250, 210), pixel(&film, 250, 210));
}
