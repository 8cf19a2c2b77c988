//! The phantom's bones: ribs, clavicles, shoulder blades, arm heads and spine, as path lengths of
//! bone between 0 and about 1.

use super::shape::{Ellipse, bump, rise};
use super::soft::cage_half_width;

const RIB_PAIRS: i32 = 10;

/// A band of bone: dense at its rims, where the beam runs through cortex, paler inside.
fn band(distance: f32, half_width: f32) -> f32 {
    let off = (distance / half_width).abs();
    let inside = 1.0 - rise(0.86, 1.08, off);
    inside * (0.50 + 0.50 * rise(0.25, 0.92, off))
}

/// Where the back part of a rib leaves the spine.
fn rib_root_y(rib: i32) -> f32 {
    158.0 + 68.0 * rib as f32 + 0.9 * (rib * rib) as f32
}

/// The height of a rib's back part at a distance from the midline.
fn posterior_rib_y(rib: i32, across: f32) -> f32 {
    let reach = cage_half_width(rib_root_y(rib) + 60.0).max(120.0);
    let t = ((across - 40.0) / (reach - 40.0)).clamp(0.0, 1.15);
    let drop = 48.0 + 9.0 * rib as f32;
    rib_root_y(rib) - 26.0 * (t * 2.6).sin().max(-1.0) + drop * t.powf(2.4)
}

/// The height of a rib's front part, which falls towards the midline.
fn anterior_rib_y(rib: i32, across: f32) -> f32 {
    let reach = cage_half_width(rib_root_y(rib) + 70.0).max(140.0) + 4.0;
    let lateral_y = posterior_rib_y(rib, reach);
    let t = ((reach - across) / reach).clamp(0.0, 1.0);
    lateral_y + (150.0 + 6.0 * rib as f32) * t.powf(0.85)
}

/// All ribs.
pub(super) fn ribs(x: f32, y: f32) -> f32 {
    let across = x.abs();
    let edge = cage_half_width(y) + 8.0;
    if across > edge + 14.0 {
        return 0.0;
    }
    let within = 1.0 - rise(edge - 8.0, edge + 2.0, across);
    // The two sides of nobody are mirror images.
    let (x, tilt) = (across, if x < 0.0 { -4.0 } else { 5.0 });
    let mut bone = 0.0_f32;
    for rib in 0..RIB_PAIRS {
        bone += 0.80 * rib_part(posterior_rib_y, rib, x, y + tilt) * rise(34.0, 60.0, across);
        if (1..8).contains(&rib) {
            // Towards the sternum a rib is cartilage and fades from the film.
            let cartilage = rise(128.0, 215.0, across);
            bone += 0.42 * rib_part(anterior_rib_y, rib, x, y - tilt) * cartilage;
        }
    }
    // At the outer rim the beam runs along the ribs, not across them.
    let grazing = 1.0 + 0.35 * rise(edge - 70.0, edge, across);
    (bone * grazing * within).min(1.4)
}

fn rib_part(curve: fn(i32, f32) -> f32, rib: i32, across: f32, y: f32) -> f32 {
    let center = curve(rib, across);
    let off = y - center;
    if off.abs() > 60.0 {
        return 0.0;
    }
    let slope = (curve(rib, across + 2.0) - curve(rib, across - 2.0)) / 4.0;
    let half_width = 11.5 + 0.35 * rib as f32;
    band(off / (1.0 + slope * slope).sqrt(), half_width)
}

/// Both clavicles.
pub(super) fn clavicles(x: f32, y: f32) -> f32 {
    let across = x.abs();
    let t = (across - 40.0) / 390.0;
    let center = 262.0 - 92.0 * t - 26.0 * (t * 5.2).sin() + if x < 0.0 { 0.0 } else { 6.0 };
    let half_width = 13.0 + 7.0 * bump(0.0, 0.13, t) + 5.0 * bump(1.0, 0.2, t);
    let length = rise(-0.02, 0.03, t) * (1.0 - rise(0.99, 1.05, t));
    band(y - center, half_width) * length
}

/// Both shoulder blades and the heads of the arm bones.
pub(super) fn shoulders(x: f32, y: f32) -> f32 {
    let across = x.abs();
    let head = Ellipse {
        x: 462.0,
        y: 268.0,
        half_length: 62.0,
        half_width: 56.0,
        angle: 0.0,
    };
    let socket = Ellipse {
        x: 398.0,
        y: 282.0,
        half_length: 50.0,
        half_width: 22.0,
        angle: 1.45,
    };
    let shaft = band(across - 478.0, 34.0) * rise(290.0, 330.0, y) * 0.7;
    let along = ((y - 240.0) / 330.0).clamp(0.0, 1.0);
    let medial_border = 322.0 + 74.0 * along;
    let lateral_border = 402.0 - 4.0 * along;
    let blade = rise(medial_border - 3.0, medial_border + 4.0, across)
        * (1.0 - rise(lateral_border - 3.0, lateral_border + 6.0, across))
        * rise(222.0, 246.0, y)
        * (1.0 - rise(540.0, 566.0, y));
    let rim =
        bump(lateral_border - 8.0, 9.0, across) + 0.4 * bump(medial_border + 4.0, 5.0, across);
    0.75 * head.depth(across, y)
        + 0.4 * socket.depth(across, y)
        + shaft
        + blade * (0.14 + 0.34 * rim)
}

/// The spine: vertebral bodies, discs, pedicles and spinous processes.
pub(super) fn spine(x: f32, y: f32) -> f32 {
    let height = 46.0 + 0.022 * y;
    let place = (y + 12.0) / height;
    let within = place - place.floor();
    let disc = bump(0.0, 0.085, within) + bump(1.0, 0.085, within);
    let half_width = 37.0 + 0.010 * y - 3.5 * bump(0.5, 0.25, within);
    let column = 1.0 - rise(half_width - 4.0, half_width + 5.0, x.abs());
    let rim = 0.30 * bump(half_width - 5.0, 4.0, x.abs());
    let pedicle = 0.30 * bump(23.0, 6.0, x.abs()) * bump(0.36, 0.15, within);
    let process = 0.28 * bump(0.0, 6.0, x) * bump(0.66, 0.17, within);
    column * (0.62 - 0.30 * disc + rim + pedicle + process)
}

/// The breastbone's upper end, seen through the spine.
pub(super) fn sternum(x: f32, y: f32) -> f32 {
    let handle = Ellipse {
        x: 0.0,
        y: 300.0,
        half_length: 78.0,
        half_width: 66.0,
        angle: 1.57,
    };
    handle.depth(x, y)
}
