//! DigitAnatomy, the debugging set of SQUID (Xiang et al., CVPR 2023, section 4): pictures whose
//! anatomy is known. A normal one shows the digits 1 to 9 in order on a grid of 3 × 3 cells, as a chest
//! film shows lungs, heart and ribs where they belong; an abnormal one breaks that order in one way.

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::radiograph::PixelRect;

/// The side of a handwritten digit in pixels.
pub const DIGIT_SIDE: usize = 28;
/// The side of a whole picture in pixels.
pub const PICTURE_SIDE: usize = CELLS * CELL;
/// Cells a side.
const CELLS: usize = 3;
/// The side of a cell in pixels; the digit lies in its middle.
const CELL: usize = 32;
/// Digits whose mirror image is no digit.
const MIRRORABLE: [usize; 7] = [2, 3, 4, 5, 6, 7, 9];

/// In which way a picture's anatomy is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anatomy {
    /// 1 to 9 in order.
    Normal,
    /// One cell is empty.
    Missing,
    /// Two digits have changed places.
    Misordered,
    /// One digit is mirrored.
    Flipped,
    /// A 0 stands in the place of another digit.
    Zero,
}

impl Anatomy {
    /// Every way, the normal one first.
    pub const ALL: [Self; 5] = [
        Self::Normal,
        Self::Missing,
        Self::Misordered,
        Self::Flipped,
        Self::Zero,
    ];

    /// Returns its name, which is that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Missing => "missing",
            Self::Misordered => "misordered",
            Self::Flipped => "flipped",
            Self::Zero => "zero",
        }
    }
}

/// Handwritten digits to draw from: of each of 0 to 9 some pictures of [`DIGIT_SIDE`]² greys.
pub type Digits = [Vec<Vec<u8>>; 10];

/// A picture of the set.
#[derive(Clone, Debug, PartialEq)]
pub struct DigitPicture {
    /// [`PICTURE_SIDE`]² greys, row-major.
    pub greys: Vec<u8>,
    /// The cells where the order is broken.
    pub altered: Vec<PixelRect>,
}

impl DigitPicture {
    /// Draws a picture; the same seed gives the same one. A digit without pictures stays empty.
    pub fn draw(digits: &Digits, anatomy: Anatomy, seed: u64) -> Self {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut shown: Vec<Option<usize>> = (1..=9).map(Some).collect();
        let one = random.random_range(0..shown.len());
        let altered = match anatomy {
            Anatomy::Normal => Vec::new(),
            Anatomy::Missing => {
                shown[one] = None;
                vec![one]
            }
            Anatomy::Zero => {
                shown[one] = Some(0);
                vec![one]
            }
            Anatomy::Flipped => {
                let digit = MIRRORABLE.choose(random).copied().unwrap_or(MIRRORABLE[0]);
                vec![digit - 1]
            }
            Anatomy::Misordered => {
                let other = (one + random.random_range(1..shown.len())) % shown.len();
                shown.swap(one, other);
                vec![one.min(other), one.max(other)]
            }
        };
        let mut greys = vec![0; PICTURE_SIDE * PICTURE_SIDE];
        for (cell, digit) in shown.into_iter().enumerate() {
            let picture = digit.and_then(|digit| digits[digit].choose(random));
            let mirrored = anatomy == Anatomy::Flipped && altered.contains(&cell);
            if let Some(picture) = picture {
                paint(&mut greys, cell, picture, mirrored);
            }
        }
        let boxes = altered.into_iter().map(|cell| {
            let corner = |index: usize| (index * CELL) as f32;
            PixelRect::new(
                corner(cell % CELLS),
                corner(cell / CELLS),
                CELL as f32,
                CELL as f32,
            )
        });
        Self {
            greys,
            altered: boxes.collect(),
        }
    }
}

fn paint(greys: &mut [u8], cell: usize, digit: &[u8], mirrored: bool) {
    let margin = (CELL - DIGIT_SIDE) / 2;
    let (left, top) = (cell % CELLS * CELL + margin, cell / CELLS * CELL + margin);
    for (y, row) in digit.chunks_exact(DIGIT_SIDE).enumerate() {
        let start = (top + y) * PICTURE_SIDE + left;
        let line = &mut greys[start..start + DIGIT_SIDE];
        line.copy_from_slice(row);
        if mirrored {
            line.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digit n as a picture of grey 10·n with a brighter left half.
    fn digits() -> Digits {
        std::array::from_fn(|digit| {
            let row = |x: usize| 10 * digit as u8 + u8::from(x < DIGIT_SIDE / 2);
            let pixels = (0..DIGIT_SIDE * DIGIT_SIDE).map(|place| row(place % DIGIT_SIDE));
            vec![pixels.collect()]
        })
    }

    /// The grey in the left half of each cell.
    fn cells(picture: &DigitPicture) -> Vec<u8> {
        (0..9)
            .map(|cell| {
                let (x, y) = (cell % 3 * CELL + 8, cell / 3 * CELL + 16);
                picture.greys[y * PICTURE_SIDE + x]
            })
            .collect()
    }

    fn normal() -> Vec<u8> {
        (1..=9).map(|digit| 10 * digit + 1).collect()
    }

    #[test]
    fn each_anatomy_differs_from_the_normal_one_in_its_altered_cells_alone() {
        for anatomy in Anatomy::ALL {
            for seed in 0..20 {
                let picture = DigitPicture::draw(&digits(), anatomy, seed);
                let differing: Vec<usize> = (0..9)
                    .filter(|&cell| cells(&picture)[cell] != normal()[cell])
                    .collect();
                let altered: Vec<usize> = picture
                    .altered
                    .iter()
                    .map(|bounds| (bounds.y as usize / CELL) * 3 + bounds.x as usize / CELL)
                    .collect();
                assert_eq!(differing, altered, "{anatomy:?}, seed {seed}");
                let count = match anatomy {
                    Anatomy::Normal => 0,
                    Anatomy::Misordered => 2,
                    _ => 1,
                };
                assert_eq!(altered.len(), count);
            }
        }
    }

    #[test]
    fn broken_cells_hold_what_their_name_says() {
        let of = |anatomy| {
            let picture = DigitPicture::draw(&digits(), anatomy, 3);
            let bounds = picture.altered[0];
            let cell = bounds.y as usize / CELL * 3 + bounds.x as usize / CELL;
            (cells(&picture)[cell], cell)
        };
        assert_eq!(of(Anatomy::Missing).0, 0);
        assert_eq!(of(Anatomy::Zero).0, 1);
        let (grey, cell) = of(Anatomy::Flipped);
        assert_eq!(grey, 10 * (cell as u8 + 1));
    }
}
