//! The kernel is forgotten.

use nnx::prelude::*;

einsum! { Project: for<B> (B, I) -> (B, O); }

fn main() {}
