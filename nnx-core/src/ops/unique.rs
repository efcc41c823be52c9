//! The different elements of a tensor. How many there are is known at run time only, so this isn't an operation, and no
//! gradient flows through it.

use super::{DynTensor, SortOrder};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims};
use crate::kernel::sort::SortKey;

/// The result of [`DynTensor::unique`].
#[derive(Debug, Clone)]
pub struct DynUnique {
    /// The different elements, in ascending order: `(n,)`.
    pub values: DynTensor,
    /// How often each of them occurs, as `i32`: `(n,)`.
    pub counts: DynTensor,
    /// Where each of them occurs first, as an `i32` index of the flattened tensor: `(n,)`.
    pub first: DynTensor,
    /// For each element of the tensor, the index of its value, as `i32`: the shape of the tensor.
    pub inverse: DynTensor,
}

impl DynTensor {
    /// The different elements in ascending order, with their counts. All NaN are one value, and so are −0 and 0, of
    /// which the first to occur is returned.
    ///
    /// # Panics
    /// If there are 2^31 elements or more.
    #[must_use]
    #[track_caller]
    pub fn unique(self) -> DynUnique {
        let dims = self.dims();
        let flat = self.stop_gradient().reshape(&[dims.elements()]);
        let x = flat.array_for("unique").contiguous().widened();
        let order = flat.clone().argsort(0, SortOrder::Ascending).into_array().contiguous();
        let order = order.slice::<i32>();
        let groups = for_element!(x.dtype(), E => groups(x.slice::<E>(), order));
        let vector = |elements: Vec<i32>| {
            let dims = Dims::new(&[elements.len()]);
            Self::from(Array::filled(elements, dims))
        };
        let first = vector(groups.first);
        DynUnique {
            values: flat.gather(first.clone()),
            counts: vector(groups.counts),
            first,
            inverse: Array::filled(groups.inverse, dims).into(),
        }
    }
}

/// Equal elements.
struct Groups {
    counts: Vec<i32>,
    first: Vec<i32>,
    inverse: Vec<i32>,
}

/// The groups of equal elements of `x`, whose sorted order is `order`.
fn groups<T: SortKey>(x: &[T], order: &[i32]) -> Groups {
    let mut groups = Groups { counts: vec![], first: vec![], inverse: vec![0; x.len()] };
    let mut current = None;
    for &index in order {
        let position = usize::try_from(index).expect("an index of the sort");
        let key = x[position].key();
        if current != Some(key) {
            current = Some(key);
            // The sort is stable, so this is the first occurrence.
            groups.first.push(index);
            groups.counts.push(0);
        }
        let last = groups.counts.len() - 1;
        groups.counts[last] += 1;
        groups.inverse[position] = i32::try_from(last).expect("fewer groups than elements");
    }
    groups
}
