//! Random convolutions against plain loops: forward and all gradients, on one thread and on three.
//!
//! `NNX_RANDOM_CASES=30000 NNX_RANDOM_SEED=7 cargo test --release -p nnx-core --test ops random_convolutions`
//! runs more of them. `NNX_CPU_LEVEL` chooses the vectors.

use nnx_core::ops::DynTensor;
use nnx_core::threads::with_threads;

use super::cases::{Case, Random};
use super::loops::Loops;
use crate::gradcheck::gradients;
use crate::numbers::{elements, tensor};

/// One in this number of cases is large enough for several threads.
const LARGE_IN: usize = 150;

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Prints the case where a check of it panics.
struct Named<'a>(&'a str, &'a Case);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: {:?}", self.0, self.1);
        }
    }
}

impl Case {
    fn compute(&self, inputs: Vec<DynTensor>) -> DynTensor {
        let mut inputs = inputs.into_iter();
        let mut next = || inputs.next().expect("x and k");
        let (x, k) = (next(), next());
        match self.transposed {
            None => x.conv(k, inputs.next(), &self.axes, self.groups),
            Some(out_in) => x.conv_transpose(k, &self.axes, self.groups, out_in),
        }
    }

    /// The output and all gradients by the library, as in [`Loops::run`].
    fn found(&self, inputs: &[DynTensor], dy: &DynTensor) -> Vec<Vec<f64>> {
        let y = self.compute(inputs.to_vec());
        let (_, gradients) = gradients(|inputs| self.compute(inputs) * dy.clone(), inputs.to_vec());
        [y].iter().chain(&gradients).map(elements).collect()
    }
}

fn check(case: &Case, loops: &Loops, random: &mut Random) {
    let count = |dims: &[usize]| dims.iter().product::<usize>();
    let [x, k, y] = [loops.x_dims(), loops.k_dims(), loops.y_dims()];
    let numbers = [&x, &k, &y].map(|dims| random.whole(count(dims)));
    let bias = if case.bias { random.whole(case.channels[1]) } else { vec![0.0; case.channels[1]] };
    let sums = loops.run(&numbers[0], &numbers[1], &bias, &numbers[2]);
    let of = |numbers: &[f64], dims: &[usize]| tensor(numbers.to_vec(), dims).cast(case.dtype);
    let mut inputs = vec![of(&numbers[0], &x), of(&numbers[1], &k)];
    let mut expected = vec![("y", sums.y), ("dx", sums.dx), ("dk", sums.dk)];
    if case.bias {
        inputs.push(of(&bias, &[case.channels[1]]));
        expected.push(("dbias", sums.dbias));
    }
    let dims = case.compute(inputs.clone()).dims();
    assert_eq!(*dims, y, "the shape of the output");
    let dy = of(&numbers[2], &y);
    for threads in [1, 3] {
        let found = with_threads(threads, || case.found(&inputs, &dy));
        assert_eq!(found.len(), expected.len());
        for ((name, expected), found) in expected.iter().zip(found) {
            let differs =
                expected.iter().zip(&found).position(|(expected, found)| expected != found);
            if let Some(at) = differs {
                let found = found[at];
                panic!("{name}[{at}] is {found}, not {}, on {threads} threads", expected[at]);
            }
        }
    }
}

#[test]
fn random_convolutions_and_their_gradients_equal_loops() {
    let (cases, seed) = (setting("NNX_RANDOM_CASES", 800), setting("NNX_RANDOM_SEED", 1));
    let mut random = Random(seed);
    for number in 0..cases {
        let name = format!("case {number} of seed {seed}");
        let (case, loops) = Case::random(&mut random, LARGE_IN);
        let _named = Named(&name, &case);
        check(&case, &loops, &mut random);
    }
}
