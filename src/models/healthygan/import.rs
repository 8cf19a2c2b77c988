//! HealthyGAN's public checkpoints: `NUMBER-G.ckpt`, and `NUMBER-D.ckpt` if the critic is wanted.

use super::config::Config;
use super::parity::Networks;
use crate::error::Result;
use crate::models::Stored;
use crate::models::import::{Asked, BATCH_COUNTER, Importer, Known, Layout, Part, wrong_model};

/// How HealthyGAN's checkpoints are imported.
pub(super) const IMPORT: Importer = Importer {
    parts: &[
        Part {
            name: "G",
            title: "generator",
            required: true,
        },
        Part {
            name: "D",
            title: "critic",
            required: false,
        },
    ],
    known: &[
        Known {
            title: "a HealthyGAN generator",
            marks: &[
                ("main.9.main.0.weight", 4),
                ("main.0.weight", 4),
                ("main.1.weight", 1),
            ],
            one_output: None,
            part: "G",
        },
        Known {
            title: "a HealthyGAN critic",
            marks: &[
                ("conv1.weight", 4),
                ("main.0.weight", 4),
                ("main.0.bias", 1),
                ("main.2.weight", 4),
            ],
            one_output: None,
            part: "D",
        },
    ],
    ignored: &[
        BATCH_COUNTER,
        ("running_mean", RUNNING),
        ("running_var", RUNNING),
    ],
    lay_out,
};

const RUNNING: &str = "running statistics, which the public code never uses";
/// A critic of more layers sees films of 65536 pixels a side.
const MOST_LAYERS: usize = 14;

fn lay_out(stored: &Stored, asked: &Asked) -> Result<Layout> {
    let config = Config::of(stored)?;
    if config.critic_layers > MOST_LAYERS {
        return Err(wrong_model(
            format!("the critic has {} layers", config.critic_layers),
            "Use a checkpoint that the paper's public code wrote.",
        ));
    }
    Networks::build(&config, |part| asked.builder(part))?;
    Ok(Layout::default())
}
