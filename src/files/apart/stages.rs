//! How the pipeline of a film crosses: its words and numbers in the head, kept samples behind the
//! raster.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::sync::Arc;

use super::wire::{Received, Wire, fields, variants};
use crate::files::stored::{SampleKind, SampleLayout, StoredFrame, require_room};
use crate::radiograph::{Pipeline, PipelineStage, PointSample, StoredSamples};

fields!(Pipeline {
    stored,
    modality,
    voi_window,
    voi_table,
    polarity,
    samples,
});

fields!(PipelineStage {
    stage,
    rule,
    decided_by,
    unit,
});

fields!(PointSample {
    x,
    y,
    stored,
    modality,
    padding,
    voi,
    display,
});

fields!(SampleLayout {
    columns,
    rows,
    samples_per_pixel,
    bytes_per_sample,
    kind,
});

variants!(SampleKind {
    Unsigned,
    Signed,
    Real,
});

impl Wire for StoredSamples {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::NotKept => 0_u8.put(out),
            Self::Rescaled { slope, intercept } => {
                1_u8.put(out);
                (*slope, *intercept).put(out);
            }
            Self::Kept(frame) => {
                2_u8.put(out);
                frame.layout.put(out);
            }
        }
    }

    /// Takes kept samples without their bytes, which [`receive`] brings.
    fn take(from: &mut Received<'_>) -> Option<Self> {
        match u8::take(from)? {
            0 => Some(Self::NotKept),
            1 => {
                let (slope, intercept): (f64, f64) = Wire::take(from)?;
                let usable = slope.is_finite() && intercept.is_finite() && slope != 0.0;
                usable.then_some(Self::Rescaled { slope, intercept })
            }
            2 => {
                let layout = SampleLayout::take(from)?;
                let bytes = Vec::new().into();
                Some(Self::Kept(StoredFrame { layout, bytes }.into()))
            }
            _ => None,
        }
    }
}

/// Writes the samples that a pipeline keeps.
pub(super) fn send(pipeline: &Pipeline, out: &mut impl Write) -> Result<()> {
    match &pipeline.samples {
        StoredSamples::Kept(frame) => out.write_all(&frame.bytes),
        StoredSamples::NotKept | StoredSamples::Rescaled { .. } => Ok(()),
    }
}

/// Reads the samples that a pipeline keeps of an image of this size, as columns and rows.
pub(super) fn receive(
    pipeline: &mut Pipeline,
    size: (usize, usize),
    from: &mut impl Read,
) -> Result<()> {
    let StoredSamples::Kept(frame) = &pipeline.samples else {
        return Ok(());
    };
    let layout = frame.layout;
    let widths: &[usize] = match layout.kind {
        SampleKind::Real => &[4, 8],
        SampleKind::Unsigned | SampleKind::Signed => &[1, 2, 4],
    };
    let fits = (layout.columns, layout.rows) == size
        && (1..=4).contains(&layout.samples_per_pixel)
        && widths.contains(&layout.bytes_per_sample)
        && require_room(size.0, size.1, layout.frame_bytes()).is_ok();
    if !fits {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(layout.frame_bytes())
        .map_err(|_| Error::from(ErrorKind::OutOfMemory))?;
    from.take(layout.frame_bytes() as u64)
        .read_to_end(&mut bytes)?;
    if bytes.len() < layout.frame_bytes() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let bytes = bytes.into();
    pipeline.samples = StoredSamples::Kept(Arc::new(StoredFrame { layout, bytes }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::wire::{whole, written};
    use super::*;

    fn kept(layout: SampleLayout, bytes: Vec<u8>) -> Pipeline {
        let bytes = bytes.into();
        Pipeline {
            samples: StoredSamples::Kept(StoredFrame { layout, bytes }.into()),
            ..Pipeline::default()
        }
    }

    const LAYOUT: SampleLayout = SampleLayout {
        columns: 2,
        rows: 1,
        samples_per_pixel: 3,
        bytes_per_sample: 1,
        kind: SampleKind::Unsigned,
    };

    fn received(sent: &Pipeline, size: (usize, usize), behind: &[u8]) -> Result<Pipeline> {
        let mut pipeline: Pipeline = whole(&written(sent)).unwrap();
        receive(&mut pipeline, size, &mut &*behind)?;
        Ok(pipeline)
    }

    #[test]
    fn kept_samples_arrive_behind_the_head() {
        let sent = kept(LAYOUT, vec![1, 2, 3, 4, 5, 6]);
        let mut behind = Vec::new();
        send(&sent, &mut behind).unwrap();
        assert_eq!(received(&sent, (2, 1), &behind).unwrap(), sent);
    }

    #[test]
    fn layouts_that_lie_are_refused_before_memory_is_asked_for() {
        let bytes = [0; 6];
        let sent = kept(LAYOUT, bytes.to_vec());
        assert!(received(&sent, (1, 1), &bytes).is_err());
        assert!(received(&sent, (2, 1), &bytes[..5]).is_err());
        for layout in [
            SampleLayout {
                samples_per_pixel: usize::MAX,
                ..LAYOUT
            },
            SampleLayout {
                bytes_per_sample: 3,
                ..LAYOUT
            },
            SampleLayout {
                bytes_per_sample: 0,
                ..LAYOUT
            },
            SampleLayout {
                kind: SampleKind::Real,
                ..LAYOUT
            },
        ] {
            assert!(received(&kept(layout, bytes.to_vec()), (2, 1), &bytes).is_err());
        }
    }

    #[test]
    fn a_rescale_that_cannot_be_undone_is_refused() {
        for slope in [0.0, f64::NAN, f64::INFINITY] {
            let samples = StoredSamples::Rescaled {
                slope,
                intercept: 1.0,
            };
            assert!(
                whole::<StoredSamples>(&written(&samples)).is_none(),
                "{slope}"
            );
        }
    }
}
