//! A part of a vector whose length is known at run time only.

use nnx::prelude::*;

fn first(x: Tensor![Time]) {
    let _ = x.slice::<0, U0, U2>();
}

fn main() {}
