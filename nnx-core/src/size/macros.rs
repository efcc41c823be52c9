//! Macros that write sizes, axes and shapes.

/// The size of an expression below 10⁹: `dim!(64 * 7 * 7)` is `Thousand<3, 136>`. The expression may contain
/// type parameters that are sizes: `dim!(H / 2 * C)`.
///
/// ```
/// use nnx_core::{dim, size::{Product, Quotient, Size, U2}};
///
/// assert_eq!(<dim!(64 * 7 * 7) as Size>::USIZE, 3136);
/// assert_eq!(std::any::type_name::<dim!(64 * 7 * 7)>(), "nnx_core::size::dim::Thousand<3, 136>");
///
/// /// Half as high, and flattened.
/// fn halved<H: Size, C: Size>() -> usize {
///     <dim!(H / 2 * C) as Size>::USIZE
/// }
/// assert_eq!(halved::<dim!(28), dim!(3)>(), 42);
/// ```
///
/// | in the expression | meaning |
/// |---|---|
/// | `64`, `CLASSES`, `side()`, `{ N }` | a constant of type `usize`: any expression that rustc can compute |
/// | `H`, `Classes`, `U32`, `Self::Width` | a type: a capital, then any lowercase letter or only digits |
/// | `A + B` | [`Sum<A, B>`](crate::size::Sum) |
/// | `A - B` | [`Difference<A, B>`](crate::size::Difference): `cargo build` fails if `B` is larger |
/// | `A * B` | [`Product<A, B>`](crate::size::Product) |
/// | `A / B` | [`Quotient<A, B>`](crate::size::Quotient), rounded down; a constant `B` of 0 is an error |
/// | `A.div_ceil(B)` | [`QuotientUp<A, B>`](crate::size::QuotientUp), rounded up |
///
/// Neighbouring constants are computed first. In a sum or product with a type they become the right operand, so
/// `2 * H` and `H * 2` are the same type. A macro sees names only and can't know what they refer to, so the
/// spelling decides: write a constant that is named like a type in braces, `dim!({ N } * 2)`. A single name is
/// a constant, `dim!(N)`, since a type needs no `dim!`. rustc can't compute constants that depend on a
/// parameter `const N: usize`. Write such a parameter as `Const<N>`, with the bound `Const<N>: Size`:
/// `dim!(Const::<N> * 2)`.
#[macro_export]
macro_rules! dim {
    ($size:expr $(,)?) => { $crate::size::expand_dim!($crate $size) };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`dim!` takes one expression, such as `dim!(64 * 7 * 7)` or `dim!(H / 2)`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ))
    };
}

/// A shape as a type: numbers and `{expressions}` are sizes, names are types.
///
/// ```
/// use nnx_core::{shape, size::{Batch, Shape, U3}};
///
/// type Images = shape![Batch, 28, { 4 * 7 }, U3];
/// assert_eq!(Images::describe(), "(Batch, 28, 28, 3)");
/// ```
#[macro_export]
macro_rules! shape {
    ($($axes:tt)*) => { $crate::__axes!([shape] () $($axes)*) };
}

/// The type of a tensor: `Tensor![B, 28, 28, 1]` has elements of type `f32`, `Tensor![B; i32]` those of the
/// type after `;`.
///
/// ```
/// use nnx_core::{Tensor, size::Batch, tensor::Tensor};
///
/// let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 1, 4])?;
/// let scores: Tensor![2, 3] = Tensor::from_vec(vec![0.0; 6])?;
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[macro_export]
macro_rules! Tensor {
    ($($tokens:tt)*) => { $crate::__axes!([tensor] () $($tokens)*) };
}

