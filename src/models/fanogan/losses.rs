//! f-AnoGAN's losses. All are means, not sums; films are in [−1, 1].

use super::network::Critic;
use crate::compute::Tensor;
use crate::error::Result;

/// The weight of the gradient penalty (Gulrajani et al., NeurIPS 2017).
const PENALTY: f64 = 10.0;

/// How the encoder learns (Schlegl et al. 2019, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// Film → latent vector → film, compared by pixels and by the critic's features.
    Izif,
    /// Film → latent vector → film, compared by pixels.
    Izi,
    /// Latent vector → drawn film → latent vector; sees no real film.
    Ziz,
}

/// Mixes real and drawn films, each pair by its own share in `(N, 1, 1, 1)`.
pub fn between(real: &Tensor, drawn: &Tensor, shares: &Tensor) -> Result<Tensor> {
    drawn.plus(&real.minus(drawn)?.times(shares)?)
}

/// The lengths of the critic's slopes at films: `(N, 1)`.
pub fn steepness(critic: &Critic, films: &Tensor) -> Result<Tensor> {
    let slope = critic.slope(films)?;
    let dims = slope.dims();
    let rows = [dims[0], dims[1..].iter().product()];
    let squares = slope.times(&slope)?.reshape(&rows)?.sum_last()?;
    Ok(Tensor::Candle(squares.candle()?.sqrt()?))
}

/// The gradient penalty before its weight, `mean (‖∇D(x̂)‖ − 1)²` (Gulrajani et al., eq. 3).
pub fn penalty(critic: &Critic, between: &Tensor) -> Result<Tensor> {
    let off = steepness(critic, between)?.affine(1.0, -1.0)?;
    off.times(&off)?.mean()
}

/// The critic's loss `mean D(G(z)) − mean D(x) + 10 · penalty`.
pub fn critic_loss(real: &Tensor, drawn: &Tensor, penalty: &Tensor) -> Result<Tensor> {
    let gap = drawn.mean()?.minus(&real.mean()?)?;
    gap.plus(&penalty.affine(PENALTY, 0.0)?)
}

/// The generator's loss `−mean D(G(z))`.
pub fn generator_loss(drawn: &Tensor) -> Result<Tensor> {
    drawn.mean()?.affine(-1.0, 0.0)
}
