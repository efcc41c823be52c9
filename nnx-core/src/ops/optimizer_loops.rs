//! The loops of an optimizer's step: elementwise updates, fused block by block.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::Operations;
use super::attributes::{Attribute, AttributeError, AttributeValue, Attributes};
use crate::array::{Array, Element};
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
    /// Its parameters as data, if it can be written.
    fn attributes(&self) -> Option<Attributes> {
        None
    }
    /// The number of slots.
    fn slots(&self) -> usize;
    /// The least number of numbers that it reads.
    fn numbers(&self) -> usize {
        0
    }
    /// Whether it reads the whole update, and so is the first of the fused ones.
    fn reads_update(&self) -> bool {
        false
    }
    /// Calls `then` with the loop of this step.
    fn with_f32(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f32>);
    fn with_f64(&self, inputs: StepInputs<'_>, then: UseLoop<'_, f64>);
    /// Whether these may panic, as they call a function of the user.
    fn may_panic(&self) -> bool {
        false
    }
}

/// An element type, which chooses its function of a [`BlockUpdate`].
pub(super) trait BlockElement: Element + Float {
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

/// The most updates that one step fuses. More updates take several steps, with the same bits.
pub(super) const MOST_FUSED: usize = 12;
/// The most slots whose slices are listed without an allocation.
const FEW_SLOTS: usize = 8;

impl AttributeValue for Arc<dyn BlockUpdate> {
    const TYPE: &'static str = "an update of an optimizer";
    fn to_attribute(&self) -> Option<Attribute> {
        self.attributes().map(Attribute::from)
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        of.read_update(attribute)
    }
}

/// One of the updates that a step fuses.
#[derive(Debug, AttributeValue)]
#[attribute(name = "FusedUpdate")]
pub(super) struct Fused {
    pub(super) update: Arc<dyn BlockUpdate>,
    pub(super) has_numbers: bool,
}

/// The loops of fused updates, each with the range of its slots.
#[derive(Clone, Copy)]
pub(super) struct Loops<'a, E> {
    list: [Option<(&'a dyn BlockLoop<E>, usize, usize)>; MOST_FUSED],
    count: usize,
    slots: usize,
}

impl<E> Loops<'_, E> {
    /// No loops.
    pub(super) fn none() -> Self {
        Self { list: [None; MOST_FUSED], count: 0, slots: 0 }
    }
}

/// Calls `then` with these loops and those of `updates`. The update belongs to the first of all.
pub(super) fn with_loops<E: BlockElement>(
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
pub(super) fn run_loops<E: BlockElement>(
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
