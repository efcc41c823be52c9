//! Composed: padding of one axis by a constant, or by elements of the array.

use super::{DynTensor, axis_length};
use crate::array::{Array, OrPanic as _};

/// Where padding takes its elements from (the `mode` of `jnp.pad` and `F.pad`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PadMode {
    /// A value: `v v | a b c | v v`.
    Constant(f64),
    /// The element at the edge: `a a | a b c | c c` (PyTorch's `replicate`).
    #[doc(alias = "replicate")]
    Edge,
    /// Mirrored at the edge element, which isn't repeated: `c b | a b c | b a`.
    Reflect,
    /// Mirrored with the edge element: `b a | a b c | c b`.
    Symmetric,
    /// Continues with the elements from the other end: `b c | a b c | a b` (PyTorch's `circular`).
    #[doc(alias = "circular")]
    Wrap,
}

impl PadMode {
    /// The index of the element that a padded axis has at `position`, counted from its first unpadded element. `size`
    /// is the size without padding, at least 1.
    fn source(self, position: i128, size: usize) -> usize {
        let size = size as i128;
        let index = match self {
            Self::Constant(_) => position,
            Self::Edge => position.clamp(0, size - 1),
            Self::Wrap => position.rem_euclid(size),
            Self::Symmetric => {
                let i = position.rem_euclid(2 * size);
                i.min(2 * size - 1 - i)
            }
            Self::Reflect if size == 1 => 0,
            Self::Reflect => {
                let i = position.rem_euclid(2 * size - 2);
                i.min(2 * size - 2 - i)
            }
        };
        usize::try_from(index).expect("an index within the axis")
    }
}

impl DynTensor {
    /// `before` and `after` elements added at the ends of an axis (`jnp.pad`, `F.pad`).
    ///
    /// # Panics
    /// If there is no such axis. If the axis has no elements, and the mode isn't [`PadMode::Constant`].
    #[must_use]
    #[track_caller]
    pub fn pad_with(self, axis: usize, before: usize, after: usize, mode: PadMode) -> Self {
        let size = self.axis_size("pad_with", axis);
        if let PadMode::Constant(value) = mode {
            return self.pad_axes([(axis, [before, after])], value);
        }
        if before == 0 && after == 0 {
            return self;
        }
        assert!(
            size > 0,
            "`pad_with` can't pad axis {axis} of shape {} by its own elements: it has none",
            self.dims()
        );
        let total = before as u128 + size as u128 + after as u128;
        axis_length("pad_with", total).or_panic();
        // The elements of the axis are copied in rows; only those that are added are looked up.
        let part = |first: i128, count| {
            let source = |i| mode.source(first + i as i128, size);
            (count > 0).then(|| self.clone().taken("pad_with", axis, count, source))
        };
        let parts =
            [part(-(before as i128), before), Some(self.clone()), part(size as i128, after)];
        Self::concat(parts.into_iter().flatten().collect(), axis).or_panic()
    }

    /// A tensor of this type and a different shape, filled with a value.
    pub(super) fn filled(&self, dims: &[usize], value: f64) -> Self {
        let value = Array::scalar(value);
        Self::from(value).cast(self.dtype()).broadcast_to(dims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Dims;

    fn padded(elements: &[f64], before: usize, after: usize, mode: PadMode) -> Vec<f64> {
        let x = Array::filled(elements.to_vec(), Dims::new(&[elements.len()]));
        DynTensor::from(x).pad_with(0, before, after, mode).array().to_vec().unwrap()
    }

    #[test]
    fn modes_are_those_of_numpy_beyond_the_size_of_the_axis_too() {
        let x = [1.0, 2.0, 3.0];
        let check =
            |mode, expected: [f64; 13]| assert_eq!(padded(&x, 5, 5, mode), expected, "{mode:?}");
        let [a, b, c] = x;
        check(PadMode::Constant(7.0), [7., 7., 7., 7., 7., a, b, c, 7., 7., 7., 7., 7.]);
        check(PadMode::Edge, [a, a, a, a, a, a, b, c, c, c, c, c, c]);
        check(PadMode::Reflect, [b, a, b, c, b, a, b, c, b, a, b, c, b]);
        check(PadMode::Symmetric, [b, c, c, b, a, a, b, c, c, b, a, a, b]);
        check(PadMode::Wrap, [b, c, a, b, c, a, b, c, a, b, c, a, b]);
        for mode in [PadMode::Edge, PadMode::Reflect, PadMode::Symmetric, PadMode::Wrap] {
            assert_eq!(padded(&[4.0], 2, 1, mode), [4.0; 4], "{mode:?}");
            assert_eq!(padded(&[], 0, 0, mode), [0.0; 0], "{mode:?}");
        }
        assert_eq!(padded(&[], 2, 1, PadMode::Constant(f64::INFINITY)), [f64::INFINITY; 3]);
    }

    #[test]
    #[should_panic(
        expected = "`pad_with` can't pad axis 0 of shape (0,) by its own elements: it has none"
    )]
    fn an_axis_without_elements_has_none_to_pad_with() {
        let _ = padded(&[], 1, 0, PadMode::Edge);
    }
}
