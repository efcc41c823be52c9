//! Saving and loading: a model in a file, the error for a wrong file, and loading a part of a model.
//!
//!     cargo run --example 05_saving

use nnx::io;
use nnx::prelude::*;

/// A network whose last layer depends on the task.
#[derive(Module)]
struct Net<Classes: Size> {
    body: Linear<U4, U16>,
    head: Linear<U16, Classes>,
}

impl<B: Dim, Classes: Size> Layer<Tensor![B, 4]> for Net<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 4], pass: &mut Pass) -> Self::Output {
        let x = self.body.forward(x, pass).relu();
        self.head.forward(x, pass)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("net.safetensors");
    let x = Tensor::from([[1.0, 2.0, 3.0, 4.0]]);

    // The format is safetensors, which Python reads, too. Saving writes a new file and
    // then renames it, so a run that is killed leaves the old file or the new one.
    let model = Net::<U3>::init(&mut Rngs::new(0));
    io::check_writable(&file)?; // check before hours of training, not after
    io::save(&model, &file)?;
    println!("saved {} bytes", std::fs::metadata(&file)?.len());

    // A file contains variables; the model is the type. The weights come from the file, not from a random
    // initialization.
    let same: Net<U3> = io::from_file(&file)?;
    assert_eq!(same.infer(x.clone()).to_vec(), model.infer(x.clone()).to_vec());

    // Loading into an existing model replaces its values.
    let mut loaded = Net::<U3>::init(&mut Rngs::new(1));
    println!("\nsaved model   {:?}", model.infer(x.clone()));
    println!("before it     {:?}", loaded.infer(x.clone()));
    io::load(&mut loaded, &file)?;
    println!("after loading {:?}", loaded.infer(x.clone()));

    // The whole file is checked before anything changes. The error names every variable that doesn't fit.
    let mut other = Net::<U5>::init(&mut Rngs::new(2));
    let error = io::load(&mut other, &file).expect_err("three classes aren't five");
    println!("\nanother model:\n{error}");

    // A truncated file, or a file that isn't a model, is an error, too.
    let bytes = std::fs::read(&file)?;
    std::fs::write(&file, &bytes[..100])?;
    let error = io::load(&mut loaded, &file).expect_err("the file is cut short");
    println!("\na damaged file:\n{error}");
    std::fs::write(&file, bytes)?;

    // For another task, load the body from the file, and keep the initial weights of the new head.
    io::load_of(&Filter::within("body"), &mut other, &file)?;
    println!("\nthe body of one, the head of another: {:?}", other.infer(x));
    Ok(())
}
