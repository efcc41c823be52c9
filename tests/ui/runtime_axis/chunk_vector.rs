//! Halves of a vector whose length is known at run time only.

use nnx::prelude::*;

fn halves(x: Tensor![Time]) {
    let [_left, _right] = x.chunk::<0, 2>();
}

fn main() {}
