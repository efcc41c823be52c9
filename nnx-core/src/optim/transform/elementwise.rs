//! Elementwise transforms: a formula for one element, its slots, and the macro that declares both.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use super::{IntoTransform, Slot, Transform, Updates};
use crate::array::Array;
use crate::module::{Module, ModuleVisitor, State, Visitor, VisitorMut};
use crate::ops::{
    Attribute, AttributeError, AttributeValue, Attributes, BlockUpdate, Operations, Reader, Row,
    StepInputs, UseLoop, with_loop,
};
use crate::tensor::Real;

/// A transform that treats every element of every parameter alike, with `N` slots per element.
///
/// Elementwise transforms that follow each other in a [`Chain`](crate::optim::Chain) are fused: they run in
/// one pass over memory.
///
/// ```
/// use nnx_core::optim::{Chain, ElementwiseTransform};
/// use nnx_core::tensor::Real;
///
/// /// The sign of the gradient (`optax.sign_sgd`).
/// #[derive(Debug, Clone, Copy)]
/// struct Sign;
///
/// impl ElementwiseTransform<0> for Sign {
///     const SLOTS: [&str; 0] = [];
///     fn formula<E: Real>(&self, _step: u64) -> impl Fn(E, E, [E; 0]) -> (E, [E; 0]) + Copy + Send + Sync + 'static {
///         |gradient: E, _parameter, slots| {
///             let sign = if gradient > E::ZERO { E::ONE } else if gradient < E::ZERO { -E::ONE } else { gradient };
///             (sign, slots)
///         }
///     }
/// }
/// let chain = Chain::new().then(Sign);
/// # let _ = chain;
/// ```
pub trait ElementwiseTransform<const N: usize>: Copy + Debug + Send + Sync + 'static {
    /// The names of the slots.
    const SLOTS: [&'static str; N];

    /// Checks the settings when the transform is put into a chain. The default accepts all.
    ///
    /// # Panics
    /// If a setting is invalid, such as NaN. The message names the setting and the valid range.
    #[track_caller]
    fn check(&self) {}

    /// Its settings as data, for the program of a recorded step. By default it has none, and such a program can't be written to
    /// a file; for a type with a [derive](crate::ops::AttributeValue) they are `Attributes::of(self)`.
    fn attributes(&self) -> Option<Attributes> {
        None
    }

    /// The initial value of each slot. The default is 0.
    fn initial_slots(&self) -> [f64; N] {
        [0.0; N]
    }

    /// The formula of a step, counted from 0. It maps the update, the parameter and the slots of one element
    /// to the new update and the new slots.
    fn formula<E: Real>(
        &self,
        step: u64,
    ) -> impl Fn(E, E, [E; N]) -> (E, [E; N]) + Copy + Send + Sync + 'static;
}

