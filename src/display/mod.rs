//! Domain to pixels: grey ramps, colour maps, the CPU reference renderer and its GPU twin.
//!
//! Every curve exists once, here, and reaches the shader as a ramp: a VOI as 4096 greys, a colour
//! map as 256 colours. [`compose()`] is the reference; the shader is tested against it. Both follow
//! one rule of sampling at any magnification: modality values are interpolated bilinearly and then
//! looked up. A film shown small is read with four taps a pixel from a copy that was averaged down
//! to at most twice the screen's resolution.

mod annotate;
mod colormap;
mod compose;
mod filter;
mod fonts;
mod gpu;
mod levels;
mod names;
mod picture;
mod ramp;
mod scale;
mod stencil;
mod words;

pub use annotate::{
    Analysis, AnnotatedPicture, Concord, ExportRequest, MARK_COLOR, OUTSIDE_COUNTERPART,
    OUTSIDE_MAP, Panel, PanelContent, RESEARCH_USE, SYNTHETIC_AMBER, SYNTHETIC_MARK, drawn_text,
    export,
};
pub use colormap::Colormap;
pub use compose::compose;
pub use filter::{Filter, FilterKind, Processed, Strength};
pub use fonts::{SystemFont, find_font_of, find_fonts, found_font};
pub use gpu::{install, install_with_wake, reduction};
pub use names::{in_reading_order, legible, written_name};
pub use picture::{Blend, Layer, Overlay, Picture, ViewTransform};
pub use ramp::GreyRamp;
pub use scale::ScaleBar;
pub use stencil::{Drawn, FileMarks, OVERLAY_COLOR, Stencil};
pub use words::{DrawnLine, Words, drawn_lines};
