//! The phantom's soft tissue and air: body, lungs, heart, mediastinum, diaphragm, stomach.
//!
//! Everything is a path length along the beam, in units of the thickest part of the trunk. Points
//! are on the design grid: `x` from the midline, `y` from the top edge, 1024 units to a film's
//! width. The image's left is the patient's right.

use super::shape::{Ellipse, bump, rise};

/// The half-width of the inside of the rib cage at a height.
pub(super) fn cage_half_width(y: f32) -> f32 {
    const WIDEST_Y: f32 = 700.0;
    const APEX_Y: f32 = 128.0;
    if y >= WIDEST_Y {
        return 388.0 + 0.04 * (y - WIDEST_Y);
    }
    let above = ((WIDEST_Y - y) / (WIDEST_Y - APEX_Y)).min(1.0);
    388.0 * (1.0 - above * above).powf(0.62)
}

/// Tissue from skin to skin, 0 in air.
pub(super) fn body(x: f32, y: f32) -> f32 {
    let across = x.abs();
    let round = |half_width: f32| (1.0 - (across / half_width).powi(4)).max(0.0).sqrt();
    // The neck widens into the trapezius.
    let neck =
        0.60 * round(116.0 + 120.0 * rise(40.0, 240.0, y).powi(2)) * (1.0 - rise(200.0, 330.0, y));
    let trunk_half_width = 452.0 - 16.0 * bump(640.0, 190.0, y);
    let trunk =
        round(trunk_half_width) * rise(110.0, 360.0, y) * (0.80 + 0.20 * rise(250.0, 800.0, y));
    let shoulder_y = 112.0 + 0.26 * (across - 105.0).max(0.0) + 70.0 * rise(400.0, 540.0, across);
    let below_skin = ((y - shoulder_y) / 150.0).clamp(0.0, 1.0);
    let armpit = rise(395.0, 455.0, across) * rise(430.0, 600.0, y + 0.35 * (across - 440.0));
    let shoulder = 0.64 * (below_skin * (2.0 - below_skin)).powf(0.6) * (1.0 - armpit);
    let fourth = neck.powi(4) + trunk.powi(4) + shoulder.powi(4);
    fourth.powf(0.25).min(1.04)
}

/// The height of the diaphragm's dome above a place.
fn dome_y(x: f32) -> f32 {
    let (top, center, half_width) = if x < 0.0 {
        (806.0, -175.0, 215.0)
    } else {
        (838.0, 205.0, 200.0)
    };
    let off = (x - center) / half_width;
    top + 58.0 * off * off + 44.0 * off.abs().powi(5)
}

/// How far the mediastinum reaches from the midline at a height, without heart and great vessels.
fn mediastinum_half_width(x: f32, y: f32) -> f32 {
    let upper = if x < 0.0 { 50.0 } else { 46.0 };
    upper + 18.0 * bump(150.0, 120.0, y) + 14.0 * rise(480.0, 640.0, y)
}

/// The heart's chambers and the great vessels.
const HEART_PARTS: [Ellipse; 7] = [
    // Left ventricle, right atrium, the base, and the fat that meets the diaphragm.
    Ellipse {
        x: 84.0,
        y: 716.0,
        half_length: 188.0,
        half_width: 122.0,
        angle: 0.55,
    },
    Ellipse {
        x: -30.0,
        y: 700.0,
        half_length: 132.0,
        half_width: 72.0,
        angle: 1.50,
    },
    Ellipse {
        x: 46.0,
        y: 608.0,
        half_length: 132.0,
        half_width: 84.0,
        angle: 1.15,
    },
    Ellipse {
        x: 62.0,
        y: 838.0,
        half_length: 150.0,
        half_width: 62.0,
        angle: 0.0,
    },
    // Pulmonary trunk, aortic arch, superior vena cava.
    Ellipse {
        x: 44.0,
        y: 496.0,
        half_length: 96.0,
        half_width: 50.0,
        angle: 1.25,
    },
    Ellipse {
        x: 36.0,
        y: 398.0,
        half_length: 56.0,
        half_width: 46.0,
        angle: 0.0,
    },
    Ellipse {
        x: -26.0,
        y: 450.0,
        half_length: 220.0,
        half_width: 30.0,
        angle: 1.57,
    },
];

