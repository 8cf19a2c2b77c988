//! The three residual networks of Schlegl et al., *f-AnoGAN*, Medical Image Analysis 54 (2019), as
//! its public code has them; names are those of its PyTorch port.
//!
//! Batch normalisation follows TensorFlow's convention; the critic's normalises each film as a whole,
//! so that a penalty on its gradient concerns one film at a time. Shapes are for the published
//! configuration: side 64, width 64, batch `N`.

use super::config::{Config, SMALLEST};
use crate::compute::{BatchNorm, Conv2d, Convention, ImageNorm, Linear, Mode, Scope, Tensor, Then};
use crate::error::Result;
use crate::models::trace::Trace;

/// Draws films from latent vectors.
#[derive(Clone, Debug)]
pub struct Generator {
    enter: Linear,
    blocks: Vec<Up>,
    norm: BatchNorm,
    out: Conv2d,
    deepest: usize,
}

impl Generator {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        Self::following(scope, config, Convention::TENSORFLOW)
    }

    /// Builds the network with another library's batch normalisation.
    pub(super) fn following(
        scope: &Scope<'_>,
        config: &Config,
        convention: Convention,
    ) -> Result<Self> {
        let pairs = config.down().into_iter().rev().enumerate();
        let blocks = pairs
            .map(|(index, (small, large))| {
                let scope = scope.at(format!("rb{}", index + 1));
                Up::new(&scope, (large, small), convention)
            })
            .collect::<Result<_>>()?;
        let out = scope.at("conv1").at("conv");
        Ok(Self {
            enter: Linear::new(&scope.at("ln1"), config.latent, config.feature())?,
            blocks,
            norm: BatchNorm::new(&scope.at("bn"), config.width)?.following(convention),
            out: Conv2d::new(&out, (config.width, config.channels), 3, 1)?,
            deepest: config.deepest(),
        })
    }

    /// Draws from `(N, 128)`: films `(N, 1, 64, 64)` in [−1, 1].
    pub fn forward(&self, latent: &Tensor, mode: Mode, trace: &mut Trace) -> Result<Tensor> {
        let x = self.enter.forward(latent)?;
        let count = x.dims()[0];
        let mut x = x.reshape(&[count, self.deepest, SMALLEST, SMALLEST])?; // (N, 512, 4, 4)
        trace.show("tap.G.ln1", &x);
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x, mode)?; // (N, 512 … 64, 8 … 64, …)
            trace.show(format!("tap.G.rb{}", index + 1), &x);
        }
        let x = self.norm.forward(&x, mode, Then::Relu)?;
        self.out.forward(&x)?.tanh()
    }
}

/// Judges how normal films look, and names the features by which it does.
#[derive(Clone, Debug)]
pub struct Critic {
    enter: Conv2d,
    blocks: Vec<Down<ImageNorm>>,
    judge: Linear,
}

impl Critic {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let enter = scope.at("conv1").at("conv");
        Ok(Self {
            enter: Conv2d::new(&enter, (config.channels, config.width), 3, 1)?,
            blocks: downs(scope, config, "rb", ImageNorm::new)?,
            judge: Linear::new(&scope.at("ln1"), config.feature(), 1)?,
        })
    }

    /// Returns the features of films `(N, 1, 64, 64)`, flattened: `(N, 8192)`.
    pub fn features(&self, films: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let mut x = self.enter.forward(films)?; // (N, 64, 64, 64)
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x, |norm, x| norm.forward(x, Then::Relu))?; // (N, 128 … 512, …)
            trace.show(format!("tap.D.rb{}", index + 1), &x);
        }
        flat(&x)
    }

    /// Judges features `(N, 8192)`: `(N, 1)`, larger for more real.
    pub fn judge(&self, features: &Tensor) -> Result<Tensor> {
        self.judge.forward(features)
    }

    /// Follows the judgement's slope back to films `(N, 1, 64, 64)`: how each pixel moves its film's
    /// judgement, of the films' shape. The slope is written out as part of the graph, so that a loss
    /// of it has gradients: automatic differentiation would have to differentiate its own results.
    pub fn slope(&self, films: &Tensor) -> Result<Tensor> {
        let mut x = self.enter.forward(films)?;
        let mut passed = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let inner = block
                .first
                .forward(&block.norms[0].forward(&x, Then::Relu)?)?;
            let next = block.leave(&x, &block.norms[1].forward(&inner, Then::Relu)?)?;
            passed.push((x, inner));
            x = next;
        }
        let of_each = films.constant_like(vec![1.0; films.dims()[0]], &[films.dims()[0], 1])?;
        let mut slope = of_each.matmul(&self.judge.weight())?.reshape(x.dims())?;
        for (block, (x, inner)) in self.blocks.iter().zip(passed).rev() {
            slope = block.slope(&slope, (&x, &inner))?;
        }
        self.enter.spread(&slope, size(films))
    }
}

/// Finds the latent vectors of films.
#[derive(Clone, Debug)]
pub struct Encoder {
    enter: Conv2d,
    blocks: Vec<Down<BatchNorm>>,
    out: Linear,
}

