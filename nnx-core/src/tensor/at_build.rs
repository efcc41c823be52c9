//! Changes of shape whose sizes are compared by `cargo build`.

use super::Tensor;
use crate::array::{Dims, Element};
use crate::size::{Check, Shape};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// [`reshape`](Self::reshape) for code that is generic over sizes: `cargo build` compares the numbers of
    /// elements, for each instance. `reshape` compares them at once, which can't be done while they are parameters.
    ///
    /// ```
    /// use nnx_core::{Tensor, shape, size::{Batch, Dim, Size, Time, U3, U4}, tensor::Tensor};
    ///
    /// /// The features of each head.
    /// fn heads<B: Dim, T: Dim, Heads: Size, D: Size>(
    ///     x: Tensor![B, T, { Heads * D }],
    /// ) -> Tensor![B, T, Heads, D] {
    ///     x.reshape_at_build()
    /// }
    /// let x: Tensor![Batch, Time, 12] = Tensor::from_shape_vec(&[2, 5, 12], vec![0.0; 120])?;
    /// assert_eq!(*heads::<_, _, U4, U3>(x).dims(), [2, 5, 4, 3]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// It also writes a size in another form, `1 + N` for `N + 1`, and defers a guard on an axis:
    ///
    /// ```
    /// use nnx_core::{Tensor, dim, module::Layer, nn::Glu, shape, size::{AtBuild, Size, U3}, tensor::Tensor};
    ///
    /// fn gated<D: Size>(x: Tensor![1, { D * 2 }]) -> Tensor![1, D] {
    ///     Glu.infer(x.reshape_at_build::<shape![1, AtBuild<dim!(D * 2)>]>()).reshape_at_build()
    /// }
    /// assert_eq!(*gated::<U3>(Tensor::ones()).dims(), [1, 3]);
    /// ```
    ///
    /// Different numbers of elements are an error of `cargo build`, but not of `cargo check`:
    ///
    /// ```compile_fail,E0080
    /// use nnx_core::{Tensor, size::{Size, U3}, tensor::Tensor};
    ///
    /// fn pairs<D: Size>(x: Tensor![1, { D * 2 }]) -> Tensor![D, 3] {
    ///     x.reshape_at_build()
    /// }
    /// pairs::<U3>(Tensor::ones());
    /// ```
    ///
    /// # Panics
    /// If a runtime axis doesn't stay, or they change their order.
    #[must_use]
    #[track_caller]
    pub fn reshape_at_build<T: Shape>(self) -> Tensor<T, E> {
        let () = Check::<S, T>::SAME_COUNT;
        let own = self.dims();
        let mut runtime = (0..own.len()).filter(|&i| S::AXES[i].is_none());
        let dims: Dims = (0..T::AXES.len())
            .map(|i| {
                T::AXES[i].unwrap_or_else(|| {
                    let from = runtime.next().expect("as many runtime axes on both sides");
                    assert!(
                        S::TYPES[from] == T::TYPES[i],
                        "`reshape_at_build`: {} can't be reshaped to {}: runtime axes must stay, in the same order",
                        S::describe(),
                        T::describe()
                    );
                    own[from]
                })
            })
            .collect();
        Tensor::trusted(self.into_dyn().reshape(&dims))
    }
}
