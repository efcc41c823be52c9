//! The lengths of runtime axes against plain integers. The name of a computed axis is its formula, such as
//! `ceil((Height + 1) / 2)`: it is computed here for many heights, and compared with what the operation gives.

use std::any::type_name;

use nnx_core::array::Array;
use nnx_core::ops::DynTensor;
use nnx_core::size::rules::{Appended, HasAxis, MergedAxes};
use nnx_core::size::*;

use crate::formula::{Height, WIDTH, Width, length};

/// Heights for which each axis below is long enough for each window below.
const HEIGHTS: std::ops::Range<usize> = 40..76;

/// Every operation by the size `S` on the axis `A`.
fn operations<A: Dim, S: Size>() {
    for height in HEIGHTS {
        let (a, s) = (length::<A>(height), S::USIZE);
        let is = |found: usize, expected: usize, operation: &str| {
            assert_eq!(found, expected, "{operation} {s} of `{}` at {height}", A::NAME);
        };
        is(length::<QuotientUp<A, S>>(height), a.div_ceil(s), "quotient up");
        is(length::<Quotient<A, S>>(height), a / s, "quotient");
        is(length::<Product<A, S>>(height), a * s, "product");
        is(length::<Difference<A, S>>(height), a - s, "minus");
        is(length::<Sum<A, S>>(height), a + s, "sum");
        is(length::<Sum<S, A>>(height), a + s, "sum, size first");
        is(length::<Sum<A, Width>>(height), a + WIDTH, "sum with an axis");
        is(length::<Dilated<A, S>>(height), (a - 1) * s + 1, "dilated");
    }
}

type Image<A> = (Batch, A, U1);
/// The output axis of a window over `A`, and the window.
fn positions<A, K, T, P, D, L>()
where
    A: Dim,
    Image<A>: Windowed<(K,), T, P, D, L, Output<U1>: HasAxis<1>>,
{
    let window = <Image<A> as Windowed<(K,), T, P, D, L>>::WINDOWS[0];
    for height in HEIGHTS {
        let ones = |dims: [usize; 3]| DynTensor::from(Array::full(1.0f32, &dims));
        let image = ones([1, length::<A>(height), 1]);
        let expected = image.conv(ones([window.size, 1, 1]), None, [window], 1).dims()[1];
        type Left<A, K, T, P, D, L> =
            <<Image<A> as Windowed<(K,), T, P, D, L>>::Output<U1> as HasAxis<1>>::Axis;
        let found = length::<Left<A, K, T, P, D, L>>(height);
        let (axis, left) = (A::NAME, <Left<A, K, T, P, D, L> as Dim>::NAME);
        assert_eq!(found, expected, "{window:?} over `{axis}` of {height} leaves `{left}`");
    }
}

macro_rules! for_each {
    // Makes each of the calls for each of the axes.
    ([$($axis:ty),* $(,)?] $calls:tt) => { $(for_each! { @axis $axis $calls })* };
    (@axis $axis:ty { $($function:ident<$($argument:ty),*>;)* }) => {
        $($function::<$axis, $($argument),*>();)*
    };
}

#[test]
fn the_name_of_each_length_is_its_formula() {
    for_each! { [
        Height,
        QuotientUp<Height, U2>,
        Quotient<Height, U3>,
        Product<Height, U4>,
        Product<QuotientUp<Height, U2>, U6>,
        Sum<Height, U1>,
        Sum<Height, U3>,
        Difference<Height, U3>,
        Difference<Product<Height, U2>, U1>,
        QuotientUp<Sum<Height, U2>, U3>,
        Quotient<Quotient<Sum<Height, U5>, U2>, U3>,
        Sum<Height, Width>,
    ] {
        operations<U1>;
        operations<U2>;
        operations<U3>;
        operations<U4>;
        operations<U6>;
        positions<U1, U1, Valid, U1, U1>;
        positions<U1, U2, Valid, U1, U1>;
        positions<U2, U1, Valid, U1, U1>;
        positions<U2, U2, Valid, U1, U1>;
        positions<U3, U1, Valid, U2, U1>;
        positions<U3, U2, Valid, U1, U1>;
        positions<U2, U3, Valid, U1, U1>;
        positions<U3, U2, Valid, U2, U3>;
        positions<U3, U1, Same, U1, U1>;
        positions<U3, U2, Same, U1, U1>;
        positions<U3, U3, Symmetric, U2, U1>;
        positions<U2, U2, Causal, U1, U1>;
        positions<U3, U1, Explicit<(U1, U1)>, U1, U1>;
        positions<U3, U2, Explicit<(U1, U1)>, U1, U1>;
        positions<U3, U2, Explicit<(U1, U0)>, U1, U1>;
        positions<U3, U1, Explicit<(U2, U3)>, U1, U1>;
        positions<U7, U2, Explicit<(U3, U3)>, U1, U1>;
        positions<U4, U4, Explicit<(U3, U1)>, U1, U2>;
    } }
}