impl Encoder {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let films = (config.channels, config.width);
        Ok(Self {
            enter: Conv2d::new(&scope.at("conv_in"), films, 3, 1)?,
            blocks: downs(scope, config, "res", batch_norm)?,
            out: Linear::new(&scope.at("fc"), config.feature(), config.latent)?,
        })
    }

    /// Encodes films `(N, 1, 64, 64)`: `(N, 128)` in [−1, 1].
    pub fn forward(&self, films: &Tensor, mode: Mode, trace: &mut Trace) -> Result<Tensor> {
        let mut x = self.enter.forward(films)?;
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x, |norm, x| norm.forward(x, mode, Then::Relu))?;
            trace.show(format!("tap.E.res{}", index + 1), &x);
        }
        self.out.forward(&flat(&x)?)?.tanh()
    }
}

/// A residual block that halves the size, with norms of a kind.
#[derive(Clone, Debug)]
pub(super) struct Down<N> {
    norms: [N; 2],
    first: Conv2d,
    second: Conv2d,
    shortcut: Conv2d,
}

impl<N> Down<N> {
    pub(super) fn new(
        scope: &Scope<'_>,
        (before, after): (usize, usize),
        norm: impl Fn(&Scope<'_>, usize) -> Result<N>,
    ) -> Result<Self> {
        let (first, second) = (scope.at("conv_1").at("conv"), scope.at("conv_2"));
        let shortcut = scope.at("conv_shortcut").at("conv").at("conv");
        Ok(Self {
            norms: [
                norm(&scope.at("bn1"), before)?,
                norm(&scope.at("bn2"), before)?,
            ],
            first: Conv2d::without_bias(&first, (before, before), 3, 1)?,
            second: Conv2d::new(&second.at("conv").at("conv"), (before, after), 3, 1)?,
            shortcut: Conv2d::new(&shortcut, (before, after), 1, 1)?,
        })
    }

    pub(super) fn forward(
        &self,
        x: &Tensor,
        norm: impl Fn(&N, &Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let inner = self.first.forward(&norm(&self.norms[0], x)?)?;
        self.leave(x, &norm(&self.norms[1], &inner)?)
    }

    /// The block's end: the inner maps, normalised, beside the shortcut from the block's input.
    fn leave(&self, x: &Tensor, normalised: &Tensor) -> Result<Tensor> {
        let shortcut = self.shortcut.forward(&x.half()?)?;
        self.second.forward(normalised)?.half()?.plus(&shortcut)
    }
}

impl Down<ImageNorm> {
    /// What a slope of the block's result is for its input `x`; `inner` are the maps between the
    /// convolutions.
    fn slope(&self, slope: &Tensor, (x, inner): (&Tensor, &Tensor)) -> Result<Tensor> {
        // The transpose of a mean of 2×2 pixels.
        let unhalved = |slope: &Tensor| slope.twice_nearest()?.affine(0.25, 0.0);
        let halves = (x.dims()[2] / 2, x.dims()[3] / 2);
        let shortcut = unhalved(&self.shortcut.spread(slope, halves)?)?;
        let through = self.second.spread(&unhalved(slope)?, size(x))?;
        let through = self.norms[1].slope(inner, &through, Then::Relu)?;
        let through = self.first.spread(&through, size(x))?;
        self.norms[0]
            .slope(x, &through, Then::Relu)?
            .plus(&shortcut)
    }
}

fn downs<N>(
    scope: &Scope<'_>,
    config: &Config,
    name: &str,
    norm: impl Fn(&Scope<'_>, usize) -> Result<N>,
) -> Result<Vec<Down<N>>> {
    let blocks = config.down().into_iter().enumerate();
    blocks
        .map(|(index, channels)| {
            let scope = scope.at(format!("{name}{}", index + 1));
            Down::new(&scope, channels, &norm)
        })
        .collect()
}

/// A residual block that doubles the size.
#[derive(Clone, Debug)]
struct Up {
    norms: [BatchNorm; 2],
    first: Conv2d,
    second: Conv2d,
    shortcut: Conv2d,
}

impl Up {
    fn new(
        scope: &Scope<'_>,
        (before, after): (usize, usize),
        convention: Convention,
    ) -> Result<Self> {
        let norm = |name: &str, channels: usize| -> Result<BatchNorm> {
            Ok(BatchNorm::new(&scope.at(name), channels)?.following(convention))
        };
        let (first, second) = (scope.at("conv_1"), scope.at("conv_2").at("conv"));
        let shortcut = scope.at("conv_shortcut").at("conv").at("conv");
        Ok(Self {
            norms: [norm("bn1", before)?, norm("bn2", after)?],
            first: Conv2d::without_bias(&first.at("conv").at("conv"), (before, after), 3, 1)?,
            second: Conv2d::new(&second, (after, after), 3, 1)?,
            shortcut: Conv2d::new(&shortcut, (before, after), 1, 1)?,
        })
    }

    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        // A 1×1 convolution of repeated pixels repeats its results: it is cheaper before.
        let shortcut = self.shortcut.forward(x)?.twice_nearest()?;
        let x = self.norms[0].forward(x, mode, Then::Relu)?;
        let x = self.first.forward(&x.twice_nearest()?)?;
        let x = self.norms[1].forward(&x, mode, Then::Relu)?;
        self.second.forward(&x)?.plus(&shortcut)
    }
}

fn batch_norm(scope: &Scope<'_>, channels: usize) -> Result<BatchNorm> {
    Ok(BatchNorm::new(scope, channels)?.following(Convention::TENSORFLOW))
}

/// Height and width of maps.
fn size(maps: &Tensor) -> (usize, usize) {
    (maps.dims()[2], maps.dims()[3])
}

pub(super) fn flat(x: &Tensor) -> Result<Tensor> {
    let dims = x.dims();
    x.reshape(&[dims[0], dims[1..].iter().product()])
}
