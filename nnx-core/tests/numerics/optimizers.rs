//! With finite gradients of any size, the slots of every optimizer stay finite.

use nnx_core::array::{Array, DType};
use nnx_core::module::{Entry, KindId, Param, Path, State, kind, state};
use nnx_core::optim::{
    AveragedWeights, Chain, Optimizer, adam, clip_by_block_rms, clip_by_global_norm, lars, lbfgs,
    sgd,
};
use nnx_core::size::{U0, U2, U3, U4};
use nnx_core::tensor::{Real, Tensor};

use crate::numbers::{SplitMix64, elements};
use crate::optimizer_table::{Row, rows};

/// The gradients of a matrix `w` and a vector `b`, both of these elements.
fn gradients<E: Real>(elements: [f64; 4]) -> State {
    let entry = |path: &str, dims: &[usize]| {
        let array = Array::new(elements.map(E::from_f64).to_vec(), dims).expect("four");
        (Path::parse(path), Entry { kind: KindId::of::<kind::Param>(), array })
    };
    [entry("w", &[2, 2]), entry("b", &[4])].into_iter().collect()
}

/// The gradient of a model that is a single parameter.
fn gradient<E: Real>(elements: [f64; 4]) -> State {
    let array = Array::new(elements.map(E::from_f64).to_vec(), &[4]).expect("four");
    let entry = Entry { kind: KindId::of::<kind::Param>(), array };
    [(Path::parse(""), entry)].into_iter().collect()
}

fn model<E: Real>() -> Param<(U4,), E> {
    Param::new(Tensor::from([1.0, -2.0, 0.0, 0.5].map(E::from_f64)))
}

/// The parameters of the rows of the table.
#[derive(nnx_core::Module)]
struct Weights<E: Real> {
    w: Param<(U2, U2), E>,
    b: Param<(U4,), E>,
}

impl<E: Real> Weights<E> {
    fn new() -> Self {
        let w = [[1.0, -2.0], [0.0, 0.5]].map(|row| row.map(E::from_f64));
        Self { w: Param::new(Tensor::from(w)), b: model() }
    }

    fn elements(&self) -> Vec<E> {
        [self.w.value().to_vec(), self.b.value().to_vec()].concat()
    }
}

/// The same parameters and two without elements, after them.
#[derive(nnx_core::Module)]
struct WithEmpty {
    w: Param<(U2, U2)>,
    b: Param<(U4,)>,
    z0: Param<(U0, U3)>,
    z1: Param<(U3, U0)>,
}

fn numbers(state: &State) -> Vec<(String, Vec<f64>)> {
    let is_float = |entry: &Entry| entry.array.dtype().is_float();
    let float = state.iter().filter(|(_, entry)| is_float(entry));
    float.map(|(path, entry)| (path.to_string(), elements(&entry.array.clone().into()))).collect()
}

/// The rows of the table, and settings that are extreme.
fn optimizers() -> Vec<Row> {
    let extreme = [
        Row::new("lbfgs", || lbfgs().memory(3).learning_rate(0.1).into()).unbounded(),
        Row::new("sgd momentum=1", || sgd(0.1).momentum(1.0).nesterov().into()).unbounded(),
        Row::new("adam of a decay that f32 rounds to 1", || {
            adam(0.1).betas(0.9, 0.999_999_99).into()
        }),
    ];
    rows().into_iter().chain(extreme).collect()
}

fn stay_finite<E: Real>(sizes: &[f64]) {
    for Row { name, make, unbounded, .. } in optimizers() {
        for seed in 0..6 {
            let mut random = SplitMix64(seed);
            let mut model = Weights::<E>::new();
            let mut optimizer = Optimizer::new(&model, make());
            for step in 0..30 {
                let signed =
                    |random: &mut SplitMix64| random.one_of(sizes) * random.one_of(&[1.0, -1.0]);
                let of = [0; 4].map(|_| signed(&mut random));
                optimizer.update(&mut model, gradients::<E>(of)).expect("its own gradient");
                for (path, found) in numbers(&state(&optimizer)) {
                    let finite = found.iter().all(|x| x.is_finite());
                    assert!(
                        finite,
                        "{name}, seed {seed}, step {step}, {path}: {found:?} after {of:?}"
                    );
                }
                // Huge steps may overflow the parameter itself, which is allowed: only slots must stay finite.
                if model.elements().iter().any(|x| !x.is_finite()) {
                    assert!(unbounded, "{name}, step {step}: {of:?}");
                    model = Weights::new();
                }
            }
        }
    }
}

#[test]
fn no_slot_becomes_infinite_by_finite_gradients() {
    let max = f64::from(f32::MAX);
    stay_finite::<f32>(&[0.0, 1e-45, 1e-38, 1e-20, 1.0, 100.0, 1.8e19, 2e19, 1e25, 3e38, max]);
    stay_finite::<f64>(&[0.0, 1e-320, 1e-200, 1.0, 1e10, 1e154, 1e200, 1.7e308, f64::MAX]);
}

#[test]
fn adam_still_trains_after_one_gradient_of_2e19() {
    let mut model = model::<f32>();
    let mut optimizer = Optimizer::new(&model, adam(0.1).betas(0.9, 0.99));
    let start = model.value().to_vec();
    optimizer.update(&mut model, gradient::<f32>([2e19, -2e19, 3e38, 1.0])).expect("a step");
    // The first step has the length of the learning rate, whatever the size of the gradient.
    for (i, sign) in [1.0, -1.0, 1.0, 1.0].into_iter().enumerate() {
        let moved = start[i] - model.value().to_vec()[i];
        assert!((moved - 0.1 * sign).abs() < 1e-5, "element {i} moved by {moved}");
    }
    // The average of squares decays by 1% per step, so after 10,000 steps ordinary gradients move the
    // parameter again.
    for _ in 0..10_000 {
        optimizer.update(&mut model, gradient::<f32>([1.0; 4])).expect("a step");
    }
    let before = model.value().to_vec();
    optimizer.update(&mut model, gradient::<f32>([1.0; 4])).expect("a step");
    for (before, after) in before.into_iter().zip(model.value().to_vec()) {
        assert!(before - after > 0.09, "from {before} to {after}");
    }
}

