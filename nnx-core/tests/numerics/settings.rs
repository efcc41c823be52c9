//! Invalid settings of optimizers and schedules panic in the call that sets them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::Array;
use nnx_core::module::{Param, State, grad, state};
use nnx_core::optim::{
    AddDecayedWeights, AveragedWeights, Chain, Clip, Descent, Ema, Interpolation, Optimizer, Scale,
    ScaleByAdam, ScaleByLion, ScaleByParamBlockRms, ScaleByRss, ScaleByTrustRatio, ScaleByYogi,
    Schedule, Slot, Trace, Transform, Updates, adafactor, adam, clip_by_block_rms,
    clip_by_global_norm, constant, cosine_decay, cosine_decay_with, cosine_onecycle,
    exponential_decay, injected, linear, linear_onecycle, lion, muon, piecewise_constant,
    piecewise_interpolate, polynomial, rprop, sgd, sgdr, warmup_constant, warmup_cosine_decay,
    warmup_exponential_decay, zoom_linesearch,
};
use nnx_core::size::U2;
use nnx_core::tensor::Tensor;

use crate::optimizer_table::{Check, refusal, rows};

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;

fn model() -> Param<(U2,)> {
    Param::new(Tensor::from([1.0, 2.0]))
}

#[test]
fn a_learning_rate_is_a_finite_number_of_zero_or_more() {
    const RATE: &str = "expected a learning rate of 0 or more, and finite; found";
    assert_eq!(refusal(|| sgd(NAN)), format!("optimizer: {RATE} NaN"));
    assert_eq!(refusal(|| adam(INFINITY)), format!("optimizer: {RATE} inf"));
    let negative = format!("{RATE} -0.1 (to go uphill, negate the loss)");
    assert_eq!(refusal(|| lion(-0.1)), format!("optimizer: {negative}"));
    assert_eq!(refusal(|| rprop(-0.1)), format!("rprop: {negative}"));
    assert_eq!(refusal(|| constant(NAN)), format!("constant: {RATE} NaN"));
    assert_eq!(refusal(|| injected(-0.1)), format!("injected: {negative}"));
    for rate in [NAN, INFINITY, -1.0] {
        assert!(refusal(|| Schedule::from(rate)).contains(RATE));
        let message = refusal(move || {
            Optimizer::new(&model(), sgd(injected(0.1))).set_learning_rate(rate);
        });
        assert!(message.starts_with(&format!("set_learning_rate: {RATE} {rate}")), "{message}");
    }
    // 0 is valid: it freezes parameters, and warm-ups start at it.
    let _ = (sgd(0.0), injected(0.0), linear(0.0, 0.1, 5));
}

#[test]
fn a_schedule_that_gives_nan_is_refused_at_its_step_and_parameters_stay() {
    let mut model = model();
    let broken = Schedule::new(|step| if step == 1 { NAN } else { 0.5 });
    let mut optimizer = Optimizer::new(&model, adam(broken));
    let mut step = |model: &mut Param<(U2,)>| {
        let gradients = grad(model, |model, pass| model.get(pass).sum()).expect("gradients");
        let update = AssertUnwindSafe(|| {
            optimizer.update(model, gradients).expect("its own gradients");
        });
        catch_unwind(update).map_err(|panic| panic.downcast_ref::<String>().cloned())
    };
    assert!(step(&mut model).is_ok());
    let before = model.value().to_vec();
    let expected = "step 1: expected a learning rate of 0 or more, and finite; found NaN";
    assert_eq!(step(&mut model), Err(Some(expected.to_owned())));
    assert_eq!(model.value().to_vec(), before);
}

#[test]
fn settings_of_optimizers_are_refused_by_name() {
    let mut checked = 0;
    for bad in [NAN, INFINITY, -1e-3] {
        for row in rows() {
            for &(check, what, set) in &row.settings {
                assert_eq!(refusal(|| set(bad)), check.message(row.optimizer(), what, bad));
                checked += 1;
            }
        }
        // A direction that isn't made by a function of the library has no name in messages.
        let own = || Descent::along(ScaleByAdam::default(), 0.1);
        assert_eq!(refusal(|| own().eps(bad)), Check::NonNegative.message("optimizer", "eps", bad));
        let average = refusal(|| AveragedWeights::new(&model(), bad));
        assert_eq!(average, Check::Decay.message("AveragedWeights", "decay", bad));
        if bad != INFINITY {
            assert!(refusal(|| clip_by_global_norm(bad)).contains("expected a norm above 0"));
            assert!(refusal(|| clip_by_block_rms(bad)).contains("expected a threshold above 0"));
        }
    }
    assert!(checked > 100, "{checked} settings");
}

