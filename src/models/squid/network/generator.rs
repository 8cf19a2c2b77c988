//! The autoencoder that in-paints: one encoder, a student decoder that sees only memories, and a
//! teacher decoder that copies.

use super::super::config::{Config, Kind};
use super::blocks::{ResidualBlock, merge, split};
use super::inpaint::Inpaint;
use super::memory::{Shortcut, WindowMemory};
use crate::compute::{Conv2d, Mode, Scope, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;

/// SQUID's `AE`.
#[derive(Clone, Debug)]
pub struct Generator {
    enter: ResidualBlock,
    down: Vec<ResidualBlock>,
    inpaint: Inpaint,
    student: Decoder,
    memories: [WindowMemory; 2],
    teacher: Option<Decoder>,
    patches: usize,
    kind: Kind,
}

/// What a pass yields.
pub struct Reconstruction {
    /// The in-painted film, `(B, 1, 128, 128)`, in [0, 1].
    pub student: Tensor,
    /// The film as the plain autoencoder copies it, when there is a teacher.
    pub teacher: Option<Tensor>,
    /// Σ over the levels of the mean squared difference between both decoders' features.
    pub distillation: Option<Tensor>,
    /// How wide the range is that the paper's code gives pictures: 1 or, for SimSID, 2.
    pub range: f64,
    /// What the queues would store, `(P, 2048)`.
    remembered: Tensor,
}

impl Generator {
    /// Builds the network; without a teacher when only its pictures are wanted.
    pub fn new(scope: &Scope<'_>, config: &Config, with_teacher: bool) -> Result<Self> {
        let down = (0..config.levels)
            .map(|level| {
                let scope = scope.at("down_blocks").at(level).at("mpconv");
                let channels = (config.root << level, config.root << (level + 1));
                ResidualBlock::new(&scope, channels, 2)
            })
            .collect::<Result<_>>()?;
        let memory = |level: usize| {
            let place = match config.kind {
                Kind::Squid => level,
                Kind::SimSid => config.levels - 1 - level,
            };
            let scope = scope.at("memory_blocks").at(place);
            WindowMemory::new(&scope, config, level)
        };
        let teacher = match with_teacher {
            true => Some(Decoder::new(scope, config, "teacher_ups", "teacher_out")?),
            false => None,
        };
        Ok(Self {
            enter: ResidualBlock::new(&scope.at("in_conv").at("conv"), (1, config.root), 1)?,
            down,
            inpaint: Inpaint::new(&scope.at("inpaint_block"), config)?,
            student: Decoder::new(scope, config, "up_blocks", "out_conv")?,
            memories: [memory(config.levels - 1)?, memory(config.levels - 2)?],
            teacher,
            patches: config.patches,
            kind: config.kind,
        })
    }

    /// In-paints films `(B, 1, 128, 128)` in [0, 1].
    pub fn forward(
        &self,
        films: &Tensor,
        mode: Mode,
        shortcut: &mut Shortcut,
        trace: &mut Trace,
    ) -> Result<Reconstruction> {
        let patches = split(&self.kind.enter(films)?, self.patches)?;
        trace.show("patches", &patches);
        let mut x = self.enter.forward(&patches, mode)?; // (P, 32, 64, 64)
        trace.show("enc.in_conv", &x);
        let mut skips = Vec::with_capacity(self.down.len());
        for (level, block) in self.down.iter().enumerate() {
            skips.push(x.clone());
            x = block.forward(&x, mode)?; // (P, 64 … 512, 32 … 4, …)
            trace.show(format!("enc.down{level}"), &x);
        }
        let inpainted = self.inpaint.forward(&x, mode, trace)?;
        let rebuilt = shortcut.blend(&inpainted.features, &x)?;

        let deepest = [skips.len() - 1, skips.len() - 2].map(|level| &skips[level]);
        let pass = Pass {
            mode,
            name: "dec",
            skips: deepest,
        };
        let memories = Some((&self.memories, shortcut));
        let student = self.student.forward(&rebuilt, &pass, memories, trace)?;
        let Some(decoder) = &self.teacher else {
            return Ok(Reconstruction {
                student: student.film,
                teacher: None,
                distillation: None,
                range: self.kind.range(),
                remembered: inpainted.remembered,
            });
        };
        // The teacher must not shape the encoder.
        let (features, skips) = (x.detach(), deepest.map(Tensor::detach));
        let pass = Pass {
            mode,
            name: "teacher",
            skips: [&skips[0], &skips[1]],
        };
        let teacher = decoder.forward(&features, &pass, None, trace)?;
        let mut distillation = None;
        for (a, b) in student.levels.iter().zip(&teacher.levels) {
            let term = a.mean_squared_error(b)?;
            distillation = Some(match distillation {
                None => term,
                Some(sum) => term.plus(&sum)?,
            });
        }
        Ok(Reconstruction {
            student: student.film,
            teacher: Some(teacher.film),
            distillation,
            range: self.kind.range(),
            remembered: inpainted.remembered,
        })
    }

    /// Stores the features of a pass in the queues, from slot `first` on.
    pub fn remember(&self, pass: &Reconstruction, first: usize) -> Result<()> {
        self.inpaint.store(&pass.remembered, first)
    }
}

struct Pass<'a> {
    mode: Mode,
    name: &'static str,
    /// The encoder's two deepest maps, joined before the first two blocks.
    skips: [&'a Tensor; 2],
}

struct Decoded {
    film: Tensor,
    levels: Vec<Tensor>,
}

/// A block a level and an output: the first two work on patches, the others on the whole film.
#[derive(Clone, Debug)]
struct Decoder {
    up: Vec<ResidualBlock>,
    out: Conv2d,
    patches: usize,
    kind: Kind,
}

impl Decoder {
    fn new(scope: &Scope<'_>, config: &Config, ups: &str, out: &str) -> Result<Self> {
        let up = (0..config.levels)
            .map(|index| {
                let channels_out = config.deepest() >> (index + 1);
                let joined = if index < 2 { channels_out } else { 0 };
                let channels_in = 2 * channels_out + joined;
                let scope = scope.at(ups).at(index).at("conv");
                ResidualBlock::new(&scope, (channels_in, channels_out), 1)
            })
            .collect::<Result<_>>()?;
        let out = Conv2d::new(&scope.at(out).at("conv"), (config.root, 1), 1, 1)?;
        Ok(Self {
            up,
            out,
            patches: config.patches,
            kind: config.kind,
        })
    }

    fn forward(
        &self,
        features: &Tensor,
        pass: &Pass<'_>,
        mut memories: Option<(&[WindowMemory; 2], &mut Shortcut)>,
        trace: &mut Trace,
    ) -> Result<Decoded> {
        let mut x = features.clone();
        let mut levels = Vec::with_capacity(self.up.len());
        for (index, block) in self.up.iter().enumerate() {
            x = x.twice_as_large()?;
            if let Some(skip) = pass.skips.get(index) {
                x = Tensor::join(&[skip, &x], 1)?;
            }
            x = block.forward(&x, pass.mode)?;
            trace.show(format!("{}.up{index}", pass.name), &x);
            if let (Some((memories, shortcut)), 0 | 1) = (&mut memories, index) {
                let read = memories[index].forward(&x, trace)?;
                let level = self.up.len() - 1 - index;
                trace.show(format!("dec.memory_block{level}"), &read);
                x = shortcut.blend(&read, &x)?;
            }
            levels.push(x.clone());
            if index == 1 {
                x = merge(&x, self.patches)?; // (B, 128, 32, 32)
            }
        }
        let film = self.kind.leave(&self.out.forward(&x)?)?; // (B, 1, 128, 128)
        Ok(Decoded { film, levels })
    }
}
