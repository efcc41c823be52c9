//! Conversions between arrays and typed tensors.

use generic_array::GenericArray;
use generic_array::sequence::GenericSequence;
use generic_array::typenum::{Prod, U49, U64};
use nnx::prelude::*;

#[test]
fn arrays_of_every_rank_come_back_as_they_were() {
    let row = [1.0, 2.0, 3.0];
    assert_eq!(<[f32; 3]>::from(Tensor::from(row)), row);
    let matrix = [[1, 2, 3], [4, 5, 6]];
    assert_eq!(<[[i32; 3]; 2]>::from(Tensor::from(matrix)), matrix);
    let image = [[[0u8, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]];
    assert_eq!(<[[[u8; 2]; 3]; 2]>::from(Tensor::from(image)), image);
}

#[test]
fn a_transposed_tensor_gives_its_elements_in_its_own_order() {
    let matrix = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(<[[f64; 2]; 3]>::from(matrix.transpose()), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
}

#[test]
fn generic_arrays_fit_sizes_that_rustc_cannot_write_as_arrays() {
    // 64 · 7 · 7, computed once by typenum and once here: the same type.
    let flat = GenericArray::<f32, Prod<U64, U49>>::generate(|i| i as f32);
    let tensor: Tensor![{ 64 * 7 * 7 }] = flat.into();
    assert_eq!(tensor.to_vec()[3135], 3135.0);
    assert_eq!(GenericArray::from(tensor), flat);
}

#[test]
fn rows_of_generic_arrays_are_a_matrix() {
    let tensor = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let rows = GenericArray::<GenericArray<f32, _>, _>::from(tensor.clone());
    assert_eq!(rows[1].as_slice(), [4.0, 5.0, 6.0]);
    let back: Tensor![2, 3] = rows.into();
    assert_eq!(back.to_vec(), tensor.to_vec());
}

#[test]
fn a_batch_is_as_long_as_there_are_items() {
    let batch: Tensor![Batch, 2] = Tensor::batch([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    assert_eq!(*batch.dims(), [3, 2]);
    assert_eq!(batch.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let labels: Tensor![Batch; i32] = Tensor::batch([7, 8]);
    assert_eq!(labels.to_vec(), [7, 8]);
    let none: Tensor![Batch, 2] = Tensor::batch(Vec::<[f32; 2]>::new());
    assert_eq!(*none.dims(), [0, 2]);
}
