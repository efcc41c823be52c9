//! Writes a slice along an axis: JAX's `x.at[start:end].set(..)` and `.add(..)`.

use super::dtype::{for_element, for_float};
use super::{Array, Element, product};

impl Array {
    /// Overwrites the elements from `start` on along `axis` with `part`; in place if no other array shares
    /// the buffer.
    pub(crate) fn write_part(&mut self, axis: usize, start: usize, part: &Self) {
        for_element!(self.dtype(), E => self.zip_part(axis, start, part, |_: E, new: E| new));
    }

    /// Adds `part`, of a floating-point type, to the elements from `start` on along `axis`; in place if no
    /// other array shares the buffer.
    pub(crate) fn add_part(&mut self, axis: usize, start: usize, part: &Self) {
        for_float!(self.dtype(), E => self.zip_part(axis, start, part, |old: E, new: E| old + new));
    }

    fn zip_part<E: Element>(
        &mut self,
        axis: usize,
        start: usize,
        part: &Self,
        f: impl Fn(E, E) -> E,
    ) {
        if part.elements() == 0 {
            return;
        }
        // The array has elements, so no product of its sizes overflows.
        let inner = product(self.dims()[axis + 1..].iter().copied());
        let (row, width) = (self.dims()[axis] * inner, part.dims()[axis] * inner);
        let part = part.contiguous();
        let rows = self.make_mut::<E>().chunks_exact_mut(row);
        for (old, new) in rows.zip(part.slice::<E>().chunks_exact(width)) {
            for (old, &new) in old[start * inner..][..width].iter_mut().zip(new) {
                *old = f(*old, new);
            }
        }
    }
}
