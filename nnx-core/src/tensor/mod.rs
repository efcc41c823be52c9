//! Tensors whose shape is a type: a thin wrapper around [`DynTensor`], whose shapes the compiler checks.
//!
//! | file | contents |
//! |---|---|
//! | `create` | tensors from vectors of elements, and back |
//! | `arrays` | tensors from Rust arrays, and back |
//! | `interop` | text, comparison, nested vectors, serde, values of ndarray and nalgebra |
//! | `into_shape` | conversion to a shape that is checked at run time |
//! | `arithmetic` | operators, with broadcasting |
//! | `element_types` | floating-point types, numbers, integers, labels: bounds on elements |
//! | `elementwise` | the methods of the elementwise functions (rows of `ops/elementwise`); comparison, selection |
//! | `operand` | the right operand of an elementwise function: a tensor or a number |
//! | `integer_operators`, `integers` | operators of integers and of masks; the same as methods |
//! | `compare` | comparison with a number, tests for NaN and infinities |
//! | `activation` | glu and standardization over the last axis |
//! | `reduce`, `extremes` | sums, means, products; maxima, minima, argmax, argmin |
//! | `truth` | any, all, the number of nonzero elements |
//! | `masked` | sums and means of the elements where a mask is true |
//! | `cumulative` | cumulative sums, products, maxima, logsumexps |
//! | `order`, `search` | sort, top_k, quantiles, unique; searchsorted, bincount, histogram |
//! | `softmax` | softmax, log-softmax, logsumexp |
//! | `statistics` | norms, variances, standard deviations |
//! | `layout` | reshape, flatten, permute, slice, concatenate, stack |
//! | `indexing` | elements of an axis by index, by steps, by a mask |
//! | `scatter` | elements along an axis by index, and values written there |
//! | `rearrange` | flip, roll, repeat, tile, pad; axes removed, swapped and moved |
//! | `split` | chunks of an axis; several tensors concatenated |
//! | `random`, `random_choices` | random numbers from a key; masks, integers, permutations and classes |
//! | `matrices`, `ranges` | diagonals, triangles, the identity; arange, linspace |
//! | `axes` | splitting one axis into two, merging two axes into one |
//! | `product` | matrix multiplication, gathering by index, one-hot |
//! | `contraction` | what `einsum!` calls |
//! | `vectors` | dot, outer and cross products, the trace |
//! | `decompositions`, `linalg` | decompositions of matrices; what they solve, with the feature `linalg` |
//! | `complex`, `fft` | complex numbers; Fourier transforms, spectra of audio, with the feature `fft` |
//! | `weighted` | multiplication by weights, in which a weight of 0 masks an element |
//! | `windows`, `pool`, `unfold` | convolution, upsampling and pooling; windows as vectors |
//! | `resize` | resizing by interpolation; channels rearranged into pixels |
//! | `like` | the sizes of another tensor: checked, resized, cropped and padded |
//! | `gradient`, `transforms` | gradients of functions of tensors, vjp, jvp, remat |
//! | `vmap` | functions of one member, applied to all members of a batch |
//! | `list` | tensors as a list, for programs |
//! | `shown` | the errors of [`shape_of!`](crate::shape_of) |
//!
//! Trait bounds are on the methods instead of on the `impl` blocks, and the result's shape is a generic
//! parameter of a method where nothing else determines it. Only then does rustc print the custom messages of
//! the bounds.

mod activation;
mod arithmetic;
pub mod arrays;
mod at_build;
mod axes;
mod compare;
#[cfg(feature = "fft")]
mod complex;
mod contraction;
mod create;
mod cumulative;
#[cfg(feature = "linalg")]
mod decompositions;
mod element_types;
mod elementwise;
mod extremes;
#[cfg(feature = "fft")]
mod fft;
mod generic_pools;
mod gradient;
mod indexing;
mod integer_operators;
mod integers;
mod interop;
mod into_shape;
mod layout;
mod like;
#[cfg(feature = "linalg")]
mod linalg;
mod list;
mod masked;
mod matrices;
mod operand;
mod order;
mod pool;
mod product;
mod random;
mod random_choices;
mod ranges;
mod rearrange;
mod reduce;
mod resize;
mod scatter;
mod search;
mod shape_of;
mod softmax;
mod split;
mod statistics;
mod transforms;
mod truth;
mod unfold;
mod unpool;
mod vectors;
mod vmap;
mod weighted;
mod windows;

