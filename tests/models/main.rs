//! The models of `nnx::models`: one file each, and `support`, which they share. `reference` compares a model
//! with the same model in Flax.

mod autoencoder;
mod compiled;
mod conv_next;
mod decoder_block;
mod generation;
#[cfg(feature = "safetensors")]
#[allow(dead_code, reason = "what other tests of goldens use too")]
#[path = "../flax/golden.rs"]
mod golden;
mod gpt;
mod lstm_language_model;
mod mb_conv;
mod mlp;
mod mlp_mixer;
mod parts;
#[cfg(feature = "safetensors")]
mod published;
#[cfg(feature = "safetensors")]
mod reference;
mod resnet;
mod sampling;
mod simple_cnn;
mod simple_linear;
mod small_resnet;
mod support;
mod table;
#[cfg(feature = "safetensors")]
mod torchvision;
mod trained;
mod transformer_block;
mod u_net;
mod vit;