/// A length that is padded and cropped under a transposed convolution.
#[test]
fn transposed_convolutions_leave_what_they_say() {
    type Under<T, P> = <Image<Height> as Transposed<(U3,), T, P>>::Output<U1>;
    type Axis<T, P> = <Under<T, P> as HasAxis<1>>::Axis;
    for n in HEIGHTS {
        assert_eq!(length::<Axis<U1, Same>>(n), n);
        assert_eq!(length::<Axis<U2, Same>>(n), 2 * n);
        assert_eq!(length::<Axis<U2, Circular>>(n), 2 * n);
        assert_eq!(length::<Axis<U1, Valid>>(n), n + 2);
        assert_eq!(length::<Axis<U2, Valid>>(n), 2 * n + 1);
        assert_eq!(length::<Axis<U4, Valid>>(n), 4 * n);
        // (n - 1) stride + 1 + padding - (window - 1)
        assert_eq!(length::<Axis<U2, Explicit<(U1, U2)>>>(n), 2 * n);
        assert_eq!(length::<Axis<U2, Explicit<(U1, U1)>>>(n), 2 * n - 1);
    }
    assert_eq!(type_name::<Axis<U1, Same>>(), type_name::<Height>());
    assert_eq!(type_name::<Axis<U2, Explicit<(U1, U2)>>>(), type_name::<Product<Height, U2>>());
}

macro_rules! same {
    ($($left:ty, $right:ty;)*) => { $(
        assert_eq!(type_name::<$left>(), type_name::<$right>(), "{}", stringify!($left));
    )* };
}

#[test]
fn equal_lengths_are_one_type_where_that_is_promised() {
    type Left<K, T, P> = <<Image<Height> as Windowed<(K,), T, P>>::Output<U1> as HasAxis<1>>::Axis;
    same! {
        QuotientUp<Height, U1>, Height;
        QuotientUp<QuotientUp<Height, U2>, U2>, CeilDiv<Height, U4>;
        QuotientUp<QuotientUp<Height, U2>, U3>, QuotientUp<QuotientUp<Height, U3>, U2>;
        Quotient<Quotient<Height, U2>, U4>, FloorDiv<Height, U8>;
        Product<Product<Height, U2>, U3>, Upsampled<Height, U6>;
        Sum<Sum<Height, U2>, U3>, Padded<Height, U5>;
        Sum<U3, Height>, Padded<Height, U3>;
        Difference<Difference<Height, U2>, U3>, Cropped<Height, U5>;
        Sum<Difference<Height, U2>, U2>, Height;
        Sum<Difference<Height, U3>, U1>, Cropped<Height, U2>;
        Sum<Difference<Height, U1>, U3>, Padded<Height, U2>;
        Difference<Sum<Height, U2>, U2>, Height;
        QuotientUp<Product<Height, U2>, U2>, Height;
        Quotient<Product<Height, U6>, U2>, Upsampled<Height, U3>;
        Quotient<Product<Height, U2>, U6>, FloorDiv<Height, U3>;
        QuotientUp<Product<QuotientUp<Height, U2>, U2>, U4>, CeilDiv<Height, U4>;
        QuotientUp<Product<Height, U2>, U3>, CeilDiv<Upsampled<Height, U2>, U3>;
        Quotient<Sum<Height, U1>, U2>, CeilDiv<Height, U2>;
        Quotient<Quotient<Sum<Height, U5>, U2>, U3>, CeilDiv<Height, U6>;
        QuotientUp<Difference<Height, U1>, U2>, FloorDiv<Height, U2>;
        // A window of 3 with a padding of 1, and the first window of a ResNet.
        Left<U3, U1, Explicit<(U1, U1)>>, Height;
        Left<U3, U2, Explicit<(U1, U1)>>, CeilDiv<Height, U2>;
        Left<U7, U2, Explicit<(U3, U3)>>, CeilDiv<Height, U2>;
        Left<U3, U2, Same>, CeilDiv<Height, U2>;
        Left<U1, U2, Valid>, CeilDiv<Height, U2>;
        Left<U2, U2, Valid>, FloorDiv<Height, U2>;
        Left<U3, U1, Valid>, Cropped<Height, U2>;
        Left<U3, U2, Valid>, FloorDiv<Cropped<Height, U1>, U2>;
    }
    type Both = <(Batch, Width, U3) as Appended<1, (Batch, Height, U3)>>::Output;
    same! { Both, (Batch, Concatenated<Height, Width>, U3); }
    // Formulas that aren't equal for every height are different types.
    let odd = [type_name::<Product<QuotientUp<Height, U2>, U2>>(), type_name::<Height>()];
    assert_ne!(odd[0], odd[1]);
}

