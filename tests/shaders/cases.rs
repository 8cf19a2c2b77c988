//! The pictures on which CPU and GPU are compared.

use std::sync::Arc;

use silhouette::anomaly::{AnomalyMap, MapKind, Placed};
use silhouette::display::{
    Blend, Colormap, Drawn, GreyRamp, Layer, Overlay, Picture, Stencil, ViewTransform,
};
use silhouette::radiograph::{
    BitMask, Graphics, Line, OverlayKind, OverlayPlane, PixelPoint, PixelRect, Polarity, Raster,
    Samples, Shutter, ShutterShape, Storage, Voi, VoiFunction, VoiTable, VoiWindow,
};

pub(crate) fn cases() -> Vec<(String, Picture)> {
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
        picture.view = view(101.37, 77.91, 2.72);
    });
    add("a magnification of 20", &|picture| {
        picture.view = view(150.2, 90.4, 20.0);
    });
    add("tall pixels", &|picture| picture.view.pixel_aspect = 1.3);
    add("an eighth of the size", &|picture| {
        picture.view = view(150.0, 100.0, 0.125);
    });
    add("a quarter of the size", &|picture| {
        picture.view = view(140.3, 96.2, 0.25);
    });
    add("a third of the size", &|picture| {
        picture.view = view(140.3, 96.2, 0.33);
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
        picture.over = Some((counterpart(), Blend::Fade(0.35)));
    });
    for (name, zoom) in [("at its own size", 1.0), ("small", 0.31)] {
        add(
            &format!("a counterpart of a part of the film, {name}"),
            &|picture| {
                picture.over = Some((counterpart(), Blend::Fade(1.0)));
                picture.view = view(150.5, 101.5, zoom);
            },
        );
        add(
            &format!("counterpart and map beyond the film, {name}"),
            &|picture| {
                let beyond = PixelRect::new(-60.7, 25.3, 450.0, 260.0);
                picture.over = Some((moved(&counterpart(), beyond), Blend::Fade(1.0)));
                let mut overlay = overlay(Colormap::Inferno, 0.7);
                overlay.map = Arc::new(AnomalyMap {
                    placed: Placed {
                        place: beyond,
                        ..overlay.map.placed.clone()
                    },
                    ..(*overlay.map).clone()
                });
                overlay.threshold = 0.01;
                picture.overlay = Some(overlay);
                picture.view = view(150.5, 101.5, zoom);
            },
        );
    }
    for (name, zoom) in [("large", 3.3), ("small", 0.4)] {
        add(&format!("an overlay of counts, {name}"), &|picture| {
            picture.overlay = Some(counts());
            picture.view = view(150.2, 101.6, zoom);
        });
    }
    add("a swipe with an overlay", &|picture| {
        picture.over = Some((counterpart(), Blend::Swipe(143.21)));
        picture.overlay = Some(overlay(Colormap::Cividis, 0.5));
    });
    for (name, zoom) in [("large", 3.3), ("small", 0.4)] {
        let lens = Blend::Lens {
            center_in_image: PixelPoint { x: 143.2, y: 97.4 },
            radius_px: 41.3,
        };
        add(&format!("a lens, {name}"), &|picture| {
            picture.over = Some((counterpart(), lens));
            picture.view = view(150.2, 101.6, zoom);
            picture.view.pixel_aspect = 1.2;
        });
        add(&format!("a difference, {name}"), &|picture| {
            picture.over = Some((counterpart(), Blend::Difference(0.5)));
            picture.view = view(150.2, 101.6, zoom);
        });
        add(
            &format!("a film turned by 11 degrees, {name}"),
            &|picture| {
                picture.over = Some((counterpart(), Blend::Swipe(143.21)));
                picture.overlay = Some(overlay(Colormap::Cividis, 0.5));
                picture.view = view(150.2, 101.6, zoom);
                picture.view.turn_rad = 0.19;
                picture.view.pixel_aspect = 1.3;
            },
        );
    }
    for (name, zoom) in [("large", 3.3), ("1:1", 1.0), ("small", 0.4), ("tiny", 0.11)] {
        add(
            &format!("overlays and a shutter over a map, {name}"),
            &|picture| {
                picture.drawn = Some(drawn(true, true));
                picture.overlay = Some(overlay(Colormap::Inferno, 0.4));
                picture.view = view(150.2, 101.6, zoom);
            },
        );
    }
    let storages = [
        Storage::Byte,
        Storage::SignedByte,
        Storage::Word,
        Storage::SignedWord,
    ];
    for storage in storages {
        for zoom in [3.3, 1.0, 0.4, 0.11] {
            add(
                &format!("a film kept as {storage:?}s, zoomed by {zoom}"),
                &|picture| {
                    let (low, high) = whole_film(storage, 1.0).raster.extremes().unwrap();
                    picture.base = Layer(whole_film(storage, 1.0));
                    picture.over = Some((Layer(whole_film(storage, -0.5)), Blend::Swipe(143.21)));
                    picture.ramp = window(
                        (low + high) / 2.0,
                        (high - low) * 0.8,
                        VoiFunction::Linear,
                        false,
                    );
                    picture.view = view(150.2, 101.6, zoom);
                },
            );
        }
    }
    add("overlays without their shutter", &|picture| {
        picture.drawn = Some(drawn(true, false));
    });
    add("a shutter without its overlays", &|picture| {
        picture.drawn = Some(drawn(false, true));
        picture.over = Some((counterpart(), Blend::Swipe(143.21)));
    });
    cases
}

