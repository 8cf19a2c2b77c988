//! A line drawn by hand has more points than anybody can hold: a few of them are handles, and the
//! line between two handles follows the one that is moved.

use crate::radiograph::PixelPoint;

/// The most handles of a line.
const MOST_HANDLES: usize = 16;

/// Returns which points of a closed line are its handles: all of a few, else some at even distances
/// along the line.
pub(super) fn handles(line: &[PixelPoint]) -> Vec<usize> {
    if line.len() <= MOST_HANDLES {
        return (0..line.len()).collect();
    }
    let along = distances(line);
    let whole = along[line.len() - 1] + between(line[line.len() - 1], line[0]);
    let mut found: Vec<usize> = (0..MOST_HANDLES)
        .map(|number| {
            let wanted = whole * number as f32 / MOST_HANDLES as f32;
            let after = along.partition_point(|&at| at < wanted);
            after.min(line.len() - 1)
        })
        .collect();
    found.dedup();
    found
}

/// Returns a closed line with one of its handles at another place; the points up to the handles
/// beside it go along, the less the farther they are.
pub(super) fn bent(line: &[PixelPoint], handle: usize, to: PixelPoint) -> Vec<PixelPoint> {
    let handles = handles(line);
    let Some(&held) = handles.get(handle) else {
        return line.to_vec();
    };
    let count = handles.len();
    let before = handles[(handle + count - 1) % count];
    let after = handles[(handle + 1) % count];
    let (right, down) = (to.x - line[held].x, to.y - line[held].y);
    let mut bent = line.to_vec();
    bent[held] = to;
    for (step, end) in [(1, after), (line.len() - 1, before)] {
        let mut reached = vec![(held, 0.0)];
        let mut at = held;
        let mut length = 0.0;
        while at != end && reached.len() <= line.len() {
            let next = (at + step) % line.len();
            length += between(line[at], line[next]);
            at = next;
            reached.push((at, length));
        }
        for (at, far) in reached.into_iter().skip(1).filter(|(at, _)| *at != end) {
            let share = 1.0 - far / length.max(f32::MIN_POSITIVE);
            // Smooth at both ends.
            let share = share * share * (3.0 - 2.0 * share);
            bent[at].x = line[at].x + share * right;
            bent[at].y = line[at].y + share * down;
        }
    }
    bent
}

/// How far along the line each point lies.
fn distances(line: &[PixelPoint]) -> Vec<f32> {
    let mut along = vec![0.0];
    for pair in line.windows(2) {
        let last = along[along.len() - 1];
        along.push(last + between(pair[0], pair[1]));
    }
    along
}

fn between(a: PixelPoint, b: PixelPoint) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(count: usize) -> Vec<PixelPoint> {
        let at = |turn: f32| PixelPoint {
            x: 100.0 + 50.0 * turn.cos(),
            y: 100.0 + 50.0 * turn.sin(),
        };
        let turns = (0..count).map(|step| step as f32 / count as f32 * std::f32::consts::TAU);
        turns.map(at).collect()
    }

    #[test]
    fn a_line_of_few_points_has_each_as_a_handle_and_moves_no_other() {
        let line = circle(5);
        assert_eq!(handles(&line), [0, 1, 2, 3, 4]);
        let to = PixelPoint { x: 1.0, y: 2.0 };
        let bent = bent(&line, 3, to);
        for (index, (before, after)) in line.iter().zip(&bent).enumerate() {
            assert_eq!(*after, if index == 3 { to } else { *before });
        }
    }

    #[test]
    fn a_long_line_bends_between_the_handles_beside_the_one_that_is_moved() {
        let line = circle(1600);
        let known = handles(&line);
        assert_eq!(known.len(), MOST_HANDLES);
        assert!(
            known
                .iter()
                .enumerate()
                .all(|(n, at)| at.abs_diff(100 * n) <= 1)
        );
        // The first one's neighbours lie at both ends of the list.
        let held = line[0];
        let to = PixelPoint {
            x: held.x + 20.0,
            y: held.y,
        };
        let bent = bent(&line, 0, to);
        let moved = |at: usize| bent[at].x - line[at].x;
        assert_eq!(bent[0], to);
        assert!((moved(50) - 10.0).abs() < 0.5 && (moved(1550) - 10.0).abs() < 0.5);
        assert!((known[1]..=known[MOST_HANDLES - 1]).all(|at| bent[at] == line[at]));
        let steps = bent.windows(2).map(|pair| between(pair[0], pair[1]));
        assert!(steps.fold(0.0, f32::max) < 1.0, "the line is torn");
        assert_eq!(super::bent(&line, 99, to), line);
    }

    #[test]
    fn points_on_one_spot_are_no_trouble() {
        let spot = PixelPoint { x: 3.0, y: 4.0 };
        let line = vec![spot; 40];
        let to = PixelPoint { x: 5.0, y: 6.0 };
        assert!(bent(&line, 0, to).iter().all(|at| at.x.is_finite()));
    }
}
