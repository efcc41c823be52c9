//! The optimizers by name.

use super::norms::ScaleByTrustRatio;
use super::rules::{
    AddDecayedWeights, ScaleByAdam, ScaleByAdamax, ScaleByAmsgrad, ScaleByBelief, ScaleByLion,
    ScaleByRadam, ScaleByYogi,
};
use super::{Chain, IntoTransform, Named, Rule, ScaleByLearningRate, Schedule, Transform};
use super::{domain, masked};
use crate::module::Filter;

/// An optimizer that goes along a direction `D`: `p -= rate (direction + decay p)`.
///
/// [`adam`], [`lion`] and others make one; their settings are methods.
#[derive(Debug, Clone)]
pub struct Descent<D> {
    direction: D,
    weight_decay: f64,
    decayed: Filter,
    /// Whether the update is scaled by the norm of its parameter (lamb).
    trust_ratio: bool,
    learning_rate: Schedule,
}

impl<D> Descent<D> {
    /// Along a direction of one's own, a [`Rule`].
    pub fn along(direction: D, learning_rate: impl Into<Schedule>) -> Self {
        Self {
            direction,
            weight_decay: 0.0,
            decayed: Filter::everything(),
            trust_ratio: false,
            learning_rate: learning_rate.into(),
        }
    }

    /// The decoupled weight decay.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> Self {
        let weight_decay = domain::positive("optimizer", "weight_decay", weight_decay);
        Self { weight_decay, ..self }
    }

    /// The parameters that decay, all by default (`mask`). In many models biases and scales don't:
    /// `.decay_only(Filter::path_contains("kernel"))`.
    #[must_use]
    pub fn decay_only(self, filter: Filter) -> Self {
        Self { decayed: filter, ..self }
    }
}

impl<D> Descent<D> {
    fn into_chain<const N: usize>(self) -> Chain
    where
        D: Rule<N>,
    {
        let mut chain = Chain::new().then(self.direction);
        if self.weight_decay != 0.0 {
            chain =
                chain.then(masked(self.decayed, AddDecayedWeights { decay: self.weight_decay }));
        }
        if self.trust_ratio {
            chain = chain.then(ScaleByTrustRatio::default());
        }
        chain.then(ScaleByLearningRate::new(self.learning_rate))
    }
}

/// An optimizer as a chain, and in a chain, and its settings.
macro_rules! descents {
    ($($direction:ident: $($setting:ident),*;)*) => { $(
        impl From<Descent<$direction>> for Chain {
            fn from(rule: Descent<$direction>) -> Self {
                rule.into_chain()
            }
        }
        impl IntoTransform<Named> for Descent<$direction> {
            fn boxed(self) -> Box<dyn Transform> {
                Box::new(Chain::from(self))
            }
        }
        impl Descent<$direction> {
            /// The decays of both means.
            ///
            /// # Panics
            /// If one isn't within 0 to below 1.
            #[must_use]
            #[track_caller]
            pub fn betas(mut self, b1: f64, b2: f64) -> Self {
                (self.direction.b1, self.direction.b2) =
                    (domain::decay("betas", "b1", b1), domain::decay("betas", "b2", b2));
                self
            }
            $(descents!(@ $setting);)*
        }
    )* };
    (@ eps) => {
        /// What keeps the denominator from 0.
        ///
        /// # Panics
        /// If it is negative, infinite or NaN.
        #[must_use]
        #[track_caller]
        pub fn eps(mut self, eps: f64) -> Self {
            self.direction.eps = domain::positive("optimizer", "eps", eps);
            self
        }
    };
    (@ eps_root) => {
        /// What is added below the root in the denominator.
        ///
        /// # Panics
        /// If it is negative, infinite or NaN.
        #[must_use]
        #[track_caller]
        pub fn eps_root(mut self, eps_root: f64) -> Self {
            self.direction.eps_root = domain::positive("optimizer", "eps_root", eps_root);
            self
        }
    };
    (@ nesterov) => {
        /// Nesterov's form, which looks ahead along the mean.
        #[must_use]
        pub fn nesterov(mut self) -> Self {
            self.direction.nesterov = true;
            self
        }
    };
    (@ threshold) => {
        /// From which length of the mean on the steps are Adam's.
        ///
        /// # Panics
        /// If it is below 4, infinite or NaN.
        #[must_use]
        #[track_caller]
        pub fn threshold(mut self, threshold: f64) -> Self {
            self.direction.threshold = domain::threshold("radam", "threshold", threshold);
            self
        }
    };
}
descents! {
    ScaleByAdam: eps, eps_root, nesterov;
    ScaleByAmsgrad: eps, eps_root;
    ScaleByAdamax: eps;
    ScaleByRadam: eps, eps_root, nesterov, threshold;
    ScaleByBelief: eps, eps_root, nesterov;
    ScaleByYogi: eps, eps_root;
    ScaleByLion: ;
}

