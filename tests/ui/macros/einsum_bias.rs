//! The bias has an axis that is summed over.

use nnx::prelude::*;

einsum! { Project: for<B> (B, I), (I, O) -> (B, O), bias (I, O); }

fn main() {}
