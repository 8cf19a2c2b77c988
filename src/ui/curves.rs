//! The losses of a run over its epochs, drawn as they come.

use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::language::{tr, tr_with};

/// Colours that colour-blind eyes tell apart (Okabe and Ito 2008), bright enough for a dark ground.
const COLORS: [Color32; 7] = [
    Color32::from_rgb(230, 159, 0),
    Color32::from_rgb(86, 180, 233),
    Color32::from_rgb(0, 158, 115),
    Color32::from_rgb(240, 228, 66),
    Color32::from_rgb(204, 121, 167),
    Color32::from_rgb(213, 94, 0),
    Color32::from_gray(220),
];

/// An epoch and its numbers, where it has them.
type Epoch = (u64, Vec<Option<f64>>);

/// Draws one line per loss: as logarithms, or as they are where one is not positive, as a critic's.
pub(crate) fn curves_ui(ui: &mut Ui, names: &[String], epochs: &[Epoch]) {
    if epochs.is_empty() {
        ui.weak(tr("Losses come with the first epoch."));
        return;
    }
    let width = ui.available_width().max(120.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 190.0), Sense::hover());
    let words = tr_with(
        "Losses of {count} epochs: {names}",
        &[("count", &epochs.len()), ("names", &names.join(", "))],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let axes = Axes::around(rect, names.len(), epochs);
    axes.draw(ui.painter());
    for (column, color) in (0..names.len()).zip(COLORS.iter().cycle()) {
        let points = epochs.iter().filter_map(|(epoch, numbers)| {
            let point = axes.place(*epoch, (*numbers.get(column)?)?);
            point.is_finite().then_some(point)
        });
        let points: Vec<Pos2> = points.collect();
        if let [only] = points[..] {
            ui.painter().circle_filled(only, 2.5, *color);
        }
        ui.painter().line(points, Stroke::new(1.5, *color));
    }
    ui.horizontal_wrapped(|ui| {
        let last = epochs.last().map(|(_, numbers)| numbers);
        for ((column, name), color) in names.iter().enumerate().zip(COLORS.iter().cycle()) {
            let number = last.and_then(|numbers| *numbers.get(column)?);
            let number = number.map_or("–".to_owned(), |number| format!("{number:.4}"));
            let text = format!("— {name} {number}");
            ui.label(egui::RichText::new(text).small().color(*color));
        }
    });
}

/// Where numbers lie on the screen.
struct Axes {
    rect: Rect,
    epochs: (u64, u64),
    range: (f64, f64),
    logarithmic: bool,
}

impl Axes {
    fn around(rect: Rect, columns: usize, epochs: &[Epoch]) -> Self {
        let numbers = epochs
            .iter()
            .flat_map(|(_, numbers)| numbers.iter().take(columns));
        let finite = numbers.flatten().copied().filter(|it| it.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| {
            (low.min(number), high.max(number))
        });
        let logarithmic = low > 0.0 && low.is_finite();
        let scaled = |number: f64| if logarithmic { number.log10() } else { number };
        let (mut low, mut high) = match low.is_finite() {
            true => (scaled(low), scaled(high)),
            false => (0.0, 1.0),
        };
        if high <= low {
            (low, high) = (low - 0.5, high + 0.5);
        }
        let first = epochs.first().map_or(0, |(epoch, _)| *epoch);
        let last = epochs.last().map_or(0, |(epoch, _)| *epoch);
        Self {
            rect: Rect::from_min_max(rect.min + vec2(46.0, 6.0), rect.max - vec2(8.0, 20.0)),
            epochs: (first, last),
            range: (low, high),
            logarithmic,
        }
    }

    fn place(&self, epoch: u64, number: f64) -> Pos2 {
        let number = if self.logarithmic {
            number.log10()
        } else {
            number
        };
        let (low, high) = self.range;
        let up = ((number - low) / (high - low)) as f32;
        let (first, last) = self.epochs;
        let across = (epoch.saturating_sub(first)) as f32 / (last - first).max(1) as f32;
        pos2(
            self.rect.left() + across * self.rect.width(),
            self.rect.bottom() - up * self.rect.height(),
        )
    }

    fn draw(&self, painter: &Painter) {
        let grid = Stroke::new(1.0, Color32::from_gray(60));
        let font = FontId::proportional(11.0);
        let ink = Color32::from_gray(170);
        painter.rect_filled(self.rect, 0.0, Color32::from_gray(16));
        for step in 0..=4 {
            let share = f64::from(step) / 4.0;
            let y = self.rect.bottom() - share as f32 * self.rect.height();
            painter.hline(self.rect.x_range(), y, grid);
            let number = self.range.0 + share * (self.range.1 - self.range.0);
            let number = if self.logarithmic {
                10_f64.powf(number)
            } else {
                number
            };
            let at = pos2(self.rect.left() - 4.0, y);
            painter.text(at, Align2::RIGHT_CENTER, short(number), font.clone(), ink);
        }
        let y = self.rect.bottom() + 4.0;
        let (first, last) = self.epochs;
        let words = tr_with("epoch {epoch}", &[("epoch", &first)]);
        painter.text(
            pos2(self.rect.left(), y),
            Align2::LEFT_TOP,
            words,
            font.clone(),
            ink,
        );
        if last > first {
            let at = pos2(self.rect.right(), y);
            painter.text(at, Align2::RIGHT_TOP, last.to_string(), font.clone(), ink);
        }
        if self.logarithmic {
            let at = pos2(self.rect.center().x, y);
            painter.text(at, Align2::CENTER_TOP, tr("logarithmic"), font, ink);
        }
    }
}

/// A number with three digits.
fn short(number: f64) -> String {
    match number.abs() {
        small if small > 0.0 && small < 0.001 => format!("{number:.0e}"),
        small if small < 1.0 => format!("{number:.3}"),
        middle if middle < 100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(numbers: &[f64]) -> Axes {
        let epochs: Vec<Epoch> = (1..)
            .zip(numbers)
            .map(|(epoch, &number)| (epoch, vec![Some(number)]))
            .collect();
        Axes::around(
            Rect::from_min_size(Pos2::ZERO, vec2(400.0, 200.0)),
            1,
            &epochs,
        )
    }

    #[test]
    fn every_number_lies_inside_and_larger_ones_higher() {
        for numbers in [
            &[0.5, 0.25, 0.001][..],
            &[-3.0, 0.0, 2.0],
            &[1.0, 1.0],
            &[7.0],
        ] {
            let axes = axes(numbers);
            let places: Vec<Pos2> = (1..)
                .zip(numbers)
                .map(|(epoch, &number)| axes.place(epoch, number))
                .collect();
            assert!(
                places
                    .iter()
                    .all(|place| axes.rect.expand(0.1).contains(*place)),
                "{numbers:?}"
            );
            for (a, b) in (0..numbers.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
                assert_eq!(numbers[a] > numbers[b], places[a].y < places[b].y - 1e-3);
            }
        }
    }

    #[test]
    fn a_loss_that_is_absent_keeps_no_others_from_being_logarithms() {
        let epochs = [(1, vec![Some(0.5), None]), (2, vec![None, Some(0.1)])];
        let axes = Axes::around(Rect::from_min_size(Pos2::ZERO, vec2(9.0, 9.0)), 2, &epochs);
        assert!(axes.logarithmic);
    }

    #[test]
    fn only_positive_losses_are_drawn_as_logarithms() {
        assert!(axes(&[0.5, 0.1]).logarithmic);
        assert!(!axes(&[0.5, -0.1]).logarithmic && !axes(&[0.0, 1.0]).logarithmic);
    }
}
