//! Elementwise transforms of updates, which are kept in lists until they run, fused.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{Update, Updates};
use crate::array::Array;
use crate::ops::{BlockUpdate, PendingUpdate, StepInputs, optimizer_step};
use crate::optim::transform::computed::{Computed, Make, whole_update};
use crate::optim::transform::elementwise::Formula;
use crate::optim::transform::{ElementwiseTransform, Slot};

impl Update<'_> {
    /// Applies the pending transforms.
    pub(super) fn apply(&mut self) {
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            self.value = Some(optimizer_step(self.value.take(), &self.param, pending));
        }
    }
}

impl<'a> Updates<'a> {
    /// Applies an elementwise transform to every update, fused with those before and after it. The slots are
    /// those that [`Slot::init`] created for the same parameters.
    ///
    /// # Panics
    /// If a slot was created for fewer parameters.
    pub fn apply_elementwise<const N: usize>(
        &mut self,
        transform: impl ElementwiseTransform<N>,
        slots: [&'a mut Slot; N],
    ) {
        self.push_pending(&(Arc::new(Formula(transform)) as _), None, slots.into());
    }

    /// As [`apply_elementwise`](Self::apply_elementwise), by a transform whose settings depend on numbers of f64, which other
    /// operations compute from whole arrays.
    pub(in crate::optim) fn apply_made<T: ElementwiseTransform<N>, const N: usize>(
        &mut self,
        numbers: Array,
        make: impl Make<T>,
        slots: [&'a mut Slot; N],
    ) {
        self.push_pending(&computed(make, false), Some(numbers), slots.into());
    }

    fn push_pending(
        &mut self,
        update: &Arc<dyn BlockUpdate>,
        numbers: Option<Array>,
        slots: Vec<&'a mut Slot>,
    ) {
        let mut arrays: Vec<_> = slots.into_iter().map(Slot::arrays_mut).collect();
        for Update { pending, .. } in &mut self.list {
            let slots = arrays.iter_mut().map(|arrays| {
                arrays.next().expect("`Slot::init` makes one array a parameter: call it in `init`")
            });
            let (update, step) = (Arc::clone(update), self.step.clone());
            let (numbers, slots) = (numbers.clone(), slots.collect());
            pending.push(PendingUpdate { update, step, numbers, slots });
        }
    }

    /// Applies an elementwise transform to every update. `transform` makes it from the whole parameter and the
    /// whole update, in this order, for example from their norms. Updates that are all zeros are skipped.
    pub fn apply_per_tensor<T: ElementwiseTransform<0>>(
        &mut self,
        transform: impl Fn(&Array, &Array) -> T + Send + Sync + 'static,
    ) {
        let make = move |inputs: &StepInputs<'_>| transform(inputs.param, whole_update(inputs));
        self.each_tensor(&computed(make, true));
    }

    /// As [`apply_per_tensor`](Self::apply_per_tensor), by what doesn't panic.
    pub(in crate::optim) fn scale_per_tensor<T: ElementwiseTransform<0>>(
        &mut self,
        make: impl Make<T>,
    ) {
        self.each_tensor(&computed(make, false));
    }

    fn each_tensor(&mut self, transform: &Arc<dyn BlockUpdate>) {
        for update in &mut self.list {
            // The transform is the first of the next fused ones, so that it is given this update.
            update.apply();
            if update.value.is_some() {
                let (fused, step) = (Arc::clone(transform), self.step.clone());
                let slots = Vec::new();
                update.pending.push(PendingUpdate { update: fused, step, numbers: None, slots });
            }
        }
    }

    /// As [`map_arrays`](Self::map_arrays), by an elementwise transform. `numbers` are computed from the index, the parameter
    /// and the update, and `make` is given them.
    pub(in crate::optim) fn map_elementwise<T: ElementwiseTransform<N>, const N: usize>(
        &mut self,
        mut slots: [&mut Slot; N],
        mut numbers: impl FnMut(usize, &Array, &Array) -> Option<Array>,
        make: impl Make<T>,
    ) {
        let count = self.step.clone();
        let transform = computed(make, false);
        self.map_arrays(|index, param, update| {
            let numbers = numbers(index, param, update.array());
            let slots = slots.iter_mut().map(|slot| slot.array_mut(index)).collect();
            let (fused, step) = (Arc::clone(&transform), count.clone());
            let pending = PendingUpdate { update: fused, step, numbers, slots };
            optimizer_step(Some(update.into_array()), param, vec![pending]).into()
        });
    }
}

fn computed<T: ElementwiseTransform<N>, const N: usize>(
    make: impl Make<T>,
    may_panic: bool,
) -> Arc<dyn BlockUpdate> {
    Arc::new((Computed { make, may_panic }, PhantomData::<fn() -> [T; N]>))
}
