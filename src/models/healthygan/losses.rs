//! HealthyGAN's losses, weighted as in the public code; it has one term more than the paper's text:
//! the known normals' counterparts are to look real too.

use super::network::{Critic, Drawing};
use crate::compute::Tensor;
use crate::error::Result;

const PENALTY: f64 = 10.0;
const IDENTITY: f64 = 1.0;
/// Of the sum over both sets of films, hence the half.
const FOCUS: f64 = 0.5 * 0.1;
/// Keeps the focus loss finite where the mask is undecided.
const UNDECIDED: f64 = 0.01;

/// The critic's loss and its unweighted parts.
pub struct CriticLoss {
    /// The weighted sum.
    pub total: Tensor,
    /// Minus the mean judgement of known normals.
    pub known: f64,
    /// The mean judgement of films that were made healthy.
    pub healed: f64,
    /// The gradient penalty.
    pub penalty: f64,
}

/// Computes the critic's loss on known normals and on films made healthy, both `(N, C, H, W)`; the
/// penalty looks between them, each pair at its share `(N, 1, 1, 1)` of the known film.
///
/// # Errors
/// When the shapes do not fit.
pub fn critic_loss(
    critic: &Critic,
    known: &Tensor,
    healed: &Tensor,
    shares: &Tensor,
) -> Result<CriticLoss> {
    let healed = healed.detach();
    let of_known = judgement(critic, known)?.affine(-1.0, 0.0)?;
    let of_healed = judgement(critic, &healed)?;
    let between = healed.plus(&known.minus(&healed)?.times(shares)?)?;
    let penalty = gradient_penalty(critic, &between)?;
    let total = of_known.plus(&of_healed)?;
    Ok(CriticLoss {
        total: total.plus(&penalty.affine(PENALTY, 0.0)?)?,
        known: of_known.to_number()?,
        healed: of_healed.to_number()?,
        penalty: penalty.to_number()?,
    })
}

/// The mean of `(‖slope‖ − 1)²` over films: the critic is to rise by one a unit.
fn gradient_penalty(critic: &Critic, films: &Tensor) -> Result<Tensor> {
    let slopes = critic.slopes(films)?;
    let norms = slopes.candle()?.flatten_from(1)?.sqr()?.sum(1)?.sqrt()?;
    Ok(Tensor::Candle((norms - 1.0)?.sqr()?.mean_all()?))
}

/// The generator's loss and its unweighted parts.
pub struct GeneratorLoss {
    /// The weighted sum.
    pub total: Tensor,
    /// Minus the mean judgement of the mixture's counterparts.
    pub adversarial: f64,
    /// Minus the mean judgement of the known normals' counterparts.
    pub adversarial_known: f64,
    /// How far the image drawn of a known normal is from it.
    pub identity: f64,
    /// How far a film of the mixture is from what mask and image give back.
    pub reconstruction: f64,
    /// How large and how undecided the masks are, the mean over both sets.
    pub focus: f64,
}

/// Computes the generator's loss from films with what it drew of them: of the mixture, and of known
/// normals. The reconstruction's weight is 1 in the public code.
///
/// # Errors
/// When the shapes do not fit.
pub fn generator_loss(
    critic: &Critic,
    [(mixture, of_mixture), (known, of_known)]: [(&Tensor, &Drawing); 2],
    reconstruction_weight: f64,
) -> Result<GeneratorLoss> {
    let adversarial = judgement(critic, &of_mixture.healthy(mixture)?)?.affine(-1.0, 0.0)?;
    let adversarial_known = judgement(critic, &of_known.healthy(known)?)?.affine(-1.0, 0.0)?;
    let identity = distance(known, &of_known.fake)?;
    let reconstruction = distance(mixture, &of_mixture.reconstruction(mixture)?)?;
    let focus = focus(&of_mixture.mask)?.plus(&focus(&of_known.mask)?)?;
    let total = adversarial
        .plus(&adversarial_known)?
        .plus(&identity.affine(IDENTITY, 0.0)?)?
        .plus(&reconstruction.affine(reconstruction_weight, 0.0)?)?
        .plus(&focus.affine(FOCUS, 0.0)?)?;
    Ok(GeneratorLoss {
        total,
        adversarial: adversarial.to_number()?,
        adversarial_known: adversarial_known.to_number()?,
        identity: identity.to_number()?,
        reconstruction: reconstruction.to_number()?,
        focus: 0.5 * focus.to_number()?,
    })
}

fn judgement(critic: &Critic, films: &Tensor) -> Result<Tensor> {
    critic.judge(&critic.features(films)?)?.mean()
}

fn distance(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.minus(b)?.abs()?.mean()
}

