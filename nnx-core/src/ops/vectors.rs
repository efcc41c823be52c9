//! Products of vectors, and the trace of matrices: composed of other operations.

use super::DynTensor;
use super::operation::expect_same_float;
use super::view::refuse;
use crate::array::{OrPanic as _, ShapeError};

impl DynTensor {
    /// The products of vectors, which are the last axis of two tensors of one shape: (.., N) to (..) (`jnp.vecdot`,
    /// `torch.linalg.vecdot`).
    #[must_use]
    #[track_caller]
    pub fn dot(self, other: Self) -> Self {
        let last = self.vectors("dot", &other, None).or_panic();
        (self * other).sum(&[last])
    }

    /// All products of an element of one vector and one of another: (.., M) and (.., N) to (.., M, N), with the same
    /// leading axes (`jnp.outer`, `torch.outer` of vectors).
    #[must_use]
    #[track_caller]
    pub fn outer(self, other: Self) -> Self {
        let fits = match (&*self.dims(), &*other.dims()) {
            ([left @ .., _], [right @ .., _]) => left == right,
            _ => false,
        };
        if !fits {
            let problem = "takes vectors (.., M) and (.., N) with the same leading axes, found";
            let found = format!("{problem} {} and {}", self.dims(), other.dims());
            refuse::<()>("outer", found).or_panic();
        }
        let (left, right) = (self.dims(), other.dims());
        let column = self.reshape(&left.insert_axis(left.len(), 1));
        column * other.reshape(&right.insert_axis(right.len() - 1, 1))
    }

    /// The cross products of vectors of 3 elements, which are the last axis of two tensors of one shape (`jnp.cross`,
    /// `torch.linalg.cross`).
    #[must_use]
    #[track_caller]
    pub fn cross(self, other: Self) -> Self {
        let last = self.vectors("cross", &other, Some(3)).or_panic();
        let turn = |x: &Self, by: isize| x.clone().roll(last, -by);
        turn(&self, 1) * turn(&other, 2) - turn(&self, 2) * turn(&other, 1)
    }

    /// The sums of the diagonals of square matrices: (.., N, N) to (..) (`jnp.trace`, `torch.trace`).
    #[must_use]
    #[track_caller]
    pub fn trace(self) -> Self {
        let diagonal = self.diagonal();
        let last = diagonal.rank() - 1;
        diagonal.sum(&[last])
    }

    /// The index of the last axis of two tensors of the same shape; an error unless it has size `size`, if that is
    /// given.
    fn vectors(
        &self,
        name: &'static str,
        other: &Self,
        size: Option<usize>,
    ) -> Result<usize, ShapeError> {
        let signature = expect_same_float(name, &[self.signature(), other.signature()])?;
        match (signature.dims.last(), size) {
            (Some(&found), Some(size)) if found != size => {
                refuse(name, format!("takes vectors of {size} elements, found {}", signature.dims))
            }
            (None, _) => refuse(name, "takes vectors (.., N), found ()".to_owned()),
            _ => Ok(self.rank() - 1),
        }
    }
}
