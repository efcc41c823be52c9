//! The step of an optimizer: fused elementwise updates in place.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::in_place::{InPlace, apply_in_place};
use super::operation::{Signature, expect_float};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Element, ShapeError};
use crate::kernel::{Float, elementwise, vectorize_small};

/// An elementwise update on one block of elements.
///
/// A trait of its own, as are those of the other loops: the table of a `dyn Fn` has three functions for each closure.
pub(crate) trait BlockLoop<E>: Send + Sync {
    /// Takes the old updates, the parameters, the new updates (three slices that start at the block), the whole slots, and
    /// the block's range within the slots.
    fn run(
        &self,
        old: &[E],
        params: &[E],
        new: &mut [E],
        slots: &mut [&mut [E]],
        range: Range<usize>,
    );
}

/// What is called with the loop of an update. A loop lives on the stack: a step allocates nothing.
pub(crate) type UseLoop<'a, E> = &'a mut dyn FnMut(&dyn BlockLoop<E>);

/// What the formula of an elementwise update may depend on, besides the element.
pub(crate) struct StepInputs<'a> {
    /// The step, counted from 0.
    pub(crate) step: u64,
    /// Numbers that were computed from whole arrays.
    pub(crate) numbers: &'a [f64],
    /// The whole parameter.
    pub(crate) param: &'a Array,
    /// The whole update, for the first of the fused updates. Its memory is reused unless this is still there then.
    pub(crate) update: Option<Array>,
}

/// An elementwise update of either element type.
pub(crate) trait BlockUpdate: Debug + Send + Sync {
    /// The number of slots.
    fn slots(&self) -> usize;
    /// Calls `then` with the loop of this step.
    fn with_f32(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f32>);
    fn with_f64(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f64>);
    /// Whether these may panic, as they call a function of the user.
    fn may_panic(&self) -> bool {
        false
    }
}

/// An element type, which chooses its function of a [`BlockUpdate`].
trait BlockElement: Float {
    fn with(update: &dyn BlockUpdate, inputs: StepInputs<'_>, then: UseLoop<'_, Self>);
}
impl BlockElement for f32 {
    fn with(update: &dyn BlockUpdate, inputs: StepInputs<'_>, then: UseLoop<'_, Self>) {
        update.with_f32(inputs, then);
    }
}
impl BlockElement for f64 {
    fn with(update: &dyn BlockUpdate, inputs: StepInputs<'_>, then: UseLoop<'_, Self>) {
        update.with_f64(inputs, then);
    }
}

/// Calls `then` with the loop over a block, of a formula for one element: `(update, parameter, slots)` to
/// `(new update, new slots)`.
pub(crate) fn with_loop<E: Float, const N: usize>(
    formula: impl Fn(E, E, [E; N]) -> (E, [E; N]) + Copy + Send + Sync + 'static,
    then: UseLoop<'_, E>,
) {
    then(&Formula(formula, PhantomData));
}

struct Formula<E, F, const N: usize>(F, PhantomData<[E; N]>);

impl<E, F, const N: usize> BlockLoop<E> for Formula<E, F, N>
where
    E: Float,
    F: Fn(E, E, [E; N]) -> (E, [E; N]) + Copy + Send + Sync,
{
    #[allow(
        clippy::needless_range_loop,
        reason = "iterators take several times the code, which is compiled for each optimizer"
    )]
    fn run(
        &self,
        old: &[E],
        params: &[E],
        new: &mut [E],
        slots: &mut [&mut [E]],
        range: Range<usize>,
    ) {
        let (formula, length) = (self.0, range.len());
        let slots: [&mut [E]; N] = slots_at(slots, &range);
        let (old, params, new) = (&old[..length], &params[..length], &mut new[..length]);
        // The closure owns the formula and the slots. Behind a reference they might alias what the loop
        // writes, and the compiler would load them again for every element.
        vectorize_small::<E, _>(
            #[inline(always)]
            move || {
                for i in 0..length {
                    let mut before = [E::ZERO; N];
                    for slot in 0..N {
                        before[slot] = slots[slot][i];
                    }
                    let (update, after) = formula(old[i], params[i], before);
                    new[i] = update;
                    for slot in 0..N {
                        slots[slot][i] = after[slot];
                    }
                }
            },
        );
    }
}

