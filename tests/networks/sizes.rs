//! The networks have as many trained weights as the public code's, or the paper's, have.

use silhouette::compute::{Builder, Scope, Source};
use silhouette::error::Result;
use silhouette::models::{dgm, fanogan, healthygan};

/// Counts the trained weights that a network asks for.
fn weights<N>(build: impl FnOnce(&Scope<'_>) -> Result<N>) -> usize {
    let nothing = |_: &str, shape: &[usize]| vec![0.0; shape.iter().product()];
    let builder = Builder::new(Source::Formula(Box::new(nothing)));
    build(&builder.root()).unwrap();
    builder.finish().trained_samples()
}

#[test]
fn fanogan_is_as_large_as_the_official_code() {
    use fanogan::config::Config;
    use fanogan::network::{Critic, Encoder, Generator};
    let small = Config::PAPER;
    assert_eq!(weights(|scope| Generator::new(scope, &small)), 8_539_329);
    assert_eq!(weights(|scope| Critic::new(scope, &small)), 7_490_689);
    assert_eq!(weights(|scope| Encoder::new(scope, &small)), 8_531_200);
    // Twice the side takes one more block of 512 channels in each.
    let more = weights(|scope| Critic::new(scope, &Config::LARGE)) - 7_490_689;
    assert_eq!(more, 2 * 9 * 512 * 512 + 512 * 512 + 6 * 512);
}

#[test]
fn healthygan_is_as_large_as_the_public_code() {
    use healthygan::network::{Critic, Generator};
    let config = healthygan::config::Config::PAPER;
    assert_eq!(weights(|scope| Generator::new(scope, &config)), 8_417_984);
    assert_eq!(weights(|scope| Critic::new(scope, &config)), 44_721_088);
}

#[test]
fn dgm_is_as_large_as_its_reference() {
    use dgm::network::{Critic, Decoder, Encoder, JointDecoder};
    let config = dgm::config::Config::LARGE;
    let sizes = [
        weights(|scope| Encoder::normalising(scope, &config)),
        weights(|scope| Decoder::plain(scope, &config)),
        weights(|scope| JointDecoder::new(scope, &config)),
        weights(|scope| Critic::new(scope, &config)),
    ];
    // Known in thousands.
    assert_eq!(
        sizes.map(|size| (size + 500) / 1000),
        [5380, 5748, 7064, 8265]
    );
}
