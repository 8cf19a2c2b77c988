//! What the left button does to marks in a viewport: drawing, dragging, selecting.

use egui::{CursorIcon, Event, Id, Key, PointerButton, Pos2, Rect, Response, Ui, Vec2};

use super::viewport::Place;
use super::writing::Writing;
use super::{Commands, Shell};
use crate::radiograph::{AnnotationId, PixelPoint, ShapeKind};
use crate::session::{Command, Hit, MarkCommand, Marks, OpenFilm, Reading, Session, Tool};

/// How near the pointer must be to touch a mark, in points.
const REACH_POINTS: f32 = 7.0;

/// The pointer's state between two frames.
pub(crate) struct Pointer {
    /// The viewport in which the button was pressed on marks and is still held.
    held_in: Option<Id>,
    /// Where the arrows have brought the crosshair, in image pixels.
    pub(crate) crosshair: Option<PixelPoint>,
    /// Whether arrows moved it last, and not the mouse.
    pub(crate) by_keys: bool,
    /// How many times the magnifier enlarges.
    pub(crate) magnification: f32,
    /// Words or a number being typed.
    pub(crate) writing: Option<Writing>,
    /// Where the words of marks were drawn in each viewport, for hitting them.
    pub(crate) words: Vec<(Id, AnnotationId, Rect)>,
    /// Where marks were last pressed, on the screen.
    pub(crate) pressed: Pos2,
    pub(super) scrolled: f32,
}

impl Default for Pointer {
    fn default() -> Self {
        Self {
            held_in: None,
            crosshair: None,
            by_keys: false,
            magnification: 2.0,
            writing: None,
            words: Vec::new(),
            pressed: Pos2::ZERO,
            scrolled: 0.0,
        }
    }
}

/// A viewport with what it shows.
pub(crate) struct Stage<'a> {
    pub(crate) session: &'a Session,
    pub(crate) reading: &'a Reading,
    pub(crate) open: &'a OpenFilm,
    pub(crate) place: &'a Place,
    /// Whether anything generated can be seen in it.
    pub(crate) synthetic: bool,
}

impl Stage<'_> {
    pub(crate) fn marks(&self) -> &Marks {
        self.reading.marks()
    }

    /// How near counts as at a point, in columns of the image.
    pub(crate) fn reach_px(&self) -> f32 {
        REACH_POINTS / self.place.view.zoom
    }

    /// Returns the mark under a position; with a drawing tool only the selected one, so that a new
    /// mark can begin on an old one.
    fn hit(&self, pointer: &Pointer, (viewport, position): (Id, Pos2)) -> Option<Hit> {
        if !self.session.overlay().marks {
            return None;
        }
        let at = self.place.image_from_screen(position);
        let (reach_px, aspect) = (self.reach_px(), self.open.pixel_aspect());
        let marks = self.marks();
        let drawing = self.session.tool().drawn().is_some();
        let of_lines = if drawing {
            marks.hit_selected(at, reach_px, aspect)
        } else {
            marks.hit(at, reach_px, aspect)
        };
        let words = pointer.words.iter().rev();
        let selected = marks.selected().map(|mark| mark.annotation.id);
        let mut of_words = words.filter(|(of, id, rect)| {
            *of == viewport && rect.contains(position) && (!drawing || selected == Some(*id))
        });
        of_lines.or_else(|| {
            let (_, id, rect) = of_words.next()?;
            let shape = &marks.get(*id)?.annotation.shape;
            // A text mark is nothing but its words.
            let apart = shape.kind() != ShapeKind::Text;
            Some(Hit {
                id: *id,
                handle: None,
                words: apart.then(|| self.place.image_from_screen(rect.min)),
            })
        })
    }
}

/// Takes in what the left button does to marks; returns whether it belongs to them.
pub(crate) fn marks(
    ui: &Ui,
    response: &Response,
    stage: &Stage<'_>,
    (shell, commands): (&mut Shell, &mut Commands),
) -> bool {
    cursor(ui, response, (stage, shell));
    let pointer = &mut shell.pointer;
    pointer.by_keys &= ui.input(|input| input.pointer.delta() == Vec2::ZERO);
    let was_held = pointer.held_in == Some(response.id);
    let mut taken = was_held;
    // Event by event: on a slow machine a press, a drag and a release come within one frame, and the
    // press belongs where it happened and not where the pointer has got since.
    let (events, space) = ui.input(|input| (input.events.clone(), input.key_down(Key::Space)));
    for event in &events {
        let (at, reach_px) = match event {
            Event::PointerMoved(position) | Event::PointerButton { pos: position, .. } => {
                (stage.place.image_from_screen(*position), stage.reach_px())
            }
            _ => continue,
        };
        let held = pointer.held_in == Some(response.id);
        let command = match event {
            Event::PointerMoved(_) if held => {
                aim(commands, at, reach_px);
                pointer.crosshair = Some(at);
                None
            }
            Event::PointerButton {
                pos,
                button: PointerButton::Primary,
                pressed,
                ..
            } => {
                if *pressed && !space && meant_for(ui, response, *pos) {
                    let command = press(stage, pointer, (response.id, *pos));
                    pointer.pressed = *pos;
                    pointer.held_in = command.as_ref().map(|_| response.id);
                    command
                } else if !*pressed && held {
                    pointer.held_in = None;
                    Some(MarkCommand::Release { at, reach_px })
                } else {
                    None
                }
            }
            _ => None,
        };
        if let Some(command) = command {
            taken = true;
            pointer.crosshair = Some(at);
            commands.push(Command::Marks(command));
        }
    }
    // A release that went elsewhere, as to another program's window.
    if was_held && pointer.held_in.is_some() && !ui.input(|input| input.pointer.primary_down()) {
        pointer.held_in = None;
        let (at, reach_px) = (pointer.crosshair.unwrap_or_default(), stage.reach_px());
        commands.push(Command::Marks(MarkCommand::Release { at, reach_px }));
    }
    if !taken {
        follow(ui, response, stage, commands);
    }
    taken
}

