//! Small networks of known weights against tensors kept in `tests/golden`: what they compute, their
//! losses, and how these change with every weight. The tensors were written by this program where its
//! other tests held, those against tensors of the papers' public code among them, and hold it there on
//! machines that do not have these.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::Tensor as Candle;
use serde::{Deserialize, Serialize};
use silhouette::compute::{Builder, Gradients, Mode, Parameters, Tensor};
use silhouette::models::formula::Recipe;
use silhouette::models::trace::Trace;
use silhouette::models::{dgm, fanogan, healthygan, squid};

use crate::reference::samples;

/// What is kept of a tensor: its shape, its sum, its sum of sizes, and samples at even distances.
#[derive(Debug, Deserialize, Serialize)]
struct Digest {
    shape: Vec<usize>,
    sum: f64,
    sizes: f64,
    samples: Vec<f64>,
}

/// Samples kept of a tensor.
const KEPT: usize = 6;
/// By so much of a tensor's mean size its samples, and of the sum of its sizes its sum, may be off.
const SHARE: f64 = 2e-3;
/// A slope is nothing, but for what rounding leaves, where its samples are this share of those of the
/// loss's largest slope: a norm takes away what a bias before it adds.
const NOTHING: f64 = 5e-6;

impl Digest {
    fn of(tensor: &Candle) -> Self {
        let all = samples(tensor);
        let stride = all.len().div_ceil(KEPT).max(1);
        Self {
            shape: tensor.dims().to_vec(),
            sum: rounded(all.iter().sum()),
            sizes: rounded(all.iter().map(|sample| sample.abs()).sum()),
            samples: all.iter().step_by(stride).copied().map(rounded).collect(),
        }
    }

    fn mean_size(&self) -> f64 {
        self.sizes / self.count()
    }

    fn count(&self) -> f64 {
        self.shape.iter().product::<usize>().max(1) as f64
    }

    /// Of a tensor of this shape that is nothing.
    fn nothing(self) -> Self {
        Self {
            sum: 0.0,
            sizes: 0.0,
            samples: Vec::new(),
            ..self
        }
    }

    fn check(&self, name: &str, found: &Self) {
        assert_eq!(found.shape, self.shape, "{name}");
        assert_eq!(found.samples.len(), self.samples.len(), "{name}");
        let close = |found: f64, kept: f64, size: f64| {
            let apart = (found - kept).abs();
            assert!(
                apart <= SHARE * size + 1e-7,
                "{name}: {found} is not {kept}"
            );
        };
        close(found.sum, self.sum, self.sizes);
        close(found.sizes, self.sizes, self.sizes);
        for (found, kept) in found.samples.iter().zip(&self.samples) {
            close(*found, *kept, self.mean_size() + kept.abs());
        }
    }
}

/// Eight digits, which is more than single precision has.
fn rounded(number: f64) -> f64 {
    format!("{number:.7e}").parse().unwrap()
}

/// Tensors by name.
#[derive(Default)]
struct Found(BTreeMap<String, Digest>);

impl Found {
    fn add(&mut self, name: &str, tensor: &Tensor) {
        let digest = Digest::of(tensor.candle().unwrap());
        assert!(digest.sum.is_finite(), "{name}");
        self.0.insert(name.to_owned(), digest);
    }

    /// Adds a loss and its slope along every weight.
    fn add_loss(&mut self, name: &str, loss: &Tensor, networks: &[(&str, &Parameters)]) {
        self.add(name, loss);
        let gradients = loss.backward().unwrap();
        for (network, weights) in networks {
            self.add_slopes(&format!("{name} by {network}"), &gradients, weights);
        }
    }

