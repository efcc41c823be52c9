//! Transforms of gradients: the parts that optimizers are chained from.
//!
//! | file | holds |
//! |---|---|
//! | `elementwise` | transforms given by a formula for one element |
//! | `updates`, `slot` | the updates of one step, and the state that is saved between steps |
//! | `scale`, `learning_rate`, `weight_decay` | scaling, the learning rate, weight decay |
//! | `clip`, `trust_ratio`, `param_scale` | clipping; scaling by the ratio of norms, and by the size of the parameter |
//! | `linesearch`, `zoom` | the length of a step from the loss along it |
//! | `orthogonal` | matrices with their singular values brought near 1 |
//! | `average` | momentum and the moving average of updates |
//! | `masked` | transforms of some of the parameters |
//! | `conditional` | gradient accumulation, and steps that are skipped |
//! | `numerics` | bias correction, and bounds that keep slots finite |

mod average;
mod clip;
mod computed;
mod conditional;
mod elementwise;
mod learning_rate;
mod linesearch;
mod masked;
mod numerics;
mod orthogonal;
mod param_scale;
mod scale;
mod slot;
mod trust_ratio;
mod updates;
mod weight_decay;
mod zoom;

pub use average::{Ema, Trace};
pub use clip::{
    Clip, ClipByBlockRms, ClipByGlobalNorm, ScaleDown, clip_by_block_rms, clip_by_global_norm,
};
use conditional::FiniteFlags;
pub use conditional::{Accumulate, ApplyIfFinite, MultiSteps, ZeroNans, apply_if_finite, every};
pub use elementwise::{AsElementwise, ElementwiseTransform};
pub use learning_rate::ScaleByLearningRate;
pub use linesearch::{ZoomLinesearch, zoom_linesearch};
pub use masked::{Freeze, Masked, Partition, freeze, masked, partition};
use orthogonal::FrobeniusNorm;
pub(super) use orthogonal::Orthogonal;
pub use orthogonal::Preconditioning;
pub use param_scale::ScaleByParamBlockRms;
pub use scale::Scale;
pub use slot::Slot;
pub use trust_ratio::{ScaleByTrustRatio, ScaleTo};
pub use updates::Updates;
pub(super) use updates::{AddToParameter, GlobalNorm, Objective};
pub use weight_decay::AddDecayedWeights;

pub(super) use computed::{Make, by_numbers, made, makes, number_functions, whole_update};
pub(crate) use elementwise::elementwise;
pub(super) use elementwise::formula;
pub(super) use learning_rate::{LEARNING_RATE, LearningRate, ScaleByNumber, rate_of};
pub(super) use numerics::{
    Bounded, bias_correction, bounded, counted, dot, dot_product, factor, maximum, moving_average,
    number, one_of, power, saturated, sign, within_range,
};
pub(super) use slot::{Count, count, entry, increment, increment_for_branch};

use std::fmt::Debug;

use super::{Lookahead, Mechanize, Sam, ScheduleFree};
use crate::module::{Module, ModuleVisitor, State, Visitor, VisitorMut};
use crate::ops::{Row, number_row};

/// One part of an optimizer: gradients in, updates out (`optax.GradientTransformation`).
///
/// Its state consists of the variables of the module that it is. A formula for one element is an
/// [`ElementwiseTransform`], and needs no implementation of this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transform of gradients",
    label = "expected a `Transform`, an `ElementwiseTransform`, or an optimizer such as `adam(1e-3)`"
)]
pub trait Transform: Module + Debug + Send + Sync {
    /// Creates the slots for these parameters.
    fn init(&mut self, params: &State);

    /// Replaces the gradients, or the updates of the transform before it, by its own updates.
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>);

    /// Replaces the trained parameters by those to evaluate the model with, if they differ: see
    /// [`Optimizer::evaluation_params`](crate::optim::Optimizer::evaluation_params). A transform that contains others
    /// must call their method.
    fn evaluation_params(&self, _params: &mut State) {}

    /// The learning rate of a step, counted from 0, if this transform or one that it holds has one: see
    /// [`Optimizer::learning_rate`](crate::optim::Optimizer::learning_rate).
    fn learning_rate(&self, _step: u64) -> Option<f64> {
        None
    }
}

