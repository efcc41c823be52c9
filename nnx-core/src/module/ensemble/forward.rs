//! The forward pass of an ensemble.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::Ensemble;
use crate::module::value::Value;
use crate::module::{AnyVariable, Layer, Module, Pass};
use crate::ops::{DynTensor, next_id};
use crate::size::Size;
use crate::tensor::{AlongMembers, MemberResult, Shared};

impl<M: Module, N: Size> Ensemble<M, N> {
    /// Runs `f` once for all members. It gets the member, the inputs as one member has them, and the pass; its results get the
    /// members as their first axis. For what isn't a forward pass, such as the loss of each member.
    ///
    /// ```
    /// use nnx_core::module::{Ensemble, Init, Layer, Pass};
    /// use nnx_core::{Tensor, nn::Linear, random::Rngs, size::{U2, U3, U4}, tensor::{Shared, Tensor}};
    ///
    /// let ensemble = Ensemble::<Linear<U3, U2>, U4>::init(&mut Rngs::new(0));
    /// let x: Tensor![5, 3] = Tensor::ones();
    /// let losses: Tensor![4] = ensemble.map(Shared(x), &mut Pass::eval(), |member, x, pass| {
    ///     member.forward(x, pass).square().mean()
    /// });
    /// # let _ = losses;
    /// ```
    ///
    /// # Panics
    /// If `f` does what has no batching rule: see [`vmap`](crate::tensor::vmap).
    #[track_caller]
    pub fn map<X: AlongMembers<N>, R: MemberResult<N>>(
        &self,
        inputs: X,
        pass: &mut Pass,
        f: impl FnOnce(&M, X::Member, &mut Pass) -> R,
    ) -> R::All {
        let level = next_id();
        let inputs = inputs.member_of(level);
        let before: Vec<_> = self
            .stacked
            .iter()
            .map(|(&id, variable)| {
                let one = DynTensor::each_of(level, pass.read(id, variable.array()));
                (id, pass.replace_value(id, Some(Value::Leaf(one))))
            })
            .collect();
        // The variables are restored even after a panic, which a caller may catch.
        let result = catch_unwind(AssertUnwindSafe(|| f(&self.member, inputs, pass)));
        for (id, before) in before {
            let value = match pass.replace_value(id, None) {
                Some(Value::Update(one)) if result.is_ok() => {
                    Some(Value::Update(one.all_of(level, N::USIZE)))
                }
                _ => before,
            };
            pass.replace_value(id, value);
        }
        match result {
            Ok(result) => result.all_members(level, N::USIZE),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// As [`forward`](Layer::forward), with an input for each member: its first axis is `N`.
    ///
    /// # Panics
    /// As [`map`](Self::map).
    #[track_caller]
    pub fn forward_each<X: AlongMembers<N>>(
        &self,
        inputs: X,
        pass: &mut Pass,
    ) -> <M::Output as MemberResult<N>>::All
    where
        M: Layer<X::Member, Output: MemberResult<N>>,
    {
        self.map(inputs, pass, |member, x, pass| member.forward(x, pass))
    }
}

/// All members on the same input. The result has `N` as its first axis.
impl<X, M: Module + Layer<X>, N: Size> Layer<X> for Ensemble<M, N>
where
    M::Output: MemberResult<N>,
{
    type Output = <M::Output as MemberResult<N>>::All;

    #[track_caller]
    fn forward(&self, x: X, pass: &mut Pass) -> Self::Output {
        self.map(Shared(x), pass, |member, x, pass| member.forward(x, pass))
    }
}
