//! The two PyTorch ports of f-AnoGAN, whose authors left no weights: state dicts of noise under their
//! names, held against what their layers compute one by one.

use candle_core::Tensor;
use silhouette::models::import::{Checkpoint, Fate, import};
use silhouette::models::network;

use crate::checkpoints::archive;
use crate::layers::{Layers, State, add_layer, add_norm, doubled, flat, leaky, noise};
use crate::public::{outputs, part, weights, worst_difference};

/// Imports the three parts and compares what they compute with what is expected: the latent vectors, the
/// counterparts, the critic's features of the films and its judgement.
fn check(state: &State, films: &Tensor, expected: &[Tensor; 4]) {
    let files = ["E.", "G.", "D."]
        .map(|prefix| Checkpoint::parse(archive(&part(state, prefix, "module."))).unwrap());
    let imported = import(network("fanogan").unwrap(), &files, None).unwrap();
    let mapped = |line: &&silhouette::models::import::Line| matches!(line.fate, Fate::Mapped(_));
    assert_eq!(imported.lines.iter().filter(mapped).count(), state.len());
    let outputs = outputs("fanogan", &weights("fanogan", &files), films.clone());
    let names = ["out.z", "out.recon", "out.feat_x", "out.D_of_x"];
    for (name, expected) in names.into_iter().zip(expected) {
        let difference = worst_difference(&outputs[name], expected);
        assert!(difference <= 2e-5, "{name} differs by {difference}");
    }
}

#[test]
fn the_residual_port_computes_what_its_layers_do() {
    let (width, latent, side) = (2, 3, 16);
    let mut state = State::new();
    let down = [(2, 4), (4, 8)];
    for (part, name, enter) in [("D", "rb", "conv1.conv"), ("E", "res", "conv_in")] {
        add_layer(
            &mut state,
            &format!("{part}.{enter}"),
            &[width, 1, 3, 3],
            true,
        );
        for (index, (before, after)) in down.into_iter().enumerate() {
            let (block, side) = (format!("{part}.{name}{}", index + 1), side >> index);
            add_norm(
                &mut state,
                &format!("{block}.bn1"),
                &[before, side, side],
                false,
            );
            add_norm(
                &mut state,
                &format!("{block}.bn2"),
                &[before, side, side],
                false,
            );
            let first = format!("{block}.conv_1.conv");
            add_layer(&mut state, &first, &[before, before, 3, 3], false);
            let second = format!("{block}.conv_2.conv.conv");
            add_layer(&mut state, &second, &[after, before, 3, 3], true);
            let shortcut = format!("{block}.conv_shortcut.conv.conv");
            add_layer(&mut state, &shortcut, &[after, before, 1, 1], true);
        }
    }
    add_layer(&mut state, "D.ln1", &[1, 128], true);
    add_layer(&mut state, "E.fc", &[latent, 128], true);
    add_layer(&mut state, "G.ln1", &[128, latent], true);
    for (index, (after, before)) in down.into_iter().rev().enumerate() {
        let block = format!("G.rb{}", index + 1);
        add_norm(&mut state, &format!("{block}.bn1"), &[before], true);
        add_norm(&mut state, &format!("{block}.bn2"), &[after], true);
        let first = format!("{block}.conv_1.conv.conv");
        add_layer(&mut state, &first, &[after, before, 3, 3], false);
        let second = format!("{block}.conv_2.conv");
        add_layer(&mut state, &second, &[after, after, 3, 3], true);
        let shortcut = format!("{block}.conv_shortcut.conv.conv");
        add_layer(&mut state, &shortcut, &[after, before, 1, 1], true);
    }
    add_norm(&mut state, "G.bn", &[width], true);
    add_layer(&mut state, "G.conv1.conv", &[1, width, 3, 3], true);

    let trunk = |prefix: &str, name: &str, enter: &str, films: &Tensor| {
        let layers = Layers {
            state: &state,
            prefix,
        };
        let mut x = layers.convolve(films, enter, (1, 1));
        for block in [format!("{name}1"), format!("{name}2")] {
            let half = |x: &Tensor| x.avg_pool2d(2).unwrap();
            let inner = layers
                .layer_norm(&x, &format!("{block}.bn1"))
                .relu()
                .unwrap();
            let inner = layers.convolve(&inner, &format!("{block}.conv_1.conv"), (1, 1));
            let inner = layers
                .layer_norm(&inner, &format!("{block}.bn2"))
                .relu()
                .unwrap();
            let inner = layers.convolve(&inner, &format!("{block}.conv_2.conv.conv"), (1, 1));
            let shortcut = format!("{block}.conv_shortcut.conv.conv");
            let shortcut = layers.convolve(&half(&x), &shortcut, (0, 1));
            x = (half(&inner) + shortcut).unwrap();
        }
        flat(&x)
    };
    let films = noise(&[2, 1, side, side], 5, 0.1);
    let encoder = Layers {
        state: &state,
        prefix: "E.",
    };
    let latent = encoder.linear(&trunk("E.", "res", "conv_in", &films), "fc");
    let latent = latent.tanh().unwrap();
    let generator = Layers {
        state: &state,
        prefix: "G.",
    };
    let mut x = generator
        .linear(&latent, "ln1")
        .reshape((2, 8, 4, 4))
        .unwrap();
    for block in ["rb1", "rb2"] {
        let norm = |x: &Tensor, name: &str| {
            let name = format!("{block}.{name}");
            generator.batch_norm(x, &name, 1e-5).relu().unwrap()
        };
        let inner = doubled(&norm(&x, "bn1"));
        let inner = generator.convolve(&inner, &format!("{block}.conv_1.conv.conv"), (1, 1));
        let inner = norm(&inner, "bn2");
        let inner = generator.convolve(&inner, &format!("{block}.conv_2.conv"), (1, 1));
        let shortcut = format!("{block}.conv_shortcut.conv.conv");
        let shortcut = generator.convolve(&doubled(&x), &shortcut, (0, 1));
        x = (inner + shortcut).unwrap();
    }
    let x = generator.batch_norm(&x, "bn", 1e-5).relu().unwrap();
    let drawn = generator.convolve(&x, "conv1.conv", (1, 1)).tanh().unwrap();
    let features = trunk("D.", "rb", "conv1.conv", &films);
    let critic = Layers {
        state: &state,
        prefix: "D.",
    };
    let judged = critic.linear(&features, "ln1").flatten_all().unwrap();
    check(&state, &films, &[latent, drawn, features, judged]);
}

