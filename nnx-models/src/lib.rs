//! Models, one file each, read from top to bottom.
#![forbid(unsafe_code)]

mod autoencoder;
mod simple_cnn;
mod vae;

pub use autoencoder::Autoencoder;
pub use simple_cnn::SimpleCnn;
pub use vae::{Vae, VaeOutput};
