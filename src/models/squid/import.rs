//! SQUID's public checkpoints: `model.pth` and `discriminator.pth` of its official code.
//!
//! Its successor SimSID writes nearly the same names and computes something else: it is refused.

use super::config::Config;
use super::parity::Networks;
use crate::error::Result;
use crate::models::Stored;
use crate::models::import::{Asked, BATCH_COUNTER, Importer, Known, Part, Verdict, wrong_model};

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
            verdict: Verdict::Part("G"),
        },
        Known {
            title: "a SQUID discriminator",
            marks: &[
                ("conv_model.0.weight", 4),
                ("conv_model.11.weight", 4),
                ("regressor.weight", 2),
            ],
            one_output: None,
            verdict: Verdict::Part("D"),
        },
        Known {
            title: "a SimSID generator",
            marks: &[
                ("inpaint_block.attention.in_proj_weight", 2),
                ("memory_blocks.0.memory.0.memMatrix", 2),
                ("in_conv.conv.conv1.0.weight", 4),
            ],
            one_output: None,
            verdict: Verdict::Refused(
                "it does not say whether its in-painting attends to neighbours, which its shipped configuration switches off, \
                 so this program's network could compute something else",
                "Use a checkpoint of SQUID's official code.",
            ),
        },
    ],
    ignored: &[BATCH_COUNTER],
    lay_out,
    notes: &[
        "the queues' write pointers are not in a checkpoint; nothing but further training needs them",
    ],
};

fn lay_out(stored: &Stored, asked: &Asked) -> Result<Vec<String>> {
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
    Ok(others
        .map(|(key, found, _)| format!("{key}={found}"))
        .collect())
}

/// Reads the sizes off a generator's weights.
fn config(stored: &Stored) -> Result<Config> {
    let patches = stored.count(0, |patch| {
        format!("G.inpaint_block.memory.{patch}.memMatrix")
    });
    let levels = stored.count(0, |level| {
        format!("G.down_blocks.{level}.mpconv.conv1.0.weight")
    });
    let published = Config::PAPER;
    if (patches, levels) != (published.cells(), published.levels) {
        return Err(wrong_model(
            format!(
                "this SQUID cuts films into {patches} patches and has {levels} levels; for chest films both are 4"
            ),
            "Use a checkpoint that was trained on chest films with the published configuration.",
        ));
    }
    let root = stored.size("G.in_conv.conv.conv1.0.weight", 0)?;
    let queue = |dimension| stored.size("G.inpaint_block.memory.0.memMatrix", dimension);
    let mut config = Config {
        side: 32,
        root,
        queue_slots: queue(0)?,
        memory_slots: stored.size("G.memory_blocks.3.memory.0.memMatrix", 0)?,
        ..published
    };
    // A queue's feature grows with the square of the film's side.
    let times = queue(1)? / config.feature().max(1);
    config.side *= times.isqrt();
    if config.side == 0 || config.feature() != queue(1)? {
        return Err(wrong_model(
            format!(
                "the queues are {} wide, which is no whole side of a film",
                queue(1)?
            ),
            "Use a checkpoint that was trained on square films with a side that 32 divides.",
        ));
    }
    Ok(config)
}
