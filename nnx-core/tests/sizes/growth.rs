//! The growth of size expressions while a size is a parameter.
//!
//! [`Symbol`] is a size of which nothing is known: an operation on it isn't computed, but is a type that
//! names it, [`Term`], as `<H as N>::Add<U<2>>` is where `H` is a parameter. What rustc holds for a
//! generic model can so be printed and counted. A rule that wrote an operand down twice would double the
//! term with each layer, and rustc's time and memory with it.

use std::any::type_name;
use std::marker::PhantomData;

use nnx_core::size::rules::{Appended, Flatten, FlattenAxes, HasAxis, UnflattenShape};
use nnx_core::size::*;

/// A parameter.
#[derive(Debug, Clone, Copy)]
struct Symbol;
/// `A` and `B` under the operation `O`.
#[derive(Debug)]
struct Term<O, A, B>(PhantomData<fn() -> (O, A, B)>);
/// `A + B`. Both may be parameters, so that both decide whether the sum is known.
#[derive(Debug)]
struct Plus<A, B>(PhantomData<fn() -> (A, B)>);
macro_rules! copy {
    ($($term:ident<$($parameter:ident),+>)+) => { $(
        impl<$($parameter),+> Clone for $term<$($parameter),+> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($parameter),+> Copy for $term<$($parameter),+> {}
    )+ };
}
copy! { Term<O, A, B> Plus<A, B> }

/// Large enough for every window.
type Large = <U999 as Dim>::Nat;

macro_rules! symbolic {
    ([$($parameter:ident: $bound:ident),*] $size:ty, $known:ty) => {
        symbolic! {
            [$($parameter: $bound),*] $size, $known:
            Mul Prod; Sub RSub; Div RDiv; DivUp RDivUp; Dilate RDilate;
        }
    };
    ([$($parameter:ident: $bound:ident),*] $size:ty, $known:ty: $($left:ident $right:ident;)+) => {
        impl<$($parameter: $bound),*> Dim for $size {
            const SIZE: Option<usize> = None;
            const NAME: &'static str = "";
            type IsOne = Bit0;
            type CountInto<N: Nat> = N;
            type Times<C: Size> = C;
            type Nat = Large;
            // Each of these sizes is a multiple of every size.
            type Divisor = <U2 as Dim>::Divisor;
            type IsMultiple<R: Size> = Bit1;
            type Deferred = Bit0;
        }
        impl<$($parameter: $bound),*> number::N for $size {
            type IsKnown = $known;
            // Evaluation dispatches on the right operand first.
            type Sum<L: Dim> = Plus<L, Self>;
            type Add<R: Size> = Term<operation::Add, Self, R>;
            $(type $right<L: Dim> = Term<operation::$right, L, Self>;)+
            $(type $left<R: Size> = Term<operation::$left, Self, R>;)+
            type Striding<W: Size, L: Dim> = Term<operation::Striding, L, (W, Self)>;
            type Sliding<S: Size, L: Dim> = Term<operation::Sliding, L, (Self, S)>;
            type Windows<W: Size, S: Size> = Term<operation::Windows, Self, (W, S)>;
            type Join<R: RuntimeAxis> = R;
            type Exceed<P: Operation, T: Size> = Self;
        }
    };
}
/// An operation or an operand of an expression of sizes.
trait Part: std::fmt::Debug + 'static {}
impl<T: std::fmt::Debug + 'static> Part for T {}
macro_rules! operations {
    ($($operation:ident)+) => {
        mod operation {
            $(#[derive(Debug)] pub(super) struct $operation;)+
        }
    };
}
operations! {
    Prod RSub RDiv RDivUp RDilate Add Mul Sub Div DivUp Dilate Striding Sliding Windows
}
symbolic!([] Symbol, Bit1);
// The result is known if the left operand is.
symbolic!([O: Part, A: Dim, B: Part] Term<O, A, B>, A::IsKnown);
symbolic!([A: Dim, B: Dim] Plus<A, B>, <B::IsKnown as Bit>::And<A::IsKnown>);

/// The number of occurrences of the parameter in a type.
fn count<T>() -> usize {
    type_name::<T>().matches("Symbol").count()
}

#[test]
fn each_operation_writes_its_operands_down_once() {
    type S = Symbol;
    let known = [
        count::<Sum<S, U2>>(),
        count::<Product<S, U2>>(),
        count::<Difference<S, U2>>(),
        count::<Quotient<S, U2>>(),
        count::<QuotientUp<S, U2>>(),
        count::<Dilated<S, U2>>(),
        count::<Windows<S, U3, U2>>(),
        count::<Windows<S, U2, U2>>(),
        count::<Windows<S, U3, U1>>(),
        count::<Windows<S, U1, U2>>(),
    ];
    assert_eq!(known, [1; 10], "by a known operand");
    let symbolic = [
        count::<Sum<S, S>>(),
        count::<Product<S, S>>(),
        count::<Difference<S, S>>(),
        count::<Quotient<S, S>>(),
        count::<QuotientUp<S, S>>(),
        count::<Dilated<S, S>>(),
        count::<Windows<S, S, U1>>(),
        count::<Windows<S, S, U2>>(),
        count::<Windows<S, U2, S>>(),
    ];
    assert_eq!(symbolic, [2; 9], "by a parameter");
    assert_eq!(count::<Windows<S, S, S>>(), 3);
}

/// An image of which height and width are parameters.
type Image = (Batch, Symbol, Symbol, U3);
/// The output of a window over the image `I`.
type Under<I, K, T, P, D = U1, L = U1> = <I as Windowed<K, T, P, D, L>>::Output<U3>;
type Transposing<I, T, P> = <I as Transposed<(U3, U3), T, P>>::Output<U3>;

#[test]
fn each_rule_writes_height_and_width_down_once() {
    type Window = (U3, U3);
    type Frame = Explicit<(U1, U1), (U2, U0)>;
    let rules = [
        count::<Under<Image, Window, U1, Same>>(),
        count::<Under<Image, Window, U2, Same>>(),
        count::<Under<Image, Window, U2, Symmetric>>(),
        count::<Under<Image, Window, U1, Valid>>(),
        count::<Under<Image, Window, U2, Valid>>(),
        count::<Under<Image, Window, U3, Valid>>(),
        count::<Under<Image, Window, U2, Valid, U2, U2>>(),
        count::<Under<Image, Window, U2, Frame>>(),
        count::<Under<Image, Window, U2, Frame, U2, U3>>(),
        count::<Under<Image, Window, U1, Circular>>(),
        count::<Transposing<Image, U2, Same>>(),
        count::<Transposing<Image, U2, Valid>>(),
        count::<Transposing<Image, U2, Frame>>(),
        count::<<Image as Tiled<(U2, U3)>>::Output>(),
        count::<<Image as UpsampledBy<(U2, U3)>>::Output>(),
        count::<<Image as Flatten>::Output>(),
        count::<<Image as FlattenAxes<1>>::Output>(),
        count::<<Image as UnflattenShape<1, U3>>::Output>(),
    ];
    assert_eq!(rules, [2; 18]);
    type Map = (Batch, Symbol, U3);
    assert_eq!(count::<<Map as Appended<1, Map>>::Output>(), 2);
}

/// The lengths of the type of an image after 0 to 8 layers of a kind.
macro_rules! lengths {
    ($layer:ident) => {
        lengths!($layer over Image)
    };
    ($layer:ident over $image:ident) => {
        lengths!([] $layer $image; . . . . . . . .)
    };
    ([$($lengths:tt)*] $layer:ident $image:ty; . $($step:tt)*) => {
        lengths!([$($lengths)* type_name::<$image>().len(),] $layer $layer<$image>; $($step)*)
    };
    ([$($lengths:tt)*] $layer:ident $image:ty;) => {
        [$($lengths)* type_name::<$image>().len()]
    };
}

type Same2<I> = Under<I, (U2, U2), U2, Same>;
type Valid2<I> = Under<I, (U2, U2), U2, Valid>;
type Valid3<I> = Under<I, (U3, U3), U2, Valid, U2>;
type Padded3<I> = Under<I, (U3, U3), U2, Explicit<(U1, U1), (U1, U1)>>;
type Up<I> = Transposing<I, U2, Same>;
type UpValid<I> = Transposing<I, U2, Valid>;
type Tiles<I> = <I as Tiled<(U2, U2)>>::Output;
type Upsampling<I> = <I as UpsampledBy<(U2, U2)>>::Output;

#[test]
fn a_type_grows_by_the_same_length_with_each_layer() {
    for (layer, lengths) in [
        ("pool, Same", lengths!(Same2)),
        ("pool, Valid", lengths!(Valid2)),
        ("dilated convolution, Valid", lengths!(Valid3)),
        ("convolution, Explicit", lengths!(Padded3)),
        ("transposed convolution, Same", lengths!(Up)),
        ("transposed convolution, Valid", lengths!(UpValid)),
        ("pool of a parameter", lengths!(Tiles)),
        ("upsampling", lengths!(Upsampling)),
    ] {
        let steps: Vec<usize> = lengths.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps[0] > 0, "{layer} doesn't change the size");
        assert!(steps.iter().all(|step| *step == steps[0]), "{layer} grows by {steps:?}");
    }
}

