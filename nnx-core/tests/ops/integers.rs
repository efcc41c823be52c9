//! Arithmetic, bits, shifts and reductions of integers: those of JAX (`tests/goldens/integers.safetensors`), broadcast
//! operands, strided views, and any number of threads.

use nnx_core::array::DType;
use nnx_core::io::load_state;
use nnx_core::module::{Path, State};
use nnx_core::ops::{Comparison, DynTensor, SortOrder};

use crate::numbers::{elements, indices, tensor};

const INTEGERS: [DType; 4] = [DType::I32, DType::I64, DType::U32, DType::U8];

fn golden(state: &State, name: &str) -> DynTensor {
    let entry = state.get(&Path::parse(name)).unwrap_or_else(|| panic!("no golden `{name}`"));
    entry.array.clone().into()
}

fn goldens() -> State {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/goldens/integers.safetensors");
    load_state(file).unwrap_or_else(|error| panic!("{error}"))
}

/// Both are equal, bit for bit.
#[track_caller]
fn assert_same(found: &DynTensor, expected: &DynTensor, name: &str) {
    assert_eq!(found.signature(), expected.signature(), "{name}");
    assert_eq!(found.array(), expected.array(), "{name}");
}

type Pair = fn(DynTensor, DynTensor) -> DynTensor;
type Map = fn(DynTensor) -> DynTensor;

/// Operations of the operands `a` and `b`.
const PAIRS: [(&str, &str, Pair); 15] = [
    ("add", "b", |a, b| a + b),
    ("subtract", "b", |a, b| a - b),
    ("multiply", "b", |a, b| a * b),
    ("quotient", "b", |a, b| a / b),
    ("fmod", "b", |a, b| a % b),
    ("floor_divide", "b", DynTensor::floor_divide),
    ("remainder", "b", DynTensor::remainder),
    ("maximum", "b", DynTensor::maximum),
    ("minimum", "b", DynTensor::minimum),
    ("pow", "exponents", DynTensor::pow),
    ("and", "b", |a, b| a & b),
    ("or", "b", |a, b| a | b),
    ("xor", "b", |a, b| a ^ b),
    ("shift_left", "shifts", |a, b| a << b),
    ("shift_right", "shifts", |a, b| a >> b),
];

#[test]
fn integers_compute_as_in_jax() {
    let state = goldens();
    let maps: [(&str, Map); 4] =
        [("neg", |x| -x), ("abs", DynTensor::abs), ("sign", DynTensor::sign), ("not", |x| !x)];
    for dtype in INTEGERS {
        let get = |name: &str| golden(&state, &format!("{dtype}/{name}"));
        for (name, right, pair) in PAIRS {
            assert_same(&pair(get("a"), get(right)), &get(name), &format!("{name} of {dtype}"));
        }
        for (name, map) in maps {
            assert_same(&map(get("a")), &get(name), &format!("{name} of {dtype}"));
        }
    }
}

#[test]
fn reductions_and_scans_of_integers_are_those_of_jax() {
    let state = goldens();
    let reductions: [(&str, &str, fn(DynTensor, usize) -> DynTensor); 10] = [
        ("sum", "a", |x, axis| x.sum(&[axis])),
        ("prod", "b", |x, axis| x.prod(&[axis])),
        ("max", "a", |x, axis| x.max(&[axis])),
        ("min", "a", |x, axis| x.min(&[axis])),
        ("argmax", "b", DynTensor::argmax),
        ("argmin", "b", DynTensor::argmin),
        ("cumsum", "a", DynTensor::cumsum),
        ("cumprod", "b", DynTensor::cumprod),
        ("cummax", "a", DynTensor::cummax),
        ("cummin", "a", DynTensor::cummin),
    ];
    for dtype in INTEGERS {
        let get = |name: &str| golden(&state, &format!("{dtype}/{name}"));
        for (name, input, reduction) in reductions {
            for axis in [0, 1] {
                let expected = get(&format!("{name} {axis}"));
                let what = format!("{name} of {dtype} over axis {axis}");
                assert_same(&reduction(get(input), axis), &expected, &what);
                // The same for views with swapped axes.
                let view = get(input).swap_axes(0, 1).array().contiguous();
                let view = DynTensor::from(view).swap_axes(0, 1);
                assert_same(&reduction(view, axis), &expected, &what);
            }
        }
    }
}

#[test]
fn operands_are_broadcast_and_read_through_strides() {
    let state = goldens();
    for dtype in INTEGERS {
        let get = |name: &str| golden(&state, &format!("{dtype}/{name}"));
        for (name, right, pair) in PAIRS {
            let whole = |x: DynTensor| DynTensor::from(x.array().contiguous());
            let row = get(right).slice(0, 1, 1);
            let column = get(right).slice(1, 2, 1);
            let one = column.clone().slice(0, 2, 1).reshape(&[]);
            for part in [row, column, one] {
                let spread = whole(part.clone().broadcast_to(&[4, 6]));
                let expected = pair(get("a"), spread.clone());
                assert_same(&pair(get("a"), part.clone()), &expected, name);
                let expected = pair(spread, get("a"));
                assert_same(&pair(part, get("a")), &expected, name);
            }
            let turned = |x: DynTensor| whole(x.swap_axes(0, 1)).swap_axes(0, 1);
            assert_same(&pair(turned(get("a")), get(right)), &get(name), name);
            assert_same(&pair(get("a"), turned(get(right))), &get(name), name);
        }
    }
}

