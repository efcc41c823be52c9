//! Static axes: sizes with a name.

use std::any::{TypeId, type_name};

use nnx_core::size::{
    Batch, Difference, Dilated, Dim, DivisibleBy, Fits, Positive, Product, Quotient, QuotientUp,
    Shape, Size, Sum, ToTypenum, U0, U1, U2, U3, U4, U8, U10, U16, U24, Unnamed, Windows,
};
use nnx_core::tensor::Tensor;
use nnx_core::{Tensor, axis, dim, shape};
use typenum::Unsigned as _;

axis!(Heads = 8, Single = 1, Empty = 0, Classes = 1000, Pixels = 1024 * 1024);
axis!(Rows, Queries = 3, pub(crate) Keys = 3);

fn same<A: 'static, B: 'static>() {
    assert_eq!(TypeId::of::<A>(), TypeId::of::<B>(), "{} {}", type_name::<A>(), type_name::<B>());
}

#[test]
fn has_the_size_that_it_is_declared_with() {
    assert_eq!((Heads::USIZE, Single::USIZE, Empty::USIZE), (8, 1, 0));
    assert_eq!((Classes::USIZE, Pixels::USIZE), (1000, 1 << 20));
    assert_eq!((Heads::SIZE, Heads::NAME), (Some(8), "Heads"));
    assert_eq!(<Pixels as ToTypenum>::Typenum::USIZE, 1 << 20);
}

/// Every operation on every pair of a named and an unnamed size gives the number.
#[test]
fn computes_as_its_size_on_either_side() {
    fn operations<A: Size, B: Size>() {
        type N<A> = Unnamed<A>;
        same::<N<Sum<A, B>>, Sum<N<A>, N<B>>>();
        same::<N<Product<A, B>>, Product<N<A>, N<B>>>();
        same::<N<Difference<A, B>>, Difference<N<A>, N<B>>>();
        same::<N<Quotient<A, B>>, Quotient<N<A>, N<B>>>();
        same::<N<QuotientUp<A, B>>, QuotientUp<N<A>, N<B>>>();
        same::<N<Dilated<A, B>>, Dilated<N<A>, N<B>>>();
        same::<N<Windows<A, B, U1>>, Windows<N<A>, N<B>, U1>>();
        same::<N<Windows<A, B, U2>>, Windows<N<A>, N<B>, U2>>();
        same::<N<Windows<A, U3, B>>, Windows<N<A>, U3, N<B>>>();
    }
    macro_rules! pairs {
        ($($a:ty),*; $all:tt) => { $(pairs!(@with $a; $all);)* };
        (@with $a:ty; [$($b:ty),*]) => { $(operations::<$a, $b>();)* };
    }
    pairs!(Heads, Single, Empty, Classes, Pixels, U10;
        [Heads, Single, Empty, Classes, Pixels, U0, U1, U3]);
}

#[test]
fn operations_drop_the_name_and_neutral_ones_keep_it() {
    same::<Sum<Heads, U2>, U10>();
    same::<Sum<U2, Heads>, U10>();
    same::<Sum<Heads, Heads>, U16>();
    same::<Product<Heads, U3>, U24>();
    same::<dim!(Heads * 3), U24>();
    same::<Quotient<Heads, U2>, U4>();
    same::<Quotient<U16, Heads>, U2>();
    same::<Sum<Heads, U0>, Heads>();
    same::<Product<Heads, U1>, Heads>();
    same::<Product<Heads, Single>, Heads>();
    same::<QuotientUp<Heads, U1>, Heads>();
    same::<Windows<Heads, U1, U1>, Heads>();
    same::<Unnamed<Heads>, U8>();
    same::<Unnamed<U8>, U8>();
}

#[test]
fn satisfies_the_guards_of_its_size() {
    fn divisible<A: DivisibleBy<B>, B: Size>() {}
    fn fits<A: Fits<B>, B: Size>() {}
    fn positive<A: Positive>() {}
    divisible::<Classes, Heads>();
    divisible::<Heads, U4>();
    fits::<Heads, Queries>();
    fits::<U8, Heads>();
    positive::<Single>();
}

#[test]
fn a_shape_in_words_has_names_and_sizes() {
    assert_eq!(<shape![Batch, Heads, 3]>::describe(), "(Batch, Heads = 8, 3)");
    let wrong = <Tensor![Heads, 2]>::from_vec(vec![0.0; 4]).unwrap_err().to_string();
    assert!(wrong.contains("Heads = 8"), "{wrong}");
}

#[test]
fn names_go_with_their_axes() {
    let scores: Tensor![Batch, Queries, Keys] =
        Tensor::from_vec((0..18u8).map(f32::from).collect()).expect("two");
    let transposed: Tensor![Batch, Keys, Queries] = scores.clone().transpose();
    let sums: Tensor![Batch, Keys] = scores.clone().sum_axes::<nnx_core::size::rules::Axis<1>>();
    assert_eq!(transposed.to_vec()[..3], [0.0, 3.0, 6.0]);
    assert_eq!(sums.to_vec(), [9.0, 12.0, 15.0, 36.0, 39.0, 42.0]);
    let values: Tensor![Batch, Keys, 2] = Tensor::from_vec(vec![1.0; 12]).expect("two");
    let read: Tensor![Batch, Queries, 2] = scores.matmul(values);
    assert_eq!(read.to_vec()[..2], [3.0, 3.0]);
}

#[test]
fn renaming_leaves_the_elements() {
    let x: Tensor![Batch, 3] = Tensor::from_vec(vec![1.0, 2.0, 3.0]).expect("one");
    let queries: Tensor![Batch, Queries] = x.clone().rename_axis::<1, Queries>();
    let rows: Tensor![Rows, Keys] = queries.rename_axis::<1, Keys>().rename_axis::<0, Rows>();
    // A size may become a runtime axis: only the knowledge of its length is lost.
    let unknown: Tensor![Batch, Rows] = x.clone().rename_axis::<1, Rows>();
    let plain: Tensor![Rows, 3] = rows.unname_axis::<1>();
    assert_eq!((plain.to_vec(), unknown.to_vec()), (x.to_vec(), x.to_vec()));
}

#[test]
#[should_panic(
    expected = "`rename_axis`: axis 1 can't be renamed `Batch`: axis 1, `Batch`: expected 2, as axis 0 of this name is, found 3"
)]
fn a_runtime_axis_has_one_length() {
    let x: Tensor![Batch, 3] = Tensor::from_vec(vec![0.0; 6]).expect("two");
    let _ = x.rename_axis::<1, Batch>();
}

#[test]
#[should_panic(
    expected = "`rename_axis`: axis 1 can't be renamed `Rows * 2`: axis 1, `Rows * 2`: expected a multiple of 2, found 3"
)]
fn a_length_is_a_multiple_of_the_factor_that_upsampled_it() {
    let x: Tensor![Batch, 3] = Tensor::from_vec(vec![0.0; 6]).expect("two");
    let _ = x.rename_axis::<1, Product<Rows, U2>>();
}

/// Two programs may name an axis alike.
#[test]
fn axes_of_one_name_and_two_types_are_two_axes() {
    mod other {
        nnx_core::axis!(pub(super) Rows);
    }
    let x = <Tensor![Rows, other::Rows]>::from_shape_vec(&[1, 2], vec![0.0; 2]);
    let x = x.expect("two axes").rename_axis::<0, Batch>();
    let _: Tensor![other::Rows, Batch] = x.transpose();
}