/// An element of a [`Chain`]: a [`Transform`], an [`ElementwiseTransform`], or an optimizer. The compiler infers `How`,
/// which of the three it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transform of gradients",
    label = "expected a `Transform`, an `ElementwiseTransform`, or an optimizer such as `adam(1e-3)`"
)]
pub trait IntoTransform<How> {
    /// The transform.
    #[doc(hidden)]
    #[track_caller]
    fn boxed(self) -> Box<dyn Transform>;
}

/// Marker of [`IntoTransform`]: a [`Transform`].
#[derive(Debug)]
pub enum AsTransform {}
/// Marker of [`IntoTransform`]: an optimizer, which becomes a chain within the chain.
#[derive(Debug)]
pub enum AsOptimizer {}

impl<T: Transform + 'static> IntoTransform<AsTransform> for T {
    fn boxed(self) -> Box<dyn Transform> {
        Box::new(self)
    }
}

/// Transforms that run in order (`optax.chain`). The variables of each are under its index, as
/// in `0/mu/dense/kernel`.
///
/// ```
/// use nnx_core::optim::{Chain, adam, clip_by_global_norm};
///
/// let chain = Chain::new().then(clip_by_global_norm(1.0)).then(adam(1e-3));
/// # let _ = chain;
/// ```
#[derive(Debug, Default)]
pub struct Chain(Vec<Box<dyn Transform>>);

impl Chain {
    /// An empty chain, whose updates are the gradients.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a transform at the end.
    ///
    /// # Panics
    /// If a setting of the transform is invalid, such as NaN.
    #[must_use]
    #[track_caller]
    pub fn then<How>(mut self, transform: impl IntoTransform<How>) -> Self {
        self.0.push(transform.boxed());
        self
    }

    /// Adds a transform at the end, if there is one.
    #[track_caller]
    pub(super) fn then_some<How>(self, transform: Option<impl IntoTransform<How>>) -> Self {
        match transform {
            Some(transform) => self.then(transform),
            None => self,
        }
    }
}

impl Module for Chain {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.0.visit_modules(visitor);
    }
}

impl Transform for Chain {
    fn init(&mut self, params: &State) {
        self.0.iter_mut().for_each(|transform| transform.init(params));
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        self.0.iter_mut().for_each(|transform| transform.update(updates));
    }
    fn evaluation_params(&self, params: &mut State) {
        self.0.iter().for_each(|transform| transform.evaluation_params(params));
    }
    fn learning_rate(&self, step: u64) -> Option<f64> {
        self.0.iter().find_map(|transform| transform.learning_rate(step))
    }
}

/// What files of programs may have of transforms.
pub(super) const RECORDED: &[Row] = &[
    number_row::<FiniteFlags>(),
    number_row::<FrobeniusNorm>(),
    number_row::<GlobalNorm>(),
    number_row::<LearningRate>(),
    made::<ClipByBlockRms, ScaleDown, _>(),
    made::<ClipByGlobalNorm, ScaleDown, _>(),
    made::<ScaleByNumber, Scale, _>(),
    made::<ScaleByParamBlockRms, ScaleTo, _>(),
    made::<ScaleByTrustRatio, ScaleTo, _>(),
    formula::<Accumulate, _>(),
    formula::<AddDecayedWeights, _>(),
    formula::<AddToParameter, _>(),
    formula::<Bounded, _>(),
    formula::<Clip, _>(),
    formula::<Ema, _>(),
    formula::<Scale, _>(),
    formula::<Trace, _>(),
    formula::<ZeroNans, _>(),
];

/// Lets transforms that contain a whole optimizer be passed to `Optimizer::new` without a chain.
macro_rules! whole_optimizers {
    ($($transform:ident)*) => { $(
        impl From<$transform> for Chain {
            fn from(transform: $transform) -> Self {
                Self::new().then(transform)
            }
        }
    )* };
}
whole_optimizers! { Partition MultiSteps ApplyIfFinite Lookahead Mechanize Sam ScheduleFree }
