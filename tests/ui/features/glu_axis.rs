use nnx::prelude::*;

fn main() {
    let _ = <Tensor![3, 4]>::ones().glu_axis::<0>();
}
