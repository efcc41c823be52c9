//! Random numbers: keys, streams, distributions, initializers. All values equal JAX's, bit for bit;
//! those in f64 are within 2e-14 of JAX's, whose `log1p` in f64 is off by as much.
//!
//! Four layers, each built on the one before:
//! - [`Key`] generates random bits and further keys.
//! - [`normal`], [`uniform`], [`bernoulli`], ... turn a key into an array.
//! - [`Stream`] counts the keys that were drawn; [`Rngs`] holds streams by name.
//! - [`init`] has the initializers of weights.
//!
//! Arrays are flat here, in row-major order. Only initializers take a shape.
//!
//! ```
//! use nnx_core::random::{Rngs, init, init::Initializer};
//!
//! let mut rngs = Rngs::new(0);
//! let kernel = init::lecun_normal().sample(rngs.params(), &[3, 4]);
//! assert_eq!(kernel[..4], [0.6178674, -0.55987215, -0.46445078, -0.71505547]);
//! ```

mod bounds;
mod capacity;
mod continuous;
mod discrete;
mod double;
mod float;
mod functions;
pub mod init;
mod rngs;
mod stream;
mod threefry;

#[cfg(all(test, feature = "safetensors"))]
mod goldens;

pub use continuous::{exponential, gumbel, laplace, normal, truncated_normal, uniform};
pub(crate) use discrete::fill_bernoulli;
pub use discrete::{RandomInteger, bernoulli, categorical, categorical_f64, permutation, randint};
pub use double::{
    exponential_f64, gumbel_f64, laplace_f64, normal_f64, truncated_normal_f64, uniform_f64,
};
pub use rngs::{RandomError, Rngs};
pub use stream::Stream;
pub use threefry::Key;