#[test]
fn masks_are_combined_by_the_tables_of_truth() {
    let a = || tensor(vec![false, false, true, true], &[4]);
    let b = || tensor(vec![false, true, false, true], &[4]);
    assert_eq!(elements(&(a() & b())), [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(elements(&(a() | b())), [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(elements(&(a() ^ b())), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!(elements(&!a()), [1.0, 1.0, 0.0, 0.0]);
    // A broadcast value, and a shared buffer that must stay unchanged.
    let shared = a();
    let yes = tensor(vec![true], &[1]);
    assert_eq!(elements(&(yes.clone() & shared.clone())), elements(&shared));
    assert_eq!(elements(&(!shared.clone() | yes)), [1.0; 4]);
    assert_eq!(elements(&shared), [0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn negative_exponents_give_the_power_rounded_to_zero() {
    let base = indices(&[1, -1, -1, 2, 0, i32::MIN], &[6]);
    let exponent = indices(&[-3, -3, -2, -1, -1, -1], &[6]);
    assert_eq!(elements(&base.pow(exponent)), [1.0, -1.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn long_reductions_of_integers_are_exact_on_any_number_of_threads() {
    let x: Vec<i64> = (0..200_000).map(|i: i64| (i * 7919) % 100_003 - 50_000).collect();
    let sum: i64 = x.iter().sum();
    let (max, min) = (*x.iter().max().expect("some"), *x.iter().min().expect("some"));
    for threads in [1, 3] {
        nnx_core::threads::with_threads(threads, || {
            for dims in [&[200_000][..], &[2, 100_000], &[100_000, 2], &[20, 10_000], &[100, 2000]]
            {
                let wide = tensor(x.clone(), dims);
                let all: Vec<usize> = (0..dims.len()).collect();
                assert_eq!(wide.clone().sum(&all).array().to_vec::<i64>().expect("i64"), [sum]);
                let narrow = wide.cast(DType::I32);
                assert_eq!(elements(&narrow.clone().max(&all)), [max as f64]);
                assert_eq!(
                    elements(
                        &narrow
                            .clone()
                            .min(&[0])
                            .min(&all[1..].iter().map(|i| i - 1).collect::<Vec<_>>())
                    ),
                    [min as f64]
                );
                assert_eq!(elements(&narrow.sum(&all)), [f64::from(sum as i32)]);
            }
        });
    }
    let empty = tensor(Vec::<i32>::new(), &[0, 2]);
    assert_eq!(elements(&empty.clone().sum(&[0])), [0.0, 0.0]);
    assert_eq!(elements(&empty.prod(&[0])), [1.0, 1.0]);
}

#[test]
fn casts_clamp_and_keep_all_digits_of_64_bits() {
    let state = goldens();
    let get = |name: &str| golden(&state, &format!("cast/{name}"));
    for dtype in [DType::I64, DType::I32] {
        assert_same(&get("f64").cast(dtype), &get(&dtype.to_string()), "floats to integers");
    }
    assert_same(&get("large").cast(DType::F32), &get("large f32"), "i64 to f32");
    assert_same(&get("large").cast(DType::F64), &get("large f64"), "i64 to f64");
    let wide = || tensor(vec![i64::MIN, -1, 0, 255, 256, 1 << 31, i64::MAX], &[7]);
    let clamped = |dtype: DType| elements(&wide().cast(dtype));
    let (low, high) = (f64::from(i32::MIN), f64::from(i32::MAX));
    assert_eq!(clamped(DType::I32), [low, -1.0, 0.0, 255.0, 256.0, high, high]);
    let all = f64::from(u32::MAX);
    assert_eq!(clamped(DType::U32), [0.0, 0.0, 0.0, 255.0, 256.0, 2_147_483_648.0, all]);
    assert_eq!(clamped(DType::U8), [0.0, 0.0, 0.0, 255.0, 255.0, 255.0, 255.0]);
    assert_eq!(clamped(DType::Bool), [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    for dtype in [DType::I32, DType::U32, DType::U8, DType::Bool] {
        let back = wide().cast(dtype).cast(DType::I64);
        assert_eq!(elements(&back), clamped(dtype), "{dtype} to i64");
    }
}

#[test]
fn digits_beyond_f64_are_compared_sorted_and_found() {
    let large = 1i64 << 60;
    let x = || tensor(vec![large + 1, large, large + 2, -large], &[4]);
    let same = x().compare(Comparison::Equal, tensor(vec![large; 4], &[4]));
    assert_eq!(elements(&same), [0.0, 1.0, 0.0, 0.0]);
    let less = x().compare(Comparison::Less, tensor(vec![large + 1; 4], &[4]));
    assert_eq!(elements(&less), [0.0, 1.0, 0.0, 1.0]);
    let sorted = x().sort(0, SortOrder::Ascending).array().to_vec::<i64>().expect("i64");
    assert_eq!(sorted, [-large, large, large + 1, large + 2]);
    assert_eq!(elements(&x().argmax(0)), [2.0]);
    assert_eq!(elements(&x().argmin(0)), [3.0]);
}

#[test]
fn integers_and_masks_are_selected() {
    let mask = || tensor(vec![true, false, true], &[3]);
    let chosen = mask().select(indices(&[1, 2, 3], &[3]), indices(&[7, 8, 9], &[3]));
    assert_eq!((elements(&chosen), chosen.dtype()), (vec![1.0, 8.0, 3.0], DType::I32));
    let wide = |x: DynTensor| x.cast(DType::I64);
    let chosen = mask().select(wide(indices(&[1, 2, 3], &[3])), wide(indices(&[7, 8, 9], &[3])));
    assert_eq!((elements(&chosen), chosen.dtype()), (vec![1.0, 8.0, 3.0], DType::I64));
    let chosen = mask().select(mask(), !mask());
    assert_eq!((elements(&chosen), chosen.dtype()), (vec![1.0, 1.0, 1.0], DType::Bool));
}
