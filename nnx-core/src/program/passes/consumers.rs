//! A sum, a mean or a softmax of rows that alone reads the elementwise steps before it, and a pool that alone reads a
//! convolution, become a part of the step before: it computes their input block by block, each read while it is in a cache.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Memo;
use super::fuse::{Fusion, Graph};
use crate::array::ShapeError;
use crate::ops::{Fused, FusedConsumer, Step};
use crate::program::{Output, Program};

#[allow(clippy::unnecessary_wraps, reason = "as all passes")]
pub(super) fn run(program: &mut Program, _: &Memo) -> Result<(), ShapeError> {
    let graph = Graph::new(program);
    let mut joined = vec![false; program.steps.len()];
    for index in 0..program.steps.len() {
        let Some((before, step)) = join(program, &graph, index) else { continue };
        program.steps[index] = step;
        joined[before] = true;
    }
    program.retain_steps(|index, _| !joined[index]);
    Ok(())
}

/// The step before a consumer, and both as one step.
fn join(program: &Program, graph: &Graph, index: usize) -> Option<(usize, Step)> {
    let step = &program.steps[index];
    let [Output::Value(x)] = step.inputs[..] else { return None };
    let dims = program.values[step.output].dims;
    let consumer = FusedConsumer::of(&step.operation, &program.values[x], dims)?;
    let before = graph.producers[x].filter(|_| graph.readers[x].len() == 1)?;
    let (operation, inputs) = fused(program, graph, before)?;
    let takes = match &operation.product {
        Some(product) => consumer.takes_product(product.product(), product.prepared.as_deref()),
        None => consumer.takes_expression(),
    };
    if !takes || operation.consumer.is_some() {
        return None;
    }
    let operation = Arc::new(Fused { consumer: Some(Box::new(consumer)), ..operation });
    Some((before, Step { operation, inputs, output: step.output, update: None }))
}

/// A fused step, or an elementwise one as an expression of one operation.
fn fused(program: &Program, graph: &Graph, index: usize) -> Option<(Fused, Vec<Output>)> {
    let one = || Fusion::new(program, graph, &BTreeSet::from([index]), None).into_step();
    let step = match graph.elementwise[index] {
        true => one()?,
        false => program.steps[index].clone(),
    };
    let fused = (&*step.operation as &dyn Any).downcast_ref::<Fused>()?.clone();
    Some((fused, step.inputs))
}
