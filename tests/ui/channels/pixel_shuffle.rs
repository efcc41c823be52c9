use nnx::prelude::*;

fn main() {
    let x = <Tensor![1, 4, 4, 6]>::ones();
    let _ = x.pixel_shuffle::<(U2, U2)>();
}
