use nnx::prelude::*;

fn main() {
    let x = <Tensor![1, 5, 8, 16]>::ones();
    let cap = ScoreFn(|scores: Tensor![1, 8, 5, 16]| scores.tanh());
    let _ = dot_product_attention(x.clone(), x.clone(), x, cap);
}
