//! Where films lie in their viewports: linked ones such that the same anatomy is in the same place.

use std::borrow::Cow;

use super::{Aligning, Alignment, Link};
use crate::display::ViewTransform;
use crate::radiograph::{PixelPoint, Similarity};
use crate::session::{Look, OpenFilm, Presentation, Session};

impl Session {
    /// Returns how the film of a viewport is shown in it; `None` while it is not open.
    pub fn presentation(&self, cell: usize) -> Option<Cow<'_, Presentation>> {
        let shown = self.layout.cells.get(cell)?;
        let film = &self.open_film(shown.film?)?.presentation;
        let active = self.layout.cells.get(self.layout.active);
        let lent = active.filter(|active| active.film == shown.film);
        let greys = match &shown.own_greys {
            _ if cell == self.layout.active => None,
            Some(own) => Some(own),
            // The active viewport's own greys are in the film's place.
            None => lent.and_then(|active| active.own_greys.as_ref()),
        };
        let Some(greys) = greys else {
            return Some(Cow::Borrowed(film));
        };
        let mut own = film.clone();
        own.put(greys.clone());
        Some(Cow::Owned(own))
    }

    /// Returns where the film of a viewport lies in it, when “fit” means into `fit` points, across
    /// and down; `None` while it is not open.
    pub fn view(&self, cell: usize, fit: [f32; 2], pixels_per_point: f32) -> Option<ViewTransform> {
        let shown = self.layout.cells.get(cell)?;
        let film = shown.film?;
        let open = self.open_film(film)?;
        let alone = |film: usize, open: &OpenFilm, look: Look| {
            resolved(open, (look, self.turn(film)), (fit, pixels_per_point))
        };
        if !shown.linked(Link::Look) {
            return Some(alone(film, open, self.own_look(cell, open)));
        }
        let lead = self.layout.shared.and_then(|(lead, look)| {
            let open = self.open_film(lead)?;
            let mut view = alone(lead, open, look);
            if look == Look::Fit {
                view = self.fitting(lead, view, fit);
            }
            Some((lead, view))
        });
        let Some((lead, view)) = lead else {
            return Some(alone(film, open, open.presentation.look));
        };
        Some(self.carried(view, lead, (film, open)))
    }

    /// Returns the film's view that shows what another film's does.
    fn carried(
        &self,
        view: ViewTransform,
        lead: usize,
        (film, open): (usize, &OpenFilm),
    ) -> ViewTransform {
        if lead == film {
            return view;
        }
        let similarity = self.similarity(lead, film);
        let mut own = view;
        own.pixel_aspect = open.film.radiograph.pixel_aspect();
        own.zoom = view.zoom / similarity.scale;
        own.turn_rad = self.turn(film);
        let square = squared(view.center_in_image, view.pixel_aspect);
        own.center_in_image = unsquared(similarity.apply(square), own.pixel_aspect);
        own
    }

    /// Returns the lead's view with the zoom at which every linked film is seen whole: one that was
    /// aligned with another may lie beside the middle, and turned.
    fn fitting(&self, lead: usize, mut view: ViewTransform, fit: [f32; 2]) -> ViewTransform {
        let cells = &self.layout.cells[self.layout.visible()];
        let linked = cells.iter().filter(|cell| cell.linked(Link::Look));
        let shares = linked.filter_map(|cell| {
            let film = cell.film.filter(|film| *film != lead)?;
            let open = self.open_film(film)?;
            let (right, below) = reach(open, &self.carried(view, lead, (film, open)));
            Some((fit[0] / right).min(fit[1] / below) / 2.0)
        });
        view.zoom = (view.zoom * shares.fold(1.0, f32::min)).max(1e-4);
        view
    }

    /// Returns a film's look that shows what linked viewports show.
    pub(super) fn shared_look(&self, film: usize) -> Option<Look> {
        let (lead, look) = self.layout.shared?;
        let (from, to) = (self.open_film(lead)?, self.open_film(film)?);
        let Look::Free {
            center_in_image,
            zoom,
        } = look
        else {
            return Some(look);
        };
        let view = ViewTransform {
            center_in_image,
            zoom,
            pixel_aspect: from.film.radiograph.pixel_aspect(),
            turn_rad: 0.0,
        };
        let own = self.carried(view, lead, (film, to));
        Some(Look::Free {
            center_in_image: own.center_in_image,
            zoom: own.zoom,
        })
    }

    /// Returns how far a film is turned on the screen to lie like the one it was aligned with.
    pub(super) fn turn(&self, film: usize) -> f32 {
        let alignments = &self.layout.alignments;
        let of = alignments.iter().find(|known| known.moved == film);
        of.map_or(0.0, |known| -known.similarity.turn_rad)
    }

    /// Returns where points of one film are found on another, on square pixels: by points that were
    /// set in both, else centre on centre and to scale, in millimetres where both films state
    /// theirs, else as high as each other.
    fn similarity(&self, from: usize, to: usize) -> Similarity {
        if from == to {
            return Similarity::SAME;
        }
        for known in &self.layout.alignments {
            match (known.reference, known.moved) {
                (reference, moved) if (reference, moved) == (from, to) => return known.similarity,
                (reference, moved) if (reference, moved) == (to, from) => {
                    return known.similarity.inverse();
                }
                _ => {}
            }
        }
        let (Some(a), Some(b)) = (self.open_film(from), self.open_film(to)) else {
            return Similarity::SAME;
        };
        Similarity {
            scale: relative_scale(a, b),
            turn_rad: self.turn(from) - self.turn(to),
            from: center(a),
            to: center(b),
        }
    }

    /// Makes the alignment that the points set so far give: with one pair a shift, with two a
    /// similarity. The earlier film is the one that is moved.
    pub(super) fn aligned_by(&self, aligning: &Aligning) -> Option<Alignment> {
        let ([one, other], points) = aligning.pairs()?;
        let charts = [one, other].map(|film| self.readings.get(film).and_then(|it| it.chart()));
        let earlier = match charts {
            [Some(a), Some(b)] => a.earlier_than(b).is_some(),
            _ => false,
        };
        let [on_one, on_other] = points;
        let (reference, moved, from, to) = if earlier {
            (other, one, on_other, on_one)
        } else {
            (one, other, on_one, on_other)
        };
        let (a, b) = (self.open_film(reference)?, self.open_film(moved)?);
        let square = |open: &OpenFilm, points: &[PixelPoint]| -> Vec<PixelPoint> {
            let aspect = open.film.radiograph.pixel_aspect();
            points.iter().map(|&point| squared(point, aspect)).collect()
        };
        let (from, to) = (square(a, &from), square(b, &to));
        let similarity = match (from.as_slice(), to.as_slice()) {
            ([a0, a1], [b0, b1]) => Similarity::through([*a0, *a1], [*b0, *b1])?,
            ([from, ..], [to, ..]) => Similarity {
                scale: relative_scale(a, b),
                turn_rad: 0.0,
                from: *from,
                to: *to,
            },
            _ => return None,
        };
        Some(Alignment {
            reference,
            moved,
            similarity,
        })
    }

    pub(in crate::session) fn open_film(&self, film: usize) -> Option<&OpenFilm> {
        self.readings.get(film)?.open_film()
    }
}

