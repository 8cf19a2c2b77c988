//! The switches that link viewports, and what a change of a link is told by.

use egui::{Button, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::cell::Dragged;
use super::icons::{Icon, icon};
use super::language::{filled, tr, tr_with};
use super::{Commands, marks, viewport};
use crate::session::{Command, LayoutCommand, Link, Linking, Session};

/// Draws the switches that link the viewport, and the handle by which it is dragged.
pub(crate) fn links_ui(ui: &mut Ui, session: &Session, index: usize, commands: &mut Commands) {
    let whole = ui.max_rect();
    let strip = Rect::from_min_max(whole.min, viewport::picture_rect(whole).right_top());
    let handle = ui.interact(strip, ui.scope_id().with("title"), Sense::click_and_drag());
    handle.dnd_set_drag_payload(Dragged::Viewport(index));
    if handle.is_pointer_button_down_on() && index != session.layout().active() {
        commands.push(Command::Layout(LayoutCommand::Activate(index)));
    }
    if handle.double_clicked() {
        commands.push(Command::Layout(LayoutCommand::Maximise));
    }
    // Clear of the frame around the active viewport.
    let end = strip.max - vec2(3.0, 0.0);
    let room = Rect::from_min_max(strip.right_top() - vec2(150.0, 0.0), end);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(room).layout(layout));
    ui.spacing_mut().item_spacing.x = 3.0;
    ui.spacing_mut().button_padding = vec2(4.0, 0.0);
    if strip.width() < marks::LINKS_FROM {
        menu_ui(&mut ui, session, index, commands);
        return;
    }
    for (link, text) in [(Link::Greys, tr("window")), (Link::Look, tr("zoom"))] {
        let linked = session.layout().cells()[index].linked(link);
        let words = egui::RichText::new(text).small();
        let response = ui.add(Button::selectable(linked, words));
        switch(&response, (index, link, linked), commands);
    }
}

/// Draws one small switch for both links where there is no room for two: lit while the viewport goes
/// along in both.
fn menu_ui(ui: &mut Ui, session: &Session, index: usize, commands: &mut Commands) {
    let cell = &session.layout().cells()[index];
    let both = cell.linked(Link::Look) && cell.linked(Link::Greys);
    let button = Button::selectable(both, icon(Icon::Link));
    let menu = egui::containers::menu::MenuButton::from_button(button);
    let (response, _) = menu.ui(ui, |ui| {
        for (link, text) in [
            (Link::Look, tr("Pan and zoom linked")),
            (Link::Greys, tr("Window linked")),
        ] {
            let linked = cell.linked(link);
            let mut checked = linked;
            let response = ui.checkbox(&mut checked, text);
            if switch(&response, (index, link, linked), commands) {
                ui.close();
            }
        }
    });
    let states = [Link::Look, Link::Greys].map(|link| meaning(link, cell.linked(link)));
    let response = response.on_hover_text(states.join("\n"));
    let name = tr_with("Links of viewport {number}", &[("number", &(index + 1))]);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, both, &name));
}

/// Says what a switch is and does, and takes in a click on it; returns whether there was one.
fn switch(
    response: &Response,
    (index, link, linked): (usize, Link, bool),
    commands: &mut Commands,
) -> bool {
    let name = match link {
        Link::Greys => tr("Link window of viewport {number}"),
        Link::Look => tr("Link zoom of viewport {number}"),
    };
    let name = filled(name, &[("number", &(index + 1))]);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, linked, &name));
    let response = response.clone().on_hover_text(meaning(link, linked));
    if response.clicked() {
        commands.push(Command::Layout(LayoutCommand::Activate(index)));
        commands.push(Command::Layout(LayoutCommand::ToggleLink(link)));
    }
    response.clicked()
}

fn meaning(link: Link, linked: bool) -> &'static str {
    match (link, linked) {
        (Link::Greys, true) => {
            tr("The window is linked with the other viewports; a click unlinks it.")
        }
        (Link::Greys, false) => tr("The window is this viewport's own; a click links it."),
        (Link::Look, true) => {
            tr("Pan and zoom are linked with the other viewports; a click unlinks them.")
        }
        (Link::Look, false) => tr("Pan and zoom are this viewport's own; a click links them."),
    }
}

/// Says what a command did to a link: of which viewport, and who goes along.
pub(crate) fn linking_words(linking: &Linking) -> String {
    let number: &dyn std::fmt::Display = &(linking.cell + 1);
    let others = linking.others.iter();
    let others: Vec<String> = others.map(|other| (other + 1).to_string()).collect();
    let others = others.join(", ");
    let sentence = match (linking.link, linking.linked, linking.others.is_empty()) {
        (_, None, _) => tr("Viewport {number} shows no film: there is nothing to link."),
        (Link::Look, Some(true), true) => {
            tr("Viewport {number}: pan and zoom will be linked; no other one shows a linked film.")
        }
        (Link::Look, Some(true), false) => {
            tr("Viewport {number}: pan and zoom are linked with viewports {others}.")
        }
        (Link::Look, Some(false), _) => tr("Viewport {number}: pan and zoom are its own now."),
        (Link::Greys, Some(true), true) => {
            tr("Viewport {number}: the window will be linked; no other one shows a linked film.")
        }
        (Link::Greys, Some(true), false) => {
            tr("Viewport {number}: the window is linked with viewports {others}.")
        }
        (Link::Greys, Some(false), _) => tr("Viewport {number}: the window is its own now."),
    };
    filled(sentence, &[("number", number), ("others", &others)])
}
