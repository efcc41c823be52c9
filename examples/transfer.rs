//! A network that has learned the digits 0 to 5 learns 6 to 9 from a few examples: its body is loaded,
//! frozen and given a new head.
//!
//!     cargo run --release --example transfer -- --help
//!
//! From 10 examples of each digit the new head reaches 83% of the test images of 6 to 9, where the same
//! network reaches 80% when all of it is trained on them from the start.

mod support;

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use nnx::io;
use nnx::module::Entry;
use nnx::prelude::*;
use nnx_train::{DataError, Dataset, Image, Items, Label, Loader, Progress, Trainer};
use support::Example;

/// Images (B, 28, 28, 1) to maps of features (B, 7, 7, 32).
#[derive(Module)]
#[module(sequential)]
struct Body {
    conv1: (Conv<U1, U16, (U3, U3)>, Relu, MaxPool<(U2, U2)>),
    conv2: (Conv<U16, U32, (U3, U3)>, Relu, MaxPool<(U2, U2)>),
}

/// A body, and a head for `Classes` classes.
#[derive(Module)]
#[module(sequential)]
struct Classifier<Classes: Size> {
    body: Body,
    flatten: Flatten,
    head: Linear<dim!(7 * 7 * 32), Classes>,
}

/// Learns the digits 0 to 5 from all examples, then 6 to 9 from a few, on the frozen body of the first.
#[derive(Parser)]
struct Arguments {
    /// A trained model to take the body from, such as the one that an earlier run saved [default: train one]
    #[arg(long)]
    from: Option<PathBuf>,
    /// Passes over the images of 0 to 5
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    epochs: u64,
    /// Examples of each of the digits 6 to 9
    #[arg(long, default_value = "10")]
    examples: NonZero<usize>,
    /// Passes over these examples
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    head_epochs: u64,
    /// The learning rate
    #[arg(long, default_value_t = 1e-3, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the initial weights and the order of the images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A directory of IDX files, gzipped or not, such as Fashion-MNIST [default: MNIST, built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the model of 0 to 5 is saved
    #[arg(long, default_value = "pretrained.safetensors")]
    pretrained: PathBuf,
    /// Where the model for the digits 6 to 9 is saved
    #[arg(long, default_value = "transfer.safetensors")]
    save: PathBuf,
    /// The number of training images to use, for a quick try [default: all]
    #[arg(long)]
    limit: Option<NonZero<usize>>,
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    io::check_writable(&arguments.save)?;
    let (seed, rate) = (arguments.seed, arguments.learning_rate);
    let data = support::images(arguments.data.as_deref(), arguments.limit)?;
    let trained = match &arguments.from {
        Some(file) => file,
        None => {
            if arguments.pretrained == arguments.save {
                let same = "--pretrained and --save name one file: the second model would overwrite the first";
                return Err(same.into());
            }
            io::check_writable(&arguments.pretrained)?;
            let train = digits::<U6>(&data.train, 0, None)?.loader(32)?;
            let train = train.shuffled(seed).map(support::normalized).workers(1);
            let test = digits(&data.test, 0, None)?.loader(500)?.map(support::normalized);
            let mut model = Classifier::<U6>::init(&mut Rngs::new(seed));
            let everything = Filter::everything();
            learn(&mut model, &everything, &train, rate, arguments.epochs, Some(&test))?;
            io::save(&model, &arguments.pretrained)?;
            println!("saved {}", arguments.pretrained.display());
            &arguments.pretrained
        }
    };

    let few = digits::<U4>(&data.train, 6, Some(arguments.examples.get()))?.loader(32)?;
    let few = few.shuffled(seed).map(support::normalized);
    let test = digits::<U4>(&data.test, 6, None)?.loader(500)?.map(support::normalized);
    println!("digits 6 to 9 from {} examples:", few.items());

    // The body comes from the file. The head is new, for other classes, and only the head is trained.
    let mut model = Classifier::<U4>::init(&mut Rngs::new(seed));
    let (body, head) = (Filter::within("body"), Filter::within("head"));
    io::load_of(&body, &mut model, trained)?;
    let loaded = state_of(&body, &model);
    learn(&mut model, &head, &few, rate, arguments.head_epochs, None)?;
    let frozen = state_of(&body, &model);
    let array = |(_, entry): (_, Entry)| entry.array;
    assert!(loaded.into_iter().map(array).eq(frozen.into_iter().map(array)), "the body is frozen");
    println!(
        "frozen body, new head: {:.2}%",
        support::accuracy_on(&test, |images| model.infer(images))?
    );
    println!("the body is as it was loaded, bit for bit");

    let mut scratch = Classifier::<U4>::init(&mut Rngs::new(seed));
    learn(&mut scratch, &Filter::everything(), &few, rate, arguments.head_epochs, None)?;
    println!(
        "all from scratch: {:.2}%",
        support::accuracy_on(&test, |images| scratch.infer(images))?
    );

    io::save(&model, &arguments.save)?;
    let mut again = Classifier::<U4>::init(&mut Rngs::new(0));
    io::load(&mut again, &arguments.save)?;
    println!("saved {}", arguments.save.display());
    println!(
        "test accuracy: {:.2}% ({} images)",
        support::accuracy_on(&test, |images| again.infer(images))?,
        test.items()
    );
    Ok(())
}

/// Trains the part of a model that a filter selects, and prints the accuracy on `test` after each epoch.
fn learn<Classes: Size>(
    model: &mut Classifier<Classes>,
    part: &Filter,
    batches: &Loader<Example<Classes>>,
    rate: f64,
    epochs: u64,
    test: Option<&Loader<Example<Classes>>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let trainer = Trainer::new(model, adam(rate)).only(part).epochs(epochs).unit("images");
    let trainer = match test {
        None => trainer,
        Some(test) => trainer.record(Progress::new(0)).evaluate(
            test,
            |model, pass, (images, labels), scores| {
                let logits: Tensor![Batch, Classes] = model.forward(images, pass);
                scores.of::<Accuracy>("test accuracy").update(&logits, &labels);
            },
        ),
    };
    trainer.fit(batches, |model, pass, (images, labels)| {
        softmax_cross_entropy(model.forward(images, pass), labels).mean()
    })?;
    Ok(())
}

/// The images of `Classes` digits from `first` on, at most `most` of each.
fn digits<Classes: Size>(
    set: &impl Dataset<Item = (Image<U28, U28>, Label<U10>)>,
    first: usize,
    most: Option<usize>,
) -> Result<Items<(Image<U28, U28>, Label<Classes>)>, DataError> {
    let mut counts = vec![0; Classes::USIZE];
    let mut items = Vec::new();
    for index in 0..set.len() {
        let (image, label) = set.get(index)?;
        let class = label.index().wrapping_sub(first);
        let Some(count) = counts.get_mut(class) else { continue };
        if most.is_none_or(|most| *count < most) {
            *count += 1;
            items.push((image, Label::new(class)?));
        }
    }
    Ok(Items(items))
}