    fn add_slopes(&mut self, name: &str, gradients: &Gradients, weights: &Parameters) {
        let slopes = weights.trained().filter_map(|(weight, variable)| {
            let slope = Digest::of(gradients.of(variable)?);
            Some((format!("{name}.{weight}"), slope))
        });
        let slopes: Vec<_> = slopes.collect();
        let sizes = slopes.iter().map(|(_, slope)| slope.mean_size());
        let largest = sizes.fold(0.0, f64::max);
        assert!(largest > 0.0, "{name} depends on no weight");
        self.0.extend(slopes.into_iter().map(|(name, slope)| {
            let nothing = slope.mean_size() < NOTHING * largest;
            (name, if nothing { slope.nothing() } else { slope })
        }));
    }

    /// Compares with what is kept, or keeps it where `SILHOUETTE_WRITE_GOLDEN` is set.
    fn check(self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("SILHOUETTE_WRITE_GOLDEN").is_some() {
            let lines = self.0.iter().map(|(name, digest)| {
                let digest = serde_json::to_string(digest).unwrap();
                format!("{}: {digest}", serde_json::to_string(name).unwrap())
            });
            let lines = lines.collect::<Vec<_>>().join(",\n");
            std::fs::write(path, format!("{{\n{lines}\n}}\n")).unwrap();
            return;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let kept: BTreeMap<String, Digest> = serde_json::from_str(&text).unwrap();
        let (names, wanted): (Vec<_>, Vec<_>) = (self.0.keys().collect(), kept.keys().collect());
        assert_eq!(names, wanted);
        for (name, digest) in &kept {
            digest.check(name, &self.0[name]);
        }
    }
}

/// A builder of known weights, other ones for each name.
fn known(prefix: &'static str) -> Builder {
    let recipe = Recipe {
        prefix,
        gains: &[],
        memories: &[("", 0.3)],
    };
    Builder::new(recipe.source())
}

/// Films `(count, channels, side, side)` of waves, in [low, high].
fn films([count, channels, side]: [usize; 3], (low, high): (f32, f32)) -> Tensor {
    let all = (0..count * channels * side * side).map(|place| {
        let (film, row, column) = (place / (side * side), place / side % side, place % side);
        let wave = ((row * (film + 2) + 3 * column) as f32 / 7.0).sin();
        low + (high - low) * (0.5 + 0.4 * wave + 0.1 * ((place * 31 % 17) as f32 / 16.0 - 0.5))
    });
    Tensor::from_samples(all.collect(), &[count, channels, side, side]).unwrap()
}

/// Shares between 0 and 1, one a film.
fn shares(count: usize) -> Tensor {
    let all = (0..count).map(|film| (0.3 + 0.5 * film as f32).fract());
    Tensor::from_samples(all.collect(), &[count, 1, 1, 1]).unwrap()
}

fn off() -> Trace {
    Trace::off()
}

fn check_squid(name: &str, config: &squid::config::Config) {
    use squid::losses::{discriminator_loss, generator_loss};
    use squid::network::{Discriminator, Generator, Norm, Shortcut};
    let (g, d) = (known("golden.G."), known("golden.D."));
    let generator = Generator::new(&g.root(), config, true).unwrap();
    let judge = Discriminator::new(&d.root(), config).unwrap();
    let (g, d) = (g.finish(), d.finish());
    let films = films([2, 1, config.side], (0.0, 1.0));
    let mut found = Found::default();
    let pass = |mode, shortcut: &mut Shortcut| {
        generator
            .forward(&films, mode, shortcut, &mut off())
            .unwrap()
    };
    let in_use = pass(Mode::Use, &mut Shortcut::Closed);
    found.add("in-painted", &in_use.student);
    found.add("copied", in_use.teacher.as_ref().unwrap());
    for (norm, name) in [(Norm::Film, "film"), (Norm::Running, "running")] {
        let logits = judge.forward(&in_use.student, norm).unwrap();
        found.add(&format!("logits by {name}"), &logits);
    }
    // Every third place sees the raw feature.
    let patches = 2 * config.patches * config.patches;
    let masks = [config.levels, config.levels - 1, config.levels - 2].map(|level| {
        let side = (config.side / config.patches) >> level;
        let mask = (0..patches * side * side).map(|place| f32::from(place % 3 != 0));
        Tensor::from_samples(mask.collect(), &[patches, 1, side, side]).unwrap()
    });
    let mut shortcut = Shortcut::Masks(Vec::from(masks).into_iter());
    let pass = pass(Mode::Train, &mut shortcut);
    let logits = judge.forward(&pass.student, Norm::Batch).unwrap();
    let loss = generator_loss(&pass, &films, &logits).unwrap();
    found.add_loss("generator's loss", &loss.total, &[("G", &g)]);
    let real = judge.forward(&films, Norm::Batch).unwrap();
    let drawn = judge.forward(&pass.student.detach(), Norm::Batch).unwrap();
    let loss = discriminator_loss(&real, &drawn).unwrap();
    found.add_loss("discriminator's loss", &loss, &[("D", &d)]);
    found.check(name);
}

#[test]
fn squid_is_as_it_was() {
    check_squid("squid", &squid::config::Config::TINY);
}

#[test]
fn simsid_is_as_it_was() {
    let config = squid::config::Config {
        kind: squid::config::Kind::SimSid,
        ..squid::config::Config::TINY
    };
    check_squid("simsid", &config);
}

#[test]
fn fanogan_is_as_it_was() {
    use fanogan::losses;
    use fanogan::network::{Critic, Encoder, Generator};
    let config = fanogan::config::Config {
        side: 16,
        width: 4,
        channels: 1,
        latent: 8,
    };
    let [g, d, e] = ["golden.G.", "golden.D.", "golden.E."].map(known);
    let generator = Generator::new(&g.root(), &config).unwrap();
    let critic = Critic::new(&d.root(), &config).unwrap();
    let encoder = Encoder::new(&e.root(), &config).unwrap();
    let [g, d, e] = [g, d, e].map(Builder::finish);
    let films = films([2, 1, 16], (-1.0, 1.0));
    let mut found = Found::default();
    let latent = encoder.forward(&films, Mode::Use, &mut off()).unwrap();
    let drawn = generator.forward(&latent, Mode::Use, &mut off()).unwrap();
    let features = critic.features(&films, &mut off()).unwrap();
    found.add("latent", &latent);
    found.add("counterpart", &drawn);
    found.add("features", &features);
    found.add("judgement", &critic.judge(&features).unwrap());
    // The encoder learns through generator and critic.
    let latent = encoder.forward(&films, Mode::Train, &mut off()).unwrap();
    let drawn = generator.forward(&latent, Mode::Use, &mut off()).unwrap();
    let of_drawn = critic.features(&drawn, &mut off()).unwrap();
    let loss = films.mean_squared_error(&drawn).unwrap();
    let loss = loss.plus(&features.mean_squared_error(&of_drawn).unwrap());
    found.add_loss("encoder's loss", &loss.unwrap(), &[("E", &e)]);
    let judged = |films: &Tensor| {
        let features = critic.features(films, &mut off()).unwrap();
        critic.judge(&features).unwrap()
    };
    let drawn = drawn.detach();
    let between = losses::between(&films, &drawn, &shares(2)).unwrap();
    let penalty = losses::penalty(&critic, &between).unwrap();
    found.add("steepness", &losses::steepness(&critic, &between).unwrap());
    found.add_loss("penalty", &penalty, &[("D", &d)]);
    let loss = losses::critic_loss(&judged(&films), &judged(&drawn), &penalty).unwrap();
    found.add_loss("critic's loss", &loss, &[("D", &d)]);
    let latent = Tensor::from_samples((0..16).map(|i| (i as f32 / 5.0).sin()).collect(), &[2, 8]);
    let drawn = generator
        .forward(&latent.unwrap(), Mode::Train, &mut off())
        .unwrap();
    let loss = losses::generator_loss(&judged(&drawn)).unwrap();
    found.add_loss("generator's loss", &loss, &[("G", &g)]);
    found.check("fanogan");
}

#[test]
fn healthygan_is_as_it_was() {
    use healthygan::losses::{critic_loss, generator_loss};
    use healthygan::network::{Critic, Generator};
    let config = healthygan::config::Config {
        width: 4,
        blocks: 1,
        ..healthygan::config::Config::TINY
    };
    let [g, d] = ["golden.G.", "golden.D."].map(known);
    let generator = Generator::new(&g.root(), &config).unwrap();
    let critic = Critic::new(&d.root(), &config).unwrap();
    let [g, d] = [g, d].map(Builder::finish);
    let all = films([4, 3, 32], (-1.0, 1.0));
    let (mixture, normal) = (all.narrow(0, 0, 2).unwrap(), all.narrow(0, 2, 2).unwrap());
    let mut found = Found::default();
    let of_mixture = generator.forward(&mixture, &mut off()).unwrap();
    let of_normal = generator.forward(&normal, &mut off()).unwrap();
    let healed = of_mixture.healthy(&mixture).unwrap();
    found.add("mask", &of_mixture.mask);
    found.add("translated", &of_mixture.fake);
    found.add("counterpart", &healed);
    found.add("slopes", &critic.slopes(&healed.detach()).unwrap());
    let loss = critic_loss(&critic, &normal, &healed, &shares(2)).unwrap();
    found.add_loss("critic's loss", &loss.total, &[("D", &d)]);
    let drawn = [(&mixture, &of_mixture), (&normal, &of_normal)];
    let loss = generator_loss(&critic, drawn, 1.0).unwrap();
    found.add_loss("generator's loss", &loss.total, &[("G", &g)]);
    found.check("healthygan");
}

#[test]
fn dgm_is_as_it_was() {
    use dgm::generator::Generator;
    use dgm::losses::{Judged, Pass, Weights, critic_loss, generator_loss};
    use dgm::network::Critic;
    let config = dgm::config::Config {
        width: 4,
        hidden: 8,
    };
    let [g, d] = ["golden.", "golden.D."].map(known);
    let generator = Generator::new(&config, |name| g.root().at(name)).unwrap();
    let critic = Critic::new(&d.root(), &config).unwrap();
    let [g, d] = [g, d].map(Builder::finish);
    let films = films([2, 1, 64], (-1.0, 1.0));
    let mut found = Found::default();
    let parts = generator.decompose(&films).unwrap();
    found.add("normal film", &parts.normal);
    found.add("residue", &parts.residue);
    let again = generator.again(&parts, &mut off()).unwrap();
    found.add("again", &again);
    let weights = Weights {
        adversarial: 10.0,
        reconstruction: 10.0,
        residue: 10.0,
        variation: 1.0,
    };
    let judged = critic.forward(&parts.normal).unwrap();
    let drawn = parts.normal.detach();
    let pass = Pass {
        films: films.clone(),
        normals: 1..2,
        parts,
        again,
    };
    let loss = generator_loss(&pass, Some(&judged), &weights).unwrap();
    found.add_loss("generator's loss", &loss.total, &[("G", &g)]);
    let judged = Judged {
        normal: critic.forward(&films.narrow(0, 1, 1).unwrap()).unwrap(),
        drawn: critic.forward(&drawn).unwrap(),
        abnormal: None,
    };
    let loss = critic_loss(&judged).unwrap();
    found.add_loss("critic's loss", &loss, &[("D", &d)]);
    found.check("dgm");
}

#[test]
fn a_wrong_tensor_is_noticed() {
    let tensor = |off: f32| {
        let samples =
            (0..50).map(|place| (place as f32).sin() + if place == 49 { off } else { 0.0 });
        Candle::from_vec(samples.collect::<Vec<_>>(), 50, &candle_core::Device::Cpu).unwrap()
    };
    let kept = Digest::of(&tensor(0.0));
    kept.check("the same", &Digest::of(&tensor(0.01)));
    let noticed = std::panic::catch_unwind(|| kept.check("another", &Digest::of(&tensor(0.1))));
    assert!(noticed.is_err());
}
