//! An elementwise function of two arrays. An operand that is broadcast by strides of 0 isn't copied.

use super::unary::in_memory_order;
use crate::array::{Array, Dims, Element, product};
use crate::kernel::broadcast::{Broadcast, with_broadcast};

/// A loop that updates a chunk of the first operand. It is a trait for the reason given in `kernel::elementwise`.
pub(super) trait ZipUpdateLoop<E>: Sync {
    fn run(&self, a: &mut [E], b: &[E]);
}
impl<E, L: Fn(&mut [E], &[E]) + Sync> ZipUpdateLoop<E> for L {
    fn run(&self, a: &mut [E], b: &[E]) {
        self(a, b);
    }
}
pub(super) type ZipUpdate<'a, E> = &'a dyn ZipUpdateLoop<E>;

/// A loop from chunks of both operands to one of the result.
pub(super) trait ZipToLoop<E, F>: Sync {
    fn run(&self, a: &[E], b: &[E], out: &mut [F]);
}
impl<E, F, L: Fn(&[E], &[E], &mut [F]) + Sync> ZipToLoop<E, F> for L {
    fn run(&self, a: &[E], b: &[E], out: &mut [F]) {
        self(a, b, out);
    }
}
pub(super) type ZipTo<'a, E, F = E> = &'a dyn ZipToLoop<E, F>;

/// How `x` is broadcast, if the loops support it without a copy.
fn broadcast_of(x: &Array) -> Option<Broadcast> {
    let (dims, strides) = (x.dims(), x.strides());
    let still = |i: usize| dims[i] == 1 || strides[i] == 0;
    let axes = dims.len();
    let trailing = (0..axes).rev().take_while(|&i| still(i)).count();
    let leading = (0..axes).take_while(|&i| still(i)).count();
    if leading == axes {
        return Some(Broadcast::Scalar);
    }
    // The axes that aren't broadcast must be contiguous.
    let contiguous = |from: usize, to: usize| {
        let (dims, strides) = (Dims::new(&dims[from..to]), Dims::new(&strides[from..to]));
        let expected = dims.strides();
        (0..dims.len()).all(|i| dims[i] == 1 || strides[i] == expected[i])
    };
    // Axes of size 1 alone repeat no element.
    let repeated = |axes: std::ops::Range<usize>| axes.into_iter().any(|i| dims[i] > 1);
    if repeated(axes - trailing..axes) && contiguous(0, axes - trailing) {
        return Some(Broadcast::Column(product(dims[axes - trailing..].iter().copied())));
    }
    (repeated(0..leading) && contiguous(leading, axes))
        .then(|| Broadcast::Row(product(dims[leading..].iter().copied())))
}

/// How `b` is broadcast to an array of `elements` elements. It is made contiguous where no loop knows how.
pub(super) fn broadcast_for(elements: usize, b: &mut Array) -> Broadcast {
    if b.elements() > 1 && b.is_contiguous() {
        return Broadcast::None;
    }
    let how = broadcast_of(b).filter(|_| elements > 0);
    how.unwrap_or_else(|| {
        *b = b.contiguous();
        Broadcast::None
    })
}

/// The elements that the loops read.
pub(super) fn elements_of<E: Element>(b: &Array, how: Broadcast) -> &[E] {
    match how {
        Broadcast::None => b.slice(),
        _ => b.elements_from_first(),
    }
}

/// Updates the elements of `a` by those of `b`, in place if no other array shares the buffer of `a`. Otherwise the loop
/// `to` writes a new array, if there is one.
pub(super) fn zip<E: Element>(
    a: &mut Array,
    b: &mut Array,
    update: ZipUpdate<'_, E>,
    to: Option<ZipTo<'_, E>>,
) -> Array {
    let how = broadcast_for(a.elements(), b);
    let right = elements_of(b, how);
    if let Broadcast::Scalar = how {
        // With a scalar the order of the elements doesn't matter.
        let order = in_memory_order(a);
        return zip_contiguous(a, right, how, update, to).permute_inverse(&order);
    }
    *a = a.contiguous();
    zip_contiguous(a, right, how, update, to)
}

fn zip_contiguous<E: Element>(
    a: &mut Array,
    right: &[E],
    how: Broadcast,
    update: ZipUpdate<'_, E>,
    to: Option<ZipTo<'_, E>>,
) -> Array {
    if let Some(elements) = a.unique_mut::<E>() {
        with_broadcast(elements, right, how, |_, a, b| update.run(a, b));
        return a.clone();
    }
    let left = a.slice::<E>();
    Array::build(a.dims(), |out| {
        with_broadcast(out, right, how, |start, out, b| {
            let a = &left[start..][..out.len()];
            match to {
                Some(to) => to.run(a, b, out),
                None => {
                    out.copy_from_slice(a);
                    update.run(out, b);
                }
            }
        });
    })
}

/// An elementwise function of both; the result may have a different type.
pub(super) fn zip_to<E: Element, F: Element>(
    a: &Array,
    b: &mut Array,
    to: ZipTo<'_, E, F>,
) -> Array {
    let a = a.contiguous();
    let how = broadcast_for(a.elements(), b);
    let (left, right) = (a.slice::<E>(), elements_of::<E>(b, how));
    Array::build(a.dims(), |out| {
        with_broadcast(out, right, how, |start, out, b| {
            to.run(&left[start..][..out.len()], b, out);
        });
    })
}
