//! f-AnoGAN's public checkpoints, as far as they compute what the official code does.
//!
//! The residual PyTorch port shares our names and its generator; its critic and encoder normalise
//! otherwise, and nothing can be scored without them. The other well-known port is another network.

use super::config::Config;
use super::parity::Networks;
use crate::error::Result;
use crate::models::Stored;
use crate::models::import::{Asked, BATCH_COUNTER, Importer, Known, Part, Verdict};

/// How f-AnoGAN's checkpoints are imported.
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
            required: true,
        },
        Part {
            name: "E",
            title: "encoder",
            required: true,
        },
    ],
    known: &[
        Known {
            title: "an f-AnoGAN generator",
            marks: &[
                ("rb1.conv_1.conv.conv.weight", 4),
                ("ln1.weight", 2),
                ("bn.running_var", 1),
            ],
            verdict: Verdict::Part("G"),
        },
        Known {
            title: "an f-AnoGAN critic",
            marks: &[
                ("rb1.conv_1.conv.weight", 4),
                ("ln1.weight", 2),
                ("rb1.bn1.weight", 1),
            ],
            verdict: Verdict::Part("D"),
        },
        Known {
            title: "an f-AnoGAN encoder",
            marks: &[
                ("res1.conv_1.conv.weight", 4),
                ("fc.weight", 2),
                ("res1.bn1.running_var", 1),
            ],
            verdict: Verdict::Part("E"),
        },
        Known {
            title: "a critic of the residual PyTorch port of f-AnoGAN (dbbbbm)",
            marks: &[
                ("rb1.conv_1.conv.weight", 4),
                ("ln1.weight", 2),
                ("rb1.bn1.weight", 3),
            ],
            verdict: Verdict::Refused(
                "its norms weigh every pixel of every channel on its own ([C, H, W]), those of the official code, \
                 which this network follows, every channel",
                TRAIN,
            ),
        },
        Known {
            title: "an encoder of the residual PyTorch port of f-AnoGAN (dbbbbm)",
            marks: &[
                ("res1.conv_1.conv.weight", 4),
                ("fc.weight", 2),
                ("res1.bn1.weight", 3),
            ],
            verdict: Verdict::Refused(
                "it normalises each film as a whole with a weight for every pixel ([C, H, W]); the official encoder, \
                 which this network follows, normalises each channel by running statistics",
                TRAIN,
            ),
        },
        Known {
            title: "a generator of the DCGAN-like PyTorch port of f-AnoGAN (A03ki)",
            marks: &[("conv_blocks.2.weight", 4), ("l1.0.weight", 2)],
            verdict: Verdict::Refused(OTHER_NETWORK, TRAIN),
        },
        Known {
            title: "a critic or an encoder of the DCGAN-like PyTorch port of f-AnoGAN (A03ki)",
            marks: &[("model.0.weight", 4), ("adv_layer.0.weight", 2)],
            verdict: Verdict::Refused(OTHER_NETWORK, TRAIN),
        },
    ],
    ignored: &[BATCH_COUNTER],
    lay_out,
    notes: &[
        "a checkpoint does not say what its batch norms add to the variance: 0.001 is taken, as in the official code",
    ],
};

const OTHER_NETWORK: &str =
    "it has no residual blocks and other norms, and this program does not have that network";
const TRAIN: &str = "Use a checkpoint of networks with the official code's norms, or weights that this program trained.";

fn lay_out(stored: &Stored, asked: &Asked) -> Result<Vec<String>> {
    Networks::build(&Config::of(stored)?, |part| asked.builder(part))?;
    Ok(Vec::new())
}