#[test]
fn settings_of_transforms_are_refused_when_they_are_put_into_a_chain() {
    for bad in [NAN, INFINITY, -1.0] {
        let decay = |of: &str, what: &str| {
            format!("{of}: expected the decay rate `{what}` to be in [0, 1); found {bad}")
        };
        let positive = |of: &str, what: &str| {
            format!("{of}: expected `{what}` to be 0 or more, and finite; found {bad}")
        };
        let chain = || Chain::new();
        let adam = ScaleByAdam { b1: bad, ..ScaleByAdam::default() };
        assert_eq!(refusal(|| chain().then(adam)), decay("ScaleByAdam", "b1"));
        let lion = ScaleByLion { b2: bad, ..ScaleByLion::default() };
        assert_eq!(refusal(|| chain().then(lion)), decay("ScaleByLion", "b2"));
        let ema = Ema { decay: bad, ..Ema::default() };
        assert_eq!(refusal(|| chain().then(ema)), decay("Ema", "decay"));
        let yogi = ScaleByYogi { initial_accumulator_value: bad, ..ScaleByYogi::default() };
        assert_eq!(
            refusal(|| chain().then(yogi)),
            positive("ScaleByYogi", "initial_accumulator_value")
        );
        let rss = ScaleByRss { eps: bad, ..ScaleByRss::default() };
        assert_eq!(refusal(|| chain().then(rss)), positive("ScaleByRss", "eps"));
        let decayed = AddDecayedWeights { decay: bad };
        assert_eq!(refusal(|| chain().then(decayed)), positive("AddDecayedWeights", "decay"));
        let trace = Trace { decay: bad, nesterov: false };
        assert_eq!(
            refusal(|| chain().then(trace)),
            format!("Trace: expected `decay` to be from 0 to 1; found {bad}")
        );
        let scale = ScaleByParamBlockRms { min_scale: bad };
        let message = refusal(|| Optimizer::new(&model(), chain().then(scale)));
        assert_eq!(message, positive("ScaleByParamBlockRms", "min_scale"));
        let search = || zoom_linesearch(5);
        assert_eq!(refusal(|| search().tol(bad)), positive("zoom_linesearch", "tol"));
        let slope = refusal(|| search().conditions(bad, 0.9));
        assert_eq!(slope, positive("zoom_linesearch", "slope_rtol"));
        if bad != INFINITY {
            let bound = |of: &str, what: &str| {
                format!("{of}: expected `{what}` to be 0 or more; found {bad}")
            };
            let search_bound = |what| bound("zoom_linesearch", what);
            assert_eq!(refusal(|| search().conditions(0.1, bad)), search_bound("curv_rtol"));
            assert_eq!(
                refusal(|| search().max_learning_rate(bad)),
                search_bound("max_learning_rate")
            );
            assert_eq!(
                refusal(|| adafactor(0.1).clipping_threshold(bad)),
                bound("adafactor", "clipping_threshold")
            );
        }
        let ratio = ScaleByTrustRatio { min_norm: bad, ..ScaleByTrustRatio::default() };
        let message = refusal(|| Optimizer::new(&model(), chain().then(ratio)));
        assert_eq!(message, positive("ScaleByTrustRatio", "min_norm"));
    }
    assert_eq!(
        refusal(|| Chain::new().then(Scale { factor: INFINITY })),
        "Scale: expected `factor` to be finite; found inf"
    );
    assert_eq!(
        refusal(|| Chain::new().then(Clip { max_delta: NAN })),
        "Clip: expected `max_delta` to be 0 or more; found NaN"
    );
    assert_eq!(
        refusal(|| muon(0.1).coefficients([1.0, NAN, 2.0])),
        "muon: expected `coefficients` to be finite; found NaN"
    );
    // A factor may be negative, and a bound may be infinite.
    let _ = Chain::new().then(Scale { factor: -1.0 }).then(Clip { max_delta: INFINITY });
}

