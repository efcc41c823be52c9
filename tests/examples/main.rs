//! The examples as processes: what they print, what they save, and what they refuse. One file each;
//! `support` runs them.
#![cfg(feature = "safetensors")]

mod char_gpt;
mod digits;
mod mlp;
mod mnist;
mod resnet;
mod speech_detector;
mod support;
mod transfer;
mod vae;
