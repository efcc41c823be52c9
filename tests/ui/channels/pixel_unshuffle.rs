use nnx::prelude::*;

fn main() {
    let x = <Tensor![1, 5, 4, 6]>::ones();
    let _ = x.pixel_unshuffle::<(U2, U2)>();
}
