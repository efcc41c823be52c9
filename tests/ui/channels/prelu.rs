use nnx::prelude::*;

fn main() {
    let layer = ChannelPRelu::<U8>::init(&mut Rngs::new(0));
    let _ = layer.infer(<Tensor![1, 4, 6]>::ones());
}
