//! The builder that all optimizers share.

use super::transform::{AsOptimizer, ScaleByTrustRatio, Trace};
use super::{AddDecayedWeights, Chain, ElementwiseTransform, IntoTransform, Masked};
use super::{ScaleByLearningRate, Schedule, Transform, masked};
use crate::module::Filter;

/// An optimizer and its settings. [`sgd`](super::sgd), [`adam`](super::adam) and the other functions make one.
///
/// With direction `d`, learning rate `η` and weight decay `λ`, most optimizers update a parameter `p` by
/// `p ← p - η (d + λ p)`. `D` is the type of the direction. It decides which settings the optimizer has.
#[derive(Debug, Clone)]
pub struct Descent<D> {
    /// The optimizer's name in messages.
    pub(super) name: &'static str,
    pub(super) direction: D,
    pub(super) learning_rate: Schedule,
    pub(super) weight_decay: f64,
    /// The parameters to which weight decay applies.
    pub(super) decay_mask: Filter,
    /// The decay rate of [`Trace`].
    pub(super) momentum: Option<f64>,
    /// Whether momentum is in Nesterov's form.
    pub(super) nesterov: bool,
    /// Scaling of updates by the norm of their parameter.
    pub(super) trust_ratio: Option<ScaleByTrustRatio>,
}

/// The direction of an optimizer: its own settings, and the chain that it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the direction of an optimizer",
    label = "expected a direction such as `ScaleByAdam`",
    note = "chain a transform of your own: \
            `Chain::new().then(transform).then(ScaleByLearningRate::new(rate))`"
)]
pub trait Direction: Sized {
    /// The transforms of the optimizer, in order.
    #[doc(hidden)]
    fn into_chain(optimizer: Descent<Self>) -> Chain;
}

impl<D: Direction> From<Descent<D>> for Chain {
    fn from(optimizer: Descent<D>) -> Self {
        D::into_chain(optimizer)
    }
}

impl<D: Direction> IntoTransform<AsOptimizer> for Descent<D> {
    fn boxed(self) -> Box<dyn Transform> {
        Box::new(Chain::from(self))
    }
}

impl<D> Descent<D> {
    /// An optimizer with this direction, without weight decay and momentum.
    ///
    /// ```
    /// use nnx_core::optim::{Descent, ScaleByAdam};
    ///
    /// let direction = ScaleByAdam { b1: 0.5, ..ScaleByAdam::default() };
    /// let optimizer = Descent::along(direction, 1e-3);
    /// # let _ = optimizer;
    /// ```
    pub fn along(direction: D, learning_rate: impl Into<Schedule>) -> Self {
        Self::named("optimizer", direction, learning_rate)
    }

    pub(super) fn named(
        name: &'static str,
        direction: D,
        learning_rate: impl Into<Schedule>,
    ) -> Self {
        Self {
            name,
            direction,
            learning_rate: learning_rate.into(),
            weight_decay: 0.0,
            decay_mask: Filter::everything(),
            momentum: None,
            nesterov: false,
            trust_ratio: None,
        }
    }

