//! Masks of dropout against Flax, from the same seed.

use nnx::prelude::*;

fn ones() -> Tensor![10] {
    Tensor::from([1.0; 10])
}

/// One training pass over ten ones, committed.
fn drawn(dropout: &mut Dropout) -> Vec<f32> {
    let mut pass = Pass::train();
    let y = dropout.forward(ones(), &mut pass).to_vec();
    pass.commit(dropout).expect("nothing failed");
    y
}

const FIRST: [f32; 10] = [2.0, 0.0, 2.0, 0.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0];
const SECOND: [f32; 10] = [2.0, 2.0, 2.0, 0.0, 2.0, 0.0, 0.0, 2.0, 2.0, 0.0];

#[test]
fn masks_one_after_the_other_are_those_of_flax() {
    let mut dropout = Dropout::new(0.5, &mut Rngs::new(0));
    assert_eq!(drawn(&mut dropout), FIRST);
    assert_eq!(drawn(&mut dropout), SECOND);
}

#[test]
fn two_calls_in_one_pass_draw_two_masks() {
    let dropout = Dropout::new(0.5, &mut Rngs::new(0));
    let mut pass = Pass::train();
    assert_eq!(dropout.forward(ones(), &mut pass).to_vec(), FIRST);
    assert_eq!(dropout.forward(ones(), &mut pass).to_vec(), SECOND);
}

#[test]
fn a_pass_that_is_dropped_draws_nothing() {
    let mut dropout = Dropout::new(0.5, &mut Rngs::new(0));
    let _ = dropout.forward(ones(), &mut Pass::train());
    assert_eq!(drawn(&mut dropout), FIRST);
}

#[test]
fn evaluation_is_the_identity_and_draws_nothing() {
    let mut dropout = Dropout::new(0.5, &mut Rngs::new(0));
    assert_eq!(dropout.infer(ones()).to_vec(), [1.0; 10]);
    assert_eq!(drawn(&mut dropout), FIRST);
}

#[test]
fn rate_0_is_the_identity_without_a_draw_and_rate_1_gives_zeros() {
    let count = |dropout: &Dropout| {
        let state = state(dropout);
        let entry =
            state.get(&nnx::module::Path::parse("stream/count")).expect("a counter").array.clone();
        entry.to_vec::<u32>().expect("u32")[0]
    };
    let mut none = Dropout::new(0.0, &mut Rngs::new(0));
    assert_eq!((drawn(&mut none), count(&none)), (vec![1.0; 10], 0));
    let mut all = Dropout::new(1.0, &mut Rngs::new(0));
    assert_eq!(drawn(&mut all), [0.0; 10]);
    let mut half = Dropout::new(0.5, &mut Rngs::new(0));
    assert_eq!((drawn(&mut half), count(&half)), (FIRST.to_vec(), 1));
}

#[test]
fn the_gradient_is_the_mask() {
    let dropout = Dropout::new(0.5, &mut Rngs::new(0));
    let mut pass = Pass::train();
    let slope = nnx::tensor::gradient(|x| dropout.forward(x, &mut pass).sum(), ones());
    assert_eq!(slope.to_vec(), FIRST);
}

#[test]
fn making_a_layer_draws_once_from_the_stream_called_dropout() {
    let mut rngs = Rngs::new(1).with("dropout", 0);
    let mut first = Dropout::new(0.5, &mut rngs);
    let counts: Vec<_> =
        rngs.iter().map(|(name, stream)| (name.to_owned(), stream.count)).collect();
    assert_eq!(counts, [("default".to_owned(), 0), ("dropout".to_owned(), 1)]);
    assert_eq!(drawn(&mut first), FIRST);
    assert_ne!(drawn(&mut Dropout::new(0.5, &mut rngs)), FIRST);
}

#[test]
fn without_a_stream_the_error_names_it() {
    let error = Dropout::try_new(0.5, &mut Rngs::named("params", 0)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("expected a random stream `dropout` or `default`, found only `params`")
    );
}

#[test]
#[should_panic(expected = "a dropout rate is the probability to drop, within 0 to 1; found 1.5")]
fn a_rate_above_1_is_refused() {
    let _ = Dropout::new(1.5, &mut Rngs::new(0));
}
