//! A run that is stopped and resumed from a file is the run that was never stopped, bit for bit: weights,
//! statistics, dropout masks, moments of the optimizer, averages, counters, and the order of the batches.

use nnx::module::RngStream;
use nnx::prelude::*;
use nnx::random::{Key, normal, permutation};

use super::place;

kind!(Counter: kind::Variable);

#[derive(Module)]
#[module(sequential)]
struct Net {
    hidden: (Linear<U4, U16>, BatchNorm<U16>, Relu),
    #[module(init = Dropout::new(0.2, rngs))]
    dropout: Dropout,
    output: Linear<U16, U2>,
}

/// All that the next step depends on.
#[derive(Module)]
struct Run {
    model: Net,
    optimizer: Optimizer,
    average: AveragedWeights,
    noise: RngStream,
    seen: Variable<Tensor<(), u32>, Counter>,
}

const BATCH: usize = 8;

/// 37 rows: the last five of each epoch's order are left out.
fn rows() -> Vec<[f32; 4]> {
    let numbers = normal(Key::new(3), 37 * 4);
    numbers.as_chunks().0.to_vec()
}

impl Run {
    fn new(seed: u64) -> Self {
        let rngs = &mut Rngs::new(seed);
        let model = Net::init(rngs);
        let rule = optim_rule();
        Self {
            optimizer: Optimizer::new(&model, rule),
            average: AveragedWeights::new(&model, 0.9),
            noise: RngStream::forked("noise", rngs),
            seen: Variable::new(Tensor::from(0)),
            model,
        }
    }

    /// Makes one step; gives the bits of its loss, and which rows it has seen.
    fn step(&mut self, rows: &[[f32; 4]]) -> Result<(u32, Vec<usize>), nnx::Error> {
        let batches = (rows.len() / BATCH) as u64;
        let (epoch, batch) = (self.optimizer.step() / batches, self.optimizer.step() % batches);
        let epoch = u32::try_from(epoch).expect("few epochs");
        let batch = usize::try_from(batch).expect("few batches");
        let order = permutation(Key::new(7).fold_in(epoch), rows.len());
        let chosen = order[batch * BATCH..][..BATCH].to_vec();

        let mut pass = Pass::train();
        let noise = normal(self.noise.draw(&mut pass), BATCH * 4);
        pass.commit(&mut self.noise)?;
        let noise: Tensor![Batch, 4] = Tensor::from_vec(noise)?;
        let x: Tensor![Batch, 4] = Tensor::batch(chosen.iter().map(|&row| rows[row]));
        let labels = chosen.iter().map(|&row| i32::from(rows[row][0] > rows[row][1])).collect();
        let labels: Tensor![Batch; i32] = Tensor::from_vec(labels)?;
        let (loss, grads) = value_and_grad(&mut self.model, |model, pass| {
            softmax_cross_entropy(model.forward(x + noise * 0.01, pass), labels).mean()
        })?;
        self.optimizer.update(&mut self.model, grads)?;
        self.average.update(&self.model)?;
        let seen = self.seen.value().item() + u32::try_from(chosen.len()).expect("a small batch");
        self.seen.replace(Tensor::from(seen));
        Ok((loss.to_bits(), chosen))
    }
}

/// A chain whose schedule, moments and accumulated gradients at step 50 all differ from those at the start.
fn optim_rule() -> nnx::optim::MultiSteps {
    every(3, adamw(warmup_cosine_decay(0.0, 1e-2, 10, 30, 1e-4)))
}

fn arrays(run: &Run) -> Vec<(String, nnx::array::Array)> {
    state(run).iter().map(|(path, entry)| (path.to_string(), entry.array.clone())).collect()
}

#[test]
fn fifty_steps_a_file_and_fifty_more_are_a_hundred_steps_bit_for_bit() {
    let rows = rows();
    let mut whole = Run::new(0);
    let steps: Vec<_> = (0..100).map(|_| whole.step(&rows).expect("a step")).collect();
    assert_eq!(whole.seen.value().item(), 800);

    let (_directory, file) = place();
    let mut resumed = {
        let mut first = Run::new(0);
        (0..50).for_each(|_| drop(first.step(&rows).expect("a step")));
        nnx::io::save(&first, &file).expect("saved");
        Run::new(1)
    };
    assert_ne!(arrays(&resumed), arrays(&Run::new(0)), "another start");
    nnx::io::load(&mut resumed, &file).expect("loaded");
    let rest: Vec<_> = (0..50).map(|_| resumed.step(&rows).expect("a step")).collect();
    assert_eq!(rest, steps[50..]);
    assert_eq!(arrays(&resumed), arrays(&whole));
}

/// The snippets of docs/resuming.md about a file that holds more than the model.
#[test]
fn the_model_alone_is_loaded_from_the_file_of_a_run() {
    #[derive(Module)]
    struct Trained {
        model: Net,
    }
    let rows = rows();
    let mut run = Run::new(0);
    (0..5).for_each(|_| drop(run.step(&rows).expect("a step")));
    let (_directory, file) = place();
    nnx::io::save(&run, &file).expect("saved");
    let mut trained = Trained { model: Net::init(&mut Rngs::new(1)) };
    nnx::io::load_of(&Filter::everything(), &mut trained, &file).expect("the model is in it");
    let x: Tensor![Batch, 4] = Tensor::batch(rows);
    assert_eq!(trained.model.infer(x.clone()).to_vec(), run.model.infer(x).to_vec());
}
