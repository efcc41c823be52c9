//! The programs of a row: what runs for its value, its gradients and the gradients of these.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::module::record;
use nnx_core::nn::Relu;
use nnx_core::ops::DynTensor;
use nnx_core::program::Program;

use crate::gradcheck::{contracted, gradient_contracted, gradients, weights};
use crate::table::Row;

/// The programs of a row. Their inputs are those of the row, and the weights of its elements.
pub(crate) fn programs(row: &Row) -> Vec<Program> {
    let mut inputs = row.inputs();
    inputs.push(weights(&(row.function)(inputs.clone()), 5));
    let first = |inputs| gradients(contracted(row.function), inputs).1;
    let second = |inputs| gradients(gradient_contracted(row.function), inputs).1;
    let value = |inputs| vec![contracted(row.function)(inputs)];
    let orders: [&dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>; 3] = [&value, &first, &second];
    orders.iter().filter_map(|order| recorded(inputs.clone(), order)).collect()
}

/// The program of a function; `None` if it reads elements, so that it can't be recorded.
pub(crate) fn recorded(
    inputs: Vec<DynTensor>,
    f: &dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>,
) -> Option<Program> {
    let run = || record(&Relu, inputs, |inputs, _| f(inputs)).expect("no layer fails").0;
    catch_unwind(AssertUnwindSafe(run)).ok()
}
