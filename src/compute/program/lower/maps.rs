//! Operations on feature maps as steps.

use super::super::graph::{Id, Node, Op};
use super::super::phases;
use super::super::step::{Convolve, Maps, Normalise, Resample, Scale, Step, Table};
use super::super::value::Value;
use super::Lowering;
use crate::error::{Error, Result};

impl Lowering<'_> {
    /// Lowers what works on feature maps.
    pub(super) fn lower_maps(&mut self, id: Id, node: &Node, operands: &[Value]) -> Result<Value> {
        let x = self.maps(&operands[0])?;
        let plus = |lowering: &mut Self, at: usize| match operands.get(at) {
            Some(value) => lowering.maps(value).map(Some),
            None => Ok(None),
        };
        match &node.op {
            Op::Convolve {
                kernels,
                bias,
                stride,
                padding,
                border,
                then,
            } => {
                let plus = plus(self, 1)?;
                let target = self.target(id);
                self.steps.push(Step::Convolve(Convolve {
                    x,
                    y: self.result(&target)?,
                    kernels: kernels.clone(),
                    bias: bias.clone(),
                    stride: *stride,
                    before: (*padding, *padding),
                    border: *border,
                    plus,
                    then: *then,
                }));
                Ok(target)
            }
            Op::Spread { .. } => {
                let target = self.target(id);
                let y = self.result(&target)?;
                self.steps.extend(phases::of(&node.op, x, y)?);
                Ok(target)
            }
            Op::Scale { scale, shift, then } => {
                let dims = [scale.len()];
                let (scale, shift) = (self.constant(scale, &dims), self.constant(shift, &dims));
                let scale = self.table(&scale, x.channels)?;
                let shift = self.table(&shift, x.channels)?;
                let target = self.target(id);
                self.steps.push(Step::Scale(Scale {
                    x,
                    y: self.result(&target)?,
                    scale,
                    shift,
                    then: *then,
                }));
                Ok(target)
            }
            Op::Normalise {
                over,
                deviation,
                affine,
                plus: adds,
                then,
            } => {
                let tables = match affine {
                    true => Some((
                        self.table(&operands[1], x.channels)?,
                        self.table(&operands[2], x.channels)?,
                    )),
                    false => None,
                };
                let at = if *affine { 3 } else { 1 };
                let plus = if *adds { plus(self, at)? } else { None };
                let target = self.target(id);
                self.steps.push(Step::Normalise(Normalise {
                    x,
                    y: self.result(&target)?,
                    over: *over,
                    deviation: *deviation,
                    affine: tables,
                    plus,
                    then: *then,
                }));
                Ok(target)
            }
            Op::Resample(how) => {
                let target = self.target(id);
                self.steps.push(Step::Resample(Resample {
                    x,
                    y: self.result(&target)?,
                    how: *how,
                }));
                Ok(target)
            }
            other => Err(Error::internal(format!("{other:?} works on no maps"))),
        }
    }

    fn maps(&mut self, value: &Value) -> Result<Maps> {
        if let Some(maps) = value.maps() {
            return Ok(maps);
        }
        let known = self.copies.iter().find(|(original, _)| original == value);
        let copy = match known {
            Some((_, copy)) => copy.clone(),
            None => {
                let copy = self.fresh(&value.dims);
                self.copy(value, &copy)?;
                self.copies.push((value.clone(), copy.clone()));
                copy
            }
        };
        self.result(&copy)
    }

    fn result(&self, value: &Value) -> Result<Maps> {
        value
            .maps()
            .ok_or_else(|| Error::internal(format!("{:?} are no feature maps", value.dims)))
    }

    /// Numbers per channel, or per image and channel.
    fn table(&mut self, value: &Value, channels: usize) -> Result<Table> {
        let images = value.len() / channels.max(1);
        let flat = self.reshape(value, &[images, channels])?;
        let flat = if flat.strides[1] == 1 || channels == 1 {
            flat
        } else {
            let copy = self.fresh(&flat.dims);
            self.copy(&flat, &copy)?;
            copy
        };
        Ok(Table {
            first: flat.address(),
            image_stride: if images == 1 { 0 } else { flat.strides[0] },
        })
    }
}