nnx_core::axis!(Height);
type RuntimeImage = (Batch, Height, Height, U3);

/// Lengths of runtime axes are normalized: one more layer may change a constant, but the type doesn't grow.
#[test]
fn the_type_of_a_runtime_axis_grows_by_no_more_than_a_layer() {
    let most = 2 * type_name::<Quotient<Difference<Sum<Height, Batch>, U2>, U3>>().len();
    for (layer, lengths) in [
        ("pool, Same", lengths!(Same2 over RuntimeImage)),
        ("pool, Valid", lengths!(Valid2 over RuntimeImage)),
        ("dilated convolution, Valid", lengths!(Valid3 over RuntimeImage)),
        ("convolution, Explicit", lengths!(Padded3 over RuntimeImage)),
        ("transposed convolution, Same", lengths!(Up over RuntimeImage)),
        ("transposed convolution, Valid", lengths!(UpValid over RuntimeImage)),
        ("pool of a parameter", lengths!(Tiles over RuntimeImage)),
        ("upsampling", lengths!(Upsampling over RuntimeImage)),
    ] {
        assert!(lengths[0] < lengths[1], "{layer} doesn't change the axis");
        for pair in lengths.windows(2) {
            assert!(pair[1] <= pair[0] + most, "{layer} grows from {} to {}", pair[0], pair[1]);
        }
    }
}

/// Counterexample: the count of the test above does double if an operand occurs twice.
#[test]
fn an_operand_that_occurs_twice_is_found() {
    type Twice<I> = (Batch, Sum<<I as HasAxis<1>>::Axis, <I as HasAxis<1>>::Axis>, U1, U3);
    fn lengths<I: HasAxis<1, Axis: Size>, J: HasAxis<1, Axis: Size>>() -> [usize; 3] {
        [count::<I>(), count::<J>(), count::<Twice<J>>()]
    }
    assert_eq!(lengths::<(Batch, Symbol, U1, U3), Twice<(Batch, Symbol, U1, U3)>>(), [1, 2, 4]);
}