/// The block of each slot. Compiled once for each number of slots.
#[inline(never)]
fn slots_at<'a, E, const N: usize>(
    slots: &'a mut [&mut [E]],
    range: &Range<usize>,
) -> [&'a mut [E]; N] {
    let mut slots = slots.iter_mut();
    std::array::from_fn(|_| &mut slots.next().expect("`N` slots")[range.clone()])
}

/// An elementwise update of one parameter that hasn't run yet, with the slots that it reads and writes.
pub(crate) struct PendingUpdate<'a> {
    pub(crate) update: Arc<dyn BlockUpdate>,
    /// The step, counted from 0: `()` of u32.
    pub(crate) step: Array,
    /// Numbers of f64, of any shape; none by default.
    pub(crate) numbers: Option<Array>,
    pub(crate) slots: Vec<&'a mut Array>,
}

/// Applies elementwise updates, one after the other, to the update `value` of a parameter (`None`: zeros).
/// The result reuses the memory of `value` where nothing else shares it.
pub(crate) fn optimizer_step(
    value: Option<Array>,
    param: &Array,
    pending: Vec<PendingUpdate<'_>>,
) -> Array {
    let zeros = || Array::full_float(0.0, param.dtype(), &param.dims());
    let mut value = value.unwrap_or_else(zeros);
    let mut pending = pending.into_iter().peekable();
    while pending.peek().is_some() {
        let (mut updates, mut inputs) = (Vec::new(), vec![param.clone()]);
        let mut updated = vec![&mut value];
        for PendingUpdate { update, step, numbers, slots } in pending.by_ref().take(MOST_FUSED) {
            updates.push(Fused { update, has_numbers: numbers.is_some() });
            inputs.push(step);
            inputs.extend(numbers);
            updated.extend(slots);
        }
        apply_in_place(OptimizerStep { updates }, &inputs, &mut updated);
    }
    value
}

/// The most updates that are fused. More are several steps, with the same bits.
const MOST_FUSED: usize = 12;
/// The most slots whose slices are listed without an allocation.
const FEW_SLOTS: usize = 8;

/// Elementwise updates, fused. The inputs are the parameter, and of each update its step, `()` of u32, and its numbers if it
/// has any. Updated are the gradient, which becomes the result of the last update, and the slots of all updates.
///
/// All updates run on one block of elements before the next block. A block stays in the L1 cache from the
/// first update to the last, so that memory is read and written once.
#[derive(Debug)]
struct OptimizerStep {
    updates: Vec<Fused>,
}

/// One of the updates.
#[derive(Debug)]
struct Fused {
    update: Arc<dyn BlockUpdate>,
    has_numbers: bool,
}

impl OptimizerStep {
    /// An error unless these are the steps and numbers of the updates.
    fn check_steps(&self, mut inputs: &[Signature]) -> Result<(), ShapeError> {
        let problem = |problem| Err(ShapeError::operands("optimizer_step", problem));
        for Fused { has_numbers, .. } in &self.updates {
            match inputs {
                [step, rest @ ..] if step.dtype == DType::U32 && step.dims.is_empty() => {
                    inputs = rest;
                }
                _ => return problem("takes a step of u32 for each update".to_owned()),
            }
            if *has_numbers {
                match inputs {
                    [numbers, rest @ ..] if numbers.dtype == DType::F64 => inputs = rest,
                    _ => return problem("takes numbers of f64 behind this step".to_owned()),
                }
            }
        }
        match inputs.len() {
            0 => Ok(()),
            more => problem(format!("takes no {more} inputs behind those of the updates")),
        }
    }
}