/// The heart and the great vessels, as a thickness from 0 at their rim.
pub(super) fn heart(x: f32, y: f32) -> f32 {
    let squared: f32 = HEART_PARTS
        .iter()
        .map(|part| part.depth(x, y).powi(2))
        .sum();
    squared.sqrt().min(1.1)
}

/// The hila: the roots of the lungs, where vessels and bronchi bundle.
pub(super) fn hila(x: f32, y: f32) -> f32 {
    let right = Ellipse {
        x: -78.0,
        y: 528.0,
        half_length: 78.0,
        half_width: 36.0,
        angle: 1.75,
    };
    let left = Ellipse {
        x: 88.0,
        y: 506.0,
        half_length: 66.0,
        half_width: 36.0,
        angle: 1.30,
    };
    let depth = right.depth(x, y).max(left.depth(x, y));
    depth * depth
}

/// Air in the lungs.
pub(super) fn lung(x: f32, y: f32) -> f32 {
    let across = x.abs();
    let edge = cage_half_width(y) - 8.0;
    if edge <= 0.0 || across >= edge {
        return 0.0;
    }
    let lateral = (1.0 - (across / edge).powf(3.2)).powf(0.62);
    let medial = mediastinum_half_width(x, y);
    let beside_spine = 0.10 + 0.90 * rise(medial - 16.0, medial + 22.0, across)
        - 0.22 * (1.0 - rise(medial, medial + 120.0, across));
    let dome = dome_y(x);
    let above = 1.0 - rise(dome - 7.0, dome + 7.0, y);
    // The lung reaches deeper behind the dome than the dome's top shows.
    let behind = 0.17 * (1.0 - rise(dome, dome + 110.0, y));
    let apex = 0.55 + 0.45 * rise(140.0, 420.0, y);
    let open = lateral * beside_spine.max(0.0) * apex * above.max(behind);
    open * (1.0 - 0.72 * rise(0.0, 0.75, heart(x, y)))
}

/// Air in the windpipe and the two main bronchi, from 0 to 1.
pub(super) fn airway(x: f32, y: f32) -> f32 {
    let pipe = |offset: f32, half_width: f32| (1.0 - (offset / half_width).powi(2)).max(0.0).sqrt();
    let bend = -6.0 * bump(400.0, 90.0, y);
    let windpipe = pipe(x - bend, 21.0) * rise(-60.0, 20.0, y) * (1.0 - rise(436.0, 476.0, y));
    let along = ((y - 446.0) / 100.0).clamp(0.0, 1.4);
    let fade = rise(440.0, 462.0, y) * (1.0 - rise(520.0, 585.0, y));
    let right = pipe(x + 10.0 + 66.0 * along, 19.0) * fade;
    let left = pipe(x - 10.0 - 98.0 * along, 17.0) * fade;
    windpipe.max(right).max(left)
}

/// Gas in the stomach under the left dome, from 0 to 1.
pub(super) fn stomach(x: f32, y: f32) -> f32 {
    let bubble = Ellipse {
        x: 205.0,
        y: 912.0,
        half_length: 88.0,
        half_width: 40.0,
        angle: 0.12,
    };
    bubble.depth(x, y)
}

/// The soft shadow of breast and chest-wall muscle over the lower outer lung.
pub(super) fn chest_wall(x: f32, y: f32) -> f32 {
    let off = Ellipse {
        x: 262.0,
        y: 690.0,
        half_length: 190.0,
        half_width: 150.0,
        angle: 1.2,
    };
    let pectoral = Ellipse {
        x: 300.0,
        y: 380.0,
        half_length: 210.0,
        half_width: 95.0,
        angle: 2.3,
    };
    0.6 * off.depth(x.abs(), y) + 0.5 * pectoral.depth(x.abs(), y)
}
