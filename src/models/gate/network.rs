//! The gate's network: four convolutions, each normalised as in nnU-Net (Isensee et al., Nature
//! Methods 2021), the first of stride 2 and the others halved after, and one linear layer over what is
//! left. Batch `N`.

use crate::compute::{Conv2d, InstanceNorm, Linear, Scope, Tensor, Then};
use crate::error::Result;

/// The side of the squares it sees, in pixels.
pub(super) const SIDE: usize = 64;
/// The number of outputs.
pub(super) const OUTPUTS: usize = 3;
/// The output for a frontal chest film as it should be: upright, not mirrored, of the usual polarity.
pub(super) const SOUND: usize = 0;
/// The output for everything that is no frontal chest film, however that lies.
pub(super) const OTHER: usize = 1;
/// The output for films of which too little is seen, however they lie.
pub(super) const CROPPED: usize = 2;

const CHANNELS: [usize; 4] = [16, 24, 48, 64];
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
            let (side, stride) = if index == 0 { (5, 2) } else { (3, 1) };
            let convolution =
                Conv2d::without_bias(&scope.at("conv").at(index), (before, after), side, stride)?;
            let norm = InstanceNorm::new(&scope.at("norm").at(index), after)?;
            layers.push((convolution, norm));
            before = after;
        }
        Ok(Self {
            layers,
            out: Linear::new(&scope.at("out"), before * LAST * LAST, OUTPUTS)?,
        })
    }

    /// Maps pictures `(N, 1, 64, 64)` in [0, 1] to logits `(N, 3)`.
    pub(super) fn forward(&self, pictures: &Tensor) -> Result<Tensor> {
        let mut x = pictures.affine(2.0, -1.0)?;
        for (index, (convolution, norm)) in self.layers.iter().enumerate() {
            x = norm.forward(&convolution.forward(&x)?, Then::Relu)?;
            if index > 0 {
                x = x.half()?;
            } // (N, 16 … 64, 32 … 4, …)
        }
        let dims = x.dims().to_vec();
        let flat = x.reshape(&[dims[0], dims[1..].iter().product()])?;
        self.out.forward(&flat)
    }
}
