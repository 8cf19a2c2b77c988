//! The outlines of a mask, along the edges of its pixels: what lies inside them is the mask again.

use std::collections::HashMap;

use crate::radiograph::{BitMask, PixelPoint};

/// A corner between pixels.
type Corner = (usize, usize);

/// Returns the outer outline of every connected part (by sides) of a mask, without the corners that
/// lie on straight lines. Holes are filled.
pub(super) fn outlines(mask: &BitMask) -> Vec<Vec<PixelPoint>> {
    let mut sides = sides(mask);
    let mut starts: Vec<Corner> = sides.keys().copied().collect();
    starts.sort_unstable_by_key(|&(x, y)| (y, x));
    let mut lines = Vec::new();
    for start in starts {
        while let Some(line) = follow(start, &mut sides) {
            // Holes run the other way round.
            if twice_area(&line) > 0 {
                lines.push(straightened(&line));
            }
        }
    }
    lines
}

/// The sides between a set pixel and one that is not, each from corner to corner with the set pixel
/// on its right.
fn sides(mask: &BitMask) -> HashMap<Corner, Vec<Corner>> {
    let (width, height) = (mask.width(), mask.height());
    let set = |x: usize, y: usize| x < width && y < height && mask.is_set(x, y);
    let mut sides: HashMap<Corner, Vec<Corner>> = HashMap::new();
    let mut side = |from: Corner, to: Corner| sides.entry(from).or_default().push(to);
    for y in 0..height {
        for x in 0..width {
            if !mask.is_set(x, y) {
                continue;
            }
            if y == 0 || !set(x, y - 1) {
                side((x, y), (x + 1, y));
            }
            if !set(x + 1, y) {
                side((x + 1, y), (x + 1, y + 1));
            }
            if !set(x, y + 1) {
                side((x + 1, y + 1), (x, y + 1));
            }
            if x == 0 || !set(x - 1, y) {
                side((x, y + 1), (x, y));
            }
        }
    }
    sides
}

/// Follows sides from a corner back to it, and takes them out.
fn follow(start: Corner, sides: &mut HashMap<Corner, Vec<Corner>>) -> Option<Vec<Corner>> {
    let mut line = vec![start];
    let mut before: Option<Corner> = None;
    let mut here = start;
    loop {
        let next = take(here, before, sides)?;
        before = Some(here);
        here = next;
        if here == start {
            return Some(line);
        }
        line.push(here);
    }
}

/// Takes the next side from a corner. Where two pixels meet at a corner only, the turn to the right
/// keeps them apart.
fn take(
    here: Corner,
    before: Option<Corner>,
    sides: &mut HashMap<Corner, Vec<Corner>>,
) -> Option<Corner> {
    let ways = sides.get_mut(&here)?;
    let right = before.map(|before| {
        let (dx, dy) = step(before, here);
        (-dy, dx)
    });
    let turn = ways.iter().position(|&to| Some(step(here, to)) == right);
    let next = ways.swap_remove(turn.unwrap_or(0));
    if ways.is_empty() {
        sides.remove(&here);
    }
    Some(next)
}

fn step(from: Corner, to: Corner) -> (i64, i64) {
    (to.0 as i64 - from.0 as i64, to.1 as i64 - from.1 as i64)
}

fn twice_area(line: &[Corner]) -> i64 {
    let next = line.iter().cycle().skip(1);
    line.iter()
        .zip(next)
        .map(|(a, b)| a.0 as i64 * b.1 as i64 - b.0 as i64 * a.1 as i64)
        .sum()
}

fn straightened(line: &[Corner]) -> Vec<PixelPoint> {
    let count = line.len();
    let corner = |index: &usize| {
        let before = line[(index + count - 1) % count];
        let after = line[(index + 1) % count];
        step(before, line[*index]) != step(line[*index], after)
    };
    (0..count)
        .filter(corner)
        .map(|index| PixelPoint {
            x: line[index].0 as f32,
            y: line[index].1 as f32,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_four_corners() {
        let mask = BitMask::from_fn(6, 5, |x, y| (1..4).contains(&x) && (2..4).contains(&y));
        let lines = outlines(&mask.unwrap());
        let corners: Vec<(f32, f32)> = lines[0].iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(corners, [(1.0, 2.0), (4.0, 2.0), (4.0, 4.0), (1.0, 4.0)]);
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn parts_that_meet_at_a_corner_stay_apart_and_holes_are_filled() {
        let mask = BitMask::from_fn(4, 4, |x, y| (x < 2) == (y < 2)).unwrap();
        assert_eq!(outlines(&mask).len(), 2);
        let ring = BitMask::from_fn(5, 5, |x, y| x != 2 || y != 2).unwrap();
        assert_eq!(outlines(&ring).len(), 1);
    }
}
