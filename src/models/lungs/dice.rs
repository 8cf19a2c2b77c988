//! Dice's coefficient: how well two masks cover each other.

use crate::compute::Tensor;
use crate::error::Result;

/// Returns Dice's coefficient of two masks cut at ½, from 0 to 1; 1 where both are empty.
pub fn dice(found: &[f32], wanted: &[f32]) -> f64 {
    let inside = |mask: &[f32]| mask.iter().filter(|&&value| value >= 0.5).count();
    let both = found
        .iter()
        .zip(wanted)
        .filter(|(found, wanted)| **found >= 0.5 && **wanted >= 0.5)
        .count();
    match inside(found) + inside(wanted) {
        0 => 1.0,
        sum => 2.0 * both as f64 / sum as f64,
    }
}

/// Returns 1 − the soft Dice coefficient over a whole batch (Milletari et al., 3DV 2016): logits and
/// masks of one shape.
pub(super) fn dice_loss(logits: &Tensor, masks: &Tensor) -> Result<Tensor> {
    let found = logits.sigmoid()?;
    let both = found.times(masks)?.mean()?;
    let sum = found.plus(masks)?.mean()?;
    both.affine(-2.0, 0.0)?
        .over(&sum.affine(1.0, 1e-6)?)?
        .affine(1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_counts_the_overlap_twice() {
        assert_eq!(dice(&[1.0, 1.0, 0.0, 0.0], &[0.9, 0.0, 0.7, 0.0]), 0.5);
        assert_eq!(dice(&[0.0], &[0.0]), 1.0);
        assert_eq!(dice(&[1.0], &[0.0]), 0.0);
    }

    #[test]
    fn a_sure_and_right_mask_costs_nothing() {
        let logits = Tensor::from_samples(vec![50.0, -50.0], &[1, 1, 1, 2]).unwrap();
        let masks = Tensor::from_samples(vec![1.0, 0.0], &[1, 1, 1, 2]).unwrap();
        let loss = dice_loss(&logits, &masks).unwrap().to_number().unwrap();
        assert!(loss.abs() < 1e-5, "{loss}");
        let wrong = dice_loss(&logits.affine(-1.0, 0.0).unwrap(), &masks).unwrap();
        assert!((wrong.to_number().unwrap() - 1.0).abs() < 1e-5);
    }
}
