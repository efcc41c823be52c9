//! rustc can't compute constants that depend on a parameter: write `Const<N>`.
use nnx::prelude::*;

fn twice<const N: usize>() -> usize {
    <dim!({ N } * 2) as Size>::USIZE
}

fn right<const N: usize>() -> usize
where
    Const<N>: Size,
{
    type Of<H> = dim!(H * 2);
    <Of<Const<N>> as Size>::USIZE
}

fn main() {
    twice::<3>();
    right::<3>();
}
