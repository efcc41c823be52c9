//! Elementwise transforms: a formula for one element, its slots, and the macro that declares both.

use std::fmt::Debug;
use std::sync::Arc;

use super::{IntoTransform, Slot, Transform, Updates};
use crate::module::{Module, ModuleVisitor, State, Visitor, VisitorMut};
use crate::ops::{
    AttributeValue, Attributes, BlockUpdate, Reader, Row, StepInputs, UseLoop, with_loop,
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
pub(super) fn is_of_user<T>() -> bool {
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

/// The row of a transform in the table of what files of programs may have.
pub(in crate::optim) const fn formula<T, const N: usize>() -> Row
where
    T: ElementwiseTransform<N> + AttributeValue,
{
    (T::TYPE, Reader::Update(|x, of| Ok(Arc::new(Formula(T::from_attribute(x, of)?)))))
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
