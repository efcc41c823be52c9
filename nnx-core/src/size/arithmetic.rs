//! Arithmetic on sizes, and the guards: conditions with a message of their own.

use super::at_build::{assert_divides, assert_holds, assert_not_empty, assert_positive};
use super::bit::{Bit, OneOf, True};
use super::dim::{Dim, Size};
use super::nat::{AtLeast, Nat, One};
use super::number::N;

// The right operand of a sum is any axis, and that of the others a size: with a runtime axis there they are too large
// for any tensor, so that a use of them doesn't compile.
//
// Each alias dispatches on the right operand first: if that is neutral (0 for a sum, 1 for a product), the
// result is the left operand itself. So `H` stays `H` even where `H` is a parameter.

/// `A + B`: the size of two axes that are concatenated.
///
/// ```
/// use nnx_core::{axis, size::{Shape, Size, Sum, U2, U3}};
///
/// axis!(Height, Width);
/// assert_eq!(<Sum<U2, U3> as Size>::USIZE, 5);
/// assert_eq!(<(Sum<Height, U2>, Sum<Height, Width>)>::describe(), "(Height + 2, Height + Width)");
/// ```
pub type Sum<A, B> = <B as N>::Sum<A>;
/// `A * B`, of an axis and a size: the size of `A` after upsampling by `B`.
///
/// ```
/// use nnx_core::{axis, size::{Product, Shape, Size, U7, U64}};
///
/// axis!(Height);
/// assert_eq!(<Product<U64, U7> as Size>::USIZE, 448);
/// assert_eq!(<(Product<Height, U7>,)>::describe(), "(Height * 7,)");
/// ```
pub type Product<A, B> = <B as N>::Prod<A>;
/// `A - B`, of an axis and a size. If `B` is larger, it is [`BelowZero`](super::BelowZero), which `cargo build` refuses
/// where it is used.
///
/// ```
/// use nnx_core::{axis, size::{Difference, Shape, Size, U2, U28}};
///
/// axis!(Height);
/// assert_eq!(<Difference<U28, U2> as Size>::USIZE, 26);
/// assert_eq!(<(Difference<Height, U2>,)>::describe(), "(Height - 2,)");
/// ```
///
/// ```compile_fail,E0080
/// use nnx_core::size::{Difference, Size, U2, U28};
///
/// let below_0 = <Difference<U2, U28> as Size>::USIZE;
/// ```
pub type Difference<A, B> = <B as N>::RSub<A>;
/// `A / B`, rounded down, of an axis and a size: the number of windows of size and stride `B` along `A`, as in
/// `max_pool`. Guard with [`DivisibleBy`] if a remainder would be a mistake.
///
/// ```
/// use nnx_core::{axis, size::{Quotient, Shape, Size, U2, U7}};
///
/// axis!(Height);
/// assert_eq!(<Quotient<U7, U2> as Size>::USIZE, 3);
/// assert_eq!(<(Quotient<Height, U2>,)>::describe(), "(floor(Height / 2),)");
/// ```
pub type Quotient<A, B> = <B as N>::RDiv<A>;
/// `A / B`, rounded up, of an axis and a size: the output of a stride of `B` along `A` with `Same` padding.
///
/// ```
/// use nnx_core::{axis, size::{QuotientUp, Shape, Size, U2, U7}};
///
/// axis!(Height);
/// assert_eq!(<QuotientUp<U7, U2> as Size>::USIZE, 4);
/// assert_eq!(<(QuotientUp<Height, U2>,)>::describe(), "(ceil(Height / 2),)");
/// ```
pub type QuotientUp<A, B> = <B as N>::RDivUp<A>;
/// Positions of a window of size `W` along `A` with stride `S`: `(A - W) / S + 1`, rounded down. If `A` is smaller than
/// `W`, it is 0, or no size ([`BelowZero`](super::BelowZero)) for a stride of 1 and an `A` below `W - 1`. Guard with
/// [`Fits`].
///
/// If `A` is a parameter, this is the same type as a simpler formula:
///
/// | window and stride | the same type as |
/// |---|---|
/// | `Windows<A, W, U1>` | `Difference<A, Difference<W, U1>>`, which is `A` for a window of 1 |
/// | `Windows<A, U2, U2>`, any known window with a stride of its own size | `Quotient<A, U2>` |
/// | `Windows<A, U1, U2>`, a window of 1 | `QuotientUp<A, U2>` |
///
/// ```
/// use nnx_core::{axis, size::{Shape, Size, U1, U2, U3, U28, Windows}};
///
/// axis!(Height);
/// assert_eq!(<Windows<U28, U3, U1> as Size>::USIZE, 26);
/// assert_eq!(<Windows<U28, U3, U2> as Size>::USIZE, 13);
/// assert_eq!(<(Windows<Height, U3, U1>,)>::describe(), "(Height - 2,)");
/// ```
pub type Windows<A, W, S> = <S as N>::Striding<W, A>;
/// The extent of a window of `K` elements with dilation `D`: `(K - 1) D + 1`. It is 0 if `K` is 0.
///
/// ```
/// use nnx_core::size::{Dilated, Size, U2, U3};
///
/// // 3 elements, with one element between neighbours.
/// assert_eq!(<Dilated<U3, U2> as Size>::USIZE, 5);
/// ```
pub type Dilated<K, D> = <D as N>::RDilate<K>;

// Each guard has a message of its own, which prints sizes in decimal. `do_not_recommend` keeps rustc from
// mentioning the type-level boolean that decides the guard.

