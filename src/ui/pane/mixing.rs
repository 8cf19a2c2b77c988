//! Original and counterpart in one viewport.

use super::Content;
use crate::anomaly::Outcome;
use crate::display::{Blend, Layer};
use crate::radiograph::PixelPoint;
use crate::session::{Lens, Mix};
use crate::ui::language::{tr, tr_with};

impl Content<'_> {
    pub(super) fn mix(&mut self, mix: Mix, outcome: &Outcome, time_secs: f64) {
        self.synthetic = true;
        self.mix = Some(mix);
        let (width, height) = (self.base.raster.width(), self.base.raster.height());
        let (title, blend) = match mix {
            Mix::Fade(share) => {
                let title = tr_with(
                    "Original with {share} % counterpart",
                    &[("share", &format_args!("{:.0}", share * 100.0))],
                );
                (title, Blend::Fade(share))
            }
            Mix::Swipe(share) => {
                let title = tr("Original left, counterpart right of the line").to_owned();
                (title, Blend::Swipe(share * width as f32))
            }
            Mix::Blink(hz) => {
                let half_turns = (time_secs * 2.0 * f64::from(hz)) as u64;
                if half_turns % 2 == 1 {
                    (tr("Blinking: counterpart").to_owned(), Blend::Fade(1.0))
                } else {
                    self.title = tr("Blinking: original").to_owned();
                    return;
                }
            }
            Mix::Lens(Lens { center, radius }) => {
                let center_in_image = PixelPoint {
                    x: center.x * width as f32,
                    y: center.y * height as f32,
                };
                let blend = Blend::Lens {
                    center_in_image,
                    radius_px: radius * width as f32,
                };
                (tr("Counterpart within the lens").to_owned(), blend)
            }
            Mix::Difference(most) => {
                let title = tr("Original − counterpart, in greys").to_owned();
                (title, Blend::Difference(most))
            }
        };
        self.title = title;
        self.over = Some((Layer(outcome.counterpart.clone()), blend));
    }
}
