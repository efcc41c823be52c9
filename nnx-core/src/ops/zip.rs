//! An elementwise function of two arrays. A row or column that is broadcast by strides of 0 isn't copied.

use super::unary::map;
use crate::array::{Array, Dims, Element, product};
use crate::kernel::elementwise;

/// How an operand is broadcast.
enum BroadcastPattern {
    /// One element for all.
    Scalar,
    /// A row of this many elements, the same for every row.
    Row(usize),
    /// One element for each row, of this many elements.
    Column(usize),
}

fn broadcast_pattern(x: &Array) -> Option<BroadcastPattern> {
    let (dims, strides) = (x.dims(), x.strides());
    let still = |i: usize| dims[i] == 1 || strides[i] == 0;
    let axes = dims.len();
    let trailing = (0..axes).rev().take_while(|&i| still(i)).count();
    let leading = (0..axes).take_while(|&i| still(i)).count();
    if leading == axes {
        return Some(BroadcastPattern::Scalar);
    }
    // The axes that aren't broadcast must be contiguous.
    let contiguous = |from: usize, to: usize| {
        let (dims, strides) = (Dims::new(&dims[from..to]), Dims::new(&strides[from..to]));
        let expected = dims.strides();
        (0..dims.len()).all(|i| dims[i] == 1 || strides[i] == expected[i])
    };
    // Axes of size 1 alone repeat nothing.
    let repeated = |axes: std::ops::Range<usize>| axes.into_iter().any(|i| dims[i] > 1);
    if repeated(axes - trailing..axes) && contiguous(0, axes - trailing) {
        return Some(BroadcastPattern::Column(product(dims[axes - trailing..].iter().copied())));
    }
    (repeated(0..leading) && contiguous(leading, axes))
        .then(|| BroadcastPattern::Row(product(dims[leading..].iter().copied())))
}

/// How `b` is broadcast, if it is and `a` isn't.
fn broadcast_of_second(a: &Array, b: &Array) -> Option<BroadcastPattern> {
    broadcast_pattern(b).filter(|_| a.elements() > 0 && broadcast_pattern(a).is_none())
}

/// Both arrays, contiguous. Drops the inputs' handles, so that the results may be the only owners of their buffers.
fn take_contiguous(a: &mut Array, b: &mut Array) -> (Array, Array) {
    let both = (a.contiguous(), b.contiguous());
    for input in [a, b] {
        *input = Array::full_float(0.0, input.dtype(), &[]);
    }
    both
}

/// `f` of the elements of both arrays, in place if `a` is the only owner of its buffer.
pub(super) fn zip<E: Element>(
    a: &mut Array,
    b: &mut Array,
    f: impl Fn(E, E) -> E + Sync + Send + Copy,
) -> Array {
    if let Some(how) = broadcast_of_second(a, b) {
        return zip_broadcast(a, b, &how, f);
    }
    let (mut left, right) = take_contiguous(a, b);
    if let Some(elements) = left.unique_mut::<E>() {
        elementwise::zip_in_place(elements, right.slice::<E>(), f);
        return left;
    }
    Array::build(left.dims(), |out| {
        elementwise::zip(left.slice::<E>(), right.slice::<E>(), out, f);
    })
}

/// `f` of `a` and of a broadcast `b`.
fn zip_broadcast<E: Element>(
    a: &mut Array,
    b: &Array,
    how: &BroadcastPattern,
    f: impl Fn(E, E) -> E + Sync + Send + Copy,
) -> Array {
    let repeated = b.elements_from_first::<E>();
    if let BroadcastPattern::Scalar = how {
        let b = repeated[0];
        return map(a, move |a| f(a, b));
    }
    let work = |source: Option<&[E]>, out: &mut [E]| match how {
        BroadcastPattern::Row(width) => {
            elementwise::zip_row_in_place(source, out, &repeated[..*width], f);
        }
        BroadcastPattern::Column(width) => {
            let rows = out.len() / width;
            elementwise::zip_column_in_place(source, out, *width, &repeated[..rows], f);
        }
        BroadcastPattern::Scalar => unreachable!("handled above"),
    };
    *a = a.contiguous();
    if let Some(elements) = a.unique_mut::<E>() {
        work(None, elements);
        return a.clone();
    }
    Array::build(a.dims(), |out| work(Some(a.slice::<E>()), out))
}
