//! Elements along an axis by index and values written there: those of JAX with their gradients
//! (`tests/goldens/scatter.safetensors`), repeated indices, special values, other types, and any number of threads.

use nnx_core::array::DType;
use nnx_core::io::load_state;
use nnx_core::module::Path;
use nnx_core::ops::DynTensor;

use crate::gradcheck::gradients;
use crate::numbers::{elements, indices, tensor};

const NAN: f64 = f64::NAN;

type Scatter = fn(DynTensor, usize, DynTensor, DynTensor) -> DynTensor;
const SCATTERS: [(&str, Scatter); 4] = [
    ("scatter_set", DynTensor::scatter_set),
    ("scatter_add", DynTensor::scatter_add),
    ("scatter_max", DynTensor::scatter_max),
    ("scatter_min", DynTensor::scatter_min),
];

#[test]
fn values_and_gradients_are_those_of_jax_where_indices_repeat_and_values_tie() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/goldens/scatter.safetensors");
    let state = load_state(file).unwrap_or_else(|error| panic!("{error}"));
    let get = |name: String| {
        let entry = state.get(&Path::parse(&name)).unwrap_or_else(|| panic!("no golden `{name}`"));
        DynTensor::from(entry.array.clone())
    };
    let near = |found: &DynTensor, name: String| {
        let expected = get(name.clone());
        assert_eq!(found.signature(), expected.signature(), "{name}");
        for (found, expected) in elements(found).into_iter().zip(elements(&expected)) {
            assert!((found - expected).abs() < 1e-6, "{name}: {found} instead of {expected}");
        }
    };
    for axis in 0..3 {
        for dtype in [DType::I32, DType::I64] {
            let at = get(format!("{axis}/indices")).cast(dtype);
            let name = format!("{axis}/take_along");
            let run = |x: Vec<DynTensor>| {
                let y = x[0].clone().take_along(axis, at.clone());
                &y * &get(format!("{name}/cotangent"))
            };
            let (_, found) = gradients(run, vec![get(format!("{axis}/x"))]);
            near(&get(format!("{axis}/x")).take_along(axis, at.clone()), format!("{name}/output"));
            near(&found[0], format!("{name}/gradient 0"));
            for (name, scatter) in SCATTERS {
                let name = format!("{axis}/{name}");
                let inputs = || vec![get(format!("{axis}/x")), get(format!("{axis}/values"))];
                let scattered =
                    |x: &[DynTensor]| scatter(x[0].clone(), axis, at.clone(), x[1].clone());
                near(&scattered(&inputs()), format!("{name}/output"));
                let weighted =
                    |x: Vec<DynTensor>| &scattered(&x) * &get(format!("{name}/cotangent"));
                let (_, found) = gradients(weighted, inputs());
                near(&found[0], format!("{name}/gradient 0"));
                near(&found[1], format!("{name}/gradient 1"));
            }
        }
    }
}

#[test]
fn integers_wrap_and_masks_are_set() {
    let x = || tensor(vec![250u8, 1, 7], &[3]);
    let at = || indices(&[0, 2, 0], &[3]);
    let values = || tensor(vec![4u8, 9, 3], &[3]);
    assert_eq!(elements(&x().scatter_add(0, at(), values())), [1.0, 1.0, 16.0]);
    assert_eq!(elements(&x().scatter_max(0, at(), values())), [250.0, 1.0, 9.0]);
    assert_eq!(elements(&x().scatter_min(0, at(), values())), [3.0, 1.0, 7.0]);
    let least = tensor(vec![i64::MIN, 5], &[2]).scatter_min(
        0,
        indices(&[0, 1], &[2]),
        tensor(vec![i64::MAX, i64::MIN], &[2]),
    );
    assert_eq!(least.array().to_vec::<i64>().expect("i64"), [i64::MIN, i64::MIN]);
    assert_eq!(elements(&x().scatter_set(0, at(), values())), [3.0, 1.0, 9.0]);
    let mask = x().cast(DType::Bool).scatter_set(0, at(), tensor(vec![true, true, false], &[3]));
    assert_eq!(elements(&mask), [0.0, 1.0, 1.0]);
    let none = indices(&[], &[0]);
    assert_eq!(
        elements(&x().scatter_add(0, none.clone(), none.cast(DType::U8))),
        [250.0, 1.0, 7.0]
    );
}

