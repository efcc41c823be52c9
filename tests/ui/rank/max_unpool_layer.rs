//! Maxima that were flattened, put back into images by a layer.

use nnx::prelude::*;

fn back(x: Tensor![Batch, 48], indices: Tensor![Batch, 48; i32]) {
    let _ = MaxUnpool::<(U8, U8)>::new().infer((x, indices));
}

fn main() {}
