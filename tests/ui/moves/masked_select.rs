//! A mask of a different shape.

use nnx::prelude::*;

axis!(Found);

fn found(x: Tensor![Batch, 4], mask: Tensor![Batch; bool]) -> Tensor![Found] {
    x.masked_select::<Found, _>(&mask)
}

fn main() {}
