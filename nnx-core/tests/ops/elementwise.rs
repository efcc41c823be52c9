//! The rows of `nnx-core/src/ops/elementwise`, each against the reference formula that it names. Their gradients are
//! checked with those of all other operations: their cases are part of `table`.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::numbers::Values::{self, Between, Steps};
use crate::numbers::{elements, tensor};
use crate::plain::{FLOATS, Plain, assert_same};
use crate::reference::{digamma, erf, inverse, ln_gamma};
use crate::table::{ANY, Function, OFF_KINKS, POSITIVE, Row, exactly};
use crate::values_elementwise::{PAIRS, SHAPES};

// The names that rows use.
const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
use std::f64::consts::{FRAC_PI_2, LN_2, PI};
/// The largest finite number of the element type.
const MAX: f64 = f64::MAX;
/// Within −1 to 1, where inverse functions end.
const SMALL: Values = Between(-0.8, 0.8);
const PROBABILITIES: Values = Between(0.1, 0.9);
const ABOVE_ONE: Values = Between(1.3, 4.0);
/// Between two poles of the gamma function.
const NEGATIVE: Values = Between(-2.75, -2.25);
/// From −10 to 10, without multiples of 1/5: for kinks at 3 and 6.
const WIDE: Values = Values::WideSteps(0.08);
/// Multiples of 1/20 that differ from those of `OFF_KINKS`.
const STEPS: Values = Steps(0.0);

/// A case of a row: the function with its arguments.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) domain: Values,
    pub(crate) function: Function,
    reference: fn(f64) -> f64,
    /// The expected results at −∞, −0, 0, ∞ and NaN.
    special: [f64; 5],
}

/// The cases of all rows. A row without one doesn't match the macro.
pub(crate) fn cases() -> Vec<Case> {
    macro_rules! rows {
        ($(
            $(#[$doc:meta])*
            pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
            $kind:ident $body:tt $(layer $layer:tt)? $(golden $golden:tt)?
            test { $( ($($argument:expr),*) $domain:ident |$x:ident| $reference:expr; $special:expr; )+ }
        )*) => { vec![$( $( Case {
            name: concat!(stringify!($name), $( " ", stringify!($argument) ),*),
            domain: $domain,
            function: |inputs| {
                let [x] = exactly(inputs);
                x.$name($($argument),*)
            },
            reference: |$x: f64| -> f64 { $reference },
            special: $special,
        } ),+ ),*] };
    }
    let files = [
        include!("../../src/ops/elementwise/math.rs"),
        include!("../../src/ops/elementwise/exponents.rs"),
        include!("../../src/ops/elementwise/rounding.rs"),
        include!("../../src/ops/elementwise/trigonometric.rs"),
        include!("../../src/ops/elementwise/hyperbolic.rs"),
        include!("../../src/ops/elementwise/special.rs"),
        include!("../../src/ops/elementwise/rectifiers.rs"),
        include!("../../src/ops/elementwise/smooth.rs"),
    ];
    files.into_iter().flatten().collect()
}

struct Pair {
    name: &'static str,
    domain: [Values; 2],
    function: Function,
    reference: fn(f64, f64) -> f64,
    /// Inputs and value.
    special: Vec<([f64; 2], f64)>,
}

macro_rules! pairs {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident<O>(self, $other:ident: O) -> Self where [$($bounds:tt)*];
        $kind:ident $body:tt
        $(golden $golden:tt)? test { $domain:expr => |$a:ident, $b:ident| $reference:expr;
            [$(($left:expr, $right:expr) $value:expr),+]; }
    )*) => { vec![$( Pair {
        name: stringify!($name),
        domain: $domain,
        function: |inputs| {
            let [a, b] = exactly(inputs);
            a.$name(b)
        },
        reference: |$a: f64, $b: f64| -> f64 { $reference },
        special: vec![$(([$left, $right], $value)),+],
    } ),*] };
}

fn pairs() -> Vec<Pair> {
    let files = [
        include!("../../src/ops/elementwise/pairs.rs"),
        include!("../../src/ops/elementwise/pairs_smooth.rs"),
        include!("../../src/ops/elementwise/pairs_division.rs"),
    ];
    files.into_iter().flatten().collect()
}

