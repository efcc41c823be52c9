//! The kernel has three axes, the equation names two.

use nnx::prelude::*;

einsum! { Project: for<B, T> (B, T, I), (I, O) -> (B, T, O); }

struct Model {
    project: Einsum<Project, shape![32, 4, 4]>,
}

fn main() {}
