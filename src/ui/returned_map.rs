//! The controls of a map that came back from a file.

use egui::Ui;

use super::language::{tr, tr_with};
use super::{Commands, legend, overlay, theme};
use crate::session::{Reading, Session};

/// Draws the controls, as long as no result of this session takes the map's place.
pub(crate) fn returned_map_ui(
    ui: &mut Ui,
    session: &Session,
    reading: &Reading,
    commands: &mut Commands,
) {
    let Some(cut) = session.returned_cut(reading) else {
        return;
    };
    let settings = session.overlay();
    ui.separator();
    ui.label(theme::heading(tr("Map from a file")));
    let kind = tr(cut.map.kind.name());
    ui.label(tr_with("Map {kind}", &[("kind", &kind)]));
    overlay::threshold_ui(ui, session, &cut, commands);
    legend::legend_ui(ui, &cut, settings.colormap);
    overlay::look_ui(ui, session, commands);
}
