//! How what a file draws over its film crosses: overlay planes and shutters, checked on arrival.

use std::sync::Arc;

use super::wire::{Received, Wire, fields, variants};
use crate::files::OverlaySummary;
use crate::radiograph::{
    BitMask, Graphics, OverlayKind, OverlayPlane, PixelPoint, Shutter, ShutterShape,
};

fields!(Graphics { overlays, shutter });
fields!(Shutter { shapes, shade });
fields!(PixelPoint { x, y });
fields!(OverlayPlane {
    group,
    kind,
    label,
    corner,
    mask,
});
fields!(OverlaySummary {
    group,
    kind,
    x,
    y,
    columns,
    rows,
    drawn,
});
variants!(OverlayKind { Graphics, Region });

impl Wire for BitMask {
    fn put(&self, out: &mut Vec<u8>) {
        (self.width(), self.height()).put(out);
        self.bits().put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        let (width, height) = Wire::take(from)?;
        Self::checked(width, height, Arc::take(from)?)
    }
}

impl Wire for ShutterShape {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Rectangle {
                left,
                right,
                top,
                bottom,
            } => {
                0_u8.put(out);
                ((*left, *right), (*top, *bottom)).put(out);
            }
            Self::Circle {
                center,
                radius_px,
                pixel_aspect,
            } => {
                1_u8.put(out);
                center.put(out);
                (*radius_px, *pixel_aspect).put(out);
            }
            Self::Polygon(vertices) => {
                2_u8.put(out);
                vertices.put(out);
            }
            Self::Bitmap(plane) => {
                3_u8.put(out);
                plane.put(out);
            }
        }
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        Some(match u8::take(from)? {
            0 => {
                let ((left, right), (top, bottom)) = Wire::take(from)?;
                Self::Rectangle {
                    left,
                    right,
                    top,
                    bottom,
                }
            }
            1 => {
                let center = Wire::take(from)?;
                let (radius_px, pixel_aspect) = Wire::take(from)?;
                Self::Circle {
                    center,
                    radius_px,
                    pixel_aspect,
                }
            }
            2 => Self::Polygon(Wire::take(from)?),
            3 => Self::Bitmap(Wire::take(from)?),
            _ => return None,
        })
    }
}
