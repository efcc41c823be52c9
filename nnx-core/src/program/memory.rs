//! The memory of a plan: which steps make buffers, and how long these live. It follows from shapes and roles alone.

use std::any::Any;

use super::Program;
use super::plan::{Operand, PlannedStep};
use crate::ops::{Fused, Role, RoleKind, Signature, Step};

/// The buffers of a run, in the order in which they are made.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    buffers: Vec<LiveBuffer>,
    /// The number of buffers that a run is given, which come first in `buffers`: those of variables, which the run
    /// frees.
    given: usize,
    /// For each step, the bytes that are alive while it runs, beyond those that were alive before the run.
    pub(super) alive: Vec<usize>,
}

/// A buffer that a run makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct LiveBuffer {
    pub(super) bytes: usize,
    /// The step that makes it, and the one after which it is freed.
    pub(super) steps: [usize; 2],
}

/// The array in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// The array of an input of the run, or a constant: its memory isn't counted.
    Outside,
    /// A buffer of `Memory::buffers`.
    Own(usize),
}

/// The arrays in all slots.
struct Roots {
    of_slots: Vec<Option<Root>>,
    /// For each buffer, the slots that have it.
    slots: Vec<usize>,
}

impl Roots {
    fn new(slots: usize) -> Self {
        Self { of_slots: vec![None; slots], slots: Vec::new() }
    }

    fn get(&self, slot: usize) -> Option<Root> {
        self.of_slots[slot]
    }

    fn set(&mut self, slot: usize, root: Option<Root>) {
        if let Some(Root::Own(buffer)) = root {
            if self.slots.len() <= buffer {
                self.slots.resize(buffer + 1, 0);
            }
            self.slots[buffer] += 1;
        }
        if let Some(Root::Own(buffer)) = std::mem::replace(&mut self.of_slots[slot], root) {
            self.slots[buffer] -= 1;
        }
    }

    /// Whether a slot has this buffer.
    fn has(&self, root: Root) -> bool {
        match root {
            Root::Own(buffer) => self.slots.get(buffer).is_some_and(|slots| *slots > 0),
            Root::Outside => false,
        }
    }
}

impl Memory {
    /// The caller keeps the buffers of inputs.
    pub(super) fn of(
        program: &Program,
        steps: &[PlannedStep],
        outputs: &[Operand],
        slots: usize,
    ) -> Self {
        let inputs = program.inputs.len();
        let mut memory = Self::default();
        let mut roots = Roots::new(slots);
        // Whether each slot has a slice whose elements aren't contiguous.
        let mut sliced = vec![false; slots];
        (0..inputs).for_each(|slot| roots.set(slot, Some(Root::Outside)));
        for (slot, variable) in (inputs..).zip(program.given_variables()) {
            roots.set(slot, Some(memory.make(program.values[variable.value], 0)));
            memory.given += 1;
        }
        for (index, (planned, step)) in steps.iter().zip(&program.steps).enumerate() {
            let signature = program.values[step.output];
            let root_of = |operand: &Operand| match operand {
                Operand::Constant(_) => Root::Outside,
                Operand::Slot(slot) | Operand::Last(slot) => {
                    roots.get(*slot).unwrap_or(Root::Outside)
                }
            };
            let read: Vec<Root> = planned.inputs.iter().map(root_of).collect();
            let of_slice = match planned.inputs.first() {
                Some(Operand::Slot(slot) | Operand::Last(slot)) => sliced[*slot],
                _ => false,
            };
            let reuse = reuse(step, of_slice);
            for operand in &planned.inputs {
                if let Operand::Last(slot) = operand {
                    roots.set(*slot, None);
                }
            }
            // While a step runs, what it reads is alive.
            for root in &read {
                memory.keep(*root, index);
            }
            let shared = |root: Root| {
                roots.has(root) || read.iter().filter(|other| **other == root).count() > 1
            };
            let root = match (&reuse, read.first()) {
                (Reuse::Update(first), _) => read[*first],
                (Reuse::View(input), _) if *input < read.len() => read[*input],
                (Reuse::InPlace, Some(root @ Root::Own(_)))
                    if matches!(planned.inputs[0], Operand::Last(_)) && !shared(*root) =>
                {
                    *root
                }
                _ => memory.make(signature, index),
            };
            memory.keep(root, index);
            let view = matches!(reuse, Reuse::View(_));
            sliced[planned.output] = view && (of_slice || has_gaps(step, &signature));
            let Some(update) = &step.update else {
                roots.set(planned.output, Some(root));
                continue;
            };
            let mut updated_roots = Vec::new();
            // Each array that is updated keeps its buffer, unless something else has it: then it is copied.
            let updated = std::iter::once(&planned.output).chain(&planned.others);
            for (i, slot) in (update.operation.reads..read.len()).zip(updated) {
                let is_last = matches!(planned.inputs[i], Operand::Last(_));
                let root =
                    if is_last && !shared(read[i]) { read[i] } else { memory.copy(read[i], index) };
                updated_roots.push((*slot, root));
            }
            for (slot, root) in updated_roots {
                roots.set(slot, Some(root));
                sliced[slot] = false;
            }
        }
        for output in outputs {
            if let Operand::Slot(slot) | Operand::Last(slot) = output
                && let Some(root) = roots.get(*slot)
            {
                memory.keep(root, steps.len());
            }
        }
        // A variable that no step takes out of its slot is there to the end.
        for root in (inputs..inputs + memory.given).filter_map(|slot| roots.get(slot)) {
            memory.keep(root, steps.len());
        }
        let alive = memory.alive_in(steps.len());
        Self { alive, ..memory }
    }