/// Parses axes one by one: the parsed axes are in parentheses, followed by the remaining tokens.
///
/// A type ends before a `,` or a `;`. After a size that isn't a type, the rules `@behind` expect one of these.
#[doc(hidden)]
#[macro_export]
macro_rules! __axes {
    ([shape] ($($axes:tt)*)) => { ($($axes)*) };
    ([tensor] ($($axes:tt)*)) => { $crate::tensor::Tensor<($($axes)*)> };
    ([tensor] ($($axes:tt)*) ; $element:ty $(,)?) => {
        $crate::tensor::Tensor<($($axes)*), $element>
    };

    ($macro:tt $axes:tt { $size:expr } $($rest:tt)*) => {
        $crate::__axes!(@behind $macro $axes ({ $size }) $crate::dim!($size); $($rest)*)
    };
    ($macro:tt $axes:tt $size:literal $($rest:tt)*) => {
        $crate::__axes!(@behind $macro $axes ($size) $crate::dim!($size); $($rest)*)
    };
    ($macro:tt ($($axes:tt)*) $axis:ty) => { $crate::__axes!($macro ($($axes)* $axis,)) };
    ($macro:tt ($($axes:tt)*) $axis:ty, $($rest:tt)*) => {
        $crate::__axes!($macro ($($axes)* $axis,) $($rest)*)
    };
    ($macro:tt ($($axes:tt)*) $axis:ty; $($rest:tt)*) => {
        $crate::__axes!($macro ($($axes)* $axis,) ; $($rest)*)
    };
    (@behind $macro:tt ($($axes:tt)*) $text:tt $axis:ty;) => {
        $crate::__axes!($macro ($($axes)* $axis,))
    };
    (@behind $macro:tt ($($axes:tt)*) $text:tt $axis:ty; , $($rest:tt)*) => {
        $crate::__axes!($macro ($($axes)* $axis,) $($rest)*)
    };
    (@behind $macro:tt ($($axes:tt)*) $text:tt $axis:ty; ; $($rest:tt)*) => {
        $crate::__axes!($macro ($($axes)* $axis,) ; $($rest)*)
    };

    // The rules below match wrong input and report an error.
    (@behind $macro:tt $axes:tt ($($text:tt)*) $axis:ty; $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "expected `,` after the axis `",
            ::core::stringify!($($text)*),
            "`, found `",
            ::core::stringify!($($wrong)*),
            "`; write a computed size in braces: `{ 4 * 7 }`",
        ))
    };
    ([tensor] $axes:tt ;) => {
        ::core::compile_error!(
            "expected a type of elements after `;`, such as `Tensor![2; i32]`; \
             without `;` the elements are `f32`"
        )
    };
    ([tensor] $axes:tt ; $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "expected one type of elements after `;`, such as `Tensor![2; i32]`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ))
    };
    ([shape] $axes:tt ; $($wrong:tt)*) => {
        ::core::compile_error!(
            "a shape has axes alone: `shape![2, 3]`; a tensor has a type of elements as well: \
             `Tensor![2, 3; i32]`"
        )
    };
    ($macro:tt $axes:tt , $($rest:tt)*) => {
        ::core::compile_error!("expected an axis before `,`: write `shape![Batch, 28, 28]`")
    };
    ($macro:tt $axes:tt $($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "expected an axis: a number, an expression in braces such as `{ 4 * 7 }`, or a type; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ))
    };
}

/// Shows the shape that the compiler infers for a tensor, as a compile error whose first line prints the shape.
///
/// It is for exploring. It never compiles, so it can't stay in a program by mistake. Put it around any
/// expression, also in the middle of a method chain: it has the type of its argument, and the code around it is
/// type-checked as before.
///
/// ```compile_fail
/// use nnx_core::{Tensor, shape_of, size::{Batch, U2}};
///
/// fn forward(x: Tensor![Batch, 28, 28, 32]) {
///     let x = shape_of!(x.relu().max_pool::<(U2, U2)>()).flatten();
/// }
/// ```
///
/// ```text
/// error[E0277]: this expression has shape `(Batch, U<14>, U<14>, U<32>)` of `f32`
/// ```
#[macro_export]
macro_rules! shape_of {
    ($tensor:expr $(,)?) => {
        $crate::tensor::shape_of($tensor)
    };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`shape_of!` takes one expression, such as `shape_of!(x.relu())`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ))
    };
}
