//! `axis!`: named axes, whose size is known at run time or to the compiler.

use super::dim::U;
use super::number::N;

/// The size of an axis without its name: `Unnamed<Heads>` is `U8` after `axis!(Heads = 8)`. A size without a
/// name stays the same.
pub type Unnamed<A> = <A as N>::Sub<U<0>>;

/// The size of a static axis, checked by the compiler.
#[doc(hidden)]
#[must_use]
pub const fn size_of_axis(size: usize) -> usize {
    assert!(size < 1_000_000_000, "a size has at most nine digits");
    size
}

/// Declares named axes. Each is a type of its own, so two axes of different names never mix.
///
/// `axis!(Tokens)` is a runtime axis, whose size is known at run time only. `axis!(Heads = 8)` is a static
/// axis: a [`Size`](crate::size::Size) with a name. The size is a constant expression of type `usize`, which may
/// use another axis as `Heads::USIZE * 2`.
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
/// A static axis can be used wherever a size can: in layers, `Linear<U784, Embed>`, windows, arithmetic and
/// bounds such as [`DivisibleBy<Heads>`](crate::size::DivisibleBy). The effect of operations on names:
///
/// | operation | names |
/// |---|---|
/// | `+`, `*`, `select`, comparisons, losses | must be equal: `Heads` matches `Heads` and 1, but not `Keys` or `U8` |
/// | sums, means, maxima, softmax over an axis | the other axes keep theirs |
/// | matrix products, `einsum!`, attention | axes that are summed over must have equal names; the others keep theirs |
/// | `transpose`, `permute`, `insert_axis` | move with their axes |
/// | `gather`, `one_hot`, `stack` | are kept; the new axis has the name that it is given |
/// | `Sum`, `Product`, `Quotient`, `dim!(Heads * 2)`; `concat`, `flatten`, windows | are dropped: a plain size |
/// | `Heads + 0`, `Heads * 1`, `Heads / 1`; `Same` padding with a stride of 1 | are kept |
/// | `split`, `slice`, `unflatten`, `flatten_axes_to` | new axes are given names; `split` takes an unnamed axis |
/// | `reshape` | may change: only the number of elements is compared |
/// | `rename_axis`, `unname_axis` | are changed and removed explicitly |
/// | [`DynTensor`](crate::ops::DynTensor), files | aren't stored: arrays have sizes only |
///
/// Strides, windows, upsampling and concatenation turn a runtime axis into an axis that is named after the
/// formula, such as [`CeilDiv<Tokens, U2>`](crate::size::CeilDiv). Write it as `QuotientUp<Tokens, U2>`, as for
/// sizes.
///
/// An axis that is declared with the size 1 broadcasts to any axis, as 1 does.
///
/// Flax has logical axis names for sharding. PyTorch has named tensors (`names=`), which are checked at run
/// time.
#[macro_export]
macro_rules! axis {
    () => {};
    ($($(#[$attribute:meta])* $visibility:vis $name:ident $(= $size:expr)?),+ $(,)?) => { $(
        $crate::__axis!([$(#[$attribute])* $visibility] $name $(= $size)?);
    )+ };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`axis!` takes names of new axes, and a size after `=` if the compiler is to know it: \
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
    // Keywords are refused here, once. Otherwise the compiler would report each use of such a name.
    ($item:tt Self $($size:tt)*) => { $crate::__axis!(@keyword Self); };
    ($item:tt self $($size:tt)*) => { $crate::__axis!(@keyword self); };
    ($item:tt super $($size:tt)*) => { $crate::__axis!(@keyword super); };
    ($item:tt crate $($size:tt)*) => { $crate::__axis!(@keyword crate); };
    ($item:tt type $($size:tt)*) => { $crate::__axis!(@keyword type); };
    ($item:tt fn $($size:tt)*) => { $crate::__axis!(@keyword fn); };
    (@keyword $name:tt) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($name), "` is a keyword of Rust, and can't be the name of an axis",
        ));
    };
    ([$($item:tt)*] $name:ident) => {
        #[doc = ::core::concat!("The runtime axis `", ::core::stringify!($name), "`.")]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        $($item)* struct $name;
        #[diagnostic::do_not_recommend]
        impl $crate::size::Dim for $name {
            $crate::__runtime! { Dim }
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
        }
        #[diagnostic::do_not_recommend]
        impl $crate::size::number::N for $name {
            $crate::__runtime! { N }
        }
    };
    ([$($item:tt)*] $name:ident = $size:expr) => {
        #[doc = ::core::concat!(
            "The axis `", ::core::stringify!($name), "` of size ", ::core::stringify!($size), ".",
        )]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        $($item)* struct $name;
        const _: () = {
            // The size is evaluated in one constant, so that the compiler reports a mistake in it once. (`__`: `$size`
            // may refer to a `SIZE`.)
            const __SIZE: ::core::primitive::usize = $crate::size::size_of_axis($size);
            $crate::__static_axis!(
                $name, $crate::size::axis_size!($crate __SIZE $size);
                Sum<A: Dim> Prod<A: Dim> RSub<A: Dim> RDiv<A: Dim> RDivUp<A: Dim> RDilate<A: Dim>
                Striding<A: Size, B: Dim> Sliding<A: Size, B: Dim>
                Add<A: Size> Join<A: RuntimeAxis> Mul<A: Size> Sub<A: Size> Div<A: Size> DivUp<A: Size>
                Dilate<A: Size> Windows<A: Size, B: Size> Exceed<A: Operation, B: Size>
            );
        };
    };
}

/// A static axis delegates all arithmetic to its size; only the name is its own.
#[doc(hidden)]
#[macro_export]
macro_rules! __static_axis {
    ($name:ident, $size:ty; $($operation:ident<$($operand:ident: $bound:ident),+>)+) => {
        #[diagnostic::do_not_recommend]
        impl $crate::size::Dim for $name {
            const SIZE: ::core::option::Option<::core::primitive::usize> =
                <$size as $crate::size::Dim>::SIZE;
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
            type IsOne = <$size as $crate::size::Dim>::IsOne;
            type CountInto<N: $crate::size::Nat> = <$size as $crate::size::Dim>::CountInto<N>;
            type Times<C: $crate::size::Size> = <$size as $crate::size::Dim>::Times<C>;
            type Nat = <$size as $crate::size::Dim>::Nat;
            type Divisor = <$size as $crate::size::Dim>::Divisor;
            type IsMultiple<B: $crate::size::Size> =
                <$size as $crate::size::Dim>::IsMultiple<B>;
            type Deferred = $crate::size::Bit0;
        }
        #[diagnostic::do_not_recommend]
        impl $crate::size::number::N for $name {
            type IsKnown = $crate::size::Bit1;
            $(
                type $operation<$($operand: $crate::size::$bound),+> =
                    <$size as $crate::size::number::N>::$operation<$($operand),+>;
            )+
        }
    };
}