#[test]
fn a_nan_stays_where_it_is_and_passes_no_gradient_of_an_extreme() {
    let x = || tensor(vec![1.0, NAN, -f64::INFINITY], &[3]);
    let at = || indices(&[0, 0, 1, 2], &[4]);
    let values = || tensor(vec![NAN, 5.0, 2.0, -0.0], &[4]);
    // The largest and the smallest of the last element and its value, and which of them has the gradient.
    let extremes: [(Scatter, f64, [f64; 2]); 2] = [
        (DynTensor::scatter_max, 0.0, [0.0, 1.0]),
        (DynTensor::scatter_min, -f64::INFINITY, [1.0, 0.0]),
    ];
    for (scatter, last, slopes) in extremes {
        let extreme = elements(&scatter(x(), 0, at(), values()));
        assert!(extreme[0].is_nan() && extreme[1].is_nan() && extreme[2] == last, "{extreme:?}");
        let run = |x: Vec<DynTensor>| scatter(x[0].clone(), 0, at(), x[1].clone());
        let (_, found) = gradients(run, vec![x(), values()]);
        assert_eq!(elements(&found[0]), [0.0, 0.0, slopes[0]]);
        assert_eq!(elements(&found[1]), [0.0, 0.0, 0.0, slopes[1]]);
    }
    let sum = elements(&x().scatter_add(0, at(), values()));
    assert!(sum[0].is_nan() && sum[1].is_nan() && sum[2] == -f64::INFINITY, "{sum:?}");
    let set = elements(&x().scatter_set(0, at(), values()));
    assert_eq!(set, [5.0, 2.0, 0.0]);
}

#[test]
fn repeated_indices_give_the_same_bits_on_any_number_of_threads() {
    for dims in [[1, 60_000, 1], [300, 400, 1], [2, 500, 60], [1, 20, 9000]] {
        let count: usize = dims.iter().product();
        let x = || tensor((0..count).map(|i| 1.0 / (i + 1) as f32).collect(), &dims);
        let values = || tensor((0..count).map(|i| 1e6 / (i * i + 3) as f32).collect(), &dims);
        let at: Vec<i32> = (0..count).map(|i| (i * i % 7 * i % dims[1]) as i32).collect();
        let run = || {
            SCATTERS.map(|(_, scatter)| {
                let out = scatter(x(), 1, indices(&at, &dims), values());
                out.array().to_vec::<f32>().expect("f32").iter().map(|x| x.to_bits()).collect()
            })
        };
        let on =
            |threads: usize| -> [Vec<u32>; 4] { nnx_core::threads::with_threads(threads, run) };
        assert!(on(1) == on(3), "{dims:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_both_shapes() {
    let x = || tensor(vec![0.0f32; 6], &[2, 3]);
    let refused =
        |found: Result<DynTensor, nnx_core::array::ShapeError>| found.unwrap_err().to_string();
    assert_eq!(
        refused(x().try_take_along(1, indices(&[0], &[1, 1]))),
        "`take_along` takes indices of i32 or i64 of the same shape but for axis 1, found (2, 3) of f32 and (1, 1) of i32"
    );
    assert_eq!(
        refused(x().try_take_along(2, indices(&[0; 6], &[2, 3]))),
        "`take_along` takes indices of i32 or i64 of the same shape but for axis 2, found (2, 3) of f32 and (2, 3) of i32"
    );
    assert_eq!(
        refused(x().try_take_along(1, indices(&[0, 3], &[2, 1]))),
        "`take_along` was given index 3 at position 1, outside 0..3: check the labels or tokens"
    );
    let at = || indices(&[0, -1], &[2, 1]);
    assert_eq!(
        refused(x().try_scatter_set(1, at(), x())),
        "`scatter_set` takes indices of i32 or i64 of the same shape but for axis 1, and a value of the same type for \
         each, found (2, 3) of f32, (2, 1) of i32 and (2, 3) of f32"
    );
    assert_eq!(
        refused(x().try_scatter_add(1, at(), x().slice(1, 0, 1))),
        "`scatter_add` was given index -1 at position 1, outside 0..3: check the labels or tokens; no index counts from the end"
    );
    let mask = |x: DynTensor| x.cast(DType::Bool);
    assert_eq!(
        refused(mask(x()).try_scatter_max(1, at(), mask(x().slice(1, 0, 1)))),
        "`scatter_max` takes numbers, found bool"
    );
    assert_eq!(
        refused(mask(x()).try_scatter_min(1, at(), mask(x().slice(1, 0, 1)))),
        "`scatter_min` takes numbers, found bool"
    );
}
