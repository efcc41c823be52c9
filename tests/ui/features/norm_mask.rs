use nnx::prelude::*;

fn main() {
    let norm = LayerNorm::<U6>::init(&mut Rngs::new(0));
    let mask = Tensor::from([true, false, true, true]);
    let _ = norm.forward_where(<Tensor![2, 4, 6]>::ones(), &mask, &mut Pass::eval());
}