impl InPlace for OptimizerStep {
    fn name(&self) -> &'static str {
        "optimizer_step"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let problem = |problem| Err(ShapeError::operands(self.name(), problem));
        let [param, steps @ ..] = inputs else {
            return problem("takes a parameter and steps, found no inputs".to_owned());
        };
        expect_float(self.name(), &[*param])?;
        self.check_steps(steps)?;
        let slots: usize = self.updates.iter().map(|fused| fused.update.slots()).sum();
        if updated.len() != 1 + slots {
            let found = updated.len();
            return problem(format!("updates a gradient and {slots} slots, found {found} arrays"));
        }
        match updated.iter().find(|array| *array != param) {
            Some(other) => {
                problem(format!("takes arrays like the parameter {param}, found {other}"))
            }
            None => Ok(()),
        }
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        let param = inputs[0].contiguous();
        let Some((value, slots)) = updated.split_first_mut() else { return };
        for_float!(param.dtype(), E => {
            let update = Some(Array::clone(value));
            let loops = Loops { list: [None; MOST_FUSED], count: 0, slots: 0 };
            with_loops(&self.updates, &inputs[1..], (&param, update), &loops, &mut |loops| {
                run_loops::<E>(loops, &param, value, slots);
            });
        });
    }
    fn may_panic(&self) -> bool {
        self.updates.iter().any(|fused| fused.update.may_panic())
    }
}

