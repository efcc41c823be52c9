//! Padding of several axes by a constant.

use super::assemble::contiguous_from;
use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::compare::Cast;
use super::operation::{Keeps, Operation, Signature, axis_length};
use super::view::{moves_elements, refuse};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims, MAX_RANK, ShapeError};
use crate::kernel::strided::{self, Margins, View};

/// Elements of one value added at the start and at the end of each of some axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
#[attribute(check = check_pad)]
pub(super) struct Pad {
    axes: Dims,
    before: Dims,
    after: Dims,
    value: f64,
}

fn check_pad(pad: &Pad) -> Result<(), String> {
    let Pad { axes, before, after, .. } = pad;
    let ascend = axes.windows(2).all(|pair| pair[0] < pair[1]);
    match ascend && before.len() == axes.len() && after.len() == axes.len() {
        true => Ok(()),
        false => Err("takes axes that ascend, and sizes before and after for each".to_owned()),
    }
}

impl Pad {
    /// Each axis that is padded, with what is added before and after.
    fn margins(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let sizes = self.before.iter().zip(&*self.after);
        self.axes.iter().zip(sizes).map(|(&axis, (&before, &after))| (axis, before, after))
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
        for (axis, before, after) in self.margins() {
            let Some(&size) = input.dims.get(axis) else {
                return refuse("pad", format!("found no axis {axis} in shape {}", input.dims));
            };
            let padded = before as u128 + size as u128 + after as u128;
            dims = dims.with_axis(axis, axis_length("pad", padded)?);
        }
        Ok(Signature { dims, ..*input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let input = &inputs[0];
        let (dims, none) = (input.dims(), Dims::new(&[0; MAX_RANK][..input.dims().len()]));
        let (mut padded, mut before, mut after) = (dims, none, none);
        for (axis, start, end) in self.margins() {
            padded = padded.with_axis(axis, start + dims[axis] + end);
            before = before.with_axis(axis, start);
            after = after.with_axis(axis, end);
        }
        let margins = Margins { dims: &dims, before: &before, after: &after };
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
        Some(
            self.margins().fold(gradient, |x, (axis, before, _)| x.slice(axis, before, dims[axis])),
        )
    }
}

impl DynTensor {
    /// Zeros added at the start (`before`) and at the end (`after`) of an axis.
    #[must_use]
    #[track_caller]
    pub fn pad(self, axis: usize, before: usize, after: usize) -> Self {
        self.pad_axes([(axis, [before, after])], 0.0)
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
        let pad = Pad { axes, before: sizes(0), after: sizes(1), value };
        if let Err(problem) = check_pad(&pad) {
            panic!("`pad` {problem}, found {}", pad.axes);
        }
        Self::apply(pad, [self])
    }
}
