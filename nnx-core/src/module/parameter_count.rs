//! The number of parameters of a model, as a constant.

use super::tuples::for_each_tuple;
use super::{Kind, RngStream, Variable};
use crate::array::Element;
use crate::size::{Bit0, Bit1, Shape, StaticShape};
use crate::tensor::Tensor;

/// The number of parameters and their bytes, as constants. `#[derive(Module)]` implements it for structs.
///
/// An optional field, such as the bias of a layer, counts as present, since `init` makes one. The compiler
/// doesn't know the length of a `Vec` or the variant of an enum: [`parameters`](super::parameters) counts
/// the parameters of such a model at run time.
///
/// ```
/// use nnx_core::{Module, module::ParameterCount, nn::Linear, size::{U10, U128, U784}};
///
/// #[derive(Module)]
/// struct Mlp {
///     hidden: Linear<U784, U128>,
///     output: Linear<U128, U10>,
/// }
/// const _: () = assert!(Mlp::PARAMETERS == 101_770);
/// const _: () = assert!(Mlp::PARAMETER_BYTES < 500_000);
/// ```
#[diagnostic::on_unimplemented(
    message = "the compiler can't count the parameters of `{Self}`",
    label = "how many there are is known when the program runs",
    note = "`[L; N]`, tuples and structs have a number that the compiler knows; `Vec`, maps and enums don't",
    note = "`parameters(&model)` counts those of a model when the program runs"
)]
pub trait ParameterCount {
    /// The number of trained scalars.
    const PARAMETERS: usize;
    /// Their bytes.
    const PARAMETER_BYTES: usize;
}

impl<S: CountedAs<K::IsParam>, E: Element, K: Kind> ParameterCount for Variable<Tensor<S, E>, K> {
    const PARAMETERS: usize = S::ELEMENTS;
    const PARAMETER_BYTES: usize = S::ELEMENTS * size_of::<E>();
}

/// The shape of a variable of a kind. The compiler must know the size of a parameter (`Bit1`), and needn't know that of
/// any other variable (`Bit0`).
pub trait CountedAs<IsParam>: Shape {
    /// The number of elements that count as parameters.
    const ELEMENTS: usize;
}
impl<S: StaticShape> CountedAs<Bit1> for S {
    const ELEMENTS: usize = <S as StaticShape>::ELEMENTS;
}
impl<S: Shape> CountedAs<Bit0> for S {
    const ELEMENTS: usize = 0;
}

impl ParameterCount for RngStream {
    const PARAMETERS: usize = 0;
    const PARAMETER_BYTES: usize = 0;
}

macro_rules! times {
    ($([$($generics:tt)*] $type:ty, $times:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ParameterCount for $type {
            const PARAMETERS: usize = $times * M::PARAMETERS;
            const PARAMETER_BYTES: usize = $times * M::PARAMETER_BYTES;
        }
    )* };
}
times! {
    [M: ParameterCount] Option<M>, 1;
    [M: ParameterCount + ?Sized] Box<M>, 1;
    [M: ParameterCount, const N: usize] [M; N], N;
}

macro_rules! tuple {
    ($($module:ident $index:tt)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($module: ParameterCount),*> ParameterCount for ($($module,)*) {
            const PARAMETERS: usize = 0 $(+ $module::PARAMETERS)*;
            const PARAMETER_BYTES: usize = 0 $(+ $module::PARAMETER_BYTES)*;
        }
    };
}
tuple!();
for_each_tuple!(tuple);
