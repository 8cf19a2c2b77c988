//! SQUID's losses, weighted as in the public configuration `zhang_best`.

use super::network::Reconstruction;
use crate::compute::Tensor;
use crate::error::Result;

const RECONSTRUCTION: f64 = 10.0;
const TEACHER: f64 = 0.01;
const DISTILLATION: f64 = 0.001;
const ADVERSARIAL: f64 = 0.005;

/// The generator's loss and its parts, already weighted.
pub struct GeneratorLoss {
    /// The sum.
    pub total: Tensor,
    /// Reconstruction, adversarial, teacher, distillation.
    pub parts: [f64; 4],
}

/// Computes the generator's loss from a pass, the films it saw and the judge's logits. Pictures are
/// compared in the range that the paper's code gives them.
pub fn generator_loss(
    pass: &Reconstruction,
    films: &Tensor,
    logits: &Tensor,
) -> Result<GeneratorLoss> {
    let squared = pass.range * pass.range;
    let reconstruction = pass
        .student
        .mean_squared_error(films)?
        .affine(squared * RECONSTRUCTION, 0.0)?;
    let adversarial = cross_entropy(logits, true)?.affine(ADVERSARIAL, 0.0)?;
    let mut total = reconstruction.plus(&adversarial)?;
    let mut parts = [
        reconstruction.to_number()?,
        adversarial.to_number()?,
        0.0,
        0.0,
    ];
    if let (Some(teacher), Some(distillation)) = (&pass.teacher, &pass.distillation) {
        let teacher = teacher
            .mean_squared_error(films)?
            .affine(squared * TEACHER, 0.0)?;
        let distillation = distillation.affine(DISTILLATION, 0.0)?;
        parts[2] = teacher.to_number()?;
        parts[3] = distillation.to_number()?;
        total = total.plus(&teacher)?.plus(&distillation)?;
    }
    Ok(GeneratorLoss { total, parts })
}

/// Computes the discriminator's loss from its logits on real and on in-painted films.
pub fn discriminator_loss(real: &Tensor, inpainted: &Tensor) -> Result<Tensor> {
    let sum = cross_entropy(real, true)?.plus(&cross_entropy(inpainted, false)?)?;
    sum.affine(ADVERSARIAL, 0.0)
}

/// The mean binary cross-entropy of logits against “real” or “not real”.
fn cross_entropy(logits: &Tensor, real: bool) -> Result<Tensor> {
    let target = vec![f32::from(real); logits.dims().iter().product()];
    logits.cross_entropy(&logits.constant_like(target, logits.dims())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_is_stable_and_right() {
        let logits = Tensor::from_samples(vec![0.0, 100.0], &[2, 1]).unwrap();
        let real = cross_entropy(&logits, true).unwrap().to_number().unwrap();
        assert!((real - std::f64::consts::LN_2 / 2.0).abs() < 1e-6);
        let fake = cross_entropy(&logits, false).unwrap().to_number().unwrap();
        assert!((fake - (std::f64::consts::LN_2 + 100.0) / 2.0).abs() < 1e-4);
    }
}
