//! `axis!`: axes with names, of a size that the program or the compiler knows.

use super::nat::Nat;
use super::sizes::Size;

/// The size of an axis without its name: `Unnamed<Heads>` is `U8` after `axis!(Heads = 8)`. A size
/// without a name is left as it is.
pub type Unnamed<A> = <<A as Size>::Nat as Nat>::Size;

/// The size of a static axis, checked by the compiler.
#[doc(hidden)]
#[must_use]
pub const fn size_of_axis(size: usize) -> usize {
    assert!(size < 1_000_000_000, "a size has at most nine digits");
    size
}

/// Declares named axes, each a type of its own: two axes of different names never mix.
///
/// `axis!(Tokens)` is a runtime axis, whose size is known when the program runs. `axis!(Heads = 8)` is a
/// static axis: a [`Size`] that has a name. The size is a constant expression of type `usize`; another axis
/// enters as `Heads::USIZE * 2`.
///
/// ```
/// use nnx_core::{Tensor, axis, size::{Batch, Size, U64}, tensor::Tensor};
///
/// axis!(pub Tokens);
/// axis! {
///     /// The heads of attention.
///     pub Heads = 8,
///     /// The positions that are attended to.
///     pub Keys = 4 * 16,
/// }
/// assert_eq!((Heads::USIZE, Keys::USIZE), (8, 64));
///
/// // 8 heads over 64 positions: a transposed operand doesn't compile, whatever the sizes are.
/// fn masked(scores: Tensor![Batch, Heads, Keys], mask: Tensor![Keys]) -> Tensor![Batch, Heads, Keys] {
///     scores + mask
/// }
/// let y = masked(Tensor::from_vec(vec![1.0; 1024])?, Tensor::zeros());
/// assert_eq!(*y.dims(), [2, 8, 64]);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// A static axis goes wherever a size goes: into layers, `Linear<U784, Embed>`, windows, arithmetic,
/// bounds such as [`DivisibleBy<Heads>`](crate::size::DivisibleBy). What becomes of names:
///
/// | operation | names |
/// |---|---|
/// | `+`, `*`, `select`, comparisons, losses | must be equal: `Heads` goes with `Heads` and with a size of 1, neither with `Keys` nor with `U8` |
/// | sums, means, maxima, softmax over an axis | of the other axes stay |
/// | matrix products, `einsum!`, attention | of axes that are summed over must be equal; the others stay |
/// | `transpose`, `permute`, `insert_axis` | go with their axes |
/// | `gather`, `one_hot`, `stack` | stay, the new axis has the one it is given |
/// | `Sum`, `Product`, `Quotient`, `dim!(Heads * 2)`; `concat`, `flatten`, windows | get lost: the result is a number |
/// | `Heads + 0`, `Heads * 1`, `Heads / 1`; `Same` padding with a stride of 1 | stay: such an operation gives its left operand |
/// | `split`, `slice`, `unflatten`, `flatten_axes_to` | new axes have the names they are given; `split` takes an axis without a name |
/// | `reshape` | may change: the number of elements is compared |
/// | `rename_axis`, `unname_axis` | change, and get lost, on purpose |
/// | [`DynTensor`](crate::ops::DynTensor), files | aren't kept: arrays have sizes alone |
///
/// What strides, windows, upsampling and concatenation leave of a runtime axis is an axis named after the
/// formula, [`CeilDiv<Tokens, U2>`](crate::size::CeilDiv): one writes `QuotientUp<Tokens, U2>`, as for sizes.
///
/// An axis that is declared with the size 1 broadcasts to any axis, as 1 does.
///
/// Flax has names of logical axes for sharding; PyTorch has named tensors (`names=`), which are checked
/// when the program runs.
#[macro_export]
macro_rules! axis {
    () => {};
    ($($(#[$attribute:meta])* $visibility:vis $name:ident $(= $size:expr)?),+ $(,)?) => { $(
        $crate::__axis!([$(#[$attribute])* $visibility] $name $(= $size)?);
    )+ };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`axis!` takes names of new axes, and a size behind `=` where the compiler shall know it: \
             `axis!(pub Tokens, Heads = 8)`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ));
    };
}

/// One axis of [`axis!`](crate::axis).
#[doc(hidden)]
#[macro_export]
macro_rules! __axis {
    ([$($item:tt)*] $name:ident) => {
        #[doc = ::core::concat!("The runtime axis `", ::core::stringify!($name), "`.")]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        $($item)* struct $name;
        #[diagnostic::do_not_recommend]
        impl $crate::size::Dim for $name {
            const SIZE: ::core::option::Option<::core::primitive::usize> =
                ::core::option::Option::None;
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
            type IsOne = $crate::size::Bit0;
            type CountInto<N: $crate::size::Nat> = N;
            // `Self`, since an axis may have the name `L`.
            type RuntimeInto<L: 'static> = (Self, L);
            type Len = $crate::size::Unknown<Self>;
        }
    };
    ([$($item:tt)*] $name:ident = $size:expr) => {
        #[doc = ::core::concat!(
            "The axis `", ::core::stringify!($name), "` of size ", ::core::stringify!($size), ".",
        )]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        $($item)* struct $name;
        const _: () = {
            // Evaluated once, so that a mistake in it is told once. (`__`: `$size` may name a `SIZE`.)
            const __SIZE: ::core::primitive::usize = $crate::size::size_of_axis($size);
            $crate::__static_axis!(
                $name, $crate::dim!({ __SIZE });
                Sum<A> Prod<A> RSub<A> RDiv<A> RDivUp<A> RDilate<A> Striding<A, B> Sliding<A, B>
                Add<A> Mul<A> Sub<A> Div<A> DivUp<A> Dilate<A> Windows<A, B>
            );
        };
    };
}

/// A static axis computes as the size that it has: only the name is its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __static_axis {
    ($name:ident, $size:ty; $($operation:ident<$($operand:ident),+>)+) => {
        #[diagnostic::do_not_recommend]
        impl $crate::size::Dim for $name {
            const SIZE: ::core::option::Option<::core::primitive::usize> =
                <$size as $crate::size::Dim>::SIZE;
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
            type IsOne = <$size as $crate::size::Dim>::IsOne;
            type CountInto<N: $crate::size::Nat> = <$size as $crate::size::Dim>::CountInto<N>;
            type RuntimeInto<L: 'static> = L;
            type Len = $crate::size::Known<Self>;
        }
        #[diagnostic::do_not_recommend]
        impl $crate::size::Size for $name {
            type Nat = <$size as $crate::size::Size>::Nat;
            type Divisor = <$size as $crate::size::Size>::Divisor;
            type IsMultiple<B: $crate::size::Size> =
                <$size as $crate::size::Size>::IsMultiple<B>;
        }
        #[diagnostic::do_not_recommend]
        impl $crate::size::number::N for $name {
            $(
                type $operation<$($operand: $crate::size::Size),+> =
                    <$size as $crate::size::number::N>::$operation<$($operand),+>;
            )+
        }
    };
}
