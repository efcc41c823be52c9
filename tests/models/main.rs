//! The models of `nnx::models`: one file each, and `support`, which they share.

mod simple_cnn;
mod support;
