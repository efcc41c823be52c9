use nnx::prelude::*;

fn main() {
    let experts = BatchedLinear::<U2, U3, U5>::init(&mut Rngs::new(0));
    let _ = experts.infer(<Tensor![4, 7, 3]>::ones());
}
