//! Writes a slice along an axis: JAX's `x.at[start:end].set(..)` and `.add(..)`.

use super::dtype::{Sealed, for_float, for_stored};
use super::{Array, product};

impl Array {
    /// Overwrites the elements from `start` on along `axis` with `slice`, which has the same type; in place if no
    /// other array shares the buffer.
    pub(crate) fn slice_assign(&mut self, axis: usize, start: usize, slice: &Self) {
        for_stored!(self.dtype(), E => self.zip_slice(axis, start, slice, |_: E, new: E| new));
    }

    /// Adds `slice`, of a floating-point type, to the elements from `start` on along `axis`; in place if no
    /// other array shares the buffer.
    pub(crate) fn slice_add(&mut self, axis: usize, start: usize, slice: &Self) {
        for_float!(self.dtype(), E => self.zip_slice(axis, start, slice, |old: E, new: E| old + new));
    }

    fn zip_slice<E: Sealed>(
        &mut self,
        axis: usize,
        start: usize,
        slice: &Self,
        f: impl Fn(E, E) -> E,
    ) {
        if slice.elements() == 0 {
            return;
        }
        // The array isn't empty here, so no product of its sizes overflows.
        let inner = product(self.dims()[axis + 1..].iter().copied());
        let (row, width) = (self.dims()[axis] * inner, slice.dims()[axis] * inner);
        let slice = slice.contiguous();
        let rows = self.make_mut::<E>().chunks_exact_mut(row);
        for (old, new) in rows.zip(slice.slice::<E>().chunks_exact(width)) {
            for (old, &new) in old[start * inner..][..width].iter_mut().zip(new) {
                *old = f(*old, new);
            }
        }
    }
}
