//! Work on some of the updates, at other values of the parameters, or at another step.

use super::Updates;
use crate::array::Array;

impl Updates<'_> {
    /// Runs `work` with other parameter values, in the order of the paths.
    pub(in crate::optim) fn with_params<'s>(
        &mut self,
        params: impl Iterator<Item = &'s Array>,
        work: impl FnOnce(&mut Self),
    ) {
        let mut others: Vec<Array> = params.cloned().collect();
        assert_eq!(others.len(), self.list.len(), "one value a parameter");
        self.swap_params(&mut others);
        work(self);
        self.swap_params(&mut others);
    }

    fn swap_params(&mut self, others: &mut [Array]) {
        for (update, other) in self.list.iter_mut().zip(others) {
            // Applies pending transforms first: they must read the old value of the parameter.
            update.apply();
            std::mem::swap(&mut update.param, other);
        }
    }

    /// Runs `work` on the updates at the indices for which `selected` is true. Updates are in the order of the
    /// parameters' paths.
    pub fn with_selected(
        &mut self,
        selected: impl Fn(usize) -> bool,
        work: impl FnOnce(&mut Self),
    ) {
        let all = std::mem::take(&mut self.list);
        let is_inside: Vec<bool> = (0..all.len()).map(selected).collect();
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (update, &is_inside) in all.into_iter().zip(&is_inside) {
            if is_inside { inside.push(update) } else { outside.push(update) }
        }
        let objective = self.objective.take();
        let mut within = Self { step: self.step.clone(), list: inside, objective };
        work(&mut within);
        self.objective = within.objective;
        // Restores the original order.
        let (mut inside, mut outside) = (within.list.into_iter(), outside.into_iter());
        for is_inside in is_inside {
            self.list.extend(if is_inside { inside.next() } else { outside.next() });
        }
    }

    /// Runs `work` on these updates with another step number.
    pub fn at_step(&mut self, step: u64, work: impl FnOnce(&mut Self)) {
        // Counters of steps stop at the largest u32, see `slot`.
        self.at_count(Array::scalar(u32::try_from(step).unwrap_or(u32::MAX)), work);
    }

    /// As [`at_step`](Self::at_step), of a step that is an array, `()` of u32.
    pub(in crate::optim) fn at_count(&mut self, count: Array, work: impl FnOnce(&mut Self)) {
        let own = std::mem::replace(&mut self.step, count);
        work(self);
        self.step = own;
    }
}
