//! The components of a map as a threshold falls from its peak, and their numbers.
//!
//! A number that changed while the reader moves the threshold would name another region than
//! before. So components are numbered in the order in which they come up, and where two grow
//! together the one that came up first keeps its number (the elder rule of persistent homology):
//! whatever stands at a threshold has the number it has at every other.

use super::AnomalyMap;

/// When a component counts as a region.
pub(super) struct Rule<'a> {
    /// It has at least so many cells,
    pub(super) least_cells: usize,
    /// and one of those for which this holds.
    pub(super) touches: &'a dyn Fn(usize) -> bool,
}

/// A component that counts.
#[derive(Debug)]
pub(super) struct Component {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Its cells, as places in the map's samples, by falling value.
    pub(super) cells: Vec<usize>,
}

/// Returns the 8-connected components at or above a threshold that count, by their numbers.
pub(super) fn components(map: &AnomalyMap, threshold: f32, rule: &Rule<'_>) -> Vec<Component> {
    let values = map.placed.raster.values();
    let mut cells: Vec<usize> = (0..values.len())
        .filter(|&cell| values[cell] >= threshold)
        .collect();
    cells.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    let mut forest = Forest::new(map, rule);
    // Cells of one value come up together: in what order they are looked at is of no account.
    for level in cells.chunk_by(|&a, &b| values[a] == values[b]) {
        level
            .iter()
            .for_each(|&cell| forest.add(cell, values[cell]));
        forest.number(level);
    }
    forest.components(&cells)
}

/// The components so far, each a tree whose root speaks for it.
struct Forest<'a> {
    rule: &'a Rule<'a>,
    size: (usize, usize),
    /// The next cell on the way to the root; its own at the root, [`ABSENT`] below the threshold.
    parent: Vec<usize>,
    trees: Vec<Tree>,
    numbered: usize,
}

const ABSENT: usize = usize::MAX;

/// What is known of a component, at its root's place.
#[derive(Clone, Copy, Default)]
struct Tree {
    cells: usize,
    touches: bool,
    peak: f32,
    /// 0 while it does not count.
    number: usize,
}

impl<'a> Forest<'a> {
    fn new(map: &AnomalyMap, rule: &'a Rule<'a>) -> Self {
        let size = (map.placed.raster.width(), map.placed.raster.height());
        Self {
            rule,
            size,
            parent: vec![ABSENT; size.0 * size.1],
            trees: vec![Tree::default(); size.0 * size.1],
            numbered: 0,
        }
    }

