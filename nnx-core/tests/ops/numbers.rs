//! Input values: the same in every run, and away from kinks and ties.

use nnx_core::array::{Array, Element};
use nnx_core::ops::DynTensor;
use nnx_core::size::{AxisWindow, Edge};

/// The distribution of input values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values {
    /// Spread over an interval.
    Between(f64, f64),
    /// Different multiples of 1/20, from −2.5 to 2.5, plus an offset: they keep a distance from each other, and from
    /// kinks at multiples of 1/20. At most 101 numbers.
    Steps(f64),
    /// Four times as far: multiples of 1/5, from −10 to 10.
    WideSteps(f64),
}

impl Values {
    /// `count` numbers; another `seed` gives others. All are exact in f32.
    #[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
    pub(crate) fn take(self, count: usize, seed: usize) -> Vec<f64> {
        let exact = |x: f64| f64::from(x as f32);
        match self {
            Self::Between(low, high) => {
                let golden = 0.618_033_988_749_895;
                let place = |i: usize| {
                    ((i + 7 * seed) as f64).mul_add(golden, 0.31 * (seed + 1) as f64).fract()
                };
                (0..count).map(|i| exact(low + (high - low) * place(i))).collect()
            }
            Self::Steps(_) | Self::WideSteps(_) => {
                assert!(count <= 101, "{count} different steps of 101");
                let step = |i: usize| ((i * 37 + seed * 13) % 101) as f64 - 50.0;
                let value = |i: usize| match self {
                    Self::WideSteps(offset) => step(i) / 5.0 + offset,
                    Self::Steps(offset) => step(i) / 20.0 + offset,
                    Self::Between(..) => unreachable!("handled above"),
                };
                (0..count).map(|i| exact(value(i))).collect()
            }
        }
    }
}

/// A tensor of elements in row-major order.
pub(crate) fn tensor<E: Element>(elements: Vec<E>, dims: &[usize]) -> DynTensor {
    Array::new(elements, dims).expect("as many elements as the shape holds").into()
}

/// The elements as f64, in row-major order.
pub(crate) fn elements(x: &DynTensor) -> Vec<f64> {
    let wide = x.clone().stop_gradient().cast(nnx_core::array::DType::F64);
    wide.array().to_vec().expect("the cast is to f64")
}

/// Indices of i32.
pub(crate) fn indices(elements: &[i32], dims: &[usize]) -> DynTensor {
    tensor(elements.to_vec(), dims)
}

/// A window of `[size, stride, dilation, padding before, padding after]` along an axis.
pub(crate) fn window([size, stride, dilation, before, after]: [usize; 5]) -> AxisWindow {
    AxisWindow { size, stride, dilation, input_dilation: 1, edge: Edge::Zeros(before, after) }
}

/// One window of `[size, stride, dilation, padding before, padding after]` for each axis.
pub(crate) fn windows(height: [usize; 5], width: [usize; 5]) -> [AxisWindow; 2] {
    [window(height), window(width)]
}
