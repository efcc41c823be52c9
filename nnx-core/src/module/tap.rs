//! Taps: named, typed places in a forward pass, whose values are captured and differentiated.

mod capture;
mod captures;

pub(super) use capture::Capture;
pub use capture::{TapIn, capture};
pub use captures::{Captured, Captures};

use super::TensorType;

/// A named place in a forward pass, with the type of its value. Declare one with [`tap!`](crate::tap).
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a tap",
    label = "expected a name that `tap!` declares",
    note = "declare a tap with the type of its value: `tap!(pub Scores: Tensor![Batch, 4, Time, Time])`"
)]
pub trait Tap: 'static {
    /// The type of the value, a tensor.
    type Value: TensorType + Clone;
    /// The name, which is the last segment of the path of a value.
    const NAME: &'static str;
}

/// Declares taps: names for values of a forward pass, with their types. [`Pass::tap`](super::Pass::tap) captures them.
///
/// A tap of a generic layer has the parameters that its type needs, in angle brackets.
///
/// ```
/// use nnx_core::module::{Init, Layer, Pass, capture};
/// use nnx_core::{Module, Tensor, nn::Linear, random::Rngs, size::{Batch, Dim, U3, U4}, tap, tensor::Tensor};
///
/// tap! {
///     /// The hidden features.
///     pub Hidden: Tensor![Batch, 4];
///     /// The same over any batch axis.
///     pub HiddenOf<B: Dim>: Tensor![B, 4];
/// }
///
/// #[derive(Module)]
/// struct Net {
///     layer: Linear<U3, U4>,
/// }
/// impl Layer<Tensor![Batch, 3]> for Net {
///     type Output = Tensor![Batch, 4];
///     fn forward(&self, x: Tensor![Batch, 3], pass: &mut Pass) -> Self::Output {
///         let hidden = self.layer.forward(x, pass).relu();
///         pass.tap::<Hidden>(&hidden);
///         pass.within(self).tap::<HiddenOf<Batch>>(&hidden);
///         hidden.square()
///     }
/// }
///
/// let net = Net::init(&mut Rngs::new(0));
/// let x = Tensor::from_vec(vec![1.0; 6])?;
/// let (y, captures) = capture(&net, |net, pass| net.forward(x, pass))?;
/// let hidden: &Tensor![Batch, 4] = &captures.get::<Hidden>()[0];
/// assert_eq!(y.to_vec()[0], hidden.to_vec()[0].powi(2));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[macro_export]
macro_rules! tap {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis $name:ident $(<$($parameter:ident $(: $bound:path)?),+ $(,)?>)?: $value:ty
        $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        #[doc = ::core::concat!("The tap `", ::core::stringify!($name), "`.")]
        #[derive(::core::fmt::Debug)]
        $visibility struct $name $(<$($parameter),+>)? (
            ::core::marker::PhantomData<fn() -> ($($($parameter,)+)?)>,
        );
        #[diagnostic::do_not_recommend]
        impl $(<$($parameter $(: $bound)?),+>)? $crate::module::Tap for $name $(<$($parameter),+>)? {
            type Value = $value;
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
        }
        $($crate::tap! { $($rest)* })?
    };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`tap!` takes names with types, separated by `;`: `tap!(pub Scores: Tensor![Batch, 4, Time])`, \
             `tap!(pub Scores<B: Dim>: Tensor![B, 4])`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ));
    };
}
