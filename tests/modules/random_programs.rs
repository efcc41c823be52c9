//! Random small programs: eager, and planned with each kind of rewrites, on the inputs of the recording and on others.

use nnx::array::Array;
use nnx::module::record;
use nnx::ops::{Affine, DynTensor};
use nnx::prelude::*;
use nnx::program::{Memo, Plan, Program, Rewrites};
use nnx::size::{AxisWindow, Edge};
use nnx::threads::with_threads;

/// Random choices (xorshift).
struct Choices(u64);

impl Choices {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }

    /// Numbers in (-1, 1).
    fn numbers(&mut self, sizes: &[usize]) -> DynTensor {
        let count = sizes.iter().product();
        let elements = (0..count).map(|_| self.below(2000) as f32 / 1000.0 - 0.9995).collect();
        Array::new(elements, sizes).expect("as many elements").into()
    }
}

/// The channels and features of all values are among these.
const FEATURES: [usize; 5] = [1, 2, 5, 16, 70];

/// The sizes of the input: rows of features, or images.
fn input_sizes(choices: &mut Choices) -> Vec<usize> {
    let features = FEATURES[choices.below(5)];
    match choices.below(3) {
        0 => vec![1 + choices.below(4), features],
        1 => vec![1 + choices.below(3), 1 + choices.below(5), features],
        _ => vec![1 + choices.below(2), 3 + choices.below(6), 3 + choices.below(6), features],
    }
}

/// A random function of one input: its choices follow from `seed` and shapes alone.
fn graph(seed: u64, x: DynTensor) -> Vec<DynTensor> {
    let mut choices = Choices::new(seed);
    let mut values = vec![x];
    for _ in 0..3 + choices.below(14) {
        // Late values are used more often, so that long chains occur.
        let from = if choices.below(3) == 0 { 0 } else { values.len().saturating_sub(2) };
        let x = values[from + choices.below(values.len() - from)].clone();
        let y = step(&mut choices, x, &values);
        values.push(y);
    }
    let count = 1 + choices.below(3).min(values.len() - 1);
    values.split_off(values.len() - count)
}

fn step(choices: &mut Choices, x: DynTensor, values: &[DynTensor]) -> DynTensor {
    let (dims, rank) = (x.dims(), x.rank());
    let features = dims[rank - 1];
    match choices.below(22) {
        0 => x.relu(),
        1 => x.tanh(),
        2 => x.gelu(),
        3 => x.sigmoid(),
        4 => x.clone() * x.sigmoid(),
        5 => x.mul_scalar(0.75).add_scalar(0.25),
        6 => -x,
        7 | 8 => {
            let other = values.iter().rev().find(|other| other.dims() == dims).unwrap_or(&x);
            match choices.below(5) {
                0 => x.clone() + other.clone(),
                1 => other.clone() - x.clone(),
                2 => x.clone() * other.clone(),
                3 => x.clone().maximum(other.clone()),
                _ => x.clone() / other.clone().abs().add_scalar(1.0),
            }
        }
        9 => x + choices.numbers(&[features]),
        10 => {
            let means = x.clone().mean(&[rank - 1]).reshape(&with_last(&dims, 1));
            x - means
        }
        11 | 12 => {
            let out = FEATURES[choices.below(5)];
            let bias = (choices.below(2) == 0).then(|| choices.numbers(&[out]));
            x.linear(choices.numbers(&[features, out]), bias)
        }
        13 if rank == 4 => {
            let (out, size) = (FEATURES[choices.below(5)], 1 + 2 * choices.below(2));
            let kernel = choices.numbers(&[size, size, features, out]);
            let bias = (choices.below(2) == 0).then(|| choices.numbers(&[out]));
            convolution(x, kernel, bias)
        }
        13 | 14 => {
            let mut order: Vec<usize> = (0..rank).collect();
            order.swap(choices.below(rank), choices.below(rank));
            x.permute(&order)
        }
        15 => x.layer_norm(&[rank - 1], 1e-5, Affine::default()),
        16 => x.softmax_axis(rank - 1),
        17 if rank == 4 => pooled(choices, x),
        17 | 18 => {
            // The sums or means of the last axis, or of all axes but the first.
            let axes: Vec<usize> =
                (if choices.below(2) == 0 { rank - 1 } else { 1 }..rank).collect();
            let sizes =
                dims.iter().enumerate().map(|(i, &n)| if axes.contains(&i) { 1 } else { n });
            let sizes: Vec<usize> = sizes.collect();
            let y = x.tanh();
            let y = if choices.below(2) == 0 { y.sum(&axes) } else { y.mean(&axes) };
            y.reshape(&sizes).broadcast_to(&dims)
        }
        _ => {
            let [mean, factor, bias] = [(); 3].map(|()| choices.numbers(&[features]));
            x.batch_norm_inference(mean, factor, bias)
        }
    }
}

