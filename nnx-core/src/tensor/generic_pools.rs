//! Pools whose stride is the window, without padding: adjacent windows, of which incomplete ones are dropped. And
//! global and adaptive pools of images whose height or width is a parameter.
//!
//! Each method exists twice. If height and width are known, a window that is larger than its input doesn't
//! compile, because of the guard [`Fits`](crate::size::Fits). A function that is generic in height or width
//! can't satisfy this guard without a bound. It uses the methods of [`GenericPools`] instead, which need
//! no bound: if the window turns out to be too large for concrete sizes, the build fails. Pools over the whole
//! image (`pool.rs`) exist twice in the same way, for their guard [`NotEmpty`](crate::size::NotEmpty).

use super::windows::check_windows;
use super::{Pooled, Real, Tensor};
use crate::size::{AxisWindow, Check, Resized, Settled, Tiled, Valid, WholeImage, Windowed};

/// A window that is larger than its input doesn't compile. If a height or width is a generic parameter, calls
/// resolve to the methods of the same names of [`GenericPools`], which need no bound.
impl<S: Settled, E> Tensor<S, E> {
    /// The maximum of each window `K`, with strides of the window's size and without padding:
    /// `x.max_pool::<(U2, U2)>()` halves height and width (PyTorch's default; Flax writes
    /// `nnx.max_pool(x, (2, 2), strides=(2, 2))`).
    ///
    /// In a tie, the gradient goes to the first maximum of the window.
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

    /// The minimum of each window `K`, with strides of the window's size and without padding.
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

    /// The mean of each window `K`, with strides of the window's size and without padding.
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

/// Pools of images whose height or width is a generic parameter of a function or `impl`. The trait is in the
/// prelude, so `x.max_pool::<(U2, U2)>()` is the same code for known sizes and for parameters. The output size
/// for `H` is [`Quotient<H, U2>`](crate::size::Quotient), where `H` may be a `Size` or any `Dim`.
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, Quotient, Size, U2}};
/// use nnx_core::tensor::{GenericPools, Tensor};
///
/// fn half<H: Size>(x: Tensor![Batch, H, 1]) -> Tensor![Batch, Quotient<H, U2>, 1] {
///     x.max_pool::<(U2,)>()
/// }
/// let x: Tensor![Batch, 5, 1] = Tensor::from_vec(vec![1.0, 2.0, 4.0, 3.0, 9.0])?;
/// assert_eq!(half(x).to_vec(), [2.0, 4.0]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// A window that is larger than its input is an error when concrete sizes replace the parameters: in
/// `cargo build`, but not in `cargo check`.
///
/// ```compile_fail,E0080
/// # use nnx_core::{Tensor, size::{Batch, Quotient, Size, U2}};
/// # use nnx_core::tensor::{GenericPools, Tensor};
/// # fn half<H: Size>(x: Tensor![Batch, H, 1]) -> Tensor![Batch, Quotient<H, U2>, 1] {
/// #     x.max_pool::<(U2,)>()
/// # }
/// let x: Tensor![Batch, 1, 1] = Tensor::from_vec(vec![1.0])?;
/// half(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
pub trait GenericPools<S, E>: Sized {
    /// [`Tensor::max_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    fn max_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>;

    /// [`Tensor::min_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    fn min_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>;

    /// [`Tensor::avg_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window.
    #[must_use]
    #[track_caller]
    fn avg_pool<K>(self) -> Tensor<S::Output, E>
    where
        S: Tiled<K>;

    /// [`Tensor::global_avg_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    fn global_avg_pool<O>(self) -> Tensor<O, E>
    where
        S: WholeImage<Output = O>;

    /// [`Tensor::global_max_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    fn global_max_pool<O>(self) -> Tensor<O, E>
    where
        S: WholeImage<Output = O>;

    /// [`Tensor::adaptive_avg_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    fn adaptive_avg_pool<O>(self) -> Tensor<S::Output, E>
    where
        S: Resized<O>;

    /// [`Tensor::adaptive_max_pool`] for a height or width that is a parameter.
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    fn adaptive_max_pool<O>(self) -> Tensor<S::Output, E>
    where
        S: Resized<O>;
}

impl<S, E: Real> GenericPools<S, E> for Tensor<S, E> {
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

    #[track_caller]
    fn global_avg_pool<O>(self) -> Tensor<O, E>
    where
        S: WholeImage<Output = O>,
    {
        let () = Check::<S>::SPACE;
        self.mean_over_space()
    }

    #[track_caller]
    fn global_max_pool<O>(self) -> Tensor<O, E>
    where
        S: WholeImage<Output = O>,
    {
        let () = Check::<S>::SPACE;
        self.max_over_space()
    }

    #[track_caller]
    fn adaptive_avg_pool<O>(self) -> Tensor<S::Output, E>
    where
        S: Resized<O>,
    {
        let () = Check::<S>::SPACE;
        let () = Check::<S::Output>::SPACE;
        let sizes = &S::SIZES[5 - S::AXES.len()..];
        Tensor::trusted(self.into_dyn().adaptive_avg_pool(sizes))
    }

    #[track_caller]
    fn adaptive_max_pool<O>(self) -> Tensor<S::Output, E>
    where
        S: Resized<O>,
    {
        let () = Check::<S>::SPACE;
        let () = Check::<S::Output>::SPACE;
        let sizes = &S::SIZES[5 - S::AXES.len()..];
        Tensor::trusted(self.into_dyn().adaptive_max_pool(sizes))
    }
}

/// Adjacent windows `K` over an image with the sizes `dims`.
#[track_caller]
fn tiles<S: Tiled<K>, K>(operation: &str, dims: &[usize]) -> &'static [AxisWindow] {
    const { S::CHECKED }
    check_windows(S::AXES, S::NAMES, operation, S::WINDOWS, dims);
    S::WINDOWS
}
