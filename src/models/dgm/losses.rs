//! DGM's losses (Tang et al. 2021). The paper's weights reached us through re-implementations only;
//! sums over pixels are means here, or the critic would be drowned out by the reconstruction.

use std::ops::Range;

use super::generator::Decomposition;
use crate::compute::Tensor;
use crate::error::Result;

/// How much each kind of loss counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// λ_A: the normal film convinces the critic.
    pub adversarial: f64,
    /// λ_R: both reconstructions.
    pub reconstruction: f64,
    /// No residue on normal films: λ_R too in the paper.
    pub residue: f64,
    /// λ_TV: the normal film is smooth.
    pub variation: f64,
}

/// Films and what the networks made of them.
pub struct Pass {
    /// The films z, `(N, 1, S, S)` in [−1, 1].
    pub films: Tensor,
    /// The places of the normal films in the batch, side by side; may be empty.
    pub normals: Range<usize>,
    /// The films taken apart.
    pub parts: Decomposition,
    /// The films drawn again, z″.
    pub again: Tensor,
}

/// The generator's loss and its parts, already weighted.
pub struct GeneratorLoss {
    /// The sum.
    pub total: Tensor,
    /// L_A (`None` without judgements), L_R1, L_R2, L_R3 (`None` without normal films or weight) and
    /// L_TV.
    pub parts: [Option<f64>; 5],
}

/// Computes the generator's loss from a pass and the critic's judgements of its normal films, one a
/// size; without judgements the adversarial part is left out.
///
/// # Errors
/// When a tensor operation fails.
pub fn generator_loss(
    pass: &Pass,
    judged: Option<&[Tensor]>,
    weights: &Weights,
) -> Result<GeneratorLoss> {
    let (normal, residue) = (&pass.parts.normal, &pass.parts.residue);
    let decomposed = mean_distance(&normal.plus(residue)?, &pass.films)?;
    let drawn_again = mean_distance(&pass.again, &pass.films)?;
    let adversarial = match judged {
        Some(judged) => Some(half_squares(judged, 1.0)?.affine(weights.adversarial, 0.0)?),
        None => None,
    };
    let of_normals = match pass.normals.len() {
        0 => None,
        _ if weights.residue == 0.0 => None,
        count => Some(
            residue
                .narrow(0, pass.normals.start, count)?
                .abs()?
                .mean()?,
        ),
    };
    let reconstruction = |loss: Tensor| loss.affine(weights.reconstruction, 0.0);
    let terms = [
        adversarial,
        Some(reconstruction(decomposed)?),
        Some(reconstruction(drawn_again)?),
        of_normals
            .map(|loss| loss.affine(weights.residue, 0.0))
            .transpose()?,
        Some(variation(normal)?.affine(weights.variation, 0.0)?),
    ];
    let mut parts = [None; 5];
    for (part, term) in parts.iter_mut().zip(&terms) {
        *part = term.as_ref().map(Tensor::to_number).transpose()?;
    }
    Ok(GeneratorLoss {
        total: sum(terms.into_iter().flatten())?,
        parts,
    })
}

/// Films as the critic judges them, one judgement a size.
pub struct Judged {
    /// Real normal films.
    pub normal: Vec<Tensor>,
    /// Drawn normal films y′.
    pub drawn: Vec<Tensor>,
    /// Real abnormal films, where the critic is shown any.
    pub abnormal: Option<Vec<Tensor>>,
}

/// Computes the critic's loss (least squares, Mao et al. 2017): real normal films are to be judged 1,
/// drawn ones 0. Our addition: abnormal films are to be judged 0 too, for half of that side, so that
/// the critic learns from the labels what a normal film lacks, and not only how drawn films look.
///
/// # Errors
/// When a tensor operation fails.
pub fn critic_loss(judged: &Judged) -> Result<Tensor> {
    let drawn = half_squares(&judged.drawn, 0.0)?;
    let wrong = match &judged.abnormal {
        Some(abnormal) => drawn
            .plus(&half_squares(abnormal, 0.0)?)?
            .affine(0.5, 0.0)?,
        None => drawn,
    };
    half_squares(&judged.normal, 1.0)?.plus(&wrong)
}

/// Σ over the sizes of ½ mean (judgement − wanted)².
fn half_squares(judged: &[Tensor], wanted: f64) -> Result<Tensor> {
    let terms = judged.iter().map(|judgement| {
        let miss = judgement.affine(1.0, -wanted)?;
        miss.times(&miss)?.mean()?.affine(0.5, 0.0)
    });
    sum(terms.collect::<Result<Vec<_>>>()?)
}

