//! Padding of several axes by a constant.

use super::assemble::contiguous_from;
use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::compare::Cast;
use super::operation::{Keeps, Operation, Signature, axis_length};
use super::view::{moves_elements, refuse};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::strided::{self, Margins, View};

/// Elements of one value added at the start and at the end of each of some axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
#[attribute(check = check_pad)]
pub(super) struct Pad {
    axes: Dims,
    front: Dims,
    behind: Dims,
    value: f64,
}

fn check_pad(pad: &Pad) -> Result<(), String> {
    let Pad { axes, front, behind, .. } = pad;
    let ascend = axes.windows(2).all(|pair| pair[0] < pair[1]);
    match ascend && front.len() == axes.len() && behind.len() == axes.len() {
        true => Ok(()),
        false => Err("takes axes that ascend, and sizes in front and behind for each".to_owned()),
    }
}

impl Pad {
    /// Each axis that is padded, with what is added in front and behind.
    fn margins(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let sizes = self.front.iter().zip(&*self.behind);
        self.axes.iter().zip(sizes).map(|(&axis, (&front, &behind))| (axis, front, behind))
    }
}

impl Operation for Pad {
    attributes!();
    moves_elements!("pad");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [input] = inputs else {
            return refuse("pad", format!("takes one input, found {}", inputs.len()));
        };
        let mut dims = input.dims;
        for (axis, front, behind) in self.margins() {
            let Some(&size) = input.dims.get(axis) else {
                return refuse("pad", format!("found no axis {axis} in shape {}", input.dims));
            };
            let padded = front as u128 + size as u128 + behind as u128;
            dims = dims.with_axis(axis, axis_length("pad", padded)?);
        }
        Ok(Signature { dims, ..*input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let input = &inputs[0];
        let (dims, none) = (input.dims(), Dims::new(&[0; 8][..input.dims().len()]));
        let (mut padded, mut front, mut behind) = (dims, none, none);
        for (axis, before, after) in self.margins() {
            padded = padded.with_axis(axis, before + dims[axis] + after);
            front = front.with_axis(axis, before);
            behind = behind.with_axis(axis, after);
        }
        let margins = Margins { dims: &dims, front: &front, behind: &behind };
        let x = contiguous_from(input, margins.outer().min(dims.len()));
        let value = Cast(x.dtype()).forward(&mut [Array::scalar(self.value)]);
        let strides = x.strides();
        for_element!(x.dtype(), E => {
            let filler = value.slice::<E>()[0];
            Array::build(padded, |out| {
                let data = if x.elements() == 0 { &[] } else { x.elements_from_first::<E>() };
                strided::pad(View { data, strides: &strides }, margins, filler, out);
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axes: behind_members(&self.axes), ..*self })
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (gradient, dims) = (at.gradient.clone(), at.inputs[0].dims());
        Some(self.margins().fold(gradient, |x, (axis, front, _)| x.slice(axis, front, dims[axis])))
    }
}

impl DynTensor {
    /// Zeros added at the start (`front`) and at the end (`behind`) of an axis.
    #[must_use]
    #[track_caller]
    pub fn pad(self, axis: usize, front: usize, behind: usize) -> Self {
        self.pad_axes([(axis, [front, behind])], 0.0)
    }

    /// Elements of `value` added at the start and at the end of each of these axes, of which each has its two numbers of
    /// elements (`jnp.pad`, `F.pad`). The axes ascend.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0f32, 2.0]]).into_dyn();
    /// let y = x.pad_axes([(0, [1, 0]), (1, [0, 1])], 7.0);
    /// assert_eq!(y.array().to_vec::<f32>()?, [7.0, 7.0, 7.0, 1.0, 2.0, 7.0]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If there is no such axis, the axes don't ascend, or the result is larger than a program can address.
    #[must_use]
    #[track_caller]
    pub fn pad_axes(self, axes: impl IntoIterator<Item = (usize, [usize; 2])>, value: f64) -> Self {
        let all: Vec<(usize, [usize; 2])> = axes.into_iter().collect();
        for (axis, _) in &all {
            self.axis_size("pad", *axis);
        }
        let sizes = |end: usize| all.iter().map(|(_, pair)| pair[end]).collect();
        let axes = all.iter().map(|(axis, _)| *axis).collect();
        let pad = Pad { axes, front: sizes(0), behind: sizes(1), value };
        if let Err(problem) = check_pad(&pad) {
            panic!("`pad` {problem}, found {}", pad.axes);
        }
        Self::apply(pad, [self])
    }
}
