//! An operator that `dim!` doesn't have for sizes that are parameters.
use nnx::prelude::*;

fn odd<H: Size>() -> usize {
    <dim!(H % 2) as Size>::USIZE
}

fn main() {
    odd::<U3>();
}
