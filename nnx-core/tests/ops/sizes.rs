//! Sizes whose product, sum or bytes no memory holds: refused with a message, never wrapped, never an abort.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::{Array, DType, Dims, ShapeError};
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::DynTensor;
use nnx_core::random::init::{self, Initializer};
use nnx_core::random::{Key, bernoulli, normal};
use nnx_core::shape;
use nnx_core::size::{AxisWindow, Edge};
use nnx_core::tensor::Tensor;

use crate::numbers::{indices, window};

const MANY: usize = usize::MAX;

/// One element, broadcast.
fn ones(dims: &[usize]) -> DynTensor {
    Array::full(1.0f32, dims).into()
}

/// The message of a panic.
pub(crate) fn refusal<T>(call: impl FnOnce() -> T) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(call)) else {
        panic!("a call with sizes beyond memory has given something")
    };
    let text = payload.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| (*payload.downcast_ref::<&str>().expect("a text")).to_owned())
}

macro_rules! refused {
    ($($call:expr => $text:literal;)*) => { $(
        assert_eq!(refusal(|| $call), $text, "{}", stringify!($call));
    )* };
}

#[test]
fn a_typed_tensor_beyond_memory_is_refused() {
    refused! {
        Tensor::<shape![65536, 65536, 65536, 65536]>::ones().sum() =>
            "`full` would give shape (65536, 65536, 65536, 65536) of f32, which takes 73786976294838206464 bytes: more than a program can address";
    }
    // The number of elements fits into a `usize`, but the number of bytes doesn't.
    let error = refusal(Tensor::<shape![65536, 65536, 65536, 32768], f64>::ones);
    assert!(
        error.ends_with("which takes 73786976294838206464 bytes: more than a program can address")
    );
    let none = <Tensor<shape![65536, 65536, 65536, 65536]>>::from_vec(vec![]).unwrap_err();
    assert!(none.to_string().starts_with("expected 18446744073709551615 elements"), "{none}");
}

#[test]
fn arrays_are_refused_where_their_sizes_would_wrap() {
    let one = || Array::full(1.0f32, &[2]);
    refused! {
        Array::full(1.0f32, &[MANY - 8]) =>
            "`full` would give shape (18446744073709551607,) of f32, which takes 73786976294838206428 bytes: more than a program can address";
        one().reshape(&[(1 << 63) + 1, 2]) =>
            "`reshape` can't turn shape (2,) into (9223372036854775809, 2)";
        one().broadcast(&[1 << 62, 2]) =>
            "`broadcast` would give shape (4611686018427387904, 2) of f32, which takes 36893488147419103232 bytes: more than a program can address";
        one().narrow(0, MANY, 2) => "can't take 2 elements from 18446744073709551615 on of an axis of 2";
        one().permute(&[9]) => "[9] isn't an order of the axes of (2,)";
    }
    let new = |sizes| Array::new(vec![1.0f32, 2.0], sizes).map_err(|error| error.to_string());
    assert_eq!(
        new(&[(1 << 63) + 1, 2]).unwrap_err(),
        "expected more than memory elements for shape (9223372036854775809, 2), found 2"
    );
}

#[test]
fn an_empty_array_may_have_axes_of_any_length() {
    let large = 1 << 40;
    for sizes in [[large, large, 0], [0, large, large], [large, 0, MANY]] {
        let array =
            Array::new(Vec::<f32>::new(), &sizes).expect("as many elements as the shape has");
        assert_eq!((array.elements(), *array.dims() == sizes), (0, true));
        assert_eq!(array, Array::full(0.0f32, &sizes));
        let x = DynTensor::from(array).add_scalar(1.0).exp();
        assert_eq!(*x.dims(), sizes);
        assert_eq!(*x.permute(&[2, 0, 1]).dims(), [sizes[2], sizes[0], sizes[1]]);
    }
    let x = ones(&[large, large, 0, 3]);
    assert_eq!(x.clone().sum(&[0, 1, 2]).array().to_vec::<f32>(), Ok(vec![0.0; 3]));
    assert_eq!(*x.clone().sum(&[0, 1]).dims(), [0, 3]);
    assert_eq!(x.clone().reshape(&[0, 7]).dims().elements(), 0);
    let sums = refusal(|| x.sum(&[2]));
    assert!(sums.starts_with("`sum` would give shape (1099511627776, 1099511627776, 3) of f32"));
}

