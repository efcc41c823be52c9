//! Recurrent layers at their limits: long sequences, sequences and rows without a step, what is refused,
//! runtime axes, and models generic in their cells.

use nnx::array::Array;
use nnx::module::ParameterCount;
use nnx::prelude::*;

use crate::case::panic_of;

type Sequence = Tensor![Batch, Time, 3];

/// Numbers within −1 to 1 in a sequence of runtime axes.
fn sequence(batch: usize, time: usize) -> Sequence {
    let count = u16::try_from(batch * time * 3).expect("few numbers");
    let numbers = (0..count).map(|i| f32::from(i % 101 * 37 % 101) / 50.0 - 1.0).collect();
    Array::new(numbers, &[batch, time, 3]).and_then(Tensor::try_from).expect("the shape")
}

fn lengths(lengths: &[i32]) -> Tensor![Batch; i32] {
    Tensor::from_vec(lengths.to_vec()).expect("whole")
}

#[test]
fn gradients_flow_through_ten_thousand_steps() {
    const STEPS: usize = 10_000;
    let mut rnn = Rnn::<GruCell<U1, U2>>::init(&mut Rngs::new(0));
    let x: Tensor![Batch, Time, 1] = Array::new(vec![0.5f32; STEPS], &[1, STEPS])
        .and_then(|x| Tensor::try_from(x.reshape(&[1, STEPS, 1])))
        .expect("the shape");
    assert_eq!(*rnn.infer(x.clone()).dims(), [1, STEPS, 2]);
    let (loss, gradients) =
        value_and_grad(&mut rnn, |rnn, pass| rnn.forward(x, pass).square().mean())
            .expect("gradients");
    assert!(loss.is_finite() && loss > 0.0);
    for (path, entry) in gradients.iter() {
        let gradient = entry.array.to_vec::<f32>().expect("f32");
        assert!(gradient.iter().all(|x| x.is_finite()), "{path}");
        assert!(gradient.iter().any(|&x| x != 0.0), "{path}");
    }
}

#[test]
fn the_memory_of_a_gradient_grows_as_the_steps() {
    let rnn = Rnn::<LstmCell<U3, U64>>::init(&mut Rngs::new(0));
    let taken = |time: usize| {
        let (mut rnn, x) = (rnn.clone(), sequence(8, time));
        let gradients = || {
            value_and_grad(&mut rnn, |rnn, pass| rnn.forward(x, pass).square().mean())
                .expect("gradients")
        };
        nnx::array::peak_bytes(gradients).1
    };
    let (few, many) = (taken(100), taken(400));
    assert!(many < 4 * few, "{few} and {many} bytes");
    // Of each step: the projections of the input, which second derivatives need, 4 gates, the memory and its activation,
    // the output twice, its gradient; and the gradient of the projections.
    let numbers = (4 + 4 + 2 + 2 + 1 + 4) * 64 * 8;
    assert!((many - few) / 300 <= numbers * 4, "{} bytes a step", (many - few) / 300);
}

#[test]
fn a_sequence_without_a_step_gives_the_carry_back() {
    let rnn = Rnn::<LstmCell<U3, U4>>::init(&mut Rngs::new(0));
    let pass = &mut Pass::eval();
    let (memory, output) = rnn.cell.zero_carry::<Batch>(2);
    let carry = (memory + 1.0, output + 2.0);
    for rnn in [rnn.clone(), rnn.clone().reverse().keep_order()] {
        let run = rnn.over(sequence(2, 0)).initial_carry(carry.clone());
        let ((memory, output), y) = run.lengths(lengths(&[0, 0])).run(pass);
        assert_eq!((memory.to_vec(), output.to_vec()), (vec![1.0; 8], vec![2.0; 8]));
        assert_eq!(*y.dims(), [2, 0, 4]);
        let ((memory, _), _) = rnn.over(sequence(2, 0)).run(pass);
        assert_eq!(memory.to_vec(), [0.0; 8]);
    }
    assert_eq!(*rnn.infer(sequence(0, 3)).dims(), [0, 3, 4]);
    let ((memory, _), y) = rnn.over(sequence(0, 3)).lengths(lengths(&[])).run(pass);
    assert_eq!(*memory.dims(), [0, 4]);
    assert_eq!(*y.dims(), [0, 3, 4]);
}

#[test]
fn a_row_of_length_zero_has_the_initial_carry() {
    let pass = &mut Pass::eval();
    let rnn = Rnn::<GruCell<U3, U4>>::init(&mut Rngs::new(0));
    let start = rnn.cell.zero_carry::<Batch>(3) + 0.5;
    for rnn in [rnn.clone(), rnn.clone().reverse()] {
        let mut run = |given: &[i32]| {
            let run = rnn.over(sequence(3, 4)).initial_carry(start.clone());
            run.lengths(lengths(given)).run(pass).0.to_vec()
        };
        let carry = run(&[4, 0, 2]);
        assert_eq!(carry[4..8], [0.5; 4]);
        assert_eq!(carry[..4], run(&[4, 4, 4])[..4]);
    }
    // The gradient flows to the initial carry alone.
    let start = rnn.cell.zero_carry::<Batch>(2);
    let (carry, x) = gradient(
        |(carry, x): (Tensor![Batch, 4], Sequence)| {
            rnn.over(x).initial_carry(carry).lengths(lengths(&[0, 2])).run(pass).0.sum()
        },
        (start, sequence(2, 2)),
    );
    assert_eq!(carry.to_vec()[..4], [1.0; 4]);
    assert_eq!(x.to_vec()[..6], [0.0; 6]);
    assert!(x.to_vec()[6..].iter().all(|&x| x != 0.0));
}