/// Moves to a point, along with the points passed since the last frame.
fn aim(commands: &mut Commands, at: PixelPoint, reach_px: f32) {
    if let Some(Command::Marks(MarkCommand::Aim { path, .. })) = commands.last_mut() {
        path.push(at);
    } else {
        let path = vec![at];
        commands.push(Command::Marks(MarkCommand::Aim { path, reach_px }));
    }
}

/// Whether a press at a position goes to a viewport and not to something that lies over it.
fn meant_for(ui: &Ui, response: &Response, position: Pos2) -> bool {
    response.rect.contains(position)
        && ui.ctx().layer_id_at(position) == Some(response.layer_id)
        && !egui::Popup::is_any_open(ui.ctx())
}

/// Returns what pressing the left button at a position does to marks; `None` where it is nothing of
/// theirs.
fn press(
    stage: &Stage<'_>,
    pointer: &Pointer,
    (viewport, position): (Id, Pos2),
) -> Option<MarkCommand> {
    let at = stage.place.image_from_screen(position);
    let reach_px = stage.reach_px();
    let place = MarkCommand::Place { at, reach_px };
    if stage.marks().draft().is_some() {
        return Some(place);
    }
    if let Some(hit) = stage.hit(pointer, (viewport, position)) {
        return Some(MarkCommand::Grab(hit, at));
    }
    stage.session.tool().drawn().map(|_| place)
}

/// The next point of a mark that is drawn by clicks follows the pointer.
fn follow(ui: &Ui, response: &Response, stage: &Stage<'_>, commands: &mut Commands) {
    let Some(draft) = stage.marks().draft().filter(|draft| !draft.awaits_words()) else {
        return;
    };
    let moving = ui.input(|input| input.pointer.delta() != Vec2::ZERO);
    if let Some(position) = response.hover_pos().filter(|_| moving) {
        let at = stage.place.image_from_screen(position);
        if at != draft.aim {
            let reach_px = stage.reach_px();
            let path = vec![at];
            commands.push(Command::Marks(MarkCommand::Aim { path, reach_px }));
        }
    }
}

/// Takes in clicks that are no part of drawing: one beside every mark lets go of the selection, a
/// second one on a mark names it. Returns whether a double click was one of these.
pub(crate) fn clicks(
    ui: &Ui,
    response: &Response,
    stage: &Stage<'_>,
    (shell, commands): (&mut Shell, &mut Commands),
) -> bool {
    let Some(position) = response.interact_pointer_pos() else {
        return false;
    };
    let hit = stage.hit(&shell.pointer, (response.id, position));
    if response.secondary_clicked() {
        let hit = hit.map(|hit| hit.id);
        commands.push(Command::Marks(MarkCommand::Select(hit)));
    }
    let drawing = stage.session.tool().drawn().is_some();
    if response.double_clicked() {
        if let Some(mark) = hit.and_then(|hit| stage.marks().get(hit.id)) {
            shell.pointer.writing = Some(Writing::name(&mark.annotation, position));
            return true;
        }
        return drawing;
    }
    let by_pointer = ui.input(|input| input.pointer.primary_released());
    if response.clicked()
        && by_pointer
        && !drawing
        && hit.is_none()
        && stage.marks().selected().is_some()
    {
        commands.push(Command::Marks(MarkCommand::Select(None)));
    }
    false
}

fn cursor(ui: &Ui, response: &Response, (stage, shell): (&Stage<'_>, &Shell)) {
    let Some(position) = response.hover_pos() else {
        return;
    };
    let hit = stage.hit(&shell.pointer, (response.id, position));
    let icon = match (stage.session.tool(), hit) {
        _ if stage.marks().grabbed() => CursorIcon::Grabbing,
        (
            _,
            Some(Hit {
                handle: Some(_), ..
            }),
        ) => CursorIcon::PointingHand,
        (_, Some(_)) if stage.marks().draft().is_none() => CursorIcon::Move,
        (Tool::Draw(_), _) => CursorIcon::Crosshair,
        (Tool::Pan, _) => CursorIcon::Grab,
        (Tool::Zoom, _) => CursorIcon::ZoomIn,
        (Tool::Magnifier, _) => CursorIcon::None,
        (Tool::Window, _) => return,
    };
    ui.ctx().set_cursor_icon(icon);
}
