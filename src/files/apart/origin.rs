//! How what objects about a film repeat of its file crosses.

use std::sync::Arc;

use super::wire::{Received, Wire, fields};
use crate::radiograph::{ModalityCurve, Origin, Repeated};

fields!(Origin {
    sop_class,
    sop_instance,
    study,
    series,
    frames,
    modality,
    repeated,
});

fields!(Repeated {
    group,
    element,
    value,
});

impl Wire for Arc<Origin> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        Origin::take(from).map(Self::new)
    }
}

impl Wire for ModalityCurve {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::None => 0_u8.put(out),
            Self::Rescale { slope, intercept } => {
                1_u8.put(out);
                (*slope, *intercept).put(out);
            }
            Self::Table {
                first,
                bits,
                entries,
            } => {
                2_u8.put(out);
                (*first, *bits).put(out);
                entries.put(out);
            }
        }
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        Some(match u8::take(from)? {
            0 => Self::None,
            1 => {
                let (slope, intercept) = Wire::take(from)?;
                Self::Rescale { slope, intercept }
            }
            2 => {
                let (first, bits) = Wire::take(from)?;
                Self::Table {
                    first,
                    bits,
                    entries: Wire::take(from)?,
                }
            }
            _ => return None,
        })
    }
}
