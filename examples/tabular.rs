//! Rents of flats from a CSV file with categories and missing values, with early stopping.
//!
//!     cargo run --release --example tabular     # --help lists the options
//!
//! It reaches a mean absolute error of 65 euros on 400 held-out flats, of rents of 1,085 euros on average, in half a second; the
//! goal was 75. (The noise in the rents, which `data/flats/make.py` has drawn, is 43 euros.) The model is saved with all that it takes to make its input of a row; `tabular_predict` is a program that does so. The
//! columns and the model are in `support/flats.rs`.

#[path = "support/flats.rs"]
mod flats;
mod support;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use flats::{Flat, Input, RentModel};
use nnx::io;
use nnx::metrics::{MeanAbsoluteError, R2};
use nnx::prelude::*;
use nnx_train::{Csv, Dataset, Goal, Items, Scores, Trainer, evaluate};

/// 2,000 made-up flats; `data/flats/make.py` writes them.
const FLATS: &[u8] = include_bytes!("../data/flats/flats.csv");

/// Trains on the flats of a CSV file, and reports the error of rents that the model hasn't seen.
#[derive(Parser)]
struct Arguments {
    /// A CSV file with the columns area, rooms, floor, built, district, heating, rent [default: built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// The most passes over the training rows
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    epochs: u64,
    /// Stops after this number of epochs without a better error of validation
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// The learning rate
    #[arg(long, default_value_t = 2e-3, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the split, of the initial weights and of the order of the rows
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where the trained model is saved
    #[arg(long, default_value = "tabular.safetensors")]
    save: PathBuf,
    #[command(flatten)]
    training: support::Training,
}

/// Encodes a flat, and takes its rent apart.
fn example(
    model: &RentModel,
) -> impl Fn(Flat) -> Result<(Input, f32), Box<dyn Error + Send + Sync>> + use<> {
    let encode = model.encoder();
    move |flat| {
        let rent = flat.rent.ok_or("expected a rent in each row, found none")?;
        Ok((encode(&flat)?, rent))
    }
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    io::check_writable(&arguments.save)?;
    let csv = Csv::comma().missing(["NA"]);
    let flats = match &arguments.data {
        Some(file) => csv.read::<Flat>(file)?,
        None => csv.read_bytes("flats.csv", FLATS)?,
    };
    let flats: Items<_> = flats.try_map(Flat::checked).to_vec()?.into_iter().collect();
    let (train, test) = flats.split(0.2, arguments.seed)?;
    let (train, validation) = train.split(0.2, arguments.seed)?;

    // The statistics and categories are those of the training rows only.
    let mut model = RentModel::fitted(&train.to_vec()?, arguments.seed)?;
    let train = train.try_map(example(&model)).cache().loader(32)?.shuffled(arguments.seed);
    let validation = validation.try_map(example(&model)).cache().loader(500)?;
    let test = test.try_map(example(&model)).loader(500)?;

    let trainer = Trainer::new(&mut model, adamw(arguments.learning_rate));
    let report = arguments
        .training
        .set(trainer)
        .epochs(arguments.epochs)
        .unit("flats")
        .evaluate(&validation, |model, pass, (flats, rents), scores| {
            measure(&model.rents(flats, pass), &rents, scores);
        })
        .stop_early(Goal::smallest(ERROR), arguments.patience)
        .keep_best()
        .fit(&train, |model, pass, (flats, rents)| {
            let targets = model.targets(rents, pass);
            huber_loss(model.forward(flats, pass), targets, 1.0).mean()
        })?;
    if !report.is_complete() {
        return Ok(());
    }
    io::save(&model, &arguments.save)?;

    let mut loaded = RentModel::init(&mut Rngs::new(0));
    io::load(&mut loaded, &arguments.save)?;
    let scores = evaluate(&test, |(flats, rents), scores| {
        measure(&loaded.rents(flats, &mut Pass::eval()), &rents, scores);
    })?;
    println!("saved {}", arguments.save.display());
    let value = |name| scores.value(name).expect("it is measured");
    println!("{} flats: {ERROR} {:.1} euros, R2 {:.3}", test.items(), value(ERROR), value("R2"));
    Ok(())
}

const ERROR: &str = "mean absolute error";

fn measure(predicted: &Tensor![Batch], rents: &Tensor![Batch], scores: &mut Scores) {
    scores.of::<MeanAbsoluteError>(ERROR).update(predicted, rents);
    scores.of::<R2>("R2").update(predicted, rents);
}
