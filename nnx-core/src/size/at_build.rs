//! `AtBuild`: a size whose guards `cargo build` checks, for code that is generic over sizes.
//!
//! rustc accepts a bound in generic code if the bound holds for every value of the parameters, and then it holds
//! for each of them. So no bound is true of `C * 2` and false of 10. A condition on a computed size can be a bound
//! that callers repeat, or a check at instantiation. [`AtBuild`] states the second in the type. Types without it
//! keep their guards.

use std::marker::PhantomData;

use super::bit::{Bit0, Bit1, Operation};
use super::dim::{Dim, Size};
use super::lengths::{RuntimeAxis, Text};
use super::nat::Nat;
use super::number::N;
use super::rules::LastAxis;
use super::shape::Shape;

/// The size `A`, whose guards are checked by `cargo build`.
///
/// A guard such as [`DivisibleBy`](super::DivisibleBy) or [`HoldsWindow`](super::HoldsWindow) is a condition on
/// sizes that the compiler checks at once. It can't, where a size is computed from parameters: nobody knows whether
/// 8 divides `C * 2`. There a guard needs a `where` clause, `where dim!(C * 2): DivisibleBy<U8>`, on the struct, on
/// each `impl`, and on each caller. A guard by `AtBuild`, such as `DivisibleBy<AtBuild<U8>>`, needs none. It is checked
/// for each instance of the generic code, when the program is built.
///
/// ```
/// use nnx_core::{Module, Tensor, dim, module::{Init, Layer, Pass}, nn::{GroupNorm, Linear}};
/// use nnx_core::{random::Rngs, size::{AtBuild, Dim, Size, U8, U12}, tensor::Tensor};
///
/// #[derive(Module)]
/// struct Wider<C: Size> {
///     linear: Linear<C, dim!(C * 2)>,
///     norm: GroupNorm<dim!(C * 2), AtBuild<U8>>,
/// }
/// impl<B: Dim, C: Size> Layer<Tensor![B, C]> for Wider<C> {
///     type Output = Tensor![B, { C * 2 }];
///
///     fn forward(&self, x: Tensor![B, C], pass: &mut Pass) -> Self::Output {
///         let y = self.linear.forward(x, pass);
///         self.norm.forward(y, pass)
///     }
/// }
/// let y: Tensor![1, 24] = Wider::<U12>::init(&mut Rngs::new(0)).infer(Tensor::ones());
/// ```
///
/// | generic code | where the bound would be |
/// |---|---|
/// | `GroupNorm<dim!(C * 2), AtBuild<U8>>` | `dim!(C * 2): DivisibleBy<U8>` |
/// | `MultiHeadAttention<AtBuild<Heads>, dim!(Heads * Dh)>` | `dim!(Heads * Dh): DivisibleBy<Heads>` |
/// | `Conv<C, dim!(C * 2), (U3, U3), Grouped<AtBuild<G>>>` | `C: DivisibleBy<G>`, `dim!(C * 2): DivisibleBy<G>`, `G: Positive` |
/// | `LearnedPositions<AtBuild<L>, D>` over `N * 2` positions | `L: HoldsPositions<dim!(N * 2)>` |
/// | `Block<dim!(Heads * Dh), AtBuild<Heads>>`, where your own `Block` has `D: DivisibleBy<Heads>` | the same |
///
/// If the condition doesn't hold, `cargo build` says so in numbers; `cargo check` doesn't:
///
/// ```text
/// error[E0080]: evaluation panicked: `GroupNorm` can't cut 10 features into 8 groups
/// ```
///
/// `AtBuild<U8>` isn't the same axis as `U8`, and doesn't broadcast. Arithmetic on it gives plain sizes. A guard by
/// a known size, such as the even features of [`Rotary`](crate::nn::Rotary), holds for an axis that is `AtBuild`:
/// [`reshape_at_build`](crate::tensor::Tensor::reshape_at_build) makes the axis `AtBuild`, and a plain size again.
#[derive(Debug)]
pub struct AtBuild<A>(PhantomData<fn() -> A>);

impl<A> Clone for AtBuild<A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for AtBuild<A> {}

