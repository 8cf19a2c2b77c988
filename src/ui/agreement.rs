//! The agreement layer's controls: how many models must agree, who they are, and what colours mean.

use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Slider, Ui, WidgetInfo, pos2, vec2,
};

use super::language::{tr, tr_with};
use super::{Commands, theme};
use crate::display::Colormap;
use crate::session::{Command, Consensus, Session};

/// Draws the controls of the agreement layer, while it is shown.
pub(crate) fn agreement_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(consensus) = session.consensus() else {
        return;
    };
    let votes = &consensus.agreement.votes;
    ui.label(theme::heading(tr("Agreement")));
    if votes.len() > 1 {
        let mut least = consensus.least;
        let slider = Slider::new(&mut least, 1..=votes.len()).text(tr("models at least"));
        let slider = ui.add(slider).on_hover_text(tr(
            "Places are marked where at least so many models are at or above their own threshold.",
        ));
        if slider.changed() && least != consensus.least {
            commands.push(Command::Agreeing(least));
        }
    } else {
        ui.label(tr(
            "Only one model has analysed this film: pick more and analyse again.",
        ));
    }
    legend_ui(ui, consensus, session.overlay().colormap);
    for vote in votes {
        ui.label(tr_with(
            "{model}: {kind} at or above {threshold} {unit}",
            &[
                ("model", &session.shelf().title(&vote.model)),
                ("kind", &tr(vote.map.kind.name())),
                ("threshold", &format_args!("{:.2}", vote.threshold)),
                ("unit", &tr(&vote.map.unit)),
            ],
        ));
    }
    ui.weak(tr(
        "A model that does not look at a place has no say there.",
    ));
    ui.separator();
}

fn legend_ui(ui: &mut Ui, consensus: &Consensus, colormap: Colormap) {
    let count = consensus.agreement.votes.len();
    let width = (ui.available_width() - 8.0).clamp(80.0, 320.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 38.0), Sense::hover());
    let words = tr_with(
        "Colours for 1 to {count} of {count} models above their threshold; marked from {least}",
        &[("count", &count), ("least", &consensus.least)],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let bar = Rect::from_min_size(rect.min, vec2(width, 18.0));
    swatches(ui.painter(), bar, (count, consensus.least), colormap);
    ui.painter().text(
        pos2(rect.left(), bar.bottom() + 4.0),
        Align2::LEFT_TOP,
        match count {
            1 => tr("one model above its threshold").to_owned(),
            _ => tr_with(
                "of {count} models above their threshold",
                &[("count", &count)],
            ),
        },
        FontId::proportional(11.5),
        ui.visuals().text_color(),
    );
}

/// Draws the discrete legend into a viewport, its lower right corner at a point; returns
/// where.
pub(crate) fn legend_over_picture(
    painter: &Painter,
    at: Pos2,
    consensus: &Consensus,
    colormap: Colormap,
) -> Rect {
    let count = consensus.agreement.votes.len();
    let size = vec2(26.0 * count as f32, 16.0);
    let bar = Rect::from_min_size(at - size, size);
    let dark = bar.expand(3.0);
    painter.rect_filled(dark, 2.0, Color32::from_black_alpha(170));
    swatches(painter, bar, (count, consensus.least), colormap);
    dark
}

/// Draws one numbered swatch per count; those that are not marked on the film are crossed out.
fn swatches(painter: &Painter, bar: Rect, (count, least): (usize, usize), colormap: Colormap) {
    let step = bar.width() / count.max(1) as f32;
    for k in 1..=count {
        let left = bar.left() + (k - 1) as f32 * step;
        let swatch = Rect::from_min_size(pos2(left, bar.top()), vec2(step - 2.0, bar.height()));
        let [r, g, b] = colormap.color(k as f32 / count as f32);
        let marked = k >= least;
        let fill = if marked {
            Color32::from_rgb(r, g, b)
        } else {
            Color32::from_gray(40)
        };
        painter.rect_filled(swatch, 2.0, fill);
        let bright = f32::from(r) * 0.3 + f32::from(g) * 0.6 + f32::from(b) * 0.1 > 120.0;
        let ink = match (marked, bright) {
            (true, true) => Color32::BLACK,
            (true, false) => Color32::WHITE,
            (false, _) => Color32::from_gray(150),
        };
        let font = FontId::proportional(12.0);
        painter.text(
            swatch.center(),
            Align2::CENTER_CENTER,
            k.to_string(),
            font,
            ink,
        );
        if !marked {
            let ends = [swatch.left_bottom(), swatch.right_top()];
            painter.line_segment(ends, egui::Stroke::new(1.0, Color32::from_gray(110)));
        }
    }
}
