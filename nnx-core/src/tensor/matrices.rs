//! Diagonals and triangles of matrices, which are the last two axes; grids of two vectors.

use super::Tensor;
use crate::array::Element;
use crate::ops::DynTensor;
use crate::size::rules::{Diagonals, IdentityMatrix, LongIdentityMatrix, Matrices, SquareMatrices};
use crate::size::{Dim, Shape};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The diagonals of square matrices: `(.., N, N)` to `(.., N)` (`jnp.diagonal`, `torch.diagonal`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.diagonal().to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If `N` is a runtime axis with two different sizes, which no tensor has.
    #[must_use]
    #[track_caller]
    #[doc(alias = "diag")]
    pub fn diagonal<O>(self) -> Tensor<O, E>
    where
        S: SquareMatrices<Diagonal = O>,
    {
        Tensor::trusted(self.into_dyn().diagonal())
    }

    /// Square matrices with this diagonal, zeros elsewhere: `(.., N)` to `(.., N, N)` (`jnp.diag`,
    /// `torch.diag_embed`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([1.0, 2.0]).diag_embed().to_vec(), [1.0, 0.0, 0.0, 2.0]);
    /// ```
    #[must_use]
    #[doc(alias("diag", "diagflat"))]
    pub fn diag_embed<O>(self) -> Tensor<O, E>
    where
        S: Diagonals<Matrices = O>,
    {
        Tensor::trusted(self.into_dyn().diag_embed())
    }

    /// The lower triangles of matrices, zeros above the diagonal `k`, counted upwards from the main diagonal 0
    /// (`jnp.tril`, `torch.tril`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.clone().tril(0).to_vec(), [1.0, 0.0, 3.0, 4.0]);
    /// assert_eq!(x.tril(-1).to_vec(), [0.0, 0.0, 3.0, 0.0]);
    /// ```
    #[must_use]
    pub fn tril(self, k: isize) -> Self
    where
        S: Matrices,
    {
        Tensor::trusted(self.into_dyn().tril(k))
    }

    /// The upper triangles of matrices, zeros below the diagonal `k` (`jnp.triu`, `torch.triu`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.triu(0).to_vec(), [1.0, 2.0, 0.0, 4.0]);
    /// ```
    #[must_use]
    pub fn triu(self, k: isize) -> Self
    where
        S: Matrices,
    {
        Tensor::trusted(self.into_dyn().triu(k))
    }
}

impl<S, E> Tensor<S, E> {
    /// The identity matrix (`jnp.eye`, `torch.eye`).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![2, 2] = Tensor::eye();
    /// assert_eq!(x.to_vec(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    #[must_use]
    #[doc(alias = "identity")]
    pub fn eye() -> Self
    where
        S: IdentityMatrix,
        E: Element,
    {
        Self::trusted(DynTensor::eye(S::ROWS, E::DTYPE))
    }

    /// The identity matrix of `length` rows, along a runtime axis.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::Time, tensor::Tensor};
    ///
    /// let x: Tensor![Time, Time] = Tensor::eye_of(2);
    /// assert_eq!(x.to_vec(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    #[must_use]
    pub fn eye_of(length: usize) -> Self
    where
        S: LongIdentityMatrix,
        E: Element,
    {
        Self::trusted(DynTensor::eye(length, E::DTYPE))
    }
}

/// Vectors whose grids [`meshgrid`] makes: a tuple of two to six.
#[diagnostic::on_unimplemented(
    message = "`meshgrid` can't make grids of `{Self}`",
    label = "expected a tuple of two to six vectors with elements of one type: `meshgrid((x, y))`"
)]
pub trait GridVectors {
    /// The result: one grid for each vector. A grid has an axis for each vector.
    type Grids;
    /// Makes the grids.
    #[doc(hidden)]
    fn grids(self) -> Self::Grids;
}

macro_rules! grid_vectors {
    ($($count:literal: $($axis:ident $x:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim,)* E: Element> GridVectors for ($(Tensor<($axis,), E>,)*) {
            type Grids = [Tensor<($($axis,)*), E>; $count];
            fn grids(self) -> Self::Grids {
                let ($($x,)*) = self;
                grids([$($x.into_dyn()),*]).map(Tensor::trusted)
            }
        }
    )* };
}
grid_vectors! {
    2: A a B b;
    3: A a B b C c;
    4: A a B b C c D d;
    5: A a B b C c D d F f;
    6: A a B b C c D d F f G g;
}

/// Places each vector along its own axis, and broadcasts it along the axes of the others.
fn grids<const N: usize>(vectors: [DynTensor; N]) -> [DynTensor; N] {
    let sizes = vectors.each_ref().map(|x| x.dims()[0]);
    let mut axis = 0;
    vectors.map(|x| {
        let mut own = [1; N];
        own[axis] = sizes[axis];
        axis += 1;
        x.reshape(&own).broadcast_to(&sizes)
    })
}

/// The grids of two to six vectors: the first along the first axis, the second along the second, ..
/// (`jnp.meshgrid(.., indexing="ij")`, `torch.meshgrid`). They are views: no element is copied.
///
/// ```
/// use nnx_core::tensor::{Tensor, meshgrid};
///
/// let [x, y] = meshgrid((Tensor::from([1.0, 2.0]), Tensor::from([5.0, 6.0])));
/// assert_eq!(x.to_vec(), [1.0, 1.0, 2.0, 2.0]);
/// assert_eq!(y.to_vec(), [5.0, 6.0, 5.0, 6.0]);
/// ```
#[must_use]
pub fn meshgrid<V: GridVectors>(vectors: V) -> V::Grids {
    vectors.grids()
}