/// Turns a look into a view of the film alone, turned by so many radians.
fn resolved(
    open: &OpenFilm,
    (look, turn_rad): (Look, f32),
    (fit, pixels_per_point): ([f32; 2], f32),
) -> ViewTransform {
    let raster = &open.layer.raster;
    let mut view = ViewTransform::native(raster.width(), raster.height());
    view.pixel_aspect = open.film.radiograph.pixel_aspect();
    view.turn_rad = turn_rad;
    match look {
        Look::Fit => {
            let (right, below) = reach(open, &view);
            view.zoom = (fit[0] / right).min(fit[1] / below) / 2.0;
            view.zoom = view.zoom.max(1e-4);
        }
        Look::OneToOne => view.zoom = 1.0 / pixels_per_point,
        Look::Free {
            center_in_image,
            zoom,
        } => {
            view.center_in_image = center_in_image;
            view.zoom = zoom;
        }
        Look::Part(part) => {
            let across = fit[0] / part.width;
            let down = fit[1] / (part.height * view.pixel_aspect);
            view.center_in_image = part.center();
            view.zoom = across.min(down).clamp(1e-4, 1e4);
        }
    }
    view
}

/// Returns how far a film's corners lie from the viewport's centre in a view, across and down, in
/// points.
pub(super) fn reach(open: &OpenFilm, view: &ViewTransform) -> (f32, f32) {
    let raster = &open.layer.raster;
    let (width, height) = (raster.width() as f32, raster.height() as f32);
    let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)];
    corners
        .into_iter()
        .fold((0.0, 0.0), |(right, below), (x, y)| {
            let (dx, dy) = view.screen_from_image(PixelPoint { x, y });
            (f32::max(right, dx.abs()), f32::max(below, dy.abs()))
        })
}

/// Width and height in pixel widths.
fn square_size(open: &OpenFilm) -> [f32; 2] {
    let raster = &open.layer.raster;
    let aspect = open.film.radiograph.pixel_aspect();
    [raster.width() as f32, raster.height() as f32 * aspect]
}

fn center(open: &OpenFilm) -> PixelPoint {
    let [width, height] = square_size(open);
    PixelPoint {
        x: width / 2.0,
        y: height / 2.0,
    }
}

/// Pixel widths of the second film for each of the first.
fn relative_scale(a: &OpenFilm, b: &OpenFilm) -> f32 {
    let spacing = |open: &OpenFilm| {
        let spacing = open.film.radiograph.spacing.as_ref();
        spacing.map(|spacing| spacing.column_mm)
    };
    match (spacing(a), spacing(b)) {
        (Some(a), Some(b)) => a / b,
        _ => square_size(b)[1] / square_size(a)[1],
    }
}

fn squared(point: PixelPoint, pixel_aspect: f32) -> PixelPoint {
    PixelPoint {
        x: point.x,
        y: point.y * pixel_aspect,
    }
}

fn unsquared(point: PixelPoint, pixel_aspect: f32) -> PixelPoint {
    PixelPoint {
        x: point.x,
        y: point.y / pixel_aspect,
    }
}
