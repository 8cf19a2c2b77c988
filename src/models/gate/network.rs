//! The gate's network: four convolutions, each normalised as in nnU-Net (Isensee et al., Nature
//! Methods 2021) and halved, and one linear layer over what is left. Batch `N`.

use crate::compute::{Conv2d, InstanceNorm, Linear, Scope, Tensor, Then};
use crate::error::Result;

/// The side of the squares it sees, in pixels.
pub(super) const SIDE: usize = 64;
/// One output for each pose and polarity of a frontal chest film, one for everything else, and one
/// for films of which too little is seen.
pub(super) const OUTPUTS: usize = 18;
/// The output of everything that is no frontal chest film.
pub(super) const OTHER: usize = 16;
/// The output of films of which too little is seen.
pub(super) const CROPPED: usize = 17;

const CHANNELS: [usize; 4] = [8, 16, 32, 48];
/// The side of the last maps.
const LAST: usize = SIDE >> CHANNELS.len();

/// The network.
#[derive(Clone, Debug)]
pub(super) struct Glance {
    layers: Vec<(Conv2d, InstanceNorm)>,
    out: Linear,
}

impl Glance {
    pub(super) fn new(scope: &Scope<'_>) -> Result<Self> {
        let mut before = 1;
        let mut layers = Vec::with_capacity(CHANNELS.len());
        for (index, after) in CHANNELS.into_iter().enumerate() {
            let convolution =
                Conv2d::without_bias(&scope.at("conv").at(index), (before, after), 3, 1)?;
            let norm = InstanceNorm::new(&scope.at("norm").at(index), after)?;
            layers.push((convolution, norm));
            before = after;
        }
        Ok(Self {
            layers,
            out: Linear::new(&scope.at("out"), before * LAST * LAST, OUTPUTS)?,
        })
    }

    /// Maps pictures `(N, 1, 64, 64)` in [0, 1] to logits `(N, 18)`.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        let mut x = pictures.affine(2.0, -1.0)?;
        for (convolution, norm) in &self.layers {
            x = norm
                .forward(&convolution.forward(&x)?, Then::Relu)?
                .half()?; // (N, 8 … 48, 32 … 4, …)
        }
        let dims = x.dims().to_vec();
        let flat = x.reshape(&[dims[0], dims[1..].iter().product()])?;
        self.out.forward(&flat)
    }
}