pub use activation::{GenericHalves, InHalves};
pub use contraction::{ContractedOperand, contracted};
pub use element_types::{BitOperand, InputElement, Integral, Label, Numeric, Operand, Real};
pub use generic_pools::GenericPools;
pub use gradient::{Inputs, gradient, value_and_gradient};
pub use interop::Nested;
pub use list::Tensors;
pub use matrices::{GridVectors, meshgrid};
pub use operand::RightOperand;
pub use order::Unique;
pub use pool::Pooled;
pub use random_choices::MaskElement;
pub use ranges::RangeNumber;
pub use shape_of::{HasShape, Shown, shape_of};
pub use split::{Concatenate, Stack};
pub use transforms::{custom_vjp, jacobian, jvp, remat, vjp};
pub use unfold::{Unfolded, WindowElements};
pub use vmap::{AlongMembers, MemberResult, Shared, vmap};
pub use windows::{ConvPositions, Positions, TransposedPositions};

use std::marker::PhantomData;

use crate::array::{Array, DType, Dims, Element, ShapeError};
use crate::ops::DynTensor;
use crate::size::Shape;

/// A tensor of shape `S` with elements of type `E`. The macro writes its type: `Tensor![B, 28, 28, 1]`.
///
/// A clone shares the buffer. Operations take a tensor by value, so that they can work in place if it is the
/// only owner of its buffer. Clone a tensor to use it again.
///
/// ```
/// use nnx_core::{Tensor, tensor::Tensor};
///
/// let x: Tensor![2, 3] = Tensor::from([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]]);
/// let bias: Tensor![3] = Tensor::from([10.0, 20.0, 30.0]);
/// assert_eq!((x.relu() + bias).to_vec(), [11.0, 20.0, 33.0, 10.0, 25.0, 30.0]);
/// ```
pub struct Tensor<S, E = f32> {
    value: DynTensor,
    shape: PhantomData<fn() -> (S, E)>,
}

impl<S, E> Clone for Tensor<S, E> {
    fn clone(&self) -> Self {
        Self::trusted(self.value.clone())
    }
}

impl<S, E> Tensor<S, E> {
    /// Wraps a value that is known to have this shape and element type, without a check.
    pub(crate) fn trusted(value: DynTensor) -> Self {
        Self { value, shape: PhantomData }
    }

    /// The sizes of all axes, including runtime axes.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(*Tensor::from([[1.0, 2.0, 3.0]]).dims(), [1, 3]);
    /// ```
    #[must_use]
    #[doc(alias("numel", "ndim", "size"))]
    pub fn dims(&self) -> Dims {
        self.value.dims()
    }

    /// The elements as an array, whose shape is known at run time only.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.array().to_vec::<f64>()?, [1.0, 2.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    pub fn array(&self) -> &Array {
        self.value.array()
    }

    /// The elements as they are read: contiguous, and those of bf16 widened.
    #[track_caller]
    pub(crate) fn readable(&self) -> Array {
        self.array().contiguous().widened()
    }

    /// The outermost tape that it is on.
    pub(crate) fn outermost_tape(&self) -> Option<u64> {
        self.value.node().map(|node| node.outermost)
    }

    /// The tensor without its shape type; `Tensor::try_from` converts it back.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0]).into_dyn();
    /// assert_eq!(x.rank(), 1);
    /// let error = <Tensor![3; f64]>::try_from(x).unwrap_err();
    /// assert!(error.to_string().contains("(3,)"), "{error}");
    /// ```
    #[must_use]
    pub fn into_dyn(self) -> DynTensor {
        self.value
    }

    /// The same values as a constant: no gradient flows through them (`jax.lax.stop_gradient`, PyTorch's
    /// `detach`).
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, gradient};
    ///
    /// let slope = gradient(|x| x.clone() * x.stop_gradient(), Tensor::from(3.0));
    /// assert_eq!(slope.item(), 3.0); // and not 6
    /// ```
    #[must_use]
    #[doc(alias = "detach")]
    pub fn stop_gradient(self) -> Self {
        Self::trusted(self.value.stop_gradient())
    }
}

impl<S: Shape, E: Element> TryFrom<DynTensor> for Tensor<S, E> {
    type Error = ShapeError;

    /// # Errors
    /// If the shape or the element type differs. The error names both, and the axes that differ. Weights of bf16 become f32.
    fn try_from(value: DynTensor) -> Result<Self, ShapeError> {
        let stored = value.is_stored_as_bf16() && E::DTYPE == DType::F32;
        let value = if stored { value.cast(DType::F32) } else { value };
        value.expect_dtype(E::DTYPE)?;
        let found = value.dims();
        match S::mismatch(&found) {
            None => Ok(Self::trusted(value)),
            Some(problem) => Err(ShapeError::Shape { expected: S::describe(), found, problem }),
        }
    }
}

impl<S: Shape, E: Element> TryFrom<Array> for Tensor<S, E> {
    type Error = ShapeError;

    /// # Errors
    /// If the shape or the element type differs. The error names both.
    fn try_from(array: Array) -> Result<Self, ShapeError> {
        Self::try_from(DynTensor::from(array))
    }
}
