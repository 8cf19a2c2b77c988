//! SimSID, whose authors left no weights: state dicts of noise under its names, held against what its
//! layers compute one by one, with and without attention to neighbouring patches.

use candle_core::{D, Device, Tensor};
use silhouette::models::import::{Checkpoint, Fate, Import, import};
use silhouette::models::network;

use crate::checkpoints::archive;
use crate::layers::{Layers, State, add, add_layer, add_norm, flat, leaky, noise};
use crate::public::{outputs, part, worst_difference};

const SIDE: usize = 32;
const ROOT: usize = 8;
/// Patches a film: two rows of two.
const CELLS: usize = 4;
/// Slots of the in-painting's memories, and of the decoder's.
const SLOTS: (usize, usize) = (9, 7);
/// Channels of the in-painting's bottleneck; at this size a patch's map there is one pixel.
const WIDTH: usize = ROOT << 2;
const HEADS: usize = 8;

fn add_block(state: &mut State, name: &str, (before, after): (usize, usize)) {
    for (layer, channels) in [("conv1.0", before), ("conv2.0", after), ("conv2.3", after)] {
        add_layer(
            state,
            &format!("{name}.{layer}"),
            &[after, channels, 3, 3],
            true,
        );
    }
    for norm in ["conv1.1", "conv2.1", "conv2.4"] {
        add_norm(state, &format!("{name}.{norm}"), &[after], true);
    }
}

/// Memories' slots are of the size of features, so that products tell them apart.
fn add_memory(state: &mut State, name: &str, (slots, width): (usize, usize)) {
    let seed = state.len() + 1;
    let spread = noise(&[slots, width], seed, 0.0).affine(3.0, 0.2).unwrap();
    state.insert(format!("{name}.memMatrix"), spread);
}

fn add_decoder(state: &mut State, ups: &str, out: &str) {
    for (index, before) in [(0, 24 * ROOT), (1, 12 * ROOT), (2, 4 * ROOT), (3, 2 * ROOT)] {
        let after = (8 * ROOT) >> index;
        add_block(state, &format!("G.{ups}.{index}.conv"), (before, after));
    }
    add_layer(state, &format!("G.{out}.conv"), &[1, ROOT, 1, 1], true);
}