fn mean_distance(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.minus(b)?.abs()?.mean()
}

/// The mean absolute step down plus the mean absolute step across; no step leads over the edge.
fn variation(films: &Tensor) -> Result<Tensor> {
    let steps = [2, 3].map(|axis| {
        let count = films.dims()[axis] - 1;
        mean_distance(
            &films.narrow(axis, 1, count)?,
            &films.narrow(axis, 0, count)?,
        )
    });
    let [down, across] = steps;
    down?.plus(&across?)
}

fn sum(terms: impl IntoIterator<Item = Tensor>) -> Result<Tensor> {
    let mut terms = terms.into_iter();
    let first = match terms.next() {
        Some(first) => first,
        None => Tensor::from_samples(vec![0.0], &[])?,
    };
    terms.try_fold(first, |sum, term| sum.plus(&term))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(samples: &[f32]) -> Tensor {
        Tensor::from_samples(samples.to_vec(), &[samples.len() / 4, 1, 2, 2]).unwrap()
    }

    fn pass(normals: Range<usize>) -> Pass {
        let latent = film(&[0.0; 8]);
        Pass {
            films: film(&[0.5; 8]),
            normals,
            parts: Decomposition {
                normal_latent: latent.clone(),
                disease_latent: latent,
                normal: film(&[0.0, 0.1, 0.3, 0.3, 0.5, 0.5, 0.5, 0.5]),
                residue: film(&[0.5, 0.4, 0.2, 0.2, 0.2, 0.2, -0.2, -0.2]),
            },
            again: film(&[0.25; 8]),
        }
    }

    const WEIGHTS: Weights = Weights {
        adversarial: 2.0,
        reconstruction: 10.0,
        residue: 10.0,
        variation: 1.0,
    };

    #[test]
    fn only_normal_films_are_kept_from_having_a_residue() {
        let of_second = generator_loss(&pass(1..2), None, &WEIGHTS).unwrap();
        assert!((of_second.parts[3].unwrap() - 2.0).abs() < 1e-6);
        let of_none = generator_loss(&pass(0..0), None, &WEIGHTS).unwrap();
        assert_eq!(of_none.parts[3], None);
    }

    #[test]
    fn a_loss_without_weight_is_no_part_and_changes_no_other() {
        let free = Weights {
            residue: 0.0,
            ..WEIGHTS
        };
        let [free, held] = [free, WEIGHTS].map(|w| generator_loss(&pass(1..2), None, &w).unwrap());
        assert_eq!(free.parts[3], None);
        assert_eq!(free.parts[..3], held.parts[..3]);
        let total = free.total.to_number().unwrap() + held.parts[3].unwrap();
        assert!((held.total.to_number().unwrap() - total).abs() < 1e-5);
    }

    #[test]
    fn variation_does_not_step_over_the_edge() {
        // Down: 0.3 and 0.2 on the first film, 0 on the second; across: 0.1 and 0.
        let loss = generator_loss(&pass(1..2), None, &WEIGHTS).unwrap();
        assert!((loss.parts[4].unwrap() - (0.5 / 4.0 + 0.1 / 4.0)).abs() < 1e-6);
    }

    #[test]
    fn the_total_is_the_sum_of_the_parts() {
        let judged = [film(&[1.0, 1.0, 0.0, 0.0]), film(&[0.0; 4])];
        let loss = generator_loss(&pass(1..2), Some(&judged), &WEIGHTS).unwrap();
        assert!((loss.parts[0].unwrap() - 2.0 * (0.25 + 0.5)).abs() < 1e-6);
        let sum: f64 = loss.parts.into_iter().flatten().sum();
        assert!((loss.total.to_number().unwrap() - sum).abs() < 1e-5);
    }

    #[test]
    fn a_critic_that_is_right_everywhere_has_no_loss() {
        let all = |judgement: f32| vec![film(&[judgement; 4])];
        let loss = |normal: f32, drawn: f32, abnormal: Option<f32>| {
            let judged = Judged {
                normal: all(normal),
                drawn: all(drawn),
                abnormal: abnormal.map(all),
            };
            critic_loss(&judged).unwrap().to_number()
        };
        assert_eq!(loss(1.0, 0.0, None), Ok(0.0));
        assert_eq!(loss(0.0, 1.0, None), Ok(1.0));
        assert_eq!(loss(1.0, 0.0, Some(1.0)), Ok(0.25));
    }
}