#[test]
fn the_dcgan_like_port_computes_what_its_layers_do() {
    let (latent, side) = (3, 16);
    let mut state = State::new();
    add_layer(&mut state, "G.l1.0", &[128 * 16, latent], true);
    for (place, channels) in [(0, 128), (3, 128), (7, 64)] {
        add_norm(
            &mut state,
            &format!("G.conv_blocks.{place}"),
            &[channels],
            true,
        );
    }
    for (place, dims) in [
        (2, [128, 128, 3, 3]),
        (6, [64, 128, 3, 3]),
        (9, [1, 64, 3, 3]),
    ] {
        add_layer(&mut state, &format!("G.conv_blocks.{place}"), &dims, true);
    }
    for (part, outputs) in [("D", 1), ("E", latent)] {
        for (place, (before, after)) in
            [(0, (1, 16)), (3, (16, 32)), (7, (32, 64)), (11, (64, 128))]
        {
            add_layer(
                &mut state,
                &format!("{part}.model.{place}"),
                &[after, before, 3, 3],
                true,
            );
        }
        for (place, channels) in [(6, 32), (10, 64), (14, 128)] {
            add_norm(
                &mut state,
                &format!("{part}.model.{place}"),
                &[channels],
                true,
            );
        }
        add_layer(
            &mut state,
            &format!("{part}.adv_layer.0"),
            &[outputs, 128],
            true,
        );
    }

    let trunk = |layers: &Layers<'_>, films: &Tensor| {
        let mut x = leaky(&layers.convolve(films, "model.0", (1, 2)));
        for (convolution, norm) in [(3, 6), (7, 10), (11, 14)] {
            let maps = layers.convolve(&x, &format!("model.{convolution}"), (1, 2));
            x = layers.batch_norm(&leaky(&maps), &format!("model.{norm}"), 0.8);
        }
        flat(&x)
    };
    let films = noise(&[2, 1, side, side], 5, 0.1);
    let [encoder, generator, critic] = ["E.", "G.", "D."].map(|prefix| Layers {
        state: &state,
        prefix,
    });
    let latent = encoder
        .linear(&trunk(&encoder, &films), "adv_layer.0")
        .tanh()
        .unwrap();
    let x = generator
        .linear(&latent, "l1.0")
        .reshape((2, 128, 4, 4))
        .unwrap();
    let mut x = generator.batch_norm(&x, "conv_blocks.0", 1e-5);
    for (convolution, norm) in [(2, 3), (6, 7)] {
        let maps = generator.convolve(&doubled(&x), &format!("conv_blocks.{convolution}"), (1, 1));
        x = leaky(&generator.batch_norm(&maps, &format!("conv_blocks.{norm}"), 0.8));
    }
    let drawn = generator
        .convolve(&x, "conv_blocks.9", (1, 1))
        .tanh()
        .unwrap();
    let features = trunk(&critic, &films);
    let judged = critic
        .linear(&features, "adv_layer.0")
        .flatten_all()
        .unwrap();
    check(&state, &films, &[latent, drawn, features, judged]);
}