#[diagnostic::do_not_recommend]
impl<A: Size> Dim for AtBuild<A> {
    const NO_SIZE: Option<&'static str> = A::NO_SIZE;
    const NAME: &'static str = "";
    // False even for `AtBuild<U1>`: whether it broadcasts can't depend on `A`, since an axis must broadcast to itself
    // while `A` is a parameter.
    type IsOne = Bit0;
    type CountInto<Count: Nat> = A::CountInto<Count>;
    type Times<C: Size> = A::Times<C>;
    type Nat = A::Nat;
    type Divisor = A::Divisor;
    type IsMultiple<B: Size> = A::IsMultiple<B>;
    type Deferred = Bit1;
}

macro_rules! delegated {
    ($($operation:ident<$($operand:ident: $bound:ident),+>)+) => {
        #[diagnostic::do_not_recommend]
        impl<A: Size> N for AtBuild<A> {
            type IsKnown = Bit1;
            $(type $operation<$($operand: $bound),+> = <A as N>::$operation<$($operand),+>;)+
        }
    };
}
delegated! {
    Sum<L: Dim> Prod<L: Dim> RSub<L: Dim> RDiv<L: Dim> RDivUp<L: Dim> RDilate<L: Dim>
    Striding<W: Size, L: Dim> Sliding<S: Size, L: Dim>
    Add<R: Size> Join<R: RuntimeAxis> Mul<R: Size> Sub<R: Size> Div<R: Size> DivUp<R: Size>
    Dilate<R: Size> Windows<W: Size, S: Size> Exceed<O: Operation, R: Size>
}

/// The messages of guards of sizes alone. A guard that a layer declares has its message in the file of the layer.
struct Message<A, B>(PhantomData<(A, B)>);

impl<A: Dim, B: Dim> Message<A, B> {
    const NOT_DIVISIBLE: Text = Text::axis::<A>().then(" isn't divisible by ").then_axis::<B>();
    const TOO_FEW: Text = Text::new("an axis of ")
        .then_axis::<A>()
        .then(" is too short for a window, or a number of elements, of ")
        .then_axis::<B>();
}

/// Checks of the build as constants. A check in a `const` block of a method fails with a line that has all parameters of
/// the method; these fail with their own alone.
pub(crate) struct Check<A, B = ()>(PhantomData<(A, B)>);

impl<A: Dim, D: Size> Check<A, D> {
    /// `D` divides the axis `A`, or `A` is a runtime axis.
    pub(crate) const DIVIDES: () = assert_divides::<A, D>();
}

impl<S: Shape> Check<S> {
    /// No axis between the first and the last is empty.
    pub(crate) const SPACE: () = assert_space::<S>();
}

impl<S: Shape, T: Shape> Check<S, T> {
    /// The shapes have the same number of elements, and as many runtime axes.
    pub(crate) const SAME_COUNT: () = assert_same_count::<S, T>();
}

const fn divides<A: Dim, D: Size>() -> bool {
    match A::SIZE {
        Some(size) => size.is_multiple_of(D::USIZE),
        None => true,
    }
}

/// Fails the build unless `D` divides the axis `A`; a runtime axis passes.
#[track_caller]
pub(super) const fn assert_divides<A: Dim, D: Size>() {
    if !divides::<A, D>() {
        panic!("{}", Text::as_str(&Message::<A, D>::NOT_DIVISIBLE));
    }
}

/// Fails the build unless `D` divides `A`. The caller's message has `{0}` in place of `A`, and `{1}` in place of `D`.
#[track_caller]
pub(crate) const fn assert_divides_in<A: Dim, D: Size>(message: &str) {
    if !divides::<A, D>() {
        panic!("{}", Text::as_str(&Text::with_axes::<A, D>(message)));
    }
}

/// Fails the build if the axis `A` is known and longer than `L`. The caller's message has `{0}` in place of `A`, and `{1}`
/// in place of `L`.
#[track_caller]
pub(crate) const fn assert_at_most<A: Dim, L: Size>(message: &str) {
    if let Some(size) = A::SIZE
        && size > L::USIZE
    {
        panic!("{}", Text::as_str(&Text::with_axes::<A, L>(message)));
    }
}

/// Fails the build if the axis `A` is known and has fewer than `W` elements.
#[track_caller]
pub(crate) const fn assert_holds<A: Dim, W: Size>() {
    if let Some(size) = A::SIZE
        && size < W::USIZE
    {
        panic!("{}", Text::as_str(&Message::<A, W>::TOO_FEW));
    }
}

