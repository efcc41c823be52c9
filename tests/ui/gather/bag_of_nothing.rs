use nnx::prelude::*;

fn main() {
    let bags = EmbeddingBag::<U10, U2>::init(&mut Rngs::new(0));
    let _ = bags.infer(Tensor::from(7));
}
