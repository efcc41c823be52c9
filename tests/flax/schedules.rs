//! Learning rates against optax, at steps 0 to 60.

use nnx::optim::{
    Interpolation, constant, cosine_decay, cosine_decay_with, cosine_onecycle, exponential_decay,
    join, linear, linear_onecycle, piecewise_constant, piecewise_interpolate, polynomial, sgdr,
    warmup_constant, warmup_exponential_decay,
};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};

/// The rounding error of optax, which computes in f32, relative to the largest rate.
#[allow(clippy::cast_possible_truncation, reason = "the golden holds f32")]
fn compare(name: &'static str, schedule: impl Into<Schedule>) {
    let schedule = schedule.into();
    let found: Vec<f32> = (0..=60).map(|step| schedule.at(step) as f32).collect();
    let expected = Golden::open("optimizers").numbers(&format!("schedule/{name}"));
    Errors::of(name, 3e-7).compare(name, &found, &expected);
}

#[test]
fn a_constant_rate_is_that_of_optax() {
    compare("constant", constant(0.3));
    compare("constant", Schedule::from(0.3));
}

#[test]
fn a_linear_schedule_ends_where_that_of_optax_does() {
    compare("linear", linear(1.0, 0.1, 40));
}

#[test]
fn a_cosine_decay_is_that_of_optax() {
    compare("cosine_decay", cosine_decay(0.5, 50, 0.0));
    compare("cosine_decay alpha=0.1", cosine_decay(0.5, 50, 0.1));
}

#[test]
fn a_warm_up_counts_among_the_steps_as_in_optax() {
    compare("warmup_cosine_decay", warmup_cosine_decay(0.0, 0.1, 10, 40, 0.001));
}

#[test]
fn a_custom_schedule_is_called_for_each_step() {
    let begin = linear(1.0, 0.1, 20);
    compare("linear begin=10", Schedule::new(move |step| begin.at(step.saturating_sub(10))));
    let (rise, fall) = (linear(0.0, 1.0, 20), cosine_decay(1.0, 40, 0.0));
    compare(
        "join",
        Schedule::new(move |step| if step < 20 { rise.at(step) } else { fall.at(step - 20) }),
    );
}

#[test]
#[should_panic(
    expected = "`steps` counts the warm-up too and must be larger: found 10 steps with 10 of warm-up"
)]
fn a_warm_up_that_leaves_no_step_is_refused() {
    let _ = warmup_cosine_decay(0.0, 0.1, 10, 10, 0.0);
}

#[test]
fn a_polynomial_schedule_is_that_of_optax() {
    compare("linear begin=10", linear(1.0, 0.1, 20).begin(10));
    compare("polynomial power=2 begin=10", polynomial(1.0, 0.1, 2.0, 40).begin(10));
    compare("polynomial power=0.5", polynomial(0.1, 1.0, 0.5, 40));
}

#[test]
fn a_power_of_a_cosine_decay_is_that_of_optax() {
    compare("cosine_decay alpha=0.1 exponent=2", cosine_decay_with(0.5, 50, 0.1, 2.0));
}

#[test]
fn an_exponential_decay_is_that_of_optax() {
    let decay = exponential_decay(0.5, 10, 0.7);
    compare("exponential", decay);
    compare("exponential staircase", decay.staircase());
    compare("exponential begin=5 end=0.2", decay.begin(5).end(0.2));
    compare("exponential staircase begin=5", decay.begin(5).staircase());
    compare("exponential rising", exponential_decay(0.1, 10, 1.5).end(0.6));
    assert_eq!(exponential_decay(0.5, 0, 0.7).at(9), 0.5);
    assert_eq!(exponential_decay(0.5, 10, 0.0).at(9), 0.5);
}

#[test]
fn pieces_are_those_of_optax() {
    compare("piecewise_constant", piecewise_constant(1.0, [(40, 0.5), (20, 0.1)]));
    let pieces = [(40, 3.0), (20, 0.1)];
    let interpolate = |how| piecewise_interpolate(how, 1.0, pieces);
    compare("interpolate linear", interpolate(Interpolation::Linear));
    compare("interpolate cosine", interpolate(Interpolation::Cosine));
    compare("join", join([linear(0.0, 1.0, 20), cosine_decay(1.0, 40, 0.0)], [20]));
    let three = [linear(0.0, 1.0, 10), exponential_decay(1.0, 10, 0.5).into(), constant(0.2)];
    compare("join three", join(three, [10, 30]));
}

#[test]
fn warm_restarts_and_1cycles_are_those_of_optax() {
    compare("sgdr", sgdr([(0.0, 1.0, 5, 20, 0.1), (0.1, 0.5, 10, 35, 0.0)]));
    compare("cosine_onecycle", cosine_onecycle(50, 0.5));
    compare("linear_onecycle", linear_onecycle(50, 0.5));
    compare("warmup_constant", warmup_constant(0.0, 0.5, 20));
    let decay = exponential_decay(0.5, 10, 0.7).begin(5).end(0.1);
    compare("warmup_exponential", warmup_exponential_decay(0.0, 10, decay));
}

#[test]
#[should_panic(
    expected = "expected one boundary between any two schedules, found 2 schedules and 2 boundaries"
)]
fn schedules_are_joined_at_boundaries() {
    let _ = join([constant(1.0), constant(2.0)], [10, 20]);
}

#[test]
#[should_panic(expected = "boundaries must ascend, found [20, 10]")]
fn boundaries_ascend() {
    let _ = join([constant(1.0), constant(2.0), constant(3.0)], [20, 10]);
}

#[test]
#[should_panic(expected = "expected factors of 0 or more, found -0.5 at 7")]
fn a_rate_never_becomes_negative_by_its_factors() {
    let _ = piecewise_constant(1.0, [(7, -0.5)]);
}