/// Two planes, one of them partly beyond the circle that the shutter leaves open.
fn drawn(overlays: bool, shutter: bool) -> Drawn {
    let plane = |kind, corner, (width, height): (usize, usize), every: usize| OverlayPlane {
        group: 0x6000,
        kind,
        label: None,
        corner,
        mask: BitMask::from_fn(width, height, |x, y| (x + 2 * y) % every == 0).unwrap(),
    };
    let graphics = Graphics {
        overlays: vec![
            plane(OverlayKind::Graphics, (11, 7), (251, 173), 13),
            plane(OverlayKind::Region, (180, 120), (121, 83), 1),
        ],
        shutter: Some(Shutter {
            shapes: vec![ShutterShape::Circle {
                center: PixelPoint { x: 150.5, y: 99.5 },
                radius_px: 93.0,
                pixel_aspect: 1.0,
            }],
            shade: 0.3,
        }),
    };
    Drawn {
        stencil: Arc::new(Stencil::new(&graphics, 301, 203).unwrap()),
        overlays,
        shutter,
    }
}

fn plain_picture() -> Picture {
    Picture {
        base: Layer(film(301, 203)),
        over: None,
        ramp: window(30_000.0, 50_000.0, VoiFunction::Linear, false),
        overlay: None,
        drawn: None,
        view: view(150.5, 101.5, 0.6),
    }
}

fn view(x: f32, y: f32, zoom: f32) -> ViewTransform {
    ViewTransform {
        center_in_image: PixelPoint { x, y },
        zoom,
        pixel_aspect: 1.0,
        turn_rad: 0.0,
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

/// A film as a file stores it, its whole range used.
fn whole_film(storage: Storage, slope: f64) -> Arc<Placed> {
    let (width, height) = (301, 203);
    let bytes: Vec<u8> = (0..width * height)
        .flat_map(|index| {
            let (x, y) = (index % width, index / width);
            let step = if (x / 40 + y / 30) % 2 == 0 {
                0x1234
            } else {
                0
            };
            let word = ((x * 150 + y * 90 + step) as u16).to_le_bytes();
            // The higher byte last: a film of bytes is the same one, coarser.
            word[2 - storage.bytes()..].to_vec()
        })
        .collect();
    let line = Line {
        slope,
        intercept: -1024.0,
    };
    Arc::new(Placed {
        raster: Raster::new(
            width,
            height,
            Samples::of_whole(storage, line, bytes).unwrap(),
        )
        .unwrap(),
        place: PixelRect::of_image(width, height),
    })
}

pub(crate) fn smooth_film(width: usize, height: usize) -> Arc<Placed> {
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

/// Counts from 0 to 3 over the whole film.
fn counts() -> Overlay {
    let samples: Vec<f32> = (0..40 * 27)
        .map(|index| ((index % 40 / 3 + index / 40 / 2) % 4) as f32)
        .collect();
    let map = AnomalyMap {
        kind: MapKind::Agreement,
        placed: Placed {
            raster: Raster::new(40, 27, samples).unwrap(),
            place: PixelRect::of_image(301, 203),
        },
        scale: (0.0, 3.0),
        unit: "models".to_owned(),
    };
    Overlay {
        map: Arc::new(map),
        threshold: 2.0,
        discrete: true,
        ..overlay(Colormap::Inferno, 0.8)
    }
}

fn moved(layer: &Layer, place: PixelRect) -> Layer {
    Layer(Arc::new(Placed {
        raster: layer.0.raster.clone(),
        place,
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
        discrete: false,
    }
}
