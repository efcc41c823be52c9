//! Rows of operations through which no gradient flows: comparisons, positions, counts, integers and draws.

use nnx_core::array::DType;
use nnx_core::module::{Init, Layer, Pass};
use nnx_core::nn::BatchNorm;
use nnx_core::ops::{Comparison, DynKey, DynTensor, SearchSide, SortOrder};
use nnx_core::random::{Key, Rngs};
use nnx_core::size::{U2, U4};
use nnx_core::tensor::Tensor;

use crate::numbers::Values::{self, Between};
use crate::table::{ANY, Row, rows};

/// Numbers that have all bits of u32, for keys.
const WORDS: Values = Between(0.0, 4_294_967_295.0);

/// Positive and negative integers.
fn integers(x: DynTensor) -> DynTensor {
    x.mul_scalar(3.0).cast(DType::I32)
}

/// A key of these words.
fn key(words: DynTensor) -> DynKey {
    DynKey::from_data(words.cast(DType::U32))
}

pub(crate) fn discrete() -> Vec<Row> {
    rows! {
        "compare", a [2, 4] ANY, b [2, 4] ANY => a.compare(Comparison::Less, b);
        "compare, less or equal", a [2, 4] ANY, b [4] ANY =>
            integers(a).compare(Comparison::LessEqual, integers(b).broadcast_to(&[2, 4]));
        "compare, equal", a [2, 4] ANY, b [2, 4] ANY => integers(a).compare(Comparison::Equal, integers(b));
        "compare, not equal", a [2, 4] ANY, b [2, 4] ANY => integers(a).compare(Comparison::NotEqual, integers(b));
        "compare, greater", a [2, 4] ANY, b [2, 4] ANY => a.compare(Comparison::Greater, b);
        "compare, greater or equal", a [2, 4] ANY, b [2, 4] ANY => integers(a).compare(Comparison::GreaterEqual, integers(b));
        "select", a [2, 4] ANY, b [2, 4] ANY => {
            let (a, b) = (integers(a), integers(b));
            a.clone().compare(Comparison::Less, b.clone()).select(a, b)
        };
        "argmax", x [2, 4] ANY => x.argmax(1);
        "argmin", x [2, 4] ANY => x.argmin(0);
        "argsort", x [2, 4] ANY => x.argsort(0, SortOrder::Descending);
        "bitand", a [2, 4] ANY, b [2, 4] ANY => integers(a) & integers(b);
        "bitor", a [2, 4] ANY, b [2, 4] ANY => integers(a) | integers(b);
        "bitxor", a [2, 4] ANY, b [2, 4] ANY => integers(a) ^ integers(b);
        "shift_left", a [2, 4] ANY, b [2, 4] ANY => integers(a) << integers(b.abs());
        "shift_right", a [2, 4] ANY, b [2, 4] ANY => integers(a) >> integers(b.abs());
        "not", x [2, 4] ANY => !integers(x);
        "sum of integers", x [2, 4] ANY => integers(x).sum(&[1]);
        "any", x [2, 4] ANY => integers(x).any(&[0]);
        "all", x [2, 4] ANY => integers(x).all(&[1]);
        "count_nonzero", x [2, 4] ANY => integers(x).count_nonzero(&[0, 1]);
        "searchsorted", x [4] ANY, values [3] ANY => x.sort(0, SortOrder::Ascending).searchsorted(values, SearchSide::Left);
        "searchsorted, from the right", x [4] ANY => {
            let sorted = integers(x).sort(0, SortOrder::Ascending);
            sorted.clone().searchsorted(sorted, SearchSide::Right)
        };
        "bincount", x [2, 4] ANY => x.abs().mul_scalar(2.0).cast(DType::I32).bincount(5);
        "histogram", x [2, 4] ANY => x.histogram(4, -2.0, 2.0);
        "moments", x [2, 4] ANY => {
            let norm = BatchNorm::<U4, f64>::init(&mut Rngs::new(0));
            let x = Tensor::<(U2, U4), f64>::try_from(x).expect("of this shape");
            let mut pass = Pass::train();
            let _ = norm.forward(x, &mut pass);
            norm.mean.get(&pass).into_dyn()
        };
        "categorical", x [2, 4] ANY => x.categorical(Key::new(7));
        "categorical, keys", words [2] WORDS, x [2, 4] ANY => x.categorical(key(words));
        "fold_in", words [2] WORDS => key(words).fold_in(3).data();
        "split", words [2] WORDS => {
            let keys = key(words).split(2).into_iter().map(DynKey::data);
            DynTensor::concat(keys.collect(), 0).expect("of one shape")
        };
        "uniform", words [2] WORDS => DynTensor::uniform(key(words), -2.0, 5.0, DType::F64, &[3]);
        "normal", words [2] WORDS => DynTensor::normal(key(words), DType::F32, &[2, 3]);
        "truncated_normal", words [2] WORDS => DynTensor::truncated_normal(key(words), -1.0, 2.0, DType::F64, &[3]);
        "gumbel", words [2] WORDS => DynTensor::gumbel(key(words), DType::F64, &[3]);
        "exponential", words [2] WORDS => DynTensor::exponential(key(words), DType::F64, &[3]);
        "laplace", words [2] WORDS => DynTensor::laplace(key(words), DType::F64, &[3]);
        "randint", words [2] WORDS => DynTensor::randint(key(words), -3, 90, DType::I64, &[3]);
        "bernoulli", words [2] WORDS => DynTensor::bernoulli(key(words), 0.25, &[9]);
        "permutation", words [2] WORDS => DynTensor::permutation(key(words), 5);
    }
}
