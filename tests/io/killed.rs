//! A run that is killed at any moment leaves a whole checkpoint, from which it resumes bit for bit.
//!
//! CI kills ten processes. To kill 300:
//!
//!     NNX_KILLS=300 cargo test -p nnx --test io -- killed --nocapture

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nnx::io::SavedValue;
use nnx::module::RngStream;
use nnx::prelude::*;
use nnx::random::{Key, Stream, normal};
use nnx_train::{Batches, CheckpointManager, Dataset, Items, Loader, Position};

use crate::process::{command, inside};

const TEST: &str = "killed::a_run_that_is_killed_at_any_moment_resumes_bit_for_bit";
/// Steps that a killed run may reach, and the steps after a resumption that are compared.
const STEPS: usize = 300;
const AFTER: usize = 100;

type Item = (i32, [f32; 8], i32);
type Batched = (Tensor![Batch; i32], Tensor![Batch, 8], Tensor![Batch; i32]);

#[derive(Module)]
#[module(sequential)]
struct Net {
    hidden: (Linear<U8, U64>, BatchNorm<U64>, Relu),
    #[module(init = Dropout::new(0.2, rngs))]
    dropout: Dropout,
    middle: (Linear<U64, U64>, Relu),
    output: Linear<U64, U2>,
}

/// Everything that the next step depends on.
struct Run {
    model: Net,
    optimizer: Optimizer,
    average: AveragedWeights,
    noise: RngStream,
    best: SavedValue<Option<f32>>,
    loader: Loader<Item>,
    batches: Batches<Batched>,
}

/// The record of a step: the bits of its loss, and the indices of its items.
type Seen = (u32, Vec<i32>);

impl Run {
    fn new(seed: u64) -> Self {
        let rngs = &mut Rngs::new(seed);
        let model = Net::init(rngs);
        let items: Items<Item> = normal(Key::new(3), 8 * 61)
            .chunks_exact(8)
            .zip(0..)
            .map(|(row, i)| (i, row.try_into().expect("eight numbers"), i32::from(row[0] > row[1])))
            .collect();
        let loader = items.loader(8).expect("batches").shuffled(11).augment(
            |(i, mut row, label), random| {
                row[0] += 0.1 * random.normal() as f32;
                (i, row, label)
            },
        );
        Self {
            optimizer: Optimizer::new(
                &model,
                every(3, adamw(warmup_cosine_decay(0.0, 1e-2, 10, 100, 1e-4))),
            ),
            average: AveragedWeights::new(&model, 0.9),
            noise: RngStream::forked("noise", rngs),
            best: SavedValue(None),
            batches: loader.epoch(0),
            loader,
            model,
        }
    }

    fn next_batch(&mut self) -> Batched {
        loop {
            if let Some(batch) = self.batches.next() {
                return batch.expect("items in memory");
            }
            self.batches = self.loader.epoch(self.batches.position().epoch + 1);
        }
    }

    fn step(&mut self) -> Result<Seen, nnx::Error> {
        let (numbers, x, labels) = self.next_batch();
        let mut pass = Pass::train();
        let noise = normal(self.noise.draw(&mut pass), 8);
        pass.commit(&mut self.noise)?;
        let shift: f32 = noise.iter().sum();
        let (loss, grads) = value_and_grad(&mut self.model, |model, pass| {
            softmax_cross_entropy(model.forward(x + 0.01 * shift, pass), labels).mean()
        })?;
        self.optimizer.update(&mut self.model, grads)?;
        self.average.update(&self.model)?;
        self.best.0 = Some(self.best.0.map_or(loss, |best| best.min(loss)));
        Ok((loss.to_bits(), numbers.to_vec()))
    }

    fn save(&self, manager: &mut CheckpointManager) {
        let position = self.batches.position();
        let parts = (
            ("model", &self.model),
            ("optimizer", &self.optimizer),
            ("average", &self.average),
            ("noise", &self.noise),
            ("best", &self.best),
            ("position", &position),
        );
        manager.save(self.optimizer.step(), None, parts).expect("saved");
    }

    /// Loads the newest complete checkpoint, if there is one, and returns its step. Fails if a checkpoint is broken.
    fn resume(&mut self, manager: &mut CheckpointManager) -> usize {
        let mut position: Position = self.batches.position();
        let parts = (
            ("model", &mut self.model),
            ("optimizer", &mut self.optimizer),
            ("average", &mut self.average),
            ("noise", &mut self.noise),
            ("best", &mut self.best),
            ("position", &mut position),
        );
        let Some(resumed) = manager.resume(parts).expect("a whole checkpoint") else { return 0 };
        assert!(resumed.skipped.is_empty(), "{:?}", resumed.skipped);
        self.batches = self.loader.resume(&position).expect("the same data");
        assert_eq!(self.optimizer.step(), resumed.step);
        usize::try_from(resumed.step).expect("few steps")
    }

