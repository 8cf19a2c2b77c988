//! The pictures that `silhouette analyze --out` writes: counterpart and residue as 16-bit greys at
//! the film's own resolution, and the residue over the film.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Local;

use crate::anomaly::{MapKind, Outcome, Placed, Region, Threshold};
use crate::display::{
    Analysis, AnnotatedPicture, Colormap, ExportRequest, FileMarks, Panel, RESEARCH_USE, export,
};
use crate::error::{Error, Result};
use crate::files::RgbaPicture;
use crate::radiograph::{Film, Radiograph};

/// The share of colour in an overlay.
const OVERLAY_OPACITY: f32 = 0.6;

/// What the pictures of one film and model show.
pub(super) struct Pictures<'a> {
    pub(super) film: &'a Film,
    pub(super) outcome: &'a Arc<Outcome>,
    pub(super) threshold: &'a Threshold,
    /// The regions of the default map; `None` where that map is not shown.
    pub(super) regions: Option<&'a Vec<Region>>,
}

/// Writes `STEM.MODEL.{counterpart,residue,overlay}.png`.
pub(super) fn write_pictures(stem: &Path, pictures: &Pictures<'_>) -> Result<()> {
    let outcome = pictures.outcome;
    let radiograph = &pictures.film.radiograph;
    let file = |what: &str| with_suffix(stem, &format!(".{}.{what}.png", outcome.model));
    let voi = radiograph.default_voi();
    let counterpart = at_native_size(radiograph, &outcome.counterpart, |sample| {
        radiograph.polarity.apply(voi.apply(sample))
    });
    write_grey16(
        &file("counterpart"),
        radiograph,
        &counterpart,
        &facts(pictures, "counterpart"),
    )?;
    if let Some(map) = outcome.map(Some(MapKind::Residue)) {
        let (low, high) = map.scale;
        let residue = at_native_size(radiograph, &map.placed, |value| {
            (value - low) / (high - low)
        });
        let mut facts = facts(pictures, map.kind.name());
        facts.push(("Scale", format!("{low} to {high} {}", map.unit)));
        write_grey16(&file("residue"), radiograph, &residue, &facts)?;
    }
    let Some(overlay) = annotated(pictures)? else {
        return Ok(());
    };
    let mut text: Vec<(String, String)> = facts(pictures, "overlay")
        .into_iter()
        .map(|(key, text)| (key.to_owned(), text))
        .collect();
    text.push(("silhouette".to_owned(), overlay.facts.to_string()));
    let picture = RgbaPicture {
        width: overlay.width as u32,
        height: overlay.height as u32,
        rgba: &overlay.rgba,
    };
    crate::files::write_png(&file("overlay"), &picture, &text)
}

