//! Where words stand beside a mark: in the window and on exports alike. All in the pixels of the
//! picture drawn.

use crate::radiograph::{PixelPoint, PixelRect, Shape, ShapeKind};

/// A line of a mark, as it is drawn.
pub type DrawnLine = [PixelPoint; 2];

/// The words of a mark.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    /// What kind of mark they belong to.
    pub kind: ShapeKind,
    /// The point that they belong to.
    pub anchor: PixelPoint,
    /// Their width and height.
    pub size: (f32, f32),
    /// How far they stand from it.
    pub gap: f32,
    /// The mark's lines, which they are not to cover.
    pub lines: &'a [DrawnLine],
    /// How far from the anchor the reader has put their upper left corner.
    pub apart: Option<PixelPoint>,
}

/// Returns the lines of a mark as they are drawn, by where its points are drawn.
pub fn drawn_lines(shape: &Shape, to: impl Fn(PixelPoint) -> PixelPoint) -> Vec<DrawnLine> {
    let strokes = shape.strokes();
    let segments = strokes.iter().flat_map(|stroke| stroke.segments());
    segments.map(|(from, end)| [to(from), to(end)]).collect()
}

impl Words<'_> {
    /// Chooses where they stand: where the reader put them, else beside their anchor or their mark,
    /// within the room, off the mark's own lines, and not over words that stand there already, as far
    /// as that can be.
    pub fn place(&self, room: &PixelRect, taken: &[PixelRect]) -> PixelRect {
        let (width, height) = self.size;
        let at = |x, y| PixelRect::new(x, y, width, height);
        let kept = |place: &PixelRect| {
            let within = |value: f32, least: f32, most: f32| value.min(most).max(least);
            at(
                within(place.x, room.x, room.right() - width),
                within(place.y, room.y, room.bottom() - height),
            )
        };
        if let Some(apart) = self.apart {
            return kept(&at(self.anchor.x + apart.x, self.anchor.y + apart.y));
        }
        let places = self.candidates();
        // By its edges: the width of what two rectangles share is rounded, and then equal to no width.
        let fits = |place: &&PixelRect| {
            let across = place.x >= room.x && place.right() <= room.right();
            across && place.y >= room.y && place.bottom() <= room.bottom()
        };
        let apart = |place: &&PixelRect| {
            let apart = |other: &PixelRect| place.within(other).area() <= 0.0;
            taken.iter().all(apart)
        };
        let off_lines = |place: &&PixelRect| !self.lines.iter().any(|line| crosses(line, place));
        let first = |wanted: &dyn Fn(&&PixelRect) -> bool| places.iter().find(|one| wanted(one));
        let best = first(&|one| fits(one) && apart(one) && off_lines(one))
            .or_else(|| first(&|one| fits(one) && off_lines(one)))
            .or_else(|| first(&|one| fits(one) && apart(one)))
            .or_else(|| first(&fits))
            .unwrap_or(&places[0]);
        kept(best)
    }

    /// Returns the line that leads from the anchor to words that the reader put elsewhere; `None`
    /// where they stand beside it.
    pub fn leader(&self, place: &PixelRect) -> Option<DrawnLine> {
        self.apart?;
        let near = PixelPoint {
            x: self.anchor.x.clamp(place.x, place.right()),
            y: self.anchor.y.clamp(place.y, place.bottom()),
        };
        let far = (near.x - self.anchor.x).hypot(near.y - self.anchor.y);
        (far > 2.0 * self.gap).then_some([self.anchor, near])
    }

    fn candidates(&self) -> Vec<PixelRect> {
        let (width, height) = self.size;
        let (anchor, gap) = (self.anchor, self.gap);
        let at = |x, y| PixelRect::new(x, y, width, height);
        let (right, left) = (anchor.x + gap, anchor.x - gap - width);
        let (above, below) = (anchor.y - gap - height, anchor.y + gap);
        let mut places = match self.kind {
            // Above and to its left lies the heart's line.
            ShapeKind::CardiothoracicRatio => vec![at(right, below), at(left, below)],
            ShapeKind::Text => return vec![at(anchor.x, anchor.y - height)],
            _ => vec![
                at(right, above),
                at(right, below),
                at(left, above),
                at(left, below),
            ],
        };
        let points = self.lines.iter().flatten();
        let points = points.map(|point| PixelRect::new(point.x, point.y, 0.0, 0.0));
        if let Some(bounds) = points.reduce(|all, one| all.around(&one)) {
            let (x, y) = (anchor.x - width / 2.0, anchor.y - height / 2.0);
            places.extend([
                at(bounds.right() + gap, y),
                at(bounds.x - gap - width, y),
                at(x, bounds.y - gap - height),
                at(x, bounds.bottom() + gap),
                at(bounds.x, bounds.y - gap - height),
                at(bounds.x, bounds.bottom() + gap),
                at(bounds.right() - width, bounds.y - gap - height),
                at(bounds.right() - width, bounds.bottom() + gap),
            ]);
        }
        places
    }
}

