//! Finds speech in a recording, with a trained network that another library has written (Silero VAD).
//!
//!     cargo run --release --example speech_detector -- --help
//!
//! The network reads 512 samples at a time (32 ms) and keeps a memory (LSTM) from one chunk to the next. Its weights are
//! a state dict of PyTorch, which loads by the names of the fields.

mod support;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use nnx::io::Foreign;
use nnx::ops::PadMode;
use nnx::prelude::*;
use nnx::size::{U129, U258};
use nnx_train::{DataError, Malformed, Wave};

const RATE: u32 = 16_000;
/// The samples of a chunk, and the samples before it that the network sees as context.
const CHUNK: usize = 512;
const CONTEXT: usize = 64;

/// The cell state and the hidden state.
type Carry = (Tensor![1, 128], Tensor![1, 128]);

/// A probability of speech for each chunk of samples.
///
/// Biases stand by themselves, to be added behind the sums of a convolution, as onnxruntime does. `Conv` starts its sums
/// from the bias, and these ones cancel so much that the order of rounding moves probabilities by 6e-5.
#[derive(Module)]
struct SpeechDetector {
    /// A Fourier transform of 256 samples as a convolution: 129 cosines, then 129 sines.
    stft_conv: Conv<U1, U258, (U256,), (Valid, Strided<U128>)>,
    conv1: Conv<U129, U128, (U3,), Symmetric>,
    conv2: Conv<U128, U64, (U3,), (Strided<U2>, Symmetric)>,
    conv3: Conv<U64, U64, (U3,), (Strided<U2>, Symmetric)>,
    conv4: Conv<U64, U128, (U3,), Symmetric>,
    bias1: Param<shape![128]>,
    bias2: Param<shape![64]>,
    bias3: Param<shape![64]>,
    bias4: Param<shape![128]>,
    lstm_cell: OptimizedLstmCell<U128, U128>,
    final_conv: Conv<U128, U1, (U1,)>,
}

impl SpeechDetector {
    fn new() -> Self {
        let rngs = &mut Rngs::new(0);
        let no_bias = KernelOptions::default().without_bias();
        Self {
            stft_conv: Conv::with(&no_bias, rngs),
            conv1: Conv::with(&no_bias, rngs),
            conv2: Conv::with(&no_bias, rngs),
            conv3: Conv::with(&no_bias, rngs),
            conv4: Conv::with(&no_bias, rngs),
            bias1: Init::init(rngs),
            bias2: Init::init(rngs),
            bias3: Init::init(rngs),
            bias4: Init::init(rngs),
            lstm_cell: OptimizedLstmCell::init(rngs),
            final_conv: Conv::init(rngs),
        }
    }

    /// The probability that someone speaks in a chunk, and the memory for the next one.
    fn step(&self, carry: Carry, x: Tensor![1, 576, 1]) -> (Carry, f32) {
        let pass = &mut Pass::eval();
        let x: Tensor![1, 640, 1] = x.pad::<1, U0, U64>(PadMode::Reflect);
        let (real, imaginary) = self.stft_conv.forward(x, pass).split::<2, U129, U129>();
        let magnitude: Tensor![1, 4, 129] = (real.square() + imaginary.square()).sqrt();
        let x: Tensor![1, 4, 128] =
            (self.conv1.forward(magnitude, pass) + self.bias1.get(pass)).relu();
        let x: Tensor![1, 2, 64] = (self.conv2.forward(x, pass) + self.bias2.get(pass)).relu();
        let x: Tensor![1, 1, 64] = (self.conv3.forward(x, pass) + self.bias3.get(pass)).relu();
        let x: Tensor![1, 1, 128] = (self.conv4.forward(x, pass) + self.bias4.get(pass)).relu();
        let (carry, y) = self.lstm_cell.step(carry, x.squeeze::<1>(), pass);
        let logit: Tensor![1, 1, 1] = self.final_conv.forward(y.relu().insert_axis::<1>(), pass);
        (carry, logit.sigmoid().to_vec()[0])
    }

    /// The probability of each chunk of a recording. The last chunk is filled up with silence.
    fn probabilities(&self, samples: &[f32]) -> Result<Vec<f32>, nnx::Error> {
        let mut carry: Carry = self.lstm_cell.zero_carry::<U1>(1);
        let mut before = [0.0; CONTEXT];
        let mut probabilities = Vec::new();
        for chunk in samples.chunks(CHUNK) {
            let mut x = before.to_vec();
            x.extend(chunk);
            x.resize(CONTEXT + CHUNK, 0.0);
            before.copy_from_slice(&x[CHUNK..]);
            let (next, probability) = self.step(carry, Tensor::from_vec(x)?);
            carry = next;
            probabilities.push(probability);
        }
        Ok(probabilities)
    }
}

/// Says when someone speaks in a recording.
#[derive(Parser)]
struct Arguments {
    /// A WAV file of 16,000 samples a second [default: three seconds of speech]
    #[arg(long)]
    wav: Option<PathBuf>,
    /// The weights, as PyTorch names them [default: those of the repository]
    #[arg(long)]
    weights: Option<PathBuf>,
    /// The least probability of speech
    #[arg(long, default_value_t = 0.5, value_parser = support::positive, allow_negative_numbers = true)]
    threshold: f64,
    /// Print the probability of each chunk of 32 ms as well
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/silero-vad");
    let weights = arguments.weights.clone().unwrap_or(folder.join("silero_vad_16k.safetensors"));
    let mut model = SpeechDetector::new();
    let names = Foreign::torch()
        .renaming("bias1", "conv1.bias")
        .renaming("bias2", "conv2.bias")
        .renaming("bias3", "conv3.bias")
        .renaming("bias4", "conv4.bias");
    names.load(&mut model, weights)?;
    let wav = arguments.wav.clone().unwrap_or(folder.join("speech.wav"));
    let probabilities = model.probabilities(&samples(&wav)?)?;
    if arguments.all {
        probabilities.iter().for_each(|probability| println!("{probability:.7}"));
    }
    let speaks = |i: usize| {
        probabilities
            .get(i)
            .is_some_and(|&probability| f64::from(probability) >= arguments.threshold)
    };
    let seconds = |chunk: usize| (chunk * CHUNK) as f64 / f64::from(RATE);
    let mut start = None;
    for chunk in 0..=probabilities.len() {
        if speaks(chunk) {
            start.get_or_insert(chunk);
        } else if let Some(start) = start.take() {
            println!("speech from {:.2} s to {:.2} s", seconds(start), seconds(chunk));
        }
    }
    let spoken = (0..probabilities.len()).filter(|&chunk| speaks(chunk)).count();
    println!("{:.2} s of {:.2} s", seconds(spoken), seconds(probabilities.len()));
    Ok(())
}

/// The samples of a WAV file, the mean of its channels.
fn samples(file: &Path) -> Result<Vec<f32>, DataError> {
    let wave = Wave::read(file)?;
    if wave.rate != RATE {
        let found = format!("{} samples a second", wave.rate);
        let expected = format!("{RATE} samples a second");
        let error = Malformed::new(file.display().to_string(), expected, found);
        return Err(error.fix("resample the file").into());
    }
    Ok(wave.mono().rows().to_vec())
}
