//! An equation without a kernel.

use nnx::prelude::*;

einsum! { Project: for<B> (B, I) -> (B, O); }

fn main() {}