/// The cases as rows of the table of all operations.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for Case { name, domain, function, .. } in cases() {
        // Where the domain has kinks, more points are tested.
        let dims: &[usize] = if matches!(domain, Between(..)) { &[2, 3] } else { &[3, 5] };
        rows.push(Row { name, domain: vec![(dims, domain)], function });
    }
    for Pair { name, domain: [left, right], function, .. } in pairs() {
        let shapes: [[&[usize]; 2]; 3] = [[&[3, 2], &[3, 2]], [&[3, 2], &[2]], [&[3, 1], &[3, 2]]];
        for [a, b] in shapes {
            rows.push(Row { name, domain: vec![(a, left), (b, right)], function });
        }
    }
    rows
}

#[test]
fn functions_equal_their_formulas_on_all_shapes_and_views() {
    for Case { name, domain, function, reference, .. } in cases() {
        for (dims, dtype) in SHAPES.iter().flat_map(|dims| FLOATS.map(|dtype| (*dims, dtype))) {
            for (view, plain, x) in Plain::numbers(dims, domain, 0).views(dtype) {
                let what = format!("{name} {dims:?} {view}");
                assert_same(&function(vec![x]), &plain.map(reference), dtype, &what);
            }
        }
    }
}

#[test]
fn pairs_equal_their_formulas_on_all_broadcasts_and_views() {
    for Pair { name, domain: [left, right], function, reference, .. } in pairs() {
        for ([a, b, out], dtype) in PAIRS.iter().flat_map(|pair| FLOATS.map(|dtype| (*pair, dtype)))
        {
            for (a_view, a, x) in Plain::numbers(a, left, 0).views(dtype) {
                for (b_view, b, y) in Plain::numbers(b, right, 1).views(dtype) {
                    let (a, b) = (a.broadcast(out), b.broadcast(out));
                    let expected = Plain::build(out, |i| reference(a.at(i), b.at(i)));
                    let what = format!("{name} {:?} {a_view}, {:?} {b_view}", x.dims(), y.dims());
                    assert_same(&function(vec![x.clone(), y]), &expected, dtype, &what);
                }
            }
        }
    }
}

/// Whether two values are the same up to rounding. Zeros have signs.
fn same(found: f64, expected: f64) -> bool {
    let near = (found - expected).abs() <= 1e-6 * expected.abs();
    let equal = near || found == expected;
    let signs = expected != 0.0 || found.is_sign_negative() == expected.is_sign_negative();
    (equal && signs) || (found.is_nan() && expected.is_nan())
}

#[test]
fn special_values_are_those_of_the_row() {
    let inputs = [-INF, -0.0, 0.0, INF, NAN];
    let mut wrong = Vec::new();
    let mut check = |name: &str, x: &[f64], found: &DynTensor, expected: f64| {
        let largest = if found.dtype() == DType::F32 { f64::from(f32::MAX) } else { MAX };
        let expected =
            if expected.is_finite() { expected.clamp(-largest, largest) } else { expected };
        let found = elements(found)[0];
        if !same(found, expected) {
            wrong.push(format!("{name} at {x:?} is {found:?}, the row says {expected:?}"));
        }
    };
    for dtype in FLOATS {
        for Case { name, function, special, .. } in cases() {
            for (x, expected) in inputs.into_iter().zip(special) {
                check(name, &[x], &function(vec![tensor(vec![x], &[1]).cast(dtype)]), expected);
            }
        }
        for Pair { name, function, special, .. } in pairs() {
            for (x, expected) in special {
                let [a, b] = x.map(|x| tensor(vec![x], &[1]).cast(dtype));
                check(name, &x, &function(vec![a, b]), expected);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_file_of_the_table_is_tested() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops/elementwise");
    let entries = std::fs::read_dir(folder).expect("the folder of the table");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
    let mut files: Vec<_> = entries.map(name).collect();
    files.sort();
    let tested = [
        "exponents.rs",
        "hyperbolic.rs",
        "math.rs",
        "mod.rs",
        "pairs.rs",
        "pairs_division.rs",
        "pairs_smooth.rs",
        "rectifiers.rs",
        "rounding.rs",
        "smooth.rs",
        "special.rs",
        "table.rs",
        "trigonometric.rs",
    ];
    assert_eq!(
        files, tested,
        "include a new file of rows wherever `special.rs` is (`git grep special.rs`), and list it here"
    );
}
