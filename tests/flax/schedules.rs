//! Learning rates against optax, at steps 0 to 60.

use nnx::optim::{constant, cosine_decay, linear};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};

/// optax computes in f32: 1e-7 of the largest rate is its rounding.
#[allow(clippy::cast_possible_truncation, reason = "the golden holds f32")]
fn compare(name: &'static str, schedule: &Schedule) {
    let found: Vec<f32> = (0..=60).map(|step| schedule.at(step) as f32).collect();
    let expected = Golden::open("optimizers").numbers(&format!("schedule/{name}"));
    Errors::of(name, 3e-7).compare(name, &found, &expected);
}

#[test]
fn a_constant_rate_is_that_of_optax() {
    compare("constant", &constant(0.3));
    compare("constant", &Schedule::from(0.3));
}

#[test]
fn a_straight_line_ends_where_that_of_optax_does() {
    compare("linear", &linear(1.0, 0.1, 40));
}

#[test]
fn half_a_cosine_is_that_of_optax() {
    compare("cosine_decay", &cosine_decay(0.5, 50, 0.0));
    compare("cosine_decay alpha=0.1", &cosine_decay(0.5, 50, 0.1));
}

#[test]
fn a_warm_up_counts_among_the_steps_as_in_optax() {
    compare("warmup_cosine_decay", &warmup_cosine_decay(0.0, 0.1, 10, 40, 0.001));
}

#[test]
fn a_schedule_of_ones_own_is_asked_for_each_step() {
    let begin = linear(1.0, 0.1, 20);
    compare("linear begin=10", &Schedule::new(move |step| begin.at(step.saturating_sub(10))));
    let (rise, fall) = (linear(0.0, 1.0, 20), cosine_decay(1.0, 40, 0.0));
    compare(
        "join",
        &Schedule::new(move |step| if step < 20 { rise.at(step) } else { fall.at(step - 20) }),
    );
}

#[test]
#[should_panic(
    expected = "`steps` counts the warm-up too and must be larger: found 10 steps with 10 of warm-up"
)]
fn a_warm_up_that_leaves_no_step_is_refused() {
    let _ = warmup_cosine_decay(0.0, 0.1, 10, 10, 0.0);
}
