//! A size divided by 0.

use nnx::prelude::*;

const ZERO: usize = 0;

fn quotient<H: Size>() -> usize {
    <dim!(H / 0) as Size>::USIZE
}
fn rounded_up<H: Size>() -> usize {
    <dim!(H.div_ceil(ZERO)) as Size>::USIZE
}

fn main() {
    quotient::<U4>();
    rounded_up::<U4>();
}