    /// Renames the optimizer in messages.
    pub(super) fn rename(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The chain: the direction, weight decay and trust ratio if they are set, and the learning rate.
    pub(super) fn into_usual_chain<const N: usize>(self) -> Chain
    where
        D: ElementwiseTransform<N>,
    {
        let decay = (self.weight_decay != 0.0).then(|| self.decay_transform());
        Chain::new()
            .then(self.direction)
            .then_some(decay)
            .then_some(self.trust_ratio)
            .then(ScaleByLearningRate::new(self.learning_rate))
    }

    /// The transform of the weight decay.
    pub(super) fn decay_transform(&self) -> Masked {
        masked(self.decay_mask.clone(), AddDecayedWeights { decay: self.weight_decay })
    }

    /// The transform of the momentum.
    pub(super) fn momentum_transform(&self) -> Option<Trace> {
        self.momentum.map(|decay| Trace { decay, nesterov: self.nesterov })
    }
}

/// Gives a direction the [usual chain](Descent::into_usual_chain), and methods for the settings that it has.
macro_rules! usual_chain {
    ($direction:ident: $($before:ident)* momentum $($after:ident)*) => {
        compile_error!("the usual chain has no momentum: implement `Direction` as `sgd.rs` does");
    };
    ($direction:ident: $($setting:ident)*) => {
        impl $crate::optim::Direction for $direction {
            fn into_chain(optimizer: $crate::optim::Descent<Self>) -> $crate::optim::Chain {
                optimizer.into_usual_chain()
            }
        }
        $crate::optim::descent::methods! { $direction: $($setting)* }
    };
}
pub(super) use usual_chain;

/// Gives the optimizers with this direction methods for the settings that it has. Settings whose name is that
/// of a field of the direction set this field. They are `#[inline]`: compiled only where they are called.
macro_rules! methods {
    ($direction:ident: $($setting:ident)*) => {
        impl $crate::optim::Descent<$direction> {
            $($crate::optim::descent::methods! { @ $setting })*
        }
    };
    (@ weight_decay) => {
        $crate::optim::descent::methods! { @ weight_decay_of_all }

        /// Restricts weight decay to these parameters; by default all decay (`mask` in optax). Biases and
        /// scales usually don't: `.decay_only(Filter::path_contains("kernel"))`.
        #[must_use]
        #[inline]
        pub fn decay_only(mut self, filter: $crate::module::Filter) -> Self {
            self.decay_mask = filter;
            self
        }
    };
    (@ weight_decay_of_all) => {
        /// The weight decay `λ`.
        ///
        /// # Panics
        /// If it is negative, infinite or NaN.
        #[must_use]
        #[track_caller]
        #[inline]
        pub fn weight_decay(mut self, weight_decay: f64) -> Self {
            self.weight_decay = $crate::optim::settings::non_negative(
                self.name, "weight_decay", weight_decay,
            );
            self
        }
    };
    (@ momentum) => {
        /// The momentum: the decay rate of the sum of past updates.
        ///
        /// # Panics
        /// If it isn't in [0, 1].
        #[must_use]
        #[track_caller]
        #[inline]
        pub fn momentum(mut self, momentum: f64) -> Self {
            let momentum = $crate::optim::settings::momentum(self.name, "momentum", momentum);
            self.momentum = Some(momentum);
            self
        }

        /// Uses Nesterov's form of momentum. Without momentum it changes nothing, as in optax.
        #[must_use]
        #[inline]
        pub fn nesterov(mut self) -> Self {
            self.nesterov = true;
            self
        }
    };
    (@ betas) => {
        /// The decay rates `b1` and `b2` of the moving averages.
        ///
        /// # Panics
        /// If one isn't in [0, 1).
        #[must_use]
        #[track_caller]
        #[inline]
        pub fn betas(mut self, b1: f64, b2: f64) -> Self {
            self.direction.b1 = $crate::optim::settings::decay(self.name, "b1", b1);
            self.direction.b2 = $crate::optim::settings::decay(self.name, "b2", b2);
            self
        }
    };
    (@ decay) => {
        $crate::optim::descent::methods! {
            /// The decay rate of the moving average of squares (`alpha` in PyTorch).
            @ decay decay
        }
    };
    (@ rho) => {
        $crate::optim::descent::methods! {
            /// The decay rate `ρ` of both moving averages.
            @ decay rho
        }
    };
    ($(#[$doc:meta])+ @ decay $field:ident) => {
        $(#[$doc])+
        ///
        /// # Panics
        /// If it isn't in [0, 1).
        #[must_use]
        #[track_caller]
        #[inline]
        pub fn $field(mut self, $field: f64) -> Self {
            self.direction.$field =
                $crate::optim::settings::decay(self.name, stringify!($field), $field);
            self
        }
    };
    (@ nesterov_direction) => {
        /// Uses Nesterov's form, in which the moving average looks one step ahead.
        #[must_use]
        #[inline]
        pub fn nesterov(mut self) -> Self {
            self.direction.nesterov = true;
            self
        }
    };
    (@ eps) => {
        $crate::optim::descent::methods! {
            /// The `eps` that keeps the denominator away from 0.
            @ eps
        }
    };
    (@ eps_root) => {
        $crate::optim::descent::methods! {
            /// The `eps_root` that is added inside the square root.
            @ eps_root
        }
    };
    (@ initial_scale) => {
        $crate::optim::descent::methods! {
            /// The initial value of the moving average of squares, 0 by default.
            @ initial_scale
        }
    };
    (@ initial_accumulator_value) => {
        $crate::optim::descent::methods! {
            /// The initial value of the sums of squares, 0.1 by default.
            @ initial_accumulator_value
        }
    };
    ($(#[$doc:meta])+ @ $field:ident) => {
        $(#[$doc])+
        ///
        /// # Panics
        /// If it is negative, infinite or NaN.
        #[must_use]
        #[track_caller]
        #[inline]
        pub fn $field(mut self, $field: f64) -> Self {
            self.direction.$field =
                $crate::optim::settings::non_negative(self.name, stringify!($field), $field);
            self
        }
    };
}
pub(super) use methods;
