//! A GPT learns to write like Shakespeare, one character after another.
//!
//!     cargo run --release --example char_gpt -- --help
//!
//! After 2000 steps its cross-entropy on held-out plays is 1.64 nats a character; uniform predictions
//! would have 4.2. That takes five minutes on two cores.

mod support;

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use nnx::io;
use nnx::metrics::Average;
use nnx::models::{Gpt, GptOptions, Sampler};
use nnx::prelude::*;
use nnx_train::{Dataset, Padded, Scores, TextSet, Tokenizer, Trainer, Vocabulary, evaluate};

/// Eight plays, with 67 different characters.
const PLAYS: &[u8] = include_bytes!("../data/shakespeare/shakespeare_8plays.txt.gz");
type Characters = dim!(67);

/// The context: each prediction depends on at most 64 characters.
type Context = U64;
/// Characters (B, T) to logits (B, T, 67): width 128, 4 heads, and 4 blocks.
type Model = Gpt<Characters, Context, U128, U4>;

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn model(seed: u64) -> Model {
    Model::with(&GptOptions::default().depth(4), &mut Rngs::new(seed))
}

/// Trains a GPT on Shakespeare, reports its loss on held-out text, and generates text.
#[derive(Parser)]
struct Arguments {
    /// Steps of training
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    steps: u64,
    /// Windows of 64 characters in one step
    #[arg(long, default_value_t = 32)]
    batch_size: usize,
    /// The highest learning rate; it rises over the first 100 steps, then falls to a tenth
    #[arg(long, default_value_t = 2e-3, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the initial weights, the order of the windows and the generated text
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The prompt that the model continues
    #[arg(long, default_value = "ROMEO:\n")]
    prompt: String,
    /// The number of characters to generate after training
    #[arg(long, default_value_t = 500)]
    length: usize,
    /// The temperature: 0 takes the most likely character each time, 1 samples with the predicted probabilities
    #[arg(long, default_value_t = 0.8, allow_negative_numbers = true)]
    temperature: f64,
    /// Top-k: sample only from this number of the most likely characters
    #[arg(long, default_value_t = <Characters as Size>::USIZE)]
    top_k: usize,
    /// Top-p: sample only from the most likely characters whose probabilities sum to this
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    top_p: f64,
    /// The number of characters of the text to use, for a quick try [default: all]
    #[arg(long)]
    limit: Option<NonZero<usize>>,
    /// Where the trained model is saved
    #[arg(long, default_value = "char_gpt.safetensors")]
    save: PathBuf,
    #[command(flatten)]
    training: support::Training,
    /// Don't train: load this model and generate text
    #[arg(long)]
    load: Option<PathBuf>,
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()).map_err(|error| error as Box<dyn std::error::Error>))
}

fn run(arguments: &Arguments) -> Fallible<()> {
    let text = TextSet::<Characters>::from_bytes("the plays", PLAYS)?;
    let vocabulary = text.tokenizer().clone();
    let writer = Writer::new(&vocabulary, arguments)?;
    if let Some(file) = &arguments.load {
        let mut loaded = model(0);
        io::load(&mut loaded, file)?;
        println!("{}", writer.write(&loaded, arguments.length)?);
        return Ok(());
    }
    io::check_writable(&arguments.save)?;
    let (mut train, mut held_out) = text.split(0.1)?;
    if let Some(limit) = arguments.limit {
        (train, held_out) = (train.take(limit.get()), held_out.take(limit.get()));
    }

    let mut model = model(arguments.seed);
    writer.write(&model, 0)?; // a prompt that doesn't fit is an error now, not after training
    let (steps, highest) = (arguments.steps, arguments.learning_rate);
    let rate = warmup_cosine_decay(0.0, highest, 100.min(steps / 2), steps, highest / 10.0);
    let descent =
        adamw(rate).betas(0.9, 0.99).weight_decay(0.1).decay_only(Filter::path_contains("kernel"));
    let windows = train.windows(Context::USIZE)?.loader(arguments.batch_size)?;
    let windows = windows
        .with_replacement(arguments.seed)
        .counting("characters", |(characters, _)| characters.dims().elements());
    // Each character but the first is predicted once.
    let held_out = held_out.chunks(Context::USIZE)?.loader(64)?;
    let trainer = arguments.training.set(Trainer::new(&mut model, descent));
    let report = trainer
        .steps(steps)
        .clip_by_global_norm(1.0)
        .evaluate_every_steps(steps.div_ceil(6))
        .evaluate(&held_out, |model, pass, (characters, next), scores| {
            add_nats(model.forward(characters.values, pass), next, scores);
        })
        .sample(|model| Ok(writer.write(model, 120)? + "\n"))
        .fit(&windows, |model, pass, (characters, next)| {
            softmax_cross_entropy(model.forward(characters, pass), next).mean()
        })?;
    if !report.is_complete() {
        return Ok(());
    }
    io::save(&model, &arguments.save)?;

    let mut loaded = self::model(0);
    io::load(&mut loaded, &arguments.save)?;
    println!("{}\n", writer.write(&loaded, arguments.length)?);
    println!("saved {}", arguments.save.display());
    let scores = evaluate(&held_out, |(characters, next), scores| {
        add_nats(loaded.infer(characters.values), next, scores);
    })?;
    println!("held-out: {:.3} nats a character", scores.value(NATS).expect("it is measured"));
    Ok(())
}

/// The name of the mean loss of a character.
const NATS: &str = "held-out nats a character";

/// Adds the losses of a batch, without the padding.
fn add_nats(logits: Tensor![Batch, Time, Characters], next: Padded<i32>, scores: &mut Scores) {
    let losses = softmax_cross_entropy(logits, next.values);
    scores.of::<Average>(NATS).update_masked(&losses, &next.mask);
}

/// Generates a continuation of the prompt, with the same seed each time.
struct Writer<'a> {
    vocabulary: &'a Vocabulary,
    arguments: &'a Arguments,
    prompt: Vec<i32>,
    sampler: Sampler,
}

impl<'a> Writer<'a> {
    fn new(vocabulary: &'a Vocabulary, arguments: &'a Arguments) -> Fallible<Self> {
        let prompt = vocabulary.encode(&arguments.prompt)?;
        let sampler = Sampler::new(arguments.seed).temperature(arguments.temperature)?;
        let sampler = sampler.top_k(arguments.top_k)?.top_p(arguments.top_p)?;
        Ok(Self { vocabulary, arguments, prompt, sampler })
    }

    fn write(&self, model: &Model, length: usize) -> Fallible<String> {
        let tokens = model.generate(&self.prompt, length, &mut self.sampler.clone())?;
        Ok(self.arguments.prompt.clone() + &self.vocabulary.decode(&tokens)?)
    }
}
