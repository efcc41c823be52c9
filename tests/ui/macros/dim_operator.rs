//! `dim!` computes with sizes that are parameters by the operations that sizes have.
use nnx::prelude::*;

fn odd<H: Size>() -> usize {
    <dim!(H % 2) as Size>::USIZE
}

fn main() {
    odd::<U3>();
}
