//! Colours and sizes: a dark room, so that the film is the brightest thing in it.

use egui::{Color32, Context, FontId, RichText, Stroke, TextStyle};

use crate::display::SYNTHETIC_AMBER;
use crate::session::Settings;

/// Behind the viewports.
pub(crate) const BACKGROUND: Color32 = Color32::from_gray(12);
/// What is generated and was never acquired.
pub(crate) const SYNTHETIC: Color32 = {
    let [r, g, b] = SYNTHETIC_AMBER;
    Color32::from_rgb(r, g, b)
};
/// What went wrong.
pub(crate) const ERROR: Color32 = Color32::from_rgb(255, 140, 120);
/// What the reader should notice.
pub(crate) const WARNING: Color32 = Color32::from_rgb(255, 205, 90);
/// An older film of the same patient.
pub(crate) const PRIOR: Color32 = Color32::from_rgb(110, 170, 255);
/// Somebody else's film.
pub(crate) const OTHER_PATIENT: Color32 = Color32::from_rgb(255, 110, 90);
/// Around what has the keyboard's focus: no colour that says anything about a film.
pub(crate) const FOCUS: Color32 = Color32::from_rgb(150, 235, 200);
/// Around the viewport that keys act on.
pub(crate) const ACTIVE: Color32 = Color32::from_gray(225);
/// Behind words over a film that must be read.
pub(crate) const STRIP: Color32 = Color32::from_rgb(24, 21, 12);
/// Words over a film.
pub(crate) const OVER_FILM: Color32 = Color32::from_gray(235);

/// Gives the window its look.
pub(crate) fn dress(context: &Context) {
    context.set_theme(egui::Theme::Dark);
    // Ours is in the table of actions, and kept.
    context.options_mut(|options| options.zoom_with_keyboard = false);
    context.all_styles_mut(|style| {
        style.visuals.panel_fill = Color32::from_gray(24);
        style.visuals.window_fill = Color32::from_gray(30);
        style.visuals.extreme_bg_color = Color32::from_gray(14);
        style.visuals.widgets.noninteractive.fg_stroke = Stroke::new(1.0, Color32::from_gray(205));
        style.visuals.widgets.inactive.fg_stroke = Stroke::new(1.0, Color32::from_gray(225));
        style.visuals.weak_text_color = Some(Color32::from_gray(160));
        style.spacing.slider_width = 150.0;
        style.spacing.item_spacing = egui::vec2(8.0, 5.0);
        style
            .text_styles
            .insert(TextStyle::Small, FontId::proportional(11.5));
    });
}

/// Gives words and buttons a size, in percent of their own.
pub(crate) fn scale(context: &Context, percent: u16) {
    let scales = Settings::SCALES;
    let percent = percent.clamp(*scales.start(), *scales.end());
    // Setting the same size again costs nothing, and asks for no other frame.
    context.set_zoom_factor(f32::from(percent) / 100.0);
}

/// Returns a panel's section heading.
pub(crate) fn heading(text: &str) -> RichText {
    RichText::new(text).strong().size(14.5)
}
