//! SQUID's and SimSID's public checkpoints: `model.pth` and `discriminator.pth` of their official code.
//!
//! SimSID counts its decoder memories from the deepest, by which the two are told apart, and keeps layers
//! in its state dict that its configuration may switch off.

use super::config::{Config, Kind};
use super::parity::Networks;
use crate::error::Result;
use crate::models::Stored;
use crate::models::import::{Asked, BATCH_COUNTER, Importer, Known, Layout, Part, wrong_model};

/// How SQUID's checkpoints are imported.
pub(super) const IMPORT: Importer = Importer {
    parts: &[
        Part {
            name: "G",
            title: "generator",
            required: true,
        },
        Part {
            name: "D",
            title: "discriminator",
            required: true,
        },
    ],
    known: &[
        Known {
            title: "a SQUID generator",
            marks: &[
                ("inpaint_block.attention.in_proj_weight", 2),
                ("memory_blocks.3.memory.0.memMatrix", 2),
                ("in_conv.conv.conv1.0.weight", 4),
            ],
            one_output: None,
            part: "G",
        },
        Known {
            title: "a discriminator of SQUID or SimSID",
            marks: &[
                ("conv_model.0.weight", 4),
                ("conv_model.11.weight", 4),
                ("regressor.weight", 2),
            ],
            one_output: None,
            part: "D",
        },
        Known {
            title: "a SimSID generator",
            marks: &[
                ("inpaint_block.attention.in_proj_weight", 2),
                ("memory_blocks.0.memory.0.memMatrix", 2),
                ("in_conv.conv.conv1.0.weight", 4),
            ],
            one_output: None,
            part: "G",
        },
    ],
    ignored: &[BATCH_COUNTER],
    lay_out,
};

/// What every SimSID state dict holds and no pass goes through.
const NEVER_RUN: (&str, &str) = (
    "G.inpaint_block.conv.",
    "a convolution that the public code never runs",
);
const NEVER_LEARNT: &str =
    "of the attention to neighbours, which this configuration leaves out: it never learnt";
const POINTERS: &str =
    "the queues' write pointers are not in a checkpoint; nothing but further training needs them";
const RANGE: &str = "a SimSID checkpoint does not say whether its pictures lie in [−1, 1] with a tanh at the end (normalize_tanh) or in [0, 1] with a sigmoid: the former is taken, as its configurations for ZhangLab, CheXpert and COVIDx have it";

fn lay_out(stored: &Stored, asked: &Asked) -> Result<Layout> {
    let config = config(stored)?;
    Networks::build(&config, |part| asked.builder(part))?;
    let sizes = [
        ("side", config.side, Config::PAPER.side),
        ("root", config.root, Config::PAPER.root),
        ("queue_slots", config.queue_slots, Config::PAPER.queue_slots),
        (
            "memory_slots",
            config.memory_slots,
            Config::PAPER.memory_slots,
        ),
    ];
    let others = sizes
        .iter()
        .filter(|(_, found, published)| found != published);
    let mut settings: Vec<String> = others
        .map(|(key, found, _)| format!("{key}={found}"))
        .collect();
    let unused: &[_] = match (config.kind, config.attends) {
        (Kind::Squid, _) => &[],
        (Kind::SimSid, true) => &[NEVER_RUN],
        (Kind::SimSid, false) => &[
            NEVER_RUN,
            ("G.inpaint_block.attention.", NEVER_LEARNT),
            ("G.inpaint_block.attn_norm", NEVER_LEARNT),
            ("G.inpaint_block.ff.", NEVER_LEARNT),
        ],
    };
    let notes: &[_] = match config.kind {
        Kind::Squid => &[POINTERS],
        Kind::SimSid => &[POINTERS, RANGE],
    };
    if config.kind == Kind::SimSid {
        settings.push("kind=simsid".to_owned());
    }
    if !config.attends {
        settings.push("inpaint=memory".to_owned());
    }
    Ok(Layout {
        settings,
        unused,
        notes,
    })
}

/// Reads the configuration off a generator's weights.
fn config(stored: &Stored) -> Result<Config> {
    let (published, deepest, title) = match stored.has("G.memory_blocks.0.memory.0.memMatrix") {
        true => (Config::SIMSID, 0, "SimSID"),
        false => (Config::PAPER, Config::PAPER.levels - 1, "SQUID"),
    };
    let patches = stored.count(0, |patch| {
        format!("G.inpaint_block.memory.{patch}.memMatrix")
    });
    let levels = stored.count(0, |level| {
        format!("G.down_blocks.{level}.mpconv.conv1.0.weight")
    });
    if (patches, levels) != (published.cells(), published.levels) {
        return Err(wrong_model(
            format!(
                "this {title} cuts films into {patches} patches and has {levels} levels; both are 4 in its published networks for chest films"
            ),
            "Use a checkpoint that was trained on chest films with the published configuration.",
        ));
    }
    let root = stored.size("G.in_conv.conv.conv1.0.weight", 0)?;
    let memory = |dimension| stored.size("G.inpaint_block.memory.0.memMatrix", dimension);
    let mut config = Config {
        side: 32,
        root,
        queue_slots: memory(0)?,
        memory_slots: stored.size(&format!("G.memory_blocks.{deepest}.memory.0.memMatrix"), 0)?,
        attends: published.kind == Kind::Squid || attends(stored)?,
        ..published
    };
    // A patch's feature grows with the square of the film's side.
    let times = memory(1)? / config.feature().max(1);
    config.side *= times.isqrt();
    if config.side == 0 || config.feature() != memory(1)? {
        return Err(wrong_model(
            format!(
                "the in-painting memories are {} wide, which is no whole side of a film",
                memory(1)?
            ),
            "Use a checkpoint that was trained on square films with a side that 32 divides.",
        ));
    }
    Ok(config)
}

/// Whether SimSID's attention took part in training. What no pass went through has no gradient, so that
/// the optimiser left it as it was made, its norm's scales at 1 and all shifts at 0.
fn attends(stored: &Stored) -> Result<bool> {
    let block = "G.inpaint_block";
    let as_made = stored.is_constant(&format!("{block}.attn_norm1.weight"), 1.0)?
        && stored.is_constant(&format!("{block}.attn_norm1.bias"), 0.0)?
        && stored.is_constant(&format!("{block}.attention.in_proj_bias"), 0.0)?;
    Ok(!as_made)
}
