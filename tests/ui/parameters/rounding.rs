//! Without padding a pool rounds down, but the function says that it rounds up.

use nnx::prelude::*;

fn half<H: Size>(x: Tensor![Batch, H, 8]) -> Tensor![Batch, QuotientUp<H, U2>, 8] {
    x.max_pool::<(U2,)>()
}

fn main() {}
