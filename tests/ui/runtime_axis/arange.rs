//! A range along an axis whose length only the running program knows.

use nnx::prelude::*;

fn main() {
    let _ = <Tensor![Batch; i32]>::arange(0, 1);
}