/// Declares elementwise transforms.
///
/// `field: type = default => check` is a setting with its default and the function of
/// [`settings`](crate::optim::settings) that checks it. `slots N { a, b = field }` names the slots, and the
/// settings that they start from. `prepare` runs once per step, `update` once per element; `E` is the element
/// type.
macro_rules! elementwise {
    ($(
        $(#[$doc:meta])*
        $vis:vis struct $transform:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr $(=> $check:ident)?,)* }
        slots $count:literal { $($slot:ident $(= $start:ident)?),* }
        prepare |$settings:ident, $step:ident| { $($prepare:tt)* }
        update |$g:ident, $p:ident| $update:expr
    )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, $crate::ops::AttributeValue)]
        $vis struct $transform { $($(#[$field_doc])* $vis $field: $type,)* }

        impl Default for $transform {
            /// The defaults of optax.
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::optim::ElementwiseTransform<$count> for $transform {
            const SLOTS: [&'static str; $count] = [$(stringify!($slot)),*];
            fn initial_slots(&self) -> [f64; $count] {
                [$($crate::optim::transform::elementwise!(@start self $($start)?)),*]
            }
            fn attributes(&self) -> Option<$crate::ops::Attributes> {
                $crate::ops::Attributes::of(self)
            }
            fn check(&self) {
                $($($crate::optim::settings::$check(
                    stringify!($transform), stringify!($field), self.$field,
                );)?)*
            }
            #[inline(always)]
            fn formula<E: $crate::tensor::Real>(
                &self,
                $step: u64,
            ) -> impl Fn(
                E,
                E,
                [E; $count],
            ) -> (E, [E; $count]) + Copy + Send + Sync + 'static {
                let $settings = *self;
                let _ = ($settings, $step);
                $($prepare)*
                move |$g: E, $p: E, [$($slot),*]| {
                    let _ = $p;
                    $update
                }
            }
        }
    )* };
    (@start $this:ident) => { 0.0 };
    (@start $this:ident $start:ident) => { $this.$start };
}
pub(crate) use elementwise;

/// Whether a transform is the user's: its formula may panic.
fn is_of_user<T>() -> bool {
    !std::any::type_name::<T>().starts_with("nnx_core::")
}

/// The update of an elementwise transform.
#[derive(Debug)]
pub(super) struct Formula<T, const N: usize>(pub(super) T);

impl<T: ElementwiseTransform<N>, const N: usize> BlockUpdate for Formula<T, N> {
    fn attributes(&self) -> Option<Attributes> {
        self.0.attributes()
    }
    fn slots(&self) -> usize {
        N
    }
    fn with_f32(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f32>) {
        let step = inputs.step;
        drop(inputs);
        with_loop(self.0.formula::<f32>(step), then);
    }
    fn with_f64(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f64>) {
        let step = inputs.step;
        drop(inputs);
        with_loop(self.0.formula::<f64>(step), then);
    }
    fn may_panic(&self) -> bool {
        is_of_user::<T>()
    }
}

/// Makes an elementwise transform in each step: a function, or a type that can be written.
pub(in crate::optim) trait Make<T>: Send + Sync + 'static {
    fn make(&self, inputs: &StepInputs<'_>) -> T;
    /// Its parameters as data, if it can be written.
    fn attributes(&self) -> Option<Attributes> {
        None
    }
}

/// Declares functions that compute numbers from whole arrays: settings, a name, and the function.
macro_rules! number_functions {
    ($(
        $(#[$doc:meta])*
        $vis:vis struct $function:ident { $($field:ident: $type:ty),* } $name:literal |$inputs:ident, $out:ident| $body:expr
    )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, $crate::ops::AttributeValue)]
        $vis struct $function { $($vis $field: $type),* }

        impl $crate::ops::NumberFunction for $function {
            fn name(&self) -> &'static str {
                $name
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
macro_rules! makes {
    ($settings:ty => $transform:ty, |$of:ident, $inputs:ident| $make:expr) => {
        impl $crate::optim::transform::Make<$transform> for $settings {
            fn make(&self, $inputs: &$crate::ops::StepInputs<'_>) -> $transform {
                let $of = self;
                $make
            }
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

/// The row of a transform in the table of what files of programs may have.
pub(in crate::optim) const fn formula<T, const N: usize>() -> Row
where
    T: ElementwiseTransform<N> + AttributeValue,
{
    (T::TYPE, Reader::Update(|x, of| Ok(Arc::new(Formula(T::from_attribute(x, of)?)))))
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

/// An elementwise transform with its slots.
#[derive(Debug)]
struct WithSlots<T, const N: usize> {
    transform: T,
    slots: [Slot; N],
}

impl<T: ElementwiseTransform<N>, const N: usize> Module for WithSlots<T, N> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        T::SLOTS.into_iter().zip(&self.slots).for_each(|(name, slot)| visitor.field(name, slot));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        let slots = T::SLOTS.into_iter().zip(&mut self.slots);
        slots.for_each(|(name, slot)| visitor.field(name, slot));
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        let slots = T::SLOTS.into_iter().zip(&mut self.slots);
        slots.for_each(|(name, slot)| visitor.field(name, slot));
    }
}

impl<T: ElementwiseTransform<N>, const N: usize> Transform for WithSlots<T, N> {
    fn init(&mut self, params: &State) {
        self.slots.iter_mut().for_each(|slot| slot.init(params));
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.apply_elementwise(self.transform, self.slots.each_mut());
    }
}

/// Marker of [`IntoTransform`]: an [`ElementwiseTransform`] with `N` slots.
#[derive(Debug)]
pub enum AsElementwise<const N: usize> {}

impl<T: ElementwiseTransform<N>, const N: usize> IntoTransform<AsElementwise<N>> for T {
    fn boxed(self) -> Box<dyn Transform> {
        self.check();
        let slots = self.initial_slots().map(Slot::new);
        Box::new(WithSlots { transform: self, slots })
    }
}
