//! Numbers, booleans, and arrays of them.

use nnx_core::array::Element;
use nnx_core::size::{Batch, Const, Shape, Size};
use nnx_core::tensor::Tensor;

use super::{Collate, Digest};
use crate::DataError;

/// The tensor of the elements of all items, in order. Its only runtime axis is the batch.
pub(crate) fn tensor<S: Shape, E: Element>(elements: Vec<E>, batch: usize) -> Tensor<S, E> {
    let sizes: Vec<usize> = S::AXES.iter().map(|axis| axis.unwrap_or(batch)).collect();
    Tensor::from_shape_vec(&sizes, elements).expect("items of one size")
}

macro_rules! elements {
    ($($element:ident)*) => { $(
        impl Collate for $element {
            type Batch = Tensor<(Batch,), $element>;

            fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError> {
                let count = items.len();
                Ok(tensor(items, count))
            }

            fn digest(&self, digest: &mut Digest) {
                digest.elements(std::slice::from_ref(self));
            }
        }
        arrays! {
            [$element; A], $element [A], |items| items.as_flattened();
            [[$element; B]; A], $element [A B], |items| items.as_flattened().as_flattened();
            [[[$element; C]; B]; A], $element [A B C],
                |items| items.as_flattened().as_flattened().as_flattened();
        }
    )* };
}

// Separate implementations: with a blanket `impl` for elements, the compiler must assume that an array could be an
// element.
macro_rules! arrays {
    ($($array:ty, $element:ident [$($axis:ident)*], |$items:ident| $flat:expr;)*) => { $(
        impl<$(const $axis: usize),*> Collate for $array
        where
            $(Const<$axis>: Size,)*
        {
            type Batch = Tensor<(Batch, $(Const<$axis>,)*), $element>;

            fn collate($items: Vec<Self>) -> Result<Self::Batch, DataError> {
                Ok(tensor($flat.to_vec(), $items.len()))
            }

            fn digest(&self, digest: &mut Digest) {
                let $items = std::slice::from_ref(self);
                digest.elements($flat);
            }
        }
    )* };
}
elements!(f32 f64 i32 u32 u8 bool);
