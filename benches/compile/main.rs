//! Measures how long programs with models take to compile, and how large they become.
//!
//!     cargo bench --bench compile                                # nnx
//!     cargo bench --bench compile -- --peers --csv compile.csv   # compared with burn and candle
//!     cargo bench --bench compile -- --rounds 9 candle           # of one library
//!     cargo bench --bench compile -- --generic                   # nnx's generic models alone
//!
//! Crates are written into a temporary directory, a workspace for each library, from the sources in
//! `crates/`: the convolutional network of the tutorial, ResNet-50 with a field for each block, and a
//! transformer with a field for each of 6, 12, 24, 48 and 384 layers. Each trains its model for a step. None
//! has an attribute that raises the recursion limit.
//!
//! | measured | how |
//! |---|---|
//! | release build, clean | the library and all that it depends on, into an empty directory |
//! | nnx-core, dependencies built | the same of nnx-core, of which alone the output was removed |
//! | check, clean | `cargo check` of one crate, of which alone the output was removed |
//! | generic models | `cargo check` of one crate, of which alone the output was removed: models that are generic in all their sizes, each at most 1 second and 300 MB |
//! | check after an edit | the same, after a number in the model's forward pass was changed, as an editor checks after each save |
//! | each layer | the difference between transformers of more and of fewer layers, for each layer between them: growth is linear where this stays the same |
//! | stripped binary | the program that trains the network for images of digits; for nnx also the example `mnist`, which holds its images |
//!
//! A cell of the table is `best / median / CPU / memory`: seconds on the clock, of the fastest round and of the
//! middle one; the least that the processor spent in user mode, over all cores, which other programs on the
//! machine disturb less; and the peak of memory in MB of the largest process. The first download of a library isn't measured. burn takes a
//! quarter of an hour or more, most of it spent on the library itself.

mod cargo;
mod cost;
mod library;
mod measure;
mod report;

use std::error::Error;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use clap::Parser;
use clap::builder::PossibleValuesParser;
use cost::METER;
use library::Library;
use report::Report;

/// Measures how long programs with models take to compile.
#[derive(Parser)]
struct Arguments {
    /// Measure all: nnx, burn and candle
    #[arg(long, conflicts_with = "libraries")]
    peers: bool,
    /// Measure the generic models of nnx alone
    #[arg(long, conflicts_with = "peers")]
    generic: bool,
    /// How often each check is measured
    #[arg(long, default_value = "5")]
    rounds: NonZero<usize>,
    /// A CSV file for the results: library, what, wall seconds, cpu seconds, note
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Given by `cargo bench`, and not by `cargo test`, which shall finish quickly
    #[arg(long, hide = true)]
    bench: bool,
    /// Libraries to measure
    #[arg(default_value = "nnx", value_parser = PossibleValuesParser::new(Library::NAMES))]
    libraries: Vec<String>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut command = env::args_os().skip(1);
    if command.next().is_some_and(|argument| argument == METER) {
        return Ok(cost::meter(command)?);
    }
    let arguments = Arguments::parse();
    if !arguments.bench {
        println!("compile times are measured by `cargo bench --bench compile`");
        return Ok(ExitCode::SUCCESS);
    }
    let rounds = arguments.rounds.get();
    let mut report = Report::default();
    // Results from before a failure are printed, too.
    let outcome = [Library::nnx(), Library::burn(), Library::candle()]
        .iter()
        .filter(|library| arguments.peers || arguments.libraries.iter().any(|n| n == library.name))
        .try_for_each(|library| match arguments.generic {
            true => measure::measure_generic(library, rounds, &mut report),
            false => measure::measure(library, rounds, &mut report),
        });
    print!("{}", report.table());
    if let Some(path) = &arguments.csv {
        fs::write(path, report.csv())?;
    }
    outcome.map(|()| ExitCode::SUCCESS)
}
