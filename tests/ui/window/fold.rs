//! `fold` of windows with a different size than those of the image.

use nnx::prelude::*;

fn back(rows: Tensor![Batch, 6, 6, 8], image: &Tensor![Batch, 8, 8, 1]) -> Tensor![Batch, 8, 8, 1] {
    rows.fold::<(U3, U3), Valid, _, _, _>(image)
}

fn main() {}
