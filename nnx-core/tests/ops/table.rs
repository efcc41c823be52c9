//! The table: every operation with a gradient once, in its variants, each with the domain that its inputs are from. Its
//! rows are here and in `table_*`; `table_discrete` has the operations without gradients.

use nnx_core::array::DType;
use nnx_core::ops::{Comparison, DynTensor};

use crate::elementwise;
use crate::numbers::Values::{self, Between, Steps};
use crate::numbers::tensor;
use crate::rearrange;
use crate::table_losses::losses;
use crate::table_movements::movements;
use crate::table_orders::orders;
use crate::table_products::products;
use crate::table_reductions::reductions;
use crate::table_windows::{convolutions, pools};
use crate::unfold;

/// A function of tensors of f64 (or of f32) to one tensor.
pub(crate) type Function = fn(Vec<DynTensor>) -> DynTensor;

pub(crate) struct Row {
    /// The operation, with the property that the row tests.
    pub(crate) name: &'static str,
    /// Shapes of the inputs, and where their elements come from.
    pub(crate) domain: Vec<(&'static [usize], Values)>,
    pub(crate) function: Function,
}

impl Row {
    /// The inputs in f64.
    pub(crate) fn inputs(&self) -> Vec<DynTensor> {
        let input = |(seed, (dims, values)): (usize, &(&[usize], Values))| {
            tensor(values.take(dims.iter().product(), seed), dims)
        };
        self.domain.iter().enumerate().map(input).collect()
    }
}

/// All rows.
pub(crate) fn table() -> Vec<Row> {
    [
        elementwise::rows(),
        orders(),
        unary(),
        binary(),
        reductions(),
        movements(),
        rearrange::rearrangements(),
        unfold::unfoldings(),
        products(),
        convolutions(),
        pools(),
        losses(),
        #[cfg(feature = "linalg")]
        crate::table_linalg::linalg(),
        #[cfg(feature = "fft")]
        crate::values_fft::transforms(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) fn exactly<const N: usize>(inputs: Vec<DynTensor>) -> [DynTensor; N] {
    inputs.try_into().expect("a row is given as many inputs as it names")
}

macro_rules! rows {
    ($($name:literal, $($input:ident $dims:tt $values:expr),+ => $output:expr;)*) => {
        vec![$($crate::table::Row {
            name: $name,
            domain: vec![$((&$dims, $values)),+],
            function: |inputs| {
                let [$($input),+] = $crate::table::exactly(inputs);
                $output
            },
        }),*]
    };
}

pub(crate) use rows;

pub(crate) const ANY: Values = Between(-2.0, 2.0);
pub(crate) const POSITIVE: Values = Between(0.4, 3.0);
/// No multiple of 1/20 among them, so no kink at 0 or ±1.
pub(crate) const OFF_KINKS: Values = Steps(0.02);

fn unary() -> Vec<Row> {
    rows! {
        "neg", x [2, 3] ANY => -x;
        "mul_scalar", x [2, 3] ANY => x.mul_scalar(-2.5);
        "add_scalar", x [2, 3] ANY => x.add_scalar(0.7);
        "glu", x [2, 6] ANY => x.glu();
        "numbers on the left and on the right", x [2, 3] ANY => 2.0 * x.clone() + (1.5 - x.clone()) / 4.0 - 3.0 / (x + 5.0);
        "cast to the same", x [2, 3] ANY => x.exp().cast(DType::F64);
    }
}

fn binary() -> Vec<Row> {
    rows! {
        "add", a [2, 3] ANY, b [2, 3] ANY => a + b;
        "add, the right broadcast", a [2, 3] ANY, b [3] ANY => a + b;
        "add, the left broadcast", a [3, 1] ANY, b [2, 3, 2] ANY => a + b;
        "add, both broadcast", a [3, 1] ANY, b [2] ANY => a + b;
        "subtract", a [2, 3] ANY, b [2, 3] ANY => a - b;
        "subtract, the right broadcast", a [2, 3] ANY, b [2, 1] ANY => a - b;
        "subtract, the left broadcast", a [] ANY, b [2, 3] ANY => a - b;
        "multiply", a [2, 3] ANY, b [2, 3] ANY => a * b;
        "multiply, the right broadcast", a [2, 3] ANY, b [] ANY => a * b;
        "multiply, the left broadcast", a [3] ANY, b [2, 3] ANY => a * b;
        "multiply by itself", x [2, 3] ANY => &x * &x;
        "divide", a [2, 3] ANY, b [2, 3] POSITIVE => a / b;
        "divide, the right broadcast", a [2, 3] ANY, b [1, 3] POSITIVE => a / b;
        "divide, the left broadcast", a [2, 1] ANY, b [2, 3] POSITIVE => a / b;
        "divide, by negative numbers", a [2, 3] ANY, b [2, 3] Between(-3.0, -0.4) => a / b;
        "lerp", a [2, 3] ANY, b [2, 3] ANY, w [2, 3] Between(-0.2, 1.2) => a.lerp(b, w);
        "lerp, a weight for all and an end for each row", a [2, 3] ANY, b [2, 1] ANY, w [] ANY => a.lerp(b, w);
        "weighted", x [2, 3] ANY, w [2, 3] ANY => x.weighted(w);
        "weighted, the weights broadcast", x [2, 3] ANY, w [2, 1] ANY => x.weighted(w);
        "weighted, the left one broadcast", x [3] ANY, w [2, 1] ANY => x.weighted(w);
        "select", a [2, 3] ANY, b [2, 3] ANY => {
            let mask = tensor(vec![true, false, false, true, true, false], &[2, 3]);
            mask.select(a, b)
        };
        "select, a scalar and a mask that repeats", a [2, 3] ANY, b [] ANY => {
            let mask = tensor(vec![true, false, false], &[3]).broadcast_to(&[2, 3]);
            mask.select(a, b.broadcast_to(&[2, 3]))
        };
        "select, the left one a scalar", a [] ANY, b [2, 3] ANY => {
            let mask = tensor(vec![true, false], &[2, 1]).broadcast_to(&[2, 3]);
            mask.select(a.broadcast_to(&[2, 3]), b)
        };
        "select by a comparison", a [3, 5] Steps(0.0), b [3, 5] Steps(0.02) => {
            a.clone().compare(Comparison::Less, b.clone()).select(a, b)
        };
    }
}
