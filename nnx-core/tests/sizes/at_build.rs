//! `AtBuild`: each guard holds for it, and all else is as for the plain size.

use nnx_core::dim;
use nnx_core::nn::bounds::{HoldsPositions, InGroups, InHeads};
use nnx_core::size::{
    AtBuild, DivisibleBy, Fits, Grouped, Grouping, HoldsWindow, NotEmpty, Positive, Product,
    Quotient, Shape, Size, Sum, Time, U0, U1, U2, U3, U7, U8, U10,
};

#[test]
fn a_guard_of_which_one_operand_is_checked_by_the_build_holds_for_all_sizes() {
    fn divisible<A: DivisibleBy<B>, B: Size>() {}
    fn fits<A: Fits<W>, W: Size>() {}
    fn holds<A: HoldsWindow<W>, W: Size>() {}
    fn positive<A: Positive>() {}
    fn not_empty<A: NotEmpty>() {}
    fn positions<L: HoldsPositions<T>, T>() {}
    fn in_groups<A: InGroups<G>, G: Size>() {}
    fn in_heads<A: InHeads<H>, H: Size>() {}
    fn grouped<In: Size, Out: Size, G: Grouping<In, Out>>() {}
    /// The same for parameters without a bound.
    fn generic<A: Size, B: Size>() {
        divisible::<A, AtBuild<B>>();
        divisible::<AtBuild<A>, U8>();
        divisible::<dim!(A * 2), AtBuild<B>>();
        fits::<A, AtBuild<B>>();
        holds::<A, AtBuild<B>>();
        holds::<AtBuild<A>, U3>();
        holds::<Time, AtBuild<B>>();
        positive::<AtBuild<A>>();
        not_empty::<AtBuild<A>>();
        positions::<AtBuild<A>, B>();
        in_groups::<A, AtBuild<B>>();
        in_heads::<A, AtBuild<B>>();
        grouped::<A, dim!(A * 2), Grouped<AtBuild<B>>>();
    }
    // None of these conditions holds, but nothing here evaluates the checks.
    generic::<U7, U8>();
    generic::<U2, U3>();
    generic::<U0, U0>();
}

/// The guards need no bound where they are true of all sizes.
#[test]
fn a_guard_that_is_true_of_all_sizes_holds_for_parameters() {
    fn divisible<A: DivisibleBy<B>, B: Size>() {}
    fn fits<A: Fits<W>, W: Size>() {}
    fn holds<A: HoldsWindow<W>, W: Size>() {}
    fn positions<L: HoldsPositions<T>, T>() {}
    fn in_groups<A: InGroups<G>, G: Size>() {}
    fn in_heads<A: InHeads<H>, H: Size>() {}
    fn grouped<In: Size, Out: Size, G: Grouping<In, Out>>() {}
    fn generic<A: Size, B: Size>() {
        divisible::<A, A>();
        divisible::<A, U1>();
        divisible::<dim!(A * B), dim!(A * B)>();
        divisible::<dim!(A * B), U1>();
        fits::<A, A>();
        holds::<A, A>();
        positions::<A, A>();
        in_groups::<A, U1>();
        in_heads::<A, U1>();
        in_heads::<A, A>();
        grouped::<A, B, Grouped<U1>>();
    }
    generic::<U7, U8>();
}

/// For plain sizes the condition itself decides, even if the divisor is `AtBuild` elsewhere.
#[test]
fn a_computed_size_has_no_mark() {
    fn same<A: Size, B: Size>() -> bool {
        std::any::TypeId::of::<A>() == std::any::TypeId::of::<B>()
    }
    assert!(same::<Quotient<U8, AtBuild<U2>>, dim!(4)>());
    assert!(same::<Product<AtBuild<U8>, U2>, dim!(16)>());
    assert!(same::<Sum<U8, AtBuild<U2>>, U10>());
    assert!(same::<Product<AtBuild<U8>, U1>, AtBuild<U8>>());
    assert!(!same::<AtBuild<U8>, U8>());
    /// In generic code, arithmetic gives the same formula as for the plain size.
    fn formula<A: Size, B: Size>(quotient: Quotient<A, B>) -> Quotient<A, AtBuild<B>> {
        quotient
    }
    let _ = formula::<U8, U2>(nnx_core::size::U);
    assert_eq!(<AtBuild<dim!(1600)> as Size>::USIZE, 1600);
    assert_eq!(<(AtBuild<U8>, U2)>::describe(), "(8, 2)");
}
