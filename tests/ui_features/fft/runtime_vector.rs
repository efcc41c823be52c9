//! A Fourier transform of a vector whose length is known at run time only.

use nnx::prelude::*;

fn forward(x: Tensor![Time]) {
    let _ = x.rfft::<0>();
}

fn main() {}