/// Whether any part of a line lies in a rectangle (Liang and Barsky's clipping).
fn crosses([from, to]: &DrawnLine, rect: &PixelRect) -> bool {
    let (along_x, along_y) = (to.x - from.x, to.y - from.y);
    let (mut first, mut last) = (0.0_f32, 1.0_f32);
    for (step, room) in [
        (-along_x, from.x - rect.x),
        (along_x, rect.right() - from.x),
        (-along_y, from.y - rect.y),
        (along_y, rect.bottom() - from.y),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return false;
            }
        } else if step < 0.0 {
            first = first.max(room / step);
        } else {
            last = last.min(room / step);
        }
    }
    first <= last
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: PixelRect = PixelRect {
        x: 0.0,
        y: 0.0,
        width: 200.0,
        height: 100.0,
    };

    fn words<'a>((x, y): (f32, f32), lines: &'a [DrawnLine]) -> Words<'a> {
        Words {
            kind: ShapeKind::Point,
            anchor: PixelPoint { x, y },
            size: (40.0, 20.0),
            gap: 5.0,
            lines,
            apart: None,
        }
    }

    #[test]
    fn words_stay_in_the_room_and_off_each_other() {
        let mut taken = Vec::new();
        for _ in 0..4 {
            let place = words((100.0, 50.0), &[]).place(&ROOM, &taken);
            assert!(taken.iter().all(|other| place.within(other).area() == 0.0));
            taken.push(place);
        }
        assert_eq!((taken[0].x, taken[0].y), (105.0, 25.0));
        for corner in [
            (0.0, 0.0),
            (200.0, 0.0),
            (0.0, 100.0),
            (200.0, 100.0),
            (500.0, -90.0),
        ] {
            let place = words(corner, &[]).place(&ROOM, &taken);
            assert_eq!(place.within(&ROOM), place, "{corner:?}");
        }
    }

    /// At every fraction of a pixel: rounding must not send them over other words.
    #[test]
    fn words_stand_in_the_first_place_wherever_that_is_free() {
        let taken = [PixelRect::new(0.0, 0.0, 200.0, 30.0)];
        for step in 0..500 {
            let (x, y) = (60.0 + 0.137 * step as f32, 60.0 + 0.0531 * step as f32);
            let words = Words {
                size: (40.3 + 0.07 * step as f32, 15.7),
                ..words((x, y), &[])
            };
            let room = PixelRect::new(3.3, 2.1, 396.6, 196.2);
            let place = words.place(&room, &taken);
            assert_eq!((place.x, place.y), (x + 5.0, y - 5.0 - 15.7), "step {step}");
        }
    }

    #[test]
    fn words_do_not_cover_their_own_mark() {
        // Rectangles all over a small viewport, with the anchor that a rectangle has.
        for (x, y, width, height) in [
            (5.0, 30.0, 190.0, 60.0),
            (100.0, 10.0, 95.0, 80.0),
            (150.0, 2.0, 48.0, 96.0),
            (2.0, 2.0, 30.0, 30.0),
            (60.0, 40.0, 50.0, 3.0),
            (10.0, 60.0, 120.0, 38.0),
        ] {
            let shape = Shape::Rectangle(PixelRect::new(x, y, width, height));
            let lines = drawn_lines(&shape, |point| point);
            let anchor = shape.label_anchor();
            let words = Words {
                kind: shape.kind(),
                ..words((anchor.x, anchor.y), &lines)
            };
            let place = words.place(&ROOM, &[]);
            assert_eq!(place.within(&ROOM), place);
            assert!(
                !lines.iter().any(|line| crosses(line, &place)),
                "{place:?} covers {shape:?}"
            );
        }
    }

    #[test]
    fn words_stand_where_they_were_put_with_a_line_to_their_mark() {
        let put = |x, y| Words {
            apart: Some(PixelPoint { x, y }),
            ..words((50.0, 50.0), &[])
        };
        let place = put(60.0, 10.0).place(&ROOM, &[ROOM]);
        assert_eq!((place.x, place.y), (110.0, 60.0));
        let [from, to] = put(60.0, 10.0).leader(&place).unwrap();
        assert_eq!((from.x, from.y, to.x, to.y), (50.0, 50.0, 110.0, 60.0));
        let place = put(900.0, 10.0).place(&ROOM, &[]);
        assert_eq!(place.within(&ROOM), place);
        let near = put(5.0, -10.0);
        assert!(near.leader(&near.place(&ROOM, &[])).is_none());
        assert!(words((50.0, 50.0), &[]).leader(&place).is_none());
    }
}