/// A convolution and a pool, or the means of its images.
fn pooled(choices: &mut Choices, x: DynTensor) -> DynTensor {
    let (features, out) = (x.dims()[3], FEATURES[choices.below(5)]);
    let size = 1 + 2 * choices.below(2);
    let y = convolution(x, choices.numbers(&[size, size, features, out]), None);
    let y = if choices.below(2) == 0 { y.relu() } else { y };
    let (size, stride) = (1 + choices.below(3), 1 + choices.below(2));
    let edge = if choices.below(2) == 0 { Edge::Same } else { Edge::Zeros(size - 1, 0) };
    let window = AxisWindow { size, stride, dilation: 1, input_dilation: 1, edge };
    match choices.below(5) {
        0 => y.max_pool([window; 2]),
        1 => y.sum_pool([window; 2]),
        2 => y.avg_pool([window; 2], false),
        3 => y.adaptive_max_pool(&[2, 1]),
        _ => {
            let sizes = [y.dims()[0], 1, 1, out];
            y.mean(&[1, 2]).reshape(&sizes)
        }
    }
}

/// Padded so that the image keeps its size.
fn convolution(x: DynTensor, kernel: DynTensor, bias: Option<DynTensor>) -> DynTensor {
    let size = kernel.dims()[0];
    let edge = Edge::Same;
    let window = AxisWindow { size, stride: 1, dilation: 1, input_dilation: 1, edge };
    x.conv(kernel, bias, [window; 2], 1)
}

fn with_last(dims: &[usize], last: usize) -> Vec<usize> {
    let mut dims = dims.to_vec();
    *dims.last_mut().expect("an axis") = last;
    dims
}

fn bits(arrays: &[Array]) -> Vec<Vec<u32>> {
    // Which of two NaNs an operation returns is not specified.
    let canonical = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
    let bits = |array: &Array| array.to_vec().expect("f32").into_iter().map(canonical).collect();
    arrays.iter().map(bits).collect()
}

fn eager(seed: u64, x: &Array) -> Vec<Array> {
    let outputs = graph(seed, DynTensor::from(x.clone()));
    outputs.into_iter().map(DynTensor::into_array).collect()
}

/// A program that was written to a file and read: it is the same.
fn from_file(program: Program) -> Program {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("program");
    program.save(&file).expect("a file");
    let read = Program::load(&file).expect("a program");
    assert!(read == program, "{program}\n{read}");
    read
}

#[test]
fn plans_of_random_programs_have_the_bits_of_eager_runs() {
    let mut fused = 0;
    for seed in 0..600 {
        let choices = &mut Choices::new(seed + 1000);
        let sizes = input_sizes(choices);
        let inputs = [(); 2].map(|()| choices.numbers(&sizes).into_array());
        let run = |x: Vec<DynTensor>, _: &mut Pass| graph(seed, x[0].clone());
        let recorded = vec![DynTensor::from(inputs[0].clone())];
        let (program, outputs) = record(&Identity, recorded, run).expect("a program");
        let outputs: Vec<Array> = outputs.into_iter().map(DynTensor::into_array).collect();
        assert_eq!(bits(&outputs), bits(&eager(seed, &inputs[0])), "seed {seed}");
        // Writing takes longer than all runs.
        let program = if seed % 10 == 0 { from_file(program) } else { program };
        for rewrites in [Rewrites::Nothing, Rewrites::Exact] {
            let plan = Plan::with(&program, rewrites, &Memo::default()).expect("a plan");
            fused += usize::from(plan.to_string().contains('{'));
            for x in &inputs {
                let expected = bits(&eager(seed, x));
                for threads in [1, 3] {
                    let found = with_threads(threads, || plan.run(vec![x.clone()]).expect("a run"));
                    assert_eq!(
                        bits(&found),
                        expected,
                        "seed {seed}, {rewrites:?}:\n{program}\n{plan}"
                    );
                }
            }
        }
    }
    assert!(fused > 300, "most plans have fused steps: {fused}");
}

