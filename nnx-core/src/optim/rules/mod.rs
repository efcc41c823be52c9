//! Rules: what optimizers do to each element.

mod accumulators;
mod adaptive;
mod adaptive_variants;
mod bounds;
mod momentum;
mod simple;

pub use accumulators::{ScaleByRms, ScaleByRss, ScaleByStddev};
pub use adaptive::{ScaleByAdam, ScaleByAmsgrad, ScaleByRadam};
pub use adaptive_variants::{ScaleByAdamax, ScaleByBelief, ScaleByYogi};
pub use momentum::{Ema, ScaleByLion, Trace};
pub use simple::{AddDecayedWeights, Clip, Scale, ZeroNans};

pub(super) use bounds::{bounded, saturated};

use crate::kernel::Float;

/// Declares rules: settings with defaults and the domains that they are within, slots, and what is done to
/// an element. `E` is the type of elements.
macro_rules! rules {
    ($(
        $(#[$doc:meta])*
        pub struct $rule:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr $(=> $domain:ident)?,)* }
        slots $count:literal { $($slot:ident $(= $start:ident)?),* }
        prepare |$this:ident, $step:ident| { $($prepare:tt)* }
        element |$g:ident, $p:ident| $element:expr
    )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $rule { $($(#[$field_doc])* pub $field: $type,)* }

        impl Default for $rule {
            /// The defaults of optax.
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::optim::Rule<$count> for $rule {
            const SLOTS: [&'static str; $count] = [$(stringify!($slot)),*];
            fn start(&self) -> [f64; $count] {
                [$($crate::optim::rules::rules!(@start self $($start)?)),*]
            }
            fn check(&self) {
                $($($crate::optim::domain::$domain(
                    stringify!($rule), stringify!($field), self.$field,
                );)?)*
            }
            #[inline(always)]
            fn element<E: $crate::kernel::Float>(
                &self,
                $step: u64,
            ) -> impl Fn(
                E,
                E,
                [E; $count],
            ) -> (E, [E; $count]) + Copy + Send + Sync + 'static {
                let $this = *self;
                let _ = ($this, $step);
                $($prepare)*
                move |$g: E, $p: E, [$($slot),*]| {
                    let _ = $p;
                    $element
                }
            }
        }
    )* };
    (@start $this:ident) => { 0.0 };
    (@start $this:ident $start:ident) => { $this.$start };
}
pub(crate) use rules;

/// What a mean that started at 0 is multiplied by after the step `t - 1`, `1 / (1 - decay^t)`. It is rounded
/// at each operation to the type of the elements: in f32 this is 2e-5 off where `decay` is near 1, and so
/// is optax, whose steps are to be met.
/// A decay that the type rounds to 1 is taken as it is, or this would be infinite.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
fn correction<E: Float>(decay: f64, step: u64) -> E {
    let power = |decay: f64| decay.powf(step as f64 + 1.0);
    let rounded = E::from_f64(power(E::from_f64(decay).to_f64()));
    if rounded == E::ONE {
        return E::from_f64(1.0 / (1.0 - power(decay)));
    }
    E::ONE / (E::ONE - rounded)
}

/// The larger of both; NaN if either is.
#[inline(always)]
fn larger<E: Float>(a: E, b: E) -> E {
    if a > b || a.is_nan() { a } else { b }
}