#[test]
fn averages_of_huge_weights_are_finite() {
    let mut model = model::<f32>();
    let mut average = AveragedWeights::new(&model, 0.9);
    for step in 0..50 {
        let size = if step % 3 == 0 { 3e38 } else { -3.4e38 };
        model.replace(Tensor::from([size, -size, size, 3e38]));
        average.update(&model).expect("its own model");
        let found = numbers(&average.averages());
        assert!(found[0].1.iter().all(|x| x.is_finite()), "step {step}: {found:?}");
    }
}

/// An optimizer doesn't hide gradients that are infinite or NaN: the parameter becomes non-finite.
#[test]
fn an_infinite_gradient_is_not_hidden() {
    for Row { name, make, .. } in optimizers().into_iter().filter(|row| !row.hides_infinity) {
        for broken in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let mut model = Weights::<f32>::new();
            let mut optimizer = Optimizer::new(&model, make());
            for of in [broken, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0] {
                let of = gradients::<f32>([of, 1.0, 1.0, 1.0]);
                optimizer.update(&mut model, of).expect("a step");
            }
            let [w, b] = [model.w.value().to_vec()[0], model.b.value().to_vec()[0]];
            let frozen = name == "partition frozen";
            for (parameter, value) in [("w", Some(w)), ("b", (!frozen).then_some(b))] {
                assert!(
                    value.is_none_or(|value| !value.is_finite()),
                    "{name}: a gradient of {broken} has to make `{parameter}` infinite or NaN, found {value:?}: \
                     add `g * E::ZERO` to the update, as `bounded` and `saturated` do"
                );
            }
        }
    }
}

#[test]
fn parameters_without_elements_change_nothing_about_the_others() {
    for Row { name, make, .. } in optimizers() {
        let mut model = Weights::<f32>::new();
        let Weights { w, b } = Weights::new();
        let (z0, z1) = (Param::new(Tensor::zeros()), Param::new(Tensor::zeros()));
        let mut other = WithEmpty { w, b, z0, z1 };
        let mut optimizer = Optimizer::new(&model, make());
        let mut with_empty = Optimizer::new(&other, make());
        for step in 0..4 {
            let of = gradients::<f32>([1.0, -0.5, 0.25, f64::from(step)]);
            let mut gradients = state(&other);
            for (path, entry) in &of {
                gradients.insert(path.clone(), entry.clone());
            }
            optimizer.update(&mut model, of).expect("a step");
            with_empty.update(&mut other, gradients).expect("a step");
            let found = [other.w.value().to_vec(), other.b.value().to_vec()].concat();
            assert_eq!(found, model.elements(), "{name}, step {step}");
        }
    }
}

#[test]
fn clipping_by_a_norm_keeps_directions_of_huge_gradients() {
    fn check<E: Real>(size: f64, chain: Chain, expected: f64) {
        let mut model = Param::<(U4,), E>::new(Tensor::from([E::ZERO; 4]));
        let mut optimizer = Optimizer::new(&model, chain);
        let of = [size, -size, size, size];
        optimizer.update(&mut model, gradient::<E>(of)).expect("a step");
        for (found, of) in model.value().to_vec().into_iter().zip(of) {
            let expected = -expected * of.signum();
            assert!((found.to_f64() - expected).abs() < 1e-6, "{size}: {found}, not {expected}");
        }
    }
    let global = || Chain::new().then(clip_by_global_norm(1.0)).then(sgd(1.0));
    let block = || Chain::new().then(clip_by_block_rms(1.0)).then(sgd(1.0));
    for size in [1.0, 2e19, 3e38, f64::from(f32::MAX)] {
        check::<f32>(size, global(), 0.5);
        check::<f32>(size, block(), 1.0);
    }
    for size in [1.0, 1e154, 1e200, 1.7e308, f64::MAX] {
        check::<f64>(size, global(), 0.5);
        check::<f64>(size, block(), 1.0);
    }
}

/// The ratio of the norms overflows f32, but the update doesn't.
#[test]
fn a_tiny_gradient_of_a_huge_parameter_is_scaled_to_its_norm() {
    let mut model = Param::<(U4,)>::new(Tensor::from([1e38; 4]));
    let mut optimizer = Optimizer::new(&model, lars(0.1).momentum(0.0));
    let tiny = f64::from(f32::from_bits(1));
    optimizer.update(&mut model, gradient::<f32>([tiny, -tiny, tiny, 0.0])).expect("a step");
    let slots = numbers(&state(&optimizer));
    let (_, trace) = slots.iter().find(|(path, _)| path.contains("trace")).expect("the trace");
    // -rate · trust · ‖p‖ / √3
    let size = 0.1 * 1e-3 * 2e38 / 3f64.sqrt();
    for (found, sign) in trace.iter().zip([-1.0, 1.0, -1.0, 0.0]) {
        assert!((found - sign * size).abs() <= 1e-6 * size, "{trace:?} instead of {size:e}");
    }
}

#[test]
fn the_dtype_of_slots_is_that_of_the_parameter() {
    let optimizer = Optimizer::new(&model::<f64>(), adam(0.1));
    let slots = state(&optimizer);
    assert!(
        slots
            .iter()
            .filter(|(path, _)| path.to_string() != "step")
            .all(|(_, entry)| entry.array.dtype() == DType::F64)
    );
}
