//! Discrete Fourier transforms: the feature `fft`. A complex number is a pair of elements along the last axis: the real
//! part, then the imaginary part.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::view::refuse;
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::fft;

/// FLOPs of transforms of `rows` rows of `length` complex numbers: the usual `5 N log2 N`.
fn transform_flops(rows: usize, length: usize) -> u64 {
    count_flops(rows, 5 * length as u64).saturating_mul(u64::from(length.max(2).ilog2()))
}

/// The length of the rows of complex numbers of a signature: (.., N, 2).
fn expect_complex(name: &'static str, inputs: &[Signature]) -> Result<usize, ShapeError> {
    let input = expect_float(name, inputs)?;
    match *input.dims {
        [.., length, 2] if length > 0 => Ok(length),
        _ => refuse(
            name,
            format!(
                "takes complex numbers (.., N, 2), with N at least 1 and the real and the imaginary part along the last axis, found {input}"
            ),
        ),
    }
}

/// The transform along the last axis of complex numbers: (.., N, 2).
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Fft {
    inverse: bool,
    scale: f64,
}

impl Operation for Fft {
    attributes!();
    fn name(&self) -> &'static str {
        if self.inverse { "ifft" } else { "fft" }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_complex(self.name(), inputs)?;
        Ok(inputs[0])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let length = x.dims()[x.dims().len() - 2];
        for_float!(x.dtype(), E => Array::build(x.dims(), |out| {
            fft::fft(x.slice::<E>(), length, self.inverse, self.scale, out);
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let adjoint = Self { inverse: !self.inverse, scale: self.scale };
        Some(DynTensor::apply(adjoint, [at.gradient.clone()]))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        let length = output.dims[output.dims.len() - 2];
        transform_flops(output.elements() / (2 * length).max(1), length)
    }
}

/// The first half of the transform of real numbers: (.., N) to (.., N/2 + 1, 2).
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct RealFft {
    scale: f64,
}

impl Operation for RealFft {
    attributes!();
    fn name(&self) -> &'static str {
        "rfft"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_float("rfft", inputs)?;
        match input.dims.last() {
            Some(&length) if length > 0 => {
                let axis = input.dims.len() - 1;
                let dims = input.dims.with_axis(axis, length / 2 + 1).insert_axis(axis + 1, 2);
                Ok(Signature { dims, ..input })
            }
            _ => refuse("rfft", format!("takes an axis of at least 1 element, found {input}")),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let (dims, last) = (x.dims(), x.dims().len() - 1);
        let out = dims.with_axis(last, dims[last] / 2 + 1).insert_axis(last + 1, 2);
        for_float!(x.dtype(), E => Array::build(out, |out| {
            fft::rfft(x.slice::<E>(), dims[last], self.scale, out);
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let dims = at.inputs[0].dims();
        let length = dims[dims.len() - 1];
        let weighted = at.gradient.clone() * inner_numbers(&at.gradient, length, 0.5);
        Some(DynTensor::apply(HalfFft { length, scale: self.scale }, [weighted]))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let length = inputs[0].dims[inputs[0].dims.len() - 1];
        transform_flops(inputs[0].elements() / length.max(1), length) / 2
    }
}

/// The real numbers whose transform begins with the input, which is (.., N/2 + 1, 2): (.., N).
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct HalfFft {
    length: usize,
    scale: f64,
}

impl Operation for HalfFft {
    attributes!();
    fn name(&self) -> &'static str {
        "irfft"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let (found, length) = (expect_complex("irfft", inputs)?, self.length);
        if length == 0 || found != length / 2 + 1 {
            let problem =
                format!("gives {length} elements of {} numbers, found {found}", length / 2 + 1);
            return refuse("irfft", problem);
        }
        let (input, axis) = (inputs[0], inputs[0].dims.len() - 2);
        let dims = input.dims.without_axis(axis + 1).with_axis(axis, length);
        Ok(Signature { dims, ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let axis = x.dims().len() - 2;
        let dims = x.dims().without_axis(axis + 1).with_axis(axis, self.length);
        for_float!(x.dtype(), E => Array::build(dims, |out| {
            fft::irfft(x.slice::<E>(), self.length, self.scale, out);
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let spectrum = DynTensor::apply(RealFft { scale: self.scale }, [at.gradient.clone()]);
        let weights = inner_numbers(&spectrum, self.length, 2.0);
        Some(spectrum * weights)
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        transform_flops(output.elements() / self.length.max(1), self.length) / 2
    }
}

/// Weights of the numbers of half a transform: 1 for those that occur once in the whole of it, which are the first and,
/// for an even length, the last; `inner` for the others, which occur twice.
fn inner_numbers(spectrum: &DynTensor, length: usize, inner: f64) -> DynTensor {
    let bins = length / 2 + 1;
    let weight = |k: usize| if k == 0 || 2 * k == length { 1.0 } else { inner };
    for_float!(spectrum.dtype(), E => {
        use crate::kernel::Float as _;
        let weights: Vec<E> = (0..bins).map(|k| E::from_f64(weight(k))).collect();
        Array::filled(weights, crate::array::Dims::new(&[bins, 1])).into()
    })
}

#[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
fn one_over(length: usize) -> f64 {
    1.0 / length as f64
}

impl DynTensor {
    /// The discrete Fourier transform along an axis of complex numbers, which are pairs along the last axis
    /// (`jnp.fft.fft`, `torch.fft.fft`).
    #[must_use]
    #[track_caller]
    pub fn fft(self, axis: usize) -> Self {
        self.complex_along("fft", axis, |x| Self::apply(Fft { inverse: false, scale: 1.0 }, [x]))
    }

    /// The inverse of [`fft`](Self::fft), which divides by the length (`jnp.fft.ifft`, `torch.fft.ifft`).
    #[must_use]
    #[track_caller]
    pub fn ifft(self, axis: usize) -> Self {
        let scale = self.dims().get(axis).map_or(1.0, |&length| one_over(length.max(1)));
        self.complex_along("ifft", axis, |x| Self::apply(Fft { inverse: true, scale }, [x]))
    }

    /// The first N/2 + 1 numbers of the transform along an axis of N real numbers; the others are their conjugates. The
    /// result has one more axis, of size 2, at the end (`jnp.fft.rfft`, `torch.fft.rfft`).
    #[must_use]
    #[track_caller]
    pub fn rfft(self, axis: usize) -> Self {
        self.check_axes("rfft", &[axis]);
        let last = self.rank() - 1;
        let spectrum = Self::apply(RealFft { scale: 1.0 }, [self.move_axis(axis, last)]);
        spectrum.move_axis(last, axis)
    }

    /// The `length` real numbers along an axis whose transform begins with these `length / 2 + 1` numbers
    /// (`jnp.fft.irfft`, `torch.fft.irfft`). The imaginary part of the first number, and for an even length of the last,
    /// isn't read.
    #[must_use]
    #[track_caller]
    pub fn irfft(self, axis: usize, length: usize) -> Self {
        let transform = HalfFft { length, scale: one_over(length.max(1)) };
        self.complex_along("irfft", axis, |x| Self::apply(transform, [x]))
    }

    /// The products of complex numbers, which are pairs along the last axis.
    #[must_use]
    #[track_caller]
    pub fn complex_mul(self, other: Self) -> Self {
        let last = self.rank().saturating_sub(1);
        let part = |x: &Self, i: usize| x.clone().slice(last, i, 1);
        let [(a, b), (c, d)] = [&self, &other].map(|x| (part(x, 0), part(x, 1)));
        let real = &a * &c - &b * &d;
        Self::concat(vec![real, a * d + b * c], last).or_panic()
    }

    /// The conjugates of complex numbers, which are pairs along the last axis.
    #[must_use]
    #[track_caller]
    pub fn conjugate(self) -> Self {
        let last = self.rank().saturating_sub(1);
        let (real, imaginary) = (self.clone().slice(last, 0, 1), self.slice(last, 1, 1));
        Self::concat(vec![real, -imaginary], last).or_panic()
    }

    /// A transform along an axis before the last one, which holds the parts.
    #[track_caller]
    fn complex_along(
        self,
        name: &'static str,
        axis: usize,
        transform: impl FnOnce(Self) -> Self,
    ) -> Self {
        expect_complex_axis(name, &self, axis).or_panic();
        let last = self.rank() - 2;
        transform(self.move_axis(axis, last)).move_axis(last, axis)
    }
}

/// An error unless `axis` is one before the last.
fn expect_complex_axis(name: &'static str, x: &DynTensor, axis: usize) -> Result<(), ShapeError> {
    if axis + 1 < x.rank() {
        return Ok(());
    }
    let problem = "takes an axis before the last one, which holds real and imaginary parts";
    refuse(name, format!("{problem}: found axis {axis} of {}", x.dims()))
}
