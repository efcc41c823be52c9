//! Pools whose windows move by their own size, without padding: side by side, as many as fit in whole.
//!
//! Each method is written twice. Where height and width are known, a window that is larger than its input
//! doesn't compile, by the guard [`Fits`](crate::size::Fits). A function that is generic in them can't know,
//! and needs no bound: its method is that of [`PoolsOfParameters`], and what comes out when the sizes are
//! filled in is an error of the build.

use super::windows::check_windows;
use super::{Pooled, Real, Tensor};
use crate::ops::Windows;
use crate::size::{Settled, Tiled, Valid, Windowed};

/// A window that is larger than its input doesn't compile. Where a height or width is a parameter these are
/// [`PoolsOfParameters`]' methods of the same names, which need no bound.
impl<S: Settled, E> Tensor<S, E> {
    /// The maximum of each window `K`, which moves by its own size, without padding:
    /// `x.max_pool::<(U2, U2)>()` halves height and width (PyTorch's default; Flax writes
    /// `nnx.max_pool(x, (2, 2), strides=(2, 2))`).
    ///
    /// A tie's gradient goes to the first maximum of the window.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0]).reshape();
    /// assert_eq!(x.max_pool::<(U2,)>().to_vec(), [4.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    pub fn max_pool<K>(self) -> Tensor<Pooled<S, K, ()>, E>
    where
        S: Windowed<K, K, Valid>,
        E: Real,
    {
        self.max_pool_with::<K, ()>()
    }

    /// The minimum of each window `K`, which moves by its own size, without padding.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0]).reshape();
    /// assert_eq!(x.min_pool::<(U2,)>().to_vec(), [1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    pub fn min_pool<K>(self) -> Tensor<Pooled<S, K, ()>, E>
    where
        S: Windowed<K, K, Valid>,
        E: Real,
    {
        self.min_pool_with::<K, ()>()
    }

    /// The mean of each window `K`, which moves by its own size, without padding.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0]).reshape();
    /// assert_eq!(x.avg_pool::<(U2,)>().to_vec(), [2.5, 2.5]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    pub fn avg_pool<K>(self) -> Tensor<Pooled<S, K, ()>, E>
    where
        S: Windowed<K, K, Valid>,
        E: Real,
    {
        self.avg_pool_with::<K, ()>(true)
    }
}

/// Pools of images whose height or width is a parameter, in a function or `impl` that is generic in it. It is in
/// the prelude, so that `x.max_pool::<(U2, U2)>()` is written alike for known sizes and for parameters;
/// [`Quotient<H, U2>`](crate::size::Quotient) is what it leaves of `H`, which may be a `Size` or any `Dim`.
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, Quotient, Size, U2}};
/// use nnx_core::tensor::{PoolsOfParameters, Tensor};
///
/// fn half<H: Size>(x: Tensor![Batch, H, 1]) -> Tensor![Batch, Quotient<H, U2>, 1] {
///     x.max_pool::<(U2,)>()
/// }
/// let x: Tensor![Batch, 5, 1] = Tensor::from_vec(vec![1.0, 2.0, 4.0, 3.0, 9.0])?;
/// assert_eq!(half(x).to_vec(), [2.0, 4.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// A window that is larger than its input is found when the sizes are filled in: by `cargo build`, but not by
/// `cargo check`.
///
/// ```compile_fail,E0080
/// # use nnx_core::{Tensor, size::{Batch, Quotient, Size, U2}};
/// # use nnx_core::tensor::{PoolsOfParameters, Tensor};
/// # fn half<H: Size>(x: Tensor![Batch, H, 1]) -> Tensor![Batch, Quotient<H, U2>, 1] {
/// #     x.max_pool::<(U2,)>()
/// # }
/// let x: Tensor![Batch, 1, 1] = Tensor::from_vec(vec![1.0])?;
/// half(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
pub trait PoolsOfParameters<S, E>: Sized {
    /// [`Tensor::max_pool`] where a height or width is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    fn max_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>;

    /// [`Tensor::min_pool`] where a height or width is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    fn min_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>;

    /// [`Tensor::avg_pool`] where a height or width is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    fn avg_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>;
}

impl<S, E: Real> PoolsOfParameters<S, E> for Tensor<S, E> {
    #[track_caller]
    fn max_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>,
    {
        let windows = tiles::<S, K>("max_pool", &self.dims());
        Tensor::trusted(self.into_dyn().max_pool(windows))
    }

    #[track_caller]
    fn min_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>,
    {
        let windows = tiles::<S, K>("min_pool", &self.dims());
        Tensor::trusted(-(-self.into_dyn()).max_pool(windows))
    }

    #[track_caller]
    fn avg_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>,
    {
        let windows = tiles::<S, K>("avg_pool", &self.dims());
        Tensor::trusted(self.into_dyn().avg_pool(windows, true))
    }
}

/// Windows `K` side by side over an image of such sizes.
#[track_caller]
fn tiles<S: Tiled<K>, K>(operation: &str, dims: &[usize]) -> Windows {
    const {
        assert!(S::FITS, "the window of a pool doesn't fit into its input, see both types below");
    }
    check_windows(S::AXES, S::NAMES, operation, S::WINDOWS, dims);
    Windows::over(S::WINDOWS, &dims[1..])
}
