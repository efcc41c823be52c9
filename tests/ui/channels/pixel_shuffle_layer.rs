use nnx::prelude::*;

fn main() {
    let x = <Tensor![1, 4, 4, 6]>::ones();
    let _ = PixelShuffle::<(U2, U2)>::new().infer(x);
}
