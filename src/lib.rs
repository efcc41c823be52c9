//! Neural networks with the module system of Flax NNX, in which every shape is a type.
#![forbid(unsafe_code)]
extern crate self as nnx;
pub use nnx_core::*;
pub use nnx_models as models;
pub mod prelude {
    //! What most programs need.
    pub use nnx_core::module::{Init, Layer, Module, Param, Pass, value_and_grad};
    pub use nnx_core::Error;
}
