//! Where words stand beside a mark: in the window and on exports alike.

use crate::radiograph::{PixelPoint, PixelRect, Shape};

/// Chooses where the words of a shape stand: beside its anchor, within the room, and not over words
/// that stand there already, as far as that can be. All in the pixels of the picture drawn.
pub fn words_place(
    shape: &Shape,
    (anchor, size): (PixelPoint, (f32, f32)),
    room: &PixelRect,
    (taken, gap): (&[PixelRect], f32),
) -> PixelRect {
    let (width, height) = size;
    let (right, left) = (anchor.x + gap, anchor.x - gap - width);
    let (above, below) = (anchor.y - gap - height, anchor.y + gap);
    let at = |x, y| PixelRect::new(x, y, width, height);
    let mut places = vec![
        at(right, above),
        at(right, below),
        at(left, above),
        at(left, below),
    ];
    match shape {
        // Above and to its left lies the heart's line.
        Shape::CardiothoracicRatio { .. } => places = vec![at(right, below), at(left, below)],
        Shape::Text(_) => places = vec![at(anchor.x, anchor.y - height)],
        _ => {}
    }
    let fits = |place: &&PixelRect| {
        let within = place.within(room);
        (within.width, within.height) == (width, height)
    };
    let free = |place: &&PixelRect| {
        let apart = |other: &PixelRect| place.within(other).area() <= 0.0;
        taken.iter().all(apart)
    };
    let best = places.iter().find(|place| fits(place) && free(place));
    let best = best
        .or_else(|| places.iter().find(fits))
        .unwrap_or(&places[0]);
    let kept = |value: f32, least: f32, most: f32| value.min(most).max(least);
    at(
        kept(best.x, room.x, room.right() - width),
        kept(best.y, room.y, room.bottom() - height),
    )
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

    fn place(shape: &Shape, (x, y): (f32, f32), taken: &[PixelRect]) -> PixelRect {
        let anchor = PixelPoint { x, y };
        words_place(shape, (anchor, (40.0, 20.0)), &ROOM, (taken, 5.0))
    }

    #[test]
    fn words_stay_in_the_room_and_off_each_other() {
        let point = Shape::Point(PixelPoint::default());
        let mut taken = Vec::new();
        for _ in 0..4 {
            let place = place(&point, (100.0, 50.0), &taken);
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
            let place = place(&point, corner, &taken);
            assert_eq!(place.within(&ROOM), place, "{corner:?}");
        }
    }
}