/// Adam: see [`adam`] and its kin.
pub type Adam = Descent<ScaleByAdam>;

/// Adam (`optax.adam`; Kingma and Ba, 2015), with `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`; see
/// [`ScaleByAdam`] for the formula.
///
/// ```
/// use nnx_core::module::{Init, Layer, value_and_grad};
/// use nnx_core::optim::{Optimizer, adam};
/// use nnx_core::{Tensor, nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, adam(1e-3).betas(0.9, 0.99));
/// let (_, grads) = value_and_grad(&mut model, |model, pass| {
///     model.forward(Tensor::from([[1.0, 2.0]]), pass).sum()
/// })?;
/// optimizer.update(&mut model, grads)?;
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn adam(learning_rate: impl Into<Schedule>) -> Adam {
    Descent::along(ScaleByAdam::default(), learning_rate)
}

/// Adam with decoupled weight decay, 1e-4 by default (`optax.adamw`; Loshchilov and Hutter, 2019). In
/// PyTorch the default is 0.01.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adamw}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, adamw(1e-3).weight_decay(0.01));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adamw(learning_rate: impl Into<Schedule>) -> Adam {
    adam(learning_rate).weight_decay(1e-4)
}

/// Adam in Nesterov's form (`optax.nadam`; Dozat, 2016). PyTorch's `NAdam` also lets `b1` grow.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, nadam}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, nadam(2e-3));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn nadam(learning_rate: impl Into<Schedule>) -> Adam {
    adam(learning_rate).nesterov()
}

/// Adam in Nesterov's form with decoupled weight decay, 1e-4 by default (`optax.nadamw`).
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, nadamw}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, nadamw(2e-3).weight_decay(0.01));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn nadamw(learning_rate: impl Into<Schedule>) -> Adam {
    adamw(learning_rate).nesterov()
}

/// Adam by layers, for large batches: each update is scaled to the norm of its parameter
/// (`optax.lamb`; You et al., 2020), with `eps = 1e-6` and no decay. See [`ScaleByTrustRatio`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, lamb}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, lamb(1e-3).weight_decay(0.01));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn lamb(learning_rate: impl Into<Schedule>) -> Adam {
    Descent { trust_ratio: true, ..adam(learning_rate).eps(1e-6) }
}

/// Adam over the largest denominator so far (`optax.amsgrad`; Reddi et al., 2018); see
/// [`ScaleByAmsgrad`]. PyTorch's `Adam(amsgrad=True)` takes the largest before its correction.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, amsgrad}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, amsgrad(1e-3));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn amsgrad(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAmsgrad> {
    Descent::along(ScaleByAmsgrad::default(), learning_rate)
}

/// Adam by the largest gradient (`optax.adamax`; Kingma and Ba, 2015); see [`ScaleByAdamax`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adamax}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, adamax(2e-3));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adamax(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdamax> {
    Descent::along(ScaleByAdamax::default(), learning_rate)
}

/// Adamax with decoupled weight decay, 1e-4 by default (`optax.adamaxw`).
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adamaxw}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, adamaxw(2e-3).weight_decay(0.01));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adamaxw(learning_rate: impl Into<Schedule>) -> Descent<ScaleByAdamax> {
    adamax(learning_rate).weight_decay(1e-4)
}

/// Rectified Adam, which needs no warm-up (`optax.radam`; Liu et al., 2020); see [`ScaleByRadam`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, radam}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, radam(1e-3).threshold(5.0));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn radam(learning_rate: impl Into<Schedule>) -> Descent<ScaleByRadam> {
    Descent::along(ScaleByRadam::default(), learning_rate)
}

/// Adam by the surprise of gradients (`optax.adabelief`; Zhuang et al., 2020), with
/// `eps = eps_root = 1e-16`; see [`ScaleByBelief`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adabelief}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, adabelief(1e-3).eps(1e-8));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adabelief(learning_rate: impl Into<Schedule>) -> Descent<ScaleByBelief> {
    Descent::along(ScaleByBelief::default(), learning_rate)
}

/// Yogi (`optax.yogi`; Zaheer et al., 2018), with `eps = 1e-3`; see [`ScaleByYogi`].
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, yogi}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, yogi(1e-2));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn yogi(learning_rate: impl Into<Schedule>) -> Descent<ScaleByYogi> {
    Descent::along(ScaleByYogi::default(), learning_rate)
}

/// Lion (`optax.lion`; Chen et al., 2023), with `b1 = 0.9`, `b2 = 0.99` and a decay of 1e-3; see
/// [`ScaleByLion`]. Its steps are all of one size: take a rate 3 to 10 times smaller than Adam's.
///
/// ```
/// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, lion}, random::Rngs, size::U3};
///
/// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
/// let optimizer = Optimizer::new(&model, lion(1e-4).weight_decay(0.1));
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn lion(learning_rate: impl Into<Schedule>) -> Descent<ScaleByLion> {
    Descent::along(ScaleByLion::default(), learning_rate).weight_decay(1e-3)
}