/// The public code's two state dicts, under `G.` and `D.`.
fn simsid(attends: bool) -> State {
    let mut state = State::new();
    add_block(&mut state, "G.in_conv.conv", (1, ROOT));
    for level in 0..4 {
        let channels = (ROOT << level, ROOT << (level + 1));
        add_block(
            &mut state,
            &format!("G.down_blocks.{level}.mpconv"),
            channels,
        );
    }
    let (deepest, block) = (16 * ROOT, "G.inpaint_block");
    add_layer(
        &mut state,
        &format!("{block}.bottleneck_conv1.0"),
        &[WIDTH, deepest, 1, 1],
        false,
    );
    add_norm(
        &mut state,
        &format!("{block}.bottleneck_conv1.1"),
        &[WIDTH],
        true,
    );
    add_layer(
        &mut state,
        &format!("{block}.bottleneck_conv2.0"),
        &[deepest, WIDTH + 3, 1, 1],
        true,
    );
    add_norm(
        &mut state,
        &format!("{block}.bottleneck_conv2.1"),
        &[deepest],
        true,
    );
    for patch in 0..CELLS {
        add_memory(
            &mut state,
            &format!("{block}.memory.{patch}"),
            (SLOTS.0, WIDTH),
        );
    }
    add(
        &mut state,
        &format!("{block}.attention.in_proj_weight"),
        &[3 * WIDTH, WIDTH],
        0.0,
    );
    add(
        &mut state,
        &format!("{block}.attention.in_proj_bias"),
        &[3 * WIDTH],
        0.0,
    );
    add_layer(
        &mut state,
        &format!("{block}.attention.out_proj"),
        &[WIDTH, WIDTH],
        true,
    );
    add_layer(
        &mut state,
        &format!("{block}.ff.0"),
        &[WIDTH / 4, WIDTH],
        true,
    );
    add_layer(
        &mut state,
        &format!("{block}.ff.3"),
        &[WIDTH, WIDTH / 4],
        true,
    );
    for norm in ["attn_norm1", "attn_norm2"] {
        add_norm(&mut state, &format!("{block}.{norm}"), &[WIDTH], false);
    }
    if !attends {
        // What no pass went through is as PyTorch made it.
        for (name, dims, number) in [
            ("attention.in_proj_bias", 3 * WIDTH, 0.0),
            ("attn_norm1.weight", WIDTH, 1.0),
            ("attn_norm1.bias", WIDTH, 0.0),
        ] {
            let tensor = Tensor::full(number as f32, dims, &Device::Cpu).unwrap();
            state.insert(format!("{block}.{name}"), tensor);
        }
    }
    add_layer(
        &mut state,
        &format!("{block}.conv"),
        &[WIDTH, WIDTH, 3, 3],
        true,
    );
    // From the deepest: maps of 2² and of 4² pixels a patch, each cut into four windows.
    for (place, width) in [(0, 8 * ROOT), (1, 4 * ROOT * 4)] {
        for window in 0..4 {
            let name = format!("G.memory_blocks.{place}.memory.{window}");
            add_memory(&mut state, &name, (SLOTS.1, width));
        }
    }
    add_decoder(&mut state, "up_blocks", "out_conv");
    add_decoder(&mut state, "teacher_ups", "teacher_out");
    let judge = [
        (0, (1, 16)),
        (2, (16, 32)),
        (5, (32, 64)),
        (8, (64, 128)),
        (11, (128, 256)),
    ];
    for (place, (before, after)) in judge {
        add_layer(
            &mut state,
            &format!("D.conv_model.{place}"),
            &[after, before, 5, 5],
            true,
        );
        if place > 0 {
            add_norm(
                &mut state,
                &format!("D.conv_model.{}", place + 1),
                &[after],
                true,
            );
        }
    }
    add_layer(&mut state, "D.regressor", &[1, 256], true);
    state
}

fn block(layers: &Layers<'_>, x: &Tensor, name: &str, stride: usize) -> Tensor {
    let normed = |x: &Tensor, layer: &str, norm: &str, stride: usize| {
        let maps = layers.convolve(x, &format!("{name}.{layer}"), (1, stride));
        layers.batch_norm(&maps, &format!("{name}.{norm}"), 1e-5)
    };
    let shortcut = normed(x, "conv1.0", "conv1.1", stride).relu().unwrap();
    let x = normed(&shortcut, "conv2.0", "conv2.1", 1).relu().unwrap();
    (normed(&x, "conv2.3", "conv2.4", 1) + shortcut)
        .unwrap()
        .relu()
        .unwrap()
}

/// Square windows of `side` pixels, row by row, those of a picture together.
fn windows(x: &Tensor, side: usize) -> Tensor {
    let (_, _, height, width) = x.dims4().unwrap();
    let mut cut = Vec::new();
    for picture in x.chunk(x.dims()[0], 0).unwrap() {
        for (top, left) in (0..height / side).flat_map(|y| (0..width / side).map(move |x| (y, x))) {
            let rows = picture.narrow(2, top * side, side).unwrap();
            cut.push(rows.narrow(3, left * side, side).unwrap());
        }
    }
    Tensor::cat(&cut, 0).unwrap()
}

/// Four windows of a picture put together again, for each picture.
fn together(x: &Tensor) -> Tensor {
    let pictures = x.chunk(x.dims()[0] / 4, 0).unwrap();
    let pictures = pictures.iter().map(|windows| {
        let window = windows.chunk(4, 0).unwrap();
        let rows = [0, 2].map(|first| Tensor::cat(&window[first..first + 2], 3).unwrap());
        Tensor::cat(&rows, 2).unwrap()
    });
    Tensor::cat(&pictures.collect::<Vec<_>>(), 0).unwrap()
}

