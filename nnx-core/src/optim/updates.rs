//! Updates on their way from gradients to parameters: what is done element by element waits, and is
//! done in one sweep.
//!
//! A chain such as adam, decay, rate would read and write every update three times. So a [`Rule`] isn't
//! run at once: it is noted beside the update, with the slots that it works on. When a transform asks for
//! whole arrays, or at the end, all that waits is run on one block of elements after the other: a block
//! stays in the nearest cache from the first rule to the last, and memory is read and written once.

use std::ops::Range;
use std::sync::Arc;

use super::rule::{At, For as _, OnBlock, Waiting};
use super::{Rule, Slot};
use crate::array::Array;
use crate::array::dtype::for_float;
use crate::kernel::{Float, elementwise};
use crate::module::{Path, State};

/// The update of one parameter.
struct Update<'a> {
    path: &'a Path,
    param: Array,
    /// `None`: all zeros.
    value: Option<Array>,
    waiting: Vec<(Arc<dyn Waiting>, Vec<&'a mut Array>)>,
}

impl Update<'_> {
    /// Runs the rules that wait.
    fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let param = self.param.contiguous();
        let zeros = || Array::full_float(0.0, param.dtype(), &param.dims());
        let mut value = self.value.take().unwrap_or_else(zeros);
        for_float!(param.dtype(), E => {
            let (mut slots, mut rules) = (Vec::new(), Vec::new());
            for (rule, of_rule) in &mut self.waiting {
                let first = slots.len();
                slots.extend(of_rule.iter_mut().map(|slot| slot.make_mut::<E>()));
                rules.push((E::rule(&**rule), first..slots.len()));
            }
            // The memory of a gradient that nobody else holds becomes the update's.
            let held = value.unique_mut::<E>().is_none().then(|| value.contiguous());
            if held.is_some() {
                value = Array::build(param.dims(), |_: &mut [E]| {});
            }
            let held = held.as_ref().map(Array::slice::<E>);
            elementwise::zip_chunks(value.make_mut(), slots, &|range, out, slots| {
                let part = Part { held: held.map(|held| &held[range.clone()]), params: &param.slice()[range] };
                part.run(&rules, out, slots);
            });
        });
        self.waiting.clear();
        self.value = Some(value);
    }
}

/// Elements of a block: those of the parameter, of all slots and of the updates stay in the nearest cache.
const BLOCK: usize = 512;

/// Elements that stand at the same places.
struct Part<'a, E> {
    /// The gradients, where they don't stand in the memory of the updates.
    held: Option<&'a [E]>,
    params: &'a [E],
}

impl<E: Float> Part<'_, E> {
    /// Runs rules, each with the range of its slots, block after block. They write by turns to two blocks
    /// of their own, and the last one of them to `out`.
    fn run(&self, rules: &[(OnBlock<E>, Range<usize>)], out: &mut [E], slots: &mut [&mut [E]]) {
        let (mut old, mut new) = (&mut [E::ZERO; BLOCK][..], &mut [E::ZERO; BLOCK][..]);
        for start in (0..out.len()).step_by(BLOCK) {
            let block = start..out.len().min(start + BLOCK);
            let params = &self.params[block.clone()];
            if self.held.is_none() {
                old[..block.len()].copy_from_slice(&out[block.clone()]);
            }
            for (i, (rule, of_rule)) in rules.iter().enumerate() {
                let gradients = self.held.filter(|_| i == 0).map(|held| &held[block.clone()]);
                let to = if i + 1 == rules.len() { &mut out[block.clone()] } else { &mut *new };
                let slots = &mut slots[of_rule.clone()];
                rule(gradients.unwrap_or(old), params, to, slots, block.clone());
                std::mem::swap(&mut old, &mut new);
            }
        }
    }
}

/// Gradients on their way to become updates, one for each parameter.
#[allow(missing_debug_implementations, reason = "borrowed arrays on the way show nothing")]
pub struct Updates<'a> {
    step: u64,
    list: Vec<Update<'a>>,
}