/// Fails the build if the size of a window, a stride or the like is 0.
#[track_caller]
pub(crate) const fn assert_positive<A: Size>() {
    assert!(
        A::USIZE != 0,
        "a window, a stride, a dilation or a number of groups is 0, and has to be at least 1"
    );
}

/// Fails the build if the axis `A` is empty.
#[track_caller]
pub(crate) const fn assert_not_empty<A: Dim>() {
    assert!(
        !matches!(A::SIZE, Some(0)),
        "a pool or a convolution needs an axis of at least one element, found one of 0"
    );
}

/// Axis `I` of `S`, of which `Needed` elements are taken.
struct Taken<S, const I: usize, Needed>(PhantomData<(S, Needed)>);

impl<S: Shape, const I: usize, Needed: Size> Taken<S, I, Needed> {
    const SIZE: usize = match S::AXES[I] {
        Some(size) => size,
        None => usize::MAX,
    };
    const TOO_FEW: Text = Text::new("can't take ")
        .then_axis::<Needed>()
        .then(" elements of an axis of ")
        .then_number(Self::SIZE);
}

/// The last axis of `S`, of which `Needed` elements are taken.
struct TakenOfLast<S, Needed>(PhantomData<(S, Needed)>);

impl<S: LastAxis, Needed: Size> TakenOfLast<S, Needed> {
    const TOO_FEW: Text = Text::new("can't take ")
        .then_axis::<Needed>()
        .then(" elements of an axis of ")
        .then_axis::<S::Last>();
}

/// Fails the build if the last axis of `S` is known and shorter than `Needed`.
#[track_caller]
pub(crate) const fn assert_last_has<S: LastAxis, Needed: Size>() {
    if let Some(size) = <S::Last as Dim>::SIZE
        && size < Needed::USIZE
    {
        panic!("{}", Text::as_str(&TakenOfLast::<S, Needed>::TOO_FEW));
    }
}

/// Fails the build if axis `I` of `S` is known and shorter than `Needed`.
#[track_caller]
pub(crate) const fn assert_has<S: Shape, const I: usize, Needed: Size>() {
    if Taken::<S, I, Needed>::SIZE < Needed::USIZE {
        panic!("{}", Text::as_str(&Taken::<S, I, Needed>::TOO_FEW));
    }
}

/// Fails the build if an axis between the first and the last is empty.
#[track_caller]
pub(crate) const fn assert_space<S: Shape>() {
    let mut axis = 1;
    while axis + 1 < S::AXES.len() {
        assert!(
            !matches!(S::AXES[axis], Some(0)),
            "a pool needs an axis of at least one element, found one of 0"
        );
        axis += 1;
    }
}

/// The messages of reshapes that are checked by `cargo build`.
struct Counts<S, T>(PhantomData<(S, T)>);

impl<S: Shape, T: Shape> Counts<S, T> {
    const DIFFER: Text = Text::new("a reshape of ")
        .then_number(<S::Count as Nat>::USIZE)
        .then(" elements to ")
        .then_number(<T::Count as Nat>::USIZE);
    const RUNTIME: Text = Text::new("a reshape of ")
        .then_number(count_runtime(S::AXES))
        .then(" runtime axes to ")
        .then_number(count_runtime(T::AXES))
        .then(": they must stay, in the same order");
    const DIFFER_FOR_EACH: Text = Self::DIFFER.then(", for each element of the runtime axes");
}

/// Fails the build unless the shapes have the same number of elements, and as many runtime axes.
#[track_caller]
const fn assert_same_count<S: Shape, T: Shape>() {
    let runtime = count_runtime(S::AXES);
    if runtime != count_runtime(T::AXES) {
        panic!("{}", Text::as_str(&Counts::<S, T>::RUNTIME));
    }
    if <S::Count as Nat>::USIZE != <T::Count as Nat>::USIZE {
        let (plain, for_each) = (&Counts::<S, T>::DIFFER, &Counts::<S, T>::DIFFER_FOR_EACH);
        panic!("{}", Text::as_str(if runtime == 0 { plain } else { for_each }));
    }
}

const fn count_runtime(axes: &[Option<usize>]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < axes.len() {
        count += axes[i].is_none() as usize;
        i += 1;
    }
    count
}
