//! Features of a generic axis that may be a runtime axis.

use nnx::prelude::*;

fn features<T: Dim>(x: Tensor![Batch, T, 8]) {
    let _ = x.max_pool::<(U2,)>().flatten();
}

fn main() {}
