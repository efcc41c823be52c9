//! Models, one file each, read from top to bottom.
#![forbid(unsafe_code)]

mod simple_cnn;

pub use simple_cnn::SimpleCnn;
