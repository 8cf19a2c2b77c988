//! Where everything lies on the annotated picture: titles above the panels, legend, scale bar and
//! text below them.

use super::canvas::Area;

use super::legend::{DrawnScale, LEGEND_HEIGHT, LEGEND_WIDTH};
use super::lettering::Lettering;
use super::wording::{self, Line};
use super::{ExportRequest, Panel, PanelContent, RESEARCH_USE, SYNTHETIC_AMBER};

/// The least width of the strips, in letter heights: small films get margins instead of cut text.
const LEAST_WIDTH: f32 = 36.0;
const LINE_HEIGHT: f32 = 1.3;
const INK: [u8; 3] = [226, 228, 230];

/// A line of text and where its top left corner lies.
pub(super) struct PlacedLine {
    pub(super) at: (f32, f32),
    pub(super) text: String,
    pub(super) color: [u8; 3],
}

/// Where everything lies.
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Height of a letter.
    pub(super) font_px: f32,
    /// Width of a box's line.
    pub(super) line_px: i64,
    pub(super) panels: Vec<Area>,
    /// The legend's top left corner, when a map is shown.
    pub(super) legend: Option<(f32, f32)>,
    /// The scale bar's top left corner.
    pub(super) scale_bar: (f32, f32),
    pub(super) lines: Vec<PlacedLine>,
}

impl Layout {
    pub(super) fn new(request: &ExportRequest, lettering: &Lettering, lines: &[Line]) -> Self {
        // Pixels that are not square are drawn true.
        let (columns, rows) = request.film.radiograph.square_size();
        let font_px = (rows as f32 / 45.0).max(12.0);
        let margin = font_px.round() as i64;
        let (width, height) = (columns as i64, rows as i64);
        let count = request.panels.len() as i64;
        let column = width.max(widest_title(request, lettering, font_px));
        let columns_width = count * column + (count + 1) * margin;
        let total = columns_width.max((LEAST_WIDTH * font_px) as i64);
        // Columns wider than the film have it in their middle.
        let left = (total - columns_width) / 2 + margin + (column - width) / 2;
        let top = (2.0 * font_px).round() as i64 + margin / 2;
        let panels = (0..count)
            .map(|index| Area::new(left + index * (column + margin), top, width, height))
            .collect();
        let mut layout = Self {
            width: total as usize,
            height: 0,
            font_px,
            line_px: 1,
            panels,
            legend: None,
            scale_bar: (0.0, 0.0),
            lines: Vec::new(),
        };
        let blocks_top = (top + height + margin) as f32;
        let lines_top = layout.place_blocks(request, lettering, blocks_top);
        layout.place_lines(lettering, lines, lines_top);
        // Legible in the whole picture at the size of a slide.
        layout.line_px = layout.height.div_ceil(600) as i64;
        layout
    }

    fn margin(&self) -> f32 {
        self.font_px.round()
    }

    /// Places legend and scale bar side by side, or below each other where the width is short,
    /// and returns where the text begins.
    fn place_blocks(&mut self, request: &ExportRequest, lettering: &Lettering, top: f32) -> f32 {
        let (margin, font_px) = (self.margin(), self.font_px);
        let (mut x, mut y) = (margin, top);
        let height = LEGEND_HEIGHT * font_px;
        let mut bottom = top;
        let colored = |panel: &Panel| panel.overlay || panel.content == PanelContent::Agreement;
        if request.panels.iter().any(colored) {
            self.legend = Some((x, y));
            x += LEGEND_WIDTH * font_px + 2.0 * margin;
            bottom = y + height;
        }
        let bar = DrawnScale::new(&request.film.radiograph);
        if x > margin && x + bar.width(lettering, font_px) > self.width as f32 - margin {
            (x, y) = (margin, bottom);
        }
        self.scale_bar = (x, y);
        y + height
    }

    fn place_lines(&mut self, lettering: &Lettering, lines: &[Line], top: f32) {
        let margin = self.margin();
        let width = self.width as f32 - 2.0 * margin;
        let mut y = top;
        for line in lines {
            for text in lettering.wrapped(&line.text, self.font_px, width) {
                self.lines.push(PlacedLine {
                    at: (margin, y),
                    text,
                    color: if line.text == RESEARCH_USE {
                        SYNTHETIC_AMBER
                    } else {
                        INK
                    },
                });
                y += LINE_HEIGHT * self.font_px;
            }
        }
        self.height = (y + margin / 2.0).ceil() as usize;
    }
}

fn widest_title(request: &ExportRequest, lettering: &Lettering, font_px: f32) -> i64 {
    let width = |panel: &Panel| lettering.width(&wording::title(request, *panel), font_px);
    request.panels.iter().map(width).fold(0.0, f32::max).ceil() as i64
}