#[test]
fn a_loss_over_no_rows_has_a_gradient() {
    for dims in [&[0, 3][..], &[0, 1 << 40, 3], &[1 << 40, 1 << 40, 0, 3]] {
        let labels = DynTensor::from(Array::full(0i32, &dims[..dims.len() - 1]));
        let loss = |[x]: [DynTensor; 1]| {
            x.try_softmax_cross_entropy(labels.clone()).expect("no label is outside").sum_all()
        };
        let (loss, [gradient]) = value_and_gradients(loss, [ones(dims)]);
        assert_eq!((loss.array().to_vec::<f32>(), &*gradient.dims()), (Ok(vec![0.0]), dims));
    }
}

#[test]
fn operations_are_refused_where_an_axis_would_wrap() {
    let two = || ones(&[2]);
    let image = || ones(&[1, 2, 1]);
    refused! {
        two().reshape(&[(1 << 63) + 1, 2]) =>
            "`reshape` can't turn shape (2,) (2 elements) into (9223372036854775809, 2) (more than memory can hold)";
        two().broadcast_to(&[1 << 62, 2]) =>
            "`broadcast_to` would give shape (4611686018427387904, 2) of f32, which takes 36893488147419103232 bytes: more than a program can address";
        two().pad(0, MANY, 1) =>
            "`pad` would give an axis of 18446744073709551618 elements: more than a program can address";
        two().pad(0, 0, 1 << 62) =>
            "`pad` would give shape (4611686018427387906,) of f32, which takes 18446744073709551624 bytes: more than a program can address";
        image().upsample(&[1 << 63]) =>
            "`upsample` would give an axis of 18446744073709551616 elements: more than a program can address";
        image().upsample(&[1 << 61]) =>
            "`broadcast_to` would give shape (1, 2, 2305843009213693952, 1) of f32, which takes 18446744073709551616 bytes: more than a program can address";
        image().upsample(&[2, 2]) =>
            "`upsample` takes images (batch, .., channels) of one to three spatial axes and a number for each axis, found (1, 2, 1) and 2 of these";
        image().resize_nearest(&[(1 << 62) + 1]) =>
            "`resize_nearest` would give shape (1, 4611686018427387905, 1) of f32, which takes 18446744073709551620 bytes: more than a program can address";
        two().put(indices(&[0, 1], &[2]), 1 << 62) =>
            "`put` would give shape (2, 4611686018427387904) of f32, which takes 36893488147419103232 bytes: more than a program can address";
        ones(&[1; 8]).put(indices(&[0], &[1; 8]), 2) =>
            "`put` gives at most 8 axes, one more than (1, 1, 1, 1, 1, 1, 1, 1) of f32 has";
        ones(&[2; 5]).gather(indices(&[0], &[1; 5])) =>
            "`gather` gives at most 8 axes, found (2, 2, 2, 2, 2) of f32 and (1, 1, 1, 1, 1) of i32";
        ones(&[1 << 40, 1]).matmul(ones(&[1, 1 << 40])) =>
            "`matmul` would give shape (1099511627776, 1099511627776) of f32, which takes 4835703278458516698824704 bytes: more than a program can address";
        ones(&[1 << 32, 2]).argmax(0) =>
            "`argmax` gives positions as i32, which don't count an axis of 4294967296 elements";
    }
    let concat = DynTensor::concat(vec![ones(&[MANY, 0]), ones(&[1, 0])], 0).unwrap_err();
    assert_eq!(
        concat.to_string(),
        "`concat` would give an axis of 18446744073709551616 elements: more than a program can address"
    );
    let wide = DynTensor::try_apply(Widened, [ones(&[1 << 60])]).unwrap_err();
    let dims = Dims::new(&[1 << 60]);
    assert_eq!(wide, ShapeError::BeyondMemory { operation: "widen", dims, dtype: DType::F64 });
}

/// A user's operation: the output that it declares is checked, too.
#[derive(Debug)]
struct Widened;

impl nnx_core::ops::Operation for Widened {
    fn name(&self) -> &'static str {
        "widen"
    }
    fn output(
        &self,
        inputs: &[nnx_core::ops::Signature],
    ) -> Result<nnx_core::ops::Signature, ShapeError> {
        Ok(nnx_core::ops::Signature { dtype: DType::F64, ..inputs[0] })
    }
    fn forward(&self, _: &mut [Array]) -> Array {
        unreachable!("its output was refused")
    }
    fn keeps(&self) -> nnx_core::ops::Keeps {
        nnx_core::ops::Keeps::NOTHING
    }
    fn gradient(&self, _: &nnx_core::ops::Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[nnx_core::ops::Signature], _: &nnx_core::ops::Signature) -> u64 {
        0
    }
}