/// The loops of fused updates, each with the range of its slots.
#[derive(Clone, Copy)]
struct Loops<'a, E> {
    list: [Option<(&'a dyn BlockLoop<E>, usize, usize)>; MOST_FUSED],
    count: usize,
    slots: usize,
}

/// Calls `then` with these loops and those of `updates`. The update belongs to the first of all.
fn with_loops<E: BlockElement>(
    updates: &[Fused],
    mut inputs: &[Array],
    (param, update): (&Array, Option<Array>),
    loops: &Loops<'_, E>,
    then: &mut dyn FnMut(&Loops<'_, E>),
) {
    let Some((fused, others)) = updates.split_first() else { return then(loops) };
    let mut next = || {
        let (first, rest) = inputs.split_first().expect("as many as were checked");
        inputs = rest;
        first.contiguous()
    };
    let (step, numbers) = (next(), fused.has_numbers.then(&mut next));
    let numbers = numbers.as_ref().map_or(&[][..], Array::slice);
    let step = StepInputs { step: step.slice::<u32>()[0].into(), numbers, param, update };
    E::with(&*fused.update, step, &mut |block| {
        let mut all: Loops<'_, E> = *loops;
        let end = all.slots + fused.update.slots();
        all.list[all.count] = Some((block, all.slots, end));
        (all.count, all.slots) = (all.count + 1, end);
        with_loops(others, inputs, (param, None), &all, then);
    });
}

/// Runs all loops on one block of elements before the next.
fn run_loops<E: Element + Float>(
    loops: &Loops<'_, E>,
    param: &Array,
    value: &mut Array,
    slots: &mut [&mut Array],
) {
    let mut few: [&mut [E]; FEW_SLOTS];
    let mut many: Vec<&mut [E]>;
    let slots: &mut [&mut [E]] = if slots.len() <= FEW_SLOTS {
        few = std::array::from_fn(|_| &mut [][..]);
        let count = slots.len();
        few.iter_mut().zip(slots).for_each(|(few, slot)| *few = slot.make_mut());
        &mut few[..count]
    } else {
        many = slots.iter_mut().map(|slot| slot.make_mut()).collect();
        &mut many
    };
    let shared = value.unique_mut::<E>().is_none().then(|| value.contiguous());
    if shared.is_some() {
        *value = Array::build(param.dims(), |_: &mut [E]| {});
    }
    let shared = shared.as_ref().map(Array::slice::<E>);
    elementwise::zip_chunks(value.make_mut(), slots, &|range, out, slots| {
        let chunk = Chunk {
            shared: shared.map(|shared| &shared[range.clone()]),
            params: &param.slice()[range],
        };
        chunk.run(loops, out, slots);
    });
}

/// Elements of a block: small enough that the block of the parameter, of all slots and of the updates fit
/// into the L1 cache together.
const BLOCK: usize = 512;

/// A chunk of one parameter, which one thread works on.
struct Chunk<'a, E> {
    /// The gradients, if their memory is shared with others and can't be overwritten.
    shared: Option<&'a [E]>,
    params: &'a [E],
}

impl<E: Float> Chunk<'_, E> {
    /// Runs all updates on one block after the other. The updates before the last write alternately to two temporary
    /// blocks, the last to `out`.
    fn run(&self, loops: &Loops<'_, E>, out: &mut [E], slots: &mut [&mut [E]]) {
        let (mut old, mut new) = (&mut [E::ZERO; BLOCK][..], &mut [E::ZERO; BLOCK][..]);
        for start in (0..out.len()).step_by(BLOCK) {
            let block = start..out.len().min(start + BLOCK);
            let params = &self.params[block.clone()];
            if self.shared.is_none() {
                old[..block.len()].copy_from_slice(&out[block.clone()]);
            }
            for (i, (update, from, to)) in loops.list.iter().flatten().enumerate() {
                let gradients = self.shared.filter(|_| i == 0).map(|shared| &shared[block.clone()]);
                let slots = &mut slots[*from..*to];
                let to = if i + 1 == loops.count { &mut out[block.clone()] } else { &mut *new };
                update.run(gradients.unwrap_or(old), params, to, slots, block.clone());
                std::mem::swap(&mut old, &mut new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Dims;

    #[test]
    fn a_step_refuses_arrays_that_do_not_fit() {
        #[derive(Debug)]
        struct OneSlot;
        impl BlockUpdate for OneSlot {
            fn slots(&self) -> usize {
                1
            }
            fn with_f32(&self, _: StepInputs<'_>, then: UseLoop<'_, f32>) {
                with_loop(|update, _, [slot]: [f32; 1]| (update, [slot]), then);
            }
            fn with_f64(&self, _: StepInputs<'_>, then: UseLoop<'_, f64>) {
                with_loop(|update, _, [slot]: [f64; 1]| (update, [slot]), then);
            }
        }
        let step = || Signature { dims: Dims::new(&[]), dtype: DType::U32 };
        let refusal_of = |param: &Array, steps: &[Signature], slots: &mut [Array]| {
            let updated: Vec<_> = [param].into_iter().chain(&*slots).map(Signature::of).collect();
            let inputs = [&[Signature::of(param)], steps].concat();
            let updates = vec![Fused { update: Arc::new(OneSlot), has_numbers: false }];
            OptimizerStep { updates }.check(&inputs, &updated).err().map(|error| error.to_string())
        };
        let refusal = |param: &Array, slots: &mut [Array]| refusal_of(param, &[step()], slots);
        let zeros = |dims: &[usize]| Array::full_float(0.0, DType::F32, dims);
        assert_eq!(refusal(&zeros(&[3]), &mut [zeros(&[3])]), None);
        assert_eq!(
            refusal(&zeros(&[3]), &mut [zeros(&[4])]).unwrap(),
            "`optimizer_step` takes arrays like the parameter (3,) of f32, found (4,) of f32"
        );
        assert_eq!(
            refusal(&zeros(&[3]), &mut []).unwrap(),
            "`optimizer_step` updates a gradient and 1 slots, found 1 arrays"
        );
        assert_eq!(
            refusal_of(&zeros(&[3]), &[], &mut [zeros(&[3])]).unwrap(),
            "`optimizer_step` takes a step of u32 for each update"
        );
        assert_eq!(
            refusal_of(&zeros(&[3]), &[step(), step()], &mut [zeros(&[3])]).unwrap(),
            "`optimizer_step` takes no 1 inputs behind those of the updates"
        );
        let integers = Array::filled(vec![1i32], Dims::new(&[1]));
        assert_eq!(
            refusal(&integers, &mut []).unwrap(),
            "`optimizer_step` takes f32 or f64, found i32"
        );
    }
}
