//! Which elements are true, or not 0: any, all, and how many.

use super::Tensor;
use super::reduce::reduced;
use crate::array::Element;
use crate::size::Shape;
use crate::size::rules::Reduce;

impl<S, E> Tensor<S, E> {
    /// Whether any element is true, or not 0; false if there are none. NaN isn't 0 (`jnp.any`, `torch.any`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, -2.0, 3.0]);
    /// assert!(x.less(&Tensor::from(0.0)).any().item());
    /// ```
    #[must_use]
    pub fn any(self) -> Tensor<(), bool>
    where
        S: Shape,
        E: Element,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().any(&axes))
    }

    /// [`any`](Self::any) over axes: `mask.any_axes::<Axis<1>>()`.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let mask = Tensor::from([[true, false], [false, false]]);
    /// assert_eq!(mask.any_axes::<Axis<1>>().to_vec(), [true, false]);
    /// ```
    #[must_use]
    pub fn any_axes<A>(self) -> Tensor<S::Output, bool>
    where
        S: Reduce<A>,
        E: Element,
    {
        let dims = self.dims();
        reduced::<S, A, bool>(dims, self.into_dyn().any(S::INDICES))
    }

    /// Whether all elements are true, or not 0; true if there are none. NaN isn't 0 (`jnp.all`, `torch.all`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, -2.0, 3.0]);
    /// assert!(!x.greater(&Tensor::from(0.0)).all().item());
    /// ```
    #[must_use]
    pub fn all(self) -> Tensor<(), bool>
    where
        S: Shape,
        E: Element,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().all(&axes))
    }

    /// [`all`](Self::all) over axes: `mask.all_axes::<Axis<1>>()`.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let mask = Tensor::from([[true, true], [false, true]]);
    /// assert_eq!(mask.all_axes::<Axis<1>>().to_vec(), [true, false]);
    /// ```
    #[must_use]
    pub fn all_axes<A>(self) -> Tensor<S::Output, bool>
    where
        S: Reduce<A>,
        E: Element,
    {
        let dims = self.dims();
        reduced::<S, A, bool>(dims, self.into_dyn().all(S::INDICES))
    }

    /// The number of elements that are true, or not 0. NaN isn't 0 (`jnp.count_nonzero`, `torch.count_nonzero`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([0.0, 2.0, -0.0, f32::NAN]).count_nonzero().item(), 2);
    /// ```
    ///
    /// # Panics
    /// If there are 2^31 elements or more.
    #[must_use]
    #[track_caller]
    pub fn count_nonzero(self) -> Tensor<(), i32>
    where
        S: Shape,
        E: Element,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().count_nonzero(&axes))
    }

    /// [`count_nonzero`](Self::count_nonzero) over axes: `mask.count_nonzero_axes::<Axis<1>>()`.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let mask = Tensor::from([[true, true], [false, true]]);
    /// assert_eq!(mask.count_nonzero_axes::<Axis<1>>().to_vec(), [2, 1]);
    /// ```
    ///
    /// # Panics
    /// If there are 2^31 elements or more along the axes.
    #[must_use]
    #[track_caller]
    pub fn count_nonzero_axes<A>(self) -> Tensor<S::Output, i32>
    where
        S: Reduce<A>,
        E: Element,
    {
        let dims = self.dims();
        reduced::<S, A, i32>(dims, self.into_dyn().count_nonzero(S::INDICES))
    }
}
