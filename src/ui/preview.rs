//! The coarse picture of a film that is still being decoded.

use std::time::Instant;

use egui::{Color32, ColorImage, Rect, RichText, TextureHandle, TextureOptions, Ui, pos2, vec2};

use super::language::tr_with;
use super::viewport;
use crate::radiograph::Preview;
use crate::session::Reading;

/// The preview on the screen, with the moment its film was asked for.
pub(crate) type Texture = Option<(Instant, TextureHandle)>;

/// Draws a film's preview where the film will lie, if there is one; returns whether there was.
pub(crate) fn preview_ui(ui: &mut Ui, reading: &Reading, texture: &mut Texture, secs: f32) -> bool {
    let (Some(preview), Some(asked)) = (reading.preview(), reading.asked()) else {
        *texture = None;
        return false;
    };
    let known = texture.take().filter(|(moment, _)| *moment == asked);
    let (_, picture) = texture.insert(known.unwrap_or_else(|| (asked, uploaded(ui, preview))));
    let rect = place(
        viewport::picture_rect(ui.available_rect_before_wrap()),
        preview,
    );
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter()
        .image(picture.id(), rect, whole, Color32::WHITE);
    let words = tr_with(
        "PREVIEW · a quarter of the pixels each way · loading {seconds} s",
        &[("seconds", &format_args!("{secs:.1}"))],
    );
    let line = Rect::from_center_size(rect.center_bottom() - vec2(0.0, 18.0), vec2(420.0, 22.0));
    ui.painter()
        .rect_filled(line, 3.0, Color32::from_black_alpha(170));
    ui.put(line, egui::Label::new(RichText::new(words).strong()));
    true
}

fn uploaded(ui: &Ui, preview: &Preview) -> TextureHandle {
    let image = ColorImage::from_gray([preview.columns, preview.rows], &preview.greys);
    ui.ctx()
        .load_texture("preview", image, TextureOptions::LINEAR)
}

/// The largest rectangle of the film's shape in the middle of another.
fn place(room: Rect, preview: &Preview) -> Rect {
    let size = vec2(
        preview.columns as f32,
        preview.rows as f32 * preview.pixel_aspect,
    );
    let zoom = (room.width() / size.x).min(room.height() / size.y);
    Rect::from_center_size(room.center(), zoom * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_lies_where_its_film_will() {
        let preview = Preview {
            columns: 100,
            rows: 50,
            pixel_aspect: 2.0,
            greys: vec![0; 5000],
        };
        let room = Rect::from_min_size(pos2(10.0, 0.0), vec2(400.0, 200.0));
        let place = place(room, &preview);
        assert_eq!((place.width(), place.height()), (200.0, 200.0));
        assert_eq!(place.center(), room.center());
    }
}
