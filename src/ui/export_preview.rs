//! The picture of an export as it will be, in the dialog.

use std::fmt::Display;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{ColorImage, RichText, TextureHandle, TextureOptions, Ui, WidgetInfo, vec2};

use super::language::{tr, tr_with};
use super::{Commands, theme};
use crate::display::AnnotatedPicture;
use crate::session::{Command, ExportChoice, Session};

/// The texture of the picture shown.
pub(crate) type Shown = Option<(Arc<AnnotatedPicture>, TextureHandle)>;

/// Draws the picture of a choice, and asks for another where it is out of date.
pub(crate) fn preview_ui(
    ui: &mut Ui,
    (session, choice): (&Session, ExportChoice),
    shown: &mut Shown,
    commands: &mut Commands,
) {
    let due = session.preview_is_due(&choice);
    if due {
        commands.push(Command::PreviewExport(choice));
    }
    match session.export_preview() {
        None => {
            ui.weak(tr("Drawing the picture…"));
        }
        Some(Err(error)) if error.is_cancelled() => {
            ui.weak(tr("Drawing the picture…"));
        }
        Some(Err(error)) => {
            ui.label(RichText::new(&error.message).color(theme::WARNING));
            ui.weak(&error.advice);
        }
        Some(Ok(preview)) => {
            let texture = texture(ui, &preview.small, shown);
            let pixels = ui.ctx().pixels_per_point();
            let room = vec2(ui.available_width(), 280.0);
            let natural = texture.size_vec2() / pixels;
            let share = (room.x / natural.x).min(room.y / natural.y).min(1.0);
            let picture = ui.image((texture.id(), natural * share));
            let (width, height) = (preview.picture.width, preview.picture.height);
            let size: [(&str, &dyn Display); 2] = [("width", &width), ("height", &height)];
            let words = tr_with("Preview of the picture, {width} × {height} pixels", &size);
            picture.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
            ui.weak(tr_with(
                "{width} × {height} pixels, as it will be written",
                &size,
            ));
        }
    }
}

fn texture(ui: &Ui, picture: &Arc<AnnotatedPicture>, shown: &mut Shown) -> TextureHandle {
    if let Some((known, texture)) = shown
        && Arc::ptr_eq(known, picture)
    {
        return texture.clone();
    }
    let size = [picture.width, picture.height];
    let image = ColorImage::from_rgba_unmultiplied(size, &picture.rgba);
    let texture = ui
        .ctx()
        .load_texture("export preview", image, TextureOptions::LINEAR);
    *shown = Some((picture.clone(), texture.clone()));
    texture
}
