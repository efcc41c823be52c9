//! The optimizers and chains that five suites test, in one list:
//!
//! | suite | checks of each row |
//! |---|---|
//! | `tests/flax/optimizer_kin.rs` | fifty steps equal those of optax (the golden of that name), if optax has it |
//! | `nnx-core/tests/numerics/optimizers.rs` | slots stay finite under huge gradients; infinities aren't hidden |
//! | `nnx-core/tests/numerics/settings.rs` | invalid settings are refused, by name |
//! | `nnx-core/tests/jit/optimizers.rs` | nine recorded steps are those of the function, bit for bit |
//! | `tests/modules/optimizer_state.rs` | a run that is resumed from files continues bit for bit |
//!
//! The parameters are `w`, a matrix, and `b`, a vector.
#![allow(dead_code, reason = "each suite reads some of the columns")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::optim::Chain;

mod rows;
pub(crate) use rows::rows;

/// One optimizer.
pub(crate) struct Row {
    /// Its name in `tests/goldens/make_optimizers.py`. The first word is its name in messages.
    pub(crate) name: &'static str,
    pub(crate) make: fn() -> Chain,
    /// Whether optax has it, and the golden too.
    pub(crate) in_optax: bool,
    /// The largest difference from optax, relative to the largest element.
    pub(crate) allowed: f64,
    /// Whether huge gradients may make the parameters infinite, because the size of a step grows with the gradient.
    pub(crate) unbounded: bool,
    /// Whether an infinite gradient gives a finite step.
    pub(crate) hides_infinity: bool,
    /// Settings that are checked: the check, the name of the setting, and a function that sets it.
    pub(crate) settings: Vec<(Check, &'static str, fn(f64))>,
}

/// The rounding error of fifty steps in f32. optax rounds some operations in a different order.
const ROUNDING: f64 = 4e-7;

impl Row {
    pub(crate) fn new(name: &'static str, make: fn() -> Chain) -> Self {
        let settings = Vec::new();
        Self {
            name,
            make,
            in_optax: true,
            allowed: ROUNDING,
            unbounded: false,
            hides_infinity: false,
            settings,
        }
    }

    pub(crate) fn unbounded(self) -> Self {
        Self { unbounded: true, ..self }
    }

    /// The optimizer's name in messages.
    pub(crate) fn optimizer(&self) -> &'static str {
        self.name.split(' ').next().expect("a first word")
    }
}

/// The range of a setting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// In [0, 1).
    Decay,
    /// 0 or more, and finite.
    NonNegative,
    /// From 0 to 1.
    Momentum,
    /// 4 or more, and finite.
    Threshold,
    /// Above 0 and below 1.
    Fraction,
    /// 1 or more, and finite.
    Growth,
    /// Above 0, and at most 1.
    Share,
}

impl Check {
    /// The message about a bad value: NaN, infinity, or -0.001.
    pub(crate) fn message(self, of: &str, what: &str, found: f64) -> String {
        let expected = match self {
            Self::Decay => {
                return format!(
                    "{of}: expected the decay rate `{what}` to be in [0, 1); found {found}"
                );
            }
            Self::NonNegative => "0 or more, and finite",
            Self::Momentum => "from 0 to 1",
            Self::Threshold => "4 or more, and finite",
            Self::Fraction => "above 0 and below 1",
            Self::Growth => "1 or more, and finite",
            Self::Share => "above 0, and at most 1",
        };
        format!("{of}: expected `{what}` to be {expected}; found {found}")
    }
}

/// The message that `work` panics with.
#[track_caller]
pub(crate) fn refusal<T>(work: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("nothing was refused"),
        Err(panic) => panic.downcast_ref::<String>().cloned().expect("a message"),
    }
}
