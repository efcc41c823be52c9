//! The models of `nnx::models`: one file each, and `support`, which they share.

mod autoencoder;
mod simple_cnn;
mod support;
