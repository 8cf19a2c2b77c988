//! Networks computed layer by layer with weights of noise, to hold imported ones against where their
//! authors left no weights.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

pub(crate) type State = HashMap<String, Tensor>;

/// Noise of a shape around a mean: of less reach in kernels, the more samples they sum.
pub(crate) fn noise(dims: &[usize], seed: usize, mean: f32) -> Tensor {
    let count = dims.iter().product::<usize>();
    let summed = dims[1..].iter().product::<usize>() as f32;
    let reach = 1.5 / summed.max(25.0).sqrt();
    let samples = (0..count).map(|place| {
        let turned = (place * 7919 + seed * 104_729) % 2003;
        mean + reach * (turned as f32 / 1001.0 - 1.0)
    });
    Tensor::from_vec(samples.collect::<Vec<_>>(), dims, &Device::Cpu).unwrap()
}

pub(crate) fn add(state: &mut State, name: &str, dims: &[usize], mean: f32) {
    let tensor = noise(dims, state.len() + 1, mean);
    state.insert(name.to_owned(), tensor);
}

pub(crate) fn add_layer(state: &mut State, name: &str, dims: &[usize], bias: bool) {
    add(state, &format!("{name}.weight"), dims, 0.0);
    if bias {
        add(state, &format!("{name}.bias"), &dims[..1], 0.0);
    }
}

pub(crate) fn add_norm(state: &mut State, name: &str, dims: &[usize], running: bool) {
    add(state, &format!("{name}.weight"), dims, 1.0);
    add(state, &format!("{name}.bias"), dims, 0.0);
    if running {
        add(state, &format!("{name}.running_mean"), dims, 0.0);
        add(state, &format!("{name}.running_var"), dims, 1.0);
    }
}

/// One of the networks, computed layer by layer.
pub(crate) struct Layers<'a> {
    pub(crate) state: &'a State,
    pub(crate) prefix: &'a str,
}

impl Layers<'_> {
    pub(crate) fn get(&self, name: &str) -> Tensor {
        self.state[&format!("{}{name}", self.prefix)].clone()
    }

    pub(crate) fn convolve(
        &self,
        x: &Tensor,
        name: &str,
        (padding, stride): (usize, usize),
    ) -> Tensor {
        let kernels = self.get(&format!("{name}.weight"));
        let maps = x.conv2d(&kernels, padding, stride, 1, 1).unwrap();
        match self.state.get(&format!("{}{name}.bias", self.prefix)) {
            Some(bias) => maps
                .broadcast_add(&bias.reshape((1, (), 1, 1)).unwrap())
                .unwrap(),
            None => maps,
        }
    }

    pub(crate) fn linear(&self, x: &Tensor, name: &str) -> Tensor {
        let weight = self.get(&format!("{name}.weight")).t().unwrap();
        let bias = self.get(&format!("{name}.bias"));
        x.matmul(&weight).unwrap().broadcast_add(&bias).unwrap()
    }

    pub(crate) fn batch_norm(&self, x: &Tensor, name: &str, epsilon: f64) -> Tensor {
        let of = |what: &str| {
            let numbers = self.get(&format!("{name}.{what}"));
            numbers.reshape((1, (), 1, 1)).unwrap()
        };
        let deviation = of("running_var")
            .affine(1.0, epsilon)
            .unwrap()
            .sqrt()
            .unwrap();
        let normal = x.broadcast_sub(&of("running_mean")).unwrap();
        let normal = normal.broadcast_div(&deviation).unwrap();
        let scaled = normal.broadcast_mul(&of("weight")).unwrap();
        scaled.broadcast_add(&of("bias")).unwrap()
    }

    /// `LayerNorm([C, H, W])`.
    pub(crate) fn layer_norm(&self, x: &Tensor, name: &str) -> Tensor {
        let dims = (1, 2, 3);
        let centred = x.broadcast_sub(&x.mean_keepdim(dims).unwrap()).unwrap();
        let variance = centred.sqr().unwrap().mean_keepdim(dims).unwrap();
        let deviation = variance.affine(1.0, 1e-5).unwrap().sqrt().unwrap();
        let normal = centred.broadcast_div(&deviation).unwrap();
        let scaled = normal.broadcast_mul(&self.get(&format!("{name}.weight")));
        scaled
            .unwrap()
            .broadcast_add(&self.get(&format!("{name}.bias")))
            .unwrap()
    }
}

pub(crate) fn doubled(x: &Tensor) -> Tensor {
    let (_, _, height, width) = x.dims4().unwrap();
    x.upsample_nearest2d(2 * height, 2 * width).unwrap()
}

pub(crate) fn leaky(x: &Tensor) -> Tensor {
    let below = x.minimum(0.0).unwrap().affine(0.2, 0.0).unwrap();
    (x.relu().unwrap() + below).unwrap()
}

pub(crate) fn flat(x: &Tensor) -> Tensor {
    x.flatten_from(1).unwrap()
}
