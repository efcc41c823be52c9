//! A union doesn't tell which of its fields is in use.

use nnx::prelude::*;

#[derive(Module)]
union Model {
    count: usize,
    rate: f32,
}

fn takes_module(_: &impl Module) {}

fn main() {
    takes_module(&Model { count: 1 });
}