#[test]
fn shapes_name_their_lengths() {
    type Shape4 = (Batch, QuotientUp<Height, U2>, Sum<Quotient<Width, U2>, U1>, U8);
    assert_eq!(Shape4::describe(), "(Batch, ceil(Height / 2), floor(Width / 2) + 1, 8)");
    type Nested = (Quotient<Sum<Height, Width>, U2>, Product<Difference<Height, U2>, U2>);
    assert_eq!(Nested::describe(), "(floor((Height + Width) / 2), (Height - 2) * 2)");
    assert_eq!(
        <(MergedAxes<Batch, QuotientUp<Time, U2>>,)>::describe(),
        "(Batch * ceil(Time / 2),)"
    );
    assert_eq!(
        <(MergedAxes<Batch, U3>, MergedAxes<Batch, Time>)>::describe(),
        "(Batch * 3, Batch * Time)"
    );
}

#[test]
fn an_array_fits_computed_axes_where_it_can() {
    type Twice = (Height, Product<Height, U2>, Product<Product<Height, U2>, U3>);
    assert!(Twice::admits(&[2, 4, 12]));
    assert_eq!(
        Twice::mismatch(&[2, 3, 8]).as_deref(),
        Some(
            "axis 1, `Height * 2`: expected a multiple of 2, found 3; axis 2, `Height * 6`: expected a \
             multiple of 6, found 8"
        )
    );
    // Axes of two names are two axes.
    type Halves = (QuotientUp<Height, U2>, QuotientUp<Width, U2>, QuotientUp<Height, U2>);
    assert!(Halves::admits(&[2, 3, 2]));
    assert_eq!(
        Halves::mismatch(&[2, 3, 3]).as_deref(),
        Some("axis 2, `ceil(Height / 2)`: expected 2, as axis 0 of this name is, found 3")
    );
}

#[test]
fn a_name_of_any_length_is_cut_off() {
    type A4<A> = Sum<Sum<A, Width>, Sum<Height, Width>>;
    type A16<A> = A4<A4<A4<A4<A>>>>;
    type Long = A16<A16<A16<Height>>>;
    assert_eq!(<Long as Dim>::NAME.len(), 255);
}

#[test]
fn a_product_or_quotient_by_a_runtime_axis_is_no_axis_of_a_tensor() {
    fn is_same<A: Dim, B: Dim>() -> bool {
        std::any::TypeId::of::<A>() == std::any::TypeId::of::<B>()
    }
    assert!(!is_same::<Product<Height, Width>, Height>());
    assert!(!is_same::<Quotient<Height, Width>, Height>());
    assert!(!is_same::<QuotientUp<Height, Width>, Height>());
    assert!(!is_same::<Difference<Height, Width>, Height>());
    assert!(!is_same::<Windows<Height, U3, Width>, Height>());
    assert!(is_same::<Product<U4, Width>, OutOfRange>());
    assert!(is_same::<Windows<U4, U3, Width>, OutOfRange>());
    assert!(is_same::<Difference<U4, Width>, OutOfRange>());
    assert!(is_same::<Quotient<U4, Width>, OutOfRange>());
}
