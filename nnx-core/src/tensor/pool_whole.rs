//! Pools whose windows move by their own size, without padding: side by side, as many as fit in whole.
//!
//! Each method is written twice. Where height and width are known, a window that is larger than its input
//! doesn't compile, by the guard [`Fits`](crate::size::Fits). A function that is generic in them can't know,
//! and needs no bound: its method is that of [`PoolsOfParameters`], and what is found out when the sizes are
//! filled in is an error of the build.

use super::{Pooled, Real, Tensor};
use crate::ops::{DynTensor, Windows};
use crate::size::{Settled, Tiled, Valid, Windowed};

macro_rules! pools {
    ($($(#[$doc:meta])* $pool:ident: |$x:ident, $windows:ident| $pooled:expr;)+) => {
        impl<S: Settled, E> Tensor<S, E> { $(
            $(#[$doc])*
            ///
            /// A window that is larger than its input doesn't compile. Where heights and widths are
            /// parameters this is [`PoolsOfParameters`]' method of the same name, which needs no bound.
            #[must_use]
            pub fn $pool<K>(self) -> Tensor<Pooled<S, K, K, Valid>, E>
            where
                S: Windowed<K, K, Valid>,
                E: Real,
            {
                let windows = Windows::over(<S as Windowed<K, K, Valid>>::WINDOWS, &self.dims()[1..]);
                Tensor::trusted($pool(self.into_dyn(), windows))
            }
        )+ }

        /// Pools of images whose height or width is a parameter, in a function or `impl` that is generic in
        /// it. It is in the prelude, so that `x.max_pool::<(U2, U2)>()` is written alike for known sizes
        /// and for parameters; `Quotient<H, U2>` is what it leaves of `H`.
        ///
        /// ```
        /// use nnx_core::{Tensor, size::{Batch, Quotient, Size, U2, U4}};
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
        /// A window that is larger than its input is found when the sizes are filled in: by `cargo build`,
        /// but not by `cargo check`.
        ///
        /// ```compile_fail,E0080
        /// # use nnx_core::{Tensor, size::{Batch, Quotient, Size, U2, U4}};
        /// # use nnx_core::tensor::{PoolsOfParameters, Tensor};
        /// # fn half<H: Size>(x: Tensor![Batch, H, 1]) -> Tensor![Batch, Quotient<H, U2>, 1] {
        /// #     x.max_pool::<(U2,)>()
        /// # }
        /// let x: Tensor![Batch, 1, 1] = Tensor::from_vec(vec![1.0])?;
        /// half(x);
        /// # Ok::<(), nnx_core::Error>(())
        /// ```
        pub trait PoolsOfParameters<S, E>: Sized { $(
            $(#[$doc])*
            ///
            /// # Panics
            /// Never: a window that is larger than its input is an error when the program is built.
            #[must_use]
            fn $pool<K>(self) -> Tensor<<S as Tiled<K>>::Output, E>
            where
                S: Tiled<K>;
        )+ }
        impl<S, E: Real> PoolsOfParameters<S, E> for Tensor<S, E> { $(
            fn $pool<K>(self) -> Tensor<<S as Tiled<K>>::Output, E>
            where
                S: Tiled<K>,
            {
                const {
                    assert!(
                        <S as Tiled<K>>::FITS,
                        "the window of a pool doesn't fit into its input: see their types below"
                    );
                }
                let windows = Windows::over(<S as Tiled<K>>::WINDOWS, &self.dims()[1..]);
                Tensor::trusted($pool(self.into_dyn(), windows))
            }
        )+ }
        $(
            fn $pool($x: DynTensor, $windows: Windows) -> DynTensor {
                $pooled
            }
        )+
    };
}
pools! {
    /// The maximum of each window `K`, which moves by its own size, without padding:
    /// `x.max_pool::<(U2, U2)>()` halves height and width (PyTorch's default; Flax writes
    /// `nnx.max_pool(x, (2, 2), strides=(2, 2))`).
    ///
    /// A tie's gradient goes to the first maximum of the window.
    max_pool: |x, windows| x.max_pool(windows);
    /// The minimum of each window `K`, which moves by its own size, without padding.
    min_pool: |x, windows| -(-x).max_pool(windows);
    /// The mean of each window `K`, which moves by its own size, without padding.
    avg_pool: |x, windows| x.avg_pool(windows, true);
}
