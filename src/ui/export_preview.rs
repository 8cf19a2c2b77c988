//! The picture of an export as it will be, in the dialog.

use std::fmt::Display;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{
    Color32, ColorImage, Image, RichText, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, vec2,
};

use super::language::{retold, tr, tr_with};
use super::{Commands, theme};
use crate::display::AnnotatedPicture;
use crate::session::{Command, ExportChoice, ExportPreview, Session};

/// The height kept free for the picture, in points, whether it is drawn yet or not.
const HEIGHT: f32 = 280.0;

/// The room for a picture in which names are looked for, in points.
const LARGER: Vec2 = vec2(1040.0, 2.0 * HEIGHT);

/// How the picture is shown.
#[derive(Default)]
pub(crate) struct Preview {
    /// The texture of the picture shown.
    texture: Option<(Arc<AnnotatedPicture>, TextureHandle)>,
    /// Whether it is large enough to look for names.
    larger: bool,
}

/// Draws the picture of a choice, and asks for another where it is out of date.
pub(crate) fn preview_ui(
    ui: &mut Ui,
    (session, choice): (&Session, ExportChoice),
    shown: &mut Preview,
    commands: &mut Commands,
) {
    let current = session.preview_is_current(&choice);
    if session.preview_is_due(&choice) {
        commands.push(Command::PreviewExport(choice));
    }
    let drawn = session.export_preview();
    ui.horizontal(|ui| {
        ui.checkbox(&mut shown.larger, tr("Larger"));
        match drawn {
            Some(Ok(preview)) if current => {
                let size: [(&str, &dyn Display); 2] = [
                    ("width", &preview.picture.width),
                    ("height", &preview.picture.height),
                ];
                ui.weak(tr_with(
                    "{width} × {height} pixels, as it will be written",
                    &size,
                ));
            }
            Some(Err(error)) if current && !error.is_cancelled() => {}
            _ => {
                ui.weak(tr("Drawing the picture…"));
            }
        }
    });
    if shown.larger {
        let most = ui.content_rect().width() - 60.0;
        ui.set_min_width(LARGER.x.min(most));
    }
    let height = if shown.larger { LARGER.y } else { HEIGHT };
    let room = vec2(ui.available_width(), height);
    ui.allocate_ui(room, |ui| {
        // What stands below keeps its place when the picture comes.
        ui.set_min_height(room.y);
        match drawn {
            Some(Ok(preview)) => picture_ui(ui, (preview, current), room, shown),
            Some(Err(error)) if current && !error.is_cancelled() => {
                ui.label(RichText::new(retold(&error.message)).color(theme::WARNING));
                ui.weak(retold(&error.advice));
            }
            _ => {}
        }
    });
}

/// Draws the picture, dimmed where it is not what would be written now.
fn picture_ui(
    ui: &mut Ui,
    (preview, current): (&ExportPreview, bool),
    room: Vec2,
    shown: &mut Preview,
) {
    let texture = texture(ui, &preview.small, shown);
    let natural = texture.size_vec2() / ui.pixels_per_point();
    let share = (room.x / natural.x).min(room.y / natural.y).min(1.0);
    let tint = if current {
        Color32::WHITE
    } else {
        Color32::from_gray(90)
    };
    let picture = ui.add(Image::new((texture.id(), natural * share)).tint(tint));
    let size: [(&str, &dyn Display); 2] = [
        ("width", &preview.picture.width),
        ("height", &preview.picture.height),
    ];
    let words = tr_with("Preview of the picture, {width} × {height} pixels", &size);
    picture.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
}

fn texture(ui: &Ui, picture: &Arc<AnnotatedPicture>, shown: &mut Preview) -> TextureHandle {
    if let Some((known, texture)) = &shown.texture
        && Arc::ptr_eq(known, picture)
    {
        return texture.clone();
    }
    let size = [picture.width, picture.height];
    let image = ColorImage::from_rgba_unmultiplied(size, &picture.rgba);
    let texture = ui
        .ctx()
        .load_texture("export preview", image, TextureOptions::LINEAR);
    shown.texture = Some((picture.clone(), texture.clone()));
    texture
}
