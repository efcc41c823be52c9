//! Invalid settings of optimizers and schedules panic in the call that sets them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::module::{Param, grad};
use nnx_core::optim::{
    AddDecayedWeights, AveragedWeights, Chain, Clip, Descent, Ema, Interpolation, Optimizer, Scale,
    ScaleByAdam, ScaleByLion, ScaleByRss, ScaleByTrustRatio, ScaleByYogi, Schedule, Trace,
    adabelief, adagrad, adam, adamaxw, adamw, amsgrad, clip_by_block_rms, clip_by_global_norm,
    constant, cosine_decay, cosine_decay_with, cosine_onecycle, exponential_decay, injected, lamb,
    lars, linear, linear_onecycle, lion, nadamw, piecewise_constant, piecewise_interpolate,
    polynomial, radam, rmsprop, sgd, sgdr, warmup_constant, warmup_cosine_decay,
    warmup_exponential_decay, yogi,
};
use nnx_core::size::U2;
use nnx_core::tensor::Tensor;

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;

/// The message that `work` panics with.
#[track_caller]
fn refusal<T>(work: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("nothing was refused"),
        Err(panic) => panic.downcast_ref::<String>().cloned().expect("a message"),
    }
}

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
    let text = |of: &str, what: &str, expected: &str, found: f64| {
        format!("{of}: expected `{what}` to be {expected}; found {found}")
    };
    let positive = |of: &str, what: &str, found| text(of, what, "0 or more, and finite", found);
    for bad in [NAN, INFINITY, -1e-3] {
        let eps = |of: &str| positive(of, "eps", bad);
        assert_eq!(refusal(|| adam(0.1).eps(bad)), eps("adam"));
        assert_eq!(refusal(|| nadamw(0.1).eps(bad)), eps("nadamw"));
        assert_eq!(refusal(|| amsgrad(0.1).eps(bad)), eps("amsgrad"));
        assert_eq!(refusal(|| adamaxw(0.1).eps(bad)), eps("adamaxw"));
        assert_eq!(refusal(|| adabelief(0.1).eps(bad)), eps("adabelief"));
        let own = || Descent::along(ScaleByAdam::default(), 0.1);
        assert_eq!(refusal(|| own().eps(bad)), eps("optimizer"));
        assert_eq!(refusal(|| yogi(0.1).eps_root(bad)), positive("yogi", "eps_root", bad));
        assert_eq!(refusal(|| lamb(0.1).weight_decay(bad)), positive("lamb", "weight_decay", bad));
        assert_eq!(refusal(|| lars(0.1).weight_decay(bad)), positive("lars", "weight_decay", bad));
        assert_eq!(
            refusal(|| lars(0.1).trust(bad, 0.0)),
            positive("lars", "trust_coefficient", bad)
        );
        assert_eq!(refusal(|| lars(0.1).trust(1.0, bad)), positive("lars", "eps", bad));
        assert_eq!(refusal(|| rmsprop(0.1).eps(bad)), positive("rmsprop", "eps", bad));
        assert_eq!(
            refusal(|| rmsprop(0.1).initial_scale(bad)),
            positive("rmsprop", "initial_scale", bad)
        );
        assert_eq!(refusal(|| adagrad(0.1).eps(bad)), positive("adagrad", "eps", bad));
        assert_eq!(
            refusal(|| adagrad(0.1).initial_accumulator_value(bad)),
            positive("adagrad", "initial_accumulator_value", bad)
        );
        let momentum = |of| text(of, "momentum", "from 0 to 1", bad);
        assert_eq!(refusal(|| sgd(0.1).momentum(bad)), momentum("sgd"));
        assert_eq!(refusal(|| rmsprop(0.1).momentum(bad)), momentum("rmsprop"));
        assert_eq!(refusal(|| lars(0.1).momentum(bad)), momentum("lars"));
        assert_eq!(
            refusal(|| radam(0.1).threshold(bad)),
            text("radam", "threshold", "4 or more, and finite", bad)
        );
        let decay = |of: &str, what: &str| {
            format!("{of}: expected the decay rate `{what}` to be in [0, 1); found {bad}")
        };
        assert_eq!(refusal(|| adamw(0.1).betas(bad, 0.9)), decay("adamw", "b1"));
        assert_eq!(refusal(|| lion(0.1).betas(0.9, bad)), decay("lion", "b2"));
        assert_eq!(refusal(|| rmsprop(0.1).decay(bad)), decay("rmsprop", "decay"));
        let average = refusal(|| AveragedWeights::new(&model(), bad));
        assert_eq!(average, decay("AveragedWeights", "decay"));
        if bad != INFINITY {
            assert!(refusal(|| clip_by_global_norm(bad)).contains("expected a norm above 0"));
            assert!(refusal(|| clip_by_block_rms(bad)).contains("expected a threshold above 0"));
        }
    }
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
