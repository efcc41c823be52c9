//! [`Ensemble`]: models of one type, each variable of which has the members as its first axis.

mod forward;
mod members;

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use thiserror::Error as ThisError;

use super::{
    AnyVariable, DynVariable, Init, Module, ModuleVisitor, ParameterCount, StateError, Visitor,
    VisitorMut,
};
use crate::random::Rngs;
use crate::size::Size;

/// `N` models of one type, which run at once (`nnx.vmap` of a constructor and of a forward pass, over `nnx.split_rngs`;
/// `torch.func.stack_module_state` with `functional_call` and `vmap`).
///
/// For each variable of `M` there is one with `N` as its first axis, under the same path: `kernel (In, Out)` becomes
/// `kernel (N, In, Out)`. So an ensemble is one model to all that works on variables: optimizers, filters, states, files,
/// counting, printing. `forward` runs all members on the same input, and returns their results with `N` as the first axis;
/// [`forward_each`](Self::forward_each) gives each member its own input. Operations run on all members at once where they
/// have a [batching rule](crate::tensor::vmap): a `Linear` is one batched product.
///
/// - **The numbers are those of `N` models.** [`init`](Init::init) draws them from `N` keys: each stream of `rngs` draws one
///   key, which is split ([`Rngs::split`]), as in Flax.
/// - **Gradients.** Members don't mix, so that the gradient of the sum of their losses is that of each member. With the mean
///   over members it is `1 / N` of it.
/// - **Random streams and running statistics** are each member's own.
/// - [`member`](Self::member) takes a member out as a model of its own, [`set_member`](Self::set_member) puts one in.
/// - What isn't a variable, such as the rate of a dropout, is the same for all members, and that of the first.
///   [`for_each_mut`](super::for_each_mut) reaches it. The variables of a [shared](Module#shared-modules) module aren't
///   stacked.
///
/// A layer that draws from an [`RngStream`](super::RngStream) of its own has to use
/// [`sample`](super::RngStream::sample). Attention caches ([`Pass::decode`](super::Pass::decode)) can't be used.
///
/// ```
/// use nnx_core::module::{Ensemble, Init, Layer, parameters, state, value_and_grad};
/// use nnx_core::{Tensor, nn::{Linear, Relu}, random::Rngs, size::{Batch, U1, U3, U4, U8}, tensor::Tensor};
///
/// type Net = (Linear<U3, U8>, Relu, Linear<U8, U1>);
/// let mut ensemble = Ensemble::<Net, U4>::init(&mut Rngs::new(0));
/// assert_eq!(parameters(&ensemble), 4 * (3 * 8 + 8 + 8 + 1));
///
/// let x: Tensor![Batch, 3] = Tensor::from_vec(vec![0.5; 6])?;
/// let y: Tensor![4, Batch, 1] = ensemble.infer(x.clone());
/// let third = ensemble.member(2).infer(x.clone());
/// assert!(y.at::<0>(2).to_vec().iter().zip(third.to_vec()).all(|(a, b)| (a - b).abs() < 1e-6));
///
/// // The sum of the losses has the gradient of each member.
/// let (_, grads) = value_and_grad(&mut ensemble, |ensemble, pass| {
///     ensemble.forward(x, pass).square().sum()
/// })?;
/// assert_eq!(grads.len(), state(&ensemble).len());
/// # Ok::<(), nnx_core::Error>(())
/// ```
pub struct Ensemble<M, N> {
    /// The structure of a member. Its own values of variables aren't used.
    member: M,
    /// The variable of all members, by the id of the member's.
    stacked: HashMap<u64, DynVariable>,
    size: PhantomData<fn() -> N>,
}

/// Members that don't make an ensemble.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum EnsembleError {
    /// There are more or fewer members.
    #[error("an ensemble of {expected} members can't be made of {found}")]
    Count {
        /// The number of members in the type.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// The variables of a member differ from those of the first one.
    #[error("member {member} doesn't fit the ensemble: {error}")]
    Unlike {
        /// The index of the member.
        member: usize,
        /// How it differs.
        error: StateError,
    },
    /// There is no such member.
    #[error("there is no member {member} in an ensemble of {size}: members are counted from 0")]
    Index {
        /// The index.
        member: usize,
        /// The number of members.
        size: usize,
    },
}

impl<M: Module, N: Size> Module for Ensemble<M, N> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        visitor.replacing(&self.member, &mut |id, then| {
            if let Some(variable) = self.stacked.get(&id) {
                then(variable);
            }
        });
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        let stacked = &mut self.stacked;
        visitor.replacing(&self.member, &mut |id, then| {
            if let Some(variable) = stacked.get_mut(&id) {
                then(variable);
            }
        });
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.member.visit_modules(visitor);
    }
}

/// Members with weights drawn from `N` keys: see [`from_fn`](Ensemble::from_fn).
impl<M: Init + Module, N: Size> Init for Ensemble<M, N> {
    fn init(rngs: &mut Rngs) -> Self {
        Self::from_fn(rngs, M::init)
    }
}

impl<M: ParameterCount, N: Size> ParameterCount for Ensemble<M, N> {
    const PARAMETERS: usize = N::USIZE * M::PARAMETERS;
    const PARAMETER_BYTES: usize = N::USIZE * M::PARAMETER_BYTES;
}

impl<M: Module + Clone, N: Size> Clone for Ensemble<M, N> {
    fn clone(&self) -> Self {
        let member = self.member.clone();
        let mut ids = Vec::new();
        member.visit(&mut Visitor::new(&mut |_, variable| ids.push(variable.id())));
        let mut ids = ids.into_iter();
        let mut stacked = HashMap::new();
        self.member.visit(&mut Visitor::new(&mut |_, variable| {
            let id = ids.next().expect("a clone has the same variables");
            if let Some(all) = self.stacked.get(&variable.id()) {
                let array = all.array().clone();
                stacked.insert(id, DynVariable::in_place_of(id, all.kind(), array));
            }
        }));
        Self { member, stacked, size: PhantomData }
    }
}

impl<M: fmt::Debug, N: Size> fmt::Debug for Ensemble<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ensemble of {} of {:?}", N::USIZE, self.member)
    }
}
