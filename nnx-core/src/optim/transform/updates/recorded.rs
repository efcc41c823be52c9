//! Updates of a step that `jit` records, whose numbers aren't known.

use super::{Update, Updates};
use crate::array::Array;

impl<'a> Updates<'a> {
    /// Refuses a step that [`jit`](crate::module::jit) records; `why` starts the message.
    #[track_caller]
    pub(in crate::optim) fn refuse_recorded(&mut self, why: &str) {
        assert!(!self.is_recorded(), "{why}");
    }

    /// Whether [`jit`](crate::module::jit) records the step.
    pub(in crate::optim) fn is_recorded(&mut self) -> bool {
        let is_traced = |array: &Array| array.trace().is_some();
        is_traced(&self.step) || self.arrays().any(is_traced)
    }

    /// What `work` makes of these updates with another count; none where that is all zeros. They stay as they are.
    pub(in crate::optim) fn computed_by<'b>(
        &mut self,
        count: Array,
        work: impl FnOnce(&mut Updates<'b>),
    ) -> Vec<Option<Array>>
    where
        'a: 'b,
    {
        self.list.iter_mut().for_each(Update::apply);
        let copy = |update: &Update<'a>| Update {
            path: update.path,
            kind: update.kind,
            param: update.param.clone(),
            value: update.value.clone(),
            pending: Vec::new(),
        };
        let list = self.list.iter().map(copy).collect();
        let mut updates = Updates { step: count, list, objective: None };
        work(&mut updates);
        updates.list.iter_mut().for_each(Update::apply);
        updates.list.into_iter().map(|update| update.value).collect()
    }
}
