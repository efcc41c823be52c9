//! A parameter with a runtime axis has no number of elements that the compiler knows.

use nnx::prelude::*;

#[derive(Module)]
struct Memory {
    rows: Param<(Batch, U8)>,
}

const _: () = assert!(Memory::PARAMETERS < 500_000);

fn main() {}
