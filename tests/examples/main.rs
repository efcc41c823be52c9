//! The examples as processes: what they print, what they save, and what they refuse. One file each;
//! `support` runs them.
#![cfg(feature = "safetensors")]

mod char_gpt;
mod classify_text;
mod data_parallel;
mod digits;
mod forecast;
mod mlp;
mod mnist;
mod photos;
mod resnet;
mod seq2seq;
mod speech_detector;
mod support;
mod tabular;
mod transfer;
mod vae;
