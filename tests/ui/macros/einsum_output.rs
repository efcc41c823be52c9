//! The axis O occurs twice in the result.

use nnx::prelude::*;

einsum! { Project: for<B> (B, I), (I, O) -> (B, O, O); }

fn forward(project: &Einsum<Project, shape![3, 2]>, x: Tensor![Batch, 3]) {
    let _ = project.infer(x);
}

fn main() {}
