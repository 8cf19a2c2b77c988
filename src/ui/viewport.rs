//! One viewport: where the image lies in it, and what the mouse does there.

use egui::{
    EventFilter, PointerButton, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::language::tr;
use super::pane::Content;
use super::pointer::{self, Stage};
use super::{
    Commands, Shell, annotations, badges, crosshair, frames, gestures, magnifier, marks, tools,
};
use crate::display::{SYNTHETIC_MARK, ViewTransform};
use crate::radiograph::{PixelPoint, PixelRect};
use crate::session::{Command, Compare, LayoutCommand, Look, Mix, OpenFilm, Session};

/// The height of the title strip, in points.
const TITLE_HEIGHT: f32 = 22.0;

/// How near the pointer must be to take hold of the swipe line, in points.
const GRASP_POINTS: f32 = 10.0;

/// Returns the part of a viewport that is left to the picture, below the title.
pub(crate) fn picture_rect(viewport: Rect) -> Rect {
    let top = (viewport.top() + TITLE_HEIGHT).min(viewport.bottom());
    Rect::from_min_max(pos2(viewport.left(), top), viewport.max)
}

/// Draws one viewport and takes in what the user does to it.
pub(crate) fn viewport_ui(
    ui: &mut Ui,
    (session, open): (&Session, &OpenFilm),
    (content, view): (&Content, ViewTransform),
    (shell, commands): (&mut Shell, &mut Commands),
) -> Response {
    let whole = ui.max_rect();
    let rect = picture_rect(whole);
    marks::title(ui, Rect::from_min_max(whole.min, rect.right_top()), content);
    let response = ui.interact(rect, ui.scope_id().with("image"), Sense::click_and_drag());
    let mut name = format!("{}, {}", content.name, open.film.name());
    if content.synthetic {
        name = format!("{name}, {}", tr(SYNTHETIC_MARK));
    }
    for badge in badges::badges(session, content) {
        name = format!("{name}, {}", badge.words);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));

    let place = Place { rect, view };
    let stage = Stage {
        session,
        reading: content.reading,
        open,
        place: &place,
        synthetic: content.synthetic,
    };
    mouse(ui, &response, (&stage, content), (shell, commands));
    gestures::wheel(ui, &response, &stage, (shell, commands));
    tools::context_menu(&response, &stage, (shell, commands));
    let arrows_taken = crosshair::keys(ui, &response, &stage, (shell, commands));
    focus_keys(ui, &response, (&place, arrows_taken), commands);
    let inspector = &mut shell.inspector;
    // Its panel is about the selected film.
    if session.selected() == Some(content.film) {
        shell.seen = Some(place.part());
        inspector.follow(ui, &response, (&place, open), content);
    }

    if shell.has_gpu {
        // It paints black outside the film.
        let picture = content.picture(open, view);
        ui.painter().add(picture.paint_callback(rect));
    } else {
        ui.painter().rect_filled(rect, 0.0, egui::Color32::BLACK);
    }
    let taken = marks::over_picture(ui, (session, open), (content, inspector), &place);
    annotations::draw(ui, &response, (&stage, taken), shell);
    magnifier::draw(ui, &response, (&stage, content), shell);
    if response.has_focus() {
        frames::focus(ui, rect);
    }
    response
}

/// Where an image lies on the screen.
pub(crate) struct Place {
    /// The viewport without its title.
    pub(crate) rect: Rect,
    /// The image within it.
    pub(crate) view: ViewTransform,
}

impl Place {
    /// Returns the screen position of an image point.
    pub(crate) fn screen_from_image(&self, point_in_image: PixelPoint) -> egui::Pos2 {
        let (dx, dy) = self.view.screen_from_image(point_in_image);
        self.rect.center() + vec2(dx, dy)
    }

    /// Returns the screen rectangle of a part of the image.
    pub(crate) fn screen_rect(&self, part: &PixelRect) -> Rect {
        let (right, bottom) = (part.right(), part.bottom());
        Rect::from_two_pos(
            self.screen_from_image(PixelPoint {
                x: part.x,
                y: part.y,
            }),
            self.screen_from_image(PixelPoint {
                x: right,
                y: bottom,
            }),
        )
    }

    /// Returns the corners of a part of the image on the screen, clockwise from its upper left one: a
    /// film that is turned turns what is drawn on it.
    pub(crate) fn screen_corners(&self, part: &PixelRect) -> [egui::Pos2; 4] {
        let (right, bottom) = (part.right(), part.bottom());
        [
            (part.x, part.y),
            (right, part.y),
            (right, bottom),
            (part.x, bottom),
        ]
        .map(|(x, y)| self.screen_from_image(PixelPoint { x, y }))
    }

    /// Returns the upper and the lower end of a column of the image on the screen, by its share of the
    /// width.
    pub(crate) fn column(&self, open: &OpenFilm, share: f32) -> [egui::Pos2; 2] {
        let raster = &open.layer.raster;
        let x = share * raster.width() as f32;
        [0.0, raster.height() as f32].map(|y| self.screen_from_image(PixelPoint { x, y }))
    }

    /// Returns the part of the image that the viewport shows, with what lies beside it.
    fn part(&self) -> PixelRect {
        let corners = [
            self.rect.left_top(),
            self.rect.right_top(),
            self.rect.right_bottom(),
            self.rect.left_bottom(),
        ];
        let seen = corners.map(|position| self.image_from_screen(position));
        let least = |a: PixelPoint, b: PixelPoint| PixelPoint {
            x: a.x.min(b.x),
            y: a.y.min(b.y),
        };
        let most = |a: PixelPoint, b: PixelPoint| PixelPoint {
            x: a.x.max(b.x),
            y: a.y.max(b.y),
        };
        let [first, rest @ ..] = seen;
        PixelRect::between(
            rest.into_iter().fold(first, least),
            rest.into_iter().fold(first, most),
        )
    }

