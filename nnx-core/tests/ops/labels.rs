//! Labels and indices of i64: the same results as those of i32, and messages with all their digits.

use nnx_core::array::{DType, ShapeError};
use nnx_core::nn::{
    accuracy, ctc_loss, multiclass_hinge_loss, multiclass_sparsemax_loss, ntxent, sequence_mask,
    softmax_cross_entropy,
};
use nnx_core::ops::{BagMode, DynTensor};
use nnx_core::size::U3;
use nnx_core::tensor::Tensor;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, indices, tensor};

fn numbers(dims: &[usize]) -> DynTensor {
    tensor(Between(-1.0, 1.0).take(dims.iter().product(), 3), dims)
}

#[test]
fn operations_take_indices_of_i64_as_those_of_i32() {
    type Indexed = fn(DynTensor, DynTensor) -> DynTensor;
    let columns = || indices(&[2, 0, 2, 1], &[4]);
    let functions: [Indexed; 5] = [
        |x, at| {
            let bounds = [[0, 3], [3, 4]].map(|bound| indices(&bound, &[2]).cast(at.dtype()));
            x.embedding_bag(at, bounds, BagMode::Max)
        },
        |x, at| x.gather(at),
        |x, at| x.pick(at),
        |x, at| x.softmax_cross_entropy(at),
        |x, at| x.sum(&[1]).put(at, 3),
    ];
    for function in functions {
        let run = |at: DynTensor| {
            gradients(|x| function(x[0].clone(), at.clone()), vec![numbers(&[4, 3])])
        };
        let ((value, gradient), (wide, wide_gradient)) =
            (run(columns()), run(columns().cast(DType::I64)));
        assert_eq!(value.array(), wide.array());
        assert_eq!(gradient[0].array(), wide_gradient[0].array());
    }
    let taken = |at: DynTensor| numbers(&[2, 3]).take(1, at).expect("indices in range");
    assert_eq!(taken(columns()).array(), taken(columns().cast(DType::I64)).array());
    let counts = |at: DynTensor| elements(&at.bincount(3));
    assert_eq!(counts(columns()), counts(columns().cast(DType::I64)));
}

#[test]
fn losses_and_measures_take_labels_of_i64() {
    let x = || Tensor::from([[0.5, -1.0, 2.0], [0.1, 0.2, -0.3]]);
    let (narrow, wide) = (|| Tensor::from([2i32, 0]), || Tensor::from([2i64, 0]));
    macro_rules! same {
        ($($loss:ident)*) => { $(
            assert_eq!($loss(x(), narrow()).to_vec(), $loss(x(), wide()).to_vec());
        )* };
    }
    same!(softmax_cross_entropy multiclass_hinge_loss multiclass_sparsemax_loss);
    assert_eq!(ntxent(x(), narrow(), 0.5).to_vec(), ntxent(x(), wide(), 0.5).to_vec());
    // Labels that would be equal if they were cast to i32.
    let far = Tensor::from([2i64, 2 + (1 << 32)]);
    assert_eq!(ntxent(x(), far, 0.5).to_vec(), ntxent(x(), narrow(), 0.5).to_vec());
    assert!((accuracy(x(), &wide()) - accuracy(x(), &narrow())).abs() < f32::EPSILON);
    let mask = sequence_mask(&wide(), &Tensor::from([[0.0; 4]; 2]));
    assert_eq!(mask.to_vec(), [true, true, false, false, false, false, false, false]);
    let rows = wide().one_hot::<1, U3, f32>();
    assert_eq!(rows.to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let frames = || Tensor::from([[[0.5, -1.0, 2.0], [0.1, 0.2, -0.3], [0.0, 0.0, 0.0]]]);
    let counts = || Tensor::from([[true; 3]]);
    let ctc = |at: [[i32; 1]; 1]| {
        ctc_loss(frames(), counts(), Tensor::from(at), Tensor::from([[true]]), 0)
    };
    let wide_ctc = |at: [[i64; 1]; 1]| {
        ctc_loss(frames(), counts(), Tensor::from(at), Tensor::from([[true]]), 0)
    };
    assert_eq!(ctc([[1]]).to_vec(), wide_ctc([[1]]).to_vec());
}

#[test]
fn an_index_out_of_range_is_named_with_all_its_digits() {
    let far = || tensor(vec![1i64, 5_000_000_000, -7], &[3]);
    let expected = "`gather` was given index 5000000000 at position 1, outside 0..4: check the labels or tokens";
    assert_eq!(numbers(&[4, 2]).try_gather(far()).unwrap_err().to_string(), expected);
    let error = numbers(&[3, 2]).try_pick(far()).unwrap_err();
    assert_eq!(
        error,
        ShapeError::Index { operation: "pick", index: 5_000_000_000, position: 1, size: 2 }
    );
    let below = tensor(vec![-9_000_000_000i64], &[1]);
    assert!(
        numbers(&[4, 2])
            .try_gather(below)
            .unwrap_err()
            .to_string()
            .contains("index -9000000000 at")
    );
}