//
// If an operand is `AtBuild`, the bound holds, and `cargo build` checks the guard by evaluating its constant `CHECKED`.
// Each function that relies on a guard evaluates this constant, `const { <A as DivisibleBy<D>>::CHECKED }`, and each
// rule of shapes that has guards has a constant of this name, or checks them in another constant that its functions
// use. `tests/build/guards.rs` has a case for each.

/// The condition `C` of a guard with the operands `A` and `B`: true also if `cargo build` checks it instead.
pub(crate) type Deferring<A, B, C> =
    <<A as Dim>::Deferred as Bit>::Or<<<B as Dim>::Deferred as Bit>::Or<C>>;
/// A type that is `OneOf<A, A>` if the condition `C` of a guard holds or is left to `cargo build`, or if both operands
/// are the same type, such as a parameter. It dispatches on `B` first, so `A` may be computed from parameters, and `B`
/// may not.
pub(crate) type DeferringOrSame<A, B, C> = <Deferring<B, A, C> as Bit>::OrSame<A, B>;

/// Guard: the size is a multiple of `D`.
///
/// ```
/// use nnx_core::size::{DivisibleBy, Quotient, Size, U8, U64};
///
/// /// The size of one head.
/// fn head<D: DivisibleBy<Heads>, Heads: Size>() -> usize {
///     <Quotient<D, Heads> as Size>::USIZE
/// }
/// assert_eq!(head::<U64, U8>(), 8);
/// ```
///
/// It needs no bound where it holds whatever the parameters are: 1 divides each size, and each size itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't divisible by `{D}`",
    label = "expected a size that `{D}` divides",
    note = "where the sizes are parameters, write the bound `D: DivisibleBy<{D}>`; where they are computed from parameters, put the divisor in `AtBuild<..>`, which `cargo build` checks"
)]
pub trait DivisibleBy<D: Size>: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: Size, D: Size> DivisibleBy<D> for A
where
    <<D::IsOne as Bit>::Or<Deferring<D, A, A::IsMultiple<D>>> as Bit>::OrSame<A, D>: OneOf<A, A>,
{
    const CHECKED: () = assert_divides::<A, D>();
}

/// Guard: a window of size `W` fits into this axis. A runtime axis always satisfies it, since its size is
/// checked at run time. For a size it is equivalent to [`Fits`].
#[diagnostic::on_unimplemented(
    message = "a window of `{W}` doesn't fit into `{Self}`",
    label = "the window is larger than its input",
    note = "make the window smaller, or pad the input (`Same` always fits)",
    note = "where the size is a parameter, write the bound `HoldsWindow<{W}>`, or use the padding `GenericValid`, which needs no bound"
)]
pub trait HoldsWindow<W: Size>: Dim {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: Dim, W: Size> HoldsWindow<W> for A
where
    DeferringOrSame<A, W, <<A::IsKnown as Bit>::Not as Bit>::Or<AtLeast<A::Nat, W::Nat>>>:
        OneOf<A, A>,
{
    const CHECKED: () = assert_holds::<A, W>();
}

/// Guard: a window of size `W` fits into this size.
///
/// ```
/// use nnx_core::{Tensor, size::{Fits, Difference, U2, U3, U28, Valid, Strided, U1}, tensor::Tensor};
///
/// fn maxima<L: Fits<U3>>(x: Tensor![1, L, 1]) -> Tensor![1, Difference<L, U2>, 1] {
///     x.max_pool_with::<(U3,), (Strided<U1>, Valid)>()
/// }
/// assert_eq!(*maxima::<U28>(Tensor::ones()).dims(), [1, 26, 1]);
/// ```
#[diagnostic::on_unimplemented(
    message = "a window of `{W}` doesn't fit into `{Self}`",
    label = "the window is larger than its input",
    note = "make the window smaller, or pad the input (`Same` always fits)"
)]
pub trait Fits<W: Size>: Size + HoldsWindow<W> {}
#[diagnostic::do_not_recommend]
impl<A: Size + HoldsWindow<W>, W: Size> Fits<W> for A {}

/// Guard: the size isn't 0.
///
/// ```
/// use nnx_core::size::{Positive, Quotient, Size, U2, U8};
///
/// fn halves<A: Size, B: Positive>() -> usize {
///     <Quotient<A, B> as Size>::USIZE
/// }
/// assert_eq!(halves::<U8, U2>(), 4);
/// ```
#[diagnostic::on_unimplemented(
    message = "a window can't have a size, a stride or a dilation of `{Self}`: each is at least 1",
    label = "`{Self}` where at least 1 is needed",
    note = "where the size is a parameter `P`, write the bound `P: Positive`"
)]
pub trait Positive: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: Size> Positive for A
where
    <A::Deferred as Bit>::Or<<<A::Nat as Nat>::IsZero as Bit>::Not>: True,
{
    const CHECKED: () = assert_positive::<A>();
}

/// Guard: an axis has at least one element, or its length is known at run time only.
#[diagnostic::on_unimplemented(
    message = "a pool or convolution needs an axis of at least one element, found `{Self}`",
    label = "`{Self}` where at least 1 is needed",
    note = "where the axis is a parameter `H`, write the bound `H: NotEmpty`; methods such as `x.global_avg_pool()` need none"
)]
pub trait NotEmpty: Dim {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: Dim> NotEmpty for A
where
    <A::Deferred as Bit>::Or<<<A::CountInto<One> as Nat>::IsZero as Bit>::Not>: True,
{
    const CHECKED: () = assert_not_empty::<A>();
}