/// What a memory answers to a feature: its slots mixed by the softmax of their products, of which those
/// above the fifth largest are kept and scaled to sum 1.
fn remembered(memory: &Tensor, feature: &[f32]) -> Vec<f32> {
    let slots: Vec<Vec<f32>> = memory.to_vec2().unwrap();
    let product = |slot: &Vec<f32>| slot.iter().zip(feature).map(|(a, b)| a * b).sum::<f32>();
    let grown: Vec<f32> = slots.iter().map(|slot| product(slot).exp()).collect();
    let mut sorted = grown.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let kept = grown
        .iter()
        .map(|&grown| if grown > sorted[4] { grown } else { 0.0 });
    let kept: Vec<f32> = kept.collect();
    let sum: f32 = kept.iter().sum();
    let mix = |place: usize| {
        slots
            .iter()
            .zip(&kept)
            .map(|(slot, share)| slot[place] * share / sum)
            .sum()
    };
    (0..feature.len()).map(mix).collect()
}

/// Each of four windows or patches replaced by what its own memory answers.
fn from_memories(layers: &Layers<'_>, x: &Tensor, name: &str) -> Tensor {
    let features: Vec<Vec<f32>> = flat(x).to_vec2().unwrap();
    let answers = features.iter().enumerate().flat_map(|(place, feature)| {
        let memory = layers.get(&format!("{name}.{}.memMatrix", place % CELLS));
        remembered(&memory, feature)
    });
    Tensor::from_vec(answers.collect::<Vec<f32>>(), x.dims(), &Device::Cpu).unwrap()
}

fn normalised(layers: &Layers<'_>, x: &Tensor, name: &str) -> Tensor {
    let centred = x
        .broadcast_sub(&x.mean_keepdim(D::Minus1).unwrap())
        .unwrap();
    let variance = centred.sqr().unwrap().mean_keepdim(D::Minus1).unwrap();
    let deviation = variance.affine(1.0, 1e-5).unwrap().sqrt().unwrap();
    let normal = centred.broadcast_div(&deviation).unwrap();
    let scaled = normal
        .broadcast_mul(&layers.get(&format!("{name}.weight")))
        .unwrap();
    scaled
        .broadcast_add(&layers.get(&format!("{name}.bias")))
        .unwrap()
}

/// `nn.MultiheadAttention` from each patch to the eight places around it, those outside zero.
fn attended(layers: &Layers<'_>, queries: &Tensor, memories: &Tensor) -> Tensor {
    let name = "inpaint_block.attention";
    let project = |x: &Tensor, part: usize| {
        let of = |what: &str| {
            let all = layers.get(&format!("{name}.in_proj_{what}"));
            all.narrow(0, part * WIDTH, WIDTH).unwrap()
        };
        let x = x.matmul(&of("weight").t().unwrap()).unwrap();
        x.broadcast_add(&of("bias")).unwrap()
    };
    let head = WIDTH / HEADS;
    let mut all = Vec::new();
    for patch in 0..queries.dims()[0] {
        let (film, row, column) = (patch / CELLS * CELLS, patch % CELLS / 2, patch % 2);
        let mut around = Vec::new();
        for (down, right) in (0..3).flat_map(|y| (0..3).map(move |x| (y, x))) {
            if (down, right) == (1, 1) {
                continue;
            }
            // One row and one column of nothing before the grid.
            let inside = (1..3).contains(&(row + down)) && (1..3).contains(&(column + right));
            around.push(match inside {
                true => memories
                    .get(film + 2 * (row + down - 1) + column + right - 1)
                    .unwrap(),
                false => Tensor::zeros(WIDTH, candle_core::DType::F32, &Device::Cpu).unwrap(),
            });
        }
        let around = Tensor::stack(&around, 0).unwrap();
        let query = project(&queries.narrow(0, patch, 1).unwrap(), 0);
        let (keys, values) = (project(&around, 1), project(&around, 2));
        let heads = (0..HEADS).map(|index| {
            let part = |x: &Tensor| {
                x.narrow(1, index * head, head)
                    .unwrap()
                    .contiguous()
                    .unwrap()
            };
            let logits = part(&query).matmul(&part(&keys).t().unwrap()).unwrap();
            let logits = logits.affine(1.0 / (head as f64).sqrt(), 0.0).unwrap();
            let grown = logits.exp().unwrap();
            let shares = grown.broadcast_div(&grown.sum_keepdim(1).unwrap()).unwrap();
            shares.matmul(&part(&values)).unwrap()
        });
        all.push(Tensor::cat(&heads.collect::<Vec<_>>(), 1).unwrap());
    }
    layers.linear(&Tensor::cat(&all, 0).unwrap(), &format!("{name}.out_proj"))
}