    /// Returns the image point at a screen position.
    pub(crate) fn image_from_screen(&self, position: egui::Pos2) -> PixelPoint {
        let offset = position - self.rect.center();
        self.view.image_from_screen(offset.x, offset.y)
    }
}

fn mouse(
    ui: &Ui,
    response: &Response,
    (stage, content): (&Stage<'_>, &Content),
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let (place, open) = (stage.place, stage.open);
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.drag_started() {
        shell.dragging_swipe = near_swipe_line(ui, place, open, content);
    }
    let on_line = response.is_pointer_button_down_on() && near_swipe_line(ui, place, open, content);
    let marking = !on_line && pointer::marks(ui, response, stage, (shell, commands));
    let named = pointer::clicks(ui, response, stage, (shell, commands));
    if response.double_clicked() && !named && !marking {
        commands.push(if stage.session.layout().cells().len() > 1 {
            Command::Layout(LayoutCommand::Maximise)
        } else {
            Command::Look(Look::Fit)
        });
    }
    let space = ui.input(|input| input.key_down(egui::Key::Space));
    let delta = response.drag_delta();
    if space && response.dragged_by(PointerButton::Primary) {
        commands.push(Command::Look(moved(&place.view, delta)));
    } else if response.dragged_by(PointerButton::Primary) && shell.dragging_swipe {
        if let Some(position) = response.interact_pointer_pos() {
            let x = place.image_from_screen(position).x;
            let share = x / open.layer.raster.width() as f32;
            commands.push(Command::Compare(Compare::Mixed(Mix::Swipe(share))));
        }
    } else if !marking {
        gestures::drag(ui, response, stage, commands);
    }
}

fn near_swipe_line(ui: &Ui, place: &Place, open: &OpenFilm, content: &Content) -> bool {
    let (Some(share), Some(pressed)) = (
        content.swipe(),
        ui.input(|input| input.pointer.press_origin()),
    ) else {
        return false;
    };
    let [top, bottom] = place.column(open, share);
    let across = (bottom - top).normalized().rot90();
    across.dot(pressed - top).abs() <= GRASP_POINTS
}

/// Arrows move and plus and minus zoom the viewport that has the focus.
fn focus_keys(
    ui: &Ui,
    response: &Response,
    (place, arrows_taken): (&Place, bool),
    commands: &mut Commands,
) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let step = place.rect.width() / 10.0;
    for (key, delta) in [
        (egui::Key::ArrowLeft, vec2(step, 0.0)),
        (egui::Key::ArrowRight, vec2(-step, 0.0)),
        (egui::Key::ArrowUp, vec2(0.0, step)),
        (egui::Key::ArrowDown, vec2(0.0, -step)),
    ] {
        // With Alt they move the lens.
        let pressed = |input: &egui::InputState| input.key_pressed(key) && !input.modifiers.alt;
        if !arrows_taken && ui.input(pressed) {
            commands.push(Command::Look(moved(&place.view, delta)));
        }
    }
    for (key, factor) in [(egui::Key::Plus, 1.25), (egui::Key::Minus, 0.8)] {
        if ui.input(|input| input.key_pressed(key) && !input.modifiers.command) {
            commands.push(Command::Look(zoomed(place, place.rect.center(), factor)));
        }
    }
}

/// Returns the look after the image was moved by some screen points.
pub(crate) fn moved(view: &ViewTransform, delta: Vec2) -> Look {
    Look::Free {
        center_in_image: view.image_from_screen(-delta.x, -delta.y),
        zoom: view.zoom,
    }
}

/// Returns the look after a zoom that leaves the image point under the pointer where it is.
pub(crate) fn zoomed(place: &Place, pointer: egui::Pos2, factor: f32) -> Look {
    let fixed = place.image_from_screen(pointer);
    let mut view = place.view;
    view.zoom = (view.zoom * factor).clamp(1e-3, 64.0);
    view.center_in_image = fixed;
    let offset = pointer - place.rect.center();
    Look::Free {
        center_in_image: view.image_from_screen(-offset.x, -offset.y),
        zoom: view.zoom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        let mut view = ViewTransform::native(1000, 800);
        view.zoom = 0.5;
        view.pixel_aspect = 1.25;
        Place {
            rect: Rect::from_min_size(pos2(100.0, 50.0), vec2(600.0, 400.0)),
            view,
        }
    }

    fn after(place: &Place, look: Look) -> Place {
        let Look::Free {
            center_in_image,
            zoom,
        } = look
        else {
            panic!("a drag or a zoom leaves the fitted look");
        };
        let mut view = place.view;
        view.center_in_image = center_in_image;
        view.zoom = zoom;
        Place {
            rect: place.rect,
            view,
        }
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let place = place();
        for factor in [0.5, 1.1, 8.0] {
            let pointer = pos2(231.0, 147.0);
            let fixed = place.image_from_screen(pointer);
            let later = after(&place, zoomed(&place, pointer, factor));
            assert!((later.screen_from_image(fixed) - pointer).length() < 0.05);
        }
    }

    #[test]
    fn the_image_moves_with_the_pointer() {
        let place = place();
        let point = PixelPoint { x: 400.0, y: 300.0 };
        let later = after(&place, moved(&place.view, vec2(30.0, -12.0)));
        let shift = later.screen_from_image(point) - place.screen_from_image(point);
        assert!((shift - vec2(30.0, -12.0)).length() < 0.01);
    }
}