/// A mask's cost: its mean squared, so that little is changed, and how near it is to ½, so that each
/// place is changed or not.
fn focus(mask: &Tensor) -> Result<Tensor> {
    let mean = mask.mean()?;
    let decided = mask.affine(1.0, -0.5)?.abs()?.affine(1.0, UNDECIDED)?;
    let undecided = decided.candle()?.recip()?.mean_all()?;
    let least = 1.0 / (0.5 + UNDECIDED);
    mean.times(&mean)?
        .plus(&Tensor::Candle(undecided))?
        .affine(1.0, -least)
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Var};

    use super::*;
    use crate::compute::{Builder, Parameters, Source};
    use crate::models::healthygan::config::Config;

    const SIDE: usize = 16;

    fn critic() -> (Critic, Parameters) {
        let builder = Builder::new(Source::seeded(3)).in_double_precision();
        let critic = Critic::new(&builder.root(), &Config::LEAST).unwrap();
        (critic, builder.finish())
    }

    fn films() -> Tensor {
        let samples = (0..2 * SIDE * SIDE).map(|place| (place as f32 * 0.37).sin());
        let films = Tensor::from_samples(samples.collect(), &[2, 1, SIDE, SIDE]).unwrap();
        films.candle().unwrap().to_dtype(DType::F64).unwrap().into()
    }

    #[test]
    fn slopes_are_what_backpropagation_finds() {
        let (critic, _) = critic();
        let films = Var::from_tensor(films().candle().unwrap()).unwrap();
        let tensor = Tensor::Candle(films.as_tensor().clone());
        let features = critic.features(&tensor).unwrap();
        let sum = critic.judge(&features).unwrap();
        let sum = sum.candle().unwrap().sum_all().unwrap();
        let expected = sum.backward().unwrap().get(&films).unwrap().clone();
        let found = critic.slopes(&tensor).unwrap();
        let difference = (found.candle().unwrap() - expected).unwrap();
        let worst = difference.abs().unwrap().flatten_all().unwrap();
        let worst: f64 = worst.max(0).unwrap().to_scalar().unwrap();
        assert!(worst < 1e-12, "{worst}");
    }

    #[test]
    fn the_penaltys_gradients_are_those_of_finite_differences() {
        let (critic, weights) = critic();
        let films = films();
        let penalty = || {
            let penalty = gradient_penalty(&critic, &films).unwrap();
            penalty.to_number().unwrap()
        };
        let gradients = gradient_penalty(&critic, &films)
            .unwrap()
            .backward()
            .unwrap();
        const STEP: f64 = 1e-6;
        for (name, variable) in weights.trained() {
            let Some(gradient) = gradients.of(variable) else {
                assert!(name.ends_with("bias"), "{name} has no gradient");
                continue;
            };
            let gradient: Vec<f64> = gradient.flatten_all().unwrap().to_vec1().unwrap();
            let there = variable.as_tensor().copy().unwrap();
            let samples: Vec<f64> = there.flatten_all().unwrap().to_vec1().unwrap();
            for place in (0..samples.len()).step_by(samples.len() / 5 + 1) {
                let at = |offset: f64| {
                    let mut moved = samples.clone();
                    moved[place] += offset;
                    let device = candle_core::Device::Cpu;
                    let moved = candle_core::Tensor::from_vec(moved, there.dims(), &device);
                    variable.set(&moved.unwrap()).unwrap();
                    penalty()
                };
                let expected = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                let difference = (gradient[place] - expected).abs();
                assert!(
                    difference < 1e-6 * (1.0 + expected.abs()),
                    "{name}[{place}]: {} is not {expected}",
                    gradient[place]
                );
            }
            variable.set(&there).unwrap();
        }
    }

    #[test]
    fn the_whole_loss_reaches_every_weight_of_the_critic() {
        let (critic, weights) = critic();
        let films = films();
        let healed = films.affine(0.5, 0.1).unwrap();
        let shares = films.constant_like(vec![0.3, 0.8], &[2, 1, 1, 1]).unwrap();
        let loss = critic_loss(&critic, &films, &healed, &shares).unwrap();
        let gradients = loss.total.backward().unwrap();
        for (name, variable) in weights.trained() {
            assert!(gradients.of(variable).is_some(), "{name} has no gradient");
        }
        let sum = loss.known + loss.healed + 10.0 * loss.penalty;
        assert!((loss.total.to_number().unwrap() - sum).abs() < 1e-9);
    }

    #[test]
    fn focus_wants_masks_small_and_decided() {
        let mask = |value: f32| {
            let mask = Tensor::from_samples(vec![value; 16], &[1, 1, 4, 4]).unwrap();
            focus(&mask).unwrap().to_number().unwrap()
        };
        assert!(mask(0.0).abs() < 1e-5);
        assert!((mask(1.0) - 1.0).abs() < 1e-5);
        assert!((mask(0.5) - (0.25 + 100.0 - 1.0 / 0.51)).abs() < 1e-3);
    }
}
