//! Tuples of 1 to 16 layers do what an array of the same layers does.

use nnx::module::{Cost, ReceptiveField};
use nnx::prelude::*;

/// The layers are square, so that a wrong order compiles and gives a different result.
type Dense = Linear<U3, U3>;
type Filter = Conv<U1, U1, (U3,), Strided<U2>>;
type Rows = Tensor![Batch, 3];

fn rows() -> Rows {
    Tensor::from_vec(vec![0.5, -1.0, 2.0, 1.5, 0.25, -0.75]).expect("two rows")
}

/// Compares keys of `init`, paths, forward pass and constants.
#[track_caller]
fn assert_same_model<T, A, X>(x: X)
where
    T: Module + Init + ParameterCount + Cost<X> + Layer<X, Output = Rows>,
    A: Module + Init + ParameterCount + Cost<X> + Layer<X, Output = Rows>,
    X: Clone,
{
    let (tuple, array) = (T::init(&mut Rngs::new(7)), A::init(&mut Rngs::new(7)));
    let elements = |y: Rows| y.to_vec();
    assert_eq!(elements(tuple.infer(x.clone())), elements(array.infer(x)));
    assert_eq!(parameters(&tuple), T::PARAMETERS);
    assert_eq!((T::PARAMETERS, T::PARAMETER_BYTES), (A::PARAMETERS, A::PARAMETER_BYTES));
    assert_eq!((T::FLOPS, T::ACTIVATION_BYTES), (A::FLOPS, A::ACTIVATION_BYTES));
}

/// Each length has its own type, so a macro repeats the comparison.
macro_rules! for_each_length {
    ($(($($index:literal)+) $count:literal;)*) => { $(
        type_of!(Dense; $($index)+; assert_array::<$count>);
        type_of!(Filter; $($index)+; assert_field::<$count>);
    )* };
}
macro_rules! type_of {
    ($layer:ty; $($index:literal)+; $check:ident::<$count:literal>) => {
        $check::<($(layer!($layer, $index),)+), $count>();
    };
}
macro_rules! layer {
    ($layer:ty, $index:literal) => {
        $layer
    };
}

#[track_caller]
fn assert_array<T, const N: usize>()
where
    T: Module + Init + ParameterCount + Cost<Rows> + Layer<Rows, Output = Rows>,
{
    assert_same_model::<T, [Dense; N], Rows>(rows());
    let (tuple, array) = (T::init(&mut Rngs::new(7)), <[Dense; N]>::init(&mut Rngs::new(7)));
    let paths =
        |state: &State| -> Vec<_> { state.iter().map(|(path, _)| path.to_string()).collect() };
    assert_eq!(paths(&state(&tuple)), paths(&state(&array)));
    assert!(super::same(&state(&tuple), &state(&array)));
}

#[track_caller]
fn assert_field<T: ReceptiveField<1>, const N: usize>() {
    assert_eq!((T::FIELD, T::STRIDE), (<[Filter; N]>::FIELD, <[Filter; N]>::STRIDE));
    assert_eq!(T::STRIDE, [1 << N]);
}

#[test]
fn a_tuple_of_1_to_16_layers_is_an_array_of_these_layers() {
    for_each_length! {
        (0) 1; (0 1) 2; (0 1 2) 3; (0 1 2 3) 4; (0 1 2 3 4) 5; (0 1 2 3 4 5) 6; (0 1 2 3 4 5 6) 7;
        (0 1 2 3 4 5 6 7) 8; (0 1 2 3 4 5 6 7 8) 9; (0 1 2 3 4 5 6 7 8 9) 10;
        (0 1 2 3 4 5 6 7 8 9 10) 11; (0 1 2 3 4 5 6 7 8 9 10 11) 12; (0 1 2 3 4 5 6 7 8 9 10 11 12) 13;
        (0 1 2 3 4 5 6 7 8 9 10 11 12 13) 14; (0 1 2 3 4 5 6 7 8 9 10 11 12 13 14) 15;
        (0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) 16;
    }
}

/// The type of the values changes from layer to layer.
#[test]
fn each_layer_of_a_tuple_takes_what_the_layer_before_it_gives() {
    type Up = Linear<U3, U5>;
    type Down = Linear<U5, U3>;
    type Pairs = [(Up, Down); 8];
    type Long = (Up, Down, Up, Down, Up, Down, Up, Down, Up, Down, Up, Down, Up, Down, Up, Down);
    assert_same_model::<Long, Pairs, Rows>(rows());
}
