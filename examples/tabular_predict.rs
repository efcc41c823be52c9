//! The rent of one flat, by the model that `tabular` has saved.
//!
//!     cargo run --release --example tabular
//!     cargo run --release --example tabular_predict -- '{"area": 64, "floor": 2, "district": "Harbour"}'
//!
//! The file of the model has the names and the statistics that a row needs. What is wrong with a row is an error in one
//! line: the field, what was expected and what was found.

#[path = "support/flats.rs"]
#[allow(dead_code, reason = "a part of it is for training")]
mod flats;
mod support;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use flats::{Flat, RentModel};
use nnx::io;
use nnx::prelude::*;
use nnx_train::{Collate, Dataset, JsonLines};

/// Predicts the rents of flats, which are JSON objects with the fields area (square metres), rooms, floor, built (a
/// year), district and heating. Rooms, built and heating may be missing.
#[derive(Parser)]
struct Arguments {
    /// The flats, each a JSON object
    #[arg(required = true)]
    flats: Vec<String>,
    /// The model
    #[arg(long, default_value = "tabular.safetensors")]
    model: PathBuf,
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut model = RentModel::init(&mut Rngs::new(0));
    io::load(&mut model, &arguments.model)?;
    let encode = model.encoder();
    for text in &arguments.flats {
        let row = JsonLines::new().read_bytes::<Flat>("flat", text.as_bytes())?;
        let flat = row.get(0)?.checked()?;
        let batch = Collate::collate(vec![encode(&flat)?])?;
        let rent = model.rents(batch, &mut Pass::eval()).to_vec()[0];
        println!("{rent:.0} euros");
    }
    Ok(())
}
