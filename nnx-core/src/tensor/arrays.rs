//! Conversion between Rust arrays and tensors. The compiler checks the sizes of both, so it can't fail.
//!
//! | array | sizes of the tensor |
//! |---|---|
//! | `[E; 10]`, `[[E; 28]; 28]`, .., nested up to 8 times | up to 999 |
//! | `GenericArray<E, ..>`, also nested once | any size: rustc can't compute `[E; N]` from a type |
//!
//! ```
//! use nnx_core::{Tensor, module::{Init, Layer}, nn::Linear, random::Rngs, tensor::Tensor};
//! use nnx_core::size::{Batch, U3, U4};
//!
//! /// A model inside a program that knows nothing of tensors.
//! fn classify(model: &Linear<U4, U3>, features: [f32; 4]) -> [f32; 3] {
//!     model.infer(Tensor::from(features)).softmax().into()
//! }
//! let model = Linear::init(&mut Rngs::new(0));
//! let probabilities = classify(&model, [1.0, 2.0, 3.0, 4.0]);
//! assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
//!
//! let batch: Tensor![Batch, 4] = Tensor::batch([[1.0; 4], [2.0; 4]]);
//! assert_eq!(*batch.dims(), [2, 4]);
//! ```

use generic_array::sequence::GenericSequence as _;
use generic_array::{ArrayLength, GenericArray};

use super::Tensor;
use crate::array::{Array, Dims, Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::rules::HasAxis;
use crate::size::{Batch, Const, Shape, Size, ToTypenum};

/// Implements `From` between arrays and tensors, in row-major order, in both directions.
/// The nested array of these axes: its type, its elements as one slice, and its value by an iterator of elements.
macro_rules! nested {
    (@type) => { E };
    (@type $axis:ident $($rest:ident)*) => { [nested!(@type $($rest)*); $axis] };
    (@flat $x:expr, $axis:ident) => { $x };
    (@flat $x:expr, $axis:ident $($rest:ident)+) => { nested!(@flat $x.as_flattened(), $($rest)+) };
    (@value $elements:ident) => { *$elements.next().expect("as many elements as the shape has") };
    (@value $elements:ident $axis:ident $($rest:ident)*) => {
        std::array::from_fn::<_, $axis, _>(|_| nested!(@value $elements $($rest)*))
    };
}

macro_rules! arrays {
    ($($($axis:ident)*;)*) => { $(
        impl<E: Element, $(const $axis: usize),*> From<nested!(@type $($axis)*)>
            for Tensor<($(Const<$axis>,)*), E>
        where
            $(Const<$axis>: Size,)*
        {
            fn from(array: nested!(@type $($axis)*)) -> Self {
                let elements = nested!(@flat array, $($axis)*).to_vec();
                Self::trusted(Array::filled(elements, Dims::new(&[$($axis),*])).into())
            }
        }

        impl<E: Element, $(const $axis: usize),*> From<Tensor<($(Const<$axis>,)*), E>>
            for nested!(@type $($axis)*)
        where
            $(Const<$axis>: Size,)*
        {
            fn from(tensor: Tensor<($(Const<$axis>,)*), E>) -> Self {
                let array = tensor.readable();
                let mut elements = array.slice::<E>().iter();
                nested!(@value elements $($axis)*)
            }
        }
    )* };
}
arrays! { A; A B; A B C; A B C D; A B C D F; A B C D F G; A B C D F G H; A B C D F G H I; }

impl<E: Element, A: ToTypenum<Typenum: ArrayLength>> From<GenericArray<E, A::Typenum>>
    for Tensor<(A,), E>
{
    fn from(elements: GenericArray<E, A::Typenum>) -> Self {
        Self::trusted(Array::filled(elements.to_vec(), Dims::new(&[A::USIZE])).into())
    }
}

impl<E: Element, A: ToTypenum<Typenum: ArrayLength>> From<Tensor<(A,), E>>
    for GenericArray<E, A::Typenum>
{
    fn from(tensor: Tensor<(A,), E>) -> Self {
        let elements = tensor.readable();
        let elements = elements.slice::<E>();
        Self::generate(|i| elements[i])
    }
}

/// `A` rows of `B` elements.
type Rows<E, A, B> =
    GenericArray<GenericArray<E, <B as ToTypenum>::Typenum>, <A as ToTypenum>::Typenum>;

impl<E: Element, A: ToTypenum<Typenum: ArrayLength>, B: ToTypenum<Typenum: ArrayLength>>
    From<Rows<E, A, B>> for Tensor<(A, B), E>
{
    fn from(rows: Rows<E, A, B>) -> Self {
        let elements = rows.iter().flat_map(|row| row.iter().copied()).collect();
        Self::trusted(Array::filled(elements, Dims::new(&[A::USIZE, B::USIZE])).into())
    }
}

impl<E: Element, A: ToTypenum<Typenum: ArrayLength>, B: ToTypenum<Typenum: ArrayLength>>
    From<Tensor<(A, B), E>> for Rows<E, A, B>
{
    fn from(tensor: Tensor<(A, B), E>) -> Self {
        let elements = tensor.readable();
        let elements = elements.slice::<E>();
        Self::generate(|i| GenericArray::generate(|j| elements[i * B::USIZE + j]))
    }
}

impl<S: Shape, E: Element> Tensor<S, E> {
    /// Stacks tensors of one shape along a new first axis, the batch, whose size is the number of items at run
    /// time. An item may also be an array.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
    ///
    /// let rows = vec![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    /// let x: Tensor![Batch, 2] = Tensor::batch(rows);
    /// assert_eq!(*x.dims(), [3, 2]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the items.
    #[must_use]
    #[track_caller]
    pub fn batch<X>(items: impl IntoIterator<Item = X>) -> Self
    where
        S: HasAxis<0, Axis = Batch>,
        X: Into<Tensor<S::Removed, E>>,
    {
        let row = |item: X| {
            let item: Tensor<S::Removed, E> = item.into();
            let dims = item.dims().insert_axis(0, 1);
            item.into_dyn().reshape(&dims)
        };
        let rows: Vec<DynTensor> = items.into_iter().map(row).collect();
        if rows.is_empty() {
            let sizes: Dims = S::AXES.iter().map(|axis| axis.unwrap_or(0)).collect();
            return Self::trusted(Array::full(E::default(), &sizes).into());
        }
        Self::trusted(DynTensor::concat(rows, 0).or_panic())
    }
}
