//! Normal samples of an integer type.

use nnx::prelude::*;
use nnx::random::Key;

fn main() {
    let _ = <Tensor![4; i32]>::normal(Key::new(0));
}
