//! Pooling over windows of images in NHWC order.

use super::operation::{Keeps, Operation, Signature};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::convolution::Geometry;
use crate::kernel::pool;

/// A window that moves along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Elements under the window.
    pub size: usize,
    /// Steps between positions.
    pub stride: usize,
    /// Steps between the elements under the window.
    pub dilation: usize,
    /// Padding in front of the axis and behind it.
    pub padding: (usize, usize),
}

impl Window {
    /// From `[size, stride, dilation, padding in front, padding behind]`.
    #[must_use]
    pub const fn new([size, stride, dilation, low, high]: [usize; 5]) -> Self {
        Self { size, stride, dilation, padding: (low, high) }
    }

    /// Positions of the window along an axis of `size`; 0 where it doesn't fit.
    #[must_use]
    pub fn positions(&self, size: usize) -> usize {
        let reach = (self.size.max(1) - 1) * self.dilation + 1;
        let padded = size + self.padding.0 + self.padding.1;
        padded.checked_sub(reach).map_or(0, |room| room / self.stride.max(1) + 1)
    }

    /// An error if a window of `operation` has no elements or doesn't move.
    pub(super) fn check(windows: &[Self; 2], operation: &'static str) -> Result<(), ShapeError> {
        match windows
            .iter()
            .find(|window| [window.size, window.stride, window.dilation].contains(&0))
        {
            None => Ok(()),
            Some(&Self { size, stride, dilation, .. }) => Err(ShapeError::operands(
                operation,
                format!(
                    "takes windows of a size, stride and dilation of at least 1, found {size}, {stride} and {dilation}"
                ),
            )),
        }
    }

    pub(super) fn geometry(windows: &[Self; 2], input: [usize; 2]) -> Geometry {
        Geometry {
            input,
            output: [windows[0].positions(input[0]), windows[1].positions(input[1])],
            window: windows.map(|window| window.size),
            stride: windows.map(|window| window.stride),
            dilation: windows.map(|window| window.dilation),
            low: windows.map(|window| window.padding.0),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// x → the maximum of each window.
    Max,
    /// (x, y) → y where x has the first maximum of each window.
    Pick,
    /// (x, dy) → dy added to where x has the first maximum: the transpose of `Pick` in y.
    Scatter,
    /// x → the sum of each window.
    Sum,
    /// dy → added to each element of its window: the transpose of `Sum`.
    Spread,
}

#[derive(Debug, Clone, Copy)]
struct Pool {
    form: Form,
    windows: [Window; 2],
    /// Height and width of the images.
    input: [usize; 2],
}

impl Pool {
    fn call<const N: usize>(&self, form: Form, inputs: [&DynTensor; N]) -> DynTensor {
        DynTensor::apply(Self { form, ..*self }, inputs.map(Clone::clone))
    }

    /// The output's sizes, for inputs whose first is of `dims`.
    fn output_dims(&self, dims: &Dims) -> Dims {
        let [height, width] = match self.form {
            Form::Max | Form::Pick | Form::Sum => {
                Window::geometry(&self.windows, self.input).output
            }
            Form::Scatter | Form::Spread => self.input,
        };
        Dims::new(&[dims[0], height, width, dims[3]])
    }
}

impl Operation for Pool {
    fn name(&self) -> &'static str {
        match self.form {
            Form::Max => "max_pool",
            Form::Pick => "max_pool_pick",
            Form::Scatter => "max_pool_scatter",
            Form::Sum => "sum_pool",
            Form::Spread => "sum_pool_spread",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let x = inputs[0];
        Window::check(&self.windows, self.name())?;
        if x.dims.len() != 4 {
            let problem = format!("takes images (batch, height, width, channels), found {x}");
            return Err(ShapeError::operands(self.name(), problem));
        }
        let pooled = Window::geometry(&self.windows, self.input).output;
        let expected = if self.form == Form::Spread { pooled } else { self.input };
        if !x.dtype.is_float() || x.dims[1..3] != expected {
            let problem = format!(
                "takes floating-point images (batch, {}, {}, channels), found {x}",
                expected[0], expected[1]
            );
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims: self.output_dims(&x.dims), ..x })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let arrays: Vec<Array> = inputs.iter().map(Array::contiguous).collect();
        let g = Window::geometry(&self.windows, self.input);
        let dims = self.output_dims(&arrays[0].dims());
        let channels = dims[3];
        for_float!(arrays[0].dtype(), E => {
            let x = arrays[0].slice::<E>();
            let second = || arrays[1].slice::<E>();
            Array::written(dims, |out| match self.form {
                _ if out.is_empty() => {}
                Form::Max => pool::max(&g, channels, x, out),
                Form::Pick => pool::pick(&g, channels, x, second(), out),
                Form::Scatter => pool::scatter(&g, channels, x, second(), out),
                Form::Sum => pool::sum(&g, channels, x, out),
                Form::Spread => pool::spread(&g, channels, x, out),
            })
        })
    }
    fn keeps(&self) -> Keeps {
        match self.form {
            Form::Sum | Form::Spread => Keeps::NOTHING,
            _ => Keeps::INPUTS,
        }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let g = &at.gradient;
        match (self.form, index) {
            (Form::Max, _) => Some(self.call(Form::Scatter, [&at.inputs[0], g])),
            // Where the maximum stands doesn't change with x, almost everywhere.
            (Form::Pick | Form::Scatter, 0) => None,
            (Form::Pick, _) => Some(self.call(Form::Scatter, [&at.inputs[0], g])),
            (Form::Scatter, _) => Some(self.call(Form::Pick, [&at.inputs[0], g])),
            (Form::Sum, _) => Some(self.call(Form::Spread, [g])),
            (Form::Spread, _) => Some(self.call(Form::Sum, [g])),
        }
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [height, width] = Window::geometry(&self.windows, self.input).output;
        let window = self.windows[0].size * self.windows[1].size;
        (inputs[0].dims[0] * height * width * inputs[0].dims[3] * window) as u64
    }
}

impl DynTensor {
    /// The maximum of each window over images `(B, H, W, C)`; padding counts as −∞. A tie's gradient
    /// goes to the first maximum.
    #[must_use]
    #[track_caller]
    pub fn max_pool(self, windows: [Window; 2]) -> Self {
        let input = self.image_size();
        Self::apply(Pool { form: Form::Max, windows, input }, [self])
    }

    /// The sum of each window over images `(B, H, W, C)`; padding counts as 0.
    #[must_use]
    #[track_caller]
    pub fn sum_pool(self, windows: [Window; 2]) -> Self {
        let input = self.image_size();
        Self::apply(Pool { form: Form::Sum, windows, input }, [self])
    }

    /// Height and width of images; zeros for another rank, which the operation then refuses.
    fn image_size(&self) -> [usize; 2] {
        match *self.dims() {
            [_, height, width, _] => [height, width],
            _ => [0, 0],
        }
    }
}
