//! Elementwise transforms whose settings are computed in each step, and the functions that compute their numbers from whole
//! arrays.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use super::ElementwiseTransform;
use super::elementwise::is_of_user;
use crate::array::Array;
use crate::ops::{
    Attribute, AttributeError, AttributeValue, Attributes, BlockUpdate, Operations, Reader, Row,
    StepInputs, UseLoop, with_loop,
};

/// Makes an elementwise transform in each step: a function, or a type that can be written.
pub(in crate::optim) trait Make<T>: Send + Sync + 'static {
    fn make(&self, inputs: &StepInputs<'_>) -> T;
    /// The least number of numbers that it reads, of one that can be written.
    fn numbers(&self) -> usize {
        0
    }
    /// Whether it reads the whole update, of one that can be written.
    fn reads_update(&self) -> bool {
        false
    }
    /// Its parameters as data, if it can be written.
    fn attributes(&self) -> Option<Attributes> {
        None
    }
}

/// Declares functions that compute numbers from whole arrays: settings, a name, how many of each input they take, how many
/// numbers they give, and the function.
macro_rules! number_functions {
    ($(
        $(#[$doc:meta])*
        $vis:vis struct $function:ident { $($field:ident: $type:ty),* } $name:literal
        takes |$signatures:ident| [$($takes:expr),*] gives $gives:expr;
        |$inputs:ident, $out:ident| $body:expr
    )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, $crate::ops::AttributeValue)]
        $vis struct $function { $($vis $field: $type),* }

        impl $crate::ops::NumberFunction for $function {
            fn name(&self) -> &'static str {
                $name
            }
            #[allow(unused_variables, reason = "most take the same inputs with any settings")]
            fn check(
                &self,
                $signatures: &[$crate::ops::Signature],
                count_of_numbers: usize,
            ) -> Result<(), $crate::array::ShapeError> {
                use $crate::ops::Takes;
                let Self { $($field),* } = *self;
                let takes = [$($takes),*];
                $crate::ops::check_numbers($name, $signatures, count_of_numbers, &takes, $gives)
            }
            fn compute(&self, $inputs: &[$crate::array::Array], $out: &mut [f64]) {
                let Self { $($field),* } = *self;
                $body
            }
            fn attributes(&self) -> Option<$crate::ops::Attributes> {
                $crate::ops::Attributes::of(self)
            }
        }
    )* };
}
pub(in crate::optim) use number_functions;

/// Makes a type with [`AttributeValue`] one that makes transforms: `settings to Transform: |settings, inputs| transform`.
/// What else it reads stands before the function: `numbers n`, the least number of them, or the whole `update`.
macro_rules! makes {
    (@reads) => {};
    (@reads numbers $numbers:literal) => {
        fn numbers(&self) -> usize {
            $numbers
        }
    };
    (@reads update) => {
        fn reads_update(&self) -> bool {
            true
        }
    };
    ($settings:ty => $transform:ty, $($reads:ident $($numbers:literal)?,)? |$of:ident, $inputs:ident| $make:expr) => {
        impl $crate::optim::transform::Make<$transform> for $settings {
            fn make(&self, $inputs: &$crate::ops::StepInputs<'_>) -> $transform {
                let $of = self;
                $make
            }
            makes!(@reads $($reads $($numbers)?)?);
            fn attributes(&self) -> Option<$crate::ops::Attributes> {
                $crate::ops::Attributes::of(self)
            }
        }
    };
}
pub(in crate::optim) use makes;

/// The whole update, of a transform that is the first of the fused ones.
pub(in crate::optim) fn whole_update<'a>(inputs: &'a StepInputs<'_>) -> &'a Array {
    inputs.update.as_ref().expect("the first of the fused updates")
}

/// A function of numbers alone, which can't be written.
pub(in crate::optim) fn by_numbers<T>(
    make: impl Fn(&[f64]) -> T + Send + Sync + 'static,
) -> impl Make<T> {
    move |inputs: &StepInputs<'_>| make(inputs.numbers)
}

impl<T, F: Fn(&StepInputs<'_>) -> T + Send + Sync + 'static> Make<T> for F {
    fn make(&self, inputs: &StepInputs<'_>) -> T {
        self(inputs)
    }
}

/// The row of a type that makes transforms `T`.
pub(in crate::optim) const fn made<M, T, const N: usize>() -> Row
where
    M: Make<T> + AttributeValue,
    T: ElementwiseTransform<N>,
{
    let read: fn(&Attribute, &Operations) -> Result<Arc<dyn BlockUpdate>, AttributeError> =
        |x, of| {
            let make = Computed { make: M::from_attribute(x, of)?, may_panic: false };
            Ok(Arc::new((make, PhantomData::<fn() -> [T; N]>)))
        };
    (M::TYPE, Reader::Update(read))
}

/// The update of an elementwise transform whose settings a function computes in each step: from numbers, or from the whole
/// parameter and the whole update.
pub(super) struct Computed<F> {
    pub(super) make: F,
    /// Whether `make` is a function of the user.
    pub(super) may_panic: bool,
}

impl<F> Debug for Computed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Computed")
    }
}

impl<F, T, const N: usize> BlockUpdate for (Computed<F>, PhantomData<fn() -> [T; N]>)
where
    F: Make<T>,
    T: ElementwiseTransform<N>,
{
    fn attributes(&self) -> Option<Attributes> {
        self.0.make.attributes()
    }
    fn slots(&self) -> usize {
        N
    }
    fn numbers(&self) -> usize {
        self.0.make.numbers()
    }
    fn reads_update(&self) -> bool {
        self.0.make.reads_update()
    }
    fn with_f32(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f32>) {
        let (step, transform) = (inputs.step, self.0.make.make(&inputs));
        drop(inputs);
        with_loop(transform.formula::<f32>(step), then);
    }
    fn with_f64(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f64>) {
        let (step, transform) = (inputs.step, self.0.make.make(&inputs));
        drop(inputs);
        with_loop(transform.formula::<f64>(step), then);
    }
    fn may_panic(&self) -> bool {
        self.0.may_panic || is_of_user::<T>()
    }
}
