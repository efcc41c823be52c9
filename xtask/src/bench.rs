//! `bench`: times of nnx, of the compiler, and of other libraries.

use crate::steps::{Failed, Steps, command};

pub(crate) fn bench(steps: &mut Steps, arguments: &[&str]) -> Result<(), Failed> {
    match arguments {
        ["peers", arguments @ ..] => steps.run(command("benches/peers/run.py").args(arguments)),
        ["compile", arguments @ ..] => {
            steps.run(command("cargo bench --bench compile --").args(arguments))
        }
        ["workloads", arguments @ ..] | arguments => {
            steps.run(command("cargo bench --bench workloads --").args(arguments))
        }
    }
}
