//! Elementwise steps of f32 that feed one another become one step, which computes them block by block. If a product
//! feeds them alone, they become a part of it, and update its output while that is in a cache.
//!
//! A group begins with a step whose reader isn't elementwise, and grows by producers whose readers are all in the group.
//! So nothing outside of a group needs what is computed within, and the group can run at the place of its last step.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Memo;
use crate::array::{DType, ShapeError};
use crate::ops::{
    Expression, Feed, Fused, FusedProduct, MOST_OPERANDS, MOST_TERMS, RoleKind, Step, Term, ValueId,
};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let graph = Graph::new(program);
    let mut taken = vec![false; program.steps.len()];
    let mut fused = Vec::new();
    for last in (0..program.steps.len()).rev() {
        if taken[last] || !graph.elementwise[last] {
            continue;
        }
        let group = graph.group(program, last, &taken);
        let product = graph.product_before(program, &group, &taken);
        if group.len() == 1 && product.is_none() {
            continue;
        }
        let Some(step) = Fusion::new(program, &graph, &group, product).into_step() else {
            continue;
        };
        group.iter().copied().chain(product).for_each(|index| taken[index] = true);
        fused.push((last, step));
    }
    for (last, step) in fused {
        program.steps[last] = step;
        taken[last] = false;
    }
    program.retain_steps(|index, _| !taken[index]);
    Ok(())
}

/// Who computes and reads which value.
pub(super) struct Graph {
    pub(super) producers: Vec<Option<usize>>,
    pub(super) readers: Vec<Vec<usize>>,
    /// Whether each step is elementwise, of f32.
    pub(super) elementwise: Vec<bool>,
}

impl Graph {
    pub(super) fn new(program: &Program) -> Self {
        let elementwise = |step: &Step| {
            let output = program.values[step.output];
            matches!(step.operation.role().0, RoleKind::Elementwise(_))
                && output.dtype == DType::F32
                && output.elements() > 0
                && step.inputs.iter().all(|input| program.signature(input) == output)
        };
        Self {
            producers: program.producers(),
            readers: program.readers(),
            elementwise: program.steps.iter().map(elementwise).collect(),
        }
    }

    /// The step that computes an operand, if all that read it are in the group.
    fn own_producer(&self, operand: &Output, group: &BTreeSet<usize>) -> Option<usize> {
        let value = operand.value()?;
        let inside = self.readers[value].iter().all(|reader| group.contains(reader));
        self.producers[value].filter(|_| inside)
    }

    /// The elementwise steps that end with `last`.
    fn group(&self, program: &Program, last: usize, taken: &[bool]) -> BTreeSet<usize> {
        let mut group = BTreeSet::from([last]);
        loop {
            let operands = group.iter().flat_map(|&index| &program.steps[index].inputs);
            let producers = operands.filter_map(|operand| self.own_producer(operand, &group));
            let same = |index: usize| {
                let shape = |index: usize| program.values[program.steps[index].output];
                self.elementwise[index] && !taken[index] && shape(index) == shape(last)
            };
            let next = producers.filter(|&index| same(index) && !group.contains(&index)).max();
            let Some(next) = next else { return group };
            let mut larger = group.clone();
            larger.insert(next);
            if larger.len() > MOST_TERMS || inputs_of(program, &larger) >= MOST_OPERANDS {
                return group;
            }
            group = larger;
        }
    }

    /// The product with the most operations that feeds the group alone.
    fn product_before(
        &self,
        program: &Program,
        group: &BTreeSet<usize>,
        taken: &[bool],
    ) -> Option<usize> {
        let shape = |index: &usize| program.values[program.steps[*index].output];
        let wanted = shape(group.last()?);
        let operands = group.iter().flat_map(|&index| &program.steps[index].inputs);
        let producers = operands.filter_map(|operand| self.own_producer(operand, group));
        let products = producers.filter(|index| {
            let step = &program.steps[*index];
            let takes = match step.operation.role().0 {
                RoleKind::Product(product) => product.takes(&program.input_signatures(step)),
                _ => false,
            };
            takes && !taken[*index] && shape(index) == wanted
        });
        products.max_by_key(|&index| {
            let step = &program.steps[index];
            step.operation.flops(&program.input_signatures(step), &program.values[step.output])
        })
    }
}

