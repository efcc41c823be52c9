//! Layers against Flax NNX from the same seed, over a matrix of options: output, gradients of every
//! parameter and of the inputs, statistics after three training passes, output in evaluation, counters
//! of random streams.
//!
//! | file | holds |
//! |---|---|
//! | `case` | one layer under one setting, against all that its golden says |
//! | `activation` | activations with options, and dropout |
//! | `attention` | attention |
//! | `attention_limits` | rows that are masked out, empty sequences, what is refused, generic models |
//! | `axes` | linear layers over several axes, equations, adaptations |
//! | `decode` | the cache of attention |
//! | `double` | initial parameters in f64 |
//! | `embedding` | embeddings of indices and of positions |
//! | `groups` | normalizations over groups of features and over space |
//! | `kernels` | layers that change the kernel of another |
//! | `linear` | linear layers, and a chain |
//! | `normalization` | normalizations over features and over the batch |
//! | `recurrent` | recurrent cells, alone and over sequences |
//! | `recurrent_limits` | long and empty sequences, what is refused, generic models |
//! | `ensembles` | models side by side |
//! | `losses` | losses |
//! | `losses_masked` | losses and reductions with a mask |
//! | `losses_structured` | losses of margins, embeddings, lists and segmentations |
//! | `conv`, `conv_transpose` | convolutions in one, two and three dimensions |
//! | `pools` | pools and upsampling |
//! | `torch`, `torch_nn` | layers that PyTorch has and Flax doesn't |
//! | `variants` | resizing, batch axes, masks and axes of normalizations, windows of attention |
//! | `variants_limits` | what these do at their limits, and what they refuse |
//! | `without_bias` | layers without a bias, and the one that changes nothing |
//!
//! Each case prints the largest error that it has seen: `cargo test --test layers -- --nocapture`.
#![cfg(feature = "safetensors")]

mod case;
#[allow(dead_code, reason = "what other tests of goldens use too")]
#[path = "../flax/golden.rs"]
mod golden;

mod activation;
mod attention;
mod attention_limits;
mod axes;
mod conv;
mod conv_transpose;
mod decode;
mod double;
mod embedding;
mod ensembles;
mod groups;
mod kernels;
mod linear;
mod losses;
mod losses_masked;
mod losses_structured;
mod normalization;
#[path = "../common/panics.rs"]
mod panics;
mod pools;
mod recurrent;
mod recurrent_limits;
mod torch;
mod torch_nn;
mod variants;
mod variants_limits;
mod without_bias;
