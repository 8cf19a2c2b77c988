//! The centre of the window: one viewport, or several that move together.

use egui::{Rect, Ui, UiBuilder, Vec2, pos2, vec2};

use super::pane;
use super::{Commands, Shell, states, viewport};
use crate::session::{OpenFilm, Session};

/// The space between two viewports, in points.
const GAP: f32 = 4.0;

/// Draws the selected film, or what stands in its place.
pub(crate) fn viewer_ui(
    ui: &mut Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    let Some(reading) = session.reading() else {
        states::empty_ui(ui, commands);
        return;
    };
    let Some(open) = reading.open_film() else {
        states::waiting_ui(ui, reading, (shell, commands));
        return;
    };
    shell.preview = None;
    let panes = pane::panes(session);
    let whole = ui.available_rect_before_wrap();
    let cells = cells(whole, panes.len(), image_size(open));
    // All viewports fit the image to the smallest of them, so that they show it equally large.
    let fit = cells
        .iter()
        .map(|cell| viewport::picture_rect(*cell).size())
        .fold(Vec2::INFINITY, Vec2::min);
    let time_secs = ui.input(|input| input.time);
    for (pane, cell) in panes.iter().zip(cells) {
        let mut ui = ui.new_child(UiBuilder::new().max_rect(cell).id_salt(pane));
        let content = pane::content(pane, session, open, time_secs);
        let view = viewport::resolve(open, fit, ui.pixels_per_point());
        viewport::viewport_ui(
            &mut ui,
            (session, open),
            (&content, view),
            (shell, commands),
        );
    }
    ui.advance_cursor_after_rect(whole);
}

/// Returns the image's size on a screen with square pixels.
fn image_size(open: &OpenFilm) -> Vec2 {
    let raster = &open.layer.raster;
    let aspect = viewport::pixel_aspect(open);
    vec2(raster.width() as f32, raster.height() as f32 * aspect)
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
            let left = whole.left() + (index % columns) as f32 * (size.x + GAP);
            let top = whole.top() + row as f32 * (size.y + GAP);
            Rect::from_min_max(
                pos2(left.round(), top.round()),
                pos2((left + size.x).round(), (top + size.y).round()),
            )
        })
        .collect()
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
        for image in [
            vec2(2500.0, 2000.0),
            vec2(1000.0, 3000.0),
            vec2(9000.0, 100.0),
        ] {
            for count in 1..=5 {
                let cells = cells(whole, count, image);
                for (index, a) in cells.iter().enumerate() {
                    assert!(whole.expand(1.0).contains_rect(*a));
                    assert!(cells[..index].iter().all(|b| !b.shrink(0.5).intersects(*a)));
                }
            }
        }
    }
}