/// The number of operands that a group reads and doesn't compute.
fn inputs_of(program: &Program, group: &BTreeSet<usize>) -> usize {
    let own: BTreeSet<ValueId> = group.iter().map(|&index| program.steps[index].output).collect();
    let operands = group.iter().flat_map(|&index| &program.steps[index].inputs);
    operands.filter(|operand| operand.value().is_none_or(|value| !own.contains(&value))).count()
}

/// A fused step that is being made.
pub(super) struct Fusion<'a> {
    program: &'a Program,
    product: Option<&'a Step>,
    /// The value whose blocks are those of the output.
    base: Option<ValueId>,
    group: Vec<&'a Step>,
}

impl<'a> Fusion<'a> {
    pub(super) fn new(
        program: &'a Program,
        graph: &Graph,
        group: &BTreeSet<usize>,
        product: Option<usize>,
    ) -> Self {
        let steps: Vec<&Step> = group.iter().map(|&index| &program.steps[index]).collect();
        let product = product.map(|index| &program.steps[index]);
        let own: BTreeSet<ValueId> = steps.iter().map(|step| step.output).collect();
        let operands = || steps.iter().flat_map(|step| &step.inputs).filter_map(Output::value);
        let inputs = || operands().filter(|value| !own.contains(value));
        // One that dies here may be overwritten; one that is broadcast would be copied.
        let broadcast = |value: &ValueId| {
            graph.producers[*value].is_some_and(|index| {
                let step = &program.steps[index];
                let read = step.inputs.first().map(|input| program.signature(input).elements());
                read.is_some_and(|read| read < program.values[*value].elements())
                    && matches!(step.operation.role().0, RoleKind::View)
            })
        };
        let dies = |value: &ValueId| {
            graph.producers[*value].is_some()
                && graph.readers[*value].iter().all(|reader| group.contains(reader))
        };
        let base = product.map(|step| step.output);
        let base = base.or_else(|| inputs().find(|value| dies(value) && !broadcast(value)));
        let base = base.or_else(|| inputs().find(|value| !broadcast(value)));
        Self { program, product, base: base.or_else(|| inputs().next()), group: steps }
    }

    /// The step; `None` if it would depend on no value.
    pub(super) fn into_step(self) -> Option<Step> {
        let base = self.base?;
        let mut inputs = match self.product {
            Some(product) => product.inputs.clone(),
            None => vec![Output::Value(base)],
        };
        let leading = inputs.len();
        let own: Vec<ValueId> = self.group.iter().map(|step| step.output).collect();
        let mut terms = Vec::new();
        for step in &self.group {
            let mut feed = |operand: &Output| {
                let value = operand.value();
                if value == Some(base) {
                    return Feed::Base;
                }
                if let Some(index) = own.iter().position(|own| Some(*own) == value) {
                    return Feed::Term(index);
                }
                let known = inputs[leading..]
                    .iter()
                    .position(|input| value.is_some() && input.value() == value);
                Feed::Input(known.unwrap_or_else(|| {
                    inputs.push(operand.clone());
                    inputs.len() - 1 - leading
                }))
            };
            let operands = step.inputs.iter().map(&mut feed).collect();
            terms.push(Term { operation: Arc::clone(&step.operation), operands });
        }
        let output = *own.last()?;
        let product = self.product.map(|step| FusedProduct {
            operation: Arc::clone(&step.operation),
            inputs: leading,
            prepared: None,
        });
        let elements = self.program.values[output].elements();
        let operation = Arc::new(Fused {
            product,
            expression: Expression::new(terms),
            elements,
            consumer: None,
        });
        Some(Step { operation, inputs, output, update: None })
    }
}