/// The bound that `Rewrites::All` states: each product is that of weights that are off by a rounding.
#[test]
fn a_batch_norm_in_the_weights_is_off_by_roundings_alone() {
    for seed in 0..40 {
        let choices = &mut Choices::new(seed);
        let (features, out) = (FEATURES[choices.below(5)], FEATURES[choices.below(5)]);
        let image = seed % 2 == 0;
        let sizes = if image { vec![2, 9, 8, features] } else { vec![5, features] };
        let weights = if image { vec![3, 3, features, out] } else { vec![features, out] };
        let weights = choices.numbers(&weights);
        let [own, mean, factor, bias] = [(); 4].map(|()| choices.numbers(&[out]));
        let own = (choices.below(2) == 0).then_some(own);
        let terms = || (weights.clone(), own.clone());
        let product = |x: DynTensor, (weights, own): (DynTensor, Option<DynTensor>)| {
            if image { convolution(x, weights, own) } else { x.linear(weights, own) }
        };
        let normalized = |x: DynTensor| {
            let y = product(x, terms());
            y.batch_norm_inference(mean.clone(), factor.clone(), bias.clone())
        };
        let x = choices.numbers(&sizes);
        let run = |x: Vec<DynTensor>, _: &mut Pass| vec![normalized(x[0].clone())];
        let (program, _) = record(&Identity, vec![x.clone()], run).expect("a program");
        let plan = Plan::new(&program).expect("a plan");
        assert_eq!(plan.steps(), 1, "{program}\n{plan}");
        let found = plan.run(vec![x.clone().into_array()]).expect("a run").remove(0);
        let sizes =
            product(x.clone().abs(), (weights.clone().abs(), own.clone().map(DynTensor::abs)));
        let sizes = (sizes + mean.clone().abs()) * factor.clone().abs() + bias.clone().abs();
        // The transforms of a Winograd convolution add ninefold.
        let terms = (if image { 81 * features } else { features } + 8) as f32;
        let bound = sizes.mul_scalar(f64::from(terms * f32::EPSILON));
        let error = (DynTensor::from(found) - normalized(x)).abs();
        let [error, bound] = [error, bound].map(|x| x.array().to_vec::<f32>().expect("f32"));
        for (error, bound) in error.iter().zip(&bound) {
            assert!(error <= bound, "seed {seed}: {error} is more than {bound}\n{program}");
        }
    }
}

/// A transformed kernel can't compute infinities: the direct convolution does.
#[test]
fn a_prepared_convolution_keeps_infinities() {
    let choices = &mut Choices::new(7);
    let (kernel, x) = (choices.numbers(&[3, 3, 16, 16]), choices.numbers(&[1, 9, 9, 16]));
    let run = |x: DynTensor| convolution(x, kernel.clone(), None).relu();
    let recorded = |x: Vec<DynTensor>, _: &mut Pass| vec![run(x[0].clone())];
    let (program, _) = record(&Identity, vec![x.clone()], recorded).expect("a program");
    let plan = Plan::with(&program, Rewrites::Exact, &Memo::default()).expect("a plan");
    assert!(plan.to_string().contains("{conv + relu, winograd}"), "{plan}");
    for infinity in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        let mut elements = x.array().to_vec::<f32>().expect("f32");
        elements[700] = infinity;
        let x = Array::new(elements, &[1, 9, 9, 16]).expect("as many elements");
        let found = plan.run(vec![x.clone()]).expect("a run");
        assert_eq!(bits(&found), bits(&[run(x.into()).into_array()]), "{infinity}");
    }
}