#[test]
fn arguments_of_schedules_are_refused_by_name() {
    for bad in [NAN, INFINITY, -0.5] {
        let positive = |of: &str, what: &str| {
            format!("{of}: expected `{what}` to be 0 or more, and finite; found {bad}")
        };
        assert_eq!(refusal(|| linear(bad, 0.0, 5)), positive("linear", "start"));
        assert_eq!(refusal(|| linear(0.0, bad, 5)), positive("linear", "end"));
        assert_eq!(refusal(|| polynomial(0.0, 0.1, bad, 5)), positive("polynomial", "power"));
        assert_eq!(refusal(|| cosine_decay(bad, 5, 0.0)), positive("cosine_decay", "start"));
        assert_eq!(refusal(|| cosine_decay(0.1, 5, bad)), positive("cosine_decay", "alpha"));
        assert_eq!(
            refusal(|| cosine_decay_with(0.1, 5, 0.0, bad)),
            positive("cosine_decay", "exponent")
        );
        let exponential = |what| positive("exponential_decay", what);
        assert_eq!(refusal(|| exponential_decay(bad, 5, 0.5)), exponential("start"));
        assert_eq!(refusal(|| exponential_decay(0.1, 5, bad)), exponential("rate"));
        assert_eq!(refusal(|| exponential_decay(0.1, 5, 0.5).end(bad)), exponential("end"));
        assert_eq!(
            refusal(|| piecewise_constant(bad, [])),
            positive("piecewise_constant", "start")
        );
        let what = if bad == INFINITY { "finite factors" } else { "factors of 0 or more" };
        let factor = format!("expected {what}, found {bad} at 7");
        assert_eq!(
            refusal(|| piecewise_constant(0.1, [(7, bad)])),
            format!("piecewise_constant: {factor}")
        );
        let interpolate =
            |start, scale| piecewise_interpolate(Interpolation::Cosine, start, [(7, scale)]);
        assert_eq!(refusal(|| interpolate(bad, 0.5)), positive("piecewise_interpolate", "start"));
        assert_eq!(refusal(|| interpolate(0.1, bad)), format!("piecewise_interpolate: {factor}"));
        assert_eq!(refusal(|| cosine_onecycle(5, bad)), positive("cosine_onecycle", "peak"));
        assert_eq!(refusal(|| linear_onecycle(5, bad)), positive("linear_onecycle", "peak"));
        assert_eq!(refusal(|| warmup_constant(bad, 0.1, 5)), positive("warmup_constant", "start"));
        assert_eq!(refusal(|| warmup_constant(0.0, bad, 0)), positive("warmup_constant", "peak"));
        let warmup = |what| positive("warmup_cosine_decay", what);
        assert_eq!(refusal(|| warmup_cosine_decay(bad, 0.1, 1, 5, 0.0)), warmup("start"));
        assert_eq!(refusal(|| warmup_cosine_decay(0.0, bad, 1, 5, 0.0)), warmup("peak"));
        assert_eq!(refusal(|| warmup_cosine_decay(0.0, 0.1, 1, 5, bad)), warmup("end"));
        assert_eq!(refusal(|| sgdr([(0.0, bad, 1, 5, 0.0)])), warmup("peak"));
        assert_eq!(
            refusal(|| warmup_exponential_decay(bad, 5, exponential_decay(0.1, 5, 0.5))),
            positive("warmup_exponential_decay", "start")
        );
    }
}

/// A warm-up over 0 steps is no warm-up. In optax the rate stays at the start, so that from 0 nothing trains.
#[test]
fn a_warm_up_over_0_steps_starts_at_its_peak() {
    let warmups = [
        warmup_constant(0.0, 1e-3, 0),
        warmup_cosine_decay(0.0, 1e-3, 0, 10, 0.0),
        warmup_exponential_decay(0.0, 0, exponential_decay(1e-3, 10, 0.5)),
    ];
    for warmup in warmups {
        assert_eq!(warmup.at(0), 1e-3);
    }
    assert_eq!([0, 1, 100].map(|step| warmup_constant(0.0, 1e-3, 0).at(step)), [1e-3; 3]);
}

/// A transform that returns an update of a different shape.
#[derive(Debug, nnx_core::Module)]
struct Flatten;

impl Transform for Flatten {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.map_arrays(|_, _, update| update.reshape(&[2, 1]));
    }
}

#[test]
fn a_transform_that_changes_the_shape_of_an_update_is_named_by_its_parameter() {
    let mut model = model();
    let gradients = grad(&mut model, |model, pass| model.get(pass).sum()).expect("gradients");
    let mut optimizer = Optimizer::new(&model, Chain::new().then(Flatten));
    assert_eq!(
        refusal(|| optimizer.update(&mut model, gradients)),
        "`map_arrays`: the update of ``, which is (2,) of f32, became (2, 1) of f32"
    );
}

#[test]
fn a_slot_keeps_the_shape_that_it_was_created_with() {
    let mut slot = Slot::new(0.0);
    slot.init_shaped(&state(&model()), |_| vec![3]);
    let message = refusal(|| slot.set(0, Array::scalar(1.0f32)));
    assert!(message.contains("the slot of ``") && message.contains("(3,)"), "{message}");
}
