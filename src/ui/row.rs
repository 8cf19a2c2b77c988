//! A row of controls that never wraps, so that what lies below it keeps its place: what does not fit
//! goes into a menu at its end.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, Color32, PopupCloseBehavior, Role, TextStyle, Ui, WidgetInfo};

use super::Commands;
use super::language::tr;

/// Draws a control, in the row or in the menu.
type Draw<'a> = Box<dyn FnOnce(&mut Ui, &mut Commands) + 'a>;

/// One control of a row.
struct Item<'a> {
    /// About how wide it is, in points.
    width: f32,
    /// The larger, the sooner it leaves the row; what has 0 stays.
    rank: u8,
    /// Whether it is changed bit by bit, so that the menu stays open meanwhile.
    gradual: bool,
    /// What draws it; a line between groups has nothing to draw in the menu.
    draw: Option<Draw<'a>>,
}

/// A row of controls.
#[derive(Default)]
pub(crate) struct Row<'a> {
    items: Vec<Item<'a>>,
}

impl<'a> Row<'a> {
    /// Adds a control that a click settles, about so many points wide.
    pub(crate) fn add(
        &mut self,
        (rank, width): (u8, f32),
        draw: impl FnOnce(&mut Ui, &mut Commands) + 'a,
    ) {
        self.items.push(Item {
            width,
            rank,
            gradual: false,
            draw: Some(Box::new(draw)),
        });
    }

    /// Adds a control that is changed bit by bit.
    pub(crate) fn add_gradual(
        &mut self,
        size: (u8, f32),
        draw: impl FnOnce(&mut Ui, &mut Commands) + 'a,
    ) {
        self.add(size, draw);
        if let Some(item) = self.items.last_mut() {
            item.gradual = true;
        }
    }

    /// Adds a line between two groups.
    pub(crate) fn separate(&mut self) {
        self.items.push(Item {
            width: 6.0,
            rank: u8::MAX,
            gradual: false,
            draw: None,
        });
    }

    /// Draws the row; `name` is what its menu is called by those who hear it.
    pub(crate) fn show(self, ui: &mut Ui, name: &str, commands: &mut Commands) {
        let sizes: Vec<(u8, f32)> = self
            .items
            .iter()
            .map(|item| (item.rank, item.width))
            .collect();
        let spacing = ui.spacing().item_spacing.x;
        let more = button_width(ui, tr("More"), false);
        let kept = kept(&sizes, spacing, (ui.available_width(), more));
        let mut left_over = Vec::new();
        ui.horizontal(|ui| {
            for (item, kept) in self.items.into_iter().zip(kept) {
                match (item.draw, kept) {
                    (Some(draw), true) => draw(ui, commands),
                    (Some(draw), false) => left_over.push((draw, item.gradual)),
                    (None, true) => {
                        ui.separator();
                    }
                    (None, false) => {}
                }
            }
            if !left_over.is_empty() {
                menu_ui(ui, name, left_over, commands);
            }
        });
    }
}

fn menu_ui(ui: &mut Ui, name: &str, items: Vec<(Draw<'_>, bool)>, commands: &mut Commands) {
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let button = MenuButton::from_button(Button::new(tr("More"))).config(config);
    let (response, _) = button.ui(ui, |ui| {
        for (draw, gradual) in items {
            let before = commands.len();
            draw(ui, commands);
            if commands.len() > before && !gradual {
                ui.close();
            }
        }
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(tr("What has no room in this row."));
}

/// Says which of the controls stay in a row with so much room: those of the highest rank leave first,
/// of equal ones the last, and then the menu needs room as well.
fn kept(sizes: &[(u8, f32)], spacing: f32, (room, menu): (f32, f32)) -> Vec<bool> {
    let mut needed: f32 = sizes.iter().map(|(_, width)| width + spacing).sum();
    let mut kept = vec![true; sizes.len()];
    if needed - spacing <= room {
        return kept;
    }
    needed += menu;
    let mut leaving: Vec<usize> = (0..sizes.len())
        .filter(|index| sizes[*index].0 > 0)
        .collect();
    leaving.sort_by_key(|index| std::cmp::Reverse((sizes[*index].0, *index)));
    for index in leaving {
        if needed <= room {
            break;
        }
        kept[index] = false;
        needed -= sizes[index].1 + spacing;
    }
    kept
}

/// Returns how wide words are on a button, in points.
pub(crate) fn text_width(ui: &Ui, text: &str) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, Color32::WHITE);
    galley.size().x
}

/// Returns about how wide a button is with such words, and with a drawing before them.
pub(crate) fn button_width(ui: &Ui, text: &str, drawn: bool) -> f32 {
    let spacing = ui.spacing();
    let drawing = if drawn {
        super::icons::SIDE + spacing.icon_spacing
    } else {
        0.0
    };
    text_width(ui, text) + drawing + 2.0 * spacing.button_padding.x + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_least_leaves_first_and_what_must_stay_stays() {
        let sizes = [(0, 100.0), (3, 50.0), (u8::MAX, 6.0), (1, 80.0), (3, 60.0)];
        let all = 100.0 + 50.0 + 6.0 + 80.0 + 60.0 + 4.0 * 8.0;
        assert_eq!(kept(&sizes, 8.0, (all, 40.0)), [true; 5]);
        assert_eq!(
            kept(&sizes, 8.0, (all - 1.0, 40.0)),
            [true, true, false, true, false],
            "the menu needs room, too"
        );
        assert_eq!(
            kept(&sizes, 8.0, (240.0, 40.0)),
            [true, false, false, true, false]
        );
        assert_eq!(
            kept(&sizes, 8.0, (10.0, 40.0)),
            [true, false, false, false, false]
        );
    }
}