/// Adds to a path's last part, which may hold dots.
pub(super) fn with_suffix(stem: &Path, suffix: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Enlarges what a model made to the film's pixels, as 16-bit greys; 0 where it made nothing.
fn at_native_size(film: &Radiograph, placed: &Placed, grey: impl Fn(f32) -> f32) -> Vec<u16> {
    let (width, height) = (film.raster.width(), film.raster.height());
    let mut greys = Vec::with_capacity(width * height);
    for row in 0..height {
        for column in 0..width {
            let sample = placed.sample(column as f32 + 0.5, row as f32 + 0.5);
            let grey = sample.map_or(0.0, &grey).clamp(0.0, 1.0);
            greys.push((grey * f32::from(u16::MAX) + 0.5) as u16);
        }
    }
    greys
}

/// What a picture's text chunks say. No identity, no path.
fn facts(pictures: &Pictures<'_>, what: &str) -> Vec<(&'static str, String)> {
    let outcome = pictures.outcome;
    vec![
        (
            "Title",
            format!("SYNTHETIC {what} made by {}", outcome.model),
        ),
        (
            "Software",
            concat!("silhouette ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        (
            "Model",
            format!("{} {}", outcome.model, outcome.weights_sha256),
        ),
        (
            "Threshold",
            format!("{} {}", pictures.threshold.value, pictures.threshold.unit),
        ),
        ("Warning", RESEARCH_USE.to_owned()),
    ]
}

/// Writes a 16-bit grey PNG whose text chunks say that it is synthetic.
fn write_grey16(
    path: &Path,
    film: &Radiograph,
    greys: &[u16],
    facts: &[(&'static str, String)],
) -> Result<()> {
    let file = File::create(path).map_err(|cause| Error::unwritable("the picture", &cause))?;
    let (width, height) = (film.raster.width() as u32, film.raster.height() as u32);
    let mut encoder = png::Encoder::new(BufWriter::new(file), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let bytes: Vec<u8> = greys.iter().flat_map(|grey| grey.to_be_bytes()).collect();
    let write = || {
        for (keyword, text) in facts {
            // Units may hold letters that only the international chunk can spell.
            encoder.add_itxt_chunk((*keyword).to_owned(), text.clone())?;
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&bytes)?;
        writer.finish()
    };
    write().map_err(|cause: png::EncodingError| {
        Error::unwritable("the picture", &std::io::Error::other(cause))
    })
}

/// The default map and its boxes over the film, as the window would export them.
fn annotated(pictures: &Pictures<'_>) -> Result<Option<AnnotatedPicture>> {
    let (Some(map), Some(regions)) = (pictures.outcome.map(None), pictures.regions) else {
        return Ok(None);
    };
    let film = pictures.film;
    let picture = export(&ExportRequest {
        film: film.clone(),
        voi: film.radiograph.vois[0].clone(),
        polarity: film.radiograph.polarity,
        shown: FileMarks::default(),
        processed: None,
        panels: vec![Panel::MAP],
        analysis: Some(Analysis {
            outcome: pictures.outcome.clone(),
            map: map.clone(),
            regions: regions.clone(),
            threshold: pictures.threshold.value,
            opacity: OVERLAY_OPACITY,
            colormap: Colormap::default(),
        }),
        concord: None,
        identity: None,
        marks: Vec::new(),
        key_image: false,
        blacked_out: Vec::new(),
        prior: None,
        time: Local::now(),
    })?;
    Ok(Some(picture))
}

#[cfg(test)]
mod tests {
    use super::super::loading;
    use super::super::stub::{Stub, film};
    use super::*;
    use crate::anomaly::regions;

    #[test]
    fn three_pictures_are_written_at_the_films_own_size() {
        let folder = tempfile::tempdir().unwrap();
        let film = film(0.4);
        let outcome = Arc::new(loading::analyze(&mut Stub::new(), &film).unwrap());
        let found = regions(outcome.map(None).unwrap(), 0.5, 1, None);
        let pictures = Pictures {
            film: &film,
            outcome: &outcome,
            threshold: &outcome.threshold,
            regions: Some(&found),
        };
        write_pictures(&folder.path().join("a.b"), &pictures).unwrap();
        let grey = |what: &str| {
            let picture = image::open(folder.path().join(format!("a.b.stub.{what}.png"))).unwrap();
            assert_eq!((picture.width(), picture.height()), (8, 8));
            picture.to_luma16()
        };
        // The stub's counterpart turns the film over; its residue is the film itself.
        let (counterpart, residue) = (grey("counterpart"), grey("residue"));
        assert_eq!(residue.get_pixel(3, 6).0, [52_428]);
        assert_eq!(counterpart.get_pixel(3, 6).0, [13_107]);
        assert_eq!(counterpart.get_pixel(3, 0).0, [65_535]);
        let overlay = image::open(folder.path().join("a.b.stub.overlay.png"))
            .unwrap()
            .to_rgb8();
        let colored = |pixel: &&image::Rgb<u8>| pixel.0[0] > pixel.0[2].saturating_add(60);
        assert!(
            overlay.pixels().filter(colored).count() >= 16,
            "the residue is laid over in colour"
        );
    }

    #[test]
    fn generated_pictures_say_so() {
        let film = film(0.4);
        let outcome = Arc::new(loading::analyze(&mut Stub::new(), &film).unwrap());
        let pictures = Pictures {
            film: &film,
            outcome: &outcome,
            threshold: &outcome.threshold,
            regions: Some(&Vec::new()),
        };
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("x");
        write_pictures(&stem, &pictures).unwrap();
        for what in ["counterpart", "residue", "overlay"] {
            let bytes = std::fs::read(with_suffix(&stem, &format!(".stub.{what}.png"))).unwrap();
            let found = bytes.windows(9).any(|window| window == b"SYNTHETIC");
            assert!(found, "{what}");
        }
    }
}
