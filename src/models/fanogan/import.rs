//! f-AnoGAN's public checkpoints: of networks with the official code's norms, and of its two well-known
//! PyTorch ports.

use super::port;
use crate::error::Result;
use crate::models::Stored;
use crate::models::import::{Asked, BATCH_COUNTER, Importer, Known, Layout, Part};

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
            one_output: None,
            part: "G",
        },
        Known {
            title: "an f-AnoGAN critic",
            marks: &[
                ("rb1.conv_1.conv.weight", 4),
                ("ln1.weight", 2),
                ("rb1.bn1.weight", 1),
            ],
            one_output: None,
            part: "D",
        },
        Known {
            title: "an f-AnoGAN encoder",
            marks: &[
                ("res1.conv_1.conv.weight", 4),
                ("fc.weight", 2),
                ("res1.bn1.running_var", 1),
            ],
            one_output: None,
            part: "E",
        },
        Known {
            title: "a critic of the residual PyTorch port of f-AnoGAN (dbbbbm)",
            marks: &[
                ("rb1.conv_1.conv.weight", 4),
                ("ln1.weight", 2),
                ("rb1.bn1.weight", 3),
            ],
            one_output: None,
            part: "D",
        },
        Known {
            title: "an encoder of the residual PyTorch port of f-AnoGAN (dbbbbm)",
            marks: &[
                ("res1.conv_1.conv.weight", 4),
                ("fc.weight", 2),
                ("res1.bn1.weight", 3),
            ],
            one_output: None,
            part: "E",
        },
        Known {
            title: "a generator of the DCGAN-like PyTorch port of f-AnoGAN (A03ki)",
            marks: &[("conv_blocks.2.weight", 4), ("l1.0.weight", 2)],
            one_output: None,
            part: "G",
        },
        Known {
            title: "a critic of the DCGAN-like PyTorch port of f-AnoGAN (A03ki)",
            marks: &[("model.0.weight", 4), ("adv_layer.0.weight", 2)],
            one_output: Some(("adv_layer.0.weight", true)),
            part: "D",
        },
        Known {
            title: "an encoder of the DCGAN-like PyTorch port of f-AnoGAN (A03ki)",
            marks: &[("model.0.weight", 4), ("adv_layer.0.weight", 2)],
            one_output: Some(("adv_layer.0.weight", false)),
            part: "E",
        },
    ],
    ignored: &[BATCH_COUNTER],
    lay_out,
};

const EPSILONS: &str = "a checkpoint does not say what its batch norms add to the variance: what its code adds is taken, 0.001 for the official one, 0.00001 for the residual port, 0.8 for the DCGAN-like one";

fn lay_out(stored: &Stored, asked: &Asked) -> Result<Layout> {
    port::build(stored, |part| asked.builder(part))?;
    Ok(Layout {
        notes: &[EPSILONS],
        ..Layout::default()
    })
}