    fn add(&mut self, cell: usize, value: f32) {
        self.parent[cell] = cell;
        self.trees[cell] = Tree {
            cells: 1,
            touches: (self.rule.touches)(cell),
            peak: value,
            number: 0,
        };
        let (width, height) = self.size;
        let (x, y) = (cell % width, cell / width);
        for beside_y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
            for beside_x in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                let beside = beside_y * width + beside_x;
                if self.parent[beside] != ABSENT {
                    self.join(cell, beside);
                }
            }
        }
    }

    fn root(&mut self, mut cell: usize) -> usize {
        while self.parent[cell] != cell {
            // Halves the way for who comes next.
            self.parent[cell] = self.parent[self.parent[cell]];
            cell = self.parent[cell];
        }
        cell
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let [a, b] = [self.trees[one], self.trees[other]];
        let (root, leaf) = if a.cells >= b.cells {
            (one, other)
        } else {
            (other, one)
        };
        self.parent[leaf] = root;
        self.trees[root] = Tree {
            cells: a.cells + b.cells,
            touches: a.touches || b.touches,
            peak: a.peak.max(b.peak),
            number: match (a.number, b.number) {
                (0, number) | (number, 0) => number,
                (a, b) => a.min(b),
            },
        };
    }

    /// Numbers the components that count since a level came up, the highest first.
    fn number(&mut self, level: &[usize]) {
        let mut roots: Vec<usize> = level.iter().map(|&cell| self.root(cell)).collect();
        roots.sort_unstable();
        roots.dedup();
        let rule = self.rule;
        roots.retain(|&root| {
            let tree = &self.trees[root];
            tree.number == 0 && tree.touches && tree.cells >= rule.least_cells
        });
        roots.sort_by(|&a, &b| self.trees[b].peak.total_cmp(&self.trees[a].peak));
        for root in roots {
            self.numbered += 1;
            self.trees[root].number = self.numbered;
        }
    }

    fn components(mut self, cells: &[usize]) -> Vec<Component> {
        let mut found: Vec<Component> = (1..=self.numbered)
            .map(|number| Component {
                number,
                cells: Vec::new(),
            })
            .collect();
        for &cell in cells {
            let root = self.root(cell);
            if let Some(place) = self.trees[root].number.checked_sub(1) {
                found[place].cells.push(cell);
            }
        }
        found.retain(|component| !component.cells.is_empty());
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::anomaly::{MapKind, Placed};
    use crate::radiograph::{PixelRect, Raster};

    fn map(width: usize, samples: Vec<f32>) -> AnomalyMap {
        let height = samples.len() / width;
        AnomalyMap {
            kind: MapKind::Residue,
            placed: Placed {
                raster: Raster::new(width, height, samples).unwrap(),
                place: PixelRect::of_image(width, height),
            },
            scale: (0.0, 1.0),
            unit: "arbitrary".to_owned(),
        }
    }

    fn numbers(map: &AnomalyMap, threshold: f32) -> BTreeMap<usize, Vec<usize>> {
        let rule = Rule {
            least_cells: 2,
            touches: &|_| true,
        };
        let found = components(map, threshold, &rule).into_iter();
        found.map(|one| (one.number, one.cells)).collect()
    }

    /// Noise that is smooth enough to have hills.
    fn hills(seed: u32) -> AnomalyMap {
        let noise = |x: u32, y: u32| {
            let mixed = ((x * 73_856_093) ^ (y * 19_349_663) ^ seed).wrapping_mul(2_654_435_761);
            (mixed >> 16) as f32 / 65_536.0
        };
        let cell = |index: u32| {
            let (x, y) = (index % 40, index / 40);
            let around = (0..5).flat_map(|dx| (0..5).map(move |dy| (dx, dy)));
            let sum: f32 = around.map(|(dx, dy)| noise(x + dx, y + dy)).sum();
            // Few values: ties are the rule in maps of counts.
            (sum * 4.0).round() / 100.0
        };
        map(40, (0..40 * 30).map(cell).collect())
    }

    #[test]
    fn two_hills_keep_their_numbers_until_they_are_one() {
        let map = map(7, vec![9.0, 8.0, 2.0, 1.0, 2.0, 5.0, 6.0]);
        assert_eq!(numbers(&map, 9.0).len(), 0);
        let first: Vec<usize> = numbers(&map, 7.0).into_keys().collect();
        assert_eq!(first, [1]);
        for threshold in [5.0, 2.0] {
            let both: Vec<usize> = numbers(&map, threshold).into_keys().collect();
            assert_eq!(both, [1, 2]);
        }
        let all = numbers(&map, 1.0);
        assert_eq!(all.len(), 1);
        assert_eq!(all[&1].len(), 7);
    }

    #[test]
    fn masks_are_nested_and_what_survives_keeps_its_number() {
        for seed in 0..20 {
            let map = hills(seed);
            let values = map.placed.raster.values();
            let mut thresholds = values.to_vec();
            thresholds.sort_by(f32::total_cmp);
            thresholds.dedup();
            let mut below = numbers(&map, 0.0);
            let mut splits = 0;
            for &threshold in &thresholds {
                let above = numbers(&map, threshold);
                for (number, cells) in &above {
                    let peak = cells[0];
                    let (owner, all) = below
                        .iter()
                        .find(|(_, all)| all.contains(&peak))
                        .expect("a region comes from one that was there");
                    assert!(cells.iter().all(|cell| all.contains(cell)), "nested");
                    splits += usize::from(owner != number);
                    // A new number is a later one, split off.
                    assert!(owner <= number, "{owner} became {number}");
                }
                for (number, all) in &below {
                    let stands = all.iter().filter(|&&cell| values[cell] >= threshold);
                    let survives = above.contains_key(number);
                    // The oldest part goes last.
                    let others = above.values().any(|cells| all.contains(&cells[0]));
                    assert!(
                        survives || !others,
                        "{number} went before its younger parts"
                    );
                    assert!(survives || stands.count() < 2 * all.len());
                }
                below = above;
            }
            assert!(splits > 0, "no region of seed {seed} ever split");
        }
    }

    #[test]
    fn what_does_not_count_has_no_number() {
        let map = map(5, vec![9.0, 0.0, 4.0, 4.0, 0.0]);
        let right = |cell: usize| cell > 1;
        let rule = Rule {
            least_cells: 1,
            touches: &right,
        };
        let found = components(&map, 3.0, &rule);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].number, &*found[0].cells), (1, &[2, 3][..]));
        let nan = AnomalyMap {
            placed: Placed {
                raster: Raster::new(2, 1, vec![f32::NAN, 1.0]).unwrap(),
                ..map.placed
            },
            ..map
        };
        let rule = Rule {
            least_cells: 1,
            touches: &|_| true,
        };
        assert_eq!(components(&nan, 0.0, &rule)[0].cells, [1]);
    }
}
