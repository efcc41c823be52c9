//! The axis I is 64 in the input and 32 in the kernel.

use nnx::prelude::*;

einsum! { Project: for<B, T> (B, T, I), (I, O) -> (B, T, O); }

fn forward(project: &Einsum<Project, shape![32, 16]>, x: Tensor![Batch, Time, 64]) {
    let _ = project.infer(x);
}

fn main() {}