#[test]
fn windows_that_extend_past_every_memory_are_refused() {
    let image = || ones(&[1, 5, 1]);
    let conv = |numbers: [usize; 5]| {
        let kernel = ones(&[numbers[0], 1, 1]);
        image().conv(kernel, None, [window(numbers)], 1)
    };
    refused! {
        conv([2, 1, 1, MANY, 1]) =>
            "`conv` would give an axis of 18446744073709551621 elements: more than a program can address";
        conv([3, 1, MANY, 0, 0]) =>
            "`conv` would give an axis of 36893488147419103231 elements: more than a program can address";
        conv([2, 1, 1, 1 << 60, 0]) =>
            "`conv` would give shape (1, 1152921504606846981, 1) of f64, which takes 9223372036854775848 bytes: more than a program can address";
        DynTensor::from(Array::full(0.0f32, &[1, 1 << 31, 1])).max_pool_with_indices([window([2, 2, 1, 0, 0])]).0 =>
            "`max_pool_with_indices` has indices of i32, which can't count the pixels of images (2147483648,)";
        image().max_pool_with_indices([window([2, 1, 1, MANY, MANY])]).0 =>
            "`max_pool_with_indices` would give an axis of 36893488147419103235 elements: more than a program can address";
        image().max_pool([window([2, 1, 1, MANY, MANY])]) =>
            "`max_pool` would give an axis of 36893488147419103235 elements: more than a program can address";
        image().adaptive_max_pool(&[MANY]) =>
            "`max_pool` has an axis that is too long: (5,) brought to (18446744073709551615,)";
    }
    assert_eq!(window([2, 1, MANY, 0, 0]).reach(), MANY);
    // A stride beyond the image gives one position, in both directions.
    let y = image().conv(ones(&[3, 1, 1]), None, [window([3, MANY, 1, 0, 0])], 1);
    assert_eq!(y.array().to_vec::<f32>(), Ok(vec![3.0]));
    let dx = y.conv_transpose(ones(&[3, 1, 1]), [window([3, MANY, 1, 2, 4])], 1, true);
    assert_eq!(dx.array().to_vec::<f32>(), Ok(vec![3.0, 3.0, 3.0, 0.0, 0.0]));

    let axis = |edge| AxisWindow { size: 3, stride: 1, dilation: 1 << 62, input_dilation: 1, edge };
    for edge in [Edge::Same, Edge::Symmetric, Edge::Causal, Edge::Circular, Edge::Reflect] {
        let text = refusal(|| image().conv(ones(&[3, 1, 1]), None, [axis(edge)], 1));
        assert!(text.starts_with("`conv` would give "), "{edge:?}: {text}");
        let text = refusal(|| image().conv_transpose(ones(&[3, 1, 1]), [axis(edge)], 1, false));
        assert!(text.starts_with("`conv_transpose` would give "), "{edge:?}: {text}");
    }
}

#[test]
fn memory_that_isnt_there_is_a_panic_and_the_process_goes_on() {
    let view = || ones(&[1 << 60]);
    refused! {
        view().add_scalar(1.0) =>
            "out of memory: an array of shape (1152921504606846976,) of f32 takes 4611686018427387904 bytes";
        view().sum_all() =>
            "out of memory: an array of shape (1152921504606846976,) of f32 takes 4611686018427387904 bytes";
        ones(&[1]).pad(0, 1 << 59, 0) =>
            "out of memory: an array of shape (576460752303423489,) of f32 takes 2305843009213693956 bytes";
        normal(Key::new(0), 1 << 60) =>
            "out of memory: an array of 1152921504606846976 numbers takes 4611686018427387904 bytes";
        bernoulli(Key::new(0), MANY, 0.5) =>
            "out of memory: an array of 18446744073709551615 numbers takes 18446744073709551615 bytes";
        Key::new(0).bits(1 << 60) =>
            "out of memory: an array of 1152921504606846976 numbers takes 4611686018427387904 bytes";
        init::ones().sample(Key::new(0), &[1 << 30, 1 << 30]) =>
            "out of memory: an array of 1152921504606846976 numbers takes 4611686018427387904 bytes";
    }
    for rule in [&init::normal(1.0) as &dyn Initializer, &init::ones(), &init::lecun_normal()] {
        assert_eq!(
            refusal(|| rule.sample(Key::new(0), &[1 << 32, 1 << 32])),
            "an initializer can't fill an array of dimensions [4294967296, 4294967296]: no memory holds as many values"
        );
        assert!(rule.sample(Key::new(0), &[1 << 40, 1 << 40, 0]).is_empty());
    }
    // Refused allocations leave the memory counter and the buffer pool unchanged.
    let (sum, bytes) = nnx_core::array::peak_bytes(|| ones(&[300, 300]).add_scalar(1.0).sum_all());
    assert_eq!(sum.array().to_vec::<f32>(), Ok(vec![180_000.0]));
    assert_eq!(bytes, 300 * 300 * 4);
}
