//! The centre of the window: the viewports.

use egui::{Rect, Ui, UiBuilder, Vec2, pos2, vec2};

use super::{Commands, Shell, cell, notices, states, viewport};
use crate::session::{Arrangement, Command, Grid, LayoutCommand, OpenFilm, Session};

/// The space between two viewports, in points.
const GAP: f32 = 4.0;

/// Draws the viewports, or what stands in their place.
pub(crate) fn viewer_ui(
    ui: &mut Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    notices::strip_ui(ui, session, ui.available_rect_before_wrap(), commands);
    let layout = session.layout();
    let Some(reading) = session.reading().filter(|_| !layout.cells().is_empty()) else {
        states::empty_ui(ui, commands);
        return;
    };
    let visible = layout.visible();
    let alone = layout.arrangement() == Arrangement::Automatic && visible.len() == 1;
    let open = layout
        .active_film()
        .and_then(|film| session.readings().get(film))
        .and_then(|reading| reading.open_film());
    if alone && open.is_none() {
        states::waiting_ui(ui, reading, (shell, commands));
        return;
    }
    shell.preview = None;
    let whole = ui.available_rect_before_wrap();
    let rects = match layout.arrangement() {
        _ if layout.maximised() => vec![whole],
        Arrangement::Grid(grid) => grid_cells(whole, grid),
        Arrangement::Automatic => cells(whole, visible.len(), open.map_or(Vec2::ONE, image_size)),
    };
    // All viewports fit the image to the smallest of them, so that they show it equally large.
    let fit = rects
        .iter()
        .map(|rect| viewport::picture_rect(*rect).size())
        .fold(Vec2::INFINITY, Vec2::min);
    tell_room(ui, session, fit, commands);
    for (index, rect) in visible.zip(rects) {
        let builder = UiBuilder::new().max_rect(rect).id_salt(("viewport", index));
        let mut ui = ui.new_child(builder);
        cell::cell_ui(&mut ui, session, (index, fit), (shell, commands));
    }
    ui.advance_cursor_after_rect(whole);
}

/// Notes how large the pictures are, whenever that has changed: before anything that this frame asks
/// for, which may be another arrangement.
fn tell_room(ui: &Ui, session: &Session, fit: Vec2, commands: &mut Commands) {
    let room = ([fit.x, fit.y], ui.pixels_per_point());
    if session.layout().room() != Some(room) {
        commands.insert(0, Command::Layout(LayoutCommand::Room(room.0, room.1)));
    }
}

/// Returns the image's size on a screen with square pixels.
fn image_size(open: &OpenFilm) -> Vec2 {
    let raster = &open.layer.raster;
    let aspect = open.film.radiograph.pixel_aspect();
    vec2(raster.width() as f32, raster.height() as f32 * aspect)
}

/// Divides a rectangle into the rows and columns of a grid.
fn grid_cells(whole: Rect, grid: Grid) -> Vec<Rect> {
    let size = cell_size(whole.size(), grid.columns, grid.rows);
    let cell = |index: usize| {
        let (row, column) = (index / grid.columns, index % grid.columns);
        placed(whole, (column, row), size)
    };
    (0..grid.count()).map(cell).collect()
}

/// Divides a rectangle into rows of viewports such that the image is as large as possible; the
/// last row may have fewer, which share its width.
fn cells(whole: Rect, count: usize, image: Vec2) -> Vec<Rect> {
    let zoom = |columns: usize| {
        let rows = count.div_ceil(columns);
        let cell = Rect::from_min_size(whole.min, cell_size(whole.size(), columns, rows));
        let picture = viewport::picture_rect(cell).size();
        (picture.x / image.x).min(picture.y / image.y)
    };
    // Fewer rows win a tie: side by side is easier to compare.
    let columns = (1..=count)
        .rev()
        .max_by(|a, b| zoom(*a).total_cmp(&zoom(*b)).then(a.cmp(b)))
        .unwrap_or(1);
    let rows = count.div_ceil(columns);
    (0..count)
        .map(|index| {
            let row = index / columns;
            let in_row = if row + 1 == rows {
                count - row * columns
            } else {
                columns
            };
            let size = cell_size(whole.size(), in_row, rows);
            placed(whole, (index % columns, row), size)
        })
        .collect()
}

fn placed(whole: Rect, (column, row): (usize, usize), size: Vec2) -> Rect {
    let left = whole.left() + column as f32 * (size.x + GAP);
    let top = whole.top() + row as f32 * (size.y + GAP);
    Rect::from_min_max(
        pos2(left.round(), top.round()),
        pos2((left + size.x).round(), (top + size.y).round()),
    )
}

fn cell_size(whole: Vec2, columns: usize, rows: usize) -> Vec2 {
    let part = |length: f32, parts: usize| (length - GAP * (parts as f32 - 1.0)) / parts as f32;
    vec2(part(whole.x, columns), part(whole.y, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(width: f32, image: Vec2) -> usize {
        let whole = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 780.0));
        let cells = cells(whole, 3, image);
        cells.iter().filter(|cell| cell.top() == 0.0).count()
    }

    #[test]
    fn viewports_are_laid_out_so_that_the_image_is_large() {
        assert_eq!(columns(900.0, vec2(2500.0, 2000.0)), 2);
        assert_eq!(columns(900.0, vec2(1000.0, 3000.0)), 3);
        assert_eq!(columns(2400.0, vec2(2500.0, 2500.0)), 3);
    }

    #[test]
    fn viewports_never_overlap() {
        let whole = Rect::from_min_size(pos2(200.0, 50.0), vec2(917.0, 777.0));
        let apart = |cells: &[Rect]| {
            for (index, a) in cells.iter().enumerate() {
                assert!(whole.expand(1.0).contains_rect(*a));
                assert!(cells[..index].iter().all(|b| !b.shrink(0.5).intersects(*a)));
            }
        };
        for image in [
            vec2(2500.0, 2000.0),
            vec2(1000.0, 3000.0),
            vec2(9000.0, 100.0),
        ] {
            for count in 1..=5 {
                apart(&cells(whole, count, image));
            }
        }
        for grid in Grid::ALL {
            let cells = grid_cells(whole, grid);
            assert_eq!(cells.len(), grid.count());
            apart(&cells);
        }
    }
}
