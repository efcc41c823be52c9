//! The step of an optimizer: fused elementwise updates in place.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::in_place::{InPlace, apply_in_place};
use super::operation::{Signature, expect_float};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, ShapeError};
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

/// A [`BlockLoop`] of either kind of settings.
pub(crate) type BlockFn<E> = Box<dyn BlockLoop<E>>;

/// What the formula of an elementwise update may depend on, besides the element.
pub(crate) struct StepInputs<'a> {
    /// The step, counted from 0.
    pub(crate) step: u64,
    /// Numbers that were computed from whole arrays.
    pub(crate) numbers: &'a [f64],
    /// The whole parameter, and the whole update before the first of the fused updates.
    pub(crate) param: &'a Array,
    pub(crate) update: &'a Array,
}

/// An elementwise update of either element type.
pub(crate) trait BlockUpdate: Debug + Send + Sync {
    /// The number of slots.
    fn slots(&self) -> usize;
    fn for_f32(&self, inputs: &StepInputs<'_>) -> BlockFn<f32>;
    fn for_f64(&self, inputs: &StepInputs<'_>) -> BlockFn<f64>;
    /// Whether these may panic, as they call a function of the user.
    fn may_panic(&self) -> bool {
        false
    }
}

/// An element type, which chooses its function of a [`BlockUpdate`].
trait BlockElement: Float {
    fn block_fn(update: &dyn BlockUpdate, inputs: &StepInputs<'_>) -> BlockFn<Self>;
}
impl BlockElement for f32 {
    fn block_fn(update: &dyn BlockUpdate, inputs: &StepInputs<'_>) -> BlockFn<Self> {
        update.for_f32(inputs)
    }
}
impl BlockElement for f64 {
    fn block_fn(update: &dyn BlockUpdate, inputs: &StepInputs<'_>) -> BlockFn<Self> {
        update.for_f64(inputs)
    }
}

/// The loop over a block, of a formula for one element: `(update, parameter, slots)` to
/// `(new update, new slots)`.
pub(crate) fn block_fn<E: Float, const N: usize>(
    formula: impl Fn(E, E, [E; N]) -> (E, [E; N]) + Copy + Send + Sync + 'static,
) -> BlockFn<E> {
    Box::new(Formula(formula, PhantomData))
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
    let (mut updates, mut inputs) = (Vec::new(), vec![param.clone()]);
    let mut updated = vec![&mut value];
    for PendingUpdate { update, step, numbers, slots } in pending {
        updates.push(Fused { update, has_numbers: numbers.is_some() });
        inputs.push(step);
        inputs.extend(numbers);
        updated.extend(slots);
    }
    apply_in_place(OptimizerStep { updates }, &inputs, &mut updated);
    value
}

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
            let (mut start, mut updates, mut inputs) = (0, Vec::new(), inputs[1..].iter());
            let mut next = || inputs.next().expect("as many as were checked").contiguous();
            for Fused { update, has_numbers } in &self.updates {
                let (step, numbers) = (next(), has_numbers.then(&mut next));
                let step = StepInputs {
                    step: step.slice::<u32>()[0].into(),
                    numbers: numbers.as_ref().map_or(&[], Array::slice),
                    param: &param,
                    update: &**value,
                };
                let end = start + update.slots();
                updates.push((E::block_fn(&**update, &step), start..end));
                start = end;
            }
            let slots = slots.iter_mut().map(|slot| slot.make_mut::<E>()).collect();
            let shared = value.unique_mut::<E>().is_none().then(|| value.contiguous());
            if shared.is_some() {
                **value = Array::build(param.dims(), |_: &mut [E]| {});
            }
            let shared = shared.as_ref().map(Array::slice::<E>);
            elementwise::zip_chunks(value.make_mut(), slots, &|range, out, slots| {
                let chunk = Chunk {
                    shared: shared.map(|shared| &shared[range.clone()]),
                    params: &param.slice()[range],
                };
                chunk.run(&updates, out, slots);
            });
        });
    }
    fn may_panic(&self) -> bool {
        self.updates.iter().any(|fused| fused.update.may_panic())
    }
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
    /// Runs all updates on one block after the other. Each update comes with the range of its slots in
    /// `slots`. The updates before the last write alternately to two temporary blocks, the last to `out`.
    fn run(&self, updates: &[(BlockFn<E>, Range<usize>)], out: &mut [E], slots: &mut [&mut [E]]) {
        let (mut old, mut new) = (&mut [E::ZERO; BLOCK][..], &mut [E::ZERO; BLOCK][..]);
        for start in (0..out.len()).step_by(BLOCK) {
            let block = start..out.len().min(start + BLOCK);
            let params = &self.params[block.clone()];
            if self.shared.is_none() {
                old[..block.len()].copy_from_slice(&out[block.clone()]);
            }
            for (i, (update, own)) in updates.iter().enumerate() {
                let gradients = self.shared.filter(|_| i == 0).map(|shared| &shared[block.clone()]);
                let to = if i + 1 == updates.len() { &mut out[block.clone()] } else { &mut *new };
                let slots = &mut slots[own.clone()];
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
            fn for_f32(&self, _: &StepInputs<'_>) -> BlockFn<f32> {
                block_fn(|update, _, [slot]: [f32; 1]| (update, [slot]))
            }
            fn for_f64(&self, _: &StepInputs<'_>) -> BlockFn<f64> {
                block_fn(|update, _, [slot]: [f64; 1]| (update, [slot]))
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