impl<'a> Updates<'a> {
    /// The gradients of parameters; both have the same paths.
    pub(super) fn new(params: &'a State, mut gradients: State, step: u64) -> Self {
        let update = |(path, entry): (&'a Path, &crate::module::Entry)| {
            let value = gradients.remove(path).map(|entry| entry.array);
            Update { path, param: entry.array.clone(), value, waiting: Vec::new() }
        };
        Self { step, list: params.iter().map(update).collect() }
    }

    /// The step, counted from 0.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Notes a rule for each element of each update. The slots are those that
    /// [`Slot::init`] made for just these parameters.
    ///
    /// # Panics
    /// If a slot wasn't made for as many parameters.
    pub fn each<const N: usize>(&mut self, rule: impl Rule<N>, slots: [&'a mut Slot; N]) {
        let rule: Arc<dyn Waiting> = Arc::new(At { rule, step: self.step });
        let mut arrays = slots.map(Slot::arrays_mut);
        for update in &mut self.list {
            let arrays = arrays.iter_mut().map(|arrays| {
                arrays.next().expect("`Slot::init` makes one array a parameter: call it in `init`")
            });
            update.waiting.push((Arc::clone(&rule), arrays.collect()));
        }
    }

    /// Notes a rule for the elements of each update, which is found from the whole parameter and the
    /// whole update.
    pub fn each_by<R: Rule<0>>(&mut self, rule: impl Fn(&Array, &Array) -> R) {
        let step = self.step;
        for update in &mut self.list {
            update.settle();
            if let Some(value) = &update.value {
                let rule = rule(&update.param, value);
                update.waiting.push((Arc::new(At { rule, step }), Vec::new()));
            }
        }
    }

    /// The updates as they are now; those that are all zeros are left out.
    pub fn arrays(&mut self) -> impl Iterator<Item = &Array> {
        self.list.iter_mut().for_each(Update::settle);
        self.list.iter().filter_map(|update| update.value.as_ref())
    }

    /// Makes all updates zeros, after what waits has been done to the slots.
    pub fn set_to_zero(&mut self) {
        for update in &mut self.list {
            update.settle();
            update.value = None;
        }
    }

    /// Runs `work` with the updates of which `chosen` says so, by their place among these.
    pub fn only(&mut self, chosen: impl Fn(usize) -> bool, work: impl FnOnce(&mut Self)) {
        let all = std::mem::take(&mut self.list);
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (place, update) in all.into_iter().enumerate() {
            if chosen(place) { inside.push(update) } else { outside.push(update) }
        }
        let mut within = Self { step: self.step, list: inside };
        work(&mut within);
        self.list = within.list;
        self.list.append(&mut outside);
        self.list.sort_by(|a, b| a.path.cmp(b.path));
    }

    /// Runs `work` with another number of the step.
    pub fn at_step(&mut self, step: u64, work: impl FnOnce(&mut Self)) {
        let own = std::mem::replace(&mut self.step, step);
        work(self);
        self.step = own;
    }

    /// The new values of the parameters: those whose update isn't zero.
    pub(super) fn into_params(mut self) -> State {
        self.list.retain(|update| update.value.is_some() || !update.waiting.is_empty());
        self.each(AddToParameter, []);
        self.list.iter_mut().for_each(Update::settle);
        let entry = |update: Update<'_>| {
            let array = update.value.expect("a rule has written it");
            (update.path.clone(), super::slot::entry(array))
        };
        self.list.into_iter().map(entry).collect()
    }
}

/// `p + u`, the last of all rules: the update's memory becomes the parameter's.
#[derive(Debug, Clone, Copy)]
struct AddToParameter;

impl Rule<0> for AddToParameter {
    const SLOTS: [&'static str; 0] = [];
    #[inline(always)]
    fn element<E: Float>(
        &self,
        _: u64,
    ) -> impl Fn(E, E, [E; 0]) -> (E, [E; 0]) + Copy + Send + Sync + 'static {
        |update, param, slots| (param + update, slots)
    }
}