fn inpainted(layers: &Layers<'_>, x: &Tensor, attends: bool) -> Tensor {
    let squeezed = layers.convolve(x, "inpaint_block.bottleneck_conv1.0", (0, 1));
    let squeezed = layers
        .batch_norm(&squeezed, "inpaint_block.bottleneck_conv1.1", 1e-5)
        .relu()
        .unwrap();
    let queries = flat(&squeezed);
    let mut z = from_memories(layers, &queries, "inpaint_block.memory");
    if attends {
        let found = attended(layers, &queries, &z);
        z = (normalised(layers, &found, "inpaint_block.attn_norm1") + z)
            .unwrap()
            .relu()
            .unwrap();
        let wide = layers.linear(&z, "inpaint_block.ff.0").relu().unwrap();
        let wide = layers.linear(&wide, "inpaint_block.ff.3");
        z = (normalised(layers, &wide, "inpaint_block.attn_norm2") + z)
            .unwrap()
            .relu()
            .unwrap();
    }
    let places = (0..x.dims()[0])
        .flat_map(|patch| [2, 1, 0].map(|bit| (((patch % CELLS) >> bit) & 1) as f32));
    let places =
        Tensor::from_vec(places.collect::<Vec<_>>(), (x.dims()[0], 3), &Device::Cpu).unwrap();
    let told = Tensor::cat(&[z, places], 1).unwrap();
    let told = told.unsqueeze(2).unwrap().unsqueeze(3).unwrap();
    let maps = layers.convolve(&told, "inpaint_block.bottleneck_conv2.0", (0, 1));
    layers
        .batch_norm(&maps, "inpaint_block.bottleneck_conv2.1", 1e-5)
        .relu()
        .unwrap()
}

fn twice(x: &Tensor) -> Tensor {
    let (_, _, height, width) = x.dims4().unwrap();
    x.upsample_bilinear2d(2 * height, 2 * width, false).unwrap()
}

fn drawn(
    layers: &Layers<'_>,
    features: &Tensor,
    skips: &[Tensor],
    (ups, out): (&str, &str),
) -> Tensor {
    let mut x = features.clone();
    for index in 0..4 {
        x = twice(&x);
        if index < 2 {
            x = Tensor::cat(&[&skips[3 - index], &x], 1).unwrap();
        }
        x = block(layers, &x, &format!("{ups}.{index}.conv"), 1);
        if index < 2 && ups == "up_blocks" {
            let side = x.dims()[2] / 2;
            let read = from_memories(
                layers,
                &windows(&x, side),
                &format!("memory_blocks.{index}.memory"),
            );
            x = together(&read);
        }
        if index == 1 {
            x = together(&x);
        }
    }
    layers
        .convolve(&x, &format!("{out}.conv"), (0, 1))
        .tanh()
        .unwrap()
}

/// The student's and the teacher's pictures of films in [−1, 1].
fn pictures(state: &State, films: &Tensor, attends: bool) -> [Tensor; 2] {
    let layers = &Layers {
        state,
        prefix: "G.",
    };
    let mut x = block(layers, &windows(films, SIDE / 2), "in_conv.conv", 1);
    let mut skips = Vec::new();
    for level in 0..4 {
        skips.push(x.clone());
        x = block(layers, &x, &format!("down_blocks.{level}.mpconv"), 2);
    }
    let rebuilt = inpainted(layers, &x, attends);
    [
        drawn(layers, &rebuilt, &skips, ("up_blocks", "out_conv")),
        drawn(layers, &x, &skips, ("teacher_ups", "teacher_out")),
    ]
}

