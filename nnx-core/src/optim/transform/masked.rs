//! Transforms of some of the parameters.

use super::{IntoTransform, Transform, Updates};
use crate::module::{Filter, Path, State};

/// Applies a transform to the parameters that a filter selects. The updates of the others don't change
/// (`optax.masked`).
///
/// ```
/// use nnx_core::module::Filter;
/// use nnx_core::optim::{AddDecayedWeights, Chain, masked, sgd};
///
/// let decay = masked(!Filter::path_contains("bias"), AddDecayedWeights { decay: 1e-4 });
/// let chain = Chain::new().then(decay).then(sgd(0.1));
/// # let _ = chain;
/// ```
///
/// # Panics
/// When the [`Optimizer`](crate::optim::Optimizer) is created, if the filter selects none of its parameters. The
/// same holds for the settings `decay_only` and `trust_only`.
#[must_use]
pub fn masked<How>(filter: Filter, transform: impl IntoTransform<How>) -> Masked {
    Masked { filter, inner_state: transform.boxed(), selected: Vec::new() }
}

/// See [`masked`].
#[derive(Debug, crate::Module)]
pub struct Masked {
    #[module(skip)]
    filter: Filter,
    inner_state: Box<dyn Transform>,
    /// For each parameter, whether the filter selects it.
    #[module(skip)]
    selected: Vec<bool>,
}

impl Transform for Masked {
    fn init(&mut self, params: &State) {
        let selected = params.filter(&self.filter);
        check_selects(&self.filter, "a transform (by `masked`, `decay_only` or the like)", params);
        self.selected = params.iter().map(|(path, _)| selected.get(path).is_some()).collect();
        self.inner_state.init(&selected);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { inner_state, selected, .. } = self;
        updates.with_selected(|i| selected[i], |updates| inner_state.update(updates));
    }
    fn evaluation_params(&self, params: &mut State) {
        self.inner_state.evaluation_params(params);
    }
    fn learning_rate(&self, step: u64) -> Option<f64> {
        self.inner_state.learning_rate(step)
    }
}

/// # Panics
/// If the filter selects none of the parameters: a misspelled path would go unnoticed otherwise.
fn check_selects(filter: &Filter, of: &str, params: &State) {
    let Some((first, _)) = params.iter().next() else { return };
    assert!(
        !params.filter(filter).is_empty(),
        "the filter ({filter:?}) of {of} selects none of the {} parameters that this optimizer trains, \
         of which the first is `{first}`",
        params.len(),
    );
}

/// Groups of parameters, each with its own optimizer. A parameter belongs to the first group whose filter
/// selects it (`optax.partition`, `optax.multi_transform`; in PyTorch parameter groups).
///
/// ```
/// use nnx_core::module::{Filter, Init};
/// use nnx_core::nn::Linear;
/// use nnx_core::optim::{Optimizer, adam, freeze, partition, sgd};
/// use nnx_core::{random::Rngs, size::U3};
///
/// let model = [(); 3].map(|()| Linear::<U3, U3>::init(&mut Rngs::new(0)));
/// let groups = partition()
///     .group(Filter::within("0"), freeze())
///     .group(Filter::path_contains("bias"), sgd(0.1))
///     .group(Filter::everything(), adam(1e-3));
/// let optimizer = Optimizer::new(&model, groups);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn partition() -> Partition {
    Partition { filters: vec![], inner_states: vec![], groups: vec![], may_be_empty: false }
}

/// See [`partition`].
#[derive(Debug, crate::Module)]
pub struct Partition {
    #[module(skip)]
    filters: Vec<Filter>,
    inner_states: Vec<Box<dyn Transform>>,
    /// For each parameter, the index of its group.
    #[module(skip)]
    groups: Vec<usize>,
    /// Whether a group may have no parameters.
    may_be_empty: bool,
}

impl Partition {
    /// Groups that may have no parameters, for filters that aren't the caller's.
    pub(in crate::optim) fn optional() -> Self {
        Self { may_be_empty: true, ..partition() }
    }

    /// Adds a group: the parameters that this filter selects, and the filters of earlier groups don't.
    #[must_use]
    pub fn group<How>(mut self, filter: Filter, transform: impl IntoTransform<How>) -> Self {
        self.filters.push(filter);
        self.inner_states.push(transform.boxed());
        self
    }
}

impl Transform for Partition {
    /// # Panics
    /// If a parameter belongs to no group, or the filter of a group selects no parameter at all.
    fn init(&mut self, params: &State) {
        let mut rest = params.clone();
        let mut groups: Vec<(Path, usize)> = Vec::new();
        let transforms = self.filters.iter().zip(&mut self.inner_states);
        for (group, (filter, transform)) in transforms.enumerate() {
            if !self.may_be_empty {
                check_selects(filter, &format!("group {group} of `partition`"), params);
            }
            let taken = rest.filter(filter);
            transform.init(&taken);
            for (path, _) in taken {
                rest.remove(&path);
                groups.push((path, group));
            }
        }
        if let Some((path, _)) = rest.iter().next() {
            panic!(
                "`partition`: {} of {} parameters belong to no group, the first is `{path}`; let the last \
                 group take `Filter::everything()`",
                rest.len(),
                params.len(),
            );
        }
        groups.sort();
        self.groups = groups.into_iter().map(|(_, group)| group).collect();
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let groups = &self.groups;
        for (group, transform) in self.inner_states.iter_mut().enumerate() {
            updates.with_selected(|i| groups[i] == group, |updates| transform.update(updates));
        }
    }
    fn evaluation_params(&self, params: &mut State) {
        self.inner_states.iter().for_each(|transform| transform.evaluation_params(params));
    }
    fn learning_rate(&self, step: u64) -> Option<f64> {
        self.inner_states.iter().find_map(|transform| transform.learning_rate(step))
    }
}

/// Freezes parameters: their updates are zero whatever the gradients are (`optax.set_to_zero`). It is meant
/// for a group of [`partition`], and has no slots.
///
/// ```
/// use nnx_core::{module::Filter, optim::{adam, freeze, partition}};
///
/// let groups = partition().group(Filter::within("body"), freeze()).group(Filter::everything(), adam(1e-3));
/// # let _ = groups;
/// ```
#[must_use]
pub fn freeze() -> Freeze {
    Freeze
}

/// See [`freeze`].
#[derive(Debug, Clone, Copy, crate::Module)]
pub struct Freeze;

impl Transform for Freeze {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.set_to_zero();
    }
}
