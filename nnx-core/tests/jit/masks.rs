//! Masks and lengths that each run is given: what they count stays a tensor.

use crate::prelude::*;
use nnx_core::nn::{Bidirectional, GruCell, LstmCell, Rnn, masked_mean, masked_sum, sequence_mask};
use nnx_core::random::Key;

use crate::{assert_same, bits, panic_of};

type X = Tensor![4, 6];
type Mask = Tensor![4; bool];

fn masks() -> [Mask; 3] {
    [[true; 4], [true, false, true, false], [false; 4]].map(Tensor::from)
}

#[test]
fn a_masked_mean_follows_the_mask_of_each_run() {
    type Modules<'a> = (&'a mut Linear<U6, U1>, &'a mut Optimizer);
    fn run(
        (model, optimizer): Modules<'_>,
        (x, mask): (X, Mask),
    ) -> Result<[Tensor![]; 2], nnx_core::Error> {
        let mut sum = None;
        let (loss, grads) = loss_and_grad(model, |model, pass| {
            let losses = model.forward(x, pass).square().reshape::<shape![4]>();
            sum = Some(masked_sum(losses.clone(), mask.clone()).stop_gradient());
            masked_mean(losses, mask)
        })?;
        optimizer.update(model, grads)?;
        Ok([loss, sum.expect("it was set")])
    }
    let make = || {
        let model = Linear::<U6, U1>::init(&mut Rngs::new(0));
        let optimizer = Optimizer::new(&model, adam(1e-2));
        (model, optimizer)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for (i, mask) in masks().into_iter().cycle().take(6).enumerate() {
        let x = X::normal(Key::new(i as u64));
        let found = step.call((&mut a.0, &mut a.1), (x.clone(), mask.clone())).expect("a step");
        assert_eq!(found, run((&mut b.0, &mut b.1), (x, mask)).expect("a step"));
        assert_same(&a, &b, "after a step");
    }
    assert_eq!(step.programs(), 1);
}

/// A mask that is true nowhere leaves the running statistics as they are.
#[test]
fn the_statistics_of_a_masked_batch_norm_follow_the_mask_of_each_run() {
    fn run(norm: &mut BatchNorm<U6>, (x, mask): (X, Mask)) -> Result<X, nnx_core::Error> {
        let mut pass = Pass::train();
        let y = norm.forward_where(x, &mask.reshape::<shape![4, 1]>(), &mut pass);
        pass.commit(norm)?;
        Ok(y)
    }
    let make = || BatchNorm::<U6>::init(&mut Rngs::new(0));
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for (i, mask) in masks().into_iter().cycle().take(6).enumerate() {
        let x = X::normal(Key::new(i as u64));
        let before = bits(&a);
        let found = step.call(&mut a, (x.clone(), mask.clone())).expect("a step");
        assert_eq!(found, run(&mut b, (x, mask)).expect("a step"));
        assert_same(&a, &b, "after a step");
        assert_eq!(before == bits(&a), i % 3 == 2, "step {i}");
    }
    assert_eq!(step.programs(), 1);
}

type Sequence = Tensor![3, 5, 2];
type Both = Bidirectional<LstmCell<U2, U4>, GruCell<U2, U4>>;
type Rows = (Rnn<GruCell<U2, U4>>, Rnn<LstmCell<U2, U4>>);

fn run_rows(
    (gru, lstm): &mut Rows,
    (x, lengths): (Sequence, Tensor![3; i32]),
) -> Result<(Tensor![3, 4], [Tensor![3, 5, 4]; 2], Tensor![3, 5; bool]), nnx_core::Error> {
    let mut pass = Pass::train();
    let (h, y) = gru.over(x.clone()).lengths(lengths.clone()).run(&mut pass);
    let ((_, last), z) = lstm.over(x.clone()).lengths(lengths.clone()).run(&mut pass);
    Ok((h + last, [y, z], sequence_mask(&lengths, &x)))
}

#[test]
fn rows_of_a_sequence_have_the_lengths_of_each_run() {
    let mut rows = Rows::init(&mut Rngs::new(0));
    let mut step = jit(run_rows);
    for (i, lengths) in [[5, 5, 5], [0, 3, 1], [2, 5, 4]].into_iter().enumerate() {
        let given = (Sequence::normal(Key::new(i as u64)), Tensor::from(lengths));
        let found = step.call(&mut rows, given.clone()).expect("a step");
        assert_eq!(found, run_rows(&mut rows, given).expect("a step"));
    }
    let before = bits(&rows);
    let wrong = (Sequence::ones(), Tensor::from([5, 6, 0]));
    let message = panic_of(|| step.call(&mut rows, wrong));
    assert_eq!(message, "a length is from 0 to 5, the steps of the sequence; found 6 in row 1");
    assert_eq!(bits(&rows), before);
    assert_eq!(step.programs(), 1);
}

#[test]
fn a_sequence_is_reversed_by_the_lengths_of_each_run() {
    fn run(
        both: &mut Both,
        (x, lengths): (Sequence, Tensor![3; i32]),
    ) -> Result<Tensor![3, 5, 8], nnx_core::Error> {
        Ok(both.over(x).lengths(lengths).run(&mut Pass::eval()).1)
    }
    let mut both = Both::init(&mut Rngs::new(0));
    let mut step = jit(run);
    for (i, lengths) in [[5, 5, 5], [0, 3, 1], [2, 5, 4]].into_iter().enumerate() {
        let given = (Sequence::normal(Key::new(i as u64)), Tensor::from(lengths));
        let found = step.call(&mut both, given.clone()).expect("a step");
        assert_eq!(found, run(&mut both, given).expect("a step"));
    }
}
