//! Copy on write: an operation may overwrite an input only if no other array shares its buffer.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::gradcheck::gradients;
use crate::numbers::elements;
use crate::table::table;

/// The elements in a buffer of their own.
fn copied(x: &DynTensor) -> DynTensor {
    crate::numbers::tensor(elements(x), &x.dims()).cast(x.dtype())
}

#[test]
fn an_input_that_someone_still_holds_stays_as_it_was() {
    for row in table() {
        for dtype in [DType::F32, DType::F64] {
            let held: Vec<DynTensor> = row.inputs().into_iter().map(|x| x.cast(dtype)).collect();
            let before: Vec<Vec<f64>> = held.iter().map(elements).collect();
            let shared = (row.function)(held.clone());
            let after: Vec<Vec<f64>> = held.iter().map(elements).collect();
            assert_eq!(before, after, "{}", row.name);
            // Without another owner the operation may run in place, with the same bits.
            let alone = (row.function)(held.iter().map(copied).collect());
            assert_eq!(elements(&shared), elements(&alone), "{}", row.name);
        }
    }
}

#[test]
fn a_view_that_someone_still_holds_stays_as_it_was() {
    for row in table() {
        let inputs: Vec<DynTensor> = row.inputs().iter().map(copied).collect();
        let turned = |x: &DynTensor| {
            let order: Vec<usize> = (0..x.rank()).rev().collect();
            x.clone().permute(&order)
        };
        let views: Vec<DynTensor> = inputs.iter().map(turned).collect();
        let before: Vec<Vec<f64>> = views.iter().map(elements).collect();
        let _ = (row.function)(inputs);
        let after: Vec<Vec<f64>> = views.iter().map(elements).collect();
        assert_eq!(before, after, "{}", row.name);
    }
}

#[test]
fn an_output_that_shares_its_input_survives_what_is_done_to_the_input() {
    for row in table() {
        let inputs: Vec<DynTensor> = row.inputs().iter().map(copied).collect();
        let output = (row.function)(inputs.clone());
        let before = elements(&output);
        for input in inputs {
            let _ = (-input.exp()).add_scalar(1.0);
        }
        assert_eq!(before, elements(&output), "{}", row.name);
        // The other way round: the output is overwritten, and its copy must not change.
        let copy = output.clone();
        let _ = -output;
        assert_eq!(before, elements(&copy), "{}", row.name);
    }
}

#[test]
fn differentiation_leaves_inputs_and_values_as_they_were() {
    for row in table() {
        let inputs = row.inputs();
        let before: Vec<Vec<f64>> = inputs.iter().map(elements).collect();
        let plain = elements(&(row.function)(inputs.clone()));
        let (value, _) = gradients(row.function, inputs.clone());
        assert_eq!(plain, elements(&value), "{}: tracked and plain values differ", row.name);
        let after: Vec<Vec<f64>> = inputs.iter().map(elements).collect();
        assert_eq!(before, after, "{}", row.name);
    }
}
