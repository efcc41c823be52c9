//! Trains a classifier on the rows of a CSV file, measures its accuracy on held-out rows, and saves it.
//!
//!     cargo run                    # data/spirals.csv
//!     cargo run -- my_file.csv
//!
//! To use your own data, change `FEATURES` and `CLASSES` below. To use your own model, change `Classifier`: the
//! compiler reports layers that don't fit together.

mod table;

use std::error::Error;

use nnx::io;
use nnx::prelude::*;
use nnx::random::permutation;
use table::{Row, Table};

/// The number of feature columns in the file.
const FEATURES: usize = 2;
/// The number of different names in its last column.
const CLASSES: usize = 3;

/// The features of some rows, (B, FEATURES).
type Rows = Tensor<(Batch, Const<FEATURES>)>;

/// Rows (B, FEATURES) to logits (B, CLASSES).
#[derive(Module)]
#[module(sequential)]
struct Classifier {
    standardize: Standardize,
    hidden1: (Linear<Const<FEATURES>, U64>, Relu),
    hidden2: (Linear<U64, U64>, Relu),
    output: Linear<U64, Const<CLASSES>>,
}

/// Standardizes each column to mean 0 and standard deviation 1 with the statistics of the training rows. The
/// statistics are saved with the model, but no optimizer changes them, because their kind isn't `Param`.
#[derive(Module)]
struct Standardize {
    mean: BatchStat<(Const<FEATURES>,)>,
    #[module(init = BatchStat::new(Tensor::ones()))]
    deviation: BatchStat<(Const<FEATURES>,)>,
}

impl<B: Dim> Layer<Tensor<(B, Const<FEATURES>)>> for Standardize {
    type Output = Tensor<(B, Const<FEATURES>)>;

    fn forward(&self, x: Tensor<(B, Const<FEATURES>)>, pass: &mut Pass) -> Self::Output {
        (x - self.mean.get(pass)) / self.deviation.get(pass)
    }
}

impl Standardize {
    fn fit(&mut self, rows: &[Row<FEATURES>]) {
        let mut mean = [0.0; FEATURES];
        let mut deviation = [0.0; FEATURES];
        for column in 0..FEATURES {
            let mut statistics = Welford::new();
            let numbers: Vec<f32> = rows.iter().map(|(numbers, _)| numbers[column]).collect();
            statistics.update(&<Tensor![Batch]>::from_vec(numbers).expect("any number of rows"));
            let statistics = statistics.compute();
            mean[column] = statistics.mean;
            deviation[column] = statistics.standard_deviation.max(1e-6);
        }
        self.mean.replace(Tensor::from(mean));
        self.deviation.replace(Tensor::from(deviation));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "data/spirals.csv".to_owned());
    let table = Table::read(&file)?;
    if table.classes.len() != CLASSES {
        let found = table.classes.join(", ");
        return Err(format!("{file}: expected {CLASSES} classes, found {found}").into());
    }
    let (training, test) = split(&table.rows);

    let mut model = Classifier::init(&mut Rngs::new(0));
    println!("{}", summary(&model));
    train(&mut model, &training, 60)?;
    println!(
        "accuracy on {} unseen rows: {:.1}%",
        test.len(),
        100.0 * accuracy_on(&model, &test)
    );

    io::save(&model, "model.safetensors")?;
    let mut saved = Classifier::init(&mut Rngs::new(0));
    io::load(&mut saved, "model.safetensors")?;
    let (numbers, _) = test[0];
    let class: Tensor![1; i32] = saved.infer(Tensor::from([numbers])).argmax();
    let name = &table.classes[class.to_vec()[0] as usize];
    println!("saved model.safetensors, which says of {numbers:?}: {name}");
    Ok(())
}

/// Splits the rows at random: four fifths for training, one fifth for testing.
fn split(rows: &[Row<FEATURES>]) -> (Vec<Row<FEATURES>>, Vec<Row<FEATURES>>) {
    let order = permutation(Rngs::new(0).params(), rows.len());
    let mut rows: Vec<_> = order.into_iter().map(|index| rows[index]).collect();
    let test = rows.split_off(rows.len() - rows.len().div_ceil(5));
    (rows, test)
}

/// Trains for `epochs` epochs, each in batches and in another order.
fn train(model: &mut Classifier, rows: &[Row<FEATURES>], epochs: u64) -> Result<(), nnx::Error> {
    model.standardize.fit(rows);
    let mut optimizer = Optimizer::new(model, adamw(5e-3));
    let mut orders = Rngs::new(1);
    for epoch in 1..=epochs {
        let mut mean_loss = Average::new();
        for batch in permutation(orders.params(), rows.len()).chunks(32) {
            let x: Rows = Tensor::batch(batch.iter().map(|&index| rows[index].0));
            let classes = batch.iter().map(|&index| rows[index].1).collect();
            let classes: Tensor![Batch; i32] = Tensor::from_vec(classes)?;
            let (loss, grads) = value_and_grad(model, |model, pass| {
                softmax_cross_entropy(model.forward(x, pass), classes).mean()
            })?;
            optimizer.update(model, grads)?;
            mean_loss.update_mean(loss, batch.len());
        }
        if epoch % 10 == 0 {
            println!("epoch {epoch}: loss {:.4}", mean_loss.compute());
        }
    }
    Ok(())
}

/// The share of rows that the model classifies correctly, from 0 to 1.
fn accuracy_on(model: &Classifier, rows: &[Row<FEATURES>]) -> f32 {
    let x: Rows = Tensor::batch(rows.iter().map(|(numbers, _)| *numbers));
    let classes = rows.iter().map(|(_, class)| *class).collect();
    let classes: Tensor![Batch; i32] = Tensor::from_vec(classes).expect("any number of rows");
    accuracy(model.infer(x), &classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spirals() -> (Vec<Row<FEATURES>>, Vec<Row<FEATURES>>) {
        split(&Table::read("data/spirals.csv").expect("the file").rows)
    }

    #[test]
    fn it_learns_rows_that_it_has_not_seen() {
        let (training, test) = spirals();
        let mut model = Classifier::init(&mut Rngs::new(0));
        let before = accuracy_on(&model, &test);
        train(&mut model, &training, 60).expect("trained");
        let after = accuracy_on(&model, &test);
        assert!(before < 0.7 && after > 0.9, "from {before} to {after}");
    }

    #[test]
    fn no_row_is_in_both_parts() {
        let (training, test) = spirals();
        assert_eq!((training.len(), test.len()), (240, 60));
        assert!(test.iter().all(|row| !training.contains(row)));
    }
}