/// The judgement of pictures in [−1, 1] by their running statistics.
fn judged(state: &State, pictures: &Tensor) -> Tensor {
    let layers = Layers {
        state,
        prefix: "D.",
    };
    let mut x = leaky(&layers.convolve(pictures, "conv_model.0", (2, 2)));
    for place in [2, 5, 8, 11] {
        let maps = layers.convolve(&x, &format!("conv_model.{place}"), (2, 2));
        x = leaky(&layers.batch_norm(&maps, &format!("conv_model.{}", place + 1), 1e-5));
    }
    layers.linear(&flat(&x), "regressor")
}

fn imported(state: &State) -> Import {
    let files =
        ["D.", "G."].map(|prefix| Checkpoint::parse(archive(&part(state, prefix, ""))).unwrap());
    import(network("squid").unwrap(), &files, None).unwrap()
}

fn check(attends: bool) -> Import {
    let state = simsid(attends);
    let imported = imported(&state);
    let weights = imported.outcome.as_ref().unwrap();
    let films = noise(&[2, 1, SIDE, SIDE], 5, 0.5);
    let outputs = outputs("squid", weights, films.clone());
    let [student, teacher] = pictures(&state, &films.affine(2.0, -1.0).unwrap(), attends);
    let logits = judged(&state, &student);
    // A student of one grey would agree with anything.
    let deviation = student.broadcast_sub(&student.mean_all().unwrap()).unwrap();
    assert!(
        deviation
            .abs()
            .unwrap()
            .max_all()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap()
            > 0.05
    );
    for (name, expected, tolerance) in [
        ("recon", student.affine(0.5, 0.5).unwrap(), 2e-5),
        ("teacher_recon", teacher.affine(0.5, 0.5).unwrap(), 2e-5),
        ("disc.recon.logit_eval", logits, 1e-4),
    ] {
        let difference = worst_difference(&outputs[name], &expected);
        assert!(difference <= tolerance, "{name} differs by {difference}");
    }
    imported
}

fn ignored(imported: &Import) -> Vec<&str> {
    let ignored = imported
        .lines
        .iter()
        .filter(|line| matches!(line.fate, Fate::Ignored(_)));
    ignored.map(|line| line.tensor.as_str()).collect()
}

#[test]
fn simsid_computes_what_its_layers_do_where_patches_keep_to_their_own_memory() {
    let imported = check(false);
    let settings = &imported.outcome.as_ref().unwrap().settings;
    assert_eq!(
        settings,
        &[
            "side=32",
            "root=8",
            "queue_slots=9",
            "memory_slots=7",
            "kind=simsid",
            "inpaint=memory"
        ]
    );
    let ignored = ignored(&imported);
    assert_eq!(ignored.len(), 14, "{ignored:?}");
    assert!(
        ignored
            .iter()
            .all(|name| name.starts_with("inpaint_block."))
    );
}

#[test]
fn simsid_computes_what_its_layers_do_where_patches_attend_to_neighbours() {
    let imported = check(true);
    let settings = &imported.outcome.as_ref().unwrap().settings;
    assert_eq!(settings.last().map(String::as_str), Some("kind=simsid"));
    assert_eq!(
        ignored(&imported),
        ["inpaint_block.conv.bias", "inpaint_block.conv.weight"]
    );
}

#[test]
fn a_discriminator_of_squid_does_not_fit_simsid() {
    let mut state = simsid(false);
    add_layer(&mut state, "D.conv_model.11", &[128, 128, 5, 5], true);
    let error = imported(&state).outcome.err().unwrap();
    assert!(error.message.contains("conv_model.11"), "{error}");
}