    /// A hash of all bits of the run, the position of the loader included.
    fn hash(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325;
        let mut add = |bytes: &[u8]| {
            for &byte in bytes {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for state in
            [state(&self.model), state(&self.optimizer), state(&self.average), state(&self.noise)]
        {
            state.iter().for_each(|(_, entry)| add(&entry.array.to_le_bytes()));
        }
        add(format!("{:?} {:?}", self.best.0.map(f32::to_bits), self.batches.position()).as_bytes());
        hash
    }
}

/// The process that is killed: it saves after each step.
fn train(directory: &Path) {
    let mut run = Run::new(1);
    let mut manager = CheckpointManager::new(directory).expect("its directory").keep_last(2);
    let start = run.resume(&mut manager);
    if start == 0 {
        run = Run::new(0);
    }
    eprintln!("starts");
    for _ in start..STEPS {
        run.step().expect("a step");
        run.save(&mut manager);
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_resumes_bit_for_bit() {
    if let Some(directory) = inside() {
        return train(&directory);
    }
    let kills = std::env::var("NNX_KILLS").map_or(10, |kills| kills.parse().expect("a number"));
    let mut whole = Run::new(0);
    let mut hashes = vec![whole.hash()];
    let mut seen = Vec::new();
    for _ in 0..STEPS + AFTER {
        seen.push(whole.step().expect("a step"));
        hashes.push(whole.hash());
    }

    let outer = tempfile::tempdir().expect("a directory");
    let directory: PathBuf = outer.path().join("run");
    let mut delays = Stream::new(Key::new(5));
    let (mut resumed_at, mut cut) = (Vec::new(), 0);
    for kill in 0..kills {
        let mut command = command(&[], "", TEST, &directory);
        let mut child =
            command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a shell");
        let mut said = BufReader::new(child.stderr.take().expect("its messages")).lines();
        assert_eq!(said.next().expect("a line").expect("text"), "starts");
        // Every second process is killed only after its first checkpoint: on a busy machine, none may get that far
        // otherwise.
        let is_there = || listed(&directory).iter().any(|name| name.ends_with(".safetensors"));
        while kill % 2 == 1 && !is_there() && child.try_wait().expect("its state").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let microseconds = u64::from(delays.next_key().data()[0] % 60_000);
        std::thread::sleep(Duration::from_micros(microseconds));
        child.kill().expect("a process");
        child.wait().expect("it has ended");
        cut += usize::from(listed(&directory).iter().any(|name| name.ends_with(".nnx-tmp")));

        let mut run = Run::new(1);
        let mut manager = CheckpointManager::new(&directory).expect("nobody else's").keep_last(2);
        let step = run.resume(&mut manager);
        resumed_at.push(step);
        if step == 0 {
            continue;
        }
        assert_eq!(run.hash(), hashes[step], "all bits of step {step}");
        for (step, seen) in seen.iter().enumerate().skip(step).take(AFTER) {
            assert_eq!(run.step().expect("a step"), *seen, "step {step}");
        }
        assert_eq!(run.hash(), hashes[step + AFTER], "all bits after {AFTER} more");
        // If a process is killed between saving a new checkpoint and removing an old one, there is one more.
        let names = listed(&directory);
        assert!(names.iter().all(|name| name.ends_with(".safetensors")), "{names:?}");
        if step == STEPS {
            fs::remove_dir_all(&directory).expect("the directory");
        }
    }
    eprintln!("{kills} kills, {cut} while a file was written; resumed at steps {resumed_at:?}");
    assert!(resumed_at.iter().any(|&step| step > 0), "some of them came to a checkpoint");

    // The next save removes what the killed processes didn't.
    let mut run = Run::new(0);
    let mut manager = CheckpointManager::new(&directory).expect("nobody else's").keep_last(2);
    run.resume(&mut manager);
    for _ in 0..2 {
        run.step().expect("a step");
        run.save(&mut manager);
    }
    manager.finish().expect("written");
    assert_eq!(listed(&directory).len(), 2);
}

fn listed(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("the directory");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    entries.map(|entry| name(entry).into_string().expect("a name in UTF-8")).collect()
}
