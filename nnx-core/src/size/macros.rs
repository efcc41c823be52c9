//! Macros that write sizes, axes and shapes.

/// The size of a constant expression below 10⁹: `dim!(64 * 7 * 7)` is `Thousand<3, 136>`.
///
/// ```
/// use nnx_core::{dim, size::Size};
///
/// assert_eq!(<dim!(64 * 7 * 7) as Size>::USIZE, 3136);
/// assert_eq!(std::any::type_name::<dim!(64 * 7 * 7)>(), "nnx_core::size::dim::Thousand<3, 136>");
/// ```
#[macro_export]
macro_rules! dim {
    ($size:expr) => {
        <$crate::size::Literal<
            { ($size) / 1_000_000 },
            { ($size) / 1000 % 1000 },
            { ($size) % 1000 },
        > as $crate::size::Literally>::Size
    };
}

/// A shape as a type: numbers and `{expressions}` are sizes, names are types.
///
/// ```
/// use nnx_core::{shape, size::{Batch, Shape, U3}};
///
/// type Images = shape![Batch, 28, { 4 * 7 }, U3];
/// assert_eq!(Images::describe(), "(Batch, 28, 28, 3)");
/// ```
#[macro_export]
macro_rules! shape {
    (@axes ($($axes:tt)*)) => { ($($axes)*) };
    (@axes ($($axes:tt)*) { $size:expr } $(, $($rest:tt)*)?) => {
        $crate::shape!(@axes ($($axes)* $crate::dim!($size),) $($($rest)*)?)
    };
    (@axes ($($axes:tt)*) $size:literal $(, $($rest:tt)*)?) => {
        $crate::shape!(@axes ($($axes)* $crate::dim!($size),) $($($rest)*)?)
    };
    (@axes ($($axes:tt)*) $axis:ty $(, $($rest:tt)*)?) => {
        $crate::shape!(@axes ($($axes)* $axis,) $($($rest)*)?)
    };
    ($($axes:tt)*) => { $crate::shape!(@axes () $($axes)*) };
}

/// The type of a tensor: `Tensor![B, 28, 28, 1]` holds `f32`, `Tensor![B; i32]` what is named.
///
/// ```
/// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
///
/// let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 1, 4])?;
/// let scores: Tensor![2, 3] = Tensor::from_vec(vec![0.0; 6])?;
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[macro_export]
macro_rules! Tensor {
    (@axes ($($axes:tt)*)) => { $crate::tensor::Tensor<$crate::shape![$($axes)*]> };
    (@axes ($($axes:tt)*) ; $element:ty) => {
        $crate::tensor::Tensor<$crate::shape![$($axes)*], $element>
    };
    (@axes ($($axes:tt)*) $next:tt $($rest:tt)*) => {
        $crate::Tensor!(@axes ($($axes)* $next) $($rest)*)
    };
    ($($tokens:tt)*) => { $crate::Tensor!(@axes () $($tokens)*) };
}

/// Shows the shape that the compiler infers for a tensor: an error whose first line names it.
///
/// For exploring. It never compiles, so it never stays in a program by mistake. Put it around any
/// expression, also in the middle of a chain: it has the type of its argument, and what stands around
/// it is checked as before.
///
/// ```compile_fail
/// use nnx_core::{Tensor, shape_of, size::{Batch, U2}};
///
/// fn forward(x: Tensor![Batch, 28, 28, 32]) {
///     let x = shape_of!(x.relu().max_pool::<(U2, U2)>()).flatten();
/// }
/// ```
///
/// ```text
/// error[E0277]: this expression has shape `(Batch, U<14>, U<14>, U<32>)` of `f32`
/// ```
#[macro_export]
macro_rules! shape_of {
    ($tensor:expr $(,)?) => {
        $crate::tensor::shape_of($tensor)
    };
}

/// Declares axes whose size is known when the program runs, each a type of its own: two unknown sizes
/// of different names never mix.
///
/// ```
/// nnx_core::axis!(pub Tokens, Heads);
/// ```
#[macro_export]
macro_rules! axis {
    ($($(#[$attribute:meta])* $visibility:vis $name:ident),* $(,)?) => { $(
        $(#[$attribute])*
        #[doc = concat!("The runtime axis `", stringify!($name), "`.")]
        #[derive(Debug, Clone, Copy)]
        $visibility struct $name;
        #[diagnostic::do_not_recommend]
        impl $crate::size::Dim for $name {
            const SIZE: ::core::option::Option<usize> = ::core::option::Option::None;
            const NAME: &'static str = stringify!($name);
            type IsOne = $crate::size::Bit0;
            type CountInto<N: $crate::size::Nat> = N;
            type RuntimeInto<L: 'static> = ($name, L);
        }
        #[diagnostic::do_not_recommend]
        impl $crate::size::Strided<$crate::size::U1> for $name {
            type Out = Self;
        }
        #[diagnostic::do_not_recommend]
        impl $crate::size::Stretched<$crate::size::U1> for $name {
            type Out = Self;
        }
    )* };
}