    /// For each step, the bytes that are alive beyond those before the run.
    fn alive_in(&self, steps: usize) -> Vec<usize> {
        // What each step makes, and what is freed after the step before it.
        let mut changes = vec![(0, 0); steps + 2];
        for LiveBuffer { bytes, steps: [made, last] } in &self.buffers {
            changes[*made].0 += bytes;
            changes[(last + 1).min(steps + 1)].1 += bytes;
        }
        let before: usize = self.buffers[..self.given].iter().map(|buffer| buffer.bytes).sum();
        let mut living = 0;
        let alive = changes[..steps].iter().map(|(made, freed)| {
            living = living + made - freed;
            living.saturating_sub(before)
        });
        alive.collect()
    }

    /// The buffers that a run makes.
    pub(super) fn made(&self) -> &[LiveBuffer] {
        &self.buffers[self.given..]
    }

    pub(super) fn peak(&self) -> usize {
        self.alive.iter().copied().max().unwrap_or(0)
    }

    fn keep(&mut self, root: Root, step: usize) {
        if let Root::Own(buffer) = root {
            self.buffers[buffer].steps[1] = step;
        }
    }

    /// A buffer of the size of another one; constants aren't counted.
    fn copy(&mut self, root: Root, step: usize) -> Root {
        let Root::Own(buffer) = root else { return root };
        self.buffers.push(LiveBuffer { bytes: self.buffers[buffer].bytes, steps: [step, step] });
        Root::Own(self.buffers.len() - 1)
    }

    fn make(&mut self, signature: Signature, step: usize) -> Root {
        // Single elements aren't counted.
        let count = if signature.elements() > 1 { signature.elements() } else { 0 };
        let bytes = count * signature.dtype.bytes();
        self.buffers.push(LiveBuffer { bytes, steps: [step, step] });
        Root::Own(self.buffers.len() - 1)
    }
}

/// What a step does with the buffers of its inputs.
enum Reuse {
    /// Its output is a view of this input.
    View(usize),
    /// The step overwrites its first input, if nothing else reads that.
    InPlace,
    /// It overwrites its inputs from this one on.
    Update(usize),
    Nothing,
}

/// Whether the step takes a slice with gaps between its rows.
fn has_gaps(step: &Step, output: &Signature) -> bool {
    let rows = |axis: usize| output.dims[..axis].iter().any(|&size| size > 1);
    step.operation.slice_of_input().is_some_and(|(axis, _)| rows(axis))
}

/// `of_slice`: whether the first input is a slice with gaps, which is copied where it takes another shape.
fn reuse(step: &Step, of_slice: bool) -> Reuse {
    if of_slice && step.operation.name() == "reshape" {
        return Reuse::Nothing;
    }
    let alone = |fused: &Fused| fused.product.is_none() && fused.consumer.is_none();
    let fused = (&*step.operation as &dyn Any).downcast_ref::<Fused>();
    if let Some(update) = &step.update {
        return Reuse::Update(update.operation.reads);
    }
    match step.operation.role() {
        Role(RoleKind::View) => Reuse::View(0),
        Role(RoleKind::ViewOfLast) => Reuse::View(step.inputs.len().saturating_sub(1)),
        Role(RoleKind::Elementwise(_) | RoleKind::Rescale) => Reuse::InPlace,
        _ if fused.is_some_and(alone) => Reuse::InPlace,
        _ => Reuse::Nothing,
    }
}