#[test]
fn padding_changes_nothing_within_the_lengths() {
    let layer = Bidirectional::<LstmCell<U3, U4>>::init(&mut Rngs::new(0));
    let pass = &mut Pass::eval();
    let short = layer.infer(sequence(1, 2)).to_vec();
    let padded = sequence(1, 2).into_dyn().pad(1, 0, 3);
    let padded: Sequence = Tensor::try_from(padded).expect("the shape");
    let (_, y) = layer.over(padded).lengths(lengths(&[2])).run(pass);
    for (y, short) in y.to_vec().iter().zip(&short) {
        assert!((y - short).abs() < 1e-6, "{y} instead of {short}");
    }
}

#[test]
fn both_directions_apart_and_from_carries() {
    let layer = Bidirectional::<GruCell<U3, U4>, GruCell<U3, U2>>::init(&mut Rngs::new(0));
    let pass = &mut Pass::eval();
    let forward = layer.forward_rnn.cell.zero_carry::<Batch>(2) + 0.5;
    let backward = layer.backward_rnn.cell.zero_carry::<Batch>(2) - 0.5;
    let x = sequence(2, 3);
    let run = layer.over(x.clone()).initial_carries(forward.clone(), backward.clone());
    let ((_, carry), (y, z)) = run.run_separately(pass);
    let (_, expected) = layer.forward_rnn.over(x.clone()).initial_carry(forward).run(pass);
    assert_eq!(y.to_vec(), expected.to_vec());
    let reversed = layer.backward_rnn.clone().reverse().keep_order();
    let (_, expected) = reversed.over(x).initial_carry(backward).run(pass);
    assert_eq!(z.to_vec(), expected.to_vec());
    // The backward carry is its output at the first step.
    assert_eq!(carry.to_vec()[..2], z.to_vec()[..2]);
}

#[test]
fn what_does_not_fit_at_run_time_is_refused() {
    let rnn = Rnn::<GruCell<U3, U4>>::init(&mut Rngs::new(0));
    let with = |given: &[i32]| {
        panic_of(|| rnn.over(sequence(2, 3)).lengths(lengths(given)).run(&mut Pass::eval()))
    };
    let within = "a length is from 0 to 3, the steps of the sequence; found";
    assert_eq!(with(&[3, 4]), format!("{within} 4 in row 1"));
    assert_eq!(with(&[-1, 3]), format!("{within} -1 in row 0"));
    let text = "1 lengths were given for a batch of 2 sequences: each has one";
    assert_eq!(with(&[3]), text);
    let text =
        "the carry is for a batch of 5, but the input is a batch of 2: make one by `zero_carry(2)`";
    let carry = rnn.cell.zero_carry::<Batch>(5);
    assert_eq!(
        panic_of(|| rnn.over(sequence(2, 3)).initial_carry(carry.clone()).run(&mut Pass::eval())),
        text
    );
    let x: Tensor![Batch, 3] = Tensor::from_vec(vec![0.0; 6]).expect("whole");
    assert_eq!(panic_of(|| rnn.cell.step(carry.clone(), x, &mut Pass::eval())), text);
}

/// The last state of any cell, by a linear map.
#[derive(Module)]
struct Classifier<C: RnnCell<Element = f32>, Classes: Size> {
    rnn: Rnn<C>,
    output: Linear<C::Hidden, Classes>,
}

impl<B: Dim, T: Dim, C: RnnCell<Element = f32>, Classes: Size> Layer<Tensor<(B, T, C::In)>>
    for Classifier<C, Classes>
{
    type Output = Tensor![B, T, Classes];
    fn forward(&self, x: Tensor<(B, T, C::In)>, pass: &mut Pass) -> Self::Output {
        let y = self.rnn.forward(x, pass);
        self.output.forward(y, pass)
    }
}

#[test]
fn a_model_generic_in_its_cell() {
    let rngs = &mut Rngs::new(0);
    let lstm = Classifier::<LstmCell<U3, U4>, U2>::init(rngs);
    assert_eq!(*lstm.infer(sequence(2, 5)).dims(), [2, 5, 2]);
    let gru = Classifier::<GruCell<U3, U6>, U2>::init(rngs);
    assert_eq!(*gru.infer(sequence(2, 5)).dims(), [2, 5, 2]);
}

// The kernels of the gates and their biases, counted by the compiler.
const _: () = assert!(LstmCell::<U3, U4>::PARAMETERS == 4 * (3 * 4 + 4 * 4 + 4));
const _: () = assert!(OptimizedLstmCell::<U3, U4>::PARAMETERS == 4 * (3 * 4 + 4 * 4 + 4));
const _: () = assert!(GruCell::<U3, U4>::PARAMETERS == 3 * (3 * 4 + 4 * 4 + 4));
const _: () = assert!(Rnn::<SimpleCell<U3, U4>>::PARAMETERS == 3 * 4 + 4 * 4 + 4);
